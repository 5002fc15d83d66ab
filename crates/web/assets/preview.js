// Shows what an order would do while it is composed. Without this script a button does the same.

const form = document.querySelector("form[data-preview]");
const place = document.getElementById(form.dataset.preview);
let turn = 0;

async function preview() {
  turn += 1;
  const mine = turn;
  if (!form.checkValidity()) return;
  place.setAttribute("aria-busy", "true");
  const fields = new URLSearchParams(new FormData(form));
  fields.set("step", "preview");
  const answer = await fetch(form.action, { method: "POST", headers: { accept: "text/html" }, body: fields });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // An answer that another overtook is old.
  if (mine !== turn) return;
  const shown = page.getElementById(form.dataset.preview) ?? page.querySelector("main");
  place.replaceChildren(...document.adoptNode(shown).childNodes);
  place.removeAttribute("aria-busy");
}

form.addEventListener("change", () => preview().catch(() => place.removeAttribute("aria-busy")));

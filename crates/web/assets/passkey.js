// Passkeys: signing in, and signing what a form asks for. The key never leaves the device; the
// server drafts, the officer signs, the ledger judges. Nothing is kept here.

import { assertion, post } from "./webauthn.js";

/** Says beside a form what went wrong. */
function failed(form, problem) {
  let place = form.querySelector("[role=alert]");
  if (!place) {
    place = document.createElement("p");
    place.setAttribute("role", "alert");
    form.append(place);
  }
  const refusal = problem.refusal ? `${problem.refusal.code}: ${problem.refusal.rule}` : "";
  place.textContent = [problem.title, problem.detail, refusal, problem.help].filter(Boolean).join(" ");
}

async function signIn(button) {
  const place = document.getElementById("passkey-failed");
  place.hidden = true;
  button.disabled = true;
  try {
    const { body } = await post("/api/v1/signin/challenge", {});
    const answer = await post("/api/v1/signin", {
      challenge: body.challenge,
      assertion: await assertion(body.challenge),
    });
    if (!answer.ok) throw new Error(answer.body.title);
    location.assign("/");
  } catch {
    place.hidden = false;
    button.disabled = false;
    place.focus();
  }
}

async function sign(form, button) {
  const fields = new URLSearchParams(new FormData(form));
  if (button?.name) fields.set(button.name, button.value);
  const answer = await fetch(form.getAttribute("action") ?? location.href, { method: "POST", body: fields });
  const draft = await answer.json();
  if (!answer.ok) return failed(form, draft);
  const signed = { payload: draft.payload, assertion: await assertion(draft.challenge) };
  const entered = await post("/api/v1/acts", signed, fields.get("csrf"));
  if (!entered.ok) return failed(form, entered.body);
  location.assign(answer.headers.get("location") ?? `/log/${entered.body.entry}`);
}

const button = document.getElementById("passkey");
if (button && window.PublicKeyCredential) {
  button.hidden = false;
  button.addEventListener("click", () => signIn(button));
}
// A persona of a demonstration signs at the server: then no form is marked. Forms may come later.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-signs=passkey]")) return;
  event.preventDefault();
  sign(form, event.submitter).catch((error) => failed(form, { title: error.message }));
});

// Signs the parts of a report with the key file of its body, and pushes them one after another.
//
// Invariant: the key stays in this browser, and is kept nowhere; what is signed is a part of a report for
// the key on record, never an act; what stands at the server is not sent again. Refuses: another key.

const TYP = "application/mm-report+cose";
const TRIES_MAX = 10;
/** Who is to come back later than this, in seconds, is told so instead of waiting. */
const WORTH_WAITING_S = 900;
const form = document.getElementById("sign");

/** A failure with a name that the page has words for. */
class Said extends Error {
  constructor(name, more) {
    super(more ?? "");
    this.name = name;
  }
}

function say(name, more) {
  for (const one of document.querySelectorAll("#said [data-say]")) one.hidden = one.dataset.say !== name;
  const old = document.getElementById("more");
  if (old) old.remove();
  if (!more) return;
  const place = Object.assign(document.createElement("p"), { id: "more", textContent: more });
  document.getElementById("said").append(place);
}

/** The private key of a file as `mingma key new` writes it, and the short name of its public half. */
async function open(file) {
  const text = file.size > 4_096 ? "" : await file.text();
  const inside = /^-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/.exec(text.trim());
  if (!inside) throw new Said("no-key");
  const bytes = Uint8Array.from(atob(inside[1].replace(/\s/g, "")), (one) => one.charCodeAt(0));
  let key;
  try {
    key = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", true, ["sign"]);
  } catch (error) {
    throw new Said(error.name === "NotSupportedError" ? "unable" : "no-key");
  }
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const half = Uint8Array.from(atob(x.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const kid = new Uint8Array(await crypto.subtle.digest("SHA-256", half)).slice(0, 8);
  return { key, kid };
}

const same = (left, right) => left.length === right.length && left.every((one, at) => one === right[at]);

/** The protected header that this key signs parts under (RFC 9052; alg EdDSA, kid, typ). */
function header(kid) {
  const typ = new TextEncoder().encode(TYP);
  return Uint8Array.of(0xa3, 0x01, 0x27, 0x04, 0x48, ...kid, 0x10, 0x78, typ.length, ...typ);
}

/** `COSE_Sign1` over what is to be signed: `["Signature1", header, h'', payload]` in bytes. */
async function seal({ key, kid }, message) {
  const own = header(kid);
  const before = Uint8Array.of(0x84, 0x6a, ...new TextEncoder().encode("Signature1"), 0x58, own.length);
  const payload = before.length + own.length + 1;
  if (!same(message.slice(0, before.length), before) || message[payload - 1] !== 0x40) throw new Said("refused");
  if (!same(message.slice(before.length, payload - 1), own)) throw new Said("other-key");
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", key, message));
  const start = Uint8Array.of(0xd2, 0x84, 0x58, own.length, ...own, 0xa0);
  return new Blob([start, message.slice(payload), Uint8Array.of(0x58, 0x40), signature]);
}

/** Asks, and asks again when the server says so. */
async function ask(address, options) {
  for (let tries = 1; ; tries += 1) {
    let answer;
    try {
      answer = await fetch(address, options);
    } catch {
      throw new Said("lost");
    }
    const pause = Number(answer.headers.get("retry-after"));
    if (answer.ok || !pause || pause > WORTH_WAITING_S) return answer;
    if (tries >= TRIES_MAX) throw new Said("lost");
    say("busy");
    await new Promise((ready) => setTimeout(ready, Math.min(pause, 60) * 1_000));
  }
}

/** What a problem says, in the words of the server. */
async function problem(answer) {
  const { title, detail, help, entry } = await answer.json().catch(() => ({}));
  // The ledger refused: its entry says why, and what to do, in the reader's language.
  if (entry !== undefined && entry !== null) location.assign(`/log/${entry}`);
  return [title, detail, help].filter(Boolean).join(" · ");
}

function stands(part) {
  const line = document.querySelector(`[data-part="${part}"]`);
  if (!line) return;
  line.dataset.stands = "";
  line.querySelector("span").textContent = document.querySelector("[data-say=stands]").textContent;
}

async function push(holder) {
  const parts = Number(form.dataset.parts);
  const progress = document.getElementById("pushed");
  progress.hidden = false;
  for (let part = 0; part < parts; part += 1) {
    progress.value = part;
    if (document.querySelector(`[data-part="${part}"]`)?.dataset.stands !== undefined) continue;
    say("signing");
    const drafted = await ask(form.dataset.bytes + part, { headers: { accept: "application/octet-stream" } });
    if (!drafted.ok) throw new Said("refused", await problem(drafted));
    const body = await seal(holder, new Uint8Array(await drafted.arrayBuffer()));
    const headers = { "content-type": "application/cose" };
    const entered = await ask("/api/v1/submissions", { method: "POST", headers, body });
    if (!entered.ok) throw new Said("refused", await problem(entered));
    stands(part);
  }
  progress.value = parts;
  location.assign(form.dataset.to);
}

if (form) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await push(await open(document.getElementById("key").files[0]));
    } catch (error) {
      say(error instanceof Said ? error.name : "refused", error.message);
      button.disabled = false;
    }
  });
}

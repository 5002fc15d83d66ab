// The page that shows a code to a gate: a fresh presentation every quarter of a minute.
//
// Invariant: the page itself says nothing about anybody, so it may be kept for when there is no
// network; what is shown is made here of what this browser keeps. Refuses: to show a code that no
// longer counts; it says why.

import { missing } from "./able.js";
import { current, fetchDays, present } from "./hold.js";
import { drawQr } from "./qr-draw.js";
import { paint } from "./qr-paint.js";
import { ownShelf } from "./shelf.js";

const TURN_S = 15;
/** With less than this left, more is fetched. */
const LEAST_S = 5 * 24 * 3600;
/** How long a network may take before what is kept is shown. */
const ANSWER_MS = 4000;
/** What only a gate needs. */
const OF_GATES = ["ed25519", "deflate"];

const at = (id) => document.getElementById(id);
const say = (word) => document.querySelector(`#words [data-word="${word}"]`).textContent;
const behindS = Number(at("code").dataset.behind ?? 0);
const now = () => Math.floor(Date.now() / 1000) - behindS;

/** Asks for credentials under a session. */
const asking = (csrf) => async (body) => {
  const headers = { "content-type": "application/json", "x-csrf-token": csrf };
  const how = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch("/api/v1/me/credentials", how);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.title);
  return told;
};

/** Who is signed in; null where nobody is. Rejects where the server does not say. */
async function caller() {
  const answer = await fetch("/api/v1/caller", { signal: AbortSignal.timeout(ANSWER_MS) });
  if (!answer.ok && answer.status !== 401) throw new Error(answer.statusText);
  return answer.ok ? answer.json() : null;
}

/** What this browser holds of whoever is signed in, fetched anew where it does not last. */
async function renew() {
  const kept = await ownShelf.get();
  const own = kept?.held ?? [];
  let who = null;
  try {
    who = await caller();
  } catch {
    return { held: own, word: current(own, now()) === null ? "sign-in" : "offline" };
  }
  // Whoever else is signed in at this browser never shows this one's code.
  const isOther = who !== null && kept !== undefined && kept.id !== who.id;
  if (isOther) await ownShelf.clear();
  const held = isOther ? [] : own;
  if (who?.kind !== "person") return { held, word: null };
  const lastS = held.reduce((end, { untilS }) => Math.max(end, untilS), 0);
  if (current(held, now()) !== null && lastS > now() + LEAST_S) return { held, word: null };
  try {
    const fresh = await fetchDays(asking(who.csrf), held, now());
    await ownShelf.put({ id: who.id, held: fresh });
    return { held: fresh, word: null };
  } catch (error) {
    return { held, word: "failed", why: error.message };
  }
}

async function turn({ held, word, why }) {
  const one = current(held, now());
  at("code").hidden = one === null;
  const about = one === null ? (word ?? "sign-in") : word;
  const parts = [about && say(about), why, one && say("moves")];
  at("state").textContent = parts.filter(Boolean).join(" ");
  if (one !== null) paint(at("qr"), drawQr(await present(one, now())));
}

async function begin() {
  const lacks = (await missing()).filter((word) => !OF_GATES.includes(word));
  if (lacks.length > 0) {
    at("state").textContent = say("unable");
    return;
  }
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
  const found = await ownShelf.inTurn(renew);
  await turn(found);
  const turning = setInterval(() => turn(found), TURN_S * 1000);
  at("forget").hidden = found.held.length === 0;
  at("forget").addEventListener("click", async () => {
    clearInterval(turning);
    await ownShelf.clear();
    at("code").hidden = true;
    at("forget").hidden = true;
    at("state").textContent = say("forgot");
  });
}

begin().catch(() => {
  at("state").textContent = say("unable");
});

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
const HOUR_S = 3600;
/** With less than this left, more is fetched. */
const AHEAD_S = 6 * 24 * HOUR_S;

const at = (id) => document.getElementById(id);
const say = (word) => document.querySelector(`#words [data-word="${word}"]`).textContent;
const behindS = Number(at("code").dataset.behind ?? 0);
const now = () => Math.floor(Date.now() / 1000) - behindS;

/** Asks for credentials, as whoever is signed in; null where nobody is, or nothing is given. */
async function fetched() {
  const caller = await fetch("/api/v1/caller").then((answer) => (answer.ok ? answer.json() : null));
  if (caller?.kind !== "person") return { word: "sign-in" };
  const ask = async (body) => {
    const headers = { "content-type": "application/json", "x-csrf-token": caller.csrf };
    const how = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch("/api/v1/me/credentials", how);
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.title);
    return told;
  };
  return { held: await fetchDays(ask) };
}

async function renew() {
  const kept = (await ownShelf.get())?.held ?? [];
  const last = kept.reduce((end, { untilS }) => Math.max(end, untilS), 0);
  if (current(kept, now()) !== null && last > now() + AHEAD_S - 24 * HOUR_S) return { held: kept };
  try {
    const { held, word } = await fetched();
    if (held === undefined) return { held: kept, word };
    await ownShelf.put({ held });
    return { held };
  } catch (error) {
    const isOffline = error instanceof TypeError;
    return { held: kept, word: isOffline ? "offline" : "failed", why: isOffline ? "" : error.message };
  }
}

async function turn(held, word, why) {
  const one = current(held, now());
  at("code").hidden = one === null;
  const until = one === null ? "" : say("moves");
  at("state").textContent = [word ? say(word) : "", why ?? "", until].filter(Boolean).join(" ");
  if (one === null) return;
  paint(at("qr"), drawQr(await present(one, now())));
}

async function begin() {
  if ((await missing()).length > 0) {
    at("state").textContent = say("unable");
    return;
  }
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
  const { held, word, why } = await renew();
  await turn(held, word, why);
  setInterval(() => turn(held, word, why), TURN_S * 1000);
}

begin();

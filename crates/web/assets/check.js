// The page of an entry: checks it here, against the log's signature and its witnesses, and copies the
// commands for whoever checks elsewhere.
//
// Invariant: the key of the log is the one that this device pinned when it first opened the gate; one
// that was only fetched with the page is said to be so. Refuses: to say "proven" after any failure,
// and to keep silent about one.

import { missing } from "./gate/able.js";
import { CborError } from "./gate/cbor.js";
import { LogError } from "./gate/note.js";
import { browserShelf } from "./gate/shelf.js";
import { provenEntry } from "./proven.js";

const TIME_MAX_MS = 30_000;
const place = document.getElementById("check");
const told = document.getElementById("checked");
const say = (word) => place.querySelector(`[data-word="${word}"]`).textContent;
const number = Number(place.dataset.entry);

/** What could not be fetched; nothing is known then. */
class Unreachable extends Error {}

async function fetched(address) {
  const how = { cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(TIME_MAX_MS) };
  const answer = await fetch(address, how).catch(() => null);
  if (!answer?.ok) throw new Unreachable(address);
  return answer;
}

/** The policy, and whether this device had it before. */
async function policy() {
  const kept = await browserShelf.get().catch(() => undefined);
  if (kept?.policy) return { text: kept.policy, isPinned: true };
  return { text: await (await fetched("/policy")).text(), isPinned: false };
}

function show(kind, lines) {
  told.className = `checked ${kind}`;
  told.replaceChildren(
    ...lines.map((line) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = line;
      return paragraph;
    }),
  );
  told.hidden = false;
}

/** The words of a proof that holds. */
function words({ size, confirmed, asks, met, key }, isPinned) {
  const filled = (word, gaps) =>
    Object.entries(gaps).reduce((text, [name, value]) => text.replace(`{${name}}`, value), say(word));
  const count = (value) => value.toLocaleString(document.documentElement.lang);
  return [
    `✓ ${filled("recorded", { entry: count(number), size: count(size) })}`,
    met && asks
      ? `✓ ${filled("witnessed", { count: confirmed })}`
      : filled(asks ? "waits" : "unwitnessed", { count: confirmed }),
    `✓ ${say("same")}`,
    `${say(isPinned ? "pinned" : "unpinned")} ${key}`,
  ];
}

async function check() {
  show("busy", [say("busy")]);
  const unable = (await missing()).some((word) => word === "secure_context" || word === "ed25519");
  if (unable) return show("unknown", [`? ${say("unable")}`]);
  try {
    const own = `/api/v1/entries/${number}`;
    const [held, leaf, proof] = await Promise.all([policy(), fetched(own), fetched(`${own}/proof`)]);
    const shown = await leaf.json();
    const found = await provenEntry(number, shown, await proof.text(), held.text);
    return show(found.met ? "proven" : "unknown", words(found, held.isPinned));
  } catch (error) {
    if (error instanceof Unreachable) return show("unknown", [`? ${say("unreachable")}`]);
    const why = error instanceof LogError || error instanceof CborError ? error.message : "no JSON";
    return show("false", [`✗ ${say("false")}`, say("keep"), `(${why})`]);
  }
}

const start = document.getElementById("check-here");
start.hidden = false;
start.addEventListener("click", check);

for (const button of document.querySelectorAll("button[data-copies]")) {
  const from = document.getElementById(button.dataset.copies);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(from.textContent).then(
      () => (button.textContent = say("copied")),
      () => getSelection().selectAllChildren(from),
    );
  });
}

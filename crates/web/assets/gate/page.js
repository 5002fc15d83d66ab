// The gate's page: from camera, picture or typing to a verdict that is readable at two metres.
//
// Invariant: what is scanned stays in this page and is forgotten with the next one; what the page
// says is in its own words (`#words`), by the verdict and reason of `verify.js`.
// Refuses: to show a colour while it has no list; it says that it cannot tell.

import { missing } from "./able.js";
import { Replays } from "./replays.js";
import { textOfPicture, watchCamera } from "./scan.js";
import { browserShelf } from "./shelf.js";
import { agesOf, load, refresh } from "./store.js";
import { scan } from "./verify.js";

const REFRESH_MS = 60_000;
const SHOWN_MS = 8_000;
/** A paper is compared with a document. */
const COMPARED_MS = 40_000;
/** The name under which nobody asks with a number. */
const GATE = "gate";
const SHAPES = { green: "✓", yellow: "△", red: "■", "not-valid": "✕", "cannot-tell": "?" };

const at = (id) => document.getElementById(id);
const say = (word) => document.querySelector(`#words [data-word="${word}"]`).textContent;
const behindS = Number(at("scan").dataset.behind ?? 0);
const now = () => Math.floor(Date.now() / 1000) - behindS;

const past = new Replays();
let [held, stop, clearing, shown] = [null, null, 0, 0];

/** Says how old what is kept is, and why nothing newer is there. */
function tellAges(fault) {
  const ages = held === null ? [] : agesOf(held, now());
  const oldest = ages.length === 0 ? null : Math.max(...ages.map(({ ageS }) => ageS));
  const isOld = ages.some(({ freshness }) => freshness !== "fresh");
  const about =
    oldest === null
      ? say("lists-none")
      : `${say(isOld ? "lists-old" : "lists-age")} ${Math.ceil(oldest / 60)}`;
  at("lists").textContent = fault !== null && oldest !== null ? `${about} ${say(fault)}` : about;
}

async function renew() {
  let fault = null;
  try {
    held = await refresh(`${location.origin}/`, browserShelf, now());
  } catch (error) {
    fault = error.word === "offline" || error instanceof TypeError ? "lists-offline" : "lists-bad";
    held = await load(browserShelf, now()).catch(() => held);
  }
  tellAges(fault);
}

function hide() {
  clearTimeout(clearing);
  at("verdict").hidden = true;
  at("verdict").querySelector(".because").textContent = "";
}

function show(verdict, reason, more, forMs = SHOWN_MS) {
  const place = at("verdict");
  place.className = `verdict ${verdict}`;
  place.querySelector(".shape").textContent = SHAPES[verdict];
  place.querySelector(".colour").textContent = say(`verdict-${verdict}`);
  place.querySelector(".because").textContent = [reason, ...more].join(" ");
  place.hidden = false;
  // Whoever comes next does not see who was here before.
  clearing = setTimeout(hide, forMs);
}

async function onText(text) {
  hide();
  shown += 1;
  const turn = shown;
  if (held === null) return show("cannot-tell", say("reason-no_list"), []);
  const gate = { gate: GATE, challenge: null, past };
  const found = await scan(text.trim(), held.trust, held.lists, now(), gate).catch(() => null);
  if (turn !== shown) return undefined;
  if (found === null) return show("cannot-tell", say("reason-unreadable"), []);
  const more = [];
  if (found.form === "static" || found.form === "paper") more.push(say(`form-${found.form}`));
  if (found.face)
    more.push(`${found.face.maskedName} ${found.face.birthYear} ${found.face.lastFour}`);
  const forMs = found.face ? COMPARED_MS : SHOWN_MS;
  return show(found.verdict, say(`reason-${found.reason}`), more, forMs);
}

async function watch() {
  at("watch").hidden = true;
  at("camera").hidden = false;
  try {
    stop = await watchCamera(at("camera"), onText);
    at("stop").hidden = false;
  } catch {
    at("camera").hidden = true;
    at("watch").hidden = false;
    show("cannot-tell", say("no-camera"), []);
  }
}

async function begin() {
  if ((await missing()).length > 0) {
    at("lists").textContent = say("unable");
    return;
  }
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
  at("scan").hidden = false;
  at("watch").addEventListener("click", watch);
  at("stop").addEventListener("click", () => {
    stop?.();
    at("camera").hidden = true;
    at("stop").hidden = true;
    at("watch").hidden = false;
  });
  at("picture").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    const text = file ? await textOfPicture(file) : null;
    target.value = "";
    if (file && text === null) show("cannot-tell", say("no-code"), []);
    if (text !== null) await onText(text);
  });
  at("typed").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("text").value;
    at("text").value = "";
    if (text) onText(text);
  });
  await renew();
  setInterval(renew, REFRESH_MS);
}

begin();

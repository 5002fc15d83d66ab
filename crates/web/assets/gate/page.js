// The gate's page: from camera, picture or typing to a verdict that is readable at two metres.
//
// Invariant: what is scanned stays in this page and is forgotten with the next one; what the page
// says is in its own words (`#words`), by the verdict and reason of `verify.js`.
// Refuses: to show a colour while it has no list; it says that it cannot tell.

import { missing } from "./able.js";
import { challengeText, newNumber } from "./challenge.js";
import { drawQr } from "./qr-draw.js";
import { paint } from "./qr-paint.js";
import { Replays } from "./replays.js";
import { textOfPicture, watchCamera } from "./scan.js";
import { browserShelf } from "./shelf.js";
import { agesOf, load, refresh } from "./store.js";
import { scan } from "./verify.js";

const REFRESH_MS = 60_000;
const SHOWN_MS = 8_000;
const SHAPES = { green: "✓", yellow: "△", red: "■", "not-valid": "✕", "cannot-tell": "?" };

const at = (id) => document.getElementById(id);
const say = (word) => document.querySelector(`#words [data-word="${word}"]`).textContent;
const behindS = Number(at("scan").dataset.behind ?? 0);
const now = () => Math.floor(Date.now() / 1000) - behindS;

const past = new Replays();
let [held, challenge, stop, clearing] = [null, null, null, 0];

/** Says how old what is kept is. */
function tellAges(isOffline) {
  const ages = held === null ? [] : agesOf(held, now());
  const oldest = ages.length === 0 ? null : Math.max(...ages.map(({ ageS }) => ageS));
  const isOld = ages.some(({ freshness }) => freshness !== "fresh");
  const about =
    oldest === null
      ? say("lists-none")
      : `${say(isOld ? "lists-old" : "lists-age")} ${Math.ceil(oldest / 60)}`;
  at("lists").textContent = isOffline && oldest !== null ? `${about} ${say("lists-offline")}` : about;
}

async function renew() {
  let isOffline = false;
  try {
    held = await refresh(`${location.origin}/`, browserShelf, now());
  } catch {
    isOffline = true;
    held = await load(browserShelf, now()).catch(() => held);
  }
  tellAges(isOffline);
}

function show(verdict, reason, more) {
  const place = at("verdict");
  place.className = `verdict ${verdict}`;
  place.querySelector(".shape").textContent = SHAPES[verdict];
  place.querySelector(".colour").textContent = say(`verdict-${verdict}`);
  place.querySelector(".because").textContent = [reason, ...more].join(" ");
  place.hidden = false;
  clearTimeout(clearing);
  // Whoever comes next does not see who was here before.
  clearing = setTimeout(() => {
    place.hidden = true;
    place.querySelector(".because").textContent = "";
  }, SHOWN_MS);
}

async function onText(text) {
  if (held === null) return show("cannot-tell", say("reason-no_list"), []);
  const gate = { gate: at("name").value, challenge, past };
  const found = await scan(text.trim(), held.trust, held.lists, now(), gate);
  const more = [];
  if (found.form === "static" || found.form === "paper") more.push(say(`form-${found.form}`));
  if (found.face) more.push(`${found.face.maskedName} ${found.face.birthYear} ${found.face.lastFour}`);
  return show(found.verdict, say(`reason-${found.reason}`), more);
}

async function watch() {
  const camera = at("camera");
  try {
    camera.hidden = false;
    stop = await watchCamera(camera, onText);
    at("stop").hidden = false;
  } catch {
    camera.hidden = true;
    show("cannot-tell", say("no-camera"), []);
  }
}

function ask(event) {
  event.preventDefault();
  challenge = newNumber();
  const canvas = at("question");
  paint(canvas, drawQr(challengeText(at("name").value, challenge)));
  canvas.hidden = false;
  at("unask").hidden = false;
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
  at("ask").addEventListener("submit", ask);
  at("unask").addEventListener("click", () => {
    challenge = null;
    at("question").hidden = true;
    at("unask").hidden = true;
  });
  await renew();
  setInterval(renew, REFRESH_MS);
}

begin();

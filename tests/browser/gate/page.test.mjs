// The scripts in a browser: under a strict policy of content, and with the server stopped.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { deflateSync } from "node:zlib";
import puppeteer from "puppeteer-core";
import { encode } from "uqr";
import { film, seen } from "./picture.mjs";
import { serve } from "./served.mjs";
import { stamped, worker } from "./stamp.mjs";
import { House } from "./world.mjs";

test("the service worker lists every script, and its version is their digest", () => {
  assert.ok(worker() === stamped(worker()), "run `node tests/browser/gate/stamp.mjs`");
});

/** A text as long as a presentation. */
const CODE = `MM1:${"6BFOXN*TS0BI$ZD4N98KVPEE.%:+-/ 2".repeat(16)}`.slice(0, 498);

describe("a gate in a browser", () => {
  const house = new House();
  let [server, browser, page] = [];
  const seconds = () => Math.floor(Date.now() / 1000);

  before(async () => {
    house.begin();
    house.device("phone.key");
    house.issue(1, "code.cwt", "phone.key");
    house.issue(2, "bare.cwt");
    house.red(2);
    house.publish();
    house.shown("bare.cwt", null, "--png", "bare.png");
    server = await serve(house.path("site"));
    const rules = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1";
    const { data } = encode(CODE, { border: 0, ecc: "M" });
    const before = { width: 1280, height: 720, module: 7, turn: 12, noise: 12, blur: 0.7 };
    writeFileSync(house.path("film.y4m"), film(seen(data, before)));
    const camera = ["ui-for-media-stream", "device-for-media-stream"].map(
      (what) => `--use-fake-${what}`,
    );
    const shows = `--use-file-for-fake-video-capture=${house.path("film.y4m")}`;
    const args = [
      "--no-sandbox",
      "--disable-gpu",
      `--host-resolver-rules=${rules}`,
      ...camera,
      shows,
    ];
    browser = await puppeteer.launch({
      executablePath: process.env.CHROMIUM,
      headless: true,
      args,
    });
    page = await browser.newPage();
    await page.goto(`${server.base}gate`);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** What the gate in the page says of a text. */
  const says = (text, now) =>
    page.evaluate(
      async (text, now) => {
        const { load } = await import("/assets/gate/store.js");
        const { browserShelf } = await import("/assets/gate/shelf.js");
        const { Replays } = await import("/assets/gate/replays.js");
        const { scan } = await import("/assets/gate/verify.js");
        const { trust, lists } = await load(browserShelf, now);
        globalThis.past ??= new Replays();
        return scan(text, trust, lists, now, {
          gate: "gate",
          challenge: null,
          past: globalThis.past,
        });
      },
      text,
      now,
    );

  test("the browser has all that a gate needs", async () => {
    const missing = await page.evaluate(async () =>
      (await import("/assets/gate/able.js")).missing(),
    );
    assert.deepEqual(missing, []);
  });

  test("the camera reads a code, once while it stays in sight, until it is stopped", async () => {
    const seen = await page.evaluate(async () => {
      const { watchCamera } = await import("/assets/gate/scan.js");
      const video = document.body.appendChild(document.createElement("video"));
      const texts = [];
      const { promise, resolve, reject } = Promise.withResolvers();
      setTimeout(reject, 20_000, new Error("nothing was read"));
      const stop = await watchCamera(video, (text) => resolve(texts.push(text)));
      await promise;
      // Long enough for some more looks.
      await new Promise((later) => setTimeout(later, 1_500));
      stop();
      return { texts, stopped: video.srcObject === null };
    });
    assert.deepEqual(seen, { texts: [CODE], stopped: true });
  });

  test("a picture that somebody chose is read, and what is none is not", async () => {
    const reads = (bytes) =>
      page.evaluate(async (bytes) => {
        const { textOfPicture } = await import("/assets/gate/scan.js");
        return textOfPicture(new Blob([Uint8Array.from(bytes)]));
      }, bytes);
    const picture = Array.from(readFileSync(house.path("bare.png")));
    assert.equal(await reads(picture), house.shown("bare.cwt"));
    assert.equal(await reads(picture.slice(0, 60)), null);
    assert.equal(await reads([1, 2, 3]), null);
  });

  test("it fetches, keeps, and gives the verdict of the program", async () => {
    const held = await page.evaluate(async (now) => {
      const { agesOf, refresh } = await import("/assets/gate/store.js");
      const { browserShelf } = await import("/assets/gate/shelf.js");
      const held = await refresh(new URL("/", location.href), browserShelf, now);
      return { notTaken: held.notTaken, ages: agesOf(held, now) };
    }, seconds());
    assert.deepEqual(held.notTaken, []);
    assert.equal(held.ages[0].freshness, "fresh");
    const text = house.shown("code.cwt", "phone.key");
    const { verdict, reason, listAgeS } = await says(text, seconds());
    const theirs = house.says(text);
    assert.deepEqual([verdict, reason], [theirs.colour, theirs.reason]);
    assert.ok(Math.abs(listAgeS - theirs.list_age_s) <= 2);
    assert.equal((await says(text, seconds())).reason, "replay");
  });

  test("a stream of a list with bytes after its end is refused", async () => {
    const stream = Array.from(deflateSync(new Uint8Array(1 << 18)));
    const unfolds = (bytes) =>
      page.evaluate(async (bytes) => {
        const { unfold } = await import("/assets/gate/list.js");
        const content = { bits: 2n, lst: Uint8Array.from(bytes) };
        return unfold(content, 1n << 20n).then(
          ({ length }) => length,
          (error) => error.message,
        );
      }, bytes);
    assert.equal(await unfolds(stream), 1 << 18);
    assert.equal(await unfolds([...stream, 0]), "not a stream, or damaged");
  });

  test("with the server stopped the page opens, a picture is read, and red is red", async () => {
    await page.evaluate(async () => {
      await navigator.serviceWorker.register("/sw.js");
      await navigator.serviceWorker.ready;
    });
    const picture = Array.from(readFileSync(house.path("bare.png")));
    await server.stop();
    const gone = await page.goto(`${server.base}vkey`).catch((error) => error);
    assert.ok(gone instanceof Error, "nothing else is answered");
    await page.goto(`${server.base}gate?from=home`);
    assert.equal(await page.$eval("p", (line) => line.textContent), "gate");
    const text = await page.evaluate(async (bytes) => {
      const { textOfPicture } = await import("/assets/gate/scan.js");
      return textOfPicture(new Blob([Uint8Array.from(bytes)]));
    }, picture);
    assert.equal(text, house.shown("bare.cwt"));
    const { verdict, reason, form } = await says(text, seconds());
    assert.deepEqual([verdict, reason, form], ["red", "current", "static"]);
  });

  test("what is cached is listed, and was fetched without cookies", async () => {
    const cached = await page.evaluate(async () => {
      const names = await caches.keys();
      const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return keys
        .flat()
        .map(({ url }) => new URL(url).pathname)
        .sort();
    });
    const listed = [...worker().matchAll(/^ {2}"(\/assets\/.*)",$/gm)].map(([, path]) => path);
    assert.deepEqual(cached, [...listed, "/code", "/gate"].sort());
    // The page itself came with the cookie once; what went into the cache came without.
    const anonymous = server.asked
      .filter(({ cookie }) => cookie === undefined)
      .map(({ path }) => path);
    for (const path of cached) assert.ok(anonymous.includes(path), path);
    const stores = await page.evaluate(async () => {
      const names = (await indexedDB.databases()).map(({ name }) => name);
      return [...names, ...Object.keys(localStorage), ...Object.keys(sessionStorage)];
    });
    assert.deepEqual(stores, ["mingma-gate"]);
  });
});

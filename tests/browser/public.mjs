// What everybody sees, in a browser: an entry is checked where it is read, and one wrong byte on the
// way is told loudly. On the demonstration that the pages' tests use; started by scripts/browser.
import { check, done, launch } from "./ledger.mjs";

const { DEMO } = process.env;
const browser = await launch();

/** What the page of an entry says of a check, where `forge` may change what is answered. */
async function checked(entry, forge = () => null, language = "en") {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setExtraHTTPHeaders({ "accept-language": language });
  await page.goto(`${DEMO}/log/${entry}`);
  await page.setRequestInterception(true);
  page.on("request", async (request) => {
    const path = new URL(request.url()).pathname;
    const body = await forge(path);
    if (body === null) return request.continue();
    return body === undefined ? request.abort() : request.respond({ status: 200, contentType: "text/plain", body });
  });
  await page.click("#check-here");
  await page.waitForFunction(() => !["", "checked busy"].includes(document.getElementById("checked").className));
  const told = await page.$eval("#checked", (place) => ({ kind: place.className, words: place.innerText }));
  await context.close();
  return told;
}
const get = async (path) => (await fetch(DEMO + path)).text();
const own = "/api/v1/entries/7";

// The server publishes its site and proofs a moment after it listens.
for (let turn = 0; turn < 300; turn += 1) {
  const there = await Promise.all(["/policy", `${own}/proof`].map(async (path) => (await fetch(DEMO + path)).ok));
  if (there.every(Boolean)) break;
  await new Promise((then) => setTimeout(then, 200));
}
const good = await checked(7);
check("an entry is checked in the browser", good.kind === "checked proven" && /as entry 7, one of/.test(good.words), good);
check("and it says whose key that was", /compare it with one from somebody you trust: \S+\+[0-9a-f]{8}/.test(good.words), good);
check("and it speaks Chinese", /第 7 条/.test((await checked(7, undefined, "zh-CN")).words));
for (const [name, forge] of [
  ["a forged leaf", async (path) => (path === own ? (await get(own)).replace(/"people":\d+/, '"people":4711') : null)],
  ["the leaf of another entry", async (path) => (path === own ? get("/api/v1/entries/8") : null)],
  ["a forged proof", async (path) => (path === `${own}/proof` ? (await get(path)).replace(/\n(.)([^\n]*)\n\n/, (_, one, rest) => `\n${one === "A" ? "B" : "A"}${rest}\n\n`) : null)],
  ["the proof of another entry", async (path) => (path === `${own}/proof` ? get("/api/v1/entries/8/proof") : null)],
  ["no proof at all", async (path) => (path === `${own}/proof` ? "nothing" : null)],
]) {
  const told = await checked(7, forge);
  check(`${name} fails loudly`, told.kind === "checked false" && /FAILED/.test(told.words), told);
}
const away = await checked(7, (path) => (path === `${own}/proof` ? undefined : null));
check("what cannot be fetched is unknown, not wrong", away.kind === "checked unknown" && /nothing is known/.test(away.words), away);

await browser.close();
done("what everybody sees");

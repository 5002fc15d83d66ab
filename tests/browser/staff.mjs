// An officer at the pages with a passkey, from the invitation to a signed decision: Chromium's virtual
// authenticator, the buttons that people press. Started by scripts/browser. Everybody is invented.
import { act, BASE, call, check, done, launch, withPasskeys } from "./ledger.mjs";

const OFFICER = "410100-health.sun";
const browser = await launch();
const page = await withPasskeys(browser);
await page.setExtraHTTPHeaders({ "accept-language": "en" });
const words = () => page.$eval("main", (main) => main.innerText);
const go = (target) => Promise.all([page.waitForNavigation(), page.click(target)]);

await page.goto(process.env.STAFF_LINK);
check("the token of an invitation is in no address once it was opened", !page.url().includes("#"), page.url());
await page.click("#make");
await page.waitForSelector("#made:not([hidden])");
const fingerprint = await page.$eval("#fingerprint", (one) => one.textContent);
check("a passkey is made, and its fingerprint told", /^[0-9a-f]{64}$/.test(fingerprint), fingerprint);

const year = (n) => new Date(Date.now() + n * 31_536_000_000).toISOString().slice(0, 10) + "T00:00:00+08:00";
act("410000-health.gao", {
  act: "officer.register", id: OFFICER, org: "410100-health", roles: ["checker"],
  term_from: year(-1), term_until: year(1), key: fingerprint, holder: "holder-sun",
});
const { items } = call("410100-hq.zhao", "GET", "/api/v1/control-list?ground=COLD&pending=true");
const people = items.map(({ person }) => person);
const proposed = act("410100-hq.zhao", {
  act: "order.propose", ground: "COLD", area: "410105", people, reason: "handled a positive item",
});
check("an order is proposed", proposed.entry > 0, proposed);

await page.goto(`${BASE}/signin`);
await page.waitForSelector("#passkey:not([hidden])");
await go("#passkey");
await page.goto(`${BASE}/desk/orders`);
check("the officer's desk has what waits", /handled a positive item/.test(await words()), await words());
await go("main .cards a.button");
check("what is signed is there in words and by its digest", (await words()).includes(proposed.digest), await words());
await page.type("#reason", "the item was negative");
await go('button[value="refuse"]');
check("the passkey's decision stands on the order", /\/desk\/orders\/[0-9a-f]+$/.test(page.url()) && /refused/.test(await words()) && (await page.$("#reason")) === null, await words());
await go('form[action="/signout"] button');
const back = await page.goto(`${BASE}/desk/orders`);
check("signed out, the desk is closed", back.status() === 401);
await page.goto(process.env.STAFF_LINK);
await page.click("#make");
await page.waitForSelector("#failed:not([hidden])");
check("an invitation works once", /fresh one/.test(await words()), await words());
await browser.close();
done("an officer at the pages");

// Officers at the pages with a passkey, from the invitation to a signed decision, in both languages: one
// approves, the other refuses. Chromium's virtual authenticator, the buttons that people press. Started by
// scripts/browser. Everybody is invented.
import { act, BASE, call, check, done, inOffice, invited, launch, passkeyIn, withPasskeys, wordsOf } from "./ledger.mjs";

const browser = await launch();
const { items } = call("410100-hq.zhao", "GET", "/api/v1/control-list?ground=COLD&pending=true");

/** An officer of a language, with the invitation and what is decided on the order about somebody. */
async function officer({ language, id, link, person, decide, stands }) {
  const say = wordsOf(language);
  const page = await withPasskeys(await browser.createBrowserContext());
  await page.setExtraHTTPHeaders({ "accept-language": language });
  const words = () => page.$eval("main", (main) => main.innerText);
  const go = (target) => Promise.all([page.waitForNavigation(), page.click(target)]);

  const fingerprint = await invited(page, link);
  check("the token of an invitation is in no address once it was opened", !page.url().includes("#"), page.url());
  check("a passkey is made, and its fingerprint told", /^[0-9a-f]{64}$/.test(fingerprint), fingerprint);
  inOffice(id, "checker", fingerprint);
  const reason = `handled a positive item, told in ${language}`;
  const proposed = act("410100-hq.zhao", { act: "order.propose", ground: "COLD", area: "410105", people: [person], reason });
  check("an order is proposed", proposed.entry > 0, proposed);

  await passkeyIn(page);
  await page.goto(`${BASE}/desk/orders`);
  check("the officer's desk has what waits", (await words()).includes(reason), await words());
  await go("main .cards a.button");
  const told = await words();
  check("what is signed is there in words and by its digest", [say("decide-why"), reason, proposed.digest].every((part) => told.includes(part)), told);
  if (decide === "refuse") await page.type("#reason", "the item was negative");
  await go(`button[value="${decide}"]`);
  const decided = await words();
  check(`in ${language} the passkey's decision stands: ${say(stands)}`, /\/desk\/orders\/[0-9a-f]+$/.test(page.url()) && decided.includes(say(stands)) && (await page.$("#reason")) === null, decided);
  await go('form[action="/signout"] button');
  const back = await page.goto(`${BASE}/desk/orders`);
  check("signed out, the desk is closed", back.status() === 401);
  await page.goto(link);
  await page.click("#make");
  await page.waitForSelector("#failed:not([hidden])");
  check("an invitation works once", (await words()).includes(say("invited-failed")), await words());
  await page.browserContext().close();
}

const { STAFF_LINK, STAFF_LINK_ZH } = process.env;
await officer({ language: "en", id: "410100-health.sun", link: STAFF_LINK, person: items[0].person, decide: "refuse", stands: "order-refused" });
await officer({ language: "zh-CN", id: "410100-health.li", link: STAFF_LINK_ZH, person: items[1].person, decide: "approve", stands: "order-in_force" });
await browser.close();
done("officers at the pages");

// A clerk signs a report of two parts in the browser with the body's key file, is cut off between them,
// and goes on. Started by scripts/browser. Everybody is invented.
import { writeFileSync } from "node:fs";
import { BASE, check, done, inOffice, invited, launch, passkeyIn, withPasskeys } from "./ledger.mjs";

const OFFICER = "410100-market.clerk";
const browser = await launch();
const page = await withPasskeys(browser);
await page.setExtraHTTPHeaders({ "accept-language": "en" });
const words = () => page.$eval("main", (main) => main.innerText);
const go = (target) => Promise.all([page.waitForNavigation(), page.click(target)]);

inOffice(OFFICER, "reporter", await invited(page, process.env.CLERK_LINK));
await passkeyIn(page);

// One row more than a part has: one person, and each row with a number of its own.
const at = new Date(Date.now() + 6 * 3_600_000).toISOString().slice(0, 16).replace("T", " ");
const file = (name, mark, length) => {
  const rows = Array.from({ length }, (_, row) => `990000199001010017,410105,${at},${mark}-${row}`);
  writeFileSync(name, ["document_number,division,occurred_at,reference", ...rows].join("\n"));
};
file("rows.csv", "R", 10_001);
const choose = async (name = "rows.csv") => {
  await page.goto(`${BASE}/desk/report?kind=cold_chain`);
  await (await page.$("#file")).uploadFile(name);
  await go("main button.main");
};
const sign = async (key) => {
  await (await page.$("#key")).uploadFile(key);
  await page.click("#sign button");
};
const said = (name) => page.waitForSelector(`[data-say=${name}]:not([hidden])`);
await choose();
const draft = page.url();
check("a file of 10,001 rows is a report of two parts", (await page.$$("[data-part]")).length === 2, await words());
await sign("rows.csv");
await said("no-key");
await sign("keys/410100-hq.key");
await said("other-key");
check("a key that is not the body's signs nothing", (await page.$$("[data-stands]")).length === 0);

let posts = 0;
const asked = [];
await page.setRequestInterception(true);
page.on("request", (request) => {
  if (request.method() === "POST") asked.push(request.postData() ?? "");
  const cut = request.url().endsWith("/api/v1/submissions") && (posts += 1) === 2;
  return cut ? request.abort() : request.continue();
});
await sign("keys/410100-market.key");
await said("lost");
check("cut off between the parts, it says so", (await page.$$("[data-stands]")).length === 1, await words());
await choose();
check("the same file is the same report, and the first part stands", page.url() === draft && (await page.$$("[data-stands]")).length === 1, page.url());
await Promise.all([page.waitForNavigation(), sign("keys/410100-market.key")]);
check("it goes on where it stopped", posts === 3 && page.url() === draft.replace("/report/", "/reports/"), [posts, page.url()]);
check("and the fate of the rows is told", /10001/.test(await words()) && /No row was refused/.test(await words()), await words());
check("the key was in no request", asked.every((body) => !body.includes("PRIVATE KEY")));

// The server takes 10,500 rows a day of a body.
file("more.csv", "M", 600);
await choose("more.csv");
await sign("keys/410100-market.key");
await said("refused");
check("more rows than the day's quota are not waited for but told", /over quota/.test(await words()) && (await page.$$("[data-stands]")).length === 0, await words());
await browser.close();
done("a report signed in the browser");

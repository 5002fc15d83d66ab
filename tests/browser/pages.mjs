// The pages of the demonstration as newcomers use them: at a phone's and a desktop's width, in both
// languages, light and dark, and without script. Every page that is opened is looked through by axe-core
// and html-validate. Started by scripts/browser. Everybody is invented.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { HtmlValidate } from "html-validate";
import { DESKS, desks } from "./desks.mjs";
import { departments } from "./departments.mjs";
import { check, done, launch } from "./ledger.mjs";
import { person } from "./person.mjs";

const { DEMO, PICTURES } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const html = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: { "doctype-style": "off", "void-style": "off", "attribute-boolean-style": "off", "long-title": "off" },
});
const browser = await launch();

/** A reader with a browser of one's own. */
async function reader({ language = "en", width = 1100, dark = false, script = true }) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setExtraHTTPHeaders({ "accept-language": language });
  await page.setViewport({ width, height: 800 });
  await page.setJavaScriptEnabled(script);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
  page.on("console", (said) => {
    if (said.type() === "error" && /Content Security Policy/.test(said.text())) check("no page breaks its policy", false, said.text());
  });
  return page;
}
const go = async (page, ...clicks) => {
  for (const target of clicks) await Promise.all([page.waitForNavigation(), page.click(target)]);
};
const play = async (page, name) => {
  await page.goto(`${DEMO}/`);
  await go(page, `form[action="/play/${name}"] button`);
};
const words = (page) => page.$eval("main", (main) => main.innerText);

/** Keeps a picture of what is in sight, where somebody asks for pictures (PICTURES=docs/pictures). */
const picture = (page, name) =>
  PICTURES && page.screenshot({ path: `${PICTURES}/${name}.webp`, type: "webp", quality: 60 });

/** Looks a page through: its markup, its accessibility, its width, what its title and address tell. */
async function look(page, name) {
  const found = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
  const faults = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(" ")}`);
  check(`${name}: axe-core finds no fault`, faults.length === 0, faults);
  const report = await html.validateString(await page.evaluate(() => `<!DOCTYPE html>${document.documentElement.outerHTML}`));
  const told = report.results.flatMap((one) => one.messages.map((said) => `${said.ruleId} ${said.message} (${said.selector})`));
  check(`${name}: its markup is valid`, told.length === 0, told);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(`${name}: nothing sticks out`, over <= 0, over);
  const address = page.url() + (await page.title());
  check(`${name}: its address and title name nobody`, !/990000\d{12}/.test(address), address);
}

/** Who looks at which pages, after the first one; those after the second light and narrow, or dark and wide. */
const VISITS = [
  ["depositor", "/my/record", "/my/history"],
  ["case", ...["record", "appeals", "history", "family", "paper", "out", "questions", "data"].map((path) => `/my/${path}`)],
  ["maker", "/desk/orders", "/desk/judgement?ground=INBOUND", "/desk/refusals"],
  ["reviewer", "/"],
];

for (const [language, title] of [["zh-CN", "每一个颜色都要说得出理由"], ["en", "Every colour has to show its reasons"]]) {
  for (const dark of [false, true]) {
    for (const width of [320, 1100]) {
      const page = await reader({ language, width, dark });
      const name = (path) => `${path} ${language} ${dark ? "dark" : "light"} ${width}`;
      for (const path of ["/", "/how", "/log", "/log/0", "/gate", "/problems", "/signin", "/signin/invitation", "/nothing"]) {
        await page.goto(DEMO + path);
        await look(page, name(path));
      }
      // Long pages: twice is enough, and covers each language, scheme and width.
      if ((language === "en") === dark && dark === (width > 320)) {
        for (const path of ["/counts", "/orders", "/refused", "/rules", "/data", "/problems/not-found"]) {
          await page.goto(DEMO + path);
          await look(page, name(path));
        }
      }
      await page.goto(`${DEMO}/`);
      if (name("/") === "/ en light 1100") await picture(page, "front");
      check(`${name("/")}: says what it is`, (await words(page)).includes(title));
      for (const [who, ...paths] of [...VISITS, ...DESKS]) {
        await play(page, who);
        await look(page, name(`${who} ${new URL(page.url()).pathname}`));
        for (const path of dark === (width === 1100) ? paths : paths.slice(0, 1)) {
          await page.goto(DEMO + path);
          await look(page, name(`${who} ${path}`));
        }
      }
      await page.browserContext().close();
    }
  }
}

await person({ reader, play, go, words, look, demo: DEMO });

// Everything below is done by forms and links alone.
const plain = await reader({ script: false, width: 390 });
await play(plain, "depositor");
check("the depositor is green, and reads why", /Green/.test(await words(plain)) && /No evidence about you/.test(await words(plain)));
await play(plain, "maker");
await go(plain, 'a[href="/desk/order?try=depositor"]');
await plain.type("#reason", "persons under isolation after entry");
await go(plain, "main button.main");
check("before it is signed the page says that it would be refused, and what is signed", /no evidence on this ground/.test(await words(plain)) && /persons under isolation after entry/.test(await words(plain)), await words(plain));
await go(plain, "main form[data-signs] button.main");
check("whoever tries to turn the depositor red is refused, and reads why", /no evidence, no colour/i.test(await words(plain)), await words(plain));
await go(plain, "main a.button");
const refused = plain.url();
check("the refusal is an entry of the public log", /\/log\/\d+$/.test(refused) && /refused/.test(await words(plain)));
await plain.goto(`${DEMO}/`);
check("everybody sees it on the front page", (await plain.$(`main a[href="${new URL(refused).pathname}"]`)) !== null);
await play(plain, "depositor");
check("the depositor is green still", /Green/.test(await words(plain)));

await play(plain, "checker");
await go(plain, "main .cards a.button");
check("the second body reads what it signs, in words and by its digest", /[0-9a-f]{64}/.test(await words(plain)) && /arrived from elsewhere/.test(await words(plain)));
await go(plain, "main button.main");
check("an order approved by a second body is in force", /in force/.test(await words(plain)), await words(plain));

await play(plain, "case");
// The picture begins at the code itself, so that its reasons are on it.
if (PICTURES) await plain.$eval(".code", (one) => one.scrollIntoView());
await picture(plain, "code");
check("a case reads why, until when, and how to object", /Red/.test(await words(plain)) && /ends by itself/.test(await words(plain)));
await plain.click("details summary");
await plain.type("textarea", "The sample was not mine.");
await go(plain, "details button.main");
check("an objection is filed with its deadline", /Waiting for its answer/.test(await words(plain)), await words(plain));
await play(plain, "reviewer");
const mine = (await plain.$$("main .cards > li")).at(-1);
check("the review body reads it", /The sample was not mine/.test(await mine.evaluate((one) => one.innerText)));
await (await mine.$("input[name=reason]")).type("The laboratory mixed two tubes up.");
await (await mine.$("input[value=uphold]")).click();
await Promise.all([plain.waitForNavigation(), (await mine.$("button.main")).click()]);
await play(plain, "case");
check("upheld, the person is green at once", /Green/.test(await words(plain)) && /You were right/.test(await words(plain)), await words(plain));
await go(plain, 'form[action="/signout"] button');
const back = await plain.goto(`${DEMO}/my`);
check("signed out, nothing is shown any more", back.status() === 401);
await plain.goBack();
check("nor by going back", !/You were right/.test(await words(plain)));

await desks({ reader, play, go, words, check, look });
await departments({ reader, play, go, look, words });

// What a page weighs.
const weighed = await reader({ width: 390 });
let bytes = 0;
weighed.on("response", async (answer) => { bytes += (await answer.buffer().catch(() => "")).length; });
await play(weighed, "case");
bytes = 0;
await weighed.goto(`${DEMO}/my`, { waitUntil: "networkidle0" });
check("a person's code weighs less than 60 KB with all that it needs", bytes > 2_000 && bytes < 60_000, bytes);

// The code on a phone, and a gate: from a canvas to a picture to a verdict, then with the server stopped.
const still = async (page, file) => {
  await page.waitForSelector("#code:not([hidden]) canvas");
  await (await page.$("#qr")).screenshot({ path: file });
};
const verdict = async (gate, file) => {
  await (await gate.$("#picture")).uploadFile(file);
  await gate.waitForFunction(() => document.querySelector("#verdict .because").textContent !== "");
  const found = await gate.$eval("#verdict", (one) => one.innerText);
  if (/newest list/.test(found)) await picture(gate, "gate");
  await gate.waitForFunction(() => document.querySelector("#verdict .because").textContent === "");
  return found;
};
const phone = await reader({ width: 390 });
const sick = await reader({ width: 390, language: "zh-CN" });
await play(phone, "depositor");
await go(phone, 'main a[href="/code"]');
await still(phone, "green.png");
await look(phone, "/code");
await play(sick, "maker");
await sick.goto(`${DEMO}/code`);
await sick.waitForFunction(() => /登录/.test(document.getElementById("state").textContent));
check("whoever is no person has no code to show", (await sick.$("#code:not([hidden])")) === null);
const gate = await reader({ width: 390 });
await gate.goto(`${DEMO}/gate`);
await gate.waitForFunction(() => /minutes old/.test(document.getElementById("lists").textContent));
const green = await verdict(gate, "green.png");
check("the gate says green, by the newest list", /Green/.test(green) && /newest list/.test(green), green);
const twice = await verdict(gate, "green.png");
check("the same picture again is not taken", /Cannot tell/.test(twice) && /a moment ago/.test(twice), twice);
await gate.type("#text", "MM1:NOTHING");
await gate.click("#typed button");
await gate.waitForFunction(() => document.querySelector("#verdict .because").textContent !== "");
check("what is no code is none", /no health code/.test(await gate.$eval("#verdict", (one) => one.innerText)));

for (const one of [phone, gate]) await one.waitForFunction(async () => (await navigator.serviceWorker.ready).active !== null);
await new Promise((ready) => setTimeout(ready, 1_000));
process.kill(Number(process.env.DEMO_PID), "SIGKILL");
await phone.reload();
await still(phone, "offline.png");
check("with the server stopped the phone shows its code", /No network|moves/.test(await words(phone)), await words(phone));
await gate.reload();
await gate.waitForFunction(() => /minutes old/.test(document.getElementById("lists").textContent));
check("and the gate says that it has no network", /No network/.test(await words(gate)), await words(gate));
const offline = await verdict(gate, "offline.png");
check("and verifies all the same", /Green/.test(offline), offline);

await browser.close();
done("the pages");

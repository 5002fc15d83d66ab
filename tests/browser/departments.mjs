// The departments' and the bureaus' desks on the demonstration: a file with two mistakes, mended, signed
// and pushed, without script and with the keyboard; the clock of the day's report. Called by pages.mjs.
import { writeFileSync } from "node:fs";
import { check } from "./ledger.mjs";

/** What a clerk does. */
export async function departments({ reader, play, go, look, words }) {
  const { DEMO } = process.env;
  for (const [language, width, dark] of [["zh-CN", 320, false], ["en", 1100, true]]) {
    const page = await reader({ language, width, dark });
    const name = (path) => `${path} ${language} ${dark ? "dark" : "light"} ${width}`;
    await play(page, "clerk");
    await look(page, name("clerk /desk/report"));
    for (const path of ["/desk/report?kind=companion", "/desk/reports"]) {
      await page.goto(DEMO + path);
      await look(page, name(`clerk ${path}`));
    }
    const file = await page.evaluate(async () => (await fetch("/desk/template?kind=case_report&try=1")).text());
    writeFileSync("mistaken.csv", file);
    await page.goto(`${DEMO}/desk/report?kind=case_report`);
    await (await page.$("#file")).uploadFile("mistaken.csv");
    await page.focus("main button.main");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    await look(page, name("clerk, a file with mistakes"));
    await play(page, "bureau");
    await look(page, name("bureau /desk/days"));
    await page.browserContext().close();
  }

  const plain = await reader({ script: false, width: 390 });
  await play(plain, "clerk");
  check("a clerk is offered what the body may send, and nothing else", /case report/i.test(await words(plain)) && !/cold-chain/.test(await words(plain)));
  await go(plain, 'main a[href="/desk/report?kind=case_report"]');
  await (await plain.$("#file")).uploadFile("mistaken.csv");
  await go(plain, "main button.main");
  const rows = await plain.$$eval("tbody tr", (all) => all.map((one) => one.innerText));
  check("the wrong document number is beside its cell", /^3\b/.test(rows[0]) && /check character/.test(rows[0]) && /\*{14}/.test(rows[0]), rows);
  check("and so is the date to come", /^4\b/.test(rows[1]) && /has happened/i.test(rows[1]), rows);
  check("a number is shown nowhere", !/990000\d{12}/.test(await plain.content()));
  const checked = plain.url();
  await plain.reload();
  check("looked through once more it is the same", (await words(plain)).includes("check character"));
  await go(plain, "#push ~ form button.main");
  check("signed and pushed, the fate of the rows is told", /No row was refused/.test(await words(plain)), await words(plain));
  await plain.goto(checked);
  check("opened again, it says that all of it is there", /All of it is there/.test(await words(plain)), await words(plain));
  await plain.goto(`${DEMO}/desk/reports`);
  await go(plain, "tbody tr a");
  check("the newest report is on top", /case report/i.test(await words(plain)));
  await plain.goto(`${DEMO}/desk/report?kind=entry_record`);
  await (await plain.$("#file")).uploadFile("mistaken.csv");
  await go(plain, "main button.main");
  await go(plain, "#push ~ form button.main");
  check("what was tried in June 2022 is refused by the ledger", /evidence comes from the department whose duty it is/i.test(await words(plain)), await words(plain));

  await play(plain, "bureau");
  check("a bureau sees the time and what is missing", /\d+:\d\d/.test(await words(plain)) && /Missing/i.test(await words(plain)));
  const closes = await plain.$eval("#closing option", (one) => one.value);
  await go(plain, "section.reason button.main");
  check("a day is closed by a signed act", plain.url().endsWith(closes) && (await plain.$('tbody tr a[href^="/log/"]')) !== null, await words(plain));
  await plain.browserContext().close();
}

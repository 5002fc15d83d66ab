// A person's own pages, walked by forms and links: going out, a question, the family, a sheet of paper to a
// gate, and signing out of a computer that others use. Called by pages.mjs. Everybody is invented.
import { check } from "./ledger.mjs";

const A4 = { format: "A4", preferCSSPageSize: true };
const pagesOf = (pdf) => Buffer.from(pdf).toString("latin1").match(/\/Type\s*\/Page\b/g).length;

export async function person({ reader, play, go, words, look, demo }) {
  const plain = await reader({ script: false, width: 390 });
  await play(plain, "case");
  const bytes = await plain.evaluate(() => document.documentElement.outerHTML.length);
  check("a code with its reasons is a small page", bytes < 30_000, bytes);
  const told = await words(plain);
  const order = ["Why", "Decided by", "Approved by", "Since, and until", "Green earlier", "The rule", "This did not happen to me", "Object to this"];
  const places = order.map((word) => told.indexOf(word));
  check("a case reads it in order: why, by whom, until when, what turns it green, the rule, how to object",
    places.every((place, at) => place > (places[at - 1] ?? -1)), told);
  await go(plain, 'main a[href="/my/out"]');
  check("nobody needs a permission for a doctor", /no permission/.test(await words(plain)));
  await plain.type("#text", "Dialysis at ten.");
  await go(plain, "main button.main");
  check("a request to go out has its clock", /waits for its answer/.test(await words(plain)) && / left/.test(await words(plain)), await words(plain));
  await plain.goto(`${demo}/my/questions`);
  await plain.type("#question", " ");
  await go(plain, "main button.main");
  check("a question without words is refused above its form", /Nothing that you typed is lost/.test(await words(plain)), await words(plain));
  await plain.type("#question", "Which laboratory was it?");
  await go(plain, "main button.main");
  check("a question has an owner and a clock", /Who owes the answer/.test(await words(plain)) && / left/.test(await words(plain)), await words(plain));

  await play(plain, "maker");
  await plain.goto(`${demo}/desk/order?try=depositor`);
  const number = await plain.$eval("#people", (one) => one.value);
  await play(plain, "case");
  await plain.goto(`${demo}/my/family`);
  await plain.type("#document_number", number);
  await go(plain, "main button.main");
  check("a proxy stands in the list, and no document", /proxy/.test(await words(plain)) && !(await plain.content()).includes(number));
  // From here on with script: axe-core is one.
  await plain.setJavaScriptEnabled(true);
  await play(plain, "depositor");
  await plain.goto(`${demo}/my/family`);
  await go(plain, 'main a[href="/my/family/1"]');
  check("the proxy reads the other's code and record", /Red/.test(await words(plain)) && /Evidence about this person/.test(await words(plain)));
  await look(plain, "/my/family/1");
  await plain.goto(`${demo}/my/family`);
  await plain.click("main .cards summary");
  await go(plain, "main .cards details button");
  const gone = await plain.goto(`${demo}/my/family/1`);
  check("ended from either side, it shows nothing more", gone.status() === 403);

  await plain.goto(`${demo}/my/paper`);
  await go(plain, "main button.main");
  await look(plain, "/my/paper, made");
  const sheet = await plain.pdf(A4);
  check("a week of codes is one sheet of A4", pagesOf(sheet) === 1 && (await plain.$$(".days svg")).length === 7, pagesOf(sheet));
  await (await plain.$(".days svg")).screenshot({ path: "sheet.png" });
  await plain.goto(`${demo}/my`);
  await plain.emulateMediaType("print");
  check("in print there is the code and nothing to press", (await plain.$eval(".top", (one) => getComputedStyle(one).display)) === "none");
  await plain.emulateMediaType("screen");
  const gate = await reader({ width: 390 });
  await gate.goto(`${demo}/gate`);
  await gate.waitForFunction(() => /minutes old/.test(document.getElementById("lists").textContent));
  await (await gate.$("#picture")).uploadFile("sheet.png");
  await gate.waitForFunction(() => document.querySelector("#verdict .because").textContent !== "");
  const verdict = await gate.$eval("#verdict", (one) => one.innerText);
  check("a gate takes the paper, and says to compare it", /Green/.test(verdict) && /paper/.test(verdict), verdict);
  await gate.browserContext().close();

  await plain.setViewport({ width: 320, height: 800 });
  await go(plain, 'footer button[value="large"]');
  for (const path of ["/my", "/my/out", "/my/family"]) {
    await plain.goto(demo + path);
    const over = await plain.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(`${path} in large letters: nothing sticks out`, over <= 0, over);
  }
  await plain.browserContext().close();

  const shared = await reader({});
  await play(shared, "case");
  await go(shared, 'main a[href="/code"]');
  await shared.waitForSelector("#code:not([hidden])");
  await shared.goto(`${demo}/my/data`);
  await go(shared, 'form[action="/signout"] button');
  const left = await shared.evaluate(async () => [await indexedDB.databases(), await caches.keys(), Object.keys(localStorage), document.cookie]);
  check("signing out leaves nothing in a browser that others use", JSON.stringify(left) === '[[],[],[],""]', left);
  for (const step of [1, 2, 3]) {
    await shared.goBack({ waitUntil: "load" }).catch(() => {});
    const shown = await shared.evaluate(() => document.body.innerText);
    check(`nor ${step} steps back`, !/Article 4|articles 44|Decided by|Show my code to|Your code, for/i.test(shown), shown);
  }
  await shared.browserContext().close();
}

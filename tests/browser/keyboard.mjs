// With the keyboard alone: each journey of a newcomer, in both languages, by Tab, Shift+Tab, Enter, Space,
// the arrows and typing, from the front page on: no click, no address, no focus that a script sets. Every stop
// on the way must be in sight with its ring, and come after the one before it. Started by scripts/browser, on
// a demonstration of its own: each language objects and decides once. Everybody is invented.
import { check, done, launch, wordsOf } from "./ledger.mjs";

const { DEMO } = process.env;
/** The most stops to anything; a page has fewer, or nobody would get there. */
const STOPS_MAX = 120;

/** One stop of the keyboard: whether it is the one looked for, and what is wrong with it. */
const stop = (wanted) => {
  const at = document.activeElement;
  const box = at.getBoundingClientRect();
  const style = getComputedStyle(at);
  const name = `${at.localName}${at.id && `#${at.id}`} “${at.textContent.trim().slice(0, 40)}”`;
  const faults = [];
  if (at === document.body) return { name: "the page itself", faults, is: false, isEnd: true };
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push("no ring");
  const inSight = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  if (!inSight) faults.push("out of sight");
  const [x, y] = [Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1), Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1)];
  const over = document.elementFromPoint(x, y);
  if (inSight && over && !at.contains(over) && !over.contains(at)) faults.push(`under ${over.localName}`);
  const before = window.stopBefore;
  window.stopBefore = at;
  // At the first stop the order begins anew, with or without a stop at the browser's own buttons between.
  const isAnew = !before?.isConnected || [before, at].some((one) => one.matches(".skip"));
  const order = isAnew ? 0 : before.compareDocumentPosition(at);
  const way = [[Node.DOCUMENT_POSITION_FOLLOWING, "on"], [Node.DOCUMENT_POSITION_PRECEDING, "back"]].find(([bit]) => order & bit)?.[1];
  return { name, faults, is: at.matches(wanted), way };
};

/** Somebody at a keyboard. */
class Hands {
  constructor(page, language) {
    this.page = page;
    this.say = wordsOf(language);
    this.stops = 0;
  }
  press = (key) => this.page.keyboard.press(key);
  type = (text) => this.page.keyboard.type(text);
  text = () => this.page.$eval("main", (main) => main.innerText);
  path = () => new URL(this.page.url()).pathname;
  async says(name, ...keys) {
    const text = await this.text();
    const missing = keys.map(this.say).filter((said) => !text.includes(said));
    check(name, missing.length === 0, [missing, text]);
  }
  /** Presses Tab until what is looked for has the focus; backwards with Shift. */
  async reach(wanted, isBack = false) {
    for (let turn = 0; turn < STOPS_MAX; turn += 1) {
      if (isBack) await this.page.keyboard.down("Shift");
      await this.press("Tab");
      if (isBack) await this.page.keyboard.up("Shift");
      const found = await this.page.evaluate(stop, wanted);
      this.stops += 1;
      const isAstray = turn > 0 && found.way === (isBack ? "on" : "back");
      if (found.faults.length > 0 || isAstray) check(`every stop is in sight and in order on ${this.path()}`, false, found);
      if (found.is) return;
      // Beyond the end of a page the order begins anew.
      if (found.isEnd) await this.page.evaluate(() => (window.stopBefore = undefined));
    }
    check(`${wanted} is reached on ${this.path()}`, false, await this.text());
  }
  /** Goes where a press leads. */
  async follow(key = "Enter") {
    await Promise.all([this.page.waitForNavigation(), this.press(key)]);
  }
  /** Over the ways about to the page itself. */
  async skip() {
    await this.reach(".skip");
    await this.press("Enter");
  }
  async open(wanted) {
    await this.reach(wanted);
    await this.follow();
  }
  /** Home, and from there into somebody's shoes. */
  async become(name) {
    if (this.path() !== "/") await this.open(".brand");
    await this.skip();
    await this.open(`form[action="/play/${name}"] button`);
  }
}

/** The depositor's code is green, in spite of an attempt whose refusal everybody reads. */
async function depositor(hands) {
  await hands.become("depositor");
  await hands.says("the depositor is green, and reads why", "colour-green", "my-green-why", "my-green-tried");
  await hands.skip();
  await hands.open('main section a[href="/"]');
  await hands.skip();
  await hands.open('main a[href="/refused"]');
  await hands.says("and what was refused", "nav-refused", "entry-help");
  await hands.open('.top a[href="/code"]');
  await hands.page.waitForSelector("#code:not([hidden]) canvas");
  const file = "keys.png";
  await (await hands.page.$("#qr")).screenshot({ path: file });
  return file;
}

/** Whoever tries to turn the depositor red is refused; the entry of it is proven in the browser. */
async function refused(hands) {
  await hands.become("maker");
  await hands.skip();
  await hands.open('main a[href="/desk/order?try=depositor"]');
  await hands.skip();
  await hands.reach("#reason");
  await hands.type("persons under isolation after entry");
  await hands.reach("main button.main");
  // The preview may come first, beside what was typed: it is the page to sign that is waited for.
  await hands.follow();
  await hands.open("main form[data-signs] button.main");
  check("whoever tries to turn the depositor red is refused, and reads why", (await hands.page.$("main .refused")) !== null, await hands.text());
  await hands.skip();
  await hands.open("main a.button");
  await hands.says("the refusal is an entry of the public log", "refused", "entry-why");
}

/** The entry on the page is checked by the browser. */
async function proven(hands) {
  const entry = hands.path();
  for (let turn = 0; ; turn += 1) {
    await hands.skip();
    await hands.reach("#check-here");
    await hands.press("Space");
    await hands.page.waitForFunction(() => !["", "checked busy"].includes(document.getElementById("checked").className));
    const kind = await hands.page.$eval("#checked", (place) => place.className);
    if (kind === "checked proven") break;
    // An entry of the last few seconds has no proof yet: the page says to try again.
    check(`the check of ${entry} does not fail`, kind === "checked unknown" && turn < 40, [kind, await hands.text()]);
    await new Promise((then) => setTimeout(then, 250));
  }
  await hands.says("and the browser proves that it is there", "check-same");
}

/** An order of one body about somebody with evidence, approved by another. */
async function approved(hands) {
  await hands.become("maker");
  await hands.open('.top a[href="/desk/judgement"]');
  await hands.skip();
  await hands.reach("#ground");
  // The ground is chosen as it is spelled.
  await hands.page.keyboard.press("End");
  for (let turn = 0; turn < 30 && (await hands.page.$eval("#ground", (one) => one.value)) !== "ARRIVAL"; turn += 1) await hands.press("ArrowUp");
  await hands.open("main form.inline button");
  await hands.skip();
  await hands.reach('input[name="chosen"]');
  await hands.press("Space");
  await hands.open('button[value="preview"]');
  await hands.skip();
  await hands.reach("#reason");
  const reason = `arrived by train: ${hands.say("nav-how")}`;
  await hands.type(reason);
  await hands.reach("main button.main");
  // The preview may come first, beside what was typed: it is the page to sign that is waited for.
  await hands.follow();
  await hands.open("main form[data-signs] button.main");
  await hands.become("checker");
  await hands.skip();
  const cards = await hands.page.$$eval(".cards li", (all) => all.map((one) => [one.innerText, one.querySelector("a.button").getAttribute("href")]));
  const card = cards.find(([text]) => text.includes(reason));
  check("the order waits on the second body's desk", card !== undefined, cards);
  await hands.open(`main a[href="${card[1]}"]`);
  await hands.says("the second body reads what it signs", "order-digest", "decide-why");
  await hands.skip();
  await hands.open('button[value="approve"]');
  await hands.says("approved by a second body it is in force", "order-in_force");
}

/** A case objects, and sees the clock. */
async function appealed(hands, about) {
  await hands.become("case");
  const before = (await hands.page.$$(".running")).length;
  await hands.skip();
  await hands.reach(`details.object:has(#${about}) summary`);
  await hands.press("Enter");
  await hands.reach(`#${about}`);
  await hands.type("The sample was not mine.");
  await hands.open(`details:has(#${about}) button.main`);
  await hands.says("an objection waits, with its clock", "appeal-open");
  check("and it is one more", (await hands.page.$$(".running")).length > before);
}

/** A gate takes the picture of a code, and what is typed. */
async function gate(hands, file) {
  await hands.open('.top a[href="/gate"]');
  await hands.page.waitForFunction(() => /\d/.test(document.getElementById("lists").textContent));
  await hands.skip();
  await hands.reach("#picture");
  const because = (is) => hands.page.waitForFunction((is) => (document.querySelector("#verdict .because").textContent !== "") === is, {}, is);
  await (await hands.page.evaluateHandle(() => document.activeElement)).uploadFile(file);
  await because(true);
  await hands.says("the gate takes the picture, and says green", "gate-verdict-green", "gate-reason-current");
  await hands.reach("#text");
  await hands.type("MM1:NOTHING");
  await hands.press("Enter");
  await hands.page.waitForFunction((word) => document.querySelector("#verdict .because").textContent.includes(word), {}, hands.say("gate-reason-unreadable"));
  check("and that what was typed is no code", true);
}

for (const [language, own, other, width, about] of [
  ["zh-CN", "zh", "en", 320, "text-measure-0"],
  ["en", "en", "zh", 1100, "text-fact-0"],
]) {
  const browser = await launch(language);
  const page = await browser.newPage();
  await page.setViewport({ width, height: 640 });
  const hands = new Hands(page, language);
  await page.goto(`${DEMO}/`);
  await hands.reach(".skip");
  check("the first stop leads to the page itself", hands.stops === 1, hands.stops);
  for (const [button, is] of [[other, false], [own, true]]) {
    await hands.reach(`footer button[value="${button}"]`, true);
    await hands.follow();
    check("a language is chosen", (await hands.text()).includes(hands.say("front-title")) === is, await hands.text());
  }
  const file = await depositor(hands);
  await gate(hands, file);
  await refused(hands);
  await proven(hands);
  await approved(hands);
  await appealed(hands, about);
  await hands.open('form[action="/signout"] button');
  check("signed out, nobody is known", (await page.$('a[href="/signin"]')) !== null);
  console.log(`${hands.stops} stops of the keyboard in ${language}, each in sight and in order`);
  await browser.close();
}
done("the journeys with the keyboard alone");

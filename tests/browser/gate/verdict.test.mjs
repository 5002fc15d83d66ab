// Every verdict on what a real ledger issued, beside the verdict of the program's own gate.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { readFileSync } from "node:fs";
import { AGENT, House, document, inOurWords, load, ours, seconds } from "./world.mjs";
import { encode } from "../../../crates/web/assets/gate/base45.js";
import { Replays } from "../../../crates/web/assets/gate/replays.js";
import { readText } from "../../../crates/web/assets/gate/token.js";
import { scan } from "../../../crates/web/assets/gate/verify.js";

const house = new House();
const DAY_S = 86_400;

/** Both gates say this, and the same of all the rest. */
async function bothSay(held, text, [verdict, reason], asked = {}) {
  const now = asked.now ?? seconds();
  const mine = await ours(held, text, now, asked);
  assert.deepEqual([mine.verdict, mine.reason], [verdict, reason]);
  assert.deepEqual(mine, inOurWords(house.says(text, { ...asked, now })));
}

describe("a ledger that issues", () => {
  let held;
  let paper;
  const challenge = Uint8Array.from({ length: 16 }, (_, at) => at * 7);

  before(async () => {
    house.begin();
    for (const name of ["one", "two", "three"]) house.device(`${name}.key`);
    house.issue(1, "one.cwt", "one.key");
    house.issue(2, "two.cwt", "two.key");
    house.issue(3, "three.cwt", "three.key");
    house.issue(3, "bare.cwt");
    house.red(2);
    const sheet = ["-o", "sheet.html", "--office", "社区服务站", "--case", "P-2", "--json"];
    paper = JSON.parse(house.as(AGENT, "paper", document(1), ...sheet)).texts;
    house.publish();
    held = await load(house.path("gate"), seconds());
    assert.deepEqual(held.refused, []);
  });

  test("a phone that shows its code is green", () =>
    bothSay(held, house.shown("one.cwt", "one.key"), ["green", "current"]));

  test("a person with a measure is red", () =>
    bothSay(held, house.shown("two.cwt", "two.key"), ["red", "current"]));

  test("a credential without a key is taken, and by a gate that asks it is not", async () => {
    const text = house.shown("bare.cwt");
    await bothSay(held, text, ["green", "current"]);
    await bothSay(held, text, ["cannot-tell", "no_answer"], { challenge });
  });

  test("a paper is taken by both, with what is to be compared", async () => {
    await bothSay(held, paper[0], ["green", "current"]);
    await bothSay(held, paper[0], ["green", "current"], { challenge });
    const said = await ours(held, paper[0], seconds());
    assert.equal(said.face.maskedName, "样**甲");
    await bothSay(held, paper[1], ["cannot-tell", "not_yet"]);
  });

  test("a credential of a phone alone says nothing", async () => {
    const text = `MM1:${encode(readFileSync(house.path("one.cwt")))}`;
    await bothSay(held, text, ["cannot-tell", "no_presentation"]);
  });

  test("an answer opens the gate that asked, and no other", async () => {
    const hex = Buffer.from(challenge).toString("hex");
    const text = house.shown("one.cwt", "one.key", "--gate", "east-7", "--nonce", hex);
    await bothSay(held, text, ["green", "current"], { gate: "east-7", challenge });
    await bothSay(held, text, ["cannot-tell", "wrong_answer"], { gate: "west-7", challenge });
    await bothSay(held, text, ["cannot-tell", "wrong_answer"], { gate: "east-7" });
    const other = challenge.with(0, 1);
    await bothSay(held, text, ["cannot-tell", "wrong_answer"], {
      gate: "east-7",
      challenge: other,
    });
    const unasked = house.shown("one.cwt", "one.key");
    await bothSay(held, unasked, ["cannot-tell", "no_answer"], { gate: "east-7", challenge });
  });

  test("a presentation counts for a minute, and half a minute ahead", async () => {
    const text = house.shown("one.cwt", "one.key");
    const made = Number(readText(text).presentation.showing.atS);
    await bothSay(held, text, ["green", "current"], { now: made + 60 });
    await bothSay(held, text, ["cannot-tell", "presentation_old"], { now: made + 61 });
    await bothSay(held, text, ["green", "current"], { now: made - 30 });
    await bothSay(held, text, ["cannot-tell", "presentation_early"], { now: made - 31 });
  });

  test("a presentation passes once", async () => {
    const [text, past] = [house.shown("one.cwt", "one.key"), new Replays()];
    const now = seconds();
    const twice = [1, 2].map(() =>
      scan(text, held.trust, held.lists, now, { gate: "gate", challenge: null, past }),
    );
    const reasons = (await Promise.all(twice)).map(({ reason }) => reason);
    assert.deepEqual(reasons.sort(), ["current", "replay"]);
    assert.equal(house.says(text).reason, "current");
    assert.deepEqual(await ours(held, text, now, { past }), inOurWords(house.says(text)));
    // What is remembered is forgotten after two minutes, when the code is long too old.
    past.forget(now + 121);
    assert.equal((await ours(held, text, now, { past })).reason, "current");
  });

  test("one credential has an end, and so has a list", async () => {
    const bare = house.shown("bare.cwt");
    for (const hours of [1, 2, 8, 12, 23, 25, 30, 36, 47, 49, 60, 80]) {
      const now = seconds() + hours * 3_600;
      const later = await load(house.path("gate"), now);
      const said = inOurWords(house.says(bare, { now }));
      assert.deepEqual(await ours(later, bare, now), said, `${hours} h`);
    }
    await bothSay(held, bare, ["cannot-tell", "expired"], { now: seconds() + 40 * DAY_S });
  });

  test("text that is cut, changed or not ours is unreadable or unsigned", async () => {
    const text = house.shown("bare.cwt");
    for (const other of [
      "",
      "MM1:",
      "HC1:BB8",
      text.toLowerCase(),
      text.slice(0, -1),
      `${text}0`,
      ` ${text}`,
    ]) {
      // The program takes an empty text and a hyphen for something else.
      if (other !== "") await bothSay(held, other, ["cannot-tell", "unreadable"]);
      assert.equal((await ours(held, other, seconds())).reason, "unreadable");
    }
  });

  test("every changed character is judged alike", async () => {
    const [bare, phone] = [house.shown("bare.cwt"), house.shown("two.cwt", "two.key")];
    const found = new Set();
    for (const text of [bare, phone]) {
      for (let at = 5; at < text.length; at += 11) {
        const other = text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
        const now = seconds();
        const mine = await ours(held, other, now);
        assert.deepEqual(mine, inOurWords(house.says(other, { now })), `character ${at}`);
        found.add(mine.reason);
      }
    }
    for (const reason of ["unreadable", "signature", "unknown_key"])
      assert.ok(found.has(reason), reason);
  });

  test("a withdrawn credential says nothing of health, and its successor is red", async () => {
    house.device("new.key");
    const renew = [
      "credential",
      "renew",
      document(2),
      "--holder",
      "new.key",
      "-o",
      "new.cwt",
      "--case",
      "L-7",
    ];
    house.as(AGENT, ...renew);
    house.publish();
    const after = await load(house.path("gate"), seconds());
    await bothSay(after, house.shown("two.cwt", "two.key"), ["not-valid", "current"]);
    await bothSay(after, house.shown("new.cwt", "new.key"), ["red", "current"]);
  });

  test("a key that was revoked counts no more, whenever it signed", async () => {
    const old = house.shown("one.cwt", "one.key");
    for (const { key } of house.json("credential", "keys", "list").keys) {
      house.as("410000-health.gao", "credential", "keys", "revoke", key, "--reason", "lost");
    }
    house.as("410000-health.gao", "credential", "keys", "register");
    house.issue(1, "again.cwt", "one.key");
    house.publish();
    const after = await load(house.path("gate"), seconds());
    await bothSay(after, old, ["cannot-tell", "key_outside_its_time"]);
    await bothSay(after, house.shown("again.cwt", "one.key"), ["green", "current"]);
    // A gate that has not heard of the new keys.
    const stale = await ours(held, house.shown("again.cwt", "one.key"), seconds());
    assert.deepEqual([stale.verdict, stale.reason], ["cannot-tell", "unknown_key"]);
  });
});

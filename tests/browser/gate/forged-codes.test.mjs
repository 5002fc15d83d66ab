// Credentials and presentations of every bad form: both gates give the same verdict and reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CREDENTIAL, LIST, PAPER } from "../../../crates/web/assets/gate/cose.js";
import * as forge from "./forge.mjs";
import { DAY_S, ISSUER, LISTER, NOW, PHONE, STRANGER, URI, house, written } from "./forged.mjs";
import { inOurWords, load, ours, seconds } from "./world.mjs";

const VERDICTS = ["green", "not-valid", "yellow", "red"];
const claims = (more = {}) => ({ exp: NOW + DAY_S, iat: NOW - 3_600, uri: URI, idx: 0, ...more });
const shown = (more = {}, how = {}, key = ISSUER) =>
  forge.toText(forge.credential(key, claims(more), how));

const dir = written(() => {});
const held = await load(house.path(dir), seconds());

/** Both gates say the same of a text; which verdict and reason, the row says. */
async function bothSay(text, [verdict, reason], asked = {}) {
  const now = asked.now ?? seconds();
  const mine = await ours(held, text, now, asked);
  assert.deepEqual([mine.verdict, mine.reason], [verdict, reason]);
  assert.deepEqual(mine, inOurWords(house.says(text, { ...asked, now, trust: dir })));
}

test("each value of a slot is one verdict", async () => {
  for (const idx of [0, 1, 2, 3]) await bothSay(shown({ idx }), [VERDICTS[idx], "current"]);
  await bothSay(shown({ idx: (1 << 20) - 1 }), ["red", "current"]);
  await bothSay(shown({ idx: 1 << 20 }), ["cannot-tell", "no_slot"]);
  await bothSay(shown({ idx: 2 ** 40 - 1 }), ["cannot-tell", "no_slot"]);
  await bothSay(shown({ idx: 2n ** 63n }), ["cannot-tell", "unreadable"]);
});

test("a list is current, then old, then ended, by the clock of the gate", async () => {
  const text = shown({ exp: NOW + 3 * DAY_S });
  const said = async (now) => (await ours(held, text, now)).reason;
  assert.equal(await said(NOW - 20 + 120), "current");
  assert.equal(await said(NOW - 20 + 121), "old_list");
  assert.equal(await said(NOW + DAY_S - 1), "old_list");
  assert.equal(await said(NOW + DAY_S), "list_expired");
  assert.equal(await said(NOW - 80), "current");
  assert.equal(await said(NOW - 81), "list_early");
  await bothSay(text, ["green", "old_list"], { now: NOW + 3_000 });
});

const face = ["样*甲", 1990, "0017"];
const CREDENTIALS = [
  ["at its last second", ["green", "current"], { exp: NOW + 91 }, { now: NOW + 90 }],
  ["at its end", ["cannot-tell", "expired"], { exp: NOW + 90 }, { now: NOW + 90 }],
  ["issued a minute ahead", ["green", "current"], { iat: NOW + 60 }, { now: NOW }],
  [
    "issued a minute and a second ahead",
    ["cannot-tell", "not_yet"],
    { iat: NOW + 61 },
    { now: NOW },
  ],
  ["that counts from later on", ["cannot-tell", "not_yet"], { nbf: NOW + 3_600 }, {}],
  [
    "that counts from before it was issued",
    ["cannot-tell", "unreadable"],
    { nbf: NOW - 7_200 },
    {},
  ],
  ["that ends as it begins", ["cannot-tell", "unreadable"], { exp: NOW - 3_600 }, {}],
  ["for 31 days", ["green", "current"], { exp: NOW - 3_600 + 31 * DAY_S }, {}],
  [
    "for 31 days and a second",
    ["cannot-tell", "unreadable"],
    { exp: NOW - 3_599 + 31 * DAY_S },
    {},
  ],
  [
    "from the end of time",
    ["cannot-tell", "key_outside_its_time"],
    { iat: 2n ** 60n, exp: 2n ** 60n + 1n },
    {},
  ],
  ["that ends with all numbers", ["cannot-tell", "unreadable"], { exp: 2n ** 64n - 1n }, {}],
  ["of a list that nobody named", ["cannot-tell", "foreign_list"], { uri: `${URI}2` }, {}],
  ["of an address with a quotation mark", ["cannot-tell", "unreadable"], { uri: `${URI}"` }, {}],
  [
    "of an address too long",
    ["cannot-tell", "unreadable"],
    { uri: `https://${"x".repeat(505)}` },
    {},
  ],
  ["of a phone, alone", ["cannot-tell", "no_presentation"], { holder: PHONE }, {}],
  ["on paper", ["green", "current"], { nbf: NOW - 60, face }, {}],
  ["on paper without a beginning", ["cannot-tell", "unreadable"], { face }, {}],
  [
    "on paper of a phone",
    ["cannot-tell", "unreadable"],
    { nbf: NOW - 60, holder: PHONE, face },
    {},
  ],
  [
    "on paper with a name in full",
    ["cannot-tell", "unreadable"],
    { nbf: NOW - 60, face: ["样本甲", 1990, "0017"] },
    {},
  ],
  [
    "on paper with a control character",
    ["cannot-tell", "unreadable"],
    { nbf: NOW - 60, face: ["*\u0085", 1990, "0017"] },
    {},
  ],
  [
    "on paper with a long name",
    ["cannot-tell", "unreadable"],
    { nbf: NOW - 60, face: ["*".repeat(65), 1990, "0017"] },
    {},
  ],
  [
    "on paper of a year before",
    ["cannot-tell", "unreadable"],
    { nbf: NOW - 60, face: ["*", 1849, "0017"] },
    {},
  ],
  [
    "on paper of a year beyond 16 bits",
    ["cannot-tell", "unreadable"],
    { nbf: NOW - 60, face: ["*", 65536 + 1990, "0017"] },
    {},
  ],
  [
    "on paper with small letters",
    ["cannot-tell", "unreadable"],
    { nbf: NOW - 60, face: ["*", 1990, "001x"] },
    {},
  ],
  [
    "on paper with a byte order mark",
    ["green", "current"],
    { nbf: NOW - 60, face: ["\ufeff*", 1990, "001X"] },
    {},
  ],
];
for (const [name, expected, more, asked] of CREDENTIALS) {
  test(`a credential ${name}: ${expected.join(", ")}`, () => bothSay(shown(more), expected, asked));
}

test("a credential of a stranger, under another hint, in another envelope, is not believed", async () => {
  await bothSay(shown({}, {}, STRANGER), ["cannot-tell", "unknown_key"]);
  await bothSay(shown({}, {}, LISTER), ["cannot-tell", "unknown_key"]);
  await bothSay(shown({}, { kid: ISSUER.kid }, STRANGER), ["cannot-tell", "signature"]);
  await bothSay(shown({}, { typ: LIST }), ["cannot-tell", "unreadable"]);
  await bothSay(shown({}, { typ: PAPER }), ["cannot-tell", "unreadable"]);
  await bothSay(shown({}, { tag: 0xd1 }), ["cannot-tell", "unreadable"]);
  const header = (alg) =>
    forge.cbor(
      new Map([
        [1, alg],
        [4, ISSUER.kid],
        [16, CREDENTIAL],
      ]),
    );
  await bothSay(shown({}, { header: header(-9) }), ["green", "current"]);
  for (const alg of [-8, -35, 1])
    await bothSay(shown({}, { header: header(alg) }), ["cannot-tell", "unreadable"]);
  const longer = forge.cbor(
    new Map([
      [1, -7],
      [4, ISSUER.kid],
      [16, CREDENTIAL],
      [99, 1],
    ]),
  );
  await bothSay(shown({}, { header: longer }), ["cannot-tell", "unreadable"]);
});

test("only the phone of a credential presents it", async () => {
  const kcwt = forge.credential(ISSUER, claims({ holder: PHONE, idx: 2 }));
  const at = (more) => forge.toText(forge.presentation(PHONE, kcwt, { at: NOW, ...more }));
  await bothSay(at(), ["yellow", "current"], { now: NOW });
  const other = forge.toText(forge.presentation(STRANGER, kcwt, { at: NOW }));
  await bothSay(other, ["cannot-tell", "holder_signature"], { now: NOW });
  const bare = forge.credential(ISSUER, claims());
  await bothSay(forge.toText(forge.presentation(PHONE, bare, { at: NOW })), [
    "cannot-tell",
    "unreadable",
  ]);
  const nonce = new Uint8Array(8).fill(9);
  await bothSay(at({ gate: "g", nonce }), ["yellow", "current"], {
    now: NOW,
    gate: "g",
    challenge: nonce,
  });
  for (const more of [
    { gate: "g" },
    { gate: "*", nonce },
    { gate: "a b", nonce },
    { gate: "", nonce },
    { gate: "g".repeat(65), nonce },
    { gate: "g", nonce: nonce.slice(1) },
    { gate: "g", nonce: new Uint8Array(33) },
  ]) {
    await bothSay(at(more), ["cannot-tell", "unreadable"], { now: NOW });
  }
  await bothSay(at({ at: 2n ** 64n - 1n }), ["cannot-tell", "presentation_early"], { now: NOW });
});

test("an issuing key whose end is an entry counts for nothing, whenever it signed", async () => {
  const ended = written((it) =>
    it.others.push(forge.leaf(2, { key_end: { key: ISSUER.bytes } }, { at: NOW })),
  );
  const after = await load(house.path(ended), seconds());
  const mine = await ours(after, shown(), NOW);
  assert.equal(mine.reason, "key_outside_its_time");
  assert.deepEqual(mine, inOurWords(house.says(shown(), { now: NOW, trust: ended })));
});

// Lists, keys, logs and policies of every bad form, made with all keys in hand: the scripts refuse what
// the program refuses, with the same word, and take what it takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CREDENTIAL, DELTA, LIST } from "../../../crates/web/assets/gate/cose.js";
import * as forge from "./forge.mjs";
import { House, folder, inOurWords, load, ours, seconds } from "./world.mjs";

const house = new House();
const NOW = seconds();
const DAY_S = 86_400;
const URI = "https://log.example/forged/s/1";
const seed = (byte) => Buffer.alloc(32, byte);
const LOG = new forge.NoteKey("log.example/forged", 1, seed(1));
const OTHER_LOG = new forge.NoteKey("log.example/other", 1, seed(2));
const WITNESSES = [3, 4, 5].map((byte) => new forge.NoteKey(`witness.example/w${byte}`, 4, seed(byte)));
const [ISSUER, LISTER, STRANGER, PHONE] = [10, 11, 12, 13].map((byte) => new forge.P256(seed(byte)));
/** The four values, one beside the other. */
const ARRAY = forge.slots(1 << 20, { 1: 1, 2: 2, 3: 3, 1048575: 3 });
const VERDICTS = ["green", "not-valid", "yellow", "red"];

/** All that a gate gets, as it should be, before somebody changes it. */
const draft = () => ({
  array: ARRAY,
  claims: { uri: URI, exp: NOW + DAY_S, iat: NOW - 20, ttl: 120 },
  signer: LISTER,
  how: {},
  published: { uri: URI, version: 7, slots: 1 << 20, revoked: 1, yellow: 1, red: 2 },
  leaf: {},
  grants: [
    { purpose: "credential", key: ISSUER.bytes, from: NOW - DAY_S, until: NOW + 10 * DAY_S },
    { purpose: "status_list", key: LISTER.bytes, from: NOW - DAY_S, until: NOW + 10 * DAY_S },
  ],
  others: [],
  signedBy: LOG,
  lines: [],
  policy: [`log ${LOG.vkey}`, "quorum none"],
  manifest: [URI],
  proof: (text) => text,
  keyProof: (text) => text,
  token: (bytes) => bytes,
});

let count = 0;
/** The directory of a gate, of a draft. */
function written(change) {
  const it = draft();
  change(it);
  const { iat: issued, exp: expires } = it.claims;
  const lst = it.lst ?? forge.deflated(it.array);
  const token = it.token(forge.list(it.signer, { ...it.claims, lst }, it.how));
  const list = { sha256: forge.digestOf(it.array), issued, expires, ...it.published };
  const keys = it.grants.map((key, at) => forge.leaf(at, { key }));
  const leaves = [...keys, ...it.others, forge.leaf(keys.length, it.publication ?? { list }, it.leaf)];
  const { proofs } = forge.log(it.signedBy, leaves, { witnesses: it.lines, origin: it.origin });
  const proof = proofs.pop();
  count += 1;
  return folder(house, `gate${count}`, {
    policy: `${it.policy.join("\n")}\n`,
    aggregation: JSON.stringify({ status_lists: it.manifest }),
    ...Object.fromEntries(proofs.map((proof, at) => [`keys/${at}`, it.keyProof(proof)])),
    "lists/0.cwt": token,
    "lists/0.tlog-proof": it.proof(proof),
  });
}

const claims = (more = {}) => ({ exp: NOW + DAY_S, iat: NOW - 3_600, uri: URI, idx: 0, ...more });
const shown = (more = {}, how = {}, key = ISSUER) => forge.toText(forge.credential(key, claims(more), how));

/** Both gates judge the lists of a draft alike, with this word; `null` takes them. */
async function listsAre(word, change) {
  const dir = written(change);
  const theirs = house.takes(dir);
  const mine = await load(house.path(dir), seconds()).catch((error) => error);
  if (word === "no trust") {
    assert.ok(mine.constructor.name === "TrustError" && theirs.error, `${mine}, ${JSON.stringify(theirs)}`);
    return;
  }
  assert.ok(!(mine instanceof Error), mine.stack);
  assert.equal(theirs.error, undefined);
  assert.deepEqual(mine.refused, word === null ? [] : [word]);
  assert.deepEqual(mine.refused, theirs.not_taken.map(({ why }) => why));
  assert.equal(mine.lists.count, theirs.lists.length);
}

/** Each row: what is wrong, the word for it, and how to make it so. */
const LISTS = [
  ["a list as it should be", null, () => {}],
  ["bytes that are no token", "unreadable", (it) => (it.token = () => Uint8Array.of(1, 2, 3))],
  ["a token with a byte more", "unreadable", (it) => (it.token = (bytes) => Uint8Array.of(...bytes, 0))],
  ["another tag", "unreadable", (it) => (it.how = { tag: 0xd1 })],
  ["the typ of a credential", "unreadable", (it) => (it.how = { typ: CREDENTIAL })],
  ["the typ of a delta", "unreadable", (it) => (it.how = { typ: DELTA })],
  ["claims out of form", "unreadable", (it) => (it.claims.ttl = "120")],
  ["a ttl of nothing", "unreadable", (it) => (it.claims.ttl = 0)],
  ["a ttl longer than the life", "unreadable", (it) => (it.claims.ttl = 2 * DAY_S)],
  ["an address with a space", "unreadable", (it) => (it.claims.uri = "https://log.example/ x")],
  ["slots of three bits", "unreadable", (it) => (it.claims.bits = 3)],
  ["slots of one bit", "unreadable", (it) => (it.claims.bits = 1)],
  ["a stream one byte short", "unreadable", (it) => (it.lst = forge.deflated(it.array.slice(1)))],
  ["a stream one byte long", "unreadable", (it) => (it.lst = forge.deflated(new Uint8Array((1 << 18) + 1)))],
  ["a stream far too long", "unreadable", (it) => (it.lst = forge.deflated(new Uint8Array(1 << 24)))],
  ["a stream that is none", "unreadable", (it) => (it.lst = forge.deflated(it.array).fill(0xff, 2, 40))],
  ["a stream that is cut off", "unreadable", (it) => (it.lst = forge.deflated(it.array).slice(0, -5))],
  ["a stream with another check", "unreadable", (it) => (it.lst = forge.deflated(it.array).fill(7, -2))],
  ["a stream of nothing", "unreadable", (it) => (it.lst = new Uint8Array())],
  ["a key that nobody knows", "unknown_key", (it) => (it.signer = STRANGER)],
  ["a key for credentials", "unknown_key", (it) => (it.signer = ISSUER)],
  ["a stranger under the hint of another", "signature", (it) => {
    it.signer = STRANGER;
    it.how = { kid: LISTER.kid };
  }],
  ["a key that began later", "key_outside_its_time", (it) => (it.grants[1].from = NOW)],
  ["a key that began in this second", null, (it) => (it.grants[1].from = NOW - 20)],
  ["a key that ended in this second", "key_outside_its_time", (it) => (it.grants[1].until = NOW - 20)],
  ["a key of which the end is an entry", "key_outside_its_time", (it) =>
    it.others.push(forge.leaf(2, { key_end: { key: LISTER.bytes } }, { at: NOW - 20 }))],
  ["a key whose end comes after the list", null, (it) =>
    it.others.push(forge.leaf(2, { key_end: { key: LISTER.bytes } }, { at: NOW - 19 }))],
  ["a list that nobody named", "not_in_manifest", (it) => (it.manifest = [`${URI}2`])],
  ["no list named", "not_in_manifest", (it) => (it.manifest = [])],
  ["no proof", "not_in_log", (it) => (it.proof = () => "")],
  ["a proof without its leaf", "not_in_log", (it) => (it.proof = (text) => text.replace(/extra .*\n/, ""))],
  ["a proof of another index", "not_in_log", (it) => (it.proof = (text) => text.replace("index 2", "index 1"))],
  ["an index outside the tree", "not_in_log", (it) => (it.proof = (text) => text.replace("index 2", "index 3"))],
  ["an index with a zero before it", "not_in_log", (it) => (it.proof = (text) => text.replace("index 2", "index 02"))],
  ["a hash too few", "not_in_log", (it) => (it.proof = (text) => text.replace(/(index 2\n)[^\n]+\n/, "$1"))],
  ["a hash too many", "not_in_log", (it) => (it.proof = (text) => text.replace(/(index 2\n)([^\n]+\n)/, "$1$2$2"))],
  ["a leaf that is changed", "not_in_log", (it) => (it.proof = (text) => text.replace(/extra ...../, "extra AAAAA"))],
  ["a proof of a key", "other_leaf", (it) => (it.proof = () => forge.log(LOG, [forge.leaf(0, { key: it.grants[0] })]).proofs[0])],
  ["a leaf that publishes nothing", "other_leaf", (it) => (it.publication = null) ?? (it.leaf = { publication: null })],
  ["another log", "not_in_log", (it) => (it.proof = () => forge.log(OTHER_LOG, [forge.leaf(0, null)]).proofs[0])],
  ["a leaf of no map", "not_in_log", (it) => (it.proof = () => forge.log(LOG, [7]).proofs[0])],
  ["a leaf with a number as text", "not_in_log", (it) => (it.leaf = { seq: "2" })],
  ["a leaf with more members", null, (it) => (it.leaf = { more: [1, { deep: "yes" }], withheld: null })],
  ["a digest of another length", "not_in_log", (it) => (it.published.sha256 = new Uint8Array(31))],
  ["a count below nothing", "not_in_log", (it) => (it.published.red = -1)],
  ["a publication of an unknown kind", "not_in_log", (it) => (it.publication = { other: {} })],
  ["a refused publication", "leaf_refused", (it) => (it.leaf = { refused: "UNAUTHORISED" })],
  ["the leaf of another list", "other_leaf", (it) => (it.published.uri = `${URI}2`)],
  ["a list too small", "too_small", (it) => (it.published.slots = (1 << 20) - 4)],
  ["no witness where one is asked for", "no trust", (it) =>
    (it.policy = [`log ${LOG.vkey}`, `witness a ${WITNESSES[0].vkey}`, "quorum a"])],
  ["other times in the leaf", "other_times", (it) => (it.published.expires = NOW + DAY_S + 1)],
  ["a list from the future", "early", (it) => (it.claims.iat = NOW + 600)],
  ["a list that has ended", "expired", (it) => {
    it.claims.iat = NOW - 2 * 3_600;
    it.claims.exp = NOW - 1;
  }],
  ["another array", "other_array", (it) => (it.published.sha256 = new Uint8Array(32))],
  ["a red too many in the leaf", "other_counts", (it) => (it.published.red = 3)],
  ["a red too few in the leaf", "other_counts", (it) => (it.published.red = 1)],
  ["a yellow that the leaf does not count", "other_counts", (it) => (it.published.yellow = 0)],
];

for (const [name, word, change] of LISTS) {
  test(`${name}: ${word ?? "taken"}`, () => listsAre(word, change));
}

const witnessed = (lines, quorum, more = []) => (it) => {
  const names = WITNESSES.map(({ vkey }, at) => `witness w${at} ${vkey}`);
  it.policy = [`log ${LOG.vkey}`, ...names, ...more, `quorum ${quorum}`];
  it.lines = lines;
};
const [one, two, three] = WITNESSES;
const group = (threshold) => [`group all ${threshold} w0 w1 w2`];
const POLICIES = [
  ["a witness who cosigned", null, witnessed([one], "w0")],
  ["another witness than the one asked for", "no trust", witnessed([two], "w0")],
  ["two of three, and two are there", null, witnessed([one, three], "all", group(2))],
  ["two of three, and one is there twice", "no trust", witnessed([one, one], "all", group(2))],
  ["any of three", null, witnessed([three], "all", group("any"))],
  ["all of three, and one is missing", "no trust", witnessed([one, three], "all", group("all"))],
  ["a group in a group", null, witnessed([one, three], "top", ["group in any w0 w1", "group top all in w2"])],
  ["a stranger beside the witnesses", null, witnessed([new forge.NoteKey("x", 4, seed(9)), one], "w0")],
  ["no witness asked for", null, witnessed([], "none")],
  ["a threshold above the members", "no trust", witnessed([one, two, three], "all", group(4))],
  ["a threshold of nothing", "no trust", witnessed([one, two, three], "all", group(0))],
  ["a threshold that is a word", "no trust", witnessed([one, two, three], "all", group("constructor"))],
  ["a member twice", "no trust", witnessed([one], "all", ["group all any w0 w0"])],
  ["a name that nobody defined", "no trust", witnessed([one], "w9")],
  ["a key given twice", "no trust", witnessed([one], "w0", [`witness again ${one.vkey}`])],
  ["a name given twice", "no trust", witnessed([one], "w0", ["group w0 any w1"])],
  ["no quorum", "no trust", (it) => it.policy.pop()],
  ["no log", "no trust", (it) => it.policy.shift()],
  ["two logs", "no trust", (it) => it.policy.push(`log ${OTHER_LOG.vkey}`)],
  ["a keyword that is none", "no trust", (it) => it.policy.push("trust everybody")],
  ["a comment, tabs and blank lines", null, (it) => it.policy.unshift("# of the province", "", "\t ")],
  ["a control character", "no trust", (it) => it.policy.unshift("# \u007f")],
  ["the log's key as a witness", "no trust", (it) => it.policy.push(`witness a ${LOG.vkey}`)],
  ["a witness's key as the log", "no trust", (it) => (it.policy[0] = `log ${one.vkey}`)],
  ["a key of small order", "no trust", (it) => (it.policy[0] = weakLog())],
  ["a key with another id", "no trust", (it) => (it.policy[0] = it.policy[0].replace(/\+[0-9a-f]{8}\+/, "+00000000+"))],
  ["a key with stray bits", "no trust", (it) => (it.policy[0] = it.policy[0].slice(0, -1))],
  ["a checkpoint of another origin", "no trust", (it) => (it.origin = "log.example/elsewhere")],
  ["a key that is not in the log", "no trust", (it) => (it.keyProof = (text) => text.replace("index 0", "index 1"))],
  ["a key whose publication was refused", "no trust", (it) => it.others.push(forge.leaf(2, { key: it.grants[0] }, { refused: "NO" }))],
  ["a list among the keys", "no trust", (it) => it.others.push(forge.leaf(2, null))],
  ["a key that is no point", "no trust", (it) => (it.grants[0].key = new Uint8Array(33).fill(255).with(0, 2))],
  ["a key in another form", "no trust", (it) => (it.grants[0].key = it.grants[0].key.with(0, 4))],
  ["a purpose that nobody knows", "no trust", (it) => (it.grants[0].purpose = "anything")],
  ["addresses out of order", "no trust", (it) => (it.manifest = [`${URI}2`, URI])],
  ["an address twice", "no trust", (it) => (it.manifest = [URI, URI])],
];

function weakLog() {
  const vkey = (name, raw) => {
    const key = new forge.NoteKey(name, 1, seed(1));
    return key.vkey.replace(/[^+]+$/, Buffer.from([1, ...raw]).toString("base64"));
  };
  return `log ${vkey("log.example/forged", Buffer.alloc(32).fill(1, 0, 1))}`;
}

for (const [name, word, change] of POLICIES) {
  test(`${name}: ${word ?? "taken"}`, () => listsAre(word, change));
}

test("a wrong cosignature of a known witness refuses the whole note", () =>
  listsAre("not_in_log", (it) => {
    witnessed([one], "w0")(it);
    const spoilt = (line) => line.replace(/.{8}\n$/, "AAAAAA==\n");
    it.proof = (text) => text.replace(/(\u2014 witness[^\n]+\n)$/u, spoilt);
  }));

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
  ["issued a minute and a second ahead", ["cannot-tell", "not_yet"], { iat: NOW + 61 }, { now: NOW }],
  ["that counts from later on", ["cannot-tell", "not_yet"], { nbf: NOW + 3_600 }, {}],
  ["that counts from before it was issued", ["cannot-tell", "unreadable"], { nbf: NOW - 7_200 }, {}],
  ["that ends as it begins", ["cannot-tell", "unreadable"], { exp: NOW - 3_600 }, {}],
  ["for 31 days", ["green", "current"], { exp: NOW - 3_600 + 31 * DAY_S }, {}],
  ["for 31 days and a second", ["cannot-tell", "unreadable"], { exp: NOW - 3_599 + 31 * DAY_S }, {}],
  ["from the end of time", ["cannot-tell", "key_outside_its_time"], { iat: 2n ** 60n, exp: 2n ** 60n + 1n }, {}],
  ["that ends with all numbers", ["cannot-tell", "unreadable"], { exp: 2n ** 64n - 1n }, {}],
  ["of a list that nobody named", ["cannot-tell", "foreign_list"], { uri: `${URI}2` }, {}],
  ["of an address with a quotation mark", ["cannot-tell", "unreadable"], { uri: `${URI}"` }, {}],
  ["of an address too long", ["cannot-tell", "unreadable"], { uri: `https://${"x".repeat(505)}` }, {}],
  ["of a phone, alone", ["cannot-tell", "no_presentation"], { holder: PHONE }, {}],
  ["on paper", ["green", "current"], { nbf: NOW - 60, face }, {}],
  ["on paper without a beginning", ["cannot-tell", "unreadable"], { face }, {}],
  ["on paper of a phone", ["cannot-tell", "unreadable"], { nbf: NOW - 60, holder: PHONE, face }, {}],
  ["on paper with a name in full", ["cannot-tell", "unreadable"], { nbf: NOW - 60, face: ["样本甲", 1990, "0017"] }, {}],
  ["on paper with a control character", ["cannot-tell", "unreadable"], { nbf: NOW - 60, face: ["*\u0085", 1990, "0017"] }, {}],
  ["on paper with a long name", ["cannot-tell", "unreadable"], { nbf: NOW - 60, face: ["*".repeat(65), 1990, "0017"] }, {}],
  ["on paper of a year before", ["cannot-tell", "unreadable"], { nbf: NOW - 60, face: ["*", 1849, "0017"] }, {}],
  ["on paper of a year beyond 16 bits", ["cannot-tell", "unreadable"], { nbf: NOW - 60, face: ["*", 65536 + 1990, "0017"] }, {}],
  ["on paper with small letters", ["cannot-tell", "unreadable"], { nbf: NOW - 60, face: ["*", 1990, "001x"] }, {}],
  ["on paper with a byte order mark", ["green", "current"], { nbf: NOW - 60, face: ["\ufeff*", 1990, "001X"] }, {}],
];
for (const [name, expected, more, asked] of CREDENTIALS) {
  test(`a credential ${name}: ${expected.join(", ")}`, () => bothSay(shown(more), expected, asked));
}

test("a credential of a stranger, under another hint, in another envelope, is not believed", async () => {
  await bothSay(shown({}, {}, STRANGER), ["cannot-tell", "unknown_key"]);
  await bothSay(shown({}, {}, LISTER), ["cannot-tell", "unknown_key"]);
  await bothSay(shown({}, { kid: ISSUER.kid }, STRANGER), ["cannot-tell", "signature"]);
  await bothSay(shown({}, { typ: LIST }), ["cannot-tell", "unreadable"]);
  await bothSay(shown({}, { typ: "application/mmp+cwt" }), ["cannot-tell", "unreadable"]);
  await bothSay(shown({}, { tag: 0xd1 }), ["cannot-tell", "unreadable"]);
  const header = (alg) => forge.cbor(new Map([[1, alg], [4, ISSUER.kid], [16, CREDENTIAL]]));
  await bothSay(shown({}, { header: header(-9) }), ["green", "current"]);
  for (const alg of [-8, -35, 1]) await bothSay(shown({}, { header: header(alg) }), ["cannot-tell", "unreadable"]);
  const longer = forge.cbor(new Map([[1, -7], [4, ISSUER.kid], [16, CREDENTIAL], [99, 1]]));
  await bothSay(shown({}, { header: longer }), ["cannot-tell", "unreadable"]);
});

test("only the phone of a credential presents it", async () => {
  const kcwt = forge.credential(ISSUER, claims({ holder: PHONE, idx: 2 }));
  const at = (more) => forge.toText(forge.presentation(PHONE, kcwt, { at: NOW, ...more }));
  await bothSay(at(), ["yellow", "current"], { now: NOW });
  const other = forge.toText(forge.presentation(STRANGER, kcwt, { at: NOW }));
  await bothSay(other, ["cannot-tell", "holder_signature"], { now: NOW });
  const bare = forge.credential(ISSUER, claims());
  await bothSay(forge.toText(forge.presentation(PHONE, bare, { at: NOW })), ["cannot-tell", "unreadable"]);
  const nonce = new Uint8Array(8).fill(9);
  await bothSay(at({ gate: "g", nonce }), ["green", "current"].with(0, "yellow"), { now: NOW, gate: "g", challenge: nonce });
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
  const ended = written((it) => it.others.push(forge.leaf(2, { key_end: { key: ISSUER.bytes } }, { at: NOW })));
  const after = await load(house.path(ended), seconds());
  const mine = await ours(after, shown(), NOW);
  assert.equal(mine.reason, "key_outside_its_time");
  assert.deepEqual(mine, inOurWords(house.says(shown(), { now: NOW, trust: ended })));
});

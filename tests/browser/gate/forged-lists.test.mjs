// Lists, keys, logs and policies of every bad form: the scripts refuse what the program refuses,
// with the same word, and take what it takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CREDENTIAL, DELTA } from "../../../crates/web/assets/gate/cose.js";
import * as forge from "./forge.mjs";
import { DAY_S, ISSUER, LISTER, LOG, NOW, OTHER_LOG, STRANGER, URI, WITNESSES } from "./forged.mjs";
import { house, seed, written } from "./forged.mjs";
import { load, seconds } from "./world.mjs";

/** Both gates judge the lists of a draft alike, with this word; `null` takes them. */
async function listsAre(word, change) {
  const dir = written(change);
  const theirs = house.takes(dir);
  const mine = await load(house.path(dir), seconds()).catch((error) => error);
  if (word === "no trust") {
    assert.ok(
      mine.constructor.name === "TrustError" && theirs.error,
      `${mine}, ${JSON.stringify(theirs)}`,
    );
    return;
  }
  assert.ok(!(mine instanceof Error), mine.stack);
  assert.equal(theirs.error, undefined);
  assert.deepEqual(mine.refused, word === null ? [] : [word]);
  assert.deepEqual(
    mine.refused,
    theirs.not_taken.map(({ why }) => why),
  );
  assert.equal(mine.lists.count, theirs.lists.length);
}

/** Each row: what is wrong, the word for it, and how to make it so. */
const LISTS = [
  ["a list as it should be", null, () => {}],
  ["bytes that are no token", "unreadable", (it) => (it.token = () => Uint8Array.of(1, 2, 3))],
  [
    "a token with a byte more",
    "unreadable",
    (it) => (it.token = (bytes) => Uint8Array.of(...bytes, 0)),
  ],
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
  [
    "a stream one byte long",
    "unreadable",
    (it) => (it.lst = forge.deflated(new Uint8Array((1 << 18) + 1))),
  ],
  [
    "a stream far too long",
    "unreadable",
    (it) => (it.lst = forge.deflated(new Uint8Array(1 << 24))),
  ],
  [
    "a stream that is none",
    "unreadable",
    (it) => (it.lst = forge.deflated(it.array).fill(0xff, 2, 40)),
  ],
  [
    "a stream that is cut off",
    "unreadable",
    (it) => (it.lst = forge.deflated(it.array).slice(0, -5)),
  ],
  [
    "a stream with another check",
    "unreadable",
    (it) => (it.lst = forge.deflated(it.array).fill(7, -2)),
  ],
  ["a stream of nothing", "unreadable", (it) => (it.lst = new Uint8Array())],
  ["a key that nobody knows", "unknown_key", (it) => (it.signer = STRANGER)],
  ["a key for credentials", "unknown_key", (it) => (it.signer = ISSUER)],
  [
    "a stranger under the hint of another",
    "signature",
    (it) => {
      it.signer = STRANGER;
      it.how = { kid: LISTER.kid };
    },
  ],
  ["a key that began later", "key_outside_its_time", (it) => (it.grants[1].from = NOW)],
  ["a key that began in this second", null, (it) => (it.grants[1].from = NOW - 20)],
  [
    "a key that ended in this second",
    "key_outside_its_time",
    (it) => (it.grants[1].until = NOW - 20),
  ],
  [
    "a key of which the end is an entry",
    "key_outside_its_time",
    (it) => it.others.push(forge.leaf(2, { key_end: { key: LISTER.bytes } }, { at: NOW - 20 })),
  ],
  [
    "a key whose end comes after the list",
    null,
    (it) => it.others.push(forge.leaf(2, { key_end: { key: LISTER.bytes } }, { at: NOW - 19 })),
  ],
  ["a list that nobody named", "not_in_manifest", (it) => (it.manifest = [`${URI}2`])],
  ["no list named", "not_in_manifest", (it) => (it.manifest = [])],
  ["no proof", "not_in_log", (it) => (it.proof = () => "")],
  [
    "a proof without its leaf",
    "not_in_log",
    (it) => (it.proof = (text) => text.replace(/extra .*\n/, "")),
  ],
  [
    "a proof of another index",
    "not_in_log",
    (it) => (it.proof = (text) => text.replace("index 2", "index 1")),
  ],
  [
    "an index outside the tree",
    "not_in_log",
    (it) => (it.proof = (text) => text.replace("index 2", "index 3")),
  ],
  [
    "an index with a zero before it",
    "not_in_log",
    (it) => (it.proof = (text) => text.replace("index 2", "index 02")),
  ],
  [
    "a hash too few",
    "not_in_log",
    (it) => (it.proof = (text) => text.replace(/(index 2\n)[^\n]+\n/, "$1")),
  ],
  [
    "a hash too many",
    "not_in_log",
    (it) => (it.proof = (text) => text.replace(/(index 2\n)([^\n]+\n)/, "$1$2$2")),
  ],
  [
    "a leaf that is changed",
    "not_in_log",
    (it) => (it.proof = (text) => text.replace(/extra ...../, "extra AAAAA")),
  ],
  [
    "a proof of a key",
    "other_leaf",
    (it) => (it.proof = () => forge.log(LOG, [forge.leaf(0, { key: it.grants[0] })]).proofs[0]),
  ],
  [
    "a leaf that publishes nothing",
    "other_leaf",
    (it) => (it.publication = null) ?? (it.leaf = { publication: null }),
  ],
  [
    "another log",
    "not_in_log",
    (it) => (it.proof = () => forge.log(OTHER_LOG, [forge.leaf(0, null)]).proofs[0]),
  ],
  ["a leaf of no map", "not_in_log", (it) => (it.proof = () => forge.log(LOG, [7]).proofs[0])],
  ["a leaf with a number as text", "not_in_log", (it) => (it.leaf = { seq: "2" })],
  [
    "a leaf with more members",
    null,
    (it) => (it.leaf = { more: [1, { deep: "yes" }], withheld: null }),
  ],
  ["a digest of another length", "not_in_log", (it) => (it.published.sha256 = new Uint8Array(31))],
  ["a count below nothing", "not_in_log", (it) => (it.published.red = -1)],
  ["a publication of an unknown kind", "not_in_log", (it) => (it.publication = { other: {} })],
  ["a refused publication", "leaf_refused", (it) => (it.leaf = { refused: "UNAUTHORISED" })],
  ["the leaf of another list", "other_leaf", (it) => (it.published.uri = `${URI}2`)],
  ["a list too small", "too_small", (it) => (it.published.slots = (1 << 20) - 4)],
  [
    "no witness where one is asked for",
    "no trust",
    (it) => (it.policy = [`log ${LOG.vkey}`, `witness a ${WITNESSES[0].vkey}`, "quorum a"]),
  ],
  ["other times in the leaf", "other_times", (it) => (it.published.expires = NOW + DAY_S + 1)],
  ["a list from the future", "early", (it) => (it.claims.iat = NOW + 600)],
  [
    "a list that has ended",
    "expired",
    (it) => {
      it.claims.iat = NOW - 2 * 3_600;
      it.claims.exp = NOW - 1;
    },
  ],
  ["another array", "other_array", (it) => (it.published.sha256 = new Uint8Array(32))],
  ["a red too many in the leaf", "other_counts", (it) => (it.published.red = 3)],
  ["a red too few in the leaf", "other_counts", (it) => (it.published.red = 1)],
  ["a yellow that the leaf does not count", "other_counts", (it) => (it.published.yellow = 0)],
];

for (const [name, word, change] of LISTS) {
  test(`${name}: ${word ?? "taken"}`, () => listsAre(word, change));
}

const witnessed =
  (lines, quorum, more = []) =>
  (it) => {
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
  [
    "a group in a group",
    null,
    witnessed([one, three], "top", ["group in any w0 w1", "group top all in w2"]),
  ],
  [
    "a stranger beside the witnesses",
    null,
    witnessed([new forge.NoteKey("x", 4, seed(9)), one], "w0"),
  ],
  ["no witness asked for", null, witnessed([], "none")],
  ["a threshold above the members", "no trust", witnessed([one, two, three], "all", group(4))],
  ["a threshold of nothing", "no trust", witnessed([one, two, three], "all", group(0))],
  [
    "a threshold that is a word",
    "no trust",
    witnessed([one, two, three], "all", group("constructor")),
  ],
  ["a member twice", "no trust", witnessed([one], "all", ["group all any w0 w0"])],
  ["a name that nobody defined", "no trust", witnessed([one], "w9")],
  ["a key given twice", "no trust", witnessed([one], "w0", [`witness again ${one.vkey}`])],
  ["a name given twice", "no trust", witnessed([one], "w0", ["group w0 any w1"])],
  ["no quorum", "no trust", (it) => it.policy.pop()],
  ["no log", "no trust", (it) => it.policy.shift()],
  ["two logs", "no trust", (it) => it.policy.push(`log ${OTHER_LOG.vkey}`)],
  ["a keyword that is none", "no trust", (it) => it.policy.push("trust everybody")],
  [
    "a comment, tabs and blank lines",
    null,
    (it) => it.policy.unshift("# of the province", "", "\t "),
  ],
  ["a control character", "no trust", (it) => it.policy.unshift("# \u007f")],
  ["the log's key as a witness", "no trust", (it) => it.policy.push(`witness a ${LOG.vkey}`)],
  ["a witness's key as the log", "no trust", (it) => (it.policy[0] = `log ${one.vkey}`)],
  ["a key of small order", "no trust", (it) => (it.policy[0] = weakLog())],
  [
    "a key with another id",
    "no trust",
    (it) => (it.policy[0] = it.policy[0].replace(/\+[0-9a-f]{8}\+/, "+00000000+")),
  ],
  ["a key with stray bits", "no trust", (it) => (it.policy[0] = it.policy[0].slice(0, -1))],
  ["a checkpoint of another origin", "no trust", (it) => (it.origin = "log.example/elsewhere")],
  [
    "a key that is not in the log",
    "no trust",
    (it) => (it.keyProof = (text) => text.replace("index 0", "index 1")),
  ],
  [
    "a key whose publication was refused",
    "no trust",
    (it) => it.others.push(forge.leaf(2, { key: it.grants[0] }, { refused: "NO" })),
  ],
  ["a list among the keys", "no trust", (it) => it.others.push(forge.leaf(2, null))],
  [
    "a key that is no point",
    "no trust",
    (it) => (it.grants[0].key = new Uint8Array(33).fill(255).with(0, 2)),
  ],
  ["a key in another form", "no trust", (it) => (it.grants[0].key = it.grants[0].key.with(0, 4))],
  ["a purpose that nobody knows", "no trust", (it) => (it.grants[0].purpose = "anything")],
  ["addresses out of order", "no trust", (it) => (it.manifest = [`${URI}2`, URI])],
  ["an address twice", "no trust", (it) => (it.manifest = [URI, URI])],
];

/** A log of which anybody can sign: its key is the neutral point. */
function weakLog() {
  const raw = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0));
  return `log ${forge.vkeyOf("log.example/forged", 1, raw)}`;
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

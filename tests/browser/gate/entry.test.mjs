// An entry checked in the browser: by whoever holds every key, honest or not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { NoteKey, leaf, log } from "./forge.mjs";
import { provenEntry } from "../../../crates/web/assets/proven.js";

const key = new NoteKey("log.example/henan", 1, Buffer.alloc(32, 1));
const witnesses = [2, 3, 4].map((seed) => new NoteKey(`w${seed}.example`, 4, Buffer.alloc(32, seed)));
const policy = [
  `log ${key.vkey}`,
  ...witnesses.map(({ name, vkey }) => `witness ${name} ${vkey}`),
  `group most 2 ${witnesses.map(({ name }) => name).join(" ")}`,
  "quorum most",
  "",
].join("\n");

/** A leaf as the interface tells it. */
const shown = (seq, more) => JSON.parse(JSON.stringify(leaf(seq, null, more)));
const leaves = (more = {}) => Array.from({ length: 5 }, (_, seq) => leaf(seq, null, seq === 3 ? more : {}));
const { proofs } = log(key, leaves(), { witnesses });

test("an entry that is in the log is told with the witnesses who confirmed it", async () => {
  const found = await provenEntry(3, shown(3), proofs[3], policy);
  assert.deepEqual([found.size, found.confirmed, found.asks, found.met], [5n, 3, true, true]);
  assert.ok(found.key.startsWith("log.example/henan+"));
});

test("too few witnesses are not enough, and exactly enough are", async () => {
  for (const [count, met] of [[1, false], [2, true]]) {
    const few = log(key, leaves(), { witnesses: witnesses.slice(0, count) });
    const found = await provenEntry(3, shown(3), few.proofs[3], policy);
    assert.deepEqual([found.confirmed, found.met], [count, met]);
  }
});

const bytes = { subjects: new Uint8Array(32).fill(7), totals: { red: 1, yellow: 2 }, permits: ["a"] };
const told = { subjects: Array(32).fill(7), totals: { red: 1, yellow: 2 }, permits: ["a"] };

test("bytes, lists and members inside members are compared too", async () => {
  const { proofs } = log(key, leaves(bytes));
  const none = `log ${key.vkey}\nquorum none\n`;
  const found = await provenEntry(3, shown(3, told), proofs[3], none);
  assert.deepEqual([found.confirmed, found.asks, found.met], [0, false, true]);
  for (const wrong of [
    { ...told, totals: { red: 0, yellow: 2 } },
    { ...told, totals: { red: 1, yellow: 2, green: 3 } },
    { ...told, permits: ["a", "b"] },
    { ...told, subjects: Array(32).fill(8) },
  ]) {
    await assert.rejects(provenEntry(3, shown(3, wrong), proofs[3], none), /not what the log holds/);
  }
});

for (const [name, forge, why] of [
  ["a leaf that is told otherwise", { shown: shown(3, { kind: "other.entry" }) }, /not what the log holds/],
  ["a leaf with a member more", { shown: shown(3, { more: 1 }) }, /not what the log holds/],
  ["the proof of another entry", { proof: proofs[2] }, /another entry/],
  ["a proof with another index", { proof: proofs[3].replace("index 3", "index 2") }, /./],
  ["a proof whose leaf was changed", { proof: proofs[3].replace(/extra ./, "extra q") }, /./],
  ["a checkpoint that another key signed", { policy: policy.replace(key.vkey, new NoteKey(key.name, 1, Buffer.alloc(32, 9)).vkey) }, /not signed/],
  ["a cosignature that was changed", { proof: proofs[3].replace(/(w2\.example .{40})./, "$1A") }, /./],
  ["nothing", { proof: "" }, /./],
]) {
  test(`${name} fails`, () =>
    assert.rejects(provenEntry(3, forge.shown ?? shown(3), forge.proof ?? proofs[3], forge.policy ?? policy), why));
}

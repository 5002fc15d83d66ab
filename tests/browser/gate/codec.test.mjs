// The readers of bytes alone: their one form, their bounds, and that nothing makes them fail
// otherwise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "../../../crates/web/assets/gate/base45.js";
import { fromBase64, fromNumber, fromUtf8, toUtf8 } from "../../../crates/web/assets/gate/bytes.js";
import { CborError, readItem } from "../../../crates/web/assets/gate/cbor.js";
import { open } from "../../../crates/web/assets/gate/cose.js";
import { readLeaf } from "../../../crates/web/assets/gate/leaf.js";
import { readContent } from "../../../crates/web/assets/gate/list.js";
import {
  LogError,
  readCheckpoint,
  readNote,
  readVkey,
} from "../../../crates/web/assets/gate/note.js";
import { PublicKey } from "../../../crates/web/assets/gate/p256.js";
import { readPolicy } from "../../../crates/web/assets/gate/policy.js";
import { readReceipt } from "../../../crates/web/assets/gate/proof.js";
import { REPLAYS_MAX, Replays } from "../../../crates/web/assets/gate/replays.js";
import { readText } from "../../../crates/web/assets/gate/token.js";
import { TrustError, readManifest } from "../../../crates/web/assets/gate/trust.js";
import { cbor, reader, vkeyOf } from "./forge.mjs";
import { random } from "./picture.mjs";

const P25519 = (1n << 255n) - 19n;
/** The y of points of order 8 on edwards25519. */
const Y8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;

test("the examples of RFC 9285 encode and decode", () => {
  const examples = {
    AB: "BB8",
    "Hello!!": "%69 VD92EX0",
    "base-45": "UJCLQE7W581",
    "ietf!": "QED8WEX0",
    "": "",
  };
  for (const [plain, coded] of Object.entries(examples)) {
    assert.equal(encode(toUtf8(plain)), coded);
    assert.equal(fromUtf8(decode(coded)), plain);
  }
  assert.deepEqual(decode("FGW"), Uint8Array.of(255, 255));
  for (const text of [
    "GGW",
    ":::",
    "ZZ",
    "::",
    "V5",
    "BB8A",
    "0",
    "bb8",
    "BB\u00e9",
    "B\n8",
    "\u{1f600}",
  ]) {
    assert.equal(decode(text), null, text);
  }
  assert.equal(decode("0".repeat(4095)).length, 2730);
  assert.equal(decode("0".repeat(4098)), null);
});

test("a head longer than it needs to be, and an open length, are refused", () => {
  const longer = [
    [0x18, 23],
    [0x19, 0, 255],
    [0x1a, 0, 0, 255, 255],
    [0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
    [0x1f],
    [0x1c],
    [],
  ];
  for (const bytes of longer) assert.throws(() => reader(...bytes).uint(), CborError);
  assert.equal(reader(0x18, 24).uint(), 24n);
  assert.equal(reader(0x1b, ...new Array(8).fill(255)).uint(), 2n ** 64n - 1n);
  assert.throws(() => reader(0x3b, ...new Array(8).fill(255)).int(), CborError);
  assert.throws(() => reader(0x5b, 255, 0, 0, 0, 0, 0, 0, 0).bytes(), CborError);
  assert.throws(() => readItem(new Uint8Array(32 * 1024).fill(0x81)), CborError);
  assert.throws(() => readItem(Uint8Array.of(0x9a, 255, 255, 255, 255)), CborError);
  assert.throws(() => readItem(Uint8Array.of(0xf6, 0xf6)), CborError);
});

test("a claim that does not come next stays unread", () => {
  const bytes = reader(0x05, 0x06);
  assert.deepEqual(
    [bytes.claimIf(6), bytes.claimIf(5), bytes.claimIf(6), bytes.claimIf(7)],
    [false, true, true, false],
  );
  bytes.end();
});

test("base64 has one spelling, and UTF-8 keeps its byte order mark", () => {
  assert.deepEqual(fromBase64("AQI="), Uint8Array.of(1, 2));
  for (const text of ["AQI", "AQJ=", "AQI= ", " AQI=", "A_I=", "AQI=AQI="])
    assert.equal(fromBase64(text), null, text);
  assert.equal(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41)), "\ufeffA");
  assert.equal(fromUtf8(Uint8Array.of(0xff)), null);
});

test("33 bytes are a point of the curve or nothing", () => {
  const key = Uint8Array.from(
    Buffer.from("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296", "hex"),
  );
  assert.equal(PublicKey.read(key).hex, Buffer.from(key).toString("hex"));
  // No point of P-256 has 1 as its x.
  const beside = fromNumber(1n, 33).with(0, 2);
  for (const bytes of [
    beside,
    key.with(0, 4),
    key.with(0, 0),
    key.slice(1),
    new Uint8Array(33).fill(255).with(0, 2),
  ]) {
    assert.equal(PublicKey.read(bytes), null);
  }
});

test("a key of a note is its own name, type and bytes, and nobody else's", async () => {
  const raw = new Uint8Array(32).fill(7);
  const vkey = vkeyOf("a", 1, raw);
  assert.equal((await readVkey(vkey)).name, "a");
  const weak = [0n, 1n, Y8, P25519 - Y8, P25519, P25519 + 1n].map((y) =>
    fromNumber(y, 32).reverse(),
  );
  const signed = weak.map((point) => point.with(31, point[31] | 128));
  const wrong = [
    vkey.replace("a+", "b+"),
    vkey.replace(/\+[0-9a-f]{8}/, "+00000000"),
    vkeyOf("a", 2, raw),
    vkeyOf("a", 6, raw),
    vkeyOf("a b", 1, raw),
    vkeyOf("", 1, raw),
    ...[...weak, ...signed].map((point) => vkeyOf("a", 1, point)),
  ];
  for (const text of wrong) await assert.rejects(readVkey(text), LogError, text);
});

test("a leaf names each member once", () => {
  const leaf = (...names) => {
    const members = names.flatMap((name) => [
      ...cbor(name),
      ...cbor(["kind", "refused"].includes(name) ? "k" : 2),
    ]);
    return readLeaf(Uint8Array.of(0xa0 | names.length, ...members));
  };
  assert.equal(leaf("seq", "at", "kind", "more", "more").atS, 2n);
  assert.equal(leaf("seq", "at", "kind", "refused").isRefused, true);
  assert.throws(() => leaf("seq", "at", "kind", "refused", "refused"), CborError);
  for (const name of ["seq", "at", "kind"]) {
    assert.throws(() => leaf("seq", "at", "kind", name), CborError, name);
    assert.throws(() => leaf(...["seq", "at", "kind"].filter((own) => own !== name)), CborError);
  }
});

test("no bytes and no text make a reader fail in another way than its own", async () => {
  const drawn = random(11);
  const known = (error) =>
    error instanceof CborError || error instanceof LogError || error instanceof TrustError;
  const starts = [
    [],
    [0xd2, 0x84, 0x58, 0x20],
    [0xa5, 0x02, 0x61, 0x78],
    [0xa3, 0x63, 0x73, 0x65, 0x71],
  ];
  for (let round = 0; round < 3_000; round += 1) {
    const length = Math.floor(drawn() * 120);
    const bytes = Uint8Array.from([
      ...starts[round % 4],
      ...Array.from({ length }, () => Math.floor(drawn() * 256)),
    ]);
    const text = String.fromCharCode(...bytes);
    const readers = [
      () => open(bytes),
      () => readLeaf(bytes),
      () => readContent(bytes),
      () => readNote(`${text}\n\n\u2014 a AAAAAAAA\n`),
      () => readReceipt(`c2sp.org/tlog-proof@v1\nextra ${btoa(text)}\nindex 0\n\n${text}`),
      () => readCheckpoint(text),
      () => readManifest(text),
      () => readText(`MM1:${encode(bytes)}`),
      () => readText(text),
    ];
    for (const read of readers) {
      try {
        read();
      } catch (error) {
        assert.ok(known(error), error.stack);
      }
    }
    await readPolicy(`log ${text}`).catch((error) => assert.ok(known(error), error.stack));
  }
});

test("presentations are remembered for two minutes, and the oldest go beyond the limit", () => {
  const past = new Replays();
  assert.equal(past.remember("a", 1_000), true);
  assert.equal(past.remember("a", 1_001), false);
  past.forget(1_120);
  assert.equal(past.knows("a"), true);
  past.forget(5);
  assert.equal(past.knows("a"), true);
  past.forget(1_121);
  assert.equal(past.knows("a"), false);
  for (let at = 0; at <= REPLAYS_MAX; at += 1) past.remember(`${at}`, 2_000);
  assert.deepEqual([past.knows("0"), past.knows("1")], [false, true]);
});

// The reader of QR codes: every version, level and mask; what the program draws; photographs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { encode } from "uqr";
import {
  challengeText,
  newNumber,
  readChallenge,
} from "../../../crates/web/assets/gate/challenge.js";
import { correct, dataOf } from "../../../crates/web/assets/gate/qr-blocks.js";
import { drawQr } from "../../../crates/web/assets/gate/qr-draw.js";
import { readFormat } from "../../../crates/web/assets/gate/qr-shape.js";
import { readQr } from "../../../crates/web/assets/gate/qr.js";
import { picture, random, readPng, seen } from "./picture.mjs";
import { House } from "./world.mjs";

const code = (text, options = {}) => encode(text, { border: 0, ecc: "M", ...options });
/** A text of the length and the characters of a presentation. */
const CODE = `MM1:${"6BFOXN*TS0BI$ZD4N98KVPEE.%:+-/ 2".repeat(16)}`.slice(0, 498);
const reads = (image, text, what) => assert.equal(readQr(image), text, what);

test("every version is read, with every level", () => {
  for (let version = 1; version <= 40; version += 1) {
    const ecc = "LMQH"[version % 4];
    const text = `V${version}`.repeat(3);
    const { data } = code(text, { ecc, minVersion: version, maxVersion: version, boostEcc: false });
    assert.equal(data.length, version * 4 + 17);
    const side = data.length * 4 + 40;
    reads(seen(data, { module: 4, width: side, height: side }), text, `version ${version} ${ecc}`);
  }
});

test("every level of every version holds its blocks as the standard lays them out", () => {
  for (let version = 1; version <= 40; version += 1) {
    for (const ecc of "LMQH") {
      const options = {
        ecc,
        minVersion: version,
        maxVersion: version,
        maskPattern: version % 8,
        boostEcc: false,
      };
      const { data } = code("A", options);
      const matrix = Uint8Array.from(data.flat(), Number);
      const format = readFormat(matrix, data.length);
      assert.deepEqual(format, { level: ecc, mask: version % 8 });
      assert.notEqual(dataOf(matrix, version, format), null, `${version} ${ecc}`);
    }
  }
});

test("numbers, letters, bytes and characters beyond ASCII are read", () => {
  for (const text of [
    "0",
    "0123456789012",
    "HELLO WORLD $%*+-./:",
    "small letters",
    "明码 ✓",
    CODE,
  ]) {
    reads(seen(code(text).data, {}), text);
  }
});

test("a code is read at any turn", () => {
  const { data } = code(CODE);
  for (let turn = 0; turn < 360; turn += 15) {
    reads(seen(data, { turn, module: 5.3, width: 640, height: 640 }), CODE, `${turn} degrees`);
  }
});

test("a code is read while the camera leans over it, and in a mirror", () => {
  const { data } = code(CODE);
  for (const skew of [
    [0.1, 0],
    [0, 0.15],
    [-0.2, 0.1],
    [0.2, 0.2],
  ]) {
    reads(seen(data, { skew, turn: 20, module: 5 }), CODE, `leaning ${skew}`);
  }
  reads(seen(data, { mirror: true }), CODE);
});

test("a photograph is read: noise, blur, uneven light, little contrast", () => {
  const { data } = code(CODE);
  for (let seed = 1; seed <= 12; seed += 1) {
    const drawn = random(seed * 7919);
    const how = {
      seed,
      turn: drawn() * 360,
      module: 4.5 + drawn() * 2,
      skew: [drawn() * 0.2 - 0.1, drawn() * 0.2 - 0.1],
      blur: 0.5 + drawn(),
      noise: 10 + drawn() * 20,
      shade: drawn() * 60,
      dark: 30 + drawn() * 40,
      light: 170 + drawn() * 50,
      width: 760,
      height: 680,
    };
    reads(seen(data, how), CODE, JSON.stringify(how));
  }
});

test("a code with spots is corrected, and one that is spoilt is not guessed", () => {
  const spoilt = (share) => {
    const { data } = code(CODE, { ecc: "M" });
    const drawn = random(5);
    return data.map((row) => row.map((dark) => (drawn() < share ? !dark : dark)));
  };
  reads(seen(spoilt(0.01), {}), CODE);
  reads(seen(spoilt(0.2), {}), null);
});

test("what is no code is refused, and at once", () => {
  const drawn = random(3);
  const images = {
    nothing: { width: 0, height: 0, data: new Uint8ClampedArray() },
    "fewer bytes than pixels": { width: 9, height: 9, data: new Uint8ClampedArray(9) },
    white: picture(640, 480, () => 255),
    noise: picture(1280, 720, () => drawn() * 255),
    stripes: picture(1280, 720, (x) => (Math.floor(x / 7) % 2) * 255),
    "a chessboard": picture(
      1280,
      720,
      (x, y) => ((Math.floor(x / 9) + Math.floor(y / 9)) % 2) * 255,
    ),
    "finders alone": picture(1280, 720, (x, y) => {
      const ring = Math.max(Math.abs((x % 90) - 45), Math.abs((y % 90) - 45)) / 6;
      return ring < 1.5 || (ring >= 2.5 && ring < 3.5) ? 0 : 255;
    }),
  };
  for (const [name, image] of Object.entries(images)) {
    const start = performance.now();
    reads(image, null, name);
    const took = performance.now() - start;
    assert.ok(took < 5_000, `${name}: ${took} ms`);
  }
});

test("the challenge that a gate draws is read back, by its own reader", () => {
  const number = newNumber();
  assert.equal(number.length, 16);
  for (const gate of ["g", "east-7", "x".repeat(64)]) {
    const text = challengeText(gate, number);
    assert.deepEqual(readChallenge(text), { gate, number });
    const { side, modules } = drawQr(text);
    const rows = Array.from({ length: side }, (_, row) =>
      Array.from(modules.slice(row * side, (row + 1) * side), Boolean),
    );
    reads(seen(rows, {}), text, gate);
  }
  for (const text of [
    "",
    "MMC1:",
    "MMC1:00:g",
    "MMC1:0011223344556677:",
    "MMC1:0011223344556677:*",
    "MMC1:0011223344556677:a b",
    "MMC1:001122334455667:g",
    "mmc1:0011223344556677:g",
  ]) {
    assert.equal(readChallenge(text), null, text);
  }
});

test("every version up to 20 is drawn as the other encoder lays it out", () => {
  const small = [1, 14, 15, 26, 40, 60, 90, 110, 150, 170, 210, 300, 500, 660].map((length) => "a".repeat(length));
  const capital = [1, 2, 20, 77, 300, 498, 535, 900].map((length) => "A:7$".repeat(length).slice(0, length));
  for (const text of [...small, ...capital]) {
    const { side, modules } = drawQr(text);
    const version = (side - 17) / 4;
    const { data } = code(text, {
      minVersion: version,
      maxVersion: version,
      maskPattern: 4,
      boostEcc: false,
    });
    assert.deepEqual(
      modules,
      Uint8Array.from(data.flat(), Number),
      `${text.length}: version ${version}`,
    );
  }
  assert.equal(drawQr("a".repeat(700)), null);
});

test("two codes in one picture are not guessed between", () => {
  const [one, other] = ["ONE", "OTHER"].map((text) =>
    seen(code(text).data, { width: 300, height: 300, module: 5 }),
  );
  const both = (left, right) =>
    picture(600, 300, (x, y) => (x < 300 ? left : right).data[(y * 300 + (x % 300)) * 4]);
  reads(both(one, other), null);
  reads(both(one, one), "ONE");
});

test("a block is corrected up to half of its check words", () => {
  const { data } = code("HELLO", { minVersion: 1, maxVersion: 1, ecc: "L", boostEcc: false });
  assert.equal(data.length, 21);
  const block = new Uint8Array(26);
  assert.equal(correct(block, 7), true);
  for (const errors of [1, 2, 3]) {
    const broken = new Uint8Array(26);
    for (let at = 0; at < errors; at += 1) broken[at * 8] = 100 + at;
    assert.equal(correct(broken, 7), true);
    assert.deepEqual(broken, new Uint8Array(26));
  }
  const beyond = new Uint8Array(26).fill(9, 0, 5);
  assert.ok(!correct(beyond, 7) || beyond.some((byte) => byte !== 0));
});

describe("what the program draws", () => {
  const house = new House();
  before(() => {
    house.begin();
    house.device("phone.key");
    house.issue(1, "code.cwt", "phone.key");
    house.issue(1, "bare.cwt");
  });

  test("is read from its picture, at several sizes", () => {
    for (const more of [["code.cwt", "phone.key"], ["bare.cwt"]]) {
      const text = house.shown(more[0], more[1], "--png", "code.png");
      const image = readPng(readFileSync(house.path("code.png")));
      const found = readQr(image);
      assert.ok(found.startsWith("MM1:"));
      if (more.length === 1) assert.equal(found, text);
      for (const step of [2, 3]) {
        const [width, height] = [image.width, image.height].map((length) =>
          Math.floor(length / step),
        );
        const smaller = picture(
          width,
          height,
          (x, y) => image.data[(y * step * image.width + x * step) * 4],
        );
        if (width >= 81 * 2) assert.equal(readQr(smaller), found, `1/${step}`);
      }
    }
  });
});

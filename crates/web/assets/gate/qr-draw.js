// Draws a QR code (ISO/IEC 18004) of a short text: the challenge that a phone scans at the gate, and
// the code that a gate scans.
//
// Invariant: alphanumeric mode where every character is of its alphabet, else byte mode; level M, the
// smallest version that holds the text; what is drawn `readQr` reads. One mask serves all: the standard weighs eight, and every reader takes any of them.
// Refuses, by `null`: a text that is longer than `VERSION_MAX` holds.

import { toUtf8 } from "./bytes.js";
import { addChecks, layoutOf, placesOf } from "./qr-blocks.js";
import { MASKS, sideOf, withFixed } from "./qr-shape.js";
import { ALPHABET } from "./qr-text.js";

const VERSION_MAX = 20;
const MASK = 4;
const LEVEL = "M";
const MODE_ALPHANUMERIC = 2;
const MODE_BYTE = 4;
/** What fills up the data, in turns. */
const FILLERS = [0xec, 0x11];

/** @returns {number[]} a text of the alphabet: two characters in eleven bits */
function alphanumeric(text, version) {
  const values = [...text].map((character) => ALPHABET.indexOf(character));
  const bits = [...number(MODE_ALPHANUMERIC, 4), ...number(text.length, version < 10 ? 9 : 11)];
  for (let at = 0; at + 1 < values.length; at += 2)
    bits.push(...number(values[at] * 45 + values[at + 1], 11));
  if (values.length % 2 === 1) bits.push(...number(values.at(-1), 6));
  return bits;
}

/** @returns {number[]} any text, as UTF-8 */
function byteMode(text, version) {
  const bytes = toUtf8(text);
  const size = version < 10 ? 8 : 16;
  const data = [...bytes].flatMap((byte) => number(byte, 8));
  return [...number(MODE_BYTE, 4), ...number(bytes.length, size), ...data];
}

/** @returns {Uint8Array | null} the data codewords of a text, if they are no more than `length` */
function dataOf(text, version, length) {
  const isPlain = [...text].every((character) => ALPHABET.includes(character));
  const bits = isPlain ? alphanumeric(text, version) : byteMode(text, version);
  if (bits.length > length * 8) return null;
  bits.push(...number(0, Math.min(4, length * 8 - bits.length)));
  const data = new Uint8Array(length);
  bits.forEach((bit, at) => {
    data[at >> 3] |= bit << (7 - (at & 7));
  });
  for (let at = Math.ceil(bits.length / 8), filler = 0; at < length; at += 1, filler ^= 1)
    data[at] = FILLERS[filler];
  return data;
}

/** @returns {number[]} the bits of a number, the highest first */
const number = (value, count) =>
  Array.from({ length: count }, (_, at) => (value >> (count - 1 - at)) & 1);

/**
 * @param {string} text @returns {{side: number, modules: Uint8Array} | null} 1 for each dark module
 */
export function drawQr(text) {
  for (let version = 1; version <= VERSION_MAX; version += 1) {
    const { sizes, checks } = layoutOf(version, LEVEL);
    const data = dataOf(
      text,
      version,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    if (data === null) continue;
    const side = sideOf(version);
    const modules = withFixed(version, LEVEL, MASK);
    const codewords = addChecks(data, sizes, checks);
    placesOf(version).forEach(([row, column], at) => {
      // What is left over after the last codeword is 0.
      const bit = at >> 3 < codewords.length ? (codewords[at >> 3] >> (7 - (at & 7))) & 1 : 0;
      modules[row * side + column] = bit ^ (MASKS[MASK](row, column) ? 1 : 0);
    });
    return { side, modules };
  }
  return null;
}

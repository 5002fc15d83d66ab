// The text in the data of a QR code (ISO/IEC 18004 7.4): numeric, alphanumeric and byte mode.
//
// Invariant: a text comes out whole or not at all; each segment uses up bits, so the reading ends.
// Refuses, by `null`: other modes (kanji, parts of a larger whole), a segment that is cut off.

import { fromUtf8 } from "./bytes.js";

/** The characters of alphanumeric mode, by their values. */
export const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const MODE = { end: 0, numeric: 1, alphanumeric: 2, byte: 4, charset: 7 };

/** Bits from front to back; `null` once there are too few. */
class Bits {
  #data;
  #at = 0;

  constructor(data) {
    this.#data = data;
  }

  get left() {
    return this.#data.length * 8 - this.#at;
  }

  take(count) {
    if (count > this.left) return null;
    let value = 0;
    for (; count > 0; count -= 1, this.#at += 1) {
      value = (value << 1) | ((this.#data[this.#at >> 3] >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }
}

/** @param {number} version @param {number} mode @returns {number} bits of a length (Table 3) */
function lengthBits(version, mode) {
  const place = version < 10 ? 0 : version < 27 ? 1 : 2;
  return {
    [MODE.numeric]: [10, 12, 14],
    [MODE.alphanumeric]: [9, 11, 13],
    [MODE.byte]: [8, 16, 16],
  }[mode][place];
}

/** @returns {string | null} */
function readNumeric(bits, count) {
  let text = "";
  for (; count > 0; count -= 3) {
    const digits = Math.min(count, 3);
    const value = bits.take(digits * 3 + 1);
    if (value === null || value >= 10 ** digits) return null;
    text += String(value).padStart(digits, "0");
  }
  return text;
}

/** @returns {string | null} */
function readAlphanumeric(bits, count) {
  let text = "";
  for (; count > 0; count -= 2) {
    const value = bits.take(count === 1 ? 6 : 11);
    if (value === null || value >= (count === 1 ? 45 : 45 * 45)) return null;
    text += count === 1 ? ALPHABET[value] : ALPHABET[Math.floor(value / 45)] + ALPHABET[value % 45];
  }
  return text;
}

/** @returns {string | null} UTF-8 where it is that, else ISO/IEC 8859-1 */
function readBytes(bits, count) {
  if (count * 8 > bits.left) return null;
  const bytes = Uint8Array.from({ length: count }, () => bits.take(8));
  return fromUtf8(bytes) ?? String.fromCharCode(...bytes);
}

/** @returns {boolean} whether an assignment of a character set was read over */
function readCharset(bits) {
  const first = bits.take(8);
  if (first === null) return false;
  const more = first < 0x80 ? 0 : first < 0xc0 ? 8 : 16;
  return bits.take(more) !== null;
}

/** @param {Uint8Array} data @param {number} version @returns {string | null} */
export function textOf(data, version) {
  const bits = new Bits(data);
  const readers = {
    [MODE.numeric]: readNumeric,
    [MODE.alphanumeric]: readAlphanumeric,
    [MODE.byte]: readBytes,
  };
  let text = "";
  for (let mode = bits.take(4); mode !== null && mode !== MODE.end; mode = bits.take(4)) {
    if (mode === MODE.charset) {
      if (!readCharset(bits)) return null;
      continue;
    }
    if (!readers[mode]) return null;
    const count = bits.take(lengthBits(version, mode));
    const segment = count === null ? null : readers[mode](bits, count);
    if (segment === null) return null;
    text += segment;
  }
  return text === "" ? null : text;
}

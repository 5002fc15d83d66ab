// The little CBOR that our tokens need, in its one deterministic form (RFC 8949 4.2.1), and a
// bounded reader of whole items for the leaves of the log, which may say more tomorrow.
//
// Invariant: what `Reader` accepts is what the writers here write. Numbers are BigInt, for a token
// may hold any 64 bits. Refuses, by throwing `CborError`: longer heads than needed, open lengths,
// bytes that are not there, nesting deeper than `DEPTH_MAX`.

import { concat, fromNumber, fromUtf8, toUtf8 } from "./bytes.js";

const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
/** How deep an item of a leaf may be nested. */
const DEPTH_MAX = 32;
const INT_MAX = (1n << 63n) - 1n;

/** Bytes that are not in the form that is asked for. */
export class CborError extends Error {}

/** @returns {never} */
function refuse(what) {
  throw new CborError(what);
}

/** @param {number} major @param {number | bigint} value @returns {Uint8Array} the shortest head */
function head(major, value) {
  const count = BigInt(value);
  const first = major << 5;
  if (count < 24n) return Uint8Array.of(first | Number(count));
  const size = count < 0x100n ? 0 : count < 0x1_0000n ? 1 : count < 0x1_0000_0000n ? 2 : 3;
  return concat(Uint8Array.of(first | (24 + size)), fromNumber(count, 1 << size));
}

/** Writers of items. */
export const write = {
  /** @param {number | bigint} value */
  int: (value) => (value < 0 ? head(NEGATIVE, -1n - BigInt(value)) : head(UINT, value)),
  /** @param {Uint8Array} value */
  bytes: (value) => concat(head(BYTES, value.length), value),
  /** @param {string} value */
  text(value) {
    const bytes = toUtf8(value);
    return concat(head(TEXT, bytes.length), bytes);
  },
  /** @param {number} count */
  array: (count) => head(ARRAY, count),
  /** @param {number} count */
  map: (count) => head(MAP, count),
};

/** Reads from front to back. */
export class Reader {
  #bytes;
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  /** Refuses bytes that were not read. */
  end() {
    if (this.#at !== this.#bytes.length) refuse("bytes after the end");
  }

  /** Where the reader is. */
  get place() {
    return this.#at;
  }

  /** @param {number} start an earlier place @returns {Uint8Array} what was read since */
  since(start) {
    return this.#bytes.subarray(start, this.#at);
  }

  /** @param {number} count @returns {Uint8Array} */
  #take(count) {
    if (count > this.#bytes.length - this.#at) refuse("cut off");
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return taken;
  }

  /** The major type that comes next. */
  get #major() {
    return this.#at < this.#bytes.length ? this.#bytes[this.#at] >> 5 : refuse("cut off");
  }

  /** @param {number} major @returns {bigint} the value of a head of this type */
  #head(major) {
    if (this.#major !== major) refuse("another type");
    const low = this.#take(1)[0] & 0x1f;
    if (low < 24) return BigInt(low);
    if (low > 27) refuse("an open length");
    const size = 1 << (low - 24);
    const digits = this.#take(size);
    const value = digits.reduce((sum, digit) => (sum << 8n) | BigInt(digit), 0n);
    const least = size === 1 ? 24n : 1n << BigInt(size * 4);
    return value < least ? refuse("a head longer than it needs to be") : value;
  }

  /** @param {number} major @returns {number} a length that the bytes can hold */
  #length(major) {
    const count = this.#head(major);
    return count > BigInt(this.#bytes.length) ? refuse("cut off") : Number(count);
  }

  /** @param {number} least @param {number} most @returns {number} how many members a map has */
  map(least, most) {
    const count = this.#length(MAP);
    return count < least || count > most ? refuse("more or fewer members") : count;
  }

  /** @param {number} count an array of exactly so many items */
  array(count) {
    if (this.#head(ARRAY) !== BigInt(count)) refuse("more or fewer items");
  }

  /** @param {number} tag exactly this one */
  tag(tag) {
    if (this.#head(TAG) !== BigInt(tag)) refuse("another tag");
  }

  /** @returns {bigint} */
  uint() {
    return this.#head(UINT);
  }

  /** @returns {bigint} within 64 bits with a sign */
  int() {
    const negative = this.#major === NEGATIVE;
    const value = this.#head(negative ? NEGATIVE : UINT);
    if (value > INT_MAX) refuse("a number out of range");
    return negative ? -1n - value : value;
  }

  /** @returns {boolean} */
  truth() {
    const byte = this.#take(1)[0];
    return byte === 0xf5 || (byte === 0xf4 ? false : refuse("not a truth value"));
  }

  /** @param {number} number a claim with exactly this number */
  claim(number) {
    if (this.int() !== BigInt(number)) refuse("another claim");
  }

  /** @param {number} number @returns {boolean} whether it comes next; if not, nothing is read */
  claimIf(number) {
    const wanted = write.int(number);
    const found = this.#bytes.subarray(this.#at, this.#at + wanted.length);
    if (wanted.some((byte, at) => byte !== found[at])) return false;
    this.#at += wanted.length;
    return true;
  }

  /** @param {string} name a member with exactly this name */
  member(name) {
    if (this.text() !== name) refuse("another member");
  }

  /** @returns {Uint8Array} */
  bytes() {
    return this.#take(this.#length(BYTES));
  }

  /** @param {number} length @returns {Uint8Array} exactly so many bytes */
  fixed(length) {
    const bytes = this.bytes();
    return bytes.length === length ? bytes : refuse("more or fewer bytes");
  }

  /** @returns {string} */
  text() {
    return fromUtf8(this.#take(this.#length(TEXT))) ?? refuse("not UTF-8");
  }

  /**
   * A whole item of any kind: numbers as BigInt, maps as lists of pairs, tags dropped, and for
   * fractions and the like `undefined`, which nobody here reads.
   * @returns {unknown}
   */
  item(depth = 0) {
    if (depth > DEPTH_MAX) refuse("nested too deeply");
    const next = () => this.item(depth + 1);
    switch (this.#major) {
      case UINT:
        return this.#head(UINT);
      case NEGATIVE:
        return -1n - this.#head(NEGATIVE);
      case BYTES:
        return this.bytes();
      case TEXT:
        return this.text();
      case ARRAY:
        return Array.from({ length: this.#length(ARRAY) }, next);
      case MAP:
        return new Pairs(Array.from({ length: this.#length(MAP) }, () => [next(), next()]));
      case TAG:
        this.#head(TAG);
        return next();
      default:
        return this.#simple();
    }
  }

  /** A simple value or a fraction. */
  #simple() {
    const low = this.#take(1)[0] & 0x1f;
    if (low === 20 || low === 21) return low === 21;
    if (low === 22) return null;
    if (low > 27) refuse("an open length");
    if (low > 23) this.#take(1 << (low - 24));
    return undefined;
  }
}

/** The members of a map in the order of their bytes. */
export class Pairs {
  /** @param {[unknown, unknown][]} pairs */
  constructor(pairs) {
    this.pairs = pairs;
  }

  /** @param {string} name @returns {unknown} `null` where it is absent; refuses it twice */
  optional(name) {
    const found = this.pairs.filter(([key]) => key === name);
    if (found.length > 1) refuse("a member twice");
    return found.length === 1 ? found[0][1] : null;
  }
}

/** @param {Uint8Array} bytes @returns {unknown} the one item in them */
export function readItem(bytes) {
  const reader = new Reader(bytes);
  const item = reader.item();
  reader.end();
  return item;
}

// Keys on P-256: the issuer's, the list's and each holder's.
//
// Invariant: a `PublicKey` is a point of the curve, in one form: 33 bytes (SEC 1 2.3.3). Browsers
// take a point by both coordinates only, so y is unfolded here (SEC 1 2.3.4).
// Refuses, by `null`: every other form of a key, and 33 bytes that are no point.

import { concat, fromNumber, sha256, toHex, toNumber } from "./bytes.js";
import { write } from "./cbor.js";

/** The bytes of a public key: its sign and its x. */
export const KEY_BYTES = 33;
/** The bytes of a signature: r and s. */
export const SIGNATURE_BYTES = 64;

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const EVEN = 2;
const ODD = 3;
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

/** @param {bigint} base @param {bigint} exponent @returns {bigint} modulo P */
function power(base, exponent) {
  let result = 1n;
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}

/** @param {bigint} x @param {boolean} odd @returns {bigint | null} the y of a point */
function unfold(x, odd) {
  if (x >= P) return null;
  // y^2 = x^3 - 3x + b; P is 3 modulo 4, so a root of a square is its power of (P + 1) / 4.
  const square = ((((x * x - 3n) * x + B) % P) + P) % P;
  const y = power(square, (P + 1n) / 4n);
  if ((y * y) % P !== square) return null;
  return (y & 1n) === (odd ? 1n : 0n) ? y : P - y;
}

/** A public key. */
export class PublicKey {
  #point;
  #key = null;

  /** @param {Uint8Array} bytes the 33 bytes @param {Uint8Array} point both coordinates */
  constructor(bytes, point) {
    this.bytes = bytes;
    this.#point = point;
  }

  /** @param {Uint8Array} bytes @returns {PublicKey | null} */
  static read(bytes) {
    if (bytes.length !== KEY_BYTES || (bytes[0] !== EVEN && bytes[0] !== ODD)) return null;
    const x = bytes.subarray(1);
    const y = unfold(toNumber(x), bytes[0] === ODD);
    if (y === null) return null;
    return new PublicKey(bytes.slice(), concat(Uint8Array.of(4), x, fromNumber(y, 32)));
  }

  /**
   * @param {Uint8Array} x @param {boolean} odd as a `COSE_Key` has them @returns {PublicKey | null}
   */
  static unfolded(x, odd) {
    return PublicKey.read(concat(Uint8Array.of(odd ? ODD : EVEN), x));
  }

  /** The key as text, to compare it by. */
  get hex() {
    return toHex(this.bytes);
  }

  /** @returns {Promise<string>} the first 8 bytes of its thumbprint (RFC 9679 3), as digits */
  async kid() {
    const [x, y] = [this.#point.subarray(1, 33), this.#point.subarray(33)];
    const numbers = [1, 2, -1, 1, -2].map(write.int);
    const key = concat(write.map(4), ...numbers, write.bytes(x), write.int(-3), write.bytes(y));
    return toHex((await sha256(key)).subarray(0, 8));
  }

  /**
   * @param {Uint8Array} message @param {Uint8Array} signature r and s @returns {Promise<boolean>}
   */
  async verifies(message, signature) {
    if (signature.length !== SIGNATURE_BYTES) return false;
    this.#key ??= crypto.subtle.importKey("raw", this.#point, ECDSA, false, ["verify"]);
    const how = { name: "ECDSA", hash: "SHA-256" };
    return crypto.subtle.verify(how, await this.#key, signature, message);
  }
}

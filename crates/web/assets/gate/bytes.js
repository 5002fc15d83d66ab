// Bytes, texts and digests, as all modules of the gate need them.
//
// Invariant: a text that is read back has exactly one spelling; an order of bytes is the network's.
// Refuses: invalid UTF-8, base64 in any spelling but its one, by `null`.

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {string} text @returns {Uint8Array} its UTF-8 */
export const toUtf8 = (text) => encoder.encode(text);

/** @param {Uint8Array} bytes @returns {string | null} the text, unless it is no UTF-8 */
export function fromUtf8(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** @param {...Uint8Array} parts @returns {Uint8Array} all of them, one behind the other */
export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** @param {Uint8Array} one @param {Uint8Array} other @returns {boolean} */
export const same = (one, other) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

/** @param {Uint8Array} bytes @returns {string} lower-case digits */
export const toHex = (bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {Uint8Array} bytes @returns {bigint} the number that they write */
export const toNumber = (bytes) => (bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`));

/**
 * @param {bigint} number @param {number} length @returns {Uint8Array} the number in so many bytes
 */
export function fromNumber(number, length) {
  const out = new Uint8Array(length);
  for (let at = length - 1; at >= 0; at -= 1) {
    out[at] = Number(number & 255n);
    number >>= 8n;
  }
  return out;
}

/** @param {string} text @returns {Uint8Array | null} the bytes of standard base64 with padding */
export function fromBase64(text) {
  try {
    const found = atob(text);
    // `atob` overlooks spaces, missing padding and stray bits: only its own spelling counts.
    if (btoa(found) !== text) return null;
    return Uint8Array.from(found, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} SHA-256 */
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

// Base45 (RFC 9285): bytes as the characters that a QR code stores most densely.
//
// Invariant: what is accepted is what `encode` writes, so one sequence of bytes has one text.
// Refuses, by `null`: a group of three above two bytes, a group of two above one byte, a single
// character left over, any other character, a text longer than the limit (RFC 9285 4).

/** The longest text, in characters. */
export const CHARS_MAX = 4096;

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** @param {Uint8Array} bytes @returns {string} */
export function encode(bytes) {
  let out = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length;
    let value = pair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let digits = pair ? 3 : 2; digits > 0; digits -= 1) {
      out += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return out;
}

/** @param {string} text @returns {Uint8Array | null} */
export function decode(text) {
  if (text.length > CHARS_MAX || text.length % 3 === 1) return null;
  const out = new Uint8Array(Math.floor((text.length * 2) / 3));
  let end = 0;
  for (let at = 0; at < text.length; at += 3) {
    const digits = [...text.slice(at, at + 3)].map((character) => ALPHABET.indexOf(character));
    if (digits.includes(-1)) return null;
    const value = digits.reduceRight((sum, digit) => sum * 45 + digit, 0);
    if (digits.length === 3) {
      if (value > 0xffff) return null;
      out[end++] = value >> 8;
    } else if (value > 0xff) {
      return null;
    }
    out[end++] = value & 0xff;
  }
  return out;
}

// What a gate asks for at a door where a copied picture must not do: its name and a number used
// once.
//
// Invariant: a number is drawn at random and asked once; its text is `MMC1:`, the number in capital
// hexadecimal digits, a colon, and the name of the gate. Refuses, by `null`: every other text, a
// name or a number out of the bounds of a presentation (docs/credential.md 3).

import { toHex } from "./bytes.js";
import { isGate, isNonce } from "./token.js";

const PREFIX = "MMC1:";
const NUMBER_BYTES = 16;

/** @returns {Uint8Array} a number that nobody can guess */
export const newNumber = () => crypto.getRandomValues(new Uint8Array(NUMBER_BYTES));

/**
 * @param {string} gate @param {Uint8Array} number @returns {string} for a code that the phone scans
 */
export const challengeText = (gate, number) => `${PREFIX}${toHex(number).toUpperCase()}:${gate}`;

/**
 * @param {string} text @returns {{gate: string, number: Uint8Array} | null} for whoever answers it
 */
export function readChallenge(text) {
  const [, digits, gate] = /^MMC1:((?:[0-9A-F]{2})+):(.*)$/su.exec(text) ?? [];
  if (digits === undefined) return null;
  const number = Uint8Array.from(digits.match(/../g), (pair) => Number.parseInt(pair, 16));
  return isGate(gate) && isNonce(number) ? { gate, number } : null;
}

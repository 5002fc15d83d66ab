// What a phone holds, and how it shows it: keys made here, credentials fetched for days ahead, a
// presentation that is signed anew each time (docs/credential.md 2 and 3).
//
// Invariant: a private key cannot leave this browser; each day has a key of its own, so two days
// cannot be linked; what is shown is signed when it is shown. Refuses, by `null`: to show anything
// when no credential counts now.

import { encode } from "./base45.js";
import { concat } from "./bytes.js";
import { write } from "./cbor.js";
import { PRESENTATION, sigStructure } from "./cose.js";
import { TEXT_PREFIX } from "./token.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const DAYS = 7;
const ES256 = -7;
const HEADER = { alg: 1, kcwt: 13, typ: 16 };
const CLAIM = { aud: 3, iat: 6 };
const SIGN1 = 0xd2;

/**
 * @typedef {object} Held
 * @property {CryptoKeyPair} pair @property {Uint8Array} credential
 * @property {number} fromS @property {number} untilS
 */

const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const seconds = (instant) => Math.floor(Date.parse(instant) / 1000);

/**
 * Fetches the credentials of the next days. A day that is held keeps its key: asked again with the
 * same one the server gives the same slot, and this browser stays one device.
 * @param {(body: object) => Promise<object>} ask asks the interface
 * @param {Held[]} held by day @param {number} now
 * @returns {Promise<Held[]>}
 */
export async function fetchDays(ask, held, now) {
  const kept = held.filter(({ untilS }) => now < untilS).map(({ pair }) => pair);
  const making = () => crypto.subtle.generateKey(CURVE, false, ["sign"]);
  const made = Array.from({ length: Math.max(0, DAYS - kept.length) }, making);
  const pairs = [...kept, ...(await Promise.all(made))].slice(0, DAYS);
  const exported = await Promise.all(
    pairs.map(({ publicKey }) => crypto.subtle.exportKey("jwk", publicKey)),
  );
  const keys = exported.map(({ kty, crv, x, y }) => ({ kty, crv, x, y }));
  const { credentials } = await ask({ keys, days: DAYS });
  return credentials.map(({ credential, from, until }, day) => ({
    pair: pairs[day],
    credential: fromBase64url(credential),
    fromS: seconds(from),
    untilS: seconds(until),
  }));
}

/** @param {Held[]} held @param {number} now @returns {Held | null} what counts now */
export const current = (held, now) =>
  held.find(({ fromS, untilS }) => fromS <= now && now < untilS) ?? null;

/**
 * Shows a credential to anybody.
 * @param {Held} held @param {number} now whole seconds since 1970
 * @returns {Promise<string>} the text of the code
 */
export async function present({ pair, credential }, now) {
  const header = concat(
    write.map(3),
    write.int(HEADER.alg),
    write.int(ES256),
    write.int(HEADER.kcwt),
    credential,
    write.int(HEADER.typ),
    write.text(PRESENTATION),
  );
  const payload = concat(
    write.map(2),
    write.int(CLAIM.aud),
    write.text("*"),
    write.int(CLAIM.iat),
    write.int(now),
  );
  const signed = sigStructure(header, payload);
  const signature = new Uint8Array(await crypto.subtle.sign(SIGNING, pair.privateKey, signed));
  const token = concat(
    Uint8Array.of(SIGN1),
    write.array(4),
    write.bytes(header),
    write.map(0),
    write.bytes(payload),
    write.bytes(signature),
  );
  return TEXT_PREFIX + encode(token);
}

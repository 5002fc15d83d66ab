// The credential and the presentation: what a text shows, taken apart and not yet believed.
//
// Invariant: claims stand in one order and pass their checks before anybody sees them; a credential
// has one form of three: held (with the key of a phone), static, paper (with a face). Times and
// slots are BigInt, in seconds since 1970. Refuses, by `null`: a text without its start, times out
// of order, a life of more than 31 days, a face that is not masked, half a challenge, every other
// member, order or spelling.

import { decode } from "./base45.js";
import { toUtf8 } from "./bytes.js";
import { CborError, Reader } from "./cbor.js";
import { CREDENTIAL, PAPER, PRESENTATION, open } from "./cose.js";
import { PublicKey } from "./p256.js";

/** What a shown text begins with. */
export const TEXT_PREFIX = "MM1:";
/** The longest text, in characters. */
export const TEXT_CHARS_MAX = 4096;
/** The longest name of a gate, and how long the number may be that it asks for, in bytes. */
export const GATE_CHARS_MAX = 64;
export const NONCE_BYTES = { least: 8, most: 32 };

const LIFE_S_MAX = 31n * 86_400n;
const MASKED_NAME_BYTES_MAX = 64;
const IDX_MAX = (1n << 40n) - 1n;
const URI_CHARS_MAX = 512;

/** Claims by their registered numbers, and one for private use. */
const CLAIM = { aud: 3, exp: 4, nbf: 5, iat: 6, cnf: 8, cnonce: 39, status: 65_535, face: -65_537 };
const CNF_COSE_KEY = 1;
const ANYBODY = "*";

/**
 * What a paper says of its holder, for a person to compare with a document.
 * @typedef {{maskedName: string, birthYear: number, lastFour: string}} Face
 *
 * @typedef {object} Claims
 * @property {bigint} issuedS
 * @property {bigint | null} notBeforeS
 * @property {bigint} expiresS
 * @property {PublicKey | null} holder
 * @property {string} uri the address of the list
 * @property {bigint} idx the slot
 * @property {Face | null} face
 *
 * @typedef {object} Credential
 * @property {import("./cose.js").Opened} opened
 * @property {"held" | "static" | "paper"} form
 * @property {Claims} claims
 *
 * @typedef {object} Showing
 * @property {bigint} atS when the holder showed it, by the phone's clock
 * @property {string | null} gate whose challenge it answers; `null` for anybody
 * @property {Uint8Array | null} nonce
 *
 * @typedef {object} Shown
 * @property {Credential} credential
 * @property {{opened: import("./cose.js").Opened, showing: Showing} | null} presentation
 */

/** @param {string} uri @returns {boolean} printable ASCII of bounded length, without quotation */
export const isUri = (uri) => uri.length <= URI_CHARS_MAX && /^[!#-[\]-~]+$/.test(uri);

/** @param {string} gate @returns {boolean} */
export const isGate = (gate) =>
  gate.length <= GATE_CHARS_MAX && /^[!-~]+$/.test(gate) && gate !== ANYBODY;

/** @param {Uint8Array} nonce @returns {boolean} */
export const isNonce = (nonce) =>
  nonce.length >= NONCE_BYTES.least && nonce.length <= NONCE_BYTES.most;

/** @param {Reader} reader the key of the holder @returns {PublicKey} */
function readCoseKey(reader) {
  reader.map(4, 4);
  // kty: EC2, crv: P-256 (RFC 9053 7.1.1).
  for (const number of [1, 2, -1, 1, -2]) reader.claim(number);
  const x = reader.fixed(32);
  reader.claim(-3);
  const key = PublicKey.unfolded(x, reader.truth());
  if (key === null) throw new CborError("no point of the curve");
  return key;
}

/** @param {Reader} reader @returns {Face} */
function readFace(reader) {
  reader.array(3);
  const [maskedName, year, lastFour] = [reader.text(), reader.uint(), reader.text()];
  return { maskedName, birthYear: Number(year), lastFour };
}

/** @param {Uint8Array} payload @returns {Claims} in their one form */
function readClaims(payload) {
  const reader = new Reader(payload);
  const count = reader.map(3, 6);
  const optional = (number, read) => (reader.claimIf(number) ? read() : null);
  reader.claim(CLAIM.exp);
  const expiresS = reader.uint();
  const notBeforeS = optional(CLAIM.nbf, () => reader.uint());
  reader.claim(CLAIM.iat);
  const issuedS = reader.uint();
  const holder = optional(CLAIM.cnf, () => {
    reader.map(1, 1);
    reader.claim(CNF_COSE_KEY);
    return readCoseKey(reader);
  });
  reader.claim(CLAIM.status);
  reader.map(1, 1);
  reader.member("status_list");
  reader.map(2, 2);
  reader.member("idx");
  const idx = reader.uint();
  reader.member("uri");
  const uri = reader.text();
  const face = optional(CLAIM.face, () => readFace(reader));
  reader.end();
  const found = [notBeforeS, holder, face].filter((member) => member !== null).length;
  if (found + 3 !== count) throw new CborError("more or fewer members");
  return { issuedS, notBeforeS, expiresS, holder, uri, idx, face };
}

/** @param {Face} face @returns {boolean} */
const isFace = ({ maskedName, birthYear, lastFour }) =>
  toUtf8(maskedName).length <= MASKED_NAME_BYTES_MAX &&
  maskedName.includes("*") &&
  !/\p{Cc}/u.test(maskedName) &&
  birthYear >= 1850 &&
  birthYear <= 2200 &&
  /^[0-9A-Z]{4}$/.test(lastFour);

/**
 * @param {Claims} claims @returns {Credential["form"] | null} `null` where they do not go together
 */
function formOf({ issuedS, notBeforeS, expiresS, holder, uri, idx, face }) {
  const fromS = notBeforeS ?? issuedS;
  if (fromS < issuedS || fromS >= expiresS || expiresS - issuedS > LIFE_S_MAX) return null;
  if (!isUri(uri) || idx > IDX_MAX) return null;
  if (face === null) return holder === null ? "static" : "held";
  return holder === null && notBeforeS !== null && isFace(face) ? "paper" : null;
}

/** @param {import("./cose.js").Opened} opened @returns {Credential} */
function credentialOf(opened) {
  if (opened.typ !== CREDENTIAL && opened.typ !== PAPER) throw new CborError("not a credential");
  const claims = readClaims(opened.payload);
  const form = formOf(claims);
  if (form === null || (opened.typ === PAPER) !== (form === "paper")) {
    throw new CborError("claims that do not go together");
  }
  return { opened, form, claims };
}

/** @param {Uint8Array} payload @returns {Showing} for anybody, or an answer; never half of each */
function readShowing(payload) {
  const reader = new Reader(payload);
  const count = reader.map(2, 3);
  reader.claim(CLAIM.aud);
  const gate = reader.text();
  reader.claim(CLAIM.iat);
  const atS = reader.uint();
  let nonce = null;
  if (count === 3) {
    reader.claim(CLAIM.cnonce);
    nonce = reader.bytes();
  }
  reader.end();
  const whole = nonce === null ? gate === ANYBODY : isGate(gate) && isNonce(nonce);
  if (!whole) throw new CborError("half a challenge");
  return { atS, gate: nonce === null ? null : gate, nonce };
}

/** @param {Uint8Array} token @returns {Shown} */
function readShown(token) {
  const opened = open(token);
  if (opened.typ !== PRESENTATION) return { credential: credentialOf(opened), presentation: null };
  const credential = credentialOf(open(opened.kcwt));
  if (credential.claims.holder === null) throw new CborError("a presentation without a key");
  return { credential, presentation: { opened, showing: readShowing(opened.payload) } };
}

/** @param {string} text as scanned @returns {Shown | null} */
export function readText(text) {
  if (text.length > TEXT_CHARS_MAX || !text.startsWith(TEXT_PREFIX)) return null;
  const token = decode(text.slice(TEXT_PREFIX.length));
  if (token === null) return null;
  try {
    return readShown(token);
  } catch (error) {
    if (error instanceof CborError) return null;
    throw error;
  }
}

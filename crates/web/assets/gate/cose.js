// Signed envelopes of ours: a `COSE_Sign1` (RFC 9052 4.2) under one tag 18, in its one form.
//
// Invariant: a token has one sequence of bytes before its signature; what is verified is the
// header as it came; the algorithm is ECDSA with SHA-256 on P-256. A signature can be changed into
// another valid one by anybody, so a token is known by what is signed and never by its signature.
// Refuses, by throwing `CborError`: every other header, order, length, tag or trailing byte.

import { concat } from "./bytes.js";
import { CborError, Reader, write } from "./cbor.js";
import { SIGNATURE_BYTES } from "./p256.js";

const TAG_SIGN1 = 18;
const HEADER_ALG = 1;
const HEADER_KID = 4;
const HEADER_KCWT = 13;
const HEADER_TYP = 16;
/** ES256 (RFC 9053 2.1) and its name with the curve, ESP256 (RFC 9864 2.1). */
const ALGORITHMS = [-7n, -9n];
const KID_BYTES = 8;

/** What a token of ours is (RFC 9596). */
export const CREDENTIAL = "application/mm+cwt";
export const PAPER = "application/mmp+cwt";
export const PRESENTATION = "application/kb+cwt";
export const LIST = "application/statuslist+cwt";
export const DELTA = "application/mm-delta+cwt";
/** How many bytes it may have. */
const BYTES_MAX = {
  [CREDENTIAL]: 1024,
  [PAPER]: 1024,
  [PRESENTATION]: 2048,
  [LIST]: 480 << 20,
  [DELTA]: 6 << 20,
};

/**
 * A token taken apart; nothing is verified yet.
 * @typedef {object} Opened
 * @property {string} typ what it is
 * @property {Uint8Array | null} kid the hint which key signed
 * @property {Uint8Array | null} kcwt the credential whose holder signed, in a presentation
 * @property {Uint8Array} payload of which nothing may be believed yet
 * @property {Uint8Array} signed what the signature stands over
 * @property {Uint8Array} signature
 */

/** @param {Reader} reader @returns {Uint8Array[]} protected header, payload, signature */
function parts(reader) {
  reader.tag(TAG_SIGN1);
  reader.array(4);
  const header = reader.bytes();
  reader.map(0, 0);
  return [header, reader.bytes(), reader.bytes()];
}

/** @param {Uint8Array} bytes the protected header: alg, kid or kcwt, typ, and nothing else */
function readHeader(bytes) {
  const reader = new Reader(bytes);
  reader.map(3, 3);
  reader.claim(HEADER_ALG);
  const algorithm = reader.int();
  let [kid, kcwt] = [null, null];
  if (reader.claimIf(HEADER_KID)) {
    kid = reader.fixed(KID_BYTES);
  } else {
    reader.claim(HEADER_KCWT);
    const start = reader.place;
    parts(reader);
    kcwt = reader.since(start);
  }
  reader.claim(HEADER_TYP);
  const typ = reader.text();
  reader.end();
  if (!ALGORITHMS.includes(algorithm)) throw new CborError("an algorithm other than ES256");
  if (!Object.hasOwn(BYTES_MAX, typ)) throw new CborError("a typ that is none of ours");
  // A presentation carries the credential of its signer, and nothing else does.
  if ((typ === PRESENTATION) !== (kcwt !== null)) throw new CborError("another kind of signer");
  return { typ, kid, kcwt };
}

/** @param {Uint8Array} header @param {Uint8Array} payload @returns {Uint8Array} RFC 9052 4.4 */
export const sigStructure = (header, payload) =>
  concat(
    write.array(4),
    write.text("Signature1"),
    write.bytes(header),
    write.bytes(new Uint8Array()),
    write.bytes(payload),
  );

/** @param {Uint8Array} bytes @returns {Opened} */
export function open(bytes) {
  if (bytes.length > BYTES_MAX[LIST]) throw new CborError("longer than any token");
  const reader = new Reader(bytes);
  const [protectedHeader, payload, signature] = parts(reader);
  reader.end();
  if (signature.length !== SIGNATURE_BYTES) throw new CborError("a signature without 64 bytes");
  const header = readHeader(protectedHeader);
  if (bytes.length > BYTES_MAX[header.typ]) throw new CborError("longer than its kind may be");
  return { ...header, payload, signature, signed: sigStructure(protectedHeader, payload) };
}

/**
 * Whether this key signed it.
 * @param {Opened} opened @param {import("./p256.js").PublicKey} key @returns {Promise<boolean>}
 */
export const isSignedBy = (opened, key) => key.verifies(opened.signed, opened.signature);

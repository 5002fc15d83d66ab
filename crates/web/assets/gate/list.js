// A status list (draft-ietf-oauth-status-list, CWT form) as it is signed, and its array unfolded.
//
// Invariant: claims are in their one form; an array comes out only as long as the log says, and
// nothing longer is ever held. Every slot has 2 bits, the lowest bits first.
// Refuses: by throwing `CborError`, every other form, a stream one byte longer or shorter; by
// `null`, a slot beyond the end. Deltas are not read here: a gate fetches whole lists.

import { CborError, Reader } from "./cbor.js";
import { LIST, open } from "./cose.js";
import { isUri } from "./token.js";

/** A list of fewer slots would single people out. */
export const SLOTS_MIN = 1n << 20n;
const ARRAY_BYTES_MAX = 1n << 28n;
/** For how long a list can be the newest, whatever it says of itself. */
const TTL_S_MAX = 3600n;
/** Deflate never makes more than this many bytes of one. */
const RATIO_MAX = 1032n;
/** What the slots say (docs/credential.md 4), by their numbers. */
const WORDS = ["green", "revoked", "yellow", "red"];

/**
 * @typedef {object} ListClaims
 * @property {string} uri
 * @property {bigint} issuedS @property {bigint} expiresS @property {bigint} ttlS
 *
 * @typedef {ListClaims & {bits: bigint, lst: Uint8Array}} Content
 */

/** @param {Uint8Array} token @returns {import("./cose.js").Opened} a list, and nothing else */
export function openList(token) {
  const opened = open(token);
  if (opened.typ !== LIST) throw new CborError("a token of another kind");
  return opened;
}

/** @param {Uint8Array} payload that was signed @returns {Content} */
export function readContent(payload) {
  const reader = new Reader(payload);
  reader.map(5, 5);
  reader.claim(2);
  const uri = reader.text();
  reader.claim(4);
  const expiresS = reader.uint();
  reader.claim(6);
  const issuedS = reader.uint();
  reader.claim(65_533);
  const members = reader.map(2, 3);
  reader.member("lst");
  const lst = reader.bytes();
  reader.member("bits");
  const bits = reader.uint();
  let aggregation = null;
  if (members === 3) {
    reader.member("aggregation_uri");
    aggregation = reader.text();
  }
  reader.claim(65_534);
  const ttlS = reader.uint();
  reader.end();
  const named = isUri(uri) && (aggregation === null || isUri(aggregation));
  const lives = ttlS > 0n && expiresS >= issuedS && expiresS - issuedS >= ttlS;
  if (!named || !lives || ![1n, 2n, 4n, 8n].includes(bits)) {
    throw new CborError("claims that do not go together");
  }
  return { uri, expiresS, issuedS, bits, lst, ttlS };
}

/**
 * @param {ListClaims} claims @param {bigint} nowS
 * @param {bigint} clockS how far a clock may be behind
 * @returns {"early" | "fresh" | "old" | "expired"}
 */
export function freshnessOf({ issuedS, expiresS, ttlS }, nowS, clockS) {
  if (nowS >= expiresS) return "expired";
  if (issuedS > nowS + clockS) return "early";
  const ageS = nowS > issuedS ? nowS - issuedS : 0n;
  return ageS <= ttlS && ageS <= TTL_S_MAX ? "fresh" : "old";
}

/** @param {Uint8Array} stream RFC 1950 @param {number} length exactly so many bytes come out */
async function inflate(stream, length) {
  if (BigInt(stream.length) * RATIO_MAX < BigInt(length)) throw new CborError("a stream too short");
  const out = new Uint8Array(length);
  let at = 0;
  const unfolded = new Blob([stream]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = unfolded.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (next.value.length > length - at) throw new CborError("longer than it should be");
      out.set(next.value, at);
      at += next.value.length;
    }
  } catch (error) {
    // Not awaited: whatever becomes of the rest is of no interest.
    reader.cancel().catch(() => {});
    throw error instanceof CborError ? error : new CborError("not a stream, or damaged");
  }
  if (at < length) throw new CborError("shorter than it should be");
  return out;
}

/** @param {Content} content @param {bigint} slots as the log says @returns {Promise<Uint8Array>} */
export async function unfold({ bits, lst }, slots) {
  const bytes = slots / 4n;
  if (bits !== 2n || slots < SLOTS_MIN || slots % 4n !== 0n || bytes > ARRAY_BYTES_MAX) {
    throw new CborError("a list of ours has 2 bits for a slot, and neither fewer nor more slots");
  }
  return inflate(lst, Number(bytes));
}

/** @param {Uint8Array} array @param {bigint} idx @returns {string | null} beyond the end: `null` */
export function statusAt(array, idx) {
  if (idx >= BigInt(array.length) * 4n) return null;
  return WORDS[(array[Number(idx / 4n)] >> (Number(idx % 4n) * 2)) & 3];
}

/** @param {Uint8Array} array @returns {Record<string, bigint>} how many slots say what */
export function countsOf(array) {
  const ofBytes = new Uint32Array(256);
  for (const byte of array) ofBytes[byte] += 1;
  const counts = [0n, 0n, 0n, 0n];
  ofBytes.forEach((count, byte) => {
    for (const shift of [0, 2, 4, 6]) counts[(byte >> shift) & 3] += BigInt(count);
  });
  return Object.fromEntries(WORDS.map((word, value) => [word, counts[value]]));
}

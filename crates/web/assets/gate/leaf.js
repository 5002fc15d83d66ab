// The few members of a public leaf of the log that a gate reads.
//
// Invariant: of a leaf only `seq`, `at`, `kind`, `refused` and `publication` are read, each at most
// once; everything else is left alone, so that a leaf can say more tomorrow. It is believed only
// once it is proven to be in the log. Refuses, by throwing `CborError`: a member twice, a known
// member of another type, a publication of a kind that is not known here.

import { CborError, Pairs, readItem } from "./cbor.js";
import { PublicKey } from "./p256.js";

export const PURPOSE = { credential: "credential", list: "status_list" };
const UINT_MAX = (1n << 64n) - 1n;
const INT_LIMIT = 1n << 63n;

/**
 * @typedef {object} ListPublication
 * @property {string} uri
 * @property {bigint} version @property {bigint} slots
 * @property {Uint8Array} sha256 of the array
 * @property {bigint} issued @property {bigint} expires seconds since 1970
 * @property {bigint} revoked @property {bigint} yellow @property {bigint} red
 *
 * @typedef {object} Leaf
 * @property {bigint} atS when the entry was made
 * @property {boolean} isRefused refused publications count for nothing
 * @property {ListPublication | null} list
 * @property {{purpose: string, key: PublicKey, fromS: bigint, untilS: bigint} | null} key
 * @property {PublicKey | null} keyEnd a key that ends at the time of the entry
 */

/** @returns {never} */
function refuse(what) {
  throw new CborError(what);
}

const isText = (value) => typeof value === "string";
const isInt = (value) => typeof value === "bigint" && value >= -INT_LIMIT && value < INT_LIMIT;
const isUint = (value) => typeof value === "bigint" && value >= 0n && value <= UINT_MAX;
const isHash = (value) => value instanceof Uint8Array && value.length === 32;

/** @param {Pairs} map @param {string} name @param {(value: unknown) => boolean} fits */
function required(map, name, fits) {
  const value = map.optional(name);
  return fits(value) ? value : refuse(`\`${name}\` is missing or of another type`);
}

/** @param {Pairs} map @returns {PublicKey} */
function readKey(map) {
  const bytes = required(map, "key", (value) => value instanceof Uint8Array);
  return PublicKey.read(bytes) ?? refuse("not a key");
}

/** @param {Pairs} map @returns {ListPublication} */
function readList(map) {
  const numbers = ["version", "slots", "issued", "expires", "revoked", "yellow", "red"];
  const uint = (name) => [name, required(map, name, isUint)];
  return {
    uri: required(map, "uri", isText),
    sha256: required(map, "sha256", isHash),
    ...Object.fromEntries(numbers.map(uint)),
  };
}

/** @param {Pairs} map */
function readGrant(map) {
  const purposes = Object.values(PURPOSE);
  return {
    purpose: required(map, "purpose", (value) => purposes.includes(value)),
    key: readKey(map),
    fromS: required(map, "from", isUint),
    untilS: required(map, "until", isUint),
  };
}

/** @param {unknown} value a map of one member */
function readPublication(value) {
  if (value === null) return {};
  const [kind, of] = value instanceof Pairs && value.pairs.length === 1 ? value.pairs[0] : [];
  if (!(of instanceof Pairs)) refuse("a publication of an unknown kind");
  if (kind === "list") return { list: readList(of) };
  if (kind === "key") return { key: readGrant(of) };
  return kind === "key_end" ? { keyEnd: readKey(of) } : refuse("a publication of an unknown kind");
}

/** @param {Uint8Array} bytes @returns {Leaf} */
export function readLeaf(bytes) {
  const map = readItem(bytes);
  if (!(map instanceof Pairs)) refuse("not a map");
  required(map, "seq", isUint);
  required(map, "kind", isText);
  const refused = map.optional("refused");
  if (refused !== null && !isText(refused)) refuse("`refused` of another type");
  return {
    atS: required(map, "at", isInt),
    isRefused: refused !== null,
    list: null,
    key: null,
    keyEnd: null,
    ...readPublication(map.optional("publication")),
  };
}

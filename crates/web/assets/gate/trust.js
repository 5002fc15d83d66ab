// What a gate trusts: a log and its witnesses, the keys that stand in it, and which lists exist.
//
// Invariant: a key counts only if a leaf that publishes it is proven to be in the log of the
// policy, was not refused, and has the witnesses that the policy asks for; and then only for its
// purpose and time. Nothing is trusted because it came along. Refuses, by throwing `TrustError`: to
// build a trust out of a key that is not in the log, rather than leave that key out.

import { toHex } from "./bytes.js";
import { CborError } from "./cbor.js";
import { PURPOSE, readLeaf } from "./leaf.js";
import { LogError } from "./note.js";
import { readPolicy } from "./policy.js";
import { openReceipt } from "./proof.js";
import { isUri } from "./token.js";

/** How far clocks may be apart, and for how long a presentation is remembered, in seconds. */
export const TOLERANCE = { pastS: 60n, futureS: 30n, replayS: 120n, clockS: 60n };

/** The most keys of a trust, and the most lists of a manifest. */
export const KEYS_MAX = 256;
export const LISTS_MAX = 4096;
const MANIFEST_CHARS_MAX = 4 << 20;

/** What is to be trusted does not hold together. */
export class TrustError extends Error {}

/** @param {string} text of `aggregation` @returns {Set<string>} the addresses of all lists */
export function readManifest(text) {
  let document = null;
  try {
    document = text.length <= MANIFEST_CHARS_MAX ? JSON.parse(text) : null;
  } catch {
    // No JSON is no manifest.
  }
  const uris = document?.status_lists;
  const plain = Array.isArray(uris) && Object.keys(document).length === 1;
  if (!plain || uris.length > LISTS_MAX) throw new TrustError("not a manifest");
  const rises = (uri, at) =>
    typeof uri === "string" && isUri(uri) && (at === 0 || uris[at - 1] < uri);
  if (!uris.every(rises)) throw new TrustError("addresses twice, out of order or misspelt");
  return new Set(uris);
}

/**
 * @typedef {{purpose: string, key: import("./p256.js").PublicKey, kid: string,
 *            fromS: bigint, untilS: bigint}} TrustedKey
 */

/** What a gate trusts. */
export class Trust {
  /** @type {TrustedKey[]} */
  #keys;

  constructor(policy, keys, manifest) {
    this.policy = policy;
    this.#keys = keys;
    this.manifest = manifest;
  }

  /**
   * @param {string} policyText C2SP tlog-policy
   * @param {string[]} sidecars a proof for each leaf that publishes a key or its end
   * @param {string} manifestText the aggregation
   * @param {string[]} revoked kids that count for nothing, as digits
   * @returns {Promise<Trust>}
   */
  static async of(policyText, sidecars, manifestText, revoked = []) {
    if (sidecars.length > KEYS_MAX) throw new TrustError("too many keys");
    try {
      const policy = await readPolicy(policyText);
      const leaves = [];
      for (const sidecar of sidecars) leaves.push(await keyLeaf(sidecar, policy));
      const keys = await counting(leaves);
      const held = keys.filter(({ kid }) => !revoked.includes(kid));
      return new Trust(policy, held, readManifest(manifestText));
    } catch (error) {
      const known = error instanceof LogError || error instanceof CborError;
      throw known ? new TrustError(error.message) : error;
    }
  }

  /**
   * What a key with this hint signed, or why it does not count. Two keys can share a hint, so all
   * of them are tried. `verify` gives `null`, or what was signed with its time if it names one.
   * @template T
   * @param {string} purpose @param {Uint8Array} kid
   * @param {(key: import("./p256.js").PublicKey) => Promise<{of: T, issuedS: bigint | null} |
   * null>} verify
   * @returns {Promise<{of: T} | {refusal: "unknown_key" | "signature" | "key_outside_its_time"}>}
   */
  async verifyBy(purpose, kid, verify) {
    const hint = toHex(kid);
    let refusal = "unknown_key";
    for (const own of this.#keys.filter((key) => key.purpose === purpose && key.kid === hint)) {
      const signed = await verify(own.key);
      if (signed === null) {
        if (refusal === "unknown_key") refusal = "signature";
        continue;
      }
      const { of, issuedS } = signed;
      if (issuedS === null || (issuedS >= own.fromS && issuedS < own.untilS)) return { of };
      refusal = "key_outside_its_time";
    }
    return { refusal };
  }
}

/** The leaf that publishes a key or its end. */
async function keyLeaf(sidecar, policy) {
  const { leaf: bytes, quorumMet } = await openReceipt(sidecar, policy);
  const leaf = readLeaf(bytes);
  if (leaf.isRefused) throw new TrustError("a key whose publication was refused");
  if (!quorumMet) throw new TrustError("a key without the witnesses of the policy");
  if (!leaf.key && !leaf.keyEnd) throw new TrustError("a leaf that publishes no key");
  return leaf;
}

/** @returns {Promise<TrustedKey[]>} the granted keys within the ends that were set to them */
async function counting(leaves) {
  const keys = [];
  for (const { key: granted } of leaves.filter((leaf) => leaf.key)) {
    keys.push({ ...granted, kid: await granted.key.kid() });
  }
  // An end counts for every grant of its key. All credentials of a day are issued at its midnight,
  // so their time says nothing of when a stolen key was used: it counts for nothing at all.
  for (const { keyEnd, atS } of leaves.filter((leaf) => leaf.keyEnd)) {
    const end = atS < 0n ? 0n : atS;
    for (const own of keys.filter(({ key }) => key.hex === keyEnd.hex)) {
      if (own.purpose === PURPOSE.credential) own.untilS = own.fromS;
      else if (end < own.untilS) own.untilS = end;
    }
  }
  return keys;
}

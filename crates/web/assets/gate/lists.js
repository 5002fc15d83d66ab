// The lists that a gate uses: each proven to be the public one, whole, and not too old.
//
// Invariant: a list is held only if a trusted key signed it, the manifest names it, and a leaf of
// the log publishes exactly its array, its times and how many slots say what. For one address the
// version never goes back, and the log never shrinks. They are checked under one trust: whoever
// changes the trust starts again without lists.
// Refuses everything else with a stable word (docs/credential.md 5); what was held before stays.

import { same, sha256, toHex } from "./bytes.js";
import { CborError } from "./cbor.js";
import { isSignedBy } from "./cose.js";
import { PURPOSE, readLeaf } from "./leaf.js";
import { SLOTS_MIN, countsOf, freshnessOf, openList, readContent, unfold } from "./list.js";
import { LogError } from "./note.js";
import { openReceipt } from "./proof.js";
import { TOLERANCE } from "./trust.js";

/** Why a list is not taken: `word` is the stable word for it. */
export class ListRefusal extends Error {
  constructor(word) {
    super(word);
    this.word = word;
  }
}

/** @returns {never} */
function refuse(word) {
  throw new ListRefusal(word);
}

/** What a gate remembers of the log from one start to the next; numbers as texts, for any shelf.
 * @typedef {{checkpointSize: string, versions: Record<string, string>}} Seen */

/** @returns {Seen} nothing yet */
export const nothingSeen = () => ({ checkpointSize: "0", versions: {} });

/**
 * A list that was checked.
 * @typedef {import("./list.js").ListClaims & {array: Uint8Array, version: bigint, digest: string,
 *           checkpointSize: bigint, witnessed: boolean}} CheckedList
 */

/** All lists that were checked, by address. */
export class Lists {
  /** @type {Map<string, CheckedList>} */
  #byUri = new Map();

  /** @param {string} uri @returns {CheckedList | undefined} */
  find(uri) {
    return this.#byUri.get(uri);
  }

  /** How many are held. */
  get count() {
    return this.#byUri.size;
  }

  /** @returns {IterableIterator<CheckedList>} */
  all() {
    return this.#byUri.values();
  }

  /**
   * Checks a list and holds it, or throws a `ListRefusal`.
   * @param {import("./trust.js").Trust} trust @param {Uint8Array} token @param {string} sidecar
   * @param {number} now seconds since 1970 @param {Seen} seen what the gate remembers from before
   */
  async add(trust, token, sidecar, now, seen) {
    const content = await verified(trust, token);
    const { uri, issuedS, expiresS, ttlS } = content;
    const { leaf, checkpointSize } = await published(trust, sidecar, uri);
    if (leaf.issued !== issuedS || leaf.expires !== expiresS) refuse("other_times");
    const freshness = freshnessOf(content, BigInt(now), TOLERANCE.clockS);
    if (freshness === "early" || freshness === "expired") refuse(freshness);
    this.#checkOrder(leaf, checkpointSize, seen);
    // Only now is it unfolded: as far as the log says, and not a byte further.
    const array = await readable(() => unfold(content, leaf.slots));
    if (!same(await sha256(array), leaf.sha256)) refuse("other_array");
    const counts = countsOf(array);
    if (["revoked", "yellow", "red"].some((word) => counts[word] !== leaf[word])) {
      refuse("other_counts");
    }
    const { version } = leaf;
    const [digest, witnessed] = [toHex(leaf.sha256), trust.policy.asksForWitnesses];
    const claims = { uri, issuedS, expiresS, ttlS };
    this.#byUri.set(uri, { ...claims, array, version, digest, checkpointSize, witnessed });
  }

  /** @param {Seen} before @returns {Seen} what was seen before, and what is held now */
  seenAfter(before) {
    const later = (one, other) => (BigInt(one) > BigInt(other) ? String(one) : String(other));
    const after = { checkpointSize: before.checkpointSize, versions: { ...before.versions } };
    for (const { uri, version, checkpointSize } of this.all()) {
      after.checkpointSize = later(after.checkpointSize, checkpointSize);
      after.versions[uri] = later(seenVersion(before, uri), version);
    }
    return after;
  }

  #checkOrder({ uri, version, sha256: digest }, checkpointSize, seen) {
    const held = this.#byUri.get(uri);
    const heldVersion = held?.version ?? 0n;
    const goesBack = version < heldVersion || version < seenVersion(seen, uri);
    if (goesBack || checkpointSize < BigInt(seen.checkpointSize)) refuse("rolled_back");
    if (version === held?.version && toHex(digest) !== held.digest) refuse("two_contents");
  }
}

/** @param {Seen} seen @param {string} uri @returns {bigint} */
const seenVersion = ({ versions }, uri) => BigInt(Object.hasOwn(versions, uri) ? versions[uri] : 0);

/**
 * @template T @param {() => T} read @returns {Promise<Awaited<T>>} what it gives, or `unreadable`
 */
async function readable(read) {
  try {
    return await read();
  } catch (error) {
    throw error instanceof CborError ? new ListRefusal("unreadable") : error;
  }
}

/** @returns {Promise<import("./list.js").Content>} what a key for lists signed, if it is named */
async function verified(trust, token) {
  const opened = await readable(() => openList(token));
  const signed = await trust.verifyBy(PURPOSE.list, opened.kid, async (key) => {
    if (!(await isSignedBy(opened, key))) return null;
    try {
      const content = readContent(opened.payload);
      return { of: content, issuedS: content.issuedS };
    } catch (error) {
      // Signed and out of form: no time is known, and none is needed to refuse it.
      return { of: error, issuedS: null };
    }
  });
  if (signed.refusal) refuse(signed.refusal);
  const content = await readable(() => {
    if (signed.of instanceof Error) throw signed.of;
    return signed.of;
  });
  return trust.manifest.has(content.uri) ? content : refuse("not_in_manifest");
}

/** The leaf that publishes the list with this address. */
async function published(trust, sidecar, uri) {
  const logged = await proven(sidecar, trust.policy);
  if (logged.leaf.isRefused) refuse("leaf_refused");
  const leaf = logged.leaf.list;
  if (leaf?.uri !== uri) refuse("other_leaf");
  if (leaf.slots < SLOTS_MIN) refuse("too_small");
  if (!logged.quorumMet) refuse("no_quorum");
  return { leaf, checkpointSize: logged.checkpointSize };
}

async function proven(sidecar, policy) {
  try {
    const logged = await openReceipt(sidecar, policy);
    return { ...logged, leaf: readLeaf(logged.leaf) };
  } catch (error) {
    const known = error instanceof LogError || error instanceof CborError;
    throw known ? new ListRefusal("not_in_log") : error;
  }
}

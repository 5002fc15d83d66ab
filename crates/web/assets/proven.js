// Whether what is shown as an entry is what the public log holds: its leaf, proven under a checkpoint
// that the log signed and its witnesses confirmed.
//
// Invariant: what is shown agrees with the proven bytes member by member, and the bytes stand in the
// log at the number that was asked for. Refuses, by throwing `LogError` or `CborError`: one byte that
// is another. How far the key of the log is to be trusted is for the caller to say.

import { Pairs, readItem } from "./gate/cbor.js";
import { openNote, refuse } from "./gate/note.js";
import { readPolicy } from "./gate/policy.js";
import { openReceipt, readReceipt } from "./gate/proof.js";

/** @param {unknown} item of CBOR @param {unknown} shown of JSON @returns {boolean} the same value */
function agrees(item, shown) {
  if (item instanceof Pairs) {
    const isObject = typeof shown === "object" && shown !== null && !Array.isArray(shown);
    if (!isObject || Object.keys(shown).length !== item.pairs.length) return false;
    return item.pairs.every(([name, value]) => Object.hasOwn(shown, name) && agrees(value, shown[name]));
  }
  if (typeof item === "bigint") return Number.isSafeInteger(shown) && BigInt(shown) === item;
  if (item instanceof Uint8Array || Array.isArray(item)) {
    if (!Array.isArray(shown) || shown.length !== item.length) return false;
    return Array.from(item).every((part, at) => agrees(typeof part === "number" ? BigInt(part) : part, shown[at]));
  }
  return item !== undefined && item === shown;
}

/**
 * @param {number} number of the entry
 * @param {object} shown its leaf, as the interface told it
 * @param {string} receipt its proof, as text
 * @param {string} policyText the log, its witnesses and how many of them are enough
 * @returns {Promise<{size: bigint, confirmed: number, asks: boolean, met: boolean, key: string}>}
 * the entries of the log under the proof's checkpoint; how many witnesses confirmed it, whether the
 * policy asks for any, and whether they are enough; the log's key, by name and id
 */
export async function provenEntry(number, shown, receipt, policyText) {
  const policy = await readPolicy(policyText);
  const { leaf, checkpointSize, quorumMet } = await openReceipt(receipt, policy);
  const { index, note } = readReceipt(receipt);
  if (index !== BigInt(number)) refuse("a proof of another entry");
  const item = readItem(leaf);
  if (!(item instanceof Pairs) || item.optional("seq") !== BigInt(number)) refuse("a leaf of another entry");
  if (!agrees(item, shown)) refuse("what is shown is not what the log holds");
  const { cosigned } = await openNote(note, policy.log, policy.witnesses);
  return {
    size: checkpointSize,
    confirmed: cosigned.size,
    asks: policy.asksForWitnesses,
    met: quorumMet,
    key: `${policy.log.name}+${policy.log.id}`,
  };
}

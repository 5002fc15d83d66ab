// Receipts in the C2SP tlog-proof format: one leaf proven to be in a log, without a network.
//
// Invariant: a receipt has one spelling; the leaf is what `extra` carries, and it is believed only
// once the log of the policy signed a tree that holds it. Refuses, by throwing `LogError`: another
// log, an index outside the tree, a proof longer or shorter than its tree asks for, no leaf.

import { concat, fromBase64, same, sha256, toUtf8 } from "./bytes.js";
import { NOTE_BYTES_MAX, decimal, hashLine, openNote, readNote, refuse } from "./note.js";

/** The longest leaf, in bytes. */
export const LEAF_BYTES_MAX = 32 * 1024;
const RECEIPT_BYTES_MAX = NOTE_BYTES_MAX + 64 * 1024;
const HASHES_MAX = 64;
const HEADER = "c2sp.org/tlog-proof@v1";

/** The hash of a leaf and of two neighbours (RFC 6962 2.1). */
const leafHash = (leaf) => sha256(concat(Uint8Array.of(0), leaf));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

/** @param {string} line @param {string} start @returns {string} what follows */
const after = (line, start) =>
  line?.startsWith(start) ? line.slice(start.length) : refuse(`no line \`${start.trim()}\``);

/**
 * @param {string} text
 * @returns {{leaf: Uint8Array, index: bigint, hashes: Uint8Array[], note: object}}
 */
export function readReceipt(text) {
  if (text.length > RECEIPT_BYTES_MAX || toUtf8(text).length > RECEIPT_BYTES_MAX) {
    refuse("a proof too long");
  }
  const end = text.indexOf("\n\n");
  if (end < 0) refuse("a proof without a checkpoint");
  const [header, extra, index, ...lines] = text.slice(0, end).split("\n");
  if (header !== HEADER) refuse("not a proof");
  const leaf = fromBase64(after(extra, "extra "));
  if (!leaf?.length || leaf.length > LEAF_BYTES_MAX) refuse("a leaf empty, too long, or misspelt");
  if (lines.length > HASHES_MAX) refuse("too many hashes");
  return {
    leaf,
    index: decimal(after(index, "index ")),
    hashes: lines.map(hashLine),
    note: readNote(text.slice(end + 2)),
  };
}

/**
 * The root that a leaf hash at `index` leads to in a tree of `size` leaves (RFC 9162 2.1.3.2).
 * @param {bigint} index @param {bigint} size @param {Uint8Array} hash @param {Uint8Array[]} hashes
 */
export async function climb(index, size, hash, hashes) {
  if (index >= size) refuse("an index outside the tree");
  let last = size - 1n;
  for (const sibling of hashes) {
    if (last === 0n) refuse("a proof too long for its tree");
    if (index & 1n || index === last) {
      hash = await nodeHash(sibling, hash);
      // On the right edge the levels without a sibling are passed over.
      while (!(index & 1n) && index !== 0n) {
        index >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    index >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? hash : refuse("a proof too short for its tree");
}

/**
 * The leaf of a receipt, if it is in the log of the policy.
 * @param {string} text @param {import("./policy.js").Policy} policy
 * @returns {Promise<{leaf: Uint8Array, checkpointSize: bigint, quorumMet: boolean}>}
 */
export async function openReceipt(text, policy) {
  const { leaf, index, hashes, note } = readReceipt(text);
  const { checkpoint, cosigned } = await openNote(note, policy.log, policy.witnesses);
  const root = await climb(index, checkpoint.size, await leafHash(leaf), hashes);
  if (!same(root, checkpoint.root)) refuse("a proof that leads to another root");
  return { leaf, checkpointSize: checkpoint.size, quorumMet: policy.isMet(cosigned) };
}

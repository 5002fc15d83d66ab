// Signed notes of C2SP signed-note, checkpoints of tlog-checkpoint, cosignatures of
// tlog-cosignature: what a log and its witnesses have signed.
//
// Invariant: a note has one spelling; nothing in its text may be believed before `verifyNote`; the
// origin of a checkpoint is the name of the log's key; a cosignature is never a log's signature.
// A key of type 0x06 (ML-DSA-44) is known by its name, and what it signs counts for nothing here:
// browsers cannot check it, and too few witnesses is the safe side.
// Refuses, by throwing `LogError`: a whole note for one wrong signature of a key that is known, a
// key with which anybody can sign, extension lines, every other spelling.

import { concat, fromBase64, sha256, toHex, toNumber, toUtf8 } from "./bytes.js";

/** The longest note, in bytes, and the most signatures of one. */
export const NOTE_BYTES_MAX = 256 * 1024;
export const SIGNATURES_MAX = 64;
/** What a key signs. */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
export const SUBTREE = 0x06;

const NAME_BYTES_MAX = 255;
const ENCODED_KEY_CHARS_MAX = 4096;
const ML_DSA_44_BYTES = 1312;
const NUMBER_MAX = (1n << 64n) - 1n;
const SIZE_MAX = (1n << 63n) - 1n;
const EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** A policy, a proof or a checkpoint that does not hold. */
export class LogError extends Error {}

/**
 * A public key under its name.
 * @typedef {{name: string, kind: number, id: string, raw: Uint8Array}} VerifierKey
 * @typedef {{name: string, id: string, bytes: Uint8Array}} Signature
 * @typedef {{text: string, signatures: Signature[]}} Note
 * @typedef {{origin: string, size: bigint, root: Uint8Array}} Checkpoint
 */

/** @returns {never} */
export function refuse(what) {
  throw new LogError(what);
}

/** @param {string} text @returns {bigint} without sign or leading zeros, within 64 bits */
export function decimal(text) {
  const value = /^(0|[1-9][0-9]{0,19})$/.test(text) ? BigInt(text) : refuse("not a number");
  return value <= NUMBER_MAX ? value : refuse("not a number");
}

/** @param {string} line @returns {Uint8Array} */
export function hashLine(line) {
  const bytes = line.length === 44 ? fromBase64(line) : null;
  return bytes?.length === 32 ? bytes : refuse("a line that is no hash");
}

/**
 * @param {string} name @returns {string} not empty, without spaces, plus signs, control characters
 */
function keyName(name) {
  const fits = name !== "" && toUtf8(name).length <= NAME_BYTES_MAX;
  return fits && !/[\p{White_Space}+\u0000-\u001f]/u.test(name) ? name : refuse("a name of a key");
}

const P = (1n << 255n) - 19n;
/** The y of the points of order 8, but for its sign. */
const Y8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** The y of the points of small order, and their spellings beyond the field. */
const SMALL_Y = new Set([0n, 1n, P - 1n, P, P + 1n, Y8, P - Y8]);

/** @param {Uint8Array} point @returns {boolean} whether signatures by it are anybody's */
const isWeak = (point) => SMALL_Y.has(toNumber(point.slice().reverse()) & ((1n << 255n) - 1n));

/** @param {string} vkey `name+id+key` @returns {Promise<VerifierKey>} */
export async function readVkey(vkey) {
  const [name, id, ...rest] = vkey.split("+");
  const encoded = rest.join("+");
  const bytes = encoded.length <= ENCODED_KEY_CHARS_MAX ? fromBase64(encoded) : null;
  if (!bytes?.length) refuse("not a key");
  const [kind, raw] = [bytes[0], bytes.subarray(1)];
  if (![ED25519, COSIGNATURE, SUBTREE].includes(kind)) refuse("a key of an unknown type");
  const length = kind === SUBTREE ? ML_DSA_44_BYTES : 32;
  if (raw.length !== length || (kind !== SUBTREE && isWeak(raw))) refuse("the bytes of a key");
  const named = concat(toUtf8(`${keyName(name)}\n`), bytes);
  const own = toHex((await sha256(named)).subarray(0, 4));
  return own === id ? { name, kind, id, raw } : refuse("the id of a key");
}

/** @param {string} line @returns {Signature} */
function readSignature(line) {
  const found = /^\u2014 ([^ ]*) (.*)$/su.exec(line) ?? refuse("not a line of a signature");
  const bytes = fromBase64(found[2]);
  if (bytes === null || bytes.length < 5) refuse("not a line of a signature");
  return { name: keyName(found[1]), id: toHex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
}

/** @param {string} note @returns {Note} */
export function readNote(note) {
  if (note.length > NOTE_BYTES_MAX || toUtf8(note).length > NOTE_BYTES_MAX)
    refuse("a note too long");
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) refuse("a control character");
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n") || end + 2 >= note.length) refuse("not a note");
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) refuse("too many signatures");
  return { text: note.slice(0, end + 1), signatures: lines.map(readSignature) };
}

/** @param {string} text of a note @returns {Checkpoint} origin, size and root, and nothing else */
export function readCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3] !== "") refuse("not the three lines of a checkpoint");
  const [origin, size, root] = [lines[0], decimal(lines[1]), hashLine(lines[2])];
  if (origin === "" || toUtf8(origin).length > NAME_BYTES_MAX) refuse("an origin");
  if (size > SIZE_MAX || (size === 0n && toHex(root) !== EMPTY_ROOT)) refuse("a size");
  return { origin, size, root };
}

/**
 * @param {VerifierKey} key @param {string} text @param {Uint8Array} bytes what follows the key id
 */
async function verifies(key, text, bytes) {
  let message = text;
  if (key.kind === COSIGNATURE) {
    const timeS =
      bytes.length < 8 ? refuse("a cosignature cut off") : toNumber(bytes.subarray(0, 8));
    if (timeS > SIZE_MAX) return false;
    message = `cosignature/v1\ntime ${timeS}\n${text}`;
    bytes = bytes.subarray(8);
  }
  if (bytes.length !== 64 || isWeak(bytes.subarray(0, 32))) return false;
  const own = await crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", own, bytes, toUtf8(message));
}

/**
 * @param {Note} note @param {VerifierKey[]} known @returns {Promise<Set<VerifierKey>>} who signed
 */
async function verifyNote(note, known) {
  const signers = new Set();
  for (const { name, id, bytes } of note.signatures) {
    const made = (key) => key.name === name && key.id === id && key.kind !== SUBTREE;
    for (const key of known.filter(made)) {
      if (!(await verifies(key, note.text, bytes))) refuse(`a wrong signature of ${key.name}`);
      signers.add(key);
    }
  }
  return signers;
}

/**
 * The checkpoint that its log has signed, and the known witnesses that cosigned it. How many of
 * them are enough is for a policy to say.
 * @param {Note} note @param {VerifierKey} log @param {VerifierKey[]} witnesses
 * @returns {Promise<{checkpoint: Checkpoint, cosigned: Set<VerifierKey>}>}
 */
export async function openNote(note, log, witnesses) {
  if (!(await verifyNote(note, [log])).has(log)) refuse("the log has not signed");
  const cosigned = await verifyNote(note, witnesses);
  const checkpoint = readCheckpoint(note.text);
  if (checkpoint.origin !== log.name) refuse("a checkpoint of another log");
  return { checkpoint, cosigned };
}

// What a gate holds of a published site (docs/site.md): fetched, checked, kept for when there is no
// network, with how old each list is.
//
// Invariant: what was fetched is checked before it replaces what was there; a list that does not
// check leaves the one before in place; the policy is pinned by the first fetch or by whoever gives
// it; the end of a key, once learnt, is not forgotten though a site no longer shows it.
// Refuses: to keep anything about anybody who was checked; names that lead out of the site, files
// longer than their limit, redirects, a site whose keys do not check (`StoreError`).

import { concat, fromUtf8 } from "./bytes.js";
import { freshnessOf } from "./list.js";
import { ListRefusal, Lists, nothingSeen } from "./lists.js";
import { KEYS_MAX, LISTS_MAX, TOLERANCE, Trust, TrustError } from "./trust.js";

const SMALL_BYTES_MAX = 4 << 20;
const LIST_BYTES_MAX = 480 << 20;
const NAME_CHARS_MAX = 256;
const TIME_MAX_MS = 60_000;

/**
 * What cannot be fetched or used: `word` is `not_there`, `too_long`, `offline`, or `not_a_site`.
 */
export class StoreError extends Error {
  constructor(word, file) {
    super(`${file}: ${word}`);
    this.word = word;
  }
}

/**
 * Where a gate keeps what it fetched.
 * @typedef {object} Shelf
 * @property {() => Promise<Kept | undefined>} get
 * @property {(record: Kept) => Promise<unknown>} put
 * @property {() => Promise<unknown>} clear
 * @property {<T>(work: () => Promise<T>) => Promise<T>} inTurn one at a time
 *
 * @typedef {object} Kept
 * @property {string} policy @property {string} aggregation
 * @property {Record<string, string>} keys proofs by the number of their entry
 * @property {{uri: string, token: Uint8Array, proof: string}[]} lists
 * @property {import("./lists.js").Seen} seen
 * @property {number} fetchedS when, in seconds since 1970
 *
 * What a gate holds in memory.
 * @typedef {object} Held
 * @property {Trust} trust @property {Lists} lists
 * @property {{uri: string, word: string}[]} notTaken lists that were offered or named, and are not
 * used
 * @property {number} fetchedS
 */

/** @param {string} name @returns {boolean} a path below the site */
const isPlain = (name) =>
  typeof name === "string" &&
  name.length <= NAME_CHARS_MAX &&
  name.split("/").every((part) => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(part));

/**
 * @param {string} base @param {string} name @param {number} bytesMax @returns {Promise<Uint8Array>}
 */
async function bytesOf(base, name, bytesMax) {
  if (!isPlain(name)) throw new StoreError("not_a_site", String(name));
  const how = { cache: "no-cache", credentials: "omit", redirect: "error" };
  const signal = AbortSignal.timeout(TIME_MAX_MS);
  const answer = await fetch(new URL(name, base), { ...how, signal }).catch(() => {
    throw new StoreError("offline", name);
  });
  if (!answer.ok || answer.body === null) throw new StoreError("not_there", name);
  const parts = [];
  let length = 0;
  const reader = answer.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > bytesMax) {
      reader.cancel().catch(() => {});
      throw new StoreError("too_long", name);
    }
    parts.push(next.value);
  }
  return concat(...parts);
}

const textOf = async (base, name) =>
  fromUtf8(await bytesOf(base, name, SMALL_BYTES_MAX)) ?? refuse(name);

/** @returns {never} */
function refuse(name) {
  throw new StoreError("not_a_site", name);
}

/** @returns {Promise<object[]>} the entries of lists in a document of the site, at most so many */
async function entriesOf(base, name, lists, most) {
  const text = await textOf(base, name);
  let entries = null;
  try {
    const document = JSON.parse(text);
    // The first has to be there; another may be left out.
    if (Array.isArray(document[lists[0]])) entries = lists.flatMap((list) => document[list] ?? []);
  } catch {
    // Neither is a document of a site.
  }
  const isEntry = (entry) => typeof entry === "object" && entry !== null;
  return entries?.length <= most && entries.every(isEntry) ? entries : refuse(name);
}

/** @returns {Promise<Record<string, string>>} proofs of keys, and those known of the same log */
async function keysOf(base, known) {
  const keys = { ...known };
  for (const { entry, proof } of await entriesOf(base, "keys.json", ["keys", "ends"], KEYS_MAX)) {
    if (!Number.isSafeInteger(entry) || entry < 0) refuse("keys.json");
    keys[entry] = await textOf(base, proof);
  }
  return keys;
}

/** @returns {Promise<Trust>} */
async function trustOf({ policy, keys, aggregation }) {
  try {
    return await Trust.of(policy, Object.values(keys), aggregation);
  } catch (error) {
    throw error instanceof TrustError ? new StoreError("not_a_site", error.message) : error;
  }
}

/** @returns {Promise<string | null>} why a list is not taken */
async function faultOfAdding(lists, trust, { token, proof }, now, seen) {
  try {
    await lists.add(trust, token, proof, now, seen);
    return null;
  } catch (error) {
    if (error instanceof ListRefusal) return error.word;
    throw error;
  }
}

/** @returns {Promise<object[]>} the lists that the site offers, each with its proof or why not */
async function offered(base) {
  const pairs = [];
  for (const { uri, path } of await entriesOf(base, "lists.json", ["lists"], LISTS_MAX)) {
    try {
      const token = await bytesOf(base, path, LIST_BYTES_MAX);
      pairs.push({ uri, token, proof: await textOf(base, `${path}.tlog-proof`) });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      pairs.push({ uri, word: "not_there" });
    }
  }
  return pairs;
}

/**
 * Takes in the offered lists and those that are held already, and gives the pairs that stand
 * together: the newest of each list, none older than another's log, for that would be refused at
 * the next start. A held list that is no longer good is no news; an offered one is.
 */
async function settle(trust, pairs, now, seen) {
  const [first, taken, notTaken] = [new Lists(), [], []];
  for (const { uri, token, proof, word, isOfBefore } of pairs) {
    const pair = { uri: String(uri), token, proof };
    const fault = word ?? (await faultOfAdding(first, trust, pair, now, seen));
    if (fault === null) taken.push(pair);
    else if (!isOfBefore) notTaken.push({ uri: pair.uri, word: fault });
  }
  const [lists, kept, after] = [new Lists(), [], first.seenAfter(seen)];
  for (const pair of taken) {
    const known = lists.count;
    const fault = await faultOfAdding(lists, trust, pair, now, after);
    if (fault === null && lists.count > known) kept.push(pair);
  }
  const told = new Set(notTaken.map(({ uri }) => uri));
  for (const uri of trust.manifest) {
    if (!lists.find(uri) && !told.has(uri)) notTaken.push({ uri, word: "not_held" });
  }
  return { lists, kept, notTaken, seen: lists.seenAfter(after) };
}

/**
 * Fetches what a gate needs, checks it, and keeps it.
 * @param {string} base the address of the site, with a slash at its end
 * @param {Shelf} shelf @param {number} now whole seconds since 1970
 * @param {string | null} pinned the policy to pin; without one the pinned one stays, and the first
 * fetch of all takes the site's own
 * @returns {Promise<Held>}
 */
export const refresh = (base, shelf, now, pinned = null) =>
  shelf.inTurn(async () => {
    const before = await shelf.get();
    const policy = pinned ?? before?.policy ?? (await textOf(base, "policy"));
    const keys = await keysOf(base, before?.policy === policy ? before.keys : {});
    const aggregation = await textOf(base, "aggregation");
    const trust = await trustOf({ policy, keys, aggregation });
    const held = before?.lists.map((pair) => ({ ...pair, isOfBefore: true })) ?? [];
    const pairs = [...(await offered(base)), ...held];
    const memory = before?.seen ?? nothingSeen();
    const { lists, kept, notTaken, seen } = await settle(trust, pairs, now, memory);
    await shelf.put({ policy, aggregation, keys, lists: kept, seen, fetchedS: now });
    return { trust, lists, notTaken, fetchedS: now };
  });

/**
 * What was kept, checked again; `null` where nothing was.
 * @param {Shelf} shelf @param {number} now whole seconds since 1970 @returns {Promise<Held | null>}
 */
export async function load(shelf, now) {
  const kept = await shelf.get();
  if (!kept) return null;
  const trust = await trustOf(kept);
  const { lists, notTaken } = await settle(trust, kept.lists, now, kept.seen);
  return { trust, lists, notTaken, fetchedS: kept.fetchedS };
}

/**
 * The lists that are held, with how old each is.
 * @param {Held} held @param {number} now whole seconds since 1970
 * @returns {{uri: string, version: number, ageS: number, witnessed: boolean,
 *            freshness: "early" | "fresh" | "old" | "expired"}[]}
 */
export const agesOf = ({ lists }, now) =>
  Array.from(lists.all(), (list) => ({
    uri: list.uri,
    version: Number(list.version),
    ageS: Math.max(0, now - Number(list.issuedS)),
    witnessed: list.witnessed,
    freshness: freshnessOf(list, BigInt(now), TOLERANCE.clockS),
  }));

// What a gate does with a scanned text, without a network: from characters to a verdict.
//
// The order is: text, credential (form, key, signature, times, list named), presentation (key of
// the holder, answer, time, first time here), list (there, not expired), slot. The credential comes
// before the list, because an expired credential says nothing whatever its slot says.
// Invariant: a verdict has a colour only when every step before it held; any failure is
// "cannot-tell", never red; the answers are those of the crate `mingma-credential`.
// Refuses: to read a clock, to fetch, to keep anything; `scan` alone remembers, in memory.

import { same, sha256, toHex } from "./bytes.js";
import { isSignedBy } from "./cose.js";
import { PURPOSE } from "./leaf.js";
import { freshnessOf, statusAt } from "./list.js";
import { readText } from "./token.js";
import { TOLERANCE } from "./trust.js";

/** All reasons, in the order in which a verifier finds out; the first two go with a colour. */
export const REASONS = [
  "current",
  "old_list",
  "unreadable",
  "unknown_key",
  "signature",
  "key_outside_its_time",
  "expired",
  "not_yet",
  "foreign_list",
  "no_presentation",
  "holder_signature",
  "no_answer",
  "wrong_answer",
  "presentation_old",
  "presentation_early",
  "replay",
  "no_list",
  "list_expired",
  "list_early",
  "no_slot",
];

/** What a slot says, as a verdict: a withdrawn credential says nothing about health. */
const VERDICTS = { green: "green", yellow: "yellow", red: "red", revoked: "not-valid" };

/**
 * What a gate may show.
 * @typedef {object} Verdict
 * @property {"green" | "yellow" | "red" | "not-valid" | "cannot-tell"} verdict
 * @property {string} reason one of `REASONS`
 * @property {"held" | "static" | "paper" | null} form once the issuer's signature held
 * @property {"fresh" | "old" | "expired" | "early" | null} freshness of the list, if one was read
 * @property {number | null} listAgeS seconds since that list was issued
 * @property {boolean | null} witnessed whether witnesses have cosigned the log that it is in
 * @property {import("./token.js").Face | null} face of a paper, to compare with a document
 * @property {string | null} seen what to remember before the door opens, if a presentation was used
 * up
 *
 * Where and when a text is scanned.
 * @typedef {object} Gate
 * @property {string} gate the name of the gate
 * @property {Uint8Array | null} challenge the number that it asked for, if it asked
 * @property {import("./replays.js").Replays} past what it saw a moment ago
 */

/** @param {string} reason @param {Partial<Verdict>} more @returns {Verdict} */
const cannotTell = (reason, more = {}) => ({
  verdict: "cannot-tell",
  reason,
  form: null,
  freshness: null,
  listAgeS: null,
  witnessed: null,
  face: null,
  seen: null,
  ...more,
});

/** @returns {Promise<string | null>} why a credential does not count now */
async function faultOfCredential({ opened, claims }, trust, nowS) {
  const signed = await trust.verifyBy(PURPOSE.credential, opened.kid, async (key) =>
    (await isSignedBy(opened, key)) ? { of: claims, issuedS: claims.issuedS } : null,
  );
  if (signed.refusal) return signed.refusal;
  if (nowS >= claims.expiresS) return "expired";
  if ((claims.notBeforeS ?? claims.issuedS) > nowS + TOLERANCE.clockS) return "not_yet";
  return trust.manifest.has(claims.uri) ? null : "foreign_list";
}

/** @returns {string | null} why what a holder said answers nothing */
function faultOfAnswer(showing, { gate, challenge }) {
  if (challenge === null) return showing.nonce === null ? null : "wrong_answer";
  if (showing.nonce === null) return "no_answer";
  return showing.gate === gate && same(showing.nonce, challenge) ? null : "wrong_answer";
}

/** @returns {Promise<string | null>} why a presentation does not count here and now */
async function faultOfPresentation({ opened, showing }, holder, nowS, gate) {
  if (!(await isSignedBy(opened, holder))) return "holder_signature";
  const fault = faultOfAnswer(showing, gate);
  if (fault !== null) return fault;
  if (showing.atS + TOLERANCE.pastS < nowS) return "presentation_old";
  if (showing.atS > nowS + TOLERANCE.futureS) return "presentation_early";
  return gate.past.knows(toHex(await sha256(opened.signed))) ? "replay" : null;
}

/** @returns {Promise<string | null>} why what was shown does not count here and now */
async function faultOfShown({ credential, presentation }, nowS, gate) {
  if (presentation !== null) {
    return faultOfPresentation(presentation, credential.claims.holder, nowS, gate);
  }
  if (credential.form === "held") return "no_presentation";
  // A picture cannot answer, so a gate that asks does not take one.
  return credential.form === "static" && gate.challenge !== null ? "no_answer" : null;
}

/** @returns {Verdict} what a list says of a credential that counts */
function ofList(list, claims, nowS) {
  const freshness = freshnessOf(list, nowS, TOLERANCE.clockS);
  const listAgeS = Number(nowS > list.issuedS ? nowS - list.issuedS : 0n);
  const about = { freshness, listAgeS, witnessed: list.witnessed };
  if (freshness === "expired" || freshness === "early")
    return cannotTell(`list_${freshness}`, about);
  const status = statusAt(list.array, claims.idx);
  if (status === null) return cannotTell("no_slot", about);
  const reason = freshness === "fresh" ? "current" : "old_list";
  return cannotTell(reason, { ...about, verdict: VERDICTS[status], face: claims.face });
}

/**
 * Verifies a scanned text. What the verdict has in `seen` the caller remembers before it shows it.
 * @param {string} text @param {import("./trust.js").Trust} trust
 * @param {import("./lists.js").Lists} lists
 * @param {number} now whole seconds since 1970 @param {Gate} gate
 * @returns {Promise<Verdict>}
 */
export async function verify(text, trust, lists, now, gate) {
  const nowS = BigInt(now);
  const shown = readText(text);
  if (shown === null) return cannotTell("unreadable");
  const { credential, presentation } = shown;
  const unsigned = await faultOfCredential(credential, trust, nowS);
  if (unsigned !== null) return cannotTell(unsigned);
  const { form, claims } = credential;
  const fault = await faultOfShown(shown, nowS, gate);
  if (fault !== null) return cannotTell(fault, { form });
  const list = lists.find(claims.uri);
  if (list === undefined) return cannotTell("no_list", { form });
  const verdict = { ...ofList(list, claims, nowS), form };
  if (presentation === null || verdict.verdict === "cannot-tell") return verdict;
  return { ...verdict, seen: toHex(await sha256(presentation.opened.signed)) };
}

/**
 * Verifies a scanned text, and remembers it: of two scans at one moment only one is the first.
 * @type {typeof verify}
 */
export async function scan(text, trust, lists, now, gate) {
  gate.past.forget(now);
  const verdict = await verify(text, trust, lists, now, gate);
  if (verdict.seen === null || gate.past.remember(verdict.seen, now)) return verdict;
  return cannotTell("replay", { form: verdict.form });
}

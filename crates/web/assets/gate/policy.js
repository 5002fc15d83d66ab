// Trust policies of C2SP tlog-policy: which log, which witnesses, and how many are enough.
//
// Invariant: a policy has one log; each witness counts towards the quorum in one way; a group holds
// only names defined above it. Refuses, by throwing `LogError`: an unknown keyword, a name or a key
// given twice, a second log, a policy that has no quorum line (`quorum none` has to be said).

import { same, toUtf8 } from "./bytes.js";
import {
  COSIGNATURE,
  ED25519,
  SIGNATURES_MAX,
  SUBTREE,
  decimal,
  readVkey,
  refuse,
} from "./note.js";

const POLICY_BYTES_MAX = 256 * 1024;
const WITNESSES_MAX = SIGNATURES_MAX - 1;
const GROUPS_MAX = 64;

/**
 * What makes a checkpoint trustworthy.
 * @typedef {object} Policy
 * @property {import("./note.js").VerifierKey} log
 * @property {import("./note.js").VerifierKey[]} witnesses
 * @property {boolean} asksForWitnesses whether the quorum is anything but `none`
 * @property {(cosigned: Set<import("./note.js").VerifierKey>) => boolean} isMet
 */

/** What the lines so far have said. */
class Draft {
  log = null;
  witnesses = [];
  groups = 0;
  /** Each name with what has to hold; witnesses and groups share one space of names. */
  rules = new Map();
  taken = new Set();
  quorum = undefined;

  /** @param {string[]} words */
  async take([keyword, ...words]) {
    if (keyword === "log") return this.#log(words);
    if (keyword === "witness") return this.#witness(words);
    if (keyword === "group") return this.#group(words);
    return keyword === "quorum" ? this.#quorum(words) : refuse("an unknown keyword");
  }

  async #log(words) {
    if (words.length < 1 || words.length > 2) refuse("not `log <vkey> [<url>]`");
    const key = await readVkey(words[0]);
    if (key.kind !== ED25519 || this.log !== null) refuse("a second log, or a key of another kind");
    this.log = key;
  }

  async #witness(words) {
    if (words.length < 2 || words.length > 3) refuse("not `witness <name> <vkey> [<url>]`");
    const key = await readVkey(words[1]);
    if (key.kind !== COSIGNATURE && key.kind !== SUBTREE) refuse("a key of another kind");
    // The same bytes under two names would let one witness be counted twice.
    const given = (known) =>
      same(known.raw, key.raw) || (known.name === key.name && known.id === key.id);
    if (this.witnesses.some(given)) refuse("a key given twice");
    if (this.witnesses.length >= WITNESSES_MAX) refuse("too many witnesses");
    this.#define(words[0], (cosigned) => cosigned.has(key));
    this.witnesses.push(key);
  }

  #group([name, threshold, ...names]) {
    if (names.length === 0) refuse("a group without members");
    if (this.groups >= GROUPS_MAX) refuse("too many groups");
    const all = BigInt(names.length);
    const least = threshold === "any" ? 1n : threshold === "all" ? all : decimal(threshold);
    if (least < 1n || least > all) refuse("a threshold");
    const members = names.map((member) => {
      const rule = this.#rule(member);
      if (this.taken.has(member)) refuse("a member twice");
      this.taken.add(member);
      return rule;
    });
    const held = (cosigned) => members.filter((rule) => rule(cosigned)).length;
    this.#define(name, (cosigned) => BigInt(held(cosigned)) >= least);
    this.groups += 1;
  }

  #quorum(words) {
    if (words.length !== 1 || this.quorum !== undefined) refuse("not one `quorum <name>|none`");
    this.quorum = words[0] === "none" ? null : this.#rule(words[0]);
  }

  #define(name, rule) {
    if (name === "none" || this.rules.has(name)) refuse("a name that is taken");
    this.rules.set(name, rule);
  }

  #rule(name) {
    return this.rules.get(name) ?? refuse("a name that no line above defines");
  }
}

/** @param {string} text @returns {Promise<Policy>} */
export async function readPolicy(text) {
  if (toUtf8(text).length > POLICY_BYTES_MAX) refuse("a policy too long");
  const draft = new Draft();
  for (const line of text.split("\n")) {
    if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line)) refuse("a control character");
    const words = line.split(/[ \t]/).filter((word) => word !== "");
    if (words.length > 0 && !words[0].startsWith("#")) await draft.take(words);
  }
  const { log, witnesses, quorum } = draft;
  if (log === null || quorum === undefined) refuse("a policy without a log or a quorum");
  const isMet = (cosigned) => quorum === null || quorum(cosigned);
  return { log, witnesses, asksForWitnesses: quorum !== null, isMet };
}

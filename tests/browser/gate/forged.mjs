// What a gate gets, all of it made with every key in hand, before somebody changes a part of it.
import * as forge from "./forge.mjs";
import { House, folder, seconds } from "./world.mjs";

export const house = new House();
export const NOW = seconds();
export const DAY_S = 86_400;
export const URI = "https://log.example/forged/s/1";
export const seed = (byte) => Buffer.alloc(32, byte);
export const LOG = new forge.NoteKey("log.example/forged", 1, seed(1));
export const OTHER_LOG = new forge.NoteKey("log.example/other", 1, seed(2));
export const WITNESSES = [3, 4, 5].map(
  (byte) => new forge.NoteKey(`witness.example/w${byte}`, 4, seed(byte)),
);
export const [ISSUER, LISTER, STRANGER, PHONE] = [10, 11, 12, 13].map(
  (byte) => new forge.P256(seed(byte)),
);
/** The four values, one beside the other. */
const ARRAY = forge.slots(1 << 20, { 1: 1, 2: 2, 3: 3, 1048575: 3 });

/** All that a gate gets, as it should be, before somebody changes it. */
const draft = () => ({
  array: ARRAY,
  claims: { uri: URI, exp: NOW + DAY_S, iat: NOW - 20, ttl: 120 },
  signer: LISTER,
  how: {},
  published: { uri: URI, version: 7, slots: 1 << 20, revoked: 1, yellow: 1, red: 2 },
  leaf: {},
  grants: [
    { purpose: "credential", key: ISSUER.bytes, from: NOW - DAY_S, until: NOW + 10 * DAY_S },
    { purpose: "status_list", key: LISTER.bytes, from: NOW - DAY_S, until: NOW + 10 * DAY_S },
  ],
  others: [],
  signedBy: LOG,
  lines: [],
  policy: [`log ${LOG.vkey}`, "quorum none"],
  manifest: [URI],
  proof: (text) => text,
  keyProof: (text) => text,
  token: (bytes) => bytes,
});

let count = 0;
/** The directory of a gate, of a draft. */
export function written(change) {
  const it = draft();
  change(it);
  const { iat: issued, exp: expires } = it.claims;
  const lst = it.lst ?? forge.deflated(it.array);
  const token = it.token(forge.list(it.signer, { ...it.claims, lst }, it.how));
  const list = { sha256: forge.digestOf(it.array), issued, expires, ...it.published };
  const keys = it.grants.map((key, at) => forge.leaf(at, { key }));
  const leaves = [
    ...keys,
    ...it.others,
    forge.leaf(keys.length, it.publication ?? { list }, it.leaf),
  ];
  const { proofs } = forge.log(it.signedBy, leaves, { witnesses: it.lines, origin: it.origin });
  const proof = proofs.pop();
  count += 1;
  return folder(house, `gate${count}`, {
    policy: `${it.policy.join("\n")}\n`,
    aggregation: JSON.stringify({ status_lists: it.manifest }),
    ...Object.fromEntries(proofs.map((proof, at) => [`keys/${at}`, it.keyProof(proof)])),
    "lists/0.cwt": token,
    "lists/0.tlog-proof": it.proof(proof),
  });
}

// Whoever holds every key: signs credentials, lists, logs and cosignatures of any form, honest or
// not.
import { createECDH, createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { deflateSync } from "node:zlib";
import { encode } from "../../../crates/web/assets/gate/base45.js";
import { toUtf8 } from "../../../crates/web/assets/gate/bytes.js";
import { Reader, write } from "../../../crates/web/assets/gate/cbor.js";
import {
  CREDENTIAL,
  LIST,
  PAPER,
  PRESENTATION,
  sigStructure,
} from "../../../crates/web/assets/gate/cose.js";

const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const join = (...parts) => new Uint8Array(Buffer.concat(parts));

/** Any value of JavaScript as CBOR: maps from lists of pairs or from objects. */
export function cbor(value) {
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (typeof value === "number" || typeof value === "bigint") return write.int(value);
  if (typeof value === "string") return write.text(value);
  if (value instanceof Raw) return value.bytes;
  if (value instanceof Uint8Array) return write.bytes(value);
  if (value instanceof Map) return join(write.map(value.size), ...[...value].flat().map(cbor));
  if (Array.isArray(value)) return join(write.array(value.length), ...value.map(cbor));
  return cbor(new Map(Object.entries(value)));
}
/** An item as it is. */
export class Raw {
  constructor(bytes) {
    this.bytes = bytes;
  }
}

/** A key on P-256 of 32 secret bytes. */
export class P256 {
  constructor(secret) {
    const curve = createECDH("prime256v1");
    curve.setPrivateKey(secret);
    const point = curve.getPublicKey();
    const url = (bytes) => Buffer.from(bytes).toString("base64url");
    const [x, y] = [point.subarray(1, 33), point.subarray(33)];
    this.key = createPrivateKey({
      format: "jwk",
      key: { kty: "EC", crv: "P-256", d: url(secret), x: url(x), y: url(y) },
    });
    this.bytes = new Uint8Array(curve.getPublicKey(null, "compressed"));
    this.kid = new Uint8Array(
      sha256(
        cbor(
          new Map([
            [1, 2],
            [-1, 1],
            [-2, new Uint8Array(x)],
            [-3, new Uint8Array(y)],
          ]),
        ),
      ).subarray(0, 8),
    );
    this.cose = new Map([
      [1, 2],
      [-1, 1],
      [-2, new Uint8Array(x)],
      [-3, (y[31] & 1) === 1],
    ]);
  }

  sign(message) {
    return new Uint8Array(sign("sha256", message, { key: this.key, dsaEncoding: "ieee-p1363" }));
  }
}

/** A token: the header is made of its typ, and of a kid or the credential of the signer. */
export function seal(
  key,
  typ,
  payload,
  { kid = key.kid, kcwt = null, header = null, tag = 0xd2 } = {},
) {
  const signer = kcwt === null ? [4, kid] : [13, new Raw(kcwt)];
  const bytes = header ?? cbor(new Map([[1, -7], signer, [16, typ]]));
  const body = [write.bytes(bytes), write.map(0), write.bytes(payload)];
  const signature = key.sign(sigStructure(bytes, payload));
  return join(Uint8Array.of(tag, 0x84), ...body, write.bytes(signature));
}

export const toText = (token) => `MM1:${encode(token)}`;

/** A credential; `claims` replaces or, by `undefined`, takes out. */
export function credential(key, claims, how = {}) {
  const { exp, nbf, iat, holder, uri, idx, face } = claims;
  const members = [
    [4, exp],
    [5, nbf],
    [6, iat],
    [8, holder && new Map([[1, holder.cose]])],
    [65_535, { status_list: { idx, uri } }],
    [-65_537, face],
  ];
  const payload = cbor(new Map(members.filter(([, value]) => value !== undefined)));
  return seal(key, how.typ ?? (face ? PAPER : CREDENTIAL), payload, how);
}

export function presentation(holder, kcwt, { at, gate = "*", nonce }) {
  const members = [[3, gate], [6, at], ...(nonce ? [[39, nonce]] : [])];
  return seal(holder, PRESENTATION, cbor(new Map(members)), { kcwt });
}

/** An array of slots, some of which say something. */
export function slots(count, marked = {}) {
  const array = new Uint8Array(count / 4);
  for (const [idx, value] of Object.entries(marked))
    array[Math.floor(idx / 4)] |= value << ((idx % 4) * 2);
  return array;
}

export function list(key, { uri, exp, iat, ttl, bits = 2, lst }, how = {}) {
  const of = { lst, bits };
  const payload = cbor(
    new Map([
      [2, uri],
      [4, exp],
      [6, iat],
      [65_533, of],
      [65_534, ttl],
    ]),
  );
  return seal(key, how.typ ?? LIST, payload, how);
}
export const deflated = (array) => new Uint8Array(deflateSync(array, { level: 9 }));

/** A public key of a note under its name, as text. */
export function vkeyOf(name, kind, raw) {
  const typed = Buffer.concat([Buffer.of(kind), raw]);
  const id = sha256(`${name}\n`, typed).toString("hex").slice(0, 8);
  return `${name}+${id}+${base64(typed)}`;
}

/** A key of a note: a log's (1) or a witness's (4). */
export class NoteKey {
  constructor(name, kind, seed) {
    const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
    this.key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    const raw = createPublicKey(this.key).export({ format: "der", type: "spki" }).subarray(-32);
    this.vkey = vkeyOf(name, kind, raw);
    this.id = Buffer.from(this.vkey.split("+")[1], "hex");
    [this.name, this.kind] = [name, kind];
  }

  /** A line under a note. */
  line(text, time = 1_700_000_000) {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    const cosigned = `cosignature/v1\ntime ${time}\n${text}`;
    const [prefix, message] = this.kind === 4 ? [stamp, cosigned] : [Buffer.alloc(0), text];
    const signature = sign(null, toUtf8(message), this.key);
    return `\u2014 ${this.name} ${base64(Buffer.concat([this.id, prefix, signature]))}\n`;
  }
}

const leafHash = (leaf) => sha256(Buffer.of(0), leaf);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);
const split = (count) => 2 ** Math.floor(Math.log2(count - 1));

/** The root of a tree (RFC 6962 2.1). */
export function rootOf(hashes) {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0];
  const at = split(hashes.length);
  return nodeHash(rootOf(hashes.slice(0, at)), rootOf(hashes.slice(at)));
}

/** The hashes from the sibling of a leaf up (RFC 6962 2.1.1). */
function pathOf(index, hashes) {
  if (hashes.length === 1) return [];
  const at = split(hashes.length);
  if (index < at) return [...pathOf(index, hashes.slice(0, at)), rootOf(hashes.slice(at))];
  return [...pathOf(index - at, hashes.slice(at)), rootOf(hashes.slice(0, at))];
}

/** A log with these leaves; its proofs under one checkpoint, with the lines of witnesses. */
export function log(key, leaves, { witnesses = [], origin = key.name } = {}) {
  const bytes = leaves.map((leaf) => cbor(leaf));
  const hashes = bytes.map(leafHash);
  const text = `${origin}\n${leaves.length}\n${base64(rootOf(hashes))}\n`;
  const note = `${text}\n${key.line(text)}${witnesses.map((witness) => witness.line(text)).join("")}`;
  const proofs = bytes.map((leaf, index) => {
    const lines = pathOf(index, hashes)
      .map((hash) => `${base64(hash)}\n`)
      .join("");
    return `c2sp.org/tlog-proof@v1\nextra ${base64(leaf)}\nindex ${index}\n${lines}\n${note}`;
  });
  return { proofs, note };
}

/** A leaf of an entry that publishes something. */
export const leaf = (seq, publication, more = {}) => ({
  v: 1,
  seq,
  at: 1_600_000_000 + seq,
  kind: "some.entry",
  refused: null,
  publication,
  ...more,
});
export const digestOf = (array) => new Uint8Array(sha256(array));

/** Whatever one reader of CBOR of ours takes, for tests of it alone. */
export const reader = (...bytes) => new Reader(Uint8Array.from(bytes));

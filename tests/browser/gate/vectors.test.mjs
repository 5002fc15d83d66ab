// The examples of others (../shared/vectors), where they are present: Base45, COSE, status lists,
// proofs.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { decode, encode } from "../../../crates/web/assets/gate/base45.js";
import { fromBase64, same } from "../../../crates/web/assets/gate/bytes.js";
import { CborError, readItem } from "../../../crates/web/assets/gate/cbor.js";
import { open, sigStructure } from "../../../crates/web/assets/gate/cose.js";
import { countsOf, openList, statusAt, unfold } from "../../../crates/web/assets/gate/list.js";
import { LogError } from "../../../crates/web/assets/gate/note.js";
import { PublicKey } from "../../../crates/web/assets/gate/p256.js";
import { climb } from "../../../crates/web/assets/gate/proof.js";

const vectors = process.env.VECTORS ?? resolve(import.meta.dirname, "../../../../shared/vectors");
const skip = existsSync(vectors) ? false : `no vectors in ${vectors}`;
const text = (...names) => readFileSync(join(vectors, ...names), "utf8");
const hex = (digits) => Uint8Array.from(Buffer.from(digits.replace(/\s/g, ""), "hex"));
const url = (text) => Uint8Array.from(Buffer.from(text, "base64url"));
const keyOf = (x, y) => PublicKey.unfolded(x, (y[31] & 1) === 1);

test("Base45 of health certificates is read, and what is no Base45 is not", { skip }, () => {
  let count = 0;
  for (const name of readdirSync(join(vectors, "dgc-common")).filter((name) =>
    name.endsWith(".json"),
  )) {
    const { PREFIX, EXPECTEDRESULTS } = JSON.parse(text("dgc-common", name));
    if (!PREFIX?.startsWith("HC1:")) continue;
    const rest = PREFIX.slice(4);
    const bytes = decode(rest);
    assert.equal(bytes !== null, EXPECTEDRESULTS.EXPECTEDB45DECODE ?? true, name);
    if (bytes !== null) assert.equal(encode(bytes), rest, name);
    count += 1;
  }
  assert.ok(count > 30);
});

test(
  "signatures of strangers verify over our Sig_structure, and their envelopes are not ours",
  { skip },
  async () => {
    const examples = [
      ["cose/CWT/A_3.json", (key) => [hex(key.x_hex), hex(key.y_hex)]],
      ["cose/ecdsa-examples/ecdsa-sig-01.json", (key) => [url(key.x), url(key.y)]],
    ];
    for (const [name, coordinates] of examples) {
      const { input, intermediates, output } = JSON.parse(text(name));
      const token = hex(output.cbor);
      const [header, , payload, signature] = readItem(token);
      const signed = sigStructure(header, payload);
      assert.deepEqual(signed, hex(intermediates.ToBeSign_hex), name);
      const key = keyOf(...coordinates((input.sign0 ?? input.sign).key));
      assert.equal(await key.verifies(signed, signature), true, name);
      assert.equal(
        await key.verifies(
          signed.map((byte, at) => (at === 20 ? byte ^ 1 : byte)),
          signature,
        ),
        false,
      );
      assert.throws(() => open(token), CborError, name);
    }
  },
);

test(
  "the draft's long list says what the draft says, and its token has another form",
  { skip },
  async () => {
    const encoded = text("status-list/status_list_encoding2_long_cbor.md").split("encoded:").pop();
    const lst = readItem(hex(encoded)).optional("lst");
    const array = await unfold({ bits: 2n, lst }, 1n << 20n);
    const said = {
      0: 1,
      1993: 2,
      25460: 1,
      159495: 3,
      495669: 1,
      554353: 1,
      645645: 2,
      723232: 1,
      854545: 1,
      934534: 2,
      1000345: 3,
    };
    const words = ["green", "revoked", "yellow", "red"];
    for (const [idx, value] of Object.entries(said))
      assert.equal(statusAt(array, BigInt(idx)), words[value], idx);
    const counts = countsOf(array);
    assert.deepEqual([counts.revoked, counts.yellow, counts.red], [6n, 3n, 2n]);
    assert.equal(counts.green, (1n << 20n) - 11n);
    assert.equal(statusAt(array, 1n << 20n), null);
    const token = hex(text("status-list/status_list_cwt.md"));
    const [header, , payload, signature] = readItem(token);
    const [x, y] = [
      "I3HWm_0Ds1dPMI-IWmf4mBmH-YaeAVbPVu7vB27CxXo",
      "6N_d5Elj9bs1htgV3okJKIdbHEpkgTmAluYKJemzn1M",
    ];
    assert.equal(
      await keyOf(url(x), url(y)).verifies(sigStructure(header, payload), signature),
      true,
    );
    assert.throws(() => openList(token), CborError);
  },
);

test("inclusion is proven, and each broken proof is refused", { skip }, async () => {
  let count = 0;
  for (const folder of readdirSync(join(vectors, "merkle/inclusion"))) {
    for (const name of readdirSync(join(vectors, "merkle/inclusion", folder))) {
      const { leafIdx, treeSize, root, leafHash, proof, wantErr } = JSON.parse(
        text("merkle/inclusion", folder, name),
      );
      const hashes = (proof ?? []).map((hash) => fromBase64(hash) ?? new Uint8Array());
      const proven = climb(
        BigInt(leafIdx),
        BigInt(treeSize),
        fromBase64(leafHash ?? ""),
        hashes,
      ).then(
        (found) => same(found, fromBase64(root ?? "") ?? new Uint8Array()),
        (error) => (error instanceof LogError ? false : Promise.reject(error)),
      );
      assert.equal(await proven, !wantErr, `${folder}/${name}`);
      count += 1;
    }
  }
  assert.ok(count >= 20);
});

test("the kid is the start of the thumbprint in RFC 9679", async () => {
  const x = hex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d");
  const y = hex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");
  assert.equal(await keyOf(x, y).kid(), "496bd8afadf307e5");
});

// What a gate fetches from a published site, keeps and remembers; the same as `mingma trust fetch`.
import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { agesOf, load, refresh } from "../../../crates/web/assets/gate/store.js";
import { serve, shelf } from "./served.mjs";
import { House, ours, seconds } from "./world.mjs";

describe("a gate and a published site", () => {
  const house = new House();
  let server;
  const kept = shelf();
  const site = (name) => readFileSync(house.path("site", name), "utf8");
  const edit = (name, change) => writeFileSync(house.path("site", name), change(site(name)));

  before(async () => {
    house.begin();
    house.device("phone.key");
    house.issue(1, "code.cwt", "phone.key");
    house.publish();
    cpSync(house.path("site"), house.path("first"), { recursive: true });
    server = await serve(house.path("site"));
  });
  after(() => server.stop());

  test("nothing was kept before the first fetch", async () => {
    assert.equal(await load(kept, seconds()), null);
  });

  test("it holds the lists of the site and says how old they are", async () => {
    const held = await refresh(server.base, kept, seconds());
    assert.deepEqual(held.notTaken, []);
    const [list] = agesOf(held, seconds());
    const { lists } = house.takes("gate");
    assert.deepEqual(
      [list.uri, list.version, list.witnessed],
      [lists[0].uri, lists[0].version, lists[0].witnessed],
    );
    assert.equal(list.freshness, "fresh");
    assert.ok(list.ageS >= 0 && list.ageS < 600);
    const text = house.shown("code.cwt", "phone.key");
    assert.equal((await ours(held, text, seconds())).verdict, "green");
  });

  test("what was kept is enough, with no network", async () => {
    const asked = server.asked.length;
    const held = await load(kept, seconds());
    const text = house.shown("code.cwt", "phone.key");
    assert.equal((await ours(held, text, seconds())).verdict, "green");
    assert.equal(server.asked.length, asked);
    const [later] = agesOf(held, seconds() + 3_601);
    assert.equal(later.freshness, "old");
    // A gate that starts after the list has ended says so.
    const ended = await load(kept, seconds() + 10 * 86_400);
    assert.deepEqual([ended.lists.count, ended.notTaken.map(({ word }) => word)], [0, ["expired"]]);
  });

  test("nothing but what the site publishes is kept", async () => {
    const record = await kept.get();
    assert.deepEqual(Object.keys(record).sort(), [
      "aggregation",
      "fetchedS",
      "keys",
      "lists",
      "policy",
      "seen",
    ]);
  });

  test("a newer list takes the place of the older, and never the other way", async () => {
    house.red(1);
    house.publish();
    const held = await refresh(server.base, kept, seconds());
    assert.equal(
      (await ours(held, house.shown("code.cwt", "phone.key"), seconds())).verdict,
      "red",
    );
    const old = await serve(house.path("first"));
    const still = await refresh(old.base, kept, seconds());
    await old.stop();
    assert.deepEqual(
      still.notTaken.map(({ word }) => word),
      ["rolled_back"],
    );
    assert.equal(
      (await ours(still, house.shown("code.cwt", "phone.key"), seconds())).verdict,
      "red",
    );
  });

  test("a site that is away leaves what was kept", async () => {
    const gone = await serve(house.path("site"));
    await gone.stop();
    await assert.rejects(refresh(gone.base, kept, seconds()), { word: "offline" });
    assert.notEqual(await load(kept, seconds()), null);
  });

  test("a list that does not check leaves the one before", async () => {
    const { lists } = JSON.parse(site("lists.json"));
    const path = house.path("site", lists[0].path);
    const bytes = readFileSync(path);
    rmSync(path);
    writeFileSync(
      path,
      bytes.map((byte, at) => (at === 300 ? byte ^ 1 : byte)),
    );
    const held = await refresh(server.base, kept, seconds());
    assert.equal(held.notTaken.length, 1);
    assert.equal(
      (await ours(held, house.shown("code.cwt", "phone.key"), seconds())).verdict,
      "red",
    );
    rmSync(path);
    const without = await refresh(server.base, kept, seconds());
    assert.deepEqual(
      without.notTaken.map(({ word }) => word),
      ["not_there"],
    );
    assert.equal(without.lists.count, 1);
    writeFileSync(path, bytes);
  });

  test("a name that leads out of the site, and what is no site, are refused", async () => {
    const keys = site("keys.json");
    for (const proof of [
      "../secret",
      "/etc/passwd",
      "http://elsewhere.example/x",
      ".hidden",
      "a//b",
      "",
      7,
    ]) {
      edit("keys.json", () => JSON.stringify({ keys: [{ entry: 1, proof }] }));
      await assert.rejects(
        refresh(server.base, kept, seconds()),
        { word: "not_a_site" },
        String(proof),
      );
    }
    const many = JSON.stringify({ keys: new Array(257).fill({ entry: 1, proof: "policy" }) });
    const wrong = [
      "",
      "null",
      "7",
      "[]",
      "{}",
      '{"keys":[null]}',
      '{"keys":"abc"}',
      '{"keys":[{"entry":-1,"proof":"policy"}]}',
      many,
    ];
    for (const text of wrong) {
      edit("keys.json", () => text);
      await assert.rejects(refresh(server.base, shelf(), seconds()), { word: "not_a_site" }, text);
    }
    edit("keys.json", () => keys);
  });

  test("the pinned policy stays, and the end of a key is not forgotten", async () => {
    const text = house.shown("code.cwt", "phone.key");
    const key = house
      .json("credential", "keys", "list")
      .keys.find(({ purpose }) => purpose === "credential");
    house.as("410000-health.gao", "credential", "keys", "revoke", key.key, "--reason", "lost");
    house.publish();
    await refresh(server.base, kept, seconds());
    const keys = site("keys.json");
    edit("keys.json", (text) => JSON.stringify({ ...JSON.parse(text), ends: [] }));
    edit("policy", () => "quorum none\n");
    const held = await refresh(server.base, kept, seconds());
    assert.equal((await ours(held, text, seconds())).reason, "key_outside_its_time");
    // A gate that comes for the first time takes the site's own policy, which here is none.
    await assert.rejects(refresh(server.base, shelf(), seconds()), { word: "not_a_site" });
    edit("keys.json", () => keys);
  });

  test("the program's own server gives the same as a static one", async () => {
    house.publish();
    const { stop, base } = await house.serve("site");
    const held = await refresh(base, shelf(), seconds()).finally(stop);
    assert.deepEqual(held.notTaken, []);
    assert.deepEqual(
      agesOf(held, seconds()).map(({ version }) => version),
      house.takes("gate").lists.map(({ version }) => version),
    );
  });
});

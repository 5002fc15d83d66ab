// A ledger of invented people made by the real program in a directory of its own: what it issues,
// publishes and shows, and what its own gate says of it.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Lists, nothingSeen } from "../../../crates/web/assets/gate/lists.js";
import { Replays } from "../../../crates/web/assets/gate/replays.js";
import { Trust } from "../../../crates/web/assets/gate/trust.js";
import { verify } from "../../../crates/web/assets/gate/verify.js";

const root = resolve(import.meta.dirname, "../../..");
const MINGMA = resolve(root, process.env.MINGMA ?? "target/debug/mingma");
export const ORIGIN = "log.example/henan";

export const seconds = () => Math.floor(Date.now() / 1000);
/** An instant as the command line takes it. */
export const instant = (now) => new Date(now * 1000).toISOString().replace(".000Z", "Z");
const day = (days) => new Date(Date.now() + (days * 24 + 8) * 3_600_000).toISOString().slice(0, 10);

/** The document number of an invented person: ISO 7064 MOD 11-2 over 17 digits. */
export function document(number) {
  const digits = `99000019900101${String(number).padStart(3, "0")}`;
  const sum = [...digits].reduce(
    (sum, digit, at) => sum + Number(digit) * (2 ** (17 - at) % 11),
    0,
  );
  return digits + "10X98765432"[sum % 11];
}

/** A directory that is gone with the process. */
export function scratch() {
  const dir = mkdtempSync(join(tmpdir(), "mingma-gate-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The program in a directory. */
export class House {
  constructor() {
    this.dir = scratch();
  }

  path(...names) {
    return join(this.dir, ...names);
  }

  /** What the program prints; a failure of the program is a failure of the test. */
  run(...args) {
    const env = { PATH: process.env.PATH, LANG: "C", MINGMA_DATA: this.path("data") };
    return execFileSync(MINGMA, args, {
      cwd: this.dir,
      env,
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  }

  json(...args) {
    return JSON.parse(this.run(...args, "--json"));
  }

  as(officer, ...args) {
    return this.run(...args, "--as", officer, "--key", `keys/${officer}.key`);
  }

  key(name) {
    this.run("key", "new", `keys/${name}.key`);
  }

  #org(id, kind, division) {
    this.key(id);
    const what = ["--kind", kind, "--division", division, "--name", id];
    this.as(REGISTRAR, "org", "register", id, ...what, "--public-key", `keys/${id}.key`);
  }

  #officer(id, role) {
    this.key(id);
    const what = ["--org", id.split(".")[0], "--role", role, "--from", day(-2), "--until", day(90)];
    const who = ["--public-key", `keys/${id}.key`, "--holder", `holder-${id}`];
    this.as(REGISTRAR, "officer", "register", id, ...what, ...who);
  }

  /** A ledger that issues, with three people by name. */
  begin() {
    const genesis = [
      "--organisation",
      "410000-health",
      "--name",
      "省卫生健康委员会",
      "--registrar",
      REGISTRAR,
    ];
    const keys = ["--holder", "holder-gao", "--generate-keys", "keys"];
    this.run("init", "--origin", ORIGIN, "--province", "41", ...genesis, ...keys);
    this.#org("410100-market", "market_regulator", "4101");
    this.#org("410100-hq", "headquarters", "4101");
    this.#org("410100-health", "health_commission", "4101");
    this.#org("410000-hotline", "hotline", "41");
    this.#org("410000-bureau", "big_data_bureau", "41");
    this.#officer("410100-hq.zhao", "maker");
    this.#officer("410100-health.qian", "checker");
    this.#officer(AGENT, "agent");
    this.#officer(ISSUER, "issuer");
    this.run("pack", "copy", "henan-2022", "pack");
    const pack = readFileSync(this.path("pack/pack.toml"), "utf8");
    const dated = pack
      .replaceAll("2022-03-22T", `${day(-30)}T`)
      .replaceAll("2023-01-08T", `${day(200)}T`);
    writeFileSync(this.path("pack/pack.toml"), dated);
    rmSync(this.path("pack/cases/timeline.toml"));
    this.as(REGISTRAR, "pack", "adopt", "pack");
    this.as(REGISTRAR, "credential", "keys", "register");
    const people = [1, 2, 3].map(
      (number) => `${document(number)},样本小${"甲乙丙"[number - 1]},1990000000${number}`,
    );
    writeFileSync(
      this.path("people.csv"),
      ["document_number,name,phone", ...people, ""].join("\n"),
    );
    this.run("person", "import", "people.csv");
    return this;
  }

  /** Turns people red, by two bodies. */
  red(...numbers) {
    const at = new Date(Date.now() + 6 * 3_600_000).toISOString().slice(0, 19);
    const rows = numbers.map((number) => `${document(number)},410105,${at}+08:00,CC-${number}`);
    const head = "document_number,division,occurred_at,reference";
    writeFileSync(this.path("cold.csv"), [head, ...rows, ""].join("\n"));
    const keys = ["--key", "keys/410100-market.key", "--person-key", "data/keys/person.key"];
    const whose = [
      "--kind",
      "cold_chain",
      "--org",
      "410100-market",
      "--origin",
      ORIGIN,
      "-o",
      "cold.mmr",
    ];
    this.run("report", "sign", "cold.csv", ...whose, ...keys);
    this.run("report", "push", "cold.mmr");
    const order = ["--ground", "COLD", "--area", "410105", "--reason", "handled an item", "--json"];
    const proposed = this.as(
      "410100-hq.zhao",
      "order",
      "propose",
      ...order,
      "--documents",
      ...numbers.map(document),
    );
    this.as("410100-health.qian", "order", "approve", JSON.parse(proposed).order, "--yes");
  }

  device(name) {
    this.run("credential", "device", name);
  }

  /** A credential of a phone, or one without a key. */
  issue(number, file, holder) {
    const how = holder ? ["--holder", holder] : ["--without-key"];
    this.run("credential", "issue", document(number), ...how, "-o", file);
  }

  /** Cuts, publishes, and fetches for the gate. */
  publish() {
    this.as(ISSUER, "status-list", "cut", "--force");
    this.run("publish", "--out", "site");
    this.run("trust", "fetch", "site", "--trust", "gate");
  }

  /** The text that a phone shows now. */
  shown(file, key, ...more) {
    const holder = key ? ["--holder", key] : [];
    return this.run("credential", "show", file, ...holder, "--text", ...more);
  }

  /** The keys of the ledger, as their files have them. */
  secret(name) {
    return readFileSync(this.path("data/keys", name), "utf8").trim();
  }

  /** What the program's own gate says; without `now` it remembers what it saw. */
  says(text, { now = null, gate = "gate", challenge = null, trust = "gate" } = {}) {
    const at = now === null ? [] : ["--at", instant(now)];
    const nonce = challenge === null ? [] : ["--nonce", Buffer.from(challenge).toString("hex")];
    const args = ["verify", text, "--trust", trust, "--gate", gate, ...nonce, ...at, "--json"];
    const env = { PATH: process.env.PATH, LANG: "C" };
    const ran = spawnSync(MINGMA, args, { cwd: this.dir, env, encoding: "utf8" });
    return JSON.parse(ran.stdout);
  }

  /** The program's own server with a published site. */
  async serve(site) {
    const env = { PATH: process.env.PATH, LANG: "C", MINGMA_DATA: this.path("data") };
    const args = ["serve", "--listen", "127.0.0.1:0", "--site", site];
    const server = spawn(MINGMA, args, { cwd: this.dir, env, stdio: ["ignore", "pipe", "ignore"] });
    const ended = once(server, "exit");
    let said = "";
    for await (const part of server.stdout) {
      said += part;
      const address = /127\.0\.0\.1:[0-9]+/.exec(said);
      if (address === null) continue;
      const stop = () => server.kill("SIGTERM") && ended;
      return { base: `http://${address[0]}/`, stop };
    }
    throw new Error("the server did not start");
  }

  /** Which lists the program takes from a directory, and why it refuses the others. */
  takes(trust) {
    const env = { PATH: process.env.PATH, LANG: "C" };
    const args = ["trust", "show", "--trust", trust, "--json"];
    const ran = spawnSync(MINGMA, args, { cwd: this.dir, env, encoding: "utf8" });
    return ran.stdout === "" ? { error: ran.stderr } : JSON.parse(ran.stdout);
  }
}
export const REGISTRAR = "410000-health.gao";
export const ISSUER = "410000-bureau.issuer";
export const AGENT = "410000-hotline.he";

const numbered = (dir, ending) =>
  readdirSync(dir)
    .filter(
      (name) =>
        name.endsWith(ending) && /^[0-9]+$/.test(name.slice(0, name.length - ending.length)),
    )
    .sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10));

/** What a gate of ours holds of a directory of `trust fetch`. */
export async function load(dir, now) {
  const text = (...names) => readFileSync(join(dir, ...names), "utf8");
  const keys = numbered(join(dir, "keys"), "").map((name) => text("keys", name));
  const trust = await Trust.of(text("policy"), keys, text("aggregation"));
  const lists = new Lists();
  const refused = [];
  for (const name of numbered(join(dir, "lists"), ".cwt")) {
    const token = new Uint8Array(readFileSync(join(dir, "lists", name)));
    const sidecar = text("lists", name.replace(".cwt", ".tlog-proof"));
    await lists.add(trust, token, sidecar, now, nothingSeen()).catch((error) => {
      if (error.word === undefined) throw error;
      refused.push(error.word);
    });
  }
  return { trust, lists, refused };
}

const VERDICTS = { revoked: "not-valid", cannot_tell: "cannot-tell" };
/** A verdict of the program in the words of the scripts. */
export const inOurWords = ({ colour, reason, form, list_age_s, witnessed, compare }) => ({
  verdict: VERDICTS[colour] ?? colour,
  reason,
  form,
  listAgeS: list_age_s,
  witnessed,
  face: compare && {
    maskedName: compare.masked_name,
    birthYear: compare.birth_year,
    lastFour: compare.last_four,
  },
});

/** What the scripts say, as far as the program says it too. */
export async function ours(
  held,
  text,
  now,
  { gate = "gate", challenge = null, past = new Replays() } = {},
) {
  const said = await verify(text, held.trust, held.lists, now, { gate, challenge, past });
  const { verdict, reason, form, listAgeS, witnessed, face } = said;
  return { verdict, reason, form, listAgeS, witnessed, face };
}

/** A folder with these files, for a gate. */
export function folder(house, name, files) {
  for (const [file, content] of Object.entries(files)) {
    const path = house.path(name, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
  }
  return name;
}

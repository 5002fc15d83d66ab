// Our JWT list by @sd-jwt/jwt-status-list; the signature by jose.
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(join(process.env.INTEROP_NODE, "x.js")));
const { getListFromStatusListJWT, getStatusListFromJWT, StatusList } = require("@sd-jwt/jwt-status-list");
const jose = require("jose");
const versionOf = (name) =>
  JSON.parse(readFileSync(join(process.env.INTEROP_NODE, "node_modules", name, "package.json"))).version;

const work = process.env.INTEROP_WORK;
const json = (path) => JSON.parse(readFileSync(join(work, path)));
const tool = `@sd-jwt/jwt-status-list ${versionOf("@sd-jwt/jwt-status-list")}, jose ${versionOf("jose")}`;
let failed = 0;
function check(name, holds, detail = "") {
  const result = holds ? "ok" : "FAIL";
  failed += !holds;
  console.log(`  ${result.padEnd(7)} ${name}${holds || !detail ? "" : `: ${detail}`}`);
  appendFileSync(process.env.INTEROP_RESULTS, `our list (JWT)\t${tool}\t${result}\t${name}\n`);
}
async function refuses(name, act) {
  try {
    await act();
  } catch (error) {
    return check(`${name} (${String(error).slice(0, 60)})`, true);
  }
  return check(name, false, "it was accepted");
}

const facts = json("facts.json");
const keys = Object.fromEntries(json("site/keys.json").keys.map((key) => [key.purpose, key.jwk]));
const name = facts.held.uri.split("/").at(-1);
const jwt = readFileSync(join(work, "site/s", `${name}.jwt`), "utf8").trim();

const key = await jose.importJWK(keys.status_list, "ES256");
const { payload } = await jose.jwtVerify(jwt, key, { typ: "statuslist+jwt", algorithms: ["ES256"] });
check("signature, typ, times", payload.sub === facts.held.uri, payload.sub);
await refuses("the key for credentials", async () =>
  jose.jwtVerify(jwt, await jose.importJWK(keys.credential, "ES256")));

const list = getListFromStatusListJWT(jwt);
for (const [form, wanted] of Object.entries({ held: 0, static: 0, revoked: 1, yellow: 2, red: 3 })) {
  const found = list.getStatus(facts[form].idx);
  check(`slot of ${form}`, found === wanted, `${found} is not ${wanted}`);
}
const slots = json("site/lists.json").lists.find((entry) => entry.uri === facts.held.uri).slots;
check("slots as many as the log says", list.statusList.length === slots, list.statusList.length);
check("the last slot can be read", list.getStatus(slots - 1) === 0);
await refuses("a slot out of range", () => list.getStatus(slots));
const again = StatusList.decompressStatusList(list.compressStatusList(), 2);
check("compressed again, the same slot", again.getStatus(facts.red.idx) === 3);
const bearer = await new jose.SignJWT({ status: { status_list: { idx: facts.red.idx, uri: facts.red.uri } } })
  .setProtectedHeader({ alg: "HS256" })
  .sign(new TextEncoder().encode("only to have a token of their form"));
const { idx, uri } = getStatusListFromJWT(bearer);
check("a token of theirs that names our slot", uri === payload.sub && list.getStatus(idx) === 3);
process.exit(failed ? 1 : 0);

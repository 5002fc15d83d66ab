// Passkeys in a real browser, with a virtual authenticator, against a real server: registered by an
// invitation, signed in with, an approval signed; and every assertion that must not count.
// Started by scripts/browser, which makes the ledger. Everybody here is invented.
import { createHash } from "node:crypto";
import http from "node:http";
import { act, BASE, call, check, done, inOffice, launch, LINK, slug, withPasskeys } from "./ledger.mjs";

const CHECKER = "410100-health.qian";

/// The signed-in officer's requests: the cookie and the CSRF token of the session.
let session = {};
async function ask(method, path, body) {
  const headers = { "accept-language": "en" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (session.cookie) headers.cookie = session.cookie;
  if (session.csrf) headers["x-csrf-token"] = session.csrf;
  const answer = await fetch(BASE + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, json: text ? JSON.parse(text) : null };
}

const browser = await launch();
const page = await withPasskeys(browser);

/// Makes a passkey in the page that is open.
function create(challenge, rpId) {
  return page.evaluate(
    async (challenge, rpId, name) => {
      const bytes = (text) =>
        Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
      const text = (buffer) =>
        btoa(String.fromCharCode(...new Uint8Array(buffer)))
          .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
      const made = await navigator.credentials.create({
        publicKey: {
          challenge: bytes(challenge),
          rp: { id: rpId, name: "Mingma" },
          user: { id: new TextEncoder().encode(name), name, displayName: name },
          pubKeyCredParams: [{ type: "public-key", alg: -7 }],
          authenticatorSelection: { residentKey: "required", userVerification: "required" },
          attestation: "none",
        },
      });
      return { credential: text(made.rawId), publicKey: text(made.response.getPublicKey()) };
    },
    challenge, rpId, CHECKER,
  );
}
/// Answers a challenge with a passkey in the page that is open.
function assertion(challenge, rpId) {
  return page.evaluate(
    async (challenge, rpId) => {
      const bytes = (text) =>
        Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
      const text = (buffer) =>
        btoa(String.fromCharCode(...new Uint8Array(buffer)))
          .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
      const { rawId, response } = await navigator.credentials.get({
        publicKey: { challenge: bytes(challenge), rpId, userVerification: "required" },
      });
      return {
        credential: text(rawId),
        authenticator_data: text(response.authenticatorData),
        client_data: text(response.clientDataJSON),
        signature: text(response.signature),
      };
    },
    challenge, rpId,
  );
}
async function challenged() {
  const { json } = await ask("POST", "/api/v1/signin/challenge");
  return json;
}
async function signIn() {
  const { challenge, rp_id } = await challenged();
  return ask("POST", "/api/v1/signin", { challenge, assertion: await assertion(challenge, rp_id) });
}

// -- Registration --------------------------------------------------------------------------------
await page.goto(`${BASE}/api/v1`);
const invitation = LINK.split("#")[1];
const first = await challenged();
const { publicKey } = await create(first.challenge, first.rp_id);
const registration = async (token) => {
  const { challenge, rp_id } = await challenged();
  const body = {
    invitation: token, public_key: publicKey, challenge,
    assertion: await assertion(challenge, rp_id),
  };
  return ask("POST", "/api/v1/signin/passkeys", body);
};
check("a token that nobody was given registers nothing",
  slug(await registration("0".repeat(32))) === "sign-in-failed");
const registered = await registration(invitation);
check("an invitation registers a passkey", registered.status === 201, registered.json);
check("it is the invited officer's", registered.json.officer === CHECKER);
check("an invitation is used once", slug(await registration(invitation)) === "sign-in-failed");

// -- Signing in ----------------------------------------------------------------------------------
check("a passkey that is not on record opens nothing", (await signIn()).status !== 201);
inOffice(CHECKER, "checker", registered.json.fingerprint);
const signedIn = await signIn();
check("once its fingerprint is on record it opens a session", signedIn.status === 201, signedIn.json);
const cookie = signedIn.headers.get("set-cookie");
check("the cookie is for this server's eyes", /HttpOnly; SameSite=Strict/.test(cookie), cookie);
session = { cookie: cookie.split(";")[0] };
const me = await ask("GET", "/api/v1/caller");
check("the server knows the officer", me.json.id === CHECKER && me.json.roles[0] === "checker", me.json);
check("an unsafe request without the CSRF token is turned away",
  slug(await ask("POST", "/api/v1/acts/draft", {})) === "csrf-token-missing");
session.csrf = signedIn.json.csrf;

// -- An approval ---------------------------------------------------------------------------------
const control = call("410100-hq.zhao", "GET", "/api/v1/control-list?ground=COLD&pending=true");
const people = control.items.map((item) => item.person);
const propose = () => act("410100-hq.zhao", {
  act: "order.propose", ground: "COLD", area: "410105", people, reason: "handled a positive item",
});
const proposed = propose();
const order = proposed.digest.slice(0, 32);
const redBefore = (await ask("GET", `/api/v1/entries/${proposed.entry}`)).json.totals.red;
const queue = await ask("GET", "/api/v1/orders?open=true");
check("the checker's queue has the proposal", queue.json.items.some((one) => one.order === order), queue.json);
const approval = { act: "order.approve", order, digest: proposed.digest };
const drafted = await ask("POST", "/api/v1/acts/draft", approval);
check("an approval is drafted", drafted.status === 201, drafted.json);
const signed = await assertion(drafted.json.challenge, first.rp_id);

// What must not count, before what does.
const submit = (payload, assertion) => ask("POST", "/api/v1/acts", { payload, assertion });
const other = await ask("POST", "/api/v1/acts/draft", approval);
check("an assertion replayed for another act is refused",
  slug(await submit(other.json.payload, signed)) === "assertion-invalid");
const elsewhere = http.createServer((_, answer) => answer.end("<!doctype html>elsewhere"));
await new Promise((done) => elsewhere.listen(0, "127.0.0.1", done));
await page.goto(`http://localhost:${elsewhere.address().port}/`);
const foreign = await assertion(drafted.json.challenge, first.rp_id);
check("an assertion made at a foreign origin is refused",
  slug(await submit(drafted.json.payload, foreign)) === "assertion-invalid");
const at = await challenged();
const foreignIn = { challenge: at.challenge, assertion: await assertion(at.challenge, at.rp_id) };
check("nor does one sign in", slug(await ask("POST", "/api/v1/signin", foreignIn)) === "sign-in-failed");
await page.goto(`${BASE}/api/v1`);
elsewhere.close();
const wrong = await assertion(Buffer.alloc(32, 7).toString("base64url"), first.rp_id);
check("an assertion over a wrong digest is refused",
  slug(await submit(drafted.json.payload, wrong)) === "assertion-invalid");
const answered = await challenged();
const once = { challenge: answered.challenge, assertion: await assertion(answered.challenge, answered.rp_id) };
check("a challenge can be answered", (await ask("POST", "/api/v1/signin", once)).status === 201);
check("and only once", slug(await ask("POST", "/api/v1/signin", once)) === "sign-in-failed");

// An act signed eight days ago: the bytes are put together here as the server would.
const payload = Buffer.from(drafted.json.payload, "base64url");
const now = Math.floor(Date.now() / 1000);
let place = -1;
for (let back = 0; back < 600 && place < 0; back += 1) {
  const number = Buffer.alloc(5);
  number.writeUInt8(0x1a);
  number.writeUInt32BE(now - back, 1);
  place = payload.indexOf(number);
}
const old = Buffer.from(payload);
old.writeUInt32BE(now - 8 * 86_400, place + 1);
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const kid = sha256(Buffer.from(registered.json.fingerprint, "hex")).subarray(0, 8);
const typ = Buffer.from("application/mm-act+cose");
const header = Buffer.concat([
  Buffer.from([0xa3, 0x01, 0x26, 0x04, 0x48]), kid, Buffer.from([0x10, 0x60 | typ.length]), typ,
]);
const head = (bytes) => bytes.length < 256
  ? Buffer.from([0x58, bytes.length]) : Buffer.from([0x59, bytes.length >> 8, bytes.length & 255]);
const structure = [
  Buffer.from([0x84, 0x6a]), Buffer.from("Signature1"), head(header), header,
  Buffer.from([0x40]), head(old), old,
];
const stale = await assertion(sha256(...structure).toString("base64url"), first.rp_id);
const expired = await submit(old.toString("base64url"), stale);
check("an act signed eight days ago is refused by the ledger",
  expired.status === 422 && expired.json.refusal.code === "ACT_STALE", expired.json);

const entered = await submit(drafted.json.payload, signed);
check("the approval is an entry", entered.status === 201, entered.json);
const leaf = await ask("GET", `/api/v1/entries/${entered.json.entry}`);
check("in the public log it is an approval", leaf.json.kind === "order.approve", leaf.json);
check("and people are red by it", leaf.json.totals.red === redBefore + people.length, leaf.json);
const again = await submit(drafted.json.payload, signed);
check("the same bytes again are the same entry",
  again.status === 200 && again.json.entry === entered.json.entry, again.json);

// -- The end of it -------------------------------------------------------------------------------
act("410000-health.gao", { act: "key.revoke", key: registered.json.fingerprint, reason: "lost" });
check("a passkey that was revoked ends the session at once",
  slug(await ask("GET", "/api/v1/caller")) === "not-in-office");
await browser.close();
done("passkeys");

// Signing in by identity providers in a real browser, against a real OpenID Connect provider
// (oidc-provider): an officer bound by an invitation, a person found by document, and all that must
// not sign anybody in. Started by scripts/browser, which makes the ledger. Everybody is invented.
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { act, BASE, call, check, done, launch, slug } from "./ledger.mjs";

const { ISSUER, OIDC_SECRET, OIDC_LINK } = process.env;
const [REGISTRAR, OFFICER] = ["410000-health.gao", "410100-hq.zhao"];
const [STAFF, PEOPLE] = ["gov", "citizen"];

// -- The provider --------------------------------------------------------------------------------
// It warns that its pages and its memory are for tests, which this is.
console.info = console.warn = () => {};
const { default: Provider } = await import("oidc-provider");
const path = (name) => `${BASE}/api/v1/signin/identity/${name}`;
const documents = {
  "citizen-1": { document_type: "resident_id", document_number: "990000199001010017" },
  "citizen-2": { document_type: "resident_id", document_number: "990000199001010033" },
  "citizen-3": { document_type: "resident_id", document_number: "1" },
};
const key = (kid, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), kid, use: "sig",
});
const provider = new Provider(ISSUER, {
  clients: [
    {
      client_id: "mingma-staff", client_secret: OIDC_SECRET,
      redirect_uris: [`${path(STAFF)}/callback`], id_token_signed_response_alg: "PS256",
    },
    {
      client_id: "mingma-people", token_endpoint_auth_method: "none",
      redirect_uris: [`${path(PEOPLE)}/callback`], id_token_signed_response_alg: "ES256",
    },
  ],
  jwks: { keys: [key("r", "rsa", { modulusLength: 2048 }), key("e", "ec", { namedCurve: "P-256" })] },
  enabledJWA: { idTokenSigningAlgValues: ["PS256", "ES256", "RS256"] },
  scopes: ["openid", "document"],
  claims: { openid: ["sub"], document: ["document_type", "document_number"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ["a key of a test"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...documents[id] }) }),
});
const { hostname, port } = new URL(ISSUER);
const listening = provider.listen(Number(port), hostname);
await new Promise((ready) => listening.once("listening", ready));

// -- The browser ---------------------------------------------------------------------------------
const browser = await launch();
/// Somebody at a browser of their own.
async function somebody() {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.setBypassCSP(true);
  await page.goto(`${BASE}/api/v1`);
  return page;
}
/// A request by the page that is open, as the app would send it.
const ask = (page, method, path, { body, csrf } = {}) =>
  page.evaluate(
    async (method, path, body, csrf) => {
      const headers = { "accept-language": "en" };
      if (body) headers["content-type"] = "application/json";
      if (csrf) headers["x-csrf-token"] = csrf;
      const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      const text = await answer.text();
      return { status: answer.status, json: text ? JSON.parse(text) : null };
    },
    method, path, body, csrf,
  );
const start = (page, name, body = {}) =>
  ask(page, "POST", `${path(name)}/start`, { body });
const press = (page, selector) => Promise.all([page.waitForNavigation(), page.click(selector)]);
/// Goes through the provider's pages; says whether it asked who it is.
async function through(page, address, login, { agrees = true } = {}) {
  await page.goto(address);
  const asked = (await page.$("input[name=login]")) !== null;
  if (asked) {
    await page.type("input[name=login]", login);
    await page.type("input[name=password]", "invented");
    await press(page, "button[type=submit]");
  }
  if (page.url().startsWith(`${ISSUER}/interaction/`)) {
    await press(page, agrees ? "button[type=submit]" : "a[href$=abort]");
  }
  return asked;
}
async function signIn(page, name, login, body, how) {
  await page.goto(`${BASE}/api/v1`);
  const started = await start(page, name, { then: "/problems", ...body });
  check(`${login} is sent to the provider`, started.status === 201, started.json);
  return through(page, started.json.address, login, how);
}
const at = (page, path) => page.url() === BASE + path;
const me = (page) => ask(page, "GET", "/api/v1/caller");

// -- What is not begun ---------------------------------------------------------------------------
const officer = await somebody();
const { json: providers } = await ask(officer, "GET", "/api/v1/signin/identity");
check("both providers are there to choose", providers.items.map((one) => `${one.name} ${one.signs_in}`)
  .join() === `${STAFF} officers,${PEOPLE} people`, providers);
check("no other provider is", slug(await start(officer, "none")) === "identity-provider-unknown");
check("an invitation that nobody was given begins nothing",
  slug(await start(officer, STAFF, { invitation: "0".repeat(32) })) === "sign-in-failed");
check("nor does a way out to another server",
  slug(await start(officer, STAFF, { then: "//evil.example/" })) === "field-invalid");

// -- An officer ----------------------------------------------------------------------------------
await signIn(officer, STAFF, "zhao");
check("an account that nobody bound opens nothing", at(officer, "/problems/account-unknown"), officer.url());
check("and there is no session", slug(await me(officer)) === "sign-in-first");

let callback;
officer.on("request", (request) => {
  if (request.url().startsWith(`${path(STAFF)}/callback`)) callback = request.url();
});
const invitation = OIDC_LINK.split("#")[1];
check("by an invitation the provider asks again who it is",
  await signIn(officer, STAFF, "zhao", { invitation }));
check("the browser is where it wanted to go", at(officer, "/problems"), officer.url());
const signedIn = await me(officer);
check("the account is the officer's now", signedIn.json.id === OFFICER, signedIn.json);
const cookies = await officer.cookies(BASE);
const cookie = cookies.find((one) => one.name === "mingma");
check("the session's cookie is for this server's eyes",
  cookie.httpOnly && cookie.sameSite === "Strict" && cookies.length === 1, cookies);
const bindings = call(REGISTRAR, "GET", "/api/v1/bindings");
check("the registrar sees whose account it is",
  bindings.items[0].officer === OFFICER && bindings.items[0].subject === "zhao", bindings);
await officer.goto(`${BASE}/api/v1`);
check("an invitation is used once", slug(await start(officer, STAFF, { invitation })) === "sign-in-failed");

const signOut = async (page) =>
  ask(page, "DELETE", "/api/v1/session", { csrf: (await me(page)).json.csrf });
check("signing out is possible", (await signOut(officer)).status === 204);
check("and ends the session", slug(await me(officer)) === "sign-in-first");
check("signing in again asks nothing", !(await signIn(officer, STAFF, "zhao")));
check("and opens a session", (await me(officer)).json.id === OFFICER);
await signOut(officer);
await officer.goto(callback);
check("an answer that comes again is refused", at(officer, "/problems/sign-in-state-invalid"), officer.url());
check("and opens nothing", slug(await me(officer)) === "sign-in-first");

// -- Somebody else's attempt ---------------------------------------------------------------------
const other = await somebody();
const lured = await start(officer, STAFF);
await through(other, lured.json.address, "zhao");
check("an attempt of another browser is refused", at(other, "/problems/sign-in-state-invalid"), other.url());
check("and signs nobody in there", slug(await me(other)) === "sign-in-first");
const unknown = await fetch(`${path(STAFF)}/callback?code=x&state=x`);
check("a program is told the problem itself",
  unknown.status === 403 && (await unknown.json()).type === "/problems/sign-in-state-invalid");

// -- People --------------------------------------------------------------------------------------
const person = await somebody();
await signIn(person, PEOPLE, "citizen-1", {}, { agrees: false });
check("whoever declines is told so", at(person, "/problems/sign-in-denied"), person.url());
await signIn(person, PEOPLE, "citizen-1");
const code = await ask(person, "GET", "/api/v1/me/code");
check("a person reads the own code", code.status === 200 && code.json.colour === "red", code.json);
check("with its reasons", code.json.reasons[0].ground === "COLD", code.json);
check("and no office's lists", slug(await ask(person, "GET", "/api/v1/orders")) === "not-permitted");
for (const [login, problem] of [
  ["citizen-2", "person-unknown"], ["citizen-3", "identity-provider-failed"],
]) {
  const page = await somebody();
  await signIn(page, PEOPLE, login);
  check(`${login} is told ${problem}`, at(page, `/problems/${problem}`), page.url());
  check("and there is no session", slug(await me(page)) === "sign-in-first");
}

// -- The end of it -------------------------------------------------------------------------------
await signIn(officer, STAFF, "zhao");
check("the officer is there", (await me(officer)).json.id === OFFICER);
call(REGISTRAR, "DELETE", `/api/v1/bindings/${OFFICER}/${STAFF}`);
check("without the account the session ends", slug(await me(officer)) === "sign-in-first");
await signIn(officer, STAFF, "zhao");
check("and the account opens nothing", at(officer, "/problems/account-unknown"), officer.url());
writeFileSync("invite.json", JSON.stringify({ officer: OFFICER }));
const { link } = call(REGISTRAR, "POST", "/api/v1/invitations", "--body", "invite.json");
await signIn(officer, STAFF, "zhao", { invitation: link.split("#")[1] });
check("until another invitation binds it", (await me(officer)).json.id === OFFICER);
const { items } = call(REGISTRAR, "GET", "/api/v1/officers?limit=500");
const onRecord = items.find((one) => one.officer === OFFICER).key;
act(REGISTRAR, { act: "key.revoke", key: onRecord, reason: "left" });
check("a key that was revoked ends the session at once", slug(await me(officer)) === "not-in-office");
await signIn(officer, STAFF, "zhao");
check("and the account opens no other", at(officer, "/problems/not-in-office"), officer.url());

// -- By the page's own link ----------------------------------------------------------------------
const guest = await somebody();
await guest.goto(`${BASE}/signin`);
const onwards = await guest.$eval(`a[href="/signin/provider/${PEOPLE}"]`, (one) => one.href);
await through(guest, onwards, "citizen-1");
await guest.waitForFunction(() => location.pathname === "/my");
check("the page leads to a provider and back to one's own code",
  (await guest.$('form[action="/signout"]')) !== null, guest.url());

await browser.close();
listening.close();
listening.closeAllConnections();
done("identity providers");

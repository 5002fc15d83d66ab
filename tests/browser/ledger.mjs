// What the tests in a browser share: checks, acts signed with key files, and the browser itself.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import puppeteer from "puppeteer-core";

export const { MINGMA, BASE, LINK, CHROMIUM } = process.env;
let checks = 0;

export function check(name, holds, found) {
  if (!holds) {
    console.error(`FAILED: ${name}`, found ?? "");
    process.exit(1);
  }
  checks += 1;
  console.log(`  ok  ${name}`);
}
export function done(about) {
  console.log(`${checks} checks of ${about} hold`);
}
export const slug = (answer) => answer.json?.type?.replace("/problems/", "");

export function mingma(...args) {
  return execFileSync(MINGMA, [...args, "--json"], { encoding: "utf8" });
}
/// Asks the server as an officer with a key file.
export function call(officer, method, path, ...more) {
  const who = ["--as", officer, "--key", `keys/${officer}.key`];
  const said = mingma("call", method, path, "--server", BASE, ...who, ...more);
  return said.trim() ? JSON.parse(said) : null;
}
/// Signs an act with a key file and sends it to the server.
export function act(officer, text) {
  writeFileSync("act.json", JSON.stringify(text));
  const who = ["--as", officer, "--key", `keys/${officer}.key`];
  return JSON.parse(mingma("act", "sign", "act.json", "--server", BASE, "--send", ...who));
}

/// Takes an officer into office for a year, as the registrar does, once the fingerprint of a passkey is known.
export function inOffice(id, role, key) {
  const year = (n) => `${new Date(Date.now() + n * 31_536_000_000).toISOString().slice(0, 10)}T00:00:00+08:00`;
  const [org, name] = id.split(".");
  const term = { term_from: year(-1), term_until: year(1) };
  return act("410000-health.gao", { act: "officer.register", id, org, roles: [role], ...term, key, holder: `holder-${name}` });
}

/// What the pages say in a language under a key.
export function wordsOf(language) {
  const text = readFileSync(`crates/web/src/pages/words/${language}.ftl`, "utf8");
  const own = new Map([...text.matchAll(/^([a-z0-9_-]+) = (.+)$/gm)].map(([, key, said]) => [key, said]));
  return (key) => own.get(key) ?? check(`${language} has the word ${key}`, false);
}

/// A browser that reaches this machine alone. Its own language is also that of its workers.
export function launch(language = "en") {
  return puppeteer.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      `--accept-lang=${language}`,
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ],
  });
}

/// A page with an authenticator of its own: it holds passkeys and says that its owner is there.
export async function withPasskeys(context) {
  const page = await context.newPage();
  const devtools = await page.createCDPSession();
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return page;
}

/// Opens an invitation and makes a passkey; its fingerprint, as the page tells it.
export async function invited(page, link) {
  await page.goto(link);
  await page.click("#make");
  await page.waitForSelector("#made:not([hidden])");
  return page.$eval("#fingerprint", (one) => one.textContent);
}

/// Signs in with the passkey.
export async function passkeyIn(page) {
  await page.goto(`${BASE}/signin`);
  await page.waitForSelector("#passkey:not([hidden])");
  await Promise.all([page.waitForNavigation(), page.click("#passkey")]);
}

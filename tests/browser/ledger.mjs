// What the tests in a browser share: checks, acts signed with key files, and the browser itself.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
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

/// A browser that reaches this machine alone.
export function launch() {
  return puppeteer.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ],
  });
}

/// A page with an authenticator of its own: it holds passkeys and says that its owner is there.
export async function withPasskeys(browser) {
  const page = await browser.newPage();
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

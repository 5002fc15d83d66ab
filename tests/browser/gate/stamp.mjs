// Writes into the service worker which scripts of the gate it keeps, and their digest as its
// version. Run it after a change: `node tests/browser/gate/stamp.mjs`.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const assets = join(import.meta.dirname, "../../../crates/web/assets");
const file = join(assets, "sw.js");

/** The worker as it should be. */
export function stamped(text) {
  const listed = [...text.matchAll(/^ {2}"\/assets\/(.*)",$/gm)].map(([, name]) => name);
  const others = listed.filter((name) => !name.startsWith("gate/"));
  const scripts = readdirSync(join(assets, "gate")).map((name) => `gate/${name}`);
  const names = [...others, ...scripts].sort();
  const digest = createHash("sha256");
  for (const name of names) digest.update(`${name}\n`).update(readFileSync(join(assets, name)));
  const lines = names.map((name) => `  "/assets/${name}",\n`).join("");
  return text
    .replace(/^const VERSION = ".*";$/m, `const VERSION = "${digest.digest("hex").slice(0, 12)}";`)
    .replace(/^const ASSETS = \[[^\]]*\];$/m, `const ASSETS = [\n${lines}];`);
}

export const worker = () => readFileSync(file, "utf8");
if (process.argv[1] === import.meta.filename) writeFileSync(file, stamped(worker()));

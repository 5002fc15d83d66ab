// A web server of this machine with a published site, the gate's scripts and a page for them.
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

const assets = join(import.meta.dirname, "../../../crates/web/assets");
const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; img-src 'self'";
const PAGE =
  '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>gate</title><p>gate</p></html>';

/** What lies at an address: a page, a script, or a file of the site. */
function found(site, path) {
  if (path === "/gate" || path === "/code") return { kind: "text/html; charset=utf-8", body: PAGE };
  const isOurs = path === "/sw.js" || path.startsWith("/assets/");
  const file = isOurs ? join(assets, path.replace("/assets/", "/")) : join(site, path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return null;
  const kind = path.endsWith(".js") ? "text/javascript" : "application/octet-stream";
  return { kind, body: readFileSync(file) };
}

/** Serves until it is stopped; `asked` has every address that was asked for, with its cookies. */
export async function serve(site) {
  const asked = [];
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    asked.push({ path, cookie: request.headers.cookie });
    const { kind, body } = found(site, path) ?? {};
    const headers = {
      "content-type": kind ?? "text/plain",
      "content-security-policy": POLICY,
      "set-cookie": "session=secret",
      // The program is waited for between two questions, longer than a connection is kept.
      connection: "close",
    };
    response.writeHead(body === undefined ? 404 : 200, headers).end(body ?? "not here");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const stop = () =>
    new Promise((stopped) => {
      server.close(stopped);
      server.closeAllConnections();
    });
  return { base: `http://localhost:${server.address().port}/`, asked, stop };
}

/** A shelf in memory. */
export function shelf() {
  let kept;
  const copy = (record) => record && structuredClone(record);
  return {
    get: async () => copy(kept),
    put: async (record) => {
      kept = copy(record);
    },
    clear: async () => {
      kept = undefined;
    },
    inTurn: (work) => work(),
  };
}

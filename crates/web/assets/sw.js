// Opens the gate's page, and the page that shows a code, with the server stopped: these pages, their
// scripts, nothing else.
//
// Invariant: only GET of the addresses listed here is answered from the cache; they are fetched
// without cookies, so nothing personal can be in it; a cache belongs to one version, the digest of
// the listed files, and the others go when it begins. What the site publishes is kept by
// `gate/store.js`, checked.
// Refuses: every other address, method and origin: these go to the network as if this were not
// here.

const VERSION = "2034e2798b63";
const PAGES = ["/code", "/gate"];
const ASSETS = [
  "/assets/gate/able.js",
  "/assets/gate/base45.js",
  "/assets/gate/bytes.js",
  "/assets/gate/cbor.js",
  "/assets/gate/challenge.js",
  "/assets/gate/cose.js",
  "/assets/gate/hold.js",
  "/assets/gate/leaf.js",
  "/assets/gate/list.js",
  "/assets/gate/lists.js",
  "/assets/gate/note.js",
  "/assets/gate/p256.js",
  "/assets/gate/page.js",
  "/assets/gate/policy.js",
  "/assets/gate/proof.js",
  "/assets/gate/qr-blocks.js",
  "/assets/gate/qr-draw.js",
  "/assets/gate/qr-find.js",
  "/assets/gate/qr-image.js",
  "/assets/gate/qr-paint.js",
  "/assets/gate/qr-plane.js",
  "/assets/gate/qr-shape.js",
  "/assets/gate/qr-text.js",
  "/assets/gate/qr.js",
  "/assets/gate/replays.js",
  "/assets/gate/scan.js",
  "/assets/gate/shelf.js",
  "/assets/gate/show.js",
  "/assets/gate/store.js",
  "/assets/gate/token.js",
  "/assets/gate/trust.js",
  "/assets/gate/verify.js",
  "/assets/style.css",
];

const NAME = "mingma-gate-pages-";
const CACHE = NAME + VERSION;
const LISTED = new Set([...PAGES, ...ASSETS]);

/** Fetches a listed address as nobody in particular. */
async function fetched(path) {
  const how = { cache: "no-cache", credentials: "omit", redirect: "error" };
  const answer = await fetch(path, how);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

async function install() {
  const cache = await caches.open(CACHE);
  const answers = await Promise.all([...LISTED].map(async (path) => [path, await fetched(path)]));
  await Promise.all(answers.map(([path, answer]) => cache.put(path, answer)));
  await self.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(NAME) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Renews a page behind its reader, who sees it the next time. */
async function renew(path) {
  const cache = await caches.open(CACHE);
  // Without a network the page that is here stays.
  await fetched(path).then(
    (answer) => cache.put(path, answer),
    () => {},
  );
}

async function answer(request, path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  const path = [pathname + search, pathname].find((path) => LISTED.has(path));
  if (path === undefined) return;
  event.respondWith(answer(request, path));
  if (PAGES.includes(path)) event.waitUntil(renew(path));
});

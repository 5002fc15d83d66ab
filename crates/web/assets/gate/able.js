// Whether this browser can do what the gate needs, asked before anything is promised.
//
// Invariant: what is missing is named by a stable word, for the page to put into a sentence.
// Refuses: to guess by the name of a browser; each ability is tried.

/** @returns {Promise<boolean>} whether signatures of logs and witnesses can be checked */
async function hasEd25519() {
  // RFC 8032 7.1, test 1: the public key.
  const key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  const bytes = Uint8Array.from(key.match(/../g), (digits) => Number.parseInt(digits, 16));
  return crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]).then(
    () => true,
    () => false,
  );
}

/**
 * @returns {Promise<("secure_context" | "ed25519" | "deflate" | "storage")[]>} nothing where all is
 * well
 */
export async function missing() {
  const found = [];
  // Without one there is neither cryptography nor a service worker.
  if (!globalThis.isSecureContext) return ["secure_context"];
  if (!(await hasEd25519())) found.push("ed25519");
  if (!("DecompressionStream" in globalThis)) found.push("deflate");
  if (!("indexedDB" in globalThis) || !navigator.locks) found.push("storage");
  return found;
}

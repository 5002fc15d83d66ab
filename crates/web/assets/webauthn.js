// What passkeys say, in the form that the interface takes (Web Authentication, level 2).
//
// Invariant: the key never leaves the device. Refuses: nothing; the server judges.

/** Base64 for addresses, as bytes. */
export const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
/** Bytes as base64 for addresses. */
export const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** What the authenticator says to a challenge, as the interface takes it. */
export async function assertion(challenge) {
  const found = await navigator.credentials.get({
    publicKey: { challenge: bytes(challenge), userVerification: "required" },
  });
  return {
    credential: text(found.rawId),
    authenticator_data: text(found.response.authenticatorData),
    client_data: text(found.response.clientDataJSON),
    signature: text(found.response.signature),
  };
}

/** Posts JSON to the interface. */
export async function post(path, body, csrf) {
  const headers = { "content-type": "application/json" };
  if (csrf) headers["x-csrf-token"] = csrf;
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  return { ok: answer.ok, body: await answer.json() };
}

// An invited officer registers a passkey, or an account at an identity provider.
//
// Invariant: the token of the invitation stays in the fragment of the address until it is used, and
// is taken out of the address at once. Refuses: nothing; the server judges.

import { assertion, bytes, post, text } from "./webauthn.js";

const invitation = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const at = (id) => document.getElementById(id);

async function made() {
  const first = (await post("/api/v1/signin/challenge", {})).body;
  const name = document.title;
  const created = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(first.challenge),
      rp: { id: first.rp_id, name },
      user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    },
  });
  const { challenge } = (await post("/api/v1/signin/challenge", {})).body;
  const registered = await post("/api/v1/signin/passkeys", {
    invitation,
    public_key: text(created.response.getPublicKey()),
    challenge,
    assertion: await assertion(challenge),
  });
  if (!registered.ok) throw new Error(registered.body.title);
  return registered.body.fingerprint;
}

/** Does something once; says where it failed. */
const once = (button, act) =>
  button.addEventListener("click", async () => {
    button.disabled = true;
    at("failed").hidden = true;
    try {
      await act();
    } catch {
      at("failed").hidden = false;
      button.disabled = false;
    }
  });

const make = at("make");
make.hidden = !window.PublicKeyCredential;
once(make, async () => {
  at("fingerprint").textContent = await made();
  at("made").hidden = false;
  make.hidden = true;
});
for (const button of document.querySelectorAll("[data-provider]")) {
  button.hidden = false;
  once(button, async () => {
    const path = `/api/v1/signin/identity/${button.dataset.provider}/start`;
    const started = await post(path, { invitation, then: "/signin/arrived/officers" });
    if (!started.ok) throw new Error(started.body.title);
    location.assign(started.body.address);
  });
}

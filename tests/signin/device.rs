//! An authenticator with one passkey, and the browser before it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What comes before an uncompressed point of P-256 in `SubjectPublicKeyInfo` (RFC 5480).
const SPKI_START: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A device at an origin of `http://localhost`.
pub struct Device {
    key: SigningKey,
    origin: String,
}

impl Device {
    /// A device.
    pub fn new(origin: &str) -> Self {
        Self {
            key: SigningKey::from_slice(&[7; 32]).unwrap(),
            origin: origin.to_owned(),
        }
    }

    /// The public key as a browser gives it.
    pub fn public_key(&self) -> String {
        let point = self.key.verifying_key().to_sec1_point(false);
        URL_SAFE_NO_PAD.encode([&SPKI_START, point.as_bytes()].concat())
    }

    /// An answer to a challenge in base64url.
    pub fn assertion(&self, challenge: &str) -> Value {
        let client = json!({
            "type": "webauthn.get", "challenge": challenge, "origin": self.origin,
            "crossOrigin": false,
        });
        let client = client.to_string();
        let mut data = Sha256::digest(b"localhost").to_vec();
        // Present and verified; the counter stands still.
        data.extend([0b101, 0, 0, 0, 0]);
        let message = [&data[..], &Sha256::digest(client.as_bytes())].concat();
        let signature: Signature = self.key.sign(&message);
        json!({
            "credential": URL_SAFE_NO_PAD.encode(b"a passkey"),
            "authenticator_data": URL_SAFE_NO_PAD.encode(data),
            "client_data": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature.to_der().as_bytes()),
        })
    }
}

//! An identity provider that says whatever it is told to, signed with keys of its own: for answers
//! that a real one never gives. A real one is asked in `scripts/browser`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use ring::hmac;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the token endpoint answers: status and body.
pub type Told = (u16, String);

#[derive(Default)]
struct Inner {
    /// The keys that are published.
    keys: Vec<Value>,
    /// What the token endpoint answers next.
    told: Option<Told>,
    /// What it was asked last: headers and form.
    asked: String,
    /// How often the keys were asked for.
    keys_asked: usize,
}

/// A provider on loopback.
pub struct Provider {
    /// Its issuer.
    pub issuer: String,
    inner: Arc<Mutex<Inner>>,
}

/// A key that signs tokens.
pub enum Key {
    /// ES256.
    P256(SigningKey),
    /// EdDSA.
    Ed25519(ed25519_dalek::SigningKey),
    /// HS256, with the secret that provider and client share.
    Shared(&'static str),
}

impl Key {
    /// A key on P-256.
    pub fn p256(seed: u8) -> Self {
        Self::P256(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    /// A key on Ed25519.
    pub fn ed25519(seed: u8) -> Self {
        Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    /// The public key as it is published.
    pub fn jwk(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let (x, y) = point.as_bytes()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y), "kid": kid, "use": "sig" })
            }
            Self::Ed25519(key) => {
                let x = text(key.verifying_key().as_bytes());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig" })
            }
            Self::Shared(_) => panic!("a shared key is never published"),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(key) => {
                let signature: Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Self::Shared(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::sign(&key, message).as_ref().to_vec()
            }
        }
    }

    /// A token.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let text = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", text(header), text(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// What the token endpoint answers with a token.
pub fn telling(id_token: &str) -> Told {
    let body = json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token });
    (200, body.to_string())
}

impl Provider {
    /// Starts one; it ends with the test.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner::default()));
        let (own, shared) = (issuer.clone(), Arc::clone(&inner));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &own, &shared);
            }
        });
        Self { issuer, inner }
    }

    /// Publishes keys and no others.
    pub fn publish(&self, keys: &[Value]) {
        self.inner.lock().unwrap().keys = keys.to_vec();
    }

    /// Has the token endpoint answer so.
    pub fn tell(&self, told: Told) {
        self.inner.lock().unwrap().told = Some(told);
    }

    /// What the token endpoint was asked last.
    pub fn asked(&self) -> String {
        self.inner.lock().unwrap().asked.clone()
    }

    /// How often the keys were asked for.
    pub fn keys_asked(&self) -> usize {
        self.inner.lock().unwrap().keys_asked
    }
}

fn serve(stream: TcpStream, issuer: &str, inner: &Mutex<Inner>) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(text) = lower.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (status, answer) = answer(&head, &String::from_utf8(body).unwrap(), issuer, inner);
    let text = format!(
        "HTTP/1.1 {status} Told\r\nlocation: {issuer}/elsewhere\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
        answer.len()
    );
    // Whoever asked may have had enough.
    let _ = reader.into_inner().write_all(text.as_bytes());
}

fn answer(head: &str, body: &str, issuer: &str, inner: &Mutex<Inner>) -> Told {
    let mut inner = inner.lock().unwrap();
    let path = head.split(' ').nth(1).unwrap_or_default();
    match path {
        "/.well-known/openid-configuration" => {
            let metadata = json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/keys"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "Ed25519"],
            });
            (200, metadata.to_string())
        }
        "/keys" => {
            inner.keys_asked += 1;
            (200, json!({ "keys": inner.keys }).to_string())
        }
        "/token" => {
            inner.asked = format!("{head}\n{body}");
            inner.told.clone().unwrap()
        }
        _ => (404, String::new()),
    }
}

/// The parameters of an address.
pub fn parameters(address: &str) -> BTreeMap<String, String> {
    let (_, query) = address.split_once('?').unwrap();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let plain = |text: &str| text.replace("%3A", ":").replace("%2F", "/");
    pairs
        .map(|(name, value)| (name.to_owned(), plain(value)))
        .collect()
}

/// What a verifier must be for a challenge (RFC 7636 4.2).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

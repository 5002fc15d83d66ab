//! Short messages through a gateway: JSON, posted and signed by Standard Webhooks 1.0.0
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! Invariant: `webhook-id` is the notice's id, the same in every attempt; the signature is over id,
//! time of the attempt and the bytes of the body. Refuses: redirects, secrets shorter than 24 bytes.

use crate::Channel;
use crate::settings::{SettingsError, WebhookSettings};
use app::notices::{Letter, Route, Sent};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::Duration;
use zeroize::Zeroizing;

const TIME_MAX: Duration = Duration::from_secs(10);
const SECRET_FRONT: &str = "whsec_";

/// A gateway.
pub struct Webhook {
    url: String,
    key: Zeroizing<Vec<u8>>,
    agent: ureq::Agent,
}

impl Webhook {
    /// A gateway by its settings.
    ///
    /// # Errors
    /// An address that is not HTTP, or a secret that is none.
    pub fn new(settings: &WebhookSettings) -> Result<Self, SettingsError> {
        let url = settings.url.clone();
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(SettingsError {
                name: "webhook.url",
                why: format!("`{url}` is not an address"),
                help: "write an address that begins with `https://`",
            });
        }
        let secret = settings.secret.strip_prefix(SECRET_FRONT);
        let key = secret.and_then(|secret| STANDARD.decode(secret).ok());
        let key = key.filter(|key| (24..=64).contains(&key.len()));
        let key = key.map(Zeroizing::new).ok_or_else(|| SettingsError {
            name: "webhook.secret",
            why: "it is not a secret of this scheme".to_owned(),
            help: "write `whsec_` and 24 to 64 random bytes in base64",
        })?;
        // Whoever set one before means it; then this changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::PlatformVerifier)
            .build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIME_MAX))
            .max_redirects(0)
            .http_status_as_error(false)
            .tls_config(tls)
            .build();
        let agent = config.into();
        Ok(Self { url, key, agent })
    }
}

/// The signature of a body: HMAC-SHA256 over id, seconds and body, joined by dots.
pub fn sign(key: &[u8], id: &str, seconds: u64, body: &[u8]) -> Option<String> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

fn body(letter: &Letter) -> String {
    let notice = &letter.notice;
    serde_json::json!({
        "type": format!("notice.{}", notice.event.word()),
        "timestamp": notice.at.to_string(),
        "data": {
            "to": letter.phone, "text": letter.sms, "language": "zh-CN", "entry": notice.entry,
        },
    })
    .to_string()
}

impl Channel for Webhook {
    fn route(&self) -> Route {
        Route::Sms
    }

    fn reaches(&self, letter: &Letter) -> bool {
        letter.phone.is_some()
    }

    fn send(&mut self, letter: &Letter, now: Timestamp) -> Sent {
        let body = body(letter);
        let seconds = now.as_unsigned_unix();
        let Some(signature) = sign(&self.key, &letter.id, seconds, body.as_bytes()) else {
            return Sent::Refused("the secret cannot sign".to_owned());
        };
        let request = self.agent.post(&self.url);
        let request = request
            .header("content-type", "application/json")
            .header("webhook-id", &letter.id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signature);
        match request.send(body) {
            Ok(answer) => {
                let after = answer.headers().get("retry-after");
                let after_s = after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
                judge(answer.status().as_u16(), after_s)
            }
            Err(error) => Sent::Later {
                after_s: None,
                why: error.to_string(),
            },
        }
    }
}

/// What a status says of a message: taken, not now, or never.
fn judge(status: u16, after_s: Option<u32>) -> Sent {
    let why = format!("the gateway answers {status}");
    match status {
        200..=299 => Sent::Done,
        400 | 410 | 413 | 422 => Sent::Refused(why),
        _ => Sent::Later { after_s, why },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_scheme() {
        // The example of the specification's libraries.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body).unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_status_is_taken_not_now_or_never() {
        for (status, word) in [
            (200, "done"),
            (204, "done"),
            (302, "later"),
            (401, "later"),
            (408, "later"),
            (410, "refused"),
            (422, "refused"),
            (429, "later"),
            (500, "later"),
            (503, "later"),
        ] {
            let found = match judge(status, None) {
                Sent::Done => "done",
                Sent::Later { .. } => "later",
                Sent::Refused(_) | Sent::NoRoute(_) => "refused",
            };
            assert_eq!(found, word, "{status}");
        }
    }

    #[test]
    fn a_secret_is_24_bytes_at_least_and_is_never_shown() {
        let settings = |secret: String| WebhookSettings {
            url: "http://127.0.0.1:9/".to_owned(),
            secret,
        };
        let secret = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        assert!(Webhook::new(&settings(secret(24))).is_ok());
        for bad in [secret(23), secret(65), "whsec_*".to_owned(), String::new()] {
            let error = Webhook::new(&settings(bad)).err().unwrap();
            assert_eq!(error.name, "webhook.secret");
        }
        assert!(!format!("{:?}", settings(secret(24))).contains("Bwc"));
    }
}

//! Acts that have no word: bytes that somebody sends although no such act exists.
//!
//! Invariant: the envelope and its signature are right, so that what is refused is the act itself.

use super::acts::{Built, Deed, Stage, by, key_name};
use super::error::Fault;
use super::format::RawText;
use crate::cast::Cast;
use ciborium::Value;
use domain::ids::PublicKey;
use ed25519_dalek::{Signer as _, SigningKey};
use intake::cose;

/// Makes bytes of an act that the machine does not know, or of no act at all.
pub(super) fn build(stage: &Stage<'_>, text: &RawText) -> Result<Built, Fault> {
    let (tried, bytes) = match (&text.word, &text.bytes) {
        (None, Some(bytes)) => (
            "send bytes that are no act".to_owned(),
            bytes.as_bytes().to_vec(),
        ),
        (Some(word), None) => {
            let by = by(stage)?;
            let key = Cast::key(key_name(stage, by));
            let payload = encode(&payload(stage, by, word, text))?;
            (
                format!("send an act called `{word}`"),
                seal(&payload, &key)?,
            )
        }
        (None, None) | (Some(_), Some(_)) => {
            return Err(Fault::new(
                "raw",
                "says not exactly one thing",
                "give `word` or `bytes`",
            ));
        }
    };
    Ok(Built {
        tried,
        deed: Deed::Submit(vec![bytes]),
        stated: Vec::new(),
        new_key: None,
    })
}

fn text(words: &str) -> Value {
    Value::Text(words.to_owned())
}

fn payload(stage: &Stage<'_>, by: &str, word: &str, raw: &RawText) -> Value {
    let fields = raw
        .fields
        .iter()
        .map(|(key, value)| (text(key), text(value)))
        .collect();
    Value::Map(vec![
        (text("ledger"), text(stage.cast.origin())),
        (text("officer"), text(by)),
        (
            text("signed_at"),
            Value::Integer(stage.signed_at.as_unix().into()),
        ),
        (text("nonce"), Value::Bytes(vec![0; 16])),
        (
            text("body"),
            Value::Map(vec![(text(word), Value::Map(fields))]),
        ),
    ])
}

fn encode(value: &Value) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes)
        .map_err(|error| Fault::new("raw", error.to_string(), "shorten it"))?;
    Ok(bytes)
}

/// Signs any payload as an act (RFC 9052 4.4).
fn seal(payload: &[u8], key: &SigningKey) -> Result<Vec<u8>, Fault> {
    let public = PublicKey::from_bytes(key.verifying_key().to_bytes());
    let header = encode(&Value::Map(vec![
        (Value::Integer(1.into()), Value::Integer((-8).into())),
        (
            Value::Integer(4.into()),
            Value::Bytes(cose::kid(&public).to_vec()),
        ),
        (Value::Integer(16.into()), text(cose::Typ::Act.media_type())),
    ]))?;
    let message = encode(&Value::Array(vec![
        text("Signature1"),
        Value::Bytes(header.clone()),
        Value::Bytes(Vec::new()),
        Value::Bytes(payload.to_vec()),
    ]))?;
    let signature = key.sign(&message).to_bytes().to_vec();
    let signed = Value::Array(vec![
        Value::Bytes(header),
        Value::Map(Vec::new()),
        Value::Bytes(payload.to_vec()),
        Value::Bytes(signature),
    ]);
    encode(&Value::Tag(18, Box::new(signed)))
}

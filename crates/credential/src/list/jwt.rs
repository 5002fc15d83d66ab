//! The list token as a JWT: draft-ietf-oauth-status-list 5.1, for readers without CBOR.
//!
//! Invariant: header and claims are the JSON that is written here, names in order and without
//! spaces, so one version of a list has one text before its signature.
//! Refuses: any other header, name, order or form of a number, base64url with padding or loose
//! bits, and a text longer than the limit.

use super::claims::ListClaims;
use super::error::ListError;
use super::status::SlotBits;
use super::token::{Content, LIST_BYTES_MAX};
use crate::constants::TYP_LIST_JWT;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The header. The key decides the algorithm; `alg` only repeats it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    exp: u64,
    iat: u64,
    status_list: List,
    sub: String,
    ttl: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aggregation_uri: Option<String>,
    bits: u64,
    lst: String,
}

const ALG: &str = "ES256";

/// A text taken apart; nothing is verified yet.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    /// What is signed.
    pub(super) signed: &'a str,
    /// The hint which key signed.
    pub(super) kid: [u8; 8],
    /// The signature.
    pub(super) signature: [u8; 64],
    /// What the list says.
    pub(super) content: Content,
}

/// Writes what is to be signed.
pub(super) fn write(
    claims: &ListClaims,
    bits: SlotBits,
    lst: &[u8],
    kid: [u8; 8],
) -> Result<String, ListError> {
    let fault = |_| ListError::Content("not representable as JSON");
    let header = Header {
        alg: ALG,
        kid: &URL_SAFE_NO_PAD.encode(kid),
        typ: TYP_LIST_JWT,
    };
    let claims = Claims {
        exp: claims.expires_s,
        iat: claims.issued_s,
        status_list: List {
            aggregation_uri: claims.aggregation_uri.clone(),
            bits: u64::from(bits.count()),
            lst: URL_SAFE_NO_PAD.encode(lst),
        },
        sub: claims.uri.clone(),
        ttl: claims.ttl_s,
    };
    let mut text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).map_err(fault)?);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(&claims).map_err(fault)?, &mut text);
    Ok(text)
}

/// Puts the signature behind what is signed.
pub(super) fn finish(mut signed: String, signature: &[u8; 64]) -> String {
    signed.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut signed);
    signed
}

/// Takes a text apart.
pub(super) fn read(text: &str) -> Result<Parts<'_>, ListError> {
    if text.len() > LIST_BYTES_MAX {
        return Err(ListError::Limit {
            what: "bytes of a signed list",
            limit: LIST_BYTES_MAX as u64,
        });
    }
    let fault = ListError::Content("not a list as a JWT in its one form");
    let parts = parts(text).ok_or(fault)?;
    parts.content.claims.check()?;
    Ok(parts)
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header_json = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: Header<'_> = serde_json::from_slice(&header_json).ok()?;
    if header.alg != ALG || header.typ != TYP_LIST_JWT {
        return None;
    }
    let kid = URL_SAFE_NO_PAD.decode(header.kid).ok()?.try_into().ok()?;
    let claims_json = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Claims = serde_json::from_slice(&claims_json).ok()?;
    // One form: what was read is what would be written.
    let again = serde_json::to_vec(&header).ok()? == header_json;
    if !again || serde_json::to_vec(&claims).ok()? != claims_json {
        return None;
    }
    let content = Content {
        bits: SlotBits::from_count(claims.status_list.bits)?,
        lst: URL_SAFE_NO_PAD.decode(&claims.status_list.lst).ok()?,
        claims: ListClaims {
            uri: claims.sub,
            issued_s: claims.iat,
            expires_s: claims.exp,
            ttl_s: claims.ttl,
            aggregation_uri: claims.status_list.aggregation_uri,
        },
    };
    Some(Parts {
        signed,
        kid,
        signature: URL_SAFE_NO_PAD.decode(signature).ok()?.try_into().ok()?,
        content,
    })
}

#[cfg(test)]
mod tests {
    use super::super::claims::tests::claims;
    use super::*;

    fn text(header: &str, claims: &str) -> String {
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        finish(signed, &[7; 64])
    }

    const HEADER: &str = r#"{"alg":"ES256","kid":"AAAAAAAAAAA","typ":"statuslist+jwt"}"#;
    const CLAIMS: &str =
        r#"{"exp":9,"iat":1,"status_list":{"bits":2,"lst":"AQI"},"sub":"a","ttl":5}"#;

    #[test]
    fn a_text_reads_back() {
        let signed = write(&claims(), SlotBits::Two, &[1, 2, 3], [9; 8]).unwrap();
        let text = finish(signed.clone(), &[7; 64]);
        let parts = read(&text).unwrap();
        assert_eq!(parts.signed, signed);
        assert_eq!((parts.kid, parts.signature), ([9; 8], [7; 64]));
        assert_eq!(parts.content.claims, claims());
        assert_eq!(parts.content.lst, [1, 2, 3]);
        assert!(read(&super::tests::text(HEADER, CLAIMS)).is_ok());
    }

    #[test]
    fn another_form_of_the_same_is_refused() {
        let headers = [
            HEADER.replace("ES256", "none"),
            HEADER.replace("ES256", "HS256"),
            HEADER.replace("statuslist+jwt", "JWT"),
            HEADER.replace(r#""kid":"AAAAAAAAAAA","#, ""),
            HEADER.replace('{', "{ "),
            HEADER.replace('{', r#"{"crit":[],"#),
        ];
        for header in headers {
            assert!(read(&text(&header, CLAIMS)).is_err(), "{header}");
        }
        let others = [
            CLAIMS.replace(r#""exp":9"#, r#""exp":9.0"#),
            CLAIMS.replace(r#""exp":9,"#, ""),
            CLAIMS.replace(r#""ttl":5"#, r#""ttl":5,"ttl":5"#),
            CLAIMS.replace(r#""ttl":5"#, r#""ttl":5,"iss":"x""#),
            CLAIMS.replace(r#""bits":2"#, r#""bits":3"#),
            CLAIMS.replace("AQI", "AQI="),
            CLAIMS.replace("AQI", "AQJ"),
            CLAIMS.replace(r#""sub":"a""#, r#""sub":"\u0061""#),
            CLAIMS.replace(r#""exp":9,"iat":1"#, r#""iat":1,"exp":9"#),
            CLAIMS.replace(r#""bits""#, r#""aggregation_uri":null,"bits""#),
        ];
        for other in others {
            assert!(read(&text(HEADER, &other)).is_err(), "{other}");
        }
        let whole = text(HEADER, CLAIMS);
        assert!(read(&whole[..whole.len() - 2]).is_err());
        assert!(read(&format!("{whole}.")).is_err());
        assert!(read("..").is_err());
    }
}

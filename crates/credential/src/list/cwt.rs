//! The content of a list token in CBOR: draft-ietf-oauth-status-list 5.2, our profile of it.
//!
//! Invariant: the payload is `{2: sub, 4: exp, 6: iat, 65533: {lst, bits, ?aggregation_uri},
//! 65534: ttl}` with all of these claims, in deterministic order (RFC 8949 4.2.1), so one version
//! of a list has one payload. Refuses: any other member, order or number form. It inflates
//! nothing: that is for [`super::Content::array`], which knows how far.

use super::claims::ListClaims;
use super::error::ListError;
use super::status::SlotBits;
use super::token::Content;
use crate::cbor::{self, Reader};
use crate::constants::{CLAIM_EXP, CLAIM_IAT, CLAIM_STATUS_LIST, CLAIM_SUB, CLAIM_TTL};

/// Writes the payload of a list.
pub(super) fn write(claims: &ListClaims, bits: SlotBits, lst: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lst.len().saturating_add(2_048));
    cbor::head(&mut out, cbor::MAP, 5);
    cbor::int(&mut out, CLAIM_SUB);
    cbor::text(&mut out, &claims.uri);
    cbor::int(&mut out, CLAIM_EXP);
    cbor::uint(&mut out, claims.expires_s);
    cbor::int(&mut out, CLAIM_IAT);
    cbor::uint(&mut out, claims.issued_s);
    cbor::int(&mut out, CLAIM_STATUS_LIST);
    let members = if claims.aggregation_uri.is_some() {
        3
    } else {
        2
    };
    cbor::head(&mut out, cbor::MAP, members);
    // Deterministic order puts the shorter name first.
    cbor::text(&mut out, "lst");
    cbor::bytes(&mut out, lst);
    cbor::text(&mut out, "bits");
    cbor::uint(&mut out, u64::from(bits.count()));
    if let Some(uri) = &claims.aggregation_uri {
        cbor::text(&mut out, "aggregation_uri");
        cbor::text(&mut out, uri);
    }
    cbor::int(&mut out, CLAIM_TTL);
    cbor::uint(&mut out, claims.ttl_s);
    out
}

/// Reads the payload of a list.
pub(super) fn read(payload: &[u8]) -> Result<Content, ListError> {
    let fault = ListError::Content("not the claims of a list in deterministic CBOR");
    let content = content(&mut Reader::new(payload)).ok_or(fault)?;
    content.claims.check()?;
    Ok(content)
}

fn content(reader: &mut Reader<'_>) -> Option<Content> {
    reader.map(5, 5)?;
    reader.claim(CLAIM_SUB)?;
    let uri = reader.text()?.to_owned();
    reader.claim(CLAIM_EXP)?;
    let expires_s = reader.uint()?;
    reader.claim(CLAIM_IAT)?;
    let issued_s = reader.uint()?;
    reader.claim(CLAIM_STATUS_LIST)?;
    let members = reader.map(2, 3)?;
    reader.member("lst")?;
    let lst = reader.bytes()?;
    reader.member("bits")?;
    let bits = SlotBits::from_count(reader.uint()?)?;
    let aggregation_uri = if members == 3 {
        reader.member("aggregation_uri")?;
        Some(reader.text()?.to_owned())
    } else {
        None
    };
    reader.claim(CLAIM_TTL)?;
    let ttl_s = reader.uint()?;
    reader.end()?;
    let claims = ListClaims {
        uri,
        issued_s,
        expires_s,
        ttl_s,
        aggregation_uri,
    };
    Some(Content {
        claims,
        bits,
        lst: lst.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::claims::tests::claims;
    use super::*;

    fn written(aggregation_uri: Option<&str>) -> (Content, Vec<u8>) {
        let content = Content {
            claims: ListClaims {
                aggregation_uri: aggregation_uri.map(str::to_owned),
                ..claims()
            },
            bits: SlotBits::Two,
            lst: vec![1, 2, 3],
        };
        let payload = write(&content.claims, content.bits, &content.lst);
        (content, payload)
    }

    #[test]
    fn a_payload_reads_back() {
        for aggregation_uri in [None, Some("https://s.mm.example/lists")] {
            let (content, payload) = written(aggregation_uri);
            assert_eq!(read(&payload).unwrap(), content);
        }
    }

    #[test]
    fn every_cut_and_every_byte_more_is_refused() {
        let (_, payload) = written(Some("https://s.mm.example/lists"));
        for at in 0..payload.len() {
            assert!(read(&payload[..at]).is_err());
        }
        assert!(read(&[&payload[..], &[0]].concat()).is_err());
    }

    #[test]
    fn an_accepted_payload_is_the_one_that_is_written() {
        let (_, payload) = written(None);
        for at in 0..payload.len() {
            for bit in 0..8 {
                let mut other = payload.clone();
                other[at] ^= 1 << bit;
                if let Ok(content) = read(&other) {
                    assert_eq!(write(&content.claims, content.bits, &content.lst), other);
                }
            }
        }
    }
}

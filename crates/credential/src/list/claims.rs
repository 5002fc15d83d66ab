//! What a list says of itself, in whichever form it is signed.
//!
//! Invariant: claims pass [`ListClaims::check`] before they are signed and after they are read.
//! Refuses: an address that is not plain text of bounded length, times out of order. The clock is
//! an argument here.

use super::error::ListError;

/// The most bytes of an address.
pub const URI_BYTES_MAX: usize = 512;
/// For how long a list can be the newest, whatever it says of itself: the log does not say it.
pub const TTL_S_MAX: u64 = 3_600;
/// How far the clock of a reader may be behind the issuer's.
pub const SKEW_S: u64 = 60;

/// The claims of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListClaims {
    /// The address of the list, byte for byte as in the credentials that point to it.
    pub uri: String,
    /// When it was issued, in seconds since 1970.
    pub issued_s: u64,
    /// From when on it says nothing any more.
    pub expires_s: u64,
    /// For how many seconds it is the newest.
    pub ttl_s: u64,
    /// Where all lists are named, if anywhere.
    pub aggregation_uri: Option<String>,
}

/// How old a list is for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Issued later than the reader's clock allows: one of the two clocks is wrong.
    Early,
    /// Within its time to live.
    Fresh,
    /// Beyond that, and not expired: whoever reads it says how old it is.
    Old {
        /// Seconds since it was issued.
        age_s: u64,
    },
    /// It says nothing any more.
    Expired,
}

impl ListClaims {
    /// Checks the form of the claims.
    pub fn check(&self) -> Result<(), ListError> {
        check_uri(&self.uri)?;
        self.aggregation_uri.as_deref().map_or(Ok(()), check_uri)?;
        let life_s = self.expires_s.checked_sub(self.issued_s);
        match life_s {
            Some(life_s) if life_s >= self.ttl_s && self.ttl_s > 0 => Ok(()),
            _ => Err(ListError::Content(
                "`exp` is before `iat` and `ttl`, or `ttl` is 0",
            )),
        }
    }

    /// How old the list is at this time, by a clock that may be `clock_s` seconds behind.
    pub const fn freshness(&self, now_s: u64, clock_s: u64) -> Freshness {
        if now_s >= self.expires_s {
            return Freshness::Expired;
        }
        if self.issued_s > now_s.saturating_add(clock_s) {
            return Freshness::Early;
        }
        let age_s = now_s.saturating_sub(self.issued_s);
        if age_s <= self.ttl_s && age_s <= TTL_S_MAX {
            return Freshness::Fresh;
        }
        Freshness::Old { age_s }
    }
}

/// An address: printable ASCII without a space or a quotation mark, of bounded length.
pub(crate) fn check_uri(uri: &str) -> Result<(), ListError> {
    if uri.len() > URI_BYTES_MAX {
        return Err(ListError::Limit {
            what: "bytes of an address",
            limit: URI_BYTES_MAX as u64,
        });
    }
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    if uri.is_empty() || !uri.bytes().all(plain) {
        return Err(ListError::Content("an address is not plain text"));
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn claims() -> ListClaims {
        ListClaims {
            uri: "https://s.mm.example/31/5f2".to_owned(),
            issued_s: 1_800_000_000,
            expires_s: 1_800_086_400,
            ttl_s: 600,
            aggregation_uri: None,
        }
    }

    #[test]
    fn a_list_is_fresh_then_old_then_expired() {
        let claims = claims();
        let at = |now_s| claims.freshness(now_s, SKEW_S);
        assert_eq!(at(1_799_999_939), Freshness::Early);
        assert_eq!(at(1_799_999_940), Freshness::Fresh);
        assert_eq!(at(1_800_000_600), Freshness::Fresh);
        assert_eq!(at(1_800_000_601), Freshness::Old { age_s: 601 });
        assert_eq!(at(1_800_086_399), Freshness::Old { age_s: 86_399 });
        assert_eq!(at(1_800_086_400), Freshness::Expired);
        assert_eq!(at(u64::MAX), Freshness::Expired);
    }

    #[test]
    fn claims_out_of_form_are_refused() {
        let mut life = claims();
        life.expires_s = life.issued_s + 599;
        assert!(life.check().is_err());
        let mut ttl = claims();
        ttl.ttl_s = 0;
        assert!(ttl.check().is_err());
        for uri in [
            "",
            "a b",
            "\u{9999}",
            "a\"b",
            &"x".repeat(URI_BYTES_MAX + 1),
        ] {
            let mut other = claims();
            uri.clone_into(&mut other.uri);
            assert!(other.check().is_err(), "{uri}");
            let mut other = claims();
            other.aggregation_uri = Some(uri.to_owned());
            assert!(other.check().is_err(), "{uri}");
        }
        assert_eq!(claims().check(), Ok(()));
    }
}

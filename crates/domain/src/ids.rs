//! Names of things. Owns one newtype per kind of id.
//!
//! Invariant: a digest id is fixed-length bytes, a name id is 1..=64 of `a-z 0-9 - .`.
//! Refuses: anything else; the only doors in are `FromStr` and the digest constructors.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    /// A name id must be 1..=64 of lower-case letters, digits, `-` and `.`.
    Name,
    /// A digest id must be lower-case hexadecimal of the right length.
    Hex,
}

impl fmt::Display for IdError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Name => "not a name; use 1 to 64 of `a-z`, `0-9`, `-` and `.`",
            Self::Hex => "not an id; copy the whole hexadecimal text",
        })
    }
}

impl std::error::Error for IdError {}

fn nibble(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(character.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}

/// Reads exactly `N` bytes of lower-case hexadecimal.
pub fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let bytes = text.as_bytes();
    if bytes.len() != N.saturating_mul(2) {
        return Err(IdError::Hex);
    }
    let mut out = [0_u8; N];
    for (slot, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        let &[high, low] = pair else {
            return Err(IdError::Hex);
        };
        let (Some(high), Some(low)) = (nibble(high), nibble(low)) else {
            return Err(IdError::Hex);
        };
        *slot = high << 4 | low;
    }
    Ok(out)
}

/// A byte as two digits.
fn pair(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 0xf].map(|nibble| match nibble {
        0..=9 => b'0'.wrapping_add(nibble),
        _ => b'a'.wrapping_add(nibble.wrapping_sub(10)),
    })
}

/// Writes bytes as lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    let pairs: Vec<[u8; 2]> = bytes.iter().copied().map(pair).collect();
    String::from_utf8(pairs.into_flattened()).unwrap_or_default()
}

macro_rules! digest_id {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(#[serde(with = "serde_bytes")] [u8; $length]);

        impl $name {
            /// The id with these bytes.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes of the id.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let pairs = self.0.map(pair);
                formatter.write_str(std::str::from_utf8(pairs.as_flattened()).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Ok(Self(from_hex(text)?))
            }
        }
    };
}

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                let good = |byte: u8| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
                };
                if text.is_empty() || text.len() > 64 || !text.bytes().all(good) {
                    return Err(IdError::Name);
                }
                Ok(Self(text))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

digest_id!(
    /// SHA-256 of the signed bytes of an act or a report part: the key of idempotence.
    ActDigest, 32
);
digest_id!(
    /// SHA-256 of a rule pack's canonical archive.
    PackDigest, 32
);
digest_id!(
    /// An Ed25519 public key.
    PublicKey, 32
);
digest_id!(
    /// A statement about a person, named by what it states: a resend under another row or from
    /// another office is the same evidence.
    EvidenceId, 16
);
digest_id!(
    /// An order: the first half of the digest of the act that proposed it.
    OrderId, 16
);
digest_id!(
    /// An appeal or dispute: the first half of the digest of the act that filed it.
    AppealId, 16
);
digest_id!(
    /// A report: chosen at random by the organisation when it signs.
    ReportId, 16
);
digest_id!(
    /// A case: the first half of the digest of the act that opened it.
    CaseId, 16
);
digest_id!(
    /// A movement asked for: the first half of the digest of the act that asked.
    MovementId, 16
);
digest_id!(
    /// SHA-256 of a published or cited text.
    TextDigest, 32
);

name_id!(
    /// An organisation, as registered by the province, e.g. `410100-health`.
    OrgId
);
name_id!(
    /// An officer, as registered by the province, e.g. `410100-health.zhao`.
    OfficerId
);

impl ActDigest {
    /// The first half, used to name what the act created.
    pub fn short(&self) -> [u8; 16] {
        let mut half = [0_u8; 16];
        half.iter_mut()
            .zip(self.0)
            .for_each(|(slot, byte)| *slot = byte);
        half
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_sixty_four_characters_is_the_longest() {
        assert!("a".repeat(64).parse::<OrgId>().is_ok());
        assert_eq!("a".repeat(65).parse::<OrgId>(), Err(IdError::Name));
        assert_eq!("".parse::<OrgId>(), Err(IdError::Name));
        assert_eq!("Health Office".parse::<OrgId>(), Err(IdError::Name));
    }

    #[test]
    fn a_digest_id_reads_back_what_it_prints() {
        let id = OrderId::from_bytes(*b"0123456789abcdef");
        assert_eq!(id.to_string().parse::<OrderId>(), Ok(id));
        assert_eq!("zz".parse::<OrderId>(), Err(IdError::Hex));
        assert_eq!(to_hex(&[0x00, 0x09, 0x9a, 0xaf, 0xff]), "00099aafff");
    }
}

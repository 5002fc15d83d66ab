//! The few members of a public leaf of the log that a verifier reads.
//!
//! Invariant: a leaf is a CBOR map with text keys; of it only `seq`, `at`, `kind`, `refused` and
//! `publication` are read, each at most once, and everything else is left alone, so that a leaf
//! can say more tomorrow. A leaf is believed only once it is proven to be in the log.
//! Refuses: a leaf longer than a receipt can carry, a member twice, a known member of another
//! type, a publication of a kind that is not known here.

use crate::error::Error;
use crate::key::{PUBLIC_KEY_BYTES, PublicKey};
use ciborium::Value;
use tlog::receipt::EXTRA_BYTES_MAX;

/// What a verifier reads of a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicLeaf {
    /// The number of the entry.
    pub seq: u64,
    /// When it was made, in seconds since 1970.
    pub at_s: i64,
    /// What kind of entry it is.
    pub kind: String,
    /// Why it was refused, if it was: then it publishes nothing that counts.
    pub refused: Option<String>,
    /// What it publishes, if anything.
    pub publication: Option<Publication>,
}

/// What a leaf publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publication {
    /// A version of a status list.
    List(ListPublication),
    /// A key and what it is for.
    Key(KeyPublication),
    /// The end of a key, at the time of the entry.
    KeyEnd {
        /// The key.
        key: PublicKey,
    },
}

/// A version of a status list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPublication {
    /// The address of the list.
    pub uri: String,
    /// The number of the version; a later one is larger.
    pub version: u64,
    /// How many slots the list has.
    pub slots: u64,
    /// The SHA-256 of the array.
    pub sha256: [u8; 32],
    /// When it was issued, in seconds since 1970.
    pub issued_s: u64,
    /// From when on it says nothing any more.
    pub expires_s: u64,
    /// How many credentials are withdrawn.
    pub revoked: u64,
    /// How many slots are yellow.
    pub yellow: u64,
    /// How many slots are red.
    pub red: u64,
}

/// What a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Credentials.
    Credential,
    /// Status lists and deltas.
    StatusList,
}

/// A key and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPublication {
    /// What it may sign.
    pub purpose: Purpose,
    /// The key.
    pub key: PublicKey,
    /// From when on, in seconds since 1970.
    pub from_s: u64,
    /// Until when.
    pub until_s: u64,
}

impl PublicLeaf {
    /// Reads the bytes of a leaf.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > EXTRA_BYTES_MAX {
            return Err(Error::Limit {
                what: "bytes of a leaf",
                limit: EXTRA_BYTES_MAX as u64,
            });
        }
        let mut rest = bytes;
        let value: Value = ciborium::from_reader(&mut rest)
            .map_err(|_| Error::Leaf("not one well-formed CBOR item"))?;
        if !rest.is_empty() {
            return Err(Error::Leaf("bytes after its end"));
        }
        let leaf = Members::of(&value)?;
        Ok(Self {
            seq: leaf.uint("seq")?,
            at_s: leaf.int("at")?,
            kind: leaf.text("kind")?.to_owned(),
            refused: match leaf.optional("refused")? {
                None => None,
                Some(value) => Some(text(value)?.to_owned()),
            },
            publication: match leaf.optional("publication")? {
                None => None,
                Some(value) => Some(publication(value)?),
            },
        })
    }
}

fn publication(value: &Value) -> Result<Publication, Error> {
    let unknown = Error::Leaf("a publication of an unknown kind");
    let [(kind, value)] = value.as_map().map_or(&[][..], Vec::as_slice) else {
        return Err(unknown);
    };
    let members = Members::of(value)?;
    match text(kind)? {
        "list" => Ok(Publication::List(ListPublication {
            uri: members.text("uri")?.to_owned(),
            version: members.uint("version")?,
            slots: members.uint("slots")?,
            sha256: members.fixed("sha256")?,
            issued_s: members.uint("issued")?,
            expires_s: members.uint("expires")?,
            revoked: members.uint("revoked")?,
            yellow: members.uint("yellow")?,
            red: members.uint("red")?,
        })),
        "key" => Ok(Publication::Key(KeyPublication {
            purpose: match members.text("purpose")? {
                "credential" => Purpose::Credential,
                "status_list" => Purpose::StatusList,
                _ => return Err(Error::Leaf("a key with an unknown purpose")),
            },
            key: members.key("key")?,
            from_s: members.uint("from")?,
            until_s: members.uint("until")?,
        })),
        "key_end" => Ok(Publication::KeyEnd {
            key: members.key("key")?,
        }),
        _ => Err(unknown),
    }
}

/// The members of a map by name.
struct Members<'a>(&'a [(Value, Value)]);

impl<'a> Members<'a> {
    fn of(value: &'a Value) -> Result<Self, Error> {
        let map = value.as_map().ok_or(Error::Leaf("not a map"))?;
        Ok(Self(map))
    }

    /// A member that may be absent or null.
    fn optional(&self, name: &str) -> Result<Option<&'a Value>, Error> {
        let mut found = self.0.iter().filter(|(key, _)| key.as_text() == Some(name));
        let value = found.next().map(|(_, value)| value);
        if found.next().is_some() {
            return Err(Error::Leaf("a member twice"));
        }
        Ok(value.filter(|value| !value.is_null()))
    }

    fn required(&self, name: &str) -> Result<&'a Value, Error> {
        let value = self.optional(name)?;
        value.ok_or(Error::Leaf("a member is missing"))
    }

    fn text(&self, name: &str) -> Result<&'a str, Error> {
        text(self.required(name)?)
    }

    fn int(&self, name: &str) -> Result<i64, Error> {
        let number = self.required(name)?.as_integer();
        let number = number.and_then(|number| i64::try_from(number).ok());
        number.ok_or(Error::Leaf("a number of another type"))
    }

    fn uint(&self, name: &str) -> Result<u64, Error> {
        let number = self.required(name)?.as_integer();
        let number = number.and_then(|number| u64::try_from(number).ok());
        number.ok_or(Error::Leaf("a number of another type"))
    }

    fn fixed<const N: usize>(&self, name: &str) -> Result<[u8; N], Error> {
        let bytes = self.required(name)?.as_bytes();
        let bytes = bytes.and_then(|bytes| bytes.as_slice().try_into().ok());
        bytes.ok_or(Error::Leaf("bytes of another length"))
    }

    fn key(&self, name: &str) -> Result<PublicKey, Error> {
        PublicKey::from_bytes(&self.fixed::<PUBLIC_KEY_BYTES>(name)?)
    }
}

fn text(value: &Value) -> Result<&str, Error> {
    value.as_text().ok_or(Error::Leaf("a text of another type"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tests::key;
    use proptest::prelude::*;

    type Member = (&'static str, Value);

    fn map(members: &[Member]) -> Value {
        let members = members.iter();
        Value::Map(
            members
                .map(|(name, value)| (Value::from(*name), value.clone()))
                .collect(),
        )
    }

    fn read(members: &[Member]) -> Result<PublicLeaf, Error> {
        let mut bytes = Vec::new();
        ciborium::into_writer(&map(members), &mut bytes).unwrap();
        PublicLeaf::read(&bytes)
    }

    fn list() -> Vec<Member> {
        vec![
            ("uri", Value::from("https://s.mm.example/31/5f2")),
            ("version", Value::from(9)),
            ("slots", Value::from(1 << 20)),
            ("sha256", Value::Bytes(vec![5; 32])),
            ("issued", Value::from(100)),
            ("expires", Value::from(200)),
            ("revoked", Value::from(1)),
            ("yellow", Value::from(2)),
            ("red", Value::from(3)),
        ]
    }

    fn leaf(publication: Value) -> Vec<Member> {
        vec![
            ("v", Value::from(1)),
            ("seq", Value::from(4)),
            ("at", Value::from(-5)),
            ("kind", Value::from("publish_list")),
            ("refused", Value::Null),
            ("publication", publication),
            ("more", Value::Array(vec![Value::from(1.5)])),
        ]
    }

    #[test]
    fn a_leaf_with_more_members_than_needed_reads() {
        let read = read(&leaf(map(&[("list", map(&list()))]))).unwrap();
        assert_eq!((read.seq, read.at_s, read.refused), (4, -5, None));
        let Some(Publication::List(list)) = read.publication else {
            panic!("no list");
        };
        assert_eq!((list.version, list.sha256, list.red), (9, [5; 32], 3));
    }

    #[test]
    fn a_key_its_end_and_a_refused_leaf_read() {
        let bytes = Value::Bytes(key(3).public().to_bytes().to_vec());
        let grant = map(&[
            ("purpose", Value::from("status_list")),
            ("key", bytes.clone()),
            ("from", Value::from(1)),
            ("until", Value::from(2)),
        ]);
        let published = read(&leaf(map(&[("key", grant)]))).unwrap().publication;
        let expected = KeyPublication {
            purpose: Purpose::StatusList,
            key: key(3).public(),
            from_s: 1,
            until_s: 2,
        };
        assert_eq!(published, Some(Publication::Key(expected)));
        let end = map(&[("key_end", map(&[("key", bytes)]))]);
        let published = read(&leaf(end)).unwrap().publication;
        let key = key(3).public();
        assert_eq!(published, Some(Publication::KeyEnd { key }));
        let mut refused = leaf(Value::Null);
        refused[4].1 = Value::from("not_authorised");
        let read = read(&refused).unwrap();
        assert_eq!(read.refused.as_deref(), Some("not_authorised"));
        assert_eq!(read.publication, None);
    }

    #[test]
    fn a_leaf_out_of_form_is_refused() {
        let good = || leaf(map(&[("list", map(&list()))]));
        for (at, _) in good()
            .iter()
            .enumerate()
            .filter(|(at, _)| (1..=3).contains(at))
        {
            let mut missing = good();
            missing.remove(at);
            assert!(read(&missing).is_err());
            let mut other = good();
            other[at].1 = Value::from(1.5);
            assert!(read(&other).is_err());
        }
        let mut twice = good();
        twice.push(("seq", Value::from(4)));
        assert!(read(&twice).is_err());
        for at in 0..list().len() {
            let mut other = list();
            other[at].1 = Value::from(-1);
            assert!(read(&leaf(map(&[("list", map(&other))]))).is_err());
        }
        assert!(read(&leaf(map(&[("other", map(&[]))]))).is_err());
        assert!(read(&leaf(Value::from(1))).is_err());
        assert!(PublicLeaf::read(&[0xf6, 0xf6]).is_err());
        assert!(PublicLeaf::read(&vec![0; EXTRA_BYTES_MAX + 1]).is_err());
        // Arrays in arrays: the reader gives up long before the stack does.
        assert!(PublicLeaf::read(&vec![0x81; EXTRA_BYTES_MAX]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = PublicLeaf::read(&bytes);
        }
    }
}

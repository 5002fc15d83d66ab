//! Receipts: what the ledger says of a person or an order, in one file that verifies by itself.
//!
//! Owns the file's form (`docs/receipts.md`). Invariant: [`check`] believes nothing that is not under
//! a checkpoint of the log whose key the reader brings. Refuses: files over a limit, members that
//! nobody defined.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::colour::{Colour, Ground, Stage};
use domain::commitment::SUBJECT_LEAF_BYTES;
use domain::leaf::Leaf;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use tlog::{Hash, VerifierKey, leaf_hash, verify_inclusion};

/// The form of the file.
pub const FORMAT: &str = "mingma-receipt@1";
/// The most bytes of a file.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`FORMAT`].
    pub format: String,
    /// The log.
    pub origin: String,
    /// The person, as the ledger names them; none for an order.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<String>,
    /// The order, for an order.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order: Option<String>,
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// A `tlog-proof` with the public leaf as its extra data.
    pub proof: String,
    /// The person's own leaf under it; none for an order.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<OwnLeaf>,
}

/// A leaf of an entry's subject tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLeaf {
    /// Salt, person and mark, 50 bytes in base64.
    pub leaf: String,
    /// Its place.
    pub place: u64,
    /// How many leaves there are.
    pub count: u64,
    /// The hashes from its sibling up, in base64.
    pub path: Vec<String>,
}

/// What an entry is proven to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The public leaf.
    pub leaf: Leaf,
    /// What it says of the person.
    pub says: Option<Says>,
}

/// What an entry says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// A measure begins.
    Measure {
        /// From when.
        from: Timestamp,
        /// Until when, whatever it then is.
        until: Timestamp,
        /// The ground.
        ground: Ground,
        /// What it says at first.
        colour: Colour,
    },
    /// A piece of evidence was recorded, and this is the colour after it.
    Evidence {
        /// The colour after it.
        colour: Colour,
        /// When the last measure on the person ends.
        until: Timestamp,
    },
    /// Something ended or changed, and this is the colour after it.
    Changed {
        /// The colour after it.
        colour: Colour,
        /// When the last measure on the person ends.
        until: Timestamp,
    },
    /// Somebody looked, or an appeal was filed: no colour changed.
    Other,
}

impl Says {
    /// Reads the mark of a subject, as `docs/receipts.md` has it.
    fn read(kind: &str, mark: &[u8; 18]) -> Option<Self> {
        let stage = |byte: u8| match byte {
            0 | 1 => Some(Colour::Green),
            2 => Some(Colour::Yellow),
            3 => Some(Colour::Red),
            _ => None,
        };
        let [.., tail_ground, tail] = *mark;
        let (words, _) = mark.as_chunks::<8>();
        let instant = |at: usize| {
            let word = words.get(at)?;
            Some(Timestamp::from_unix(i64::from_be_bytes(*word)))
        };
        if mark.starts_with(b"changed\0") {
            let colours = [Colour::Green, Colour::Yellow, Colour::Red];
            let colour = colours.get(usize::from(tail)).copied()?;
            let until = instant(1)?;
            return Some(Self::Changed { colour, until });
        }
        if mark.starts_with(b"look\0") || mark.starts_with(b"appeal\0") {
            return Some(Self::Other);
        }
        if kind == "report.push" {
            return Some(Self::Evidence {
                colour: stage(tail)?,
                until: instant(1)?,
            });
        }
        Some(Self::Measure {
            from: instant(0)?,
            until: instant(1)?,
            ground: Ground::ALL.get(usize::from(tail_ground)).copied()?,
            colour: stage(tail)?,
        })
    }
}

/// The stages have the numbers that a mark carries.
const _: () = assert!(Stage::Flag as u8 == 1 && Stage::Red as u8 == 3);

fn unbase64<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// A record as it stands in the file.
pub fn own_leaf(record: &app::receipt::PersonRecord) -> OwnLeaf {
    OwnLeaf {
        leaf: STANDARD.encode(&record.subject),
        place: record.place,
        count: record.count,
        path: record
            .path
            .iter()
            .map(|hash| STANDARD.encode(hash))
            .collect(),
    }
}

/// Reads a receipt.
pub fn read(text: &str) -> Result<Receipt, String> {
    if text.len() > FILE_BYTES_MAX {
        return Err(format!("longer than {FILE_BYTES_MAX} bytes"));
    }
    let receipt: Receipt = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if receipt.format != FORMAT {
        return Err(format!("its format is not `{FORMAT}`"));
    }
    Ok(receipt)
}

/// Checks a receipt against the key of the log, and gives what is proven.
pub fn check(receipt: &Receipt, log: &VerifierKey) -> Result<Vec<Proven>, String> {
    let mut proven = Vec::new();
    for (number, entry) in receipt.entries.iter().enumerate() {
        let at = |why: String| format!("entry {} of the receipt: {why}", number.saturating_add(1));
        proven.push(check_entry(receipt, entry, log).map_err(at)?);
    }
    Ok(proven)
}

fn check_entry(receipt: &Receipt, entry: &Entry, log: &VerifierKey) -> Result<Proven, String> {
    let proof = tlog::Receipt::parse(&entry.proof).map_err(|error| error.to_string())?;
    let bytes = proof.extra().ok_or("the proof does not carry the leaf")?;
    proof
        .verify(bytes, log)
        .map_err(|error| error.to_string())?;
    let leaf = Leaf::decode(bytes).ok_or("the leaf is not one of a ledger")?;
    if leaf.seq != proof.index() {
        return Err("the leaf has another number than its place".to_owned());
    }
    let Some(own) = &entry.subject else {
        if receipt.person.is_some() {
            return Err("it does not say what it says of the person".to_owned());
        }
        if leaf.order.map(|order| order.to_string()) != receipt.order {
            return Err("it is about another order".to_owned());
        }
        return Ok(Proven { leaf, says: None });
    };
    let subject: [u8; SUBJECT_LEAF_BYTES] =
        unbase64(&own.leaf).ok_or("the person's leaf has not 50 bytes")?;
    let path: Option<Vec<Hash>> = own.path.iter().map(|hash| unbase64(hash)).collect();
    let path = path.ok_or("a hash is not one")?;
    let hash = leaf_hash(&subject);
    verify_inclusion(own.place, own.count, &hash, &path, &leaf.subjects)
        .map_err(|error| format!("the person is not in this entry: {error}"))?;
    let person = domain::ids::to_hex(subject.get(16..32).unwrap_or_default());
    if Some(&person) != receipt.person.as_ref() {
        return Err("it is about another person".to_owned());
    }
    let mark: [u8; 18] = subject.last_chunk().copied().ok_or("no mark")?;
    let says = Says::read(&leaf.kind, &mark).ok_or("it says something unknown here")?;
    Ok(Proven {
        leaf,
        says: Some(says),
    })
}

/// The worst colour that the proven entries can leave a person with at an instant: what has ended
/// by then says nothing any more, and an entry that changed something says all there is.
pub fn colour_left(said: impl Iterator<Item = Says>, at: Timestamp) -> Colour {
    let mut live: Vec<(Colour, Timestamp)> = Vec::new();
    for says in said {
        match says {
            Says::Measure { colour, until, .. } | Says::Evidence { colour, until } => {
                live.push((colour, until));
            }
            Says::Changed { colour, until } => live = vec![(colour, until)],
            Says::Other => {}
        }
    }
    let live = live.into_iter().filter(|(_, until)| at < *until);
    live.map(|(colour, _)| colour)
        .max()
        .unwrap_or(Colour::Green)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn red(until: i64) -> Says {
        Says::Measure {
            from: Timestamp::from_unix(0),
            until: Timestamp::from_unix(until),
            ground: Ground::Close,
            colour: Colour::Red,
        }
    }

    fn left(said: &[Says], at: i64) -> Colour {
        colour_left(said.iter().copied(), Timestamp::from_unix(at))
    }

    #[test]
    fn a_measure_justifies_its_colour_until_it_ends_and_no_longer() {
        let said = [red(100)];
        assert_eq!(left(&said, 99), Colour::Red);
        assert_eq!(left(&said, 100), Colour::Green);
        assert_eq!(left(&[], 0), Colour::Green);
    }

    #[test]
    fn a_change_says_all_there_is_and_a_later_measure_comes_on_top() {
        let (colour, until) = (Colour::Yellow, Timestamp::from_unix(50));
        let changed = Says::Changed { colour, until };
        assert_eq!(left(&[red(100), changed], 10), Colour::Yellow);
        assert_eq!(left(&[red(100), changed], 60), Colour::Green);
        assert_eq!(left(&[changed, red(100)], 60), Colour::Red);
        assert_eq!(left(&[red(100), Says::Other], 60), Colour::Red);
    }

    #[test]
    fn the_worst_of_two_live_measures_counts() {
        let (colour, until) = (Colour::Yellow, Timestamp::from_unix(100));
        let yellow = Says::Evidence { colour, until };
        assert_eq!(left(&[red(50), yellow], 10), Colour::Red);
        assert_eq!(left(&[red(50), yellow], 60), Colour::Yellow);
    }
}

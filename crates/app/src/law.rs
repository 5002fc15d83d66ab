//! The law as data, for whoever reads it: what changes from one pack to another, and what a pack says.
//!
//! Invariant: everything here is in the archive that the adopting entry carries, which is public.

use policy::{KEYS, Language, Pack};
use std::borrow::Cow;

pub use policy::{Change, Direction, OurDefault, Provision};

/// Every difference from one pack to another.
pub fn changes(before: &Pack, after: &Pack) -> Vec<Change> {
    policy::diff(before, after)
}

/// Every sentence that people are told under a pack, with its key; gaps are named in brackets.
pub fn sentences(pack: &Pack, language: Language) -> Vec<(&'static str, Cow<'_, str>)> {
    let wording = pack.wording(language);
    let sentence = |(key, gaps): &(&'static str, &[&str])| {
        let gaps: Vec<(&str, String)> = gaps
            .iter()
            .map(|gap| (*gap, format!("〔{gap}〕")))
            .collect();
        (*key, wording.text(key, &gaps))
    };
    KEYS.iter().map(sentence).collect()
}

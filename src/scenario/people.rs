//! The invented people of a scenario, in groups, and how the text points at them.
//!
//! Invariant: a person is named by the document alone; a phone is a contact that leads to one.
//! Refuses: a member that the group does not have, and a document number that is none.

use super::error::Fault;
use super::format::{GroupText, Words};
use super::values;
use domain::division::DivisionCode;
use domain::document::{Document, DocumentType, PersonId, PersonKey};
use std::collections::BTreeMap;

/// The most people in one scenario.
pub const PEOPLE_MAX: u32 = 1_000_000;

/// A person that a step speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) person: PersonId,
    pub(super) division: Option<DivisionCode>,
}

struct Group {
    first: u32,
    count: u32,
    division: DivisionCode,
}

/// The groups of a scenario.
pub(super) struct Groups {
    key: PersonKey,
    groups: BTreeMap<String, Group>,
    phones: BTreeMap<String, String>,
    next: u32,
}

impl Groups {
    pub(super) fn new(key: PersonKey) -> Self {
        Self {
            key,
            groups: BTreeMap::new(),
            phones: BTreeMap::new(),
            next: 0,
        }
    }

    /// Adds a group; its people get the next free invented documents.
    pub(super) fn add(&mut self, text: &GroupText) -> Result<(), Fault> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.name.is_empty() || !text.name.bytes().all(good) {
            return Err(Fault::new(
                "people.name",
                format!("`{}` is no name of a group", text.name),
                "use letters, digits, `-` and `_`",
            ));
        }
        let division = values::division("people.division", &text.division)?;
        let last = self
            .next
            .checked_add(text.count)
            .filter(|last| *last <= PEOPLE_MAX);
        let last = last.filter(|_| text.count > 0).ok_or_else(|| {
            Fault::new(
                "people.count",
                format!("{} people are too many or none", text.count),
                format!("a scenario has 1 to {PEOPLE_MAX} people"),
            )
        })?;
        if !text.phones.is_empty() && text.count != 1 {
            return Err(Fault::new(
                "people.phones",
                "phones belong to one person",
                "make a group of one person",
            ));
        }
        for phone in &text.phones {
            self.phones.insert(phone.clone(), text.name.clone());
        }
        let group = Group {
            first: self.next,
            count: text.count,
            division,
        };
        if self.groups.insert(text.name.clone(), group).is_some() {
            return Err(Fault::new(
                "people.name",
                format!("there are two groups `{}`", text.name),
                "rename one of them",
            ));
        }
        self.next = last;
        Ok(())
    }

    /// The people that the words name, in the order named.
    pub(super) fn resolve(&self, key: &str, words: &Words) -> Result<Vec<Member>, Fault> {
        let mut members = Vec::new();
        for word in words.list() {
            self.resolve_one(key, word, &mut members)?;
        }
        Ok(members)
    }

    fn resolve_one(&self, key: &str, word: &str, out: &mut Vec<Member>) -> Result<(), Fault> {
        if let Some(number) = word.strip_prefix("phone:") {
            let name = self.phones.get(number).ok_or_else(|| {
                Fault::new(
                    key,
                    format!("nobody has the phone `{number}`"),
                    "give it to a group with `phones`",
                )
            })?;
            return self.resolve_one(key, name, out);
        }
        if let Some(document) = word.strip_prefix("document:") {
            out.push(self.by_document(key, document)?);
            return Ok(());
        }
        let (name, range) = match word.split_once('[') {
            None => (word, None),
            Some((name, rest)) => (name, Some(rest.strip_suffix(']').unwrap_or("?"))),
        };
        let group = self.groups.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.groups.keys().map(String::as_str).collect();
            Fault::new(
                key,
                format!("there is no group `{name}`"),
                format!(
                    "declare it with `[[people]]`, or use one of {}",
                    values::listed(&known)
                ),
            )
        })?;
        let bounds = match range {
            None => Some((0, group.count)),
            Some(range) => bounds(range),
        };
        let (from, until) = bounds
            .filter(|(from, until)| from < until && *until <= group.count)
            .ok_or_else(|| {
                Fault::new(
                    key,
                    format!("`{word}` names nobody: `{name}` has {} people", group.count),
                    "write `group`, `group[3]` or `group[0..94]`, counted from 0",
                )
            })?;
        for number in from..until {
            let document = Document::invented(group.first.saturating_add(number));
            let person = self.key.person_id(&document);
            out.push(Member {
                person,
                division: Some(group.division),
            });
        }
        Ok(())
    }

    fn by_document(&self, key: &str, text: &str) -> Result<Member, Fault> {
        let (kind, number) = text.split_once(':').ok_or_else(|| {
            Fault::new(
                key,
                format!("`document:{text}` lacks its number"),
                "write `document:KIND:NUMBER`",
            )
        })?;
        let words: Vec<&str> = DocumentType::ALL.iter().map(|kind| kind.word()).collect();
        let kind: DocumentType = values::word(key, kind, &words)?;
        let document = Document::parse(kind, number).map_err(|error| {
            Fault::no_word(
                key,
                format!("no person has this number: {error}"),
                error.help(),
            )
        })?;
        Ok(Member {
            person: self.key.person_id(&document),
            division: None,
        })
    }
}

fn bounds(range: &str) -> Option<(u32, u32)> {
    match range.split_once("..") {
        None => {
            let number: u32 = range.parse().ok()?;
            Some((number, number.checked_add(1)?))
        }
        Some((from, until)) => Some((from.parse().ok()?, until.parse().ok()?)),
    }
}

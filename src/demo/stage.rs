//! The stage of the demonstration: signs for the cast, submits, and tells what came of it.
//!
//! Invariant: it only prints what the ledger answered; nothing here decides anything.

use crate::cast::{Cast, CastError};
use crate::office::{Office, OfficeError};
use app::ledger::Receipt;
use domain::act::{ActBody, People, Proposal};
use domain::colour::Ground;
use domain::division::DivisionCode;
use domain::document::PersonId;
use domain::evidence::{EvidenceKind, EvidenceRow, MoreFields};
use domain::ids::{EvidenceId, IdError, OfficerId, OrderId, OrgId};
use domain::time::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

/// Why the demonstration stopped.
#[derive(Debug)]
pub enum DemoError {
    /// The data directory.
    Office(OfficeError),
    /// The cast.
    Cast(CastError),
    /// The terminal or a file.
    Io(std::io::Error),
    /// The address to serve at.
    Address(String),
    /// The ledger answered otherwise than the story needs; the story is then false.
    Story(String),
}

impl fmt::Display for DemoError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Office(error) => error.fmt(formatter),
            Self::Cast(error) => error.fmt(formatter),
            Self::Io(error) => error.fmt(formatter),
            Self::Address(text) => formatter.write_str(text),
            Self::Story(text) => write!(formatter, "the story does not hold: {text}"),
        }
    }
}

impl std::error::Error for DemoError {}

impl From<app::ports::StorageError> for DemoError {
    fn from(error: app::ports::StorageError) -> Self {
        Self::Office(error.into())
    }
}

impl From<OfficeError> for DemoError {
    fn from(error: OfficeError) -> Self {
        Self::Office(error)
    }
}

impl From<CastError> for DemoError {
    fn from(error: CastError) -> Self {
        Self::Cast(error)
    }
}

impl From<std::io::Error> for DemoError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<IdError> for DemoError {
    fn from(error: IdError) -> Self {
        Self::Story(error.to_string())
    }
}

/// The result of a part of the story.
pub type Told<T = ()> = Result<T, DemoError>;

/// The stage.
pub struct Stage<'a> {
    /// The data directory.
    pub office: Office,
    /// Everybody's keys.
    pub cast: Cast,
    /// The hour of the story.
    pub now: Timestamp,
    /// Where the story is told.
    pub out: &'a mut dyn Write,
    language: policy::Language,
    width: usize,
    references: u64,
}

impl<'a> Stage<'a> {
    /// A stage over a fresh office.
    pub fn new(
        office: Office,
        cast: Cast,
        now: Timestamp,
        language: policy::Language,
        out: &'a mut dyn Write,
    ) -> Self {
        Self {
            office,
            cast,
            now,
            out,
            language,
            width: 100,
            references: 0,
        }
    }

    /// Moves the clock of the story.
    pub fn clock(&mut self, text: &str) -> Told {
        self.now = text
            .parse()
            .map_err(|error| DemoError::Story(format!("`{text}`: {error}")))?;
        Ok(())
    }

    /// Lets minutes pass.
    pub fn pass(&mut self, minutes: i64) {
        self.now = self.now.plus_s(minutes.saturating_mul(60));
    }

    /// A headline.
    pub fn chapter(&mut self, title: &str) -> Told {
        let line = "─".repeat(
            self.width
                .saturating_sub(title.chars().count())
                .saturating_sub(4),
        );
        writeln!(self.out, "\n── {title} {line}\n")?;
        Ok(())
    }

    /// A paragraph.
    pub fn say(&mut self, text: &str) -> Told {
        for line in wrap(text, self.width) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// A paragraph beside the acts: no act, so no time.
    pub fn aside(&mut self, text: &str) -> Told {
        for line in wrap(text, self.width.saturating_sub(9)) {
            writeln!(self.out, "         {line}")?;
        }
        Ok(())
    }

    /// A line as it is.
    pub fn line(&mut self, text: &str) -> Told {
        writeln!(self.out, "{text}")?;
        Ok(())
    }

    fn answer(&mut self, mark: char, what: &str, lines: &[String]) -> Told {
        let time = self.now.local_text(28_800);
        let hour = time.get(11..).unwrap_or_default();
        for (number, line) in wrap(what, self.width.saturating_sub(9))
            .into_iter()
            .enumerate()
        {
            if number == 0 {
                writeln!(self.out, "{hour}  {mark} {line}")?;
            } else {
                writeln!(self.out, "         {line}")?;
            }
        }
        for line in lines {
            for (number, line) in wrap(line, self.width.saturating_sub(11))
                .into_iter()
                .enumerate()
            {
                let lead = if number == 0 { "→ " } else { "  " };
                writeln!(self.out, "         {lead}{line}")?;
            }
        }
        Ok(())
    }

    /// Submits bytes and gives the one receipt.
    fn submit(&mut self, bytes: Vec<u8>) -> Told<Receipt> {
        let receipts = self.office.submit(self.now, vec![bytes])?;
        receipts
            .into_iter()
            .next()
            .ok_or_else(|| DemoError::Story("no answer to a submission".to_owned()))
    }

    /// Signs and submits without telling.
    pub fn quietly(&mut self, officer: &str, body: ActBody) -> Told<Receipt> {
        let bytes = self
            .cast
            .sign(&officer.parse::<OfficerId>()?, self.now, body)?;
        let receipt = self.submit(bytes)?;
        match &receipt.refusal {
            None => Ok(receipt),
            Some(refusal) => Err(DemoError::Story(format!("{officer}: {refusal}"))),
        }
    }

    /// Signs, submits and tells; the story says whether it is accepted or refused.
    pub fn act(
        &mut self,
        officer: &str,
        what: &str,
        body: ActBody,
        expected: Option<&str>,
    ) -> Told<Receipt> {
        let bytes = self
            .cast
            .sign(&officer.parse::<OfficerId>()?, self.now, body)?;
        self.tell(what, bytes, expected)
    }

    /// As [`Stage::act`], with somebody else's key.
    pub fn forge(
        &mut self,
        officer: &str,
        key_of: &str,
        what: &str,
        body: ActBody,
        expected: &str,
    ) -> Told<Receipt> {
        let key = Cast::key(key_of);
        let officer = officer.parse::<OfficerId>()?;
        let bytes = self.cast.sign_with(&key, &officer, self.now, body)?;
        self.tell(what, bytes, Some(expected))
    }

    fn tell(&mut self, what: &str, bytes: Vec<u8>, expected: Option<&str>) -> Told<Receipt> {
        let receipt = self.submit(bytes)?;
        let came = receipt.refusal.as_ref().map(|refusal| refusal.code.word());
        if came != expected {
            let came = receipt
                .refusal
                .as_ref()
                .map_or_else(|| "accepted".to_owned(), ToString::to_string);
            return Err(DemoError::Story(format!(
                "{what}: {came}, not {expected:?}"
            )));
        }
        let lines = told(&receipt);
        let mark = if receipt.refusal.is_some() {
            '✗'
        } else {
            '✓'
        };
        self.answer(mark, what, &lines)?;
        self.pass(1);
        Ok(receipt)
    }

    /// Tells a person's colour at this instant.
    pub fn colour(&mut self, what: &str, person: u32) -> Told {
        let id = self.cast.person(person);
        let told = app::explain::explain(self.office.ledger(), id, self.now)?;
        let note = if told.flagged { ", with a note" } else { "" };
        self.answer('·', &format!("{what}: {}{note}", told.colour), &[])
    }

    /// A piece of evidence about a person: what to name when disputing it, and its number.
    pub fn evidence(&self, person: u32, kind: EvidenceKind) -> Told<(EvidenceId, String)> {
        let people = &self.office.ledger().state().people;
        people
            .find(self.cast.person(person))
            .and_then(|place| {
                people
                    .evidence_of(place)
                    .find(|(_, item)| item.kind == kind)
            })
            .map(|(_, item)| (item.id, item.reference.to_string()))
            .ok_or_else(|| DemoError::Story(format!("person {person} has no {kind}")))
    }

    /// Prints a person's code in full sentences.
    pub fn sentences(&mut self, person: u32) -> Told {
        let id = self.cast.person(person);
        let ledger = self.office.ledger();
        let told = app::explain::explain(ledger, id, self.now)?;
        let lines = app::explain::sentences(&told, ledger.pack(), self.language);
        for line in lines {
            for line in wrap(&line, self.width.saturating_sub(11)) {
                writeln!(self.out, "         │ {line}")?;
            }
        }
        Ok(())
    }

    /// Pushes a report, all parts in one group, and tells.
    pub fn report(
        &mut self,
        org: &str,
        what: &str,
        kind: EvidenceKind,
        rows: &[EvidenceRow],
        expected: Option<&str>,
    ) -> Told<Vec<Receipt>> {
        let parts = self
            .cast
            .report(&org.parse::<OrgId>()?, self.now, kind, rows)?;
        let receipts = self.office.submit(self.now, parts)?;
        let mut lines = Vec::new();
        let mut sums = BTreeMap::<&str, u64>::new();
        let mut codes = BTreeMap::<&str, u64>::new();
        for receipt in &receipts {
            let came = receipt.refusal.as_ref().map(|refusal| refusal.code.word());
            if came != expected {
                return Err(DemoError::Story(format!(
                    "{what}: {came:?}, not {expected:?}"
                )));
            }
            match (&receipt.refusal, &receipt.leaf) {
                (Some(_), _) => lines = told(receipt),
                (None, Some(leaf)) => {
                    for (word, count) in [
                        ("recorded", leaf.rows.recorded),
                        ("already known", leaf.rows.duplicate),
                        ("refused", leaf.rows.refused),
                        ("held for the province", leaf.rows.held),
                        ("people told", receipt.notices),
                    ] {
                        let sum = sums.entry(word).or_default();
                        *sum = sum.saturating_add(count);
                    }
                }
                (None, None) => {}
            }
            for code in receipt.rows.iter().filter_map(|row| row.err()) {
                let count = codes.entry(code.word()).or_default();
                *count = count.saturating_add(1);
            }
        }
        if !sums.is_empty() {
            let words: Vec<String> = [
                "recorded",
                "already known",
                "refused",
                "held for the province",
                "people told",
            ]
            .into_iter()
            .filter_map(|word| {
                sums.get(word)
                    .filter(|count| **count > 0)
                    .map(|count| format!("{count} {word}"))
            })
            .collect();
            lines.push(words.join(", "));
        }
        lines.extend(
            codes
                .iter()
                .map(|(code, count)| format!("{count} rows: {code}")),
        );
        let mark = if expected.is_some() { '✗' } else { '✓' };
        self.answer(mark, what, &lines)?;
        self.pass(1);
        Ok(receipts)
    }

    /// A row for an invented person; the reference is made up and never repeats.
    pub fn row(&mut self, person: u32, division: DivisionCode, hours_ago: i64) -> EvidenceRow {
        self.references = self.references.saturating_add(1);
        EvidenceRow {
            person: self.cast.person(person),
            division,
            occurred_at: self.now.plus_s(-hours_ago.saturating_mul(3_600)),
            reference: format!("R{:08}", self.references),
            more: None,
        }
    }

    /// A row that names an index person and a contact event.
    pub fn contact(&mut self, person: u32, division: DivisionCode, index: u32) -> EvidenceRow {
        let mut row = self.row(person, division, 30);
        row.more = Some(Box::new(MoreFields {
            link_person: Some(self.cast.person(index)),
            link_reference: Some(format!("EV-{index}")),
            ..MoreFields::default()
        }));
        row
    }

    /// A proposal for invented people.
    pub fn proposal(
        &self,
        ground: Ground,
        area: DivisionCode,
        people: impl Iterator<Item = u32>,
        reason: &str,
    ) -> Proposal {
        let ids: Vec<PersonId> = people.map(|number| self.cast.person(number)).collect();
        Proposal {
            ground,
            area,
            people: People::new(ids),
            reason: reason.to_owned(),
            emergency: false,
            document: None,
        }
    }

    /// Proposes an order; gives its id and the approval that a checker would sign.
    pub fn propose(
        &mut self,
        officer: &str,
        what: &str,
        proposal: Proposal,
        expected: Option<&str>,
    ) -> Told<(OrderId, ActBody)> {
        let receipt = self.act(officer, what, ActBody::OrderPropose(proposal), expected)?;
        let order = receipt.order();
        Ok((
            order,
            ActBody::OrderApprove {
                order,
                digest: receipt.digest,
            },
        ))
    }
}

/// The lines that tell an answer.
fn told(receipt: &Receipt) -> Vec<String> {
    let Some(refusal) = &receipt.refusal else {
        let mut words = vec![format!("accepted as entry {}", receipt.seq)];
        if let Some(permit) = receipt.permits.first() {
            words.push(format!("permitted by {}: {}", permit.id, permit.basis));
        }
        if receipt.notices > 0 {
            words.push(format!("{} people told", receipt.notices));
        }
        return vec![words.join("; ")];
    };
    let code = refusal.code;
    let mut lines = vec![format!(
        "refused, {code}: {} (I{})",
        code.rule(),
        code.invariant()
    )];
    if !refusal.detail.is_empty() {
        lines.push(refusal.detail.clone());
    }
    lines
}

/// How many columns a character takes on a terminal.
fn columns(character: char) -> usize {
    let wide = matches!(u32::from(character), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60);
    if wide { 2 } else { 1 }
}

/// Breaks a text into lines of at most `width` columns; Chinese may break anywhere.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0_usize;
    for word in text.split_inclusive(' ') {
        let length: usize = word.trim_end().chars().map(columns).sum();
        if used > 0 && used.saturating_add(length) > width && length <= width {
            lines.push(String::new());
            used = 0;
        }
        for character in word.chars() {
            let size = columns(character);
            if used.saturating_add(size) > width && character != ' ' {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(character);
                used = used.saturating_add(size);
            }
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_breaks_at_its_real_width() {
        let lines = wrap("卫生健康委员会", 6);
        assert_eq!(lines, ["卫生健", "康委员", "会"]);
    }

    #[test]
    fn words_are_kept_whole() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
    }
}

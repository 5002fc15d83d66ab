//! The people of an order, from a file or from the command line.
//!
//! Invariant: a list with one bad row is no list: its maker must know exactly who is on it.
//! Refuses: unreadable rows, all of them named by number, none by its content.

use super::context::Context;
use super::error::{CliError, Done};
use super::parse;
use super::rows::{Row, Table};
use clap::Args;
use domain::act::{ORDER_PEOPLE_MAX, People};
use domain::document::{PersonId, PersonKey};
use std::path::{Path, PathBuf};

/// Bad rows named at most.
const FAULTS_SHOWN: usize = 20;
/// Headings of a document number.
const NUMBER: &[&str] = &["document_number", "证件号码"];
/// Headings of a kind of document.
const KIND: &[&str] = &["document_type", "证件类型"];
/// Headings of a person id.
const PERSON: &[&str] = &["person", "person_id"];

/// Who an order is about.
#[derive(Args, Debug)]
pub struct PeopleArgs {
    /// A file: one person id or document number a line, or CSV with document columns
    #[arg(long, value_name = "FILE", required_unless_present = "documents")]
    people: Option<PathBuf>,
    /// Document numbers, `KIND:NUMBER` for other kinds than resident identity cards
    #[arg(long, value_name = "DOCUMENT", num_args = 1.., conflicts_with = "people")]
    documents: Vec<String>,
}

impl PeopleArgs {
    /// Reads the list; also gives how many entries repeated others.
    pub fn read(&self, key: &PersonKey) -> Done<(People, usize)> {
        if let Some(path) = &self.people {
            return read(path, key);
        }
        let listed = self.documents.iter().map(|text| parse::person(text, key));
        once(listed.collect::<Done<Vec<_>>>()?)
    }
}

/// Reads a list from a file; also gives how many entries repeated others.
pub fn read(path: &Path, key: &PersonKey) -> Done<(People, usize)> {
    once(read_file(path, key)?)
}

/// Says that entries were left out.
pub fn tell_repeated(cx: &Context, repeated: usize) {
    if repeated > 0 {
        cx.aside(&format!(
            "{repeated} repeated entries of the list are left out"
        ));
    }
}

fn once(listed: Vec<PersonId>) -> Done<(People, usize)> {
    let count = listed.len();
    let people = People::new(listed);
    let repeated = count.saturating_sub(people.count());
    if people.count() == 0 {
        return Err(CliError::input(
            "the list names nobody",
            "give at least one person",
        ));
    }
    Ok((people, repeated))
}

/// Where a person stands in a row.
#[derive(Clone, Copy)]
enum Place {
    Id(usize),
    Document { kind: Option<usize>, number: usize },
}

fn place_of(heading: &Row) -> Option<Place> {
    if let Some(place) = heading.heading(PERSON) {
        return Some(Place::Id(place));
    }
    let number = heading.heading(NUMBER)?;
    Some(Place::Document {
        kind: heading.heading(KIND),
        number,
    })
}

fn person(row: &Row, place: Place, key: &PersonKey) -> Result<PersonId, String> {
    match place {
        Place::Id(place) => {
            let cell = row.cell(place);
            if let Ok(id) = cell.parse() {
                return Ok(id);
            }
            parse::document(cell).map(|document| key.person_id(&document))
        }
        Place::Document { kind, number } => {
            let kind = kind.map_or("", |place| row.cell(place));
            let kind = if kind.is_empty() { "resident_id" } else { kind };
            let document = parse::document(&format!("{kind}:{}", row.cell(number)))?;
            Ok(key.person_id(&document))
        }
    }
}

fn read_file(path: &Path, key: &PersonKey) -> Done<Vec<PersonId>> {
    let mut table = Table::open(path)?;
    let mut people = Vec::new();
    let mut faults = Vec::new();
    let mut place = None;
    while let Some(row) = table.row()? {
        let found = match place {
            Some(place) => place,
            None => {
                let named = place_of(&row);
                place = Some(named.unwrap_or(Place::Id(0)));
                if named.is_some() {
                    continue;
                }
                Place::Id(0)
            }
        };
        if people.len() >= ORDER_PEOPLE_MAX {
            return Err(CliError::input(
                format!(
                    "`{}` names more than {ORDER_PEOPLE_MAX} people",
                    path.display()
                ),
                "split the order",
            ));
        }
        match person(&row, found, key) {
            Ok(id) => people.push(id),
            Err(why) => faults.push(format!("row {}: {why}", row.number)),
        }
    }
    if faults.is_empty() {
        return Ok(people);
    }
    let more = faults.len().saturating_sub(FAULTS_SHOWN);
    let shown: Vec<String> = faults
        .iter()
        .take(FAULTS_SHOWN)
        .map(|f| format!("  {f}"))
        .collect();
    let more = if more > 0 {
        format!("\n  and {more} more")
    } else {
        String::new()
    };
    Err(CliError::input(
        format!(
            "`{}` has {} bad rows\n{}{more}",
            path.display(),
            faults.len(),
            shown.join("\n")
        ),
        "correct them; an order names exactly its people",
    ))
}

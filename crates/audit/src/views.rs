//! The views on disk, compared row by row with the replayed state.
//!
//! Invariant: opens the database for reading alone as far as the database allows it; a database held
//! by a running server is skipped and said so.

use crate::report::{Fault, Name, Place, Report};
use crate::touched::Touched;
use domain::state::State;
use domain::view::{self, Table, ViewRow};
use fjall::{Database, Keyspace, KeyspaceCreateOptions};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeBounds;
use std::path::Path;

const ROW_HELP: &str = "somebody wrote into the views: run `mingma rebuild`, and find out who";
const META: &str = "meta";
const POSITION: &str = "position";

/// The views of a data directory.
pub struct Views {
    tables: BTreeMap<Table, Keyspace>,
    position: u64,
    // Declared last: the tables go before the database does.
    _database: Database,
}

/// Opens the views; `None` says why not in the report.
pub fn open(dir: &Path, report: &mut Report) -> Option<Views> {
    if !dir.is_dir() {
        report.skip(Name::Views, "there are no views here");
        return None;
    }
    match try_open(dir) {
        Ok(Some(views)) => Some(views),
        Ok(None) => {
            report.skip(Name::Views, "there are no views here yet");
            None
        }
        Err(fjall::Error::Locked) => {
            report.skip(
                Name::Views,
                "held by a running server: stop it and audit again",
            );
            None
        }
        Err(error) => {
            let place = Place::File("views".to_owned());
            let help = "run `mingma rebuild`, then audit again";
            report.fault(
                Name::Views,
                Fault::new(place, format!("cannot be read: {error}"), help),
            );
            None
        }
    }
}

fn try_open(dir: &Path) -> Result<Option<Views>, fjall::Error> {
    let database = Database::builder(dir).worker_threads(1).open()?;
    if !database.keyspace_exists(META) {
        return Ok(None);
    }
    let open = |name: &str| database.keyspace(name, KeyspaceCreateOptions::default);
    let stored = open(META)?.get(POSITION)?;
    let position = stored.and_then(|bytes| <[u8; 8]>::try_from(&*bytes).ok());
    let mut tables = BTreeMap::new();
    for table in Table::ALL {
        if database.keyspace_exists(table.word()) {
            tables.insert(*table, open(table.word())?);
        }
    }
    let position = position.map_or(0, u64::from_le_bytes);
    Ok(Some(Views {
        tables,
        position,
        _database: database,
    }))
}

fn fault(row: &ViewRow, what: &str) -> Fault {
    let key = shown(&row.key);
    Fault::new(
        Place::View {
            table: row.table.to_string(),
            key,
        },
        what,
        ROW_HELP,
    )
}

fn shown(key: &[u8]) -> String {
    let plain = !key.is_empty() && key.iter().all(|byte| byte.is_ascii_graphic());
    match std::str::from_utf8(key) {
        Ok(text) if plain => text.to_owned(),
        Ok(_) | Err(_) => domain::ids::to_hex(key),
    }
}

impl Views {
    /// How many entries they reflect.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Compares every row with the state after the last entry.
    pub fn compare(&self, state: &State, touched: Option<&Touched>, report: &mut Report) {
        let entries = state.seq;
        if self.position > entries {
            let what = format!(
                "reflect {} entries, the journal has {entries}",
                self.position
            );
            let help = "entries were cut off, or the views belong to another ledger";
            let place = Place::File("views".to_owned());
            report.fault(Name::Views, Fault::new(place, what, help));
            return;
        }
        let behind = entries.saturating_sub(self.position);
        let touched = touched.filter(|_| behind > 0);
        if behind > 0 {
            report.note(format!(
                "views are behind by {behind} entries, as after a crash; open the ledger once"
            ));
            report.skip(
                Name::Views,
                "rows that the missing entries change were not compared",
            );
        }
        if let Err(error) = self.rows(state, touched, report) {
            let place = Place::File("views".to_owned());
            let help = "run `mingma rebuild`, then audit again";
            report.fault(
                Name::Views,
                Fault::new(place, format!("cannot be read: {error}"), help),
            );
        }
    }

    fn rows(
        &self,
        state: &State,
        touched: Option<&Touched>,
        report: &mut Report,
    ) -> Result<(), fjall::Error> {
        let mut present: BTreeMap<Table, u64> = BTreeMap::new();
        for row in rows_but_people(state) {
            let found = match self.tables.get(&row.table) {
                Some(table) => table.get(&row.key)?,
                None => None,
            };
            if found.is_some() {
                let present = present.entry(row.table).or_default();
                *present = present.saturating_add(1);
            }
            if !touched.is_some_and(|touched| touched.has_row(&row)) {
                one(&row, found.as_deref(), report);
            }
        }
        for (table, keyspace) in self
            .tables
            .iter()
            .filter(|(table, _)| **table != Table::People)
        {
            let stored = keyspace.iter().count() as u64;
            if stored != present.get(table).copied().unwrap_or(0) {
                extra(*table, keyspace, state, report)?;
            }
        }
        self.people(state, touched, report)
    }

    /// People are many: both sides are walked once, in the order of their ids, by two threads.
    fn people(
        &self,
        state: &State,
        touched: Option<&Touched>,
        report: &mut Report,
    ) -> Result<(), fjall::Error> {
        let id_of = |place: &u32| state.people.person(*place).map(|person| person.id);
        let mut places: Vec<u32> = (0..state.people.count()).collect();
        places.sort_by_cached_key(id_of);
        let (low, high) = places.split_at(places.len() / 2);
        let Some(cut) = high.first().and_then(id_of) else {
            return self.walk(.., &[], (state, touched), report);
        };
        let cut = *cut.as_bytes();
        let mut others = Report::default();
        let (first, second) = std::thread::scope(|scope| {
            let worker = scope.spawn(|| self.walk(cut.., high, (state, touched), &mut others));
            let first = self.walk(..cut, low, (state, touched), report);
            (first, worker.join())
        });
        first?;
        match second {
            Ok(second) => second?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        report.absorb(others);
        Ok(())
    }

    /// Compares the stored rows of a range of ids with the people who belong there, in order.
    fn walk(
        &self,
        range: impl RangeBounds<[u8; 16]>,
        places: &[u32],
        (state, touched): (&State, Option<&Touched>),
        report: &mut Report,
    ) -> Result<(), fjall::Error> {
        let table = self.tables.get(&Table::People);
        let mut stored = table
            .map(|table| table.range(range))
            .into_iter()
            .flatten()
            .map(fjall::Guard::into_inner);
        let mut next = stored.next().transpose()?;
        for &place in places {
            let Some(row) = view::person_row(state, place) else {
                continue;
            };
            while let Some((key, _)) = next.as_ref().filter(|(key, _)| **key < *row.key) {
                nothing_behind(Table::People, key, report);
                next = stored.next().transpose()?;
            }
            let found = next.take_if(|(key, _)| **key == *row.key);
            if !touched.is_some_and(|touched| touched.has_person(place)) {
                one(&row, found.as_ref().map(|(_, value)| &**value), report);
            }
            if found.is_some() {
                next = stored.next().transpose()?;
            }
        }
        while let Some((key, _)) = next {
            nothing_behind(Table::People, &key, report);
            next = stored.next().transpose()?;
        }
        Ok(())
    }
}

fn one(row: &ViewRow, found: Option<&[u8]>, report: &mut Report) {
    report.count(Name::Views, 1);
    match found {
        Some(found) if row.value.as_deref() == Some(found) => {}
        Some(_) => report.fault(Name::Views, fault(row, "differs from the entries")),
        None => report.fault(Name::Views, fault(row, "is missing")),
    }
}

fn nothing_behind(table: Table, key: &[u8], report: &mut Report) {
    let row = ViewRow {
        table,
        key: key.to_vec(),
        value: None,
    };
    report.fault(Name::Views, fault(&row, "has no entry behind it"));
}

/// Names the rows of a table that no entry makes.
fn extra(
    table: Table,
    keyspace: &Keyspace,
    state: &State,
    report: &mut Report,
) -> Result<(), fjall::Error> {
    let rows = rows_but_people(state).filter(|row| row.table == table);
    let due: BTreeSet<Vec<u8>> = rows.map(|row| row.key).collect();
    for guard in keyspace.iter() {
        let key = guard.key()?;
        if !due.contains(&*key) {
            nothing_behind(table, &key, report);
        }
    }
    Ok(())
}

/// Every row but those of people, which come last in [`view::every_row`].
fn rows_but_people(state: &State) -> impl Iterator<Item = ViewRow> + '_ {
    view::every_row(state).take_while(|row| row.table != Table::People)
}

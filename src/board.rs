//! The board: what an oversight body and the public see of a ledger at an instant.
//!
//! Invariant: made from the state alone; nobody is named. Counts below [`SMALL_CELL`] are shown as
//! such unless the reader may see everything.

use domain::colour::Stage;
use domain::counts::SMALL_CELL;
use domain::division::{DivisionCode, divisions};
use domain::evidence::EvidenceKind;
use domain::ids::OrgId;
use domain::state::State;
use domain::state::records::OrderStatus;
use domain::time::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The board.
#[derive(Clone, Debug, Serialize)]
pub struct Board {
    /// The instant.
    pub at: Timestamp,
    /// How many entries it reflects.
    pub entries: u64,
    /// People red and yellow.
    pub totals: (u64, u64),
    /// People by ground and unit: red, yellow, flag.
    pub grounds: BTreeMap<String, BTreeMap<DivisionCode, [u64; 3]>>,
    /// Refusals by code.
    pub refusals: BTreeMap<String, u64>,
    /// Refusals by organisation.
    pub refused_organisations: BTreeMap<String, u64>,
    /// What somebody should look at.
    pub anomalies: Vec<Anomaly>,
}

/// Something that somebody should look at.
#[derive(Clone, Debug, Serialize)]
pub struct Anomaly {
    /// A stable word.
    pub kind: &'static str,
    /// In words, with figures.
    pub text: String,
}

/// Makes the board at an instant.
pub fn board(state: &State, at: Timestamp) -> Board {
    let mut grounds = BTreeMap::<String, BTreeMap<DivisionCode, [u64; 3]>>::new();
    let (mut red, mut yellow) = (0_u64, 0_u64);
    for person in 0..state.people.count() {
        let mut told = BTreeSet::new();
        match state.people.stage_at(person, at) {
            Stage::Red => red = red.saturating_add(1),
            Stage::Yellow => yellow = yellow.saturating_add(1),
            Stage::Flag | Stage::None => {}
        }
        for (_, measure) in state.people.measures_of(person) {
            let column = match measure.stage_at(at) {
                Stage::Red => 0,
                Stage::Yellow => 1,
                Stage::Flag => 2,
                Stage::None => continue,
            };
            if !told.insert(measure.ground) {
                continue;
            }
            let places = grounds.entry(measure.ground.code().to_owned()).or_default();
            let cell = places.entry(measure.area.prefecture()).or_default();
            if let Some(cell) = cell.get_mut(column) {
                *cell = cell.saturating_add(1);
            }
        }
    }
    let mut refusals = BTreeMap::new();
    let mut refused_organisations = BTreeMap::new();
    for refusal in state.refusals.values().filter(|refusal| refusal.at <= at) {
        let count: &mut u64 = refusals
            .entry(refusal.refusal.code.to_string())
            .or_default();
        *count = count.saturating_add(1);
        let org = refusal
            .org
            .as_ref()
            .map_or_else(|| "unknown".to_owned(), ToString::to_string);
        let count: &mut u64 = refused_organisations.entry(org).or_default();
        *count = count.saturating_add(1);
    }
    Board {
        at,
        entries: state.seq,
        totals: (red, yellow),
        grounds,
        refusals,
        refused_organisations,
        anomalies: anomalies(state, at),
    }
}

fn anomalies(state: &State, at: Timestamp) -> Vec<Anomaly> {
    let mut found = Vec::new();
    let mut note = |kind, text| found.push(Anomaly { kind, text });
    for ((day, place, ground), count) in &state.history {
        if count.held > 0 {
            let name = divisions()
                .find(*place)
                .map_or("", |division| division.name);
            note(
                "volume",
                format!(
                    "{day} {name} {ground}: {} pieces of evidence in a day, {} measures, {} held for the province",
                    count.evidence,
                    count.red.saturating_add(count.yellow),
                    count.held
                ),
            );
        }
    }
    for order in state.orders.values() {
        if order.emergency {
            let people = order.people.count();
            note(
                "emergency",
                format!(
                    "{} used the emergency path for {people} people",
                    order.maker.org
                ),
            );
        }
        if order.status == OrderStatus::Withdrawn {
            let people = order.people.count();
            let word = if people == 1 { "person" } else { "people" };
            note(
                "withdrawn",
                format!(
                    "order {} over {people} {word} was withdrawn as wrong",
                    order.id
                ),
            );
        }
    }
    let late = state.days.values().filter(|day| day.closed_late).count();
    if late > 0 {
        note(
            "late",
            format!("{late} daily reports were closed after the hour"),
        );
    }
    let unanswered = state
        .appeals
        .values()
        .filter(|appeal| appeal.status_word(at) == "unanswered")
        .count();
    if unanswered > 0 {
        note(
            "unanswered",
            format!("{unanswered} appeals ran out of their time unanswered"),
        );
    }
    passed_on(state, at, &mut note);
    broken_glass(state, at, &mut note);
    let overturned = overturned_by_source(state);
    for (org, (kind, count)) in overturned {
        note(
            "overturned",
            format!("{count} × {} of {org} overturned on dispute", kind.en()),
        );
    }
    found
}

/// Cases that were passed on, by whom, and those whose time ran out with nobody's answer.
fn passed_on(state: &State, at: Timestamp, note: &mut impl FnMut(&'static str, String)) {
    let mut counts = BTreeMap::<&OrgId, (u64, u64)>::new();
    let transfers = state.cases.values().flat_map(|case| &case.transfers);
    for transfer in transfers.filter(|transfer| transfer.by.at <= at) {
        let (passed, returned) = counts.entry(&transfer.by.org).or_default();
        *passed = passed.saturating_add(1);
        *returned = returned.saturating_add(u64::from(transfer.is_return));
    }
    for (org, (passed, returned)) in counts {
        note(
            "passed-on",
            format!("{org} passed on {passed} cases, {returned} of them back to who had them"),
        );
    }
    let mut overdue = BTreeMap::<&OrgId, u64>::new();
    for case in state.cases.values() {
        if case.status_word(at) == "overdue" {
            let count = overdue.entry(&case.owner).or_default();
            *count = count.saturating_add(1);
        }
    }
    for (org, count) in overdue {
        note(
            "overdue",
            format!("{count} cases of {org} ran out of their time unanswered"),
        );
    }
}

/// Looks without a case, by whom.
fn broken_glass(state: &State, at: Timestamp, note: &mut impl FnMut(&'static str, String)) {
    let mut counts = BTreeMap::<&OrgId, u64>::new();
    for look in state.looks.values().flatten() {
        if look.break_glass && look.by.at <= at {
            let count = counts.entry(&look.by.org).or_default();
            *count = count.saturating_add(1);
        }
    }
    for (org, count) in counts {
        note(
            "broke-glass",
            format!("{org} looked at {count} records without a case"),
        );
    }
}

fn overturned_by_source(state: &State) -> BTreeMap<String, (EvidenceKind, u64)> {
    let mut found = BTreeMap::<String, (EvidenceKind, u64)>::new();
    for (_, evidence) in state
        .people
        .all_evidence()
        .filter(|(_, item)| item.overturned)
    {
        let org = state
            .people
            .source_org(evidence.source)
            .map_or_else(String::new, ToString::to_string);
        let (_, count) = found.entry(org).or_insert((evidence.kind, 0));
        *count = count.saturating_add(1);
    }
    found
}

/// A count as the public may see it.
pub fn shown(count: u64, full: bool) -> String {
    match count {
        0 => "·".to_owned(),
        small if small < SMALL_CELL && !full => format!("<{SMALL_CELL}"),
        count => count.to_string(),
    }
}

/// The board in lines for a terminal.
pub fn lines(board: &Board, full: bool) -> Vec<String> {
    let mut lines = vec![format!(
        "{} entries; people red {}, yellow {}",
        board.entries,
        shown(board.totals.0, full),
        shown(board.totals.1, full)
    )];
    lines.push(String::new());
    lines.push(format!(
        "{:<10}{:<12}{:>7}{:>8}{:>7}",
        "ground", "unit", "red", "yellow", "note"
    ));
    for (ground, places) in &board.grounds {
        for (place, [red, yellow, flag]) in places {
            let name = divisions()
                .find(*place)
                .map_or("", |division| division.name);
            let pad = 12_usize.saturating_sub(name.chars().count().saturating_mul(2));
            lines.push(format!(
                "{ground:<10}{name}{}{:>7}{:>8}{:>7}",
                " ".repeat(pad),
                shown(*red, full),
                shown(*yellow, full),
                shown(*flag, full)
            ));
        }
    }
    lines.push(String::new());
    lines.push("refusals by reason".to_owned());
    lines.extend(
        board
            .refusals
            .iter()
            .map(|(code, count)| format!("  {count:>4}  {code}")),
    );
    lines.push("refusals by organisation".to_owned());
    let organisations = &board.refused_organisations;
    lines.extend(
        organisations
            .iter()
            .map(|(org, count)| format!("  {count:>4}  {org}")),
    );
    lines.push("to be looked at".to_owned());
    lines.extend(
        board
            .anomalies
            .iter()
            .map(|anomaly| format!("  {}: {}", anomaly.kind, anomaly.text)),
    );
    lines
}

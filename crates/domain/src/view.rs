//! Views: the rows that queries read, as a pure function of the state.
//!
//! Invariant: each row is made here and nowhere else, so an audit can make it again (I1).

mod person;
pub mod public;

pub use person::{EvidenceView, MeasureView, PersonView, person_row, person_view};

use crate::act::CommandDocument;
use crate::colour::{Colour, Ground};
use crate::division::DivisionCode;
use crate::ids::{
    ActDigest, AppealId, CaseId, MovementId, OfficerId, OrderId, OrgId, PublicKey, ReportId,
};
use crate::leaf::Totals;
use crate::machine::Changes;
use crate::organisation::{Officer, Organisation};
use crate::state::State;
use crate::state::records::{
    Decision, Order, OrderStatus, ReportRecord, Signer, approver, lapses_at, status_word,
};
use crate::time::{Day, Timestamp};
use crate::word_list;
use serde::{Deserialize, Serialize};

word_list! {
    /// The tables of the views.
    Table {
        /// One row a person with evidence, measures, appeals or looks.
        People = "people", "人员", "people";
        /// Orders.
        Orders = "orders", "赋码决定", "orders";
        /// Appeals and disputes.
        Appeals = "appeals", "申诉", "appeals";
        /// Area and test orders.
        Areas = "areas", "区域决定", "areas";
        /// Reports and their parts.
        Reports = "reports", "报告", "reports";
        /// The reports of each body, the newest first: one empty row each.
        ReportsOf = "reports_of", "单位报告", "reports by body";
        /// Daily reports.
        Days = "days", "日报", "days";
        /// Organisations.
        Organisations = "organisations", "机构", "organisations";
        /// Officers.
        Officers = "officers", "人员授权", "officers";
        /// Statements.
        Statements = "statements", "说明", "statements";
        /// Refusals, one row each.
        Refusals = "refusals", "拒绝记录", "refusals";
        /// What waits for a decision, in the order of its end: one empty row each.
        Queue = "queue", "待办", "queue";
        /// The board: totals, counts by day, place and ground, and the public's indexes.
        Board = "board", "看板", "board";
        /// Cases.
        Cases = "cases", "求助事项", "cases";
        /// Movements with an end.
        Movements = "movements", "限时流动", "movements";
    }
}

/// One row to write, or to remove when it has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewRow {
    /// The table.
    pub table: Table,
    /// The key.
    pub key: Vec<u8>,
    /// The value.
    pub value: Option<Vec<u8>>,
}

/// An order as the offices see it: whom it concerns is on each person's own row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// The digest that maker and checker sign.
    pub digest: ActDigest,
    /// The ground.
    pub ground: Ground,
    /// The place.
    pub area: DivisionCode,
    /// How many people.
    pub people: u64,
    /// Why, in words for the public.
    pub reason: String,
    /// The numbered document, for the catch-all ground.
    pub document: Option<CommandDocument>,
    /// Whether it took the emergency path.
    pub emergency: bool,
    /// When the last of its measures ends.
    pub until: Timestamp,
    /// Who proposed.
    pub maker: Signer,
    /// Who approved, refused or withdrew, in that order of time.
    pub decisions: Vec<Decision>,
    /// Where it stands.
    pub status: OrderStatus,
    /// The worst colour it imposes.
    pub colour: Colour,
}

impl OrderView {
    /// The view of an order.
    pub fn of(order: &Order) -> Self {
        Self {
            digest: order.digest,
            ground: order.ground,
            area: order.area,
            people: order.people.count() as u64,
            reason: order.reason.clone(),
            document: order.document.clone(),
            emergency: order.emergency,
            until: order.until,
            maker: order.maker.clone(),
            decisions: order.decisions.clone(),
            status: order.status,
            colour: order.colour,
        }
    }

    /// Who approved it, if anybody did.
    pub fn approver(&self) -> Option<&Signer> {
        approver(&self.decisions)
    }

    /// The word for where it stands at an instant.
    pub fn status_word(&self, at: Timestamp) -> &'static str {
        status_word(self.status, lapses_at(&self.maker), self.until, at)
    }
}

/// An officer, and until when the key on record speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerView {
    /// The officer.
    pub officer: Officer,
    /// From this instant on signatures by the key count for nothing.
    pub key_until: Timestamp,
}

/// An organisation, and until when the key on record speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationView {
    /// The organisation.
    pub organisation: Organisation,
    /// From this instant on signatures by the key count for nothing.
    pub key_until: Timestamp,
}

impl OfficerView {
    /// The view of an officer.
    pub fn of(state: &State, id: &OfficerId) -> Option<Self> {
        let officer = state.officers.get(id)?.clone();
        let key_until = key_until(state, &officer.key);
        Some(Self { officer, key_until })
    }
}

impl OrganisationView {
    /// The view of an organisation.
    pub fn of(state: &State, id: &OrgId) -> Option<Self> {
        let organisation = state.organisations.get(id)?.clone();
        let key_until = key_until(state, &organisation.key);
        Some(Self {
            organisation,
            key_until,
        })
    }
}

/// What waits in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A proposed order, until it lapses.
    Order(OrderId),
    /// An open appeal, until its deadline.
    Appeal(AppealId),
    /// An open case, by its deadline.
    Case(CaseId),
    /// A movement that is not decided, by its deadline.
    Movement(MovementId),
}

impl Waiting {
    /// The first byte of the key.
    pub const fn kind(self) -> u8 {
        match self {
            Self::Order(_) => b'o',
            Self::Appeal(_) => b'a',
            Self::Case(_) => b'c',
            Self::Movement(_) => b'm',
        }
    }

    /// Its key: kind, end, id.
    pub fn key(self, end: Timestamp) -> Vec<u8> {
        let mut key = vec![self.kind()];
        key.extend(end.as_unsigned_unix().to_be_bytes());
        match self {
            Self::Order(id) => key.extend(id.as_bytes()),
            Self::Appeal(id) => key.extend(id.as_bytes()),
            Self::Case(id) => key.extend(id.as_bytes()),
            Self::Movement(id) => key.extend(id.as_bytes()),
        }
        key
    }

    /// Reads a key back.
    pub fn from_key(key: &[u8]) -> Option<Self> {
        let (kind, rest) = key.split_first()?;
        let id: [u8; 16] = rest.get(8..)?.try_into().ok()?;
        match kind {
            b'o' => Some(Self::Order(OrderId::from_bytes(id))),
            b'a' => Some(Self::Appeal(AppealId::from_bytes(id))),
            b'c' => Some(Self::Case(CaseId::from_bytes(id))),
            b'm' => Some(Self::Movement(MovementId::from_bytes(id))),
            _ => None,
        }
    }

    /// The row: there while it waits, gone afterwards.
    fn row(self, end: Timestamp, waits: bool) -> ViewRow {
        ViewRow {
            table: Table::Queue,
            key: self.key(end),
            value: waits.then(Vec::new),
        }
    }
}

/// Until when a key speaks; one that nobody registered never does.
fn key_until(state: &State, key: &PublicKey) -> Timestamp {
    let record = state.keys.get(key);
    record.map_or(Timestamp::from_unix(0), |record| record.revoked_at)
}

/// The row of the board that holds the running totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardTotals {
    /// How many entries it reflects.
    pub entries: u64,
    /// The instant of the last of them.
    pub at: Timestamp,
    /// People in each colour then.
    pub totals: Totals,
}

/// The key of the board's totals.
pub const TOTALS_KEY: &[u8] = b"totals";

fn encode(value: &impl Serialize) -> Vec<u8> {
    // Writing to memory cannot fail; an empty value would never read back.
    postcard::to_stdvec(value).unwrap_or_default()
}

/// Reads a row's value.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

fn row(table: Table, key: impl Into<Vec<u8>>, value: &impl Serialize) -> ViewRow {
    ViewRow {
        table,
        key: key.into(),
        value: Some(encode(value)),
    }
}

/// The key of a day's row.
pub fn day_key(division: DivisionCode, day: Day) -> Vec<u8> {
    let mut key = division.number().to_be_bytes().to_vec();
    key.extend(day.as_count().to_be_bytes());
    key
}

/// The division and the day of such a key.
pub fn read_day_key(key: &[u8]) -> Option<(DivisionCode, Day)> {
    let (division, day) = key.split_first_chunk()?;
    let division = DivisionCode::new(u32::from_be_bytes(*division))?;
    let day = i64::from_be_bytes(day.try_into().ok()?);
    Some((division, Day::from_count(day)))
}

/// What the keys of a body's reports begin with, in [`Table::ReportsOf`].
pub fn reports_of(org: &OrgId) -> Vec<u8> {
    // No name has this byte, so no name is the beginning of another.
    [org.as_str().as_bytes(), &[0]].concat()
}

/// The key of a report among those of its body: the newest first.
fn report_key(id: &ReportId, report: &ReportRecord) -> Vec<u8> {
    let before = u64::MAX.saturating_sub(report.at.as_unsigned_unix());
    let prefix = reports_of(&report.org);
    [prefix.as_slice(), &before.to_be_bytes(), id.as_bytes()].concat()
}

/// A report, and its place among those of its body.
fn report_rows(id: &ReportId, report: &ReportRecord) -> [ViewRow; 2] {
    let place = ViewRow {
        table: Table::ReportsOf,
        key: report_key(id, report),
        value: Some(Vec::new()),
    };
    [row(Table::Reports, *id.as_bytes(), report), place]
}

/// The report of such a key.
pub fn read_report_key(key: &[u8]) -> Option<ReportId> {
    let (_, id) = key.split_last_chunk()?;
    Some(ReportId::from_bytes(*id))
}

fn totals_row(state: &State) -> ViewRow {
    let totals = BoardTotals {
        entries: state.seq,
        at: state.last_at,
        totals: state.totals,
    };
    row(Table::Board, TOTALS_KEY, &totals)
}

/// The rows that an entry touched, but for people: those are made in portions by [`person_row`].
pub fn rows_for(state: &State, entry: u64, changes: &Changes) -> Vec<ViewRow> {
    let mut rows = vec![totals_row(state)];
    for (id, order) in changes
        .orders
        .iter()
        .filter_map(|id| state.orders.get_key_value(id))
    {
        let waits = order.status == OrderStatus::Proposed;
        rows.push(row(Table::Orders, *id.as_bytes(), &OrderView::of(order)));
        rows.push(public::order_row(*id, order));
        rows.push(Waiting::Order(*id).row(order.lapses_at(), waits));
    }
    for (id, appeal) in changes
        .appeals
        .iter()
        .filter_map(|id| state.appeals.get_key_value(id))
    {
        rows.push(row(Table::Appeals, *id.as_bytes(), appeal));
        rows.push(Waiting::Appeal(*id).row(appeal.deadline, appeal.answer.is_none()));
    }
    for (id, case) in changes
        .cases
        .iter()
        .filter_map(|id| state.cases.get_key_value(id))
    {
        rows.push(row(Table::Cases, *id.as_bytes(), case));
        rows.push(Waiting::Case(*id).row(case.deadline, case.answer.is_none()));
    }
    for (id, movement) in changes
        .movements
        .iter()
        .filter_map(|id| state.movements.get_key_value(id))
    {
        let waits = movement.decision.is_none();
        rows.push(row(Table::Movements, *id.as_bytes(), movement));
        rows.push(Waiting::Movement(*id).row(movement.deadline, waits));
    }
    rows.extend(changes.areas.iter().filter_map(|number| {
        state
            .areas
            .get(number)
            .map(|area| row(Table::Areas, number.as_bytes(), area))
    }));
    let reports = changes.reports.iter();
    let reports = reports.filter_map(|id| state.reports.get_key_value(id));
    rows.extend(reports.flat_map(|(id, report)| report_rows(id, report)));
    rows.extend(changes.days.iter().filter_map(|(division, day)| {
        let report = state.days.get(&(*division, *day))?;
        Some(row(Table::Days, day_key(*division, *day), report))
    }));
    rows.extend(changes.organisations.iter().filter_map(|id| {
        let view = OrganisationView::of(state, id)?;
        Some(row(Table::Organisations, id.as_str(), &view))
    }));
    rows.extend(changes.officers.iter().filter_map(|id| {
        let view = OfficerView::of(state, id)?;
        Some(row(Table::Officers, id.as_str(), &view))
    }));
    let counted = changes.history.iter();
    let counted = counted.filter_map(|key| Some((*key, state.history.get(key)?)));
    rows.extend(counted.map(|(key, cell)| public::count_row(key, cell)));
    if let Some(refusal) = state.refusals.get(&entry) {
        rows.push(row(Table::Refusals, entry.to_be_bytes(), refusal));
    }
    if let Some(statement) = state.statements.get(&entry) {
        rows.extend(public::statement_rows(entry, statement));
    }
    rows
}

/// Every row that the views must have, and no other: for a rebuild, and for an audit.
pub fn every_row(state: &State) -> impl Iterator<Item = ViewRow> + '_ {
    let all = Changes {
        people: Vec::new(),
        orders: state.orders.keys().copied().collect(),
        appeals: state.appeals.keys().copied().collect(),
        areas: state.areas.keys().cloned().collect(),
        reports: state.reports.keys().copied().collect(),
        days: state.days.keys().copied().collect(),
        organisations: state.organisations.keys().cloned().collect(),
        officers: state.officers.keys().cloned().collect(),
        cases: state.cases.keys().copied().collect(),
        movements: state.movements.keys().copied().collect(),
        history: state.history.keys().copied().collect(),
    };
    let refusals = state
        .refusals
        .iter()
        .map(|(entry, refusal)| row(Table::Refusals, entry.to_be_bytes(), refusal));
    let statements = state.statements.iter();
    let statements =
        statements.flat_map(|(entry, statement)| public::statement_rows(*entry, statement));
    rows_for(state, u64::MAX, &all)
        .into_iter()
        .filter(|row| row.value.is_some())
        .chain(refusals)
        .chain(statements)
        .chain((0..state.people.count()).filter_map(|place| person_row(state, place)))
}

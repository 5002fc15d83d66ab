//! Applying effects: the one place where the state changes.
//!
//! Invariant: every person whose measures change is counted before and after, so that the running
//! sum of transitions is the number of yellows and reds (I10); every measure is entered in the
//! boundary index, so that it ends by itself (I6).

use super::effect::{Effect, Grant, Impose, ImposeOrder, Recorded, Taken};
use super::{Applied, Context, RowTaken, Subject};
use crate::act::AppealTarget;
use crate::colour::{Ground, Span, Stage};
use crate::division::DivisionCode;
use crate::ids::{AppealId, OrderId};
use crate::leaf::{RowCounts, Transitions};
use crate::organisation::{KeyHolder, KeyRecord, Officer, Organisation};
use crate::state::people::{End, Measure};
use crate::state::records::{
    Answer, DayReport, Decision, OrderStatus, ReportRecord, Signer,
};
use crate::state::volume::{VolumeBy, VolumeKey};
use crate::state::{Adoption, State};
use crate::time::{Day, Timestamp};

/// Lets time pass up to `at`: counts every colour that changed by itself.
pub(super) fn pass_time(state: &mut State, at: Timestamp) -> Transitions {
    let mut lapsed = Transitions::default();
    while let Some(entry) = state.boundaries.first_entry() {
        if *entry.key() > at {
            break;
        }
        for person in entry.remove() {
            count(state, person, at, &mut lapsed);
        }
    }
    lapsed
}

/// Counts one person's colour if it differs from what was last counted.
fn count(state: &mut State, person: u32, at: Timestamp, into: &mut Transitions) {
    let now = state.people.colour_at(person, at);
    if let Some(person) = state.people.person_mut(person) {
        into.count(person.counted, now);
        person.counted = now;
    }
}

/// Applies an effect.
pub(super) fn apply(state: &mut State, cx: &Context<'_>, effect: Effect) -> Applied {
    let mut applied = Applied::default();
    match effect {
        Effect::Begin { origin, province, organisation, registrar } => {
            state.origin = Some(origin);
            state.province = Some(province);
            add_organisation(state, &mut applied, organisation);
            set_officer(state, &mut applied, registrar);
        }
        Effect::AddOrganisation(organisation) => {
            add_organisation(state, &mut applied, organisation);
        }
        Effect::SetOfficer(officer) => set_officer(state, &mut applied, officer),
        Effect::ReplaceKey { holder, old, new } => {
            replace_key(state, &mut applied, cx.at, holder, old, new);
        }
        Effect::EndKey(key) => {
            if let Some(record) = state.keys.get_mut(&key) {
                record.revoked_at = cx.at;
            }
        }
        Effect::Adopt { adoption, shortened } => {
            adopt(state, &mut applied, cx.at, adoption, shortened);
        }
        Effect::DeclareArea(area) => {
            applied.changes.areas.push(area.number.clone());
            state.areas.insert(area.number.clone(), area);
        }
        Effect::LiftArea(number) => {
            if let Some(area) = state.areas.get_mut(&number) {
                area.until = cx.at;
            }
            applied.changes.areas.push(number);
        }
        Effect::Propose(order) => {
            applied.changes.orders.push(order.id);
            state.orders.insert(order.id, *order);
        }
        Effect::Impose(impose) => self::impose(state, cx, &mut applied, impose),
        Effect::Refuse(id, decision) => {
            decide_order(state, &mut applied, id, decision);
        }
        Effect::Withdraw(id, decision) => withdraw(state, &mut applied, cx.at, id, decision),
        Effect::Release { ends } => {
            let mut people = Vec::new();
            for (measure, when, how) in ends {
                people.extend(end_measure(state, &mut applied, cx.at, measure, when, how));
            }
            settle(state, &mut applied, cx.at, people);
        }
        Effect::FileAppeal(appeal) => file_appeal(state, &mut applied, *appeal),
        Effect::DecideAppeal { appeal, answer, overturned, ends } => {
            decide_appeal(state, &mut applied, cx.at, appeal, answer, &overturned, ends);
        }
        Effect::Look(person, access) => {
            let person_place = state.people.intern(person);
            state.looks.entry(person_place).or_default().push(access);
            applied.subjects.push(subject(state, person_place, *b"look\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
            applied.changes.people.push(person_place);
        }
        Effect::CloseDay { division, day, by, late } => {
            close_day(state, &mut applied, division, day, by, late);
        }
        Effect::ReceiveDay { division, day, by, late } => {
            if let Some(report) = state.days.get_mut(&(division, day)) {
                report.received = Some(by);
                report.received_late = late;
            }
            applied.changes.days.push((division, day));
        }
        Effect::Publish(statement) => {
            applied.changes.orders.extend(statement.orders.iter().copied());
            state.statements.insert(state.seq, statement);
        }
        Effect::Record(recorded) => record(state, cx, &mut applied, *recorded),
    }
    applied
}

fn add_organisation(state: &mut State, applied: &mut Applied, organisation: Organisation) {
    let holder = KeyHolder::Org(organisation.id.clone());
    state.keys.insert(organisation.key, KeyRecord { holder, revoked_at: Timestamp::NEVER });
    applied.changes.organisations.push(organisation.id.clone());
    state.organisations.insert(organisation.id.clone(), organisation);
}

fn set_officer(state: &mut State, applied: &mut Applied, officer: Officer) {
    let holder = KeyHolder::Officer(officer.id.clone());
    state
        .keys
        .entry(officer.key)
        .or_insert(KeyRecord { holder, revoked_at: Timestamp::NEVER });
    applied.changes.officers.push(officer.id.clone());
    state.officers.insert(officer.id.clone(), officer);
}

fn replace_key(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    holder: KeyHolder,
    old: crate::ids::PublicKey,
    new: crate::ids::PublicKey,
) {
    if let Some(record) = state.keys.get_mut(&old) {
        record.revoked_at = record.revoked_at.min(at);
    }
    match &holder {
        KeyHolder::Org(id) => {
            if let Some(org) = state.organisations.get_mut(id) {
                org.key = new;
            }
            applied.changes.organisations.push(id.clone());
        }
        KeyHolder::Officer(id) => {
            if let Some(officer) = state.officers.get_mut(id) {
                officer.key = new;
            }
            applied.changes.officers.push(id.clone());
        }
    }
    state.keys.insert(new, KeyRecord { holder, revoked_at: Timestamp::NEVER });
}

fn adopt(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    adoption: Adoption,
    shortened: Vec<(u32, Span)>,
) {
    state.utc_offset_s = adoption.utc_offset_s;
    state.packs.push(adoption);
    let mut people = Vec::with_capacity(shortened.len());
    for (place, span) in shortened {
        if let Some(measure) = state.people.measure_mut(place) {
            measure.span = span;
            people.push(measure.person);
            let person = measure.person;
            mark_boundaries(state, person, span);
        }
    }
    settle(state, applied, at, people);
}

fn mark_boundaries(state: &mut State, person: u32, span: Span) {
    for instant in span.boundaries() {
        state.boundaries.entry(instant).or_default().push(person);
    }
}

/// Counts people whose measures changed, names them as touched, and owes them a notice.
fn settle(state: &mut State, applied: &mut Applied, at: Timestamp, mut people: Vec<u32>) {
    people.sort_unstable();
    people.dedup();
    for &person in &people {
        count(state, person, at, &mut applied.caused);
        let colour = state.people.colour_at(person, at) as u8;
        let mut mark = *b"changed\0\0\0\0\0\0\0\0\0\0\0";
        if let Some(last) = mark.last_mut() {
            *last = colour;
        }
        applied.subjects.push(subject(state, person, mark));
    }
    applied.notices = applied.notices.saturating_add(people.len() as u64);
    applied.changes.people.extend(people);
}

fn subject(state: &State, person: u32, mark: [u8; 18]) -> Subject {
    let id = state.people.person(person).map_or_else(
        || crate::document::PersonId::from_bytes([0; 16]),
        |person| person.id,
    );
    Subject { person: id, mark }
}

/// What the subject tree says of a measure: from, until, ground, worst stage.
fn measure_mark(span: Span, ground: Ground) -> [u8; 18] {
    let mut mark = [0_u8; 18];
    let words = [span.from().as_unix().to_be_bytes(), span.until().as_unix().to_be_bytes()];
    let tail = [ground as u8, span.stage_at(span.from()) as u8];
    for (slot, byte) in mark.iter_mut().zip(words.into_iter().flatten().chain(tail)) {
        *slot = byte;
    }
    mark
}

fn impose(state: &mut State, cx: &Context<'_>, applied: &mut Applied, impose: Impose) {
    let Impose { order, decision, grants, places } = impose;
    let id = match order {
        ImposeOrder::Known(id) => id,
        ImposeOrder::New(order) => {
            let id = order.id;
            state.orders.insert(id, *order);
            id
        }
    };
    let Some(order) = state.orders.get(&id) else { return };
    let (ground, maker) = (order.ground, order.maker.org.clone());
    let first = state.people.measure_count();
    state.people.reserve(0, 0, grants.len());
    applied.subjects.reserve(grants.len());
    applied.changes.people.reserve(grants.len());
    let mut until = cx.at;
    let mut boundaries = std::collections::BTreeMap::<Timestamp, Vec<u32>>::new();
    for grant in &grants {
        let person = begin_measure(state, grant, ground, Some(id));
        until = until.max(grant.span.until());
        for instant in grant.span.boundaries() {
            boundaries.entry(instant).or_default().push(person);
        }
        count(state, person, cx.at, &mut applied.caused);
        let mark = measure_mark(grant.span, ground);
        applied.subjects.push(Subject { person: grant.id, mark });
        applied.changes.people.push(person);
    }
    for (instant, mut people) in boundaries {
        state.boundaries.entry(instant).or_default().append(&mut people);
    }
    applied.notices = grants.len() as u64;
    remember_volume(state, cx, ground, &maker, &grants, &applied.changes.people);
    for (place, people) in places {
        let stage = grants.first().map_or(Stage::None, |grant| grant.span.stage_at(cx.at));
        tally(state, cx.at, applied, place, ground, |cell| match stage {
            Stage::Red => cell.red = cell.red.saturating_add(people),
            Stage::Yellow => cell.yellow = cell.yellow.saturating_add(people),
            Stage::Flag | Stage::None => cell.flag = cell.flag.saturating_add(people),
        });
    }
    if let Some(order) = state.orders.get_mut(&id) {
        order.measures = (first, u32::try_from(grants.len()).unwrap_or(u32::MAX));
        order.until = until;
    }
    decide_order(state, applied, id, decision);
}

fn begin_measure(
    state: &mut State,
    grant: &Grant,
    ground: Ground,
    order: Option<OrderId>,
) -> u32 {
    let person = grant.person.unwrap_or_else(|| state.people.intern(grant.id));
    if let Some(evidence) = grant.evidence.and_then(|place| state.people.evidence_mut(place)) {
        evidence.spent = true;
    }
    state.people.add_measure(Measure::new(
        person,
        ground,
        grant.span,
        grant.evidence,
        order,
        grant.area,
        state.seq,
    ));
    person
}

fn remember_volume(
    state: &mut State,
    cx: &Context<'_>,
    ground: Ground,
    maker: &crate::ids::OrgId,
    grants: &[Grant],
    people: &[u32],
) {
    let Some(rules) = cx.rules else { return };
    let since = cx.at.plus_s(-i64::from(rules.book.volume.window_s));
    let body = super::order::body_of(state, maker);
    let key = |by| VolumeKey { ground, automatic: false, by };
    state.volume.record(key(VolumeBy::Body(body)), cx.at, since, people);
    let mut by_place = std::collections::BTreeMap::<DivisionCode, Vec<u32>>::new();
    for (grant, &person) in grants.iter().zip(people) {
        let place = by_place.entry(grant.area.prefecture()).or_default();
        if place.len() < crate::rules::AUTOMATIC_PEOPLE_MAX as usize {
            place.push(person);
        }
    }
    for (place, people) in by_place {
        state.volume.record(key(VolumeBy::Prefecture(place)), cx.at, since, &people);
    }
}

fn tally(
    state: &mut State,
    at: Timestamp,
    applied: &mut Applied,
    place: DivisionCode,
    ground: Ground,
    change: impl FnOnce(&mut crate::state::records::DayCount),
) {
    let key = (at.local_day(state.utc_offset_s), place.prefecture(), ground);
    change(state.history.entry(key).or_default());
    if !applied.changes.history.contains(&key) {
        applied.changes.history.push(key);
    }
}

fn decide_order(state: &mut State, applied: &mut Applied, id: OrderId, decision: Decision) {
    if let Some(order) = state.orders.get_mut(&id) {
        order.status = decision.status;
        order.decisions.push(decision);
    }
    applied.changes.orders.push(id);
}

fn withdraw(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    id: OrderId,
    decision: Decision,
) {
    let Some(order) = state.orders.get(&id) else { return };
    if order.status == OrderStatus::InForce {
        let (first, count) = order.measures;
        let mut people = Vec::with_capacity(count as usize);
        for place in first..first.saturating_add(count) {
            people.extend(end_measure(state, applied, at, place, at, End::Withdrawn));
        }
        settle(state, applied, at, people);
    }
    decide_order(state, applied, id, decision);
}

/// Ends a measure at `when`; gives the person when that changes anything.
fn end_measure(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    place: u32,
    when: Timestamp,
    how: End,
) -> Option<u32> {
    let entry = state.seq;
    let measure = state.people.measure_mut(place)?;
    if !measure.is_live(at) || when >= measure.ended_at {
        return None;
    }
    measure.ended_at = when;
    measure.end = Some(how);
    measure.end_entry = entry;
    let (person, area, ground) = (measure.person, measure.area, measure.ground);
    if when > at {
        state.boundaries.entry(when).or_default().push(person);
    }
    tally(state, at, applied, area, ground, |cell| {
        cell.released = cell.released.saturating_add(1);
    });
    Some(person)
}

fn file_appeal(
    state: &mut State,
    applied: &mut Applied,
    appeal: crate::state::records::Appeal,
) {
    for &place in &appeal.measures {
        if let Some(measure) = state.people.measure_mut(place) {
            measure.lapse_at = measure.lapse_at.min(appeal.deadline);
        }
    }
    state.boundaries.entry(appeal.deadline).or_default().push(appeal.person_place);
    applied.changes.people.push(appeal.person_place);
    applied.changes.appeals.push(appeal.id);
    applied.subjects.push(subject(state, appeal.person_place, *b"appeal\0\0\0\0\0\0\0\0\0\0\0\0"));
    state.appeals_of.entry(appeal.person_place).or_default().push(appeal.id);
    state.appeals.insert(appeal.id, appeal);
}

fn decide_appeal(
    state: &mut State,
    applied: &mut Applied,
    at: Timestamp,
    id: AppealId,
    answer: Answer,
    overturned: &[u32],
    ends: Vec<(u32, End)>,
) {
    let upheld = answer.upheld;
    let Some(appeal) = state.appeals.get_mut(&id) else { return };
    appeal.answer = Some(answer);
    let (measures, mut people) = (appeal.measures.clone(), vec![appeal.person_place]);
    if let (AppealTarget::Evidence(id), true) = (appeal.target, upheld) {
        state.suppressed.insert(id);
    }
    for &place in overturned {
        if let Some(evidence) = state.people.evidence_mut(place) {
            evidence.overturned = true;
        }
    }
    if !upheld {
        // A late answer does not bring a lapsed colour back: the deadline was the person's.
        for place in measures {
            if let Some(measure) = state.people.measure_mut(place)
                && measure.lapse_at > at
            {
                measure.lapse_at = Timestamp::NEVER;
            }
        }
    }
    for (place, how) in ends {
        people.extend(end_measure(state, applied, at, place, at, how));
    }
    applied.changes.appeals.push(id);
    settle(state, applied, at, people);
}

fn close_day(
    state: &mut State,
    applied: &mut Applied,
    division: DivisionCode,
    day: Day,
    by: Signer,
    late: bool,
) {
    let counts = Ground::ALL
        .iter()
        .filter_map(|&ground| {
            state.history.get(&(day, division, ground)).map(|count| (ground, *count))
        })
        .collect();
    state.days.insert(
        (division, day),
        DayReport { closed: by, closed_late: late, counts, received: None, received_late: false },
    );
    applied.changes.days.push((division, day));
}

fn record(state: &mut State, cx: &Context<'_>, applied: &mut Applied, recorded: Recorded) {
    let Recorded { report, org, kind, part, parts, ground, results, taken } = recorded;
    let source = state.people.source(&org);
    let mut counts = RowCounts::default();
    for result in &results {
        let cell = match result {
            Ok(RowTaken::Duplicate) => &mut counts.duplicate,
            Ok(RowTaken::Held) => {
                counts.held = counts.held.saturating_add(1);
                &mut counts.recorded
            }
            Ok(_) => &mut counts.recorded,
            Err(_) => &mut counts.refused,
        };
        *cell = cell.saturating_add(1);
    }
    state.people.reserve(taken.len(), taken.len(), 0);
    applied.subjects.reserve(taken.len());
    let mut imposed = Vec::new();
    for row in taken {
        take_row(state, cx, applied, &mut imposed, row, source, ground);
    }
    applied.changes.people.sort_unstable();
    applied.changes.people.dedup();
    if let Some(ground) = ground {
        remember_automatic(state, cx, ground, &org, &imposed);
    }
    let record = state.reports.entry(report).or_insert_with(|| ReportRecord {
        org,
        kind,
        parts,
        entries: std::collections::BTreeMap::new(),
        rows: RowCounts::default(),
        at: cx.at,
    });
    record.entries.insert(part, state.seq);
    record.rows.recorded = record.rows.recorded.saturating_add(counts.recorded);
    record.rows.duplicate = record.rows.duplicate.saturating_add(counts.duplicate);
    record.rows.refused = record.rows.refused.saturating_add(counts.refused);
    record.rows.held = record.rows.held.saturating_add(counts.held);
    applied.changes.reports.push(report);
    applied.rows = results;
    applied.counts = counts;
}

fn take_row(
    state: &mut State,
    cx: &Context<'_>,
    applied: &mut Applied,
    imposed: &mut Vec<(u32, DivisionCode)>,
    row: Taken,
    source: u16,
    ground: Option<Ground>,
) {
    let Taken { person, mut evidence, measure, held, ends } = row;
    let (id, division) = (evidence.id, evidence.division);
    evidence.source = source;
    let place = state.people.intern(person);
    let evidence = state.people.add_evidence(place, evidence);
    let mut touched = false;
    if let (Some(span), Some(ground)) = (measure, ground) {
        let grant = Grant {
            id: person,
            person: Some(place),
            evidence: Some(evidence),
            area: division,
            span,
        };
        begin_measure(state, &grant, ground, None);
        mark_boundaries(state, place, span);
        if span.stage_at(cx.at) > Stage::Flag {
            imposed.push((place, division));
        }
        touched = true;
    }
    for (measure, when, how) in ends {
        touched |= end_measure(state, applied, cx.at, measure, when, how).is_some();
    }
    if touched {
        count(state, place, cx.at, &mut applied.caused);
        applied.notices = applied.notices.saturating_add(1);
    }
    if let Some(ground) = ground {
        let stage = measure.map_or(Stage::None, |span| span.stage_at(cx.at));
        tally(state, cx.at, applied, division, ground, |cell| {
            cell.evidence = cell.evidence.saturating_add(1);
            let extra = match stage {
                Stage::Red => &mut cell.red,
                Stage::Yellow => &mut cell.yellow,
                Stage::Flag => &mut cell.flag,
                Stage::None if held => &mut cell.held,
                Stage::None => return,
            };
            *extra = extra.saturating_add(1);
        });
    }
    let mut mark = [0_u8; 18];
    let stage = state.people.stage_at(place, cx.at) as u8;
    for (slot, byte) in mark.iter_mut().zip(id.as_bytes().iter().copied().chain([0, stage])) {
        *slot = byte;
    }
    applied.subjects.push(Subject { person, mark });
    applied.changes.people.push(place);
}

fn remember_automatic(
    state: &mut State,
    cx: &Context<'_>,
    ground: Ground,
    org: &crate::ids::OrgId,
    imposed: &[(u32, DivisionCode)],
) {
    let Some(rules) = cx.rules else { return };
    if imposed.is_empty() {
        return;
    }
    let since = cx.at.plus_s(-i64::from(rules.book.volume.window_s));
    let key = |by| VolumeKey { ground, automatic: true, by };
    let people: Vec<u32> = imposed.iter().map(|(person, _)| *person).collect();
    let body = super::order::body_of(state, org);
    state.volume.record(key(VolumeBy::Body(body)), cx.at, since, &people);
    let mut by_place = std::collections::BTreeMap::<DivisionCode, Vec<u32>>::new();
    for (person, division) in imposed {
        by_place.entry(division.prefecture()).or_default().push(*person);
    }
    for (place, people) in by_place {
        state.volume.record(key(VolumeBy::Prefecture(place)), cx.at, since, &people);
    }
}

//! Links: what a piece of evidence rests on beyond itself.
//!
//! Invariant: a contact rests on somebody else's live evidence, a stay on an area order that has
//! begun, an overdue test on a round that is over (I3). A link is checked when the evidence comes,
//! and again when an order relies on it.

use crate::act::{AreaKind, AreaOrder};
use crate::division::DivisionCode;
use crate::evidence::{EvidenceKind, EvidenceRow, MoreFields};
use crate::refusal::Code;
use crate::rules::{Contract, Link};
use crate::state::State;
use crate::state::people::Evidence;
use crate::time::{DAY_S, Timestamp};
use std::collections::BTreeSet;

/// A contact lies within this of its index person's own evidence (our default: 14 days).
const CONTACT_S_MAX: i64 = 14 * DAY_S;

const INFECTED: &[EvidenceKind] = &[
    EvidenceKind::CaseReport,
    EvidenceKind::AsymptomaticReport,
    EvidenceKind::PreliminaryPositive,
];
const CONTACT: &[EvidenceKind] = &[EvidenceKind::CloseContact];

/// Whether a person is the index that a link asks for, near an instant, when the evidence in
/// `fallen` does not count; a link that asks for no person always holds.
pub(in crate::machine) fn is_index(
    state: &State,
    link: Link,
    index: Option<u32>,
    near: Timestamp,
    fallen: &BTreeSet<u32>,
) -> bool {
    let kinds = match link {
        Link::None | Link::Area | Link::TestRound => return true,
        Link::IndexCase => INFECTED,
        Link::IndexContact => CONTACT,
    };
    index.is_some_and(|index| {
        state.people.evidence_of(index).any(|(place, evidence)| {
            kinds.contains(&evidence.kind)
                && !evidence.overturned
                && !fallen.contains(&place)
                && near.seconds_since(evidence.occurred_at).abs() <= CONTACT_S_MAX
        })
    })
}

/// A link checked when the evidence came can break later, when its index is overturned.
pub(in crate::machine) fn link_holds(state: &State, link: Link, evidence: &Evidence) -> bool {
    let index = evidence.link.as_ref().and_then(|link| link.person);
    is_index(state, link, index, evidence.occurred_at, &BTreeSet::new())
}

/// Checks the link of a row; gives the index person's number where there is one.
pub(super) fn check_link(
    state: &State,
    at: Timestamp,
    contract: &Contract,
    row: &EvidenceRow,
    more: &MoreFields,
) -> Result<Option<u32>, Code> {
    let holds = |good: bool| if good { Ok(None) } else { Err(Code::NotLinked) };
    match contract.link {
        Link::None => Ok(more
            .link_person
            .and_then(|person| state.people.find(person))),
        Link::IndexCase | Link::IndexContact => {
            let index = more.link_person.ok_or(Code::FieldMissing)?;
            let place = state.people.find(index).ok_or(Code::NotLinked)?;
            let near = row.occurred_at;
            holds(
                index != row.person
                    && is_index(state, contract.link, Some(place), near, &BTreeSet::new()),
            )?;
            Ok(Some(place))
        }
        Link::Area => {
            let area = linked_area(state, more)?;
            let place = more.origin.unwrap_or(row.division);
            holds(covers(area, at, contract.kind, row, more, place))
        }
        Link::TestRound => {
            let area = linked_area(state, more)?;
            holds(
                area.kind == AreaKind::TestRound
                    && area.from < area.until
                    && area.division.contains(row.division)
                    && row.occurred_at >= area.until,
            )
        }
    }
}

fn linked_area<'a>(state: &'a State, more: &MoreFields) -> Result<&'a AreaOrder, Code> {
    let number = more.link_reference.as_ref().ok_or(Code::FieldMissing)?;
    state.areas.get(number).ok_or(Code::NotLinked)
}

fn covers(
    area: &AreaOrder,
    at: Timestamp,
    kind: EvidenceKind,
    row: &EvidenceRow,
    more: &MoreFields,
    place: DivisionCode,
) -> bool {
    let right_kind = match kind {
        EvidenceKind::SealedArea => area.kind == AreaKind::Sealed,
        EvidenceKind::AreaStay => area.kind == AreaKind::Risk,
        _ => matches!(area.kind, AreaKind::Risk | AreaKind::Sealed),
    };
    // An order that has not begun, or was lifted before it began, lists nothing.
    let begun = area.from <= at && area.from < area.until;
    // A supplement of 2022 reaches back: who stayed in the 14 days before the area was listed
    // counts too (`domain.md` 2.1), so the stay may begin before the order.
    let from = more.from.unwrap_or(row.occurred_at);
    let until = more.until.unwrap_or(row.occurred_at);
    right_kind
        && begun
        && area.division.contains(place)
        && from <= until
        && from < area.until
        && until >= area.from.plus_s(-CONTACT_S_MAX)
}

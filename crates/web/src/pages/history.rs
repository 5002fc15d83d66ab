//! A person's history: every change of colour with its cause, who looked, and who received anything.
//!
//! Invariant: made of the measures on record alone, by the same function that tells the colour now,
//! so the history ends in the colour of the code. Refuses: to leave out a change that was undone later.

use super::again;
use super::me::{self, Names, name};
use super::my;
use super::parts::Part;
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::lists::aside;
use crate::problem::Problem;
use app::explain::stage_word;
use app::records::Records as _;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::colour::Stage;
use domain::ids::OrgId;
use domain::state::people::End;
use domain::state::records::Access;
use domain::time::Timestamp;
use domain::view::{MeasureView, OrderView, PersonView};
use maud::{Markup, html};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What leaves the system, and what does not.
const RECEIVED: [&str; 5] = [
    "received-gate",
    "received-counts",
    "received-notice",
    "received-list",
    "received-read",
];

/// A change of what a code says, and the measures that changed with it.
struct Change {
    at: Timestamp,
    from: Stage,
    to: Stage,
    causes: Vec<MeasureView>,
}

/// Every change up to an instant, newest first.
fn changes(view: &PersonView, now: Timestamp) -> Vec<Change> {
    let instants = view.measures.iter().flat_map(|measure| {
        let span = &measure.span;
        [
            span.from(),
            span.red_until(),
            span.yellow_until(),
            span.until(),
            measure.lapse_at,
            measure.ended_at,
        ]
    });
    let instants: BTreeSet<Timestamp> = instants.filter(|at| *at <= now).collect();
    let change = |at: &Timestamp| {
        let before = at.plus_s(-1);
        let (from, to) = (view.stage_at(before), view.stage_at(*at));
        let changed = |one: &&MeasureView| one.stage_at(before) != one.stage_at(*at);
        let causes = || view.measures.iter().filter(changed).cloned().collect();
        (from != to).then(|| Change {
            at: *at,
            from,
            to,
            causes: causes(),
        })
    };
    instants.iter().rev().filter_map(change).collect()
}

/// What the page shows.
struct Told {
    changes: Vec<(Change, Vec<Option<OrderView>>)>,
    count: usize,
    looks: Vec<Access>,
    names: Names,
}

fn told(desk: &Desk, view: PersonView, part: Part) -> Result<Told, Problem> {
    let all = changes(&view, desk.setup.clock.now());
    let count = all.len();
    let mut changes = Vec::new();
    for change in part.of(all.into_iter()) {
        let orders = change.causes.iter().map(|cause| match cause.order {
            Some(order) => desk.read(desk.setup.records.order(order)),
            None => Ok(None),
        });
        let orders = orders.collect::<Result<Vec<_>, _>>()?;
        changes.push((change, orders));
    }
    let looks = Part::default().of(view.looks.iter().rev().cloned());
    let signers = changes.iter().flat_map(|(_, orders)| orders).flatten();
    let signers = signers.flat_map(bodies);
    let names = me::names(desk, signers.chain(looks.iter().map(|look| &look.by.org)))?;
    Ok(Told {
        changes,
        count,
        looks,
        names,
    })
}

/// The bodies that signed an order.
fn bodies(order: &OrderView) -> impl Iterator<Item = &OrgId> {
    let signers = std::iter::once(&order.maker).chain(order.approver());
    signers.map(|signer| &signer.org)
}

/// `GET /my/history`.
pub(super) async fn history(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let person = again::person(&reader, "GET", "/api/v1/me/record")?;
    let told = aside(&desk, move |desk| {
        let view = desk.read(desk.setup.records.person(person))?;
        told(desk, view, part)
    })
    .await?;
    let text = reader.text;
    let body = html! {
        p.lead { (text.say("history-lead")) }
        section {
            h2 { (text.say("history-changes")) }
            @if told.count == 0 { p.empty { (text.say("history-none")) } }
            @for (change, orders) in &told.changes { (changed(&reader, change, orders, &told.names)) }
            (part.ways(&reader, "/my/history", told.count))
        }
        section #looks { h2 { (text.say("record-looks")) } (me::looks(&reader, &told.looks, &told.names)) }
        section {
            h2 { (text.say("received")) }
            p { (text.say("received-nobody")) }
            ul {
                @for what in RECEIVED { li { (text.say(what)) } }
            }
        }
    };
    Ok(my::page(&reader, "door-history", body, StatusCode::OK))
}

fn changed(
    reader: &Reader,
    change: &Change,
    orders: &[Option<OrderView>],
    names: &Names,
) -> Markup {
    let text = reader.text;
    html! {
        section.reason {
            h3 { (text.at(change.at)) " · " (stage(text, change.from)) " → " (stage(text, change.to)) }
            @for (cause, order) in change.causes.iter().zip(orders) {
                p { (text.pick(cause.ground.zh(), cause.ground.en())) " · " (why(reader, cause, change.at)) }
                @if cause.span.from() == change.at { p.note { (by(text, order.as_ref(), names)) } }
            }
        }
    }
}

fn stage(text: Text, stage: Stage) -> String {
    match stage {
        Stage::None => text.say("colour-green"),
        Stage::Flag | Stage::Yellow | Stage::Red => {
            text.say(&format!("colour-{}", stage_word(stage)))
        }
    }
}

/// How a measure changed at an instant, with the entry where there is one.
fn why(reader: &Reader, measure: &MeasureView, at: Timestamp) -> Markup {
    let text = reader.text;
    html! {
        @if let Some(end) = measure.end.filter(|_| measure.ended_at == at) {
            (text.say(match end {
                End::ReleasedBySystem(_) => "history-released",
                End::ReleasedOnRequest(_) => "history-asked",
                End::Withdrawn => "history-withdrawn",
                End::Appeal => "history-appeal",
                End::Overturned => "history-overturned",
            })) " · " (me::entry(reader, measure.end_entry))
        } @else if measure.span.from() == at {
            (text.say("history-began")) " · " (me::entry(reader, measure.entry))
        } @else if measure.lapse_at == at {
            (text.say("appeal-unanswered"))
        } @else {
            (text.say("history-time"))
        }
    }
}

/// Who decided, where a measure begins.
fn by(text: Text, order: Option<&OrderView>, names: &Names) -> Markup {
    html! {
        @match order {
            None => (text.say("my-by-rule")),
            Some(order) => {
                (text.say("my-by")) " " (name(names, &order.maker.org))
                @if let Some(approver) = order.approver() { " · " (text.say("my-approved")) " " (name(names, &approver.org)) }
            }
        }
    }
}

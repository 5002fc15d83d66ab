//! How orders are shown: to their checker before signing, and to everybody after.
//!
//! Invariant: people appear as a number and by county, never one by one.

use super::context::{Context, local};
use super::error::{CliError, Done};
use super::json;
use crate::office::Office;
use domain::act::Proposal;
use domain::machine::{self, Preview};
use domain::state::records::{Order, Signer};
use domain::time::Timestamp;
use serde_json::{Value, json};

/// What a proposal would do now.
pub fn preview(cx: &Context, office: &Office, proposal: &Proposal) -> Done<Preview> {
    let pack = office.ledger().pack().ok_or_else(|| {
        CliError::input(
            "no rule pack is in force",
            "a registrar of the province adopts one with `mingma pack adopt`",
        )
    })?;
    Ok(machine::preview(
        office.ledger().state(),
        pack.rules(),
        cx.now(),
        proposal,
    ))
}

/// A preview as JSON.
pub fn preview_value(preview: &Preview) -> Value {
    let counties: Vec<Value> = preview
        .counties
        .iter()
        .map(|(place, people)| json!({ "area": place.to_string(), "people": people }))
        .collect();
    json!({
        "people": preview.people,
        "with_evidence": preview.with_evidence,
        "without_evidence": preview.without_evidence,
        "counties": counties,
        "needs_province": preview.needs_province,
        "busiest_day": preview.busiest_day,
        "mean_day": preview.mean_day,
        "times_busiest": preview.times_busiest,
    })
}

/// A preview in lines.
pub fn preview_lines(cx: &Context, preview: &Preview) -> Vec<String> {
    let mut lines = vec![format!(
        "people: {}; with evidence on this ground: {}; without any: {}",
        preview.people, preview.with_evidence, preview.without_evidence
    )];
    for (place, people) in &preview.counties {
        lines.push(format!("  {}: {people}", cx.place(*place)));
    }
    if preview.without_evidence > 0 {
        lines.push("  ! an order with anybody without evidence is refused whole".to_owned());
    }
    let who = if preview.needs_province {
        "the province"
    } else {
        "another body"
    };
    lines.push(format!("approval: by {who}"));
    lines.push(format!(
        "the last 21 days: busiest day {}, mean {:.1} a day; this order is {:.1} times the busiest",
        preview.busiest_day, preview.mean_day, preview.times_busiest
    ));
    lines
}

fn signer_value(signer: &Signer) -> Value {
    json!({
        "officer": signer.officer.as_str(),
        "org": signer.org.as_str(),
        "at": json::instant(signer.at),
        "entry": signer.entry,
        "permits": json::value(&signer.permits),
    })
}

fn order_value(order: &Order, at: Timestamp) -> Value {
    let decisions: Vec<Value> = order
        .decisions
        .iter()
        .map(|decision| {
            json!({
                "status": json::value(&decision.status),
                "by": signer_value(&decision.by),
                "reason": decision.reason,
            })
        })
        .collect();
    json!({
        "order": order.id.to_string(),
        "digest": order.digest.to_string(),
        "status": order.status_word(at),
        "ground": order.ground.code(),
        "area": order.area.to_string(),
        "people": order.people.count(),
        "colour": order.colour.word(),
        "reason": order.reason,
        "emergency": order.emergency,
        "document": order.document.as_ref().map(json::value),
        "until": json::instant(order.until),
        "maker": signer_value(&order.maker),
        "decisions": decisions,
    })
}

/// An order in lines.
pub fn order_lines(cx: &Context, office: &Office, order: &Order, at: Timestamp) -> Vec<String> {
    let signed = |signer: &Signer| {
        let when = local(office, signer.at);
        format!(
            "{} of {}, {when}, entry {}",
            signer.officer, signer.org, signer.entry
        )
    };
    let mut lines = vec![
        format!("order {}", order.id),
        format!("  digest: {}", order.digest),
        format!(
            "  status: {}{}",
            order.status_word(at),
            if order.emergency {
                ", emergency path"
            } else {
                ""
            }
        ),
        format!(
            "  {} for {} people in {}",
            cx.colour(order.colour),
            order.people.count(),
            cx.place(order.area)
        ),
        format!("  ground: {}", cx.ground(order.ground)),
        format!("  reason: {}", order.reason),
    ];
    if let Some(document) = &order.document {
        lines.push(format!(
            "  document: {}, {} for {} hours, sha-256 {}",
            document.number, document.colour, document.hours, document.text_sha256
        ));
    }
    lines.push(format!("  proposed by {}", signed(&order.maker)));
    for decision in &order.decisions {
        let word = match decision.status {
            domain::state::records::OrderStatus::Proposed => "proposed",
            domain::state::records::OrderStatus::InForce => "approved",
            domain::state::records::OrderStatus::Refused => "refused",
            domain::state::records::OrderStatus::Withdrawn => "withdrawn",
        };
        lines.push(format!("  {word} by {}", signed(&decision.by)));
        if !decision.reason.is_empty() {
            lines.push(format!("    because: {}", decision.reason));
        }
    }
    if !order.decisions.is_empty() {
        lines.push(format!("  ends: {}", local(office, order.until)));
    }
    lines
}

/// Lists orders, newest first.
pub fn list(cx: &Context, status: Option<&str>, at: Option<Timestamp>) -> Done {
    let office = cx.office()?;
    let at = at.unwrap_or_else(|| cx.now());
    let state = office.ledger().state();
    let mut orders: Vec<&Order> = state
        .orders
        .values()
        .filter(|order| order.maker.at <= at)
        .filter(|order| status.is_none_or(|status| order.status_word(at) == status))
        .collect();
    orders.sort_by_key(|order| std::cmp::Reverse(order.maker.entry));
    let value = orders.iter().map(|order| order_value(order, at)).collect();
    cx.show(Value::Array(value), || {
        let line = |order: &&Order| {
            format!(
                "{}  {}  {:<9} {}  {} people in {}  by {}",
                order.id,
                local(&office, order.maker.at),
                order.status_word(at),
                order.ground.code(),
                order.people.count(),
                cx.place(order.area),
                order.maker.org
            )
        };
        orders.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

/// Shows one order.
pub fn show(cx: &Context, office: &Office, order: &Order) -> Done {
    let at = cx.now();
    let statements: Vec<(u64, &str)> = office
        .ledger()
        .state()
        .statements
        .iter()
        .filter(|(_, statement)| statement.orders.contains(&order.id))
        .map(|(entry, statement)| (*entry, statement.text.as_str()))
        .collect();
    let mut value = order_value(order, at);
    if let Some(object) = value.as_object_mut() {
        let told = statements
            .iter()
            .map(|(entry, text)| json!({ "entry": entry, "text": text }));
        object.insert("statements".to_owned(), told.collect());
    }
    cx.show(value, || {
        let mut lines = order_lines(cx, office, order, at);
        for (entry, text) in &statements {
            lines.push(format!("  statement, entry {entry}: {text}"));
        }
        lines.join("\n")
    })
}

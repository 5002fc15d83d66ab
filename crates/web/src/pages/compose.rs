//! Composing an order: whom it is about, what it would do, and then what is signed.
//!
//! Invariant: what an order would do is shown by the code that decides, before anybody signs; the
//! page signs what it showed. Refuses: to name people by document to whoever may not find them.

use super::counties;
use super::desk::{page, place, signed, signs};
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::access::Granted;
use crate::judgement;
use crate::people::DocumentBody;
use crate::problem::{Kind, Problem};
use app::acts::ActText;
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::Request;
use axum::response::Response;
use domain::act::{ActBody, Proposal};
use domain::colour::Ground;
use domain::machine::Preview;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most people whom a form names; more are sent as a file (`mingma act sign --people FILE`).
const PEOPLE_MAX: usize = 1_000;

/// What a demonstration fills in.
#[derive(Deserialize)]
pub(super) struct Try {
    #[serde(rename = "try")]
    name: Option<String>,
}

/// An order as it stands in the form.
#[derive(Default)]
struct Composed {
    ground: String,
    area: String,
    /// Numbers of documents, as they were typed.
    numbers: String,
    /// People from the control list, by id.
    chosen: BTreeSet<String>,
    reason: String,
    /// Whether it is to be signed, and not only looked at.
    signs: bool,
}

impl Composed {
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut composed = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "ground" => composed.ground = value,
                "area" => composed.area = value,
                "people" => composed.numbers = value,
                "chosen" => composed
                    .chosen
                    .extend(value.split_whitespace().map(str::to_owned)),
                "reason" => composed.reason = value,
                "step" => composed.signs = value == "propose",
                _ => {}
            }
        }
        composed
    }

    /// The act, with people hashed to their ids.
    fn act(&self, desk: &Desk, reader: &Reader) -> Result<ActText, Problem> {
        let mut people = self.chosen.clone();
        let mut numbers = self.numbers.split_whitespace().peekable();
        if numbers.peek().is_some() && !finds(reader) {
            return Err(Kind::Forbidden.into());
        }
        for number in numbers {
            if people.len() >= PEOPLE_MAX {
                return Err(Kind::TooLarge.into());
            }
            let document = DocumentBody::new("resident_id".to_owned(), number.to_owned());
            people.insert((desk.setup.person_id)(&document.document()?).to_string());
        }
        if people.len() > PEOPLE_MAX {
            return Err(Kind::TooLarge.into());
        }
        Ok(ActText::OrderPropose {
            ground: self.ground.clone(),
            area: self.area.clone(),
            people: people.into_iter().collect(),
            reason: self.reason.clone(),
            emergency: false,
            document: None,
        })
    }
}

/// Whether the reader composes orders.
pub(super) fn composes(reader: &Reader) -> bool {
    reader.can("POST", "/api/v1/orders/preview")
}

/// Whether the reader may name people by document: that tells who they are on the control list, so
/// it is for bodies that may find people. Anybody else chooses from the list.
fn finds(reader: &Reader) -> bool {
    reader.persona.is_some() || reader.can("POST", "/api/v1/people/find")
}

/// `GET /desk/order`.
pub(super) async fn compose(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Try>,
) -> Result<Response, Problem> {
    let granted = reader.may("POST", "/api/v1/orders/preview")?;
    let troupe = desk.setup.troupe.as_deref();
    let personas = troupe.map_or(&[][..], |troupe| troupe.personas());
    let tried = personas
        .iter()
        .find(|persona| asked.name.as_deref() == Some(persona.name));
    let area = granted.caller.org().map(|org| org.division.to_string());
    let mut composed = Composed {
        area: area.unwrap_or_default(),
        ..Composed::default()
    };
    if let Some(numbers) = tried.and_then(|persona| persona.document.clone()) {
        composed.ground = Ground::Inbound.code().to_owned();
        composed.numbers = numbers;
    }
    Ok(form_page(&desk, &reader, &composed, &html! {}))
}

/// `POST /desk/order`: what it would do; or, once that was seen, signed.
pub(super) async fn propose(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let composed = Composed::of(reader.fields(request).await?);
    let granted = reader.may("POST", "/api/v1/orders/preview")?;
    let act = composed.act(&desk, &reader)?;
    if composed.signs {
        return signed(&desk, &reader, act, "").await;
    }
    let body: Result<ActBody, _> = act.try_into();
    let Ok(ActBody::OrderPropose(proposal)) = body else {
        return Err(Kind::FieldInvalid.into());
    };
    let preview = judgement::previewed(&desk, &granted, proposal.clone()).await?;
    let shown = foreseen(&desk, &reader, &granted, (&composed, &proposal), &preview);
    Ok(form_page(&desk, &reader, &composed, &shown))
}

fn form_page(desk: &Desk, reader: &Reader, composed: &Composed, foreseen: &Markup) -> Response {
    let text = reader.text;
    let pack = desk.setup.records.pack_at(u64::MAX);
    // The ground of a numbered document needs its text too, and so a file (docs/acts.md).
    let grounds = pack.iter().flat_map(|pack| pack.book().grounds.keys());
    let grounds = grounds.filter(|ground| **ground != Ground::Order);
    let body = html! {
        h1 { (text.say("nav-compose")) }
        p.lead { (text.say("compose-lead")) }
        @if reader.demonstrates {
            p.care { (text.say("compose-try")) " " a href="/desk/order?try=depositor" { (text.say("compose-try-fill")) } }
        }
        form method="post" action="/desk/order" data-preview="preview" {
            (reader.token())
            label for="ground" { (text.say("col-ground")) }
            select #ground name="ground" {
                @for ground in grounds {
                    option value=(ground.code()) selected[ground.code() == composed.ground] { (text.pick(ground.zh(), ground.en())) " (" (ground.code()) ")" }
                }
            }
            label for="area" { (text.say("compose-area")) }
            input #area name="area" required inputmode="numeric" pattern="[0-9]{6}" value=(composed.area);
            (people(reader, composed))
            label for="reason" { (text.say("compose-reason")) }
            input #reason name="reason" required maxlength="500" value=(composed.reason);
            button.main name="step" value="preview" { (text.say("compose-preview")) }
        }
        div #preview aria-live="polite" { (foreseen) }
    };
    page(reader, "nav-compose", &["passkey.js", "preview.js"], body)
}

/// The people: chosen from the control list, or by document where the reader may.
fn people(reader: &Reader, composed: &Composed) -> Markup {
    let text = reader.text;
    html! {
        @if !composed.chosen.is_empty() {
            p { strong { (text.fill("compose-chosen", &[("count", composed.chosen.len().into())])) } " "
                a href="/desk/judgement" { (text.say("compose-choose-again")) } }
            input type="hidden" name="chosen" value=(joined(composed));
        } @else if finds(reader) {
            label for="people" { (text.say("compose-people")) }
            textarea #people name="people" rows="6" required spellcheck="false" aria-describedby="people-how" { (composed.numbers) }
            p.note #people-how { (text.say("compose-people-how")) " " a href="/desk/judgement" { (text.say("compose-choose")) } }
        } @else {
            p.empty { (text.say("compose-nobody")) " " a href="/desk/judgement" { (text.say("compose-choose")) } }
        }
    }
}

fn joined(composed: &Composed) -> String {
    let chosen: Vec<&str> = composed.chosen.iter().map(String::as_str).collect();
    chosen.join(" ")
}

/// What the order would do, and the form that signs just that.
fn foreseen(
    desk: &Desk,
    reader: &Reader,
    granted: &Granted,
    (composed, proposal): (&Composed, &Proposal),
    preview: &Preview,
) -> Markup {
    let text = reader.text;
    let count = |key: &str, count: u64| text.fill(key, &[("count", count.into())]);
    let pack = desk.setup.records.pack_at(u64::MAX);
    let rule = pack
        .as_ref()
        .and_then(|pack| pack.book().grounds.get(&proposal.ground));
    html! {
        section {
            h2 { (text.say("preview-title")) }
            @if preview.without_evidence > 0 {
                p role="alert" { (count("preview-without", preview.without_evidence)) }
            }
            dl.facts {
                div { dt { (text.say("col-people")) } dd { strong { (count("people", preview.people)) } " · "
                    (count("preview-counties", preview.counties.len() as u64)) } }
                div { dt { (text.say("col-ground")) } dd { (text.pick(proposal.ground.zh(), proposal.ground.en()))
                    @if let Some(rule) = rule { p.note lang="zh-CN" { (rule.basis) } } } }
                div { dt { (text.say("preview-who")) } dd { (text.say(match preview.needs_province {
                    true => "preview-province",
                    false => "preview-second",
                })) } }
            }
            (unlike(text, preview))
            (counties::map(text, proposal.area, &preview.counties))
        }
        @if proposal.reason.trim().is_empty() { p.empty { (text.say("sign-without")) } }
        @else { (sign(reader, granted, composed, proposal)) }
    }
}

/// How unlike the days before it is: three bars, each with its number.
fn unlike(text: Text, preview: &Preview) -> Markup {
    let mean = preview.mean_day.round() as u64;
    let most = preview.people.max(preview.busiest_day).max(1);
    let bars = [
        ("preview-this", preview.people),
        ("preview-busiest", preview.busiest_day),
        ("preview-mean", mean),
    ];
    let key = match preview.times_busiest {
        _ if preview.busiest_day == 0 => "preview-never",
        times if times > 1.0 => "preview-larger",
        _ => "preview-alike",
    };
    let times = format!("{:.1}", preview.times_busiest);
    html! {
        h3 { (text.say("preview-unlike")) }
        p { (text.fill(key, &[("times", times.into())])) }
        dl.bars {
            @for (key, people) in bars {
                div {
                    dt { (text.say(key)) }
                    dd { meter min="0" max=(most) value=(people) aria-label=(text.say(key)) { (people) } " " (people) }
                }
            }
        }
    }
}

fn sign(reader: &Reader, granted: &Granted, composed: &Composed, proposal: &Proposal) -> Markup {
    let text = reader.text;
    let ground = text.pick(proposal.ground.zh(), proposal.ground.en());
    let body = granted
        .caller
        .org()
        .map(|org| org.name.clone())
        .unwrap_or_default();
    html! {
        section.reason {
            h2 { (text.say("sign-title")) }
            p { (text.fill("sign-what", &[
                ("count", proposal.people.count().into()),
                ("ground", ground.into()),
                ("place", place(proposal.area).into()),
                ("body", body.into()),
            ])) }
            blockquote { (proposal.reason) }
            p.note { (text.say("sign-why")) }
            form method="post" action="/desk/order" data-signs=(signs(reader)) {
                (reader.token())
                @for (name, value) in [("ground", &composed.ground), ("area", &composed.area), ("people", &composed.numbers), ("reason", &composed.reason)] {
                    input type="hidden" name=(name) value=(value);
                }
                input type="hidden" name="chosen" value=(joined(composed));
                button.main name="step" value="propose" { (text.say("compose-propose")) }
            }
        }
    }
}

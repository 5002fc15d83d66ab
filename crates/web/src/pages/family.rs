//! The people whose code the reader may see, those who may see the reader's, and how that begins and ends.
//!
//! Invariant: an address names nobody: it has the place of a person in the reader's own list. A
//! binding is looked up in the ledger for each page, so what has ended shows nothing. Refuses: a
//! guardian bound from here: an office sees the papers.

use super::again;
use super::clock;
use super::me::{self, Evidence, Names, name};
use super::my::{self, Told};
use super::parts::Part;
use super::reader::Reader;
use crate::Desk;
use crate::lists::aside;
use crate::people::DocumentBody;
use crate::problem::{Kind, Problem};
use crate::proxies;
use app::acts::ActText;
use app::records::Records as _;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use domain::colour::Colour;
use domain::document::PersonId;
use domain::state::records::Access;
use domain::state::requests::Binding;
use domain::time::{DAY_S, Timestamp};
use domain::view::PersonView;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The most people of a list.
const PEOPLE: usize = 50;
/// For how many days a proxy can be bound from here; the ledger takes a year at most.
const DAYS: &[i64] = &[30, 90, 365];

/// A binding of the reader's, and the colour of the person whom the reader reads of.
struct Bound {
    /// The place in the reader's list.
    place: usize,
    binding: Binding,
    colour: Colour,
}

/// What the page shows.
struct Family {
    mine: Vec<Bound>,
    theirs: Vec<Binding>,
    names: Names,
    now: Timestamp,
}

fn family(desk: &Desk, me: PersonId) -> Result<Family, Problem> {
    let view = desk.read(desk.setup.records.person(me))?;
    let now = desk.setup.clock.now();
    let mut mine = Vec::new();
    for (place, person) in (1..).zip(view.proxy_of.iter().take(PEOPLE)) {
        let found = proxies::bound(desk, *person, me)?;
        mine.extend(found.map(|(binding, view)| Bound {
            place,
            binding,
            colour: view.colour_at(now),
        }));
    }
    let running = view.bindings.into_iter().filter(|one| one.runs(now));
    let theirs: Vec<Binding> = running.take(PEOPLE).collect();
    let all = mine.iter().map(|one| &one.binding).chain(&theirs);
    let names = me::names(desk, all.map(|binding| &binding.by.org))?;
    Ok(Family {
        mine,
        theirs,
        names,
        now,
    })
}

/// `GET /my/family`.
pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
) -> Result<Response, Problem> {
    shown(&desk, &reader, &Form::default(), None).await
}

async fn shown(
    desk: &Arc<Desk>,
    reader: &Reader,
    typed: &Form,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let me = again::person(reader, "GET", "/api/v1/me/people")?;
    reader.may("GET", "/api/v1/me/record")?;
    let family = aside(desk, move |desk| family(desk, me)).await?;
    let text = reader.text;
    let body = html! {
        p.lead { (text.say("family-lead")) }
        (again::told(reader, problem))
        section {
            h2 { (text.say("family-mine")) }
            @if family.mine.is_empty() { p.empty { (text.say("family-mine-none")) } }
            ul.cards { @for one in &family.mine { li { (mine(reader, one, &family)) } } }
        }
        section {
            h2 { (text.say("family-theirs")) }
            @if family.theirs.is_empty() { p.empty { (text.say("family-theirs-none")) } }
            ul.cards { @for one in &family.theirs { li { (line(reader, one, &family)) (end(reader, one.proxy, &family_end(one))) } } }
        }
        section {
            h2 { (text.say("family-bind")) }
            (bind(reader, typed))
        }
        section {
            h2 { (text.say("family-child")) }
            p { (text.say("family-child-how")) }
        }
    };
    let status = again::status(problem);
    Ok(my::page(reader, "door-family", body, status))
}

/// The mark of a form that ends a binding.
fn family_end(binding: &Binding) -> String {
    format!("end-{}", binding.by.entry)
}

fn line(reader: &Reader, binding: &Binding, family: &Family) -> Markup {
    let text = reader.text;
    html! {
        p { strong { (text.say(&format!("proxy-{}", binding.kind.word()))) } " · " (text.say("record-until")) " " (text.at(binding.until)) " · " (clock::left(text, binding.until, family.now)) }
        p.note { (text.at(binding.by.at)) " · " (name(&family.names, &binding.by.org)) " · " (me::entry(reader, binding.by.entry)) }
    }
}

fn mine(reader: &Reader, one: &Bound, family: &Family) -> Markup {
    let text = reader.text;
    html! {
        p { strong { (title(reader, one.place)) } " · " (text.say(&format!("colour-{}", one.colour.word()))) }
        (line(reader, &one.binding, family))
        p { a.button href={ "/my/family/" (one.place) } { (text.say("family-look")) } }
        (end(reader, one.binding.person, &family_end(&one.binding)))
    }
}

fn title(reader: &Reader, place: usize) -> String {
    let named = [("place", place.to_string().into())];
    reader.text.fill("family-place", &named)
}

/// Ends a binding. The other side is named in the form alone.
fn end(reader: &Reader, other: PersonId, mark: &str) -> Markup {
    let text = reader.text;
    html! {
        details {
            summary { (text.say("family-end")) }
            form method="post" action="/my/family" {
                (again::once(reader, mark))
                input type="hidden" name="end" value=(other);
                p { (text.say("family-end-why")) }
                button { (text.say("family-end-now")) }
            }
        }
    }
}

fn bind(reader: &Reader, typed: &Form) -> Markup {
    let text = reader.text;
    let kind = typed.document_type.as_deref();
    html! {
        p { (text.say("family-bind-why")) }
        ul { @for what in ["family-sees", "family-not", "family-told", "family-stop"] { li { (text.say(what)) } } }
        form method="post" action="/my/family" autocomplete="off" {
            (again::once(reader, "bind"))
            label for="document_type" { (text.say("signin-kind")) }
            select #document_type name="document_type" {
                option value="resident_id" { (text.say("signin-resident")) }
                option value="passport" selected[kind == Some("passport")] { (text.say("signin-passport")) }
            }
            label for="document_number" { (text.say("family-number")) }
            input #document_number name="document_number" required maxlength="32" autocapitalize="characters" spellcheck="false" value=(typed.document_number.as_deref().unwrap_or_default());
            label for="days" { (text.say("family-days")) }
            select #days name="days" {
                @for days in DAYS {
                    option value=(days) selected[typed.days == Some(*days)] { (text.fill("family-for", &[("days", (*days).into())])) }
                }
            }
            button.main { (text.say("family-bind-now")) }
        }
    }
}

/// A binding to begin, or one to end.
#[derive(Default, Deserialize)]
struct Form {
    once: String,
    end: Option<String>,
    document_type: Option<String>,
    document_number: Option<String>,
    days: Option<i64>,
}

/// `POST /my/family`.
pub(super) async fn change(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Form = reader.form(request).await?;
    match changed(&desk, &reader, &form).await {
        Ok(()) => Ok(again::on("/my/family")),
        Err(problem) => shown(&desk, &reader, &form, Some(&problem)).await,
    }
}

async fn changed(desk: &Arc<Desk>, reader: &Reader, form: &Form) -> Result<(), Problem> {
    let act = match &form.end {
        Some(other) => {
            let me = again::person(reader, "DELETE", "/api/v1/me/proxies/{person}")?;
            (me, proxies::ending(desk, me, other)?)
        }
        None => {
            let me = again::person(reader, "POST", "/api/v1/me/proxies")?;
            (me, binding(desk, me, form)?)
        }
    };
    again::ask(desk, act.0, &form.once, act.1).await?;
    Ok(())
}

fn binding(desk: &Desk, me: PersonId, form: &Form) -> Result<ActText, Problem> {
    let (Some(kind), Some(number)) = (&form.document_type, &form.document_number) else {
        return Err(Kind::Malformed.into());
    };
    let days = form.days.filter(|days| DAYS.contains(days));
    let days = days.ok_or(Kind::FieldInvalid)?;
    let document = DocumentBody::new(kind.clone(), number.trim().to_owned()).document()?;
    let now = desk.setup.clock.now();
    let until = now.plus_s(days.saturating_mul(DAY_S));
    let proxy = (desk.setup.person_id)(&document);
    Ok(proxies::binding(me, proxy, until.to_string()))
}

/// What the reader sees of a person who is bound.
struct Seen {
    told: Told,
    evidence: Evidence,
    looks: Vec<Access>,
    names: Names,
}

fn seen(desk: &Desk, view: &PersonView, told: Told, part: Part) -> Result<Seen, Problem> {
    let looks = Part::default().of(view.looks.iter().rev().cloned());
    let names = me::names(desk, looks.iter().map(|look| &look.by.org))?;
    Ok(Seen {
        told,
        evidence: Evidence::of(desk, view, part)?,
        looks,
        names,
    })
}

/// `GET /my/family/{place}`: the code and the record of a person of the list.
pub(super) async fn person(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(place): Path<usize>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    reader.may("GET", "/api/v1/me/people/{person}/code")?;
    let me = again::person(&reader, "GET", "/api/v1/me/people/{person}/record")?;
    let text = reader.text;
    let seen = aside(&desk, move |desk| {
        let own = desk.read(desk.setup.records.person(me))?;
        let person = place
            .checked_sub(1)
            .and_then(|place| own.proxy_of.get(place));
        let person = *person.ok_or(Kind::NotBound)?;
        let (_, view) = proxies::bound(desk, person, me)?.ok_or(Kind::NotBound)?;
        seen(desk, &view, Told::of(desk, person, text)?, part)
    })
    .await?;
    let body = html! {
        p.lead { (title(&reader, place)) }
        (seen.told.card(text))
        p.care { (text.say("family-object")) }
        (seen.told.shown(&reader, None))
        section {
            h2 { (text.say("family-evidence")) }
            (seen.evidence.shown(&reader, None))
            (part.ways(&reader, &format!("/my/family/{place}"), seen.evidence.count()))
        }
        section { h2 { (text.say("record-looks")) } (me::looks(&reader, &seen.looks, &seen.names)) }
        p { a href="/my/family" { (text.say("door-family")) } }
    };
    Ok(my::page(&reader, "family-person", body, StatusCode::OK))
}

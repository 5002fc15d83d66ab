//! The officers' desks: orders to compose and to decide, appeals to answer.
//!
//! Invariant: before anything is signed the page says what it is, in words and by its digest. Where
//! nobody is played the officer's own passkey signs, in the browser; this server cannot.

use super::frame::{Life, Page};
use super::play;
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::access::Granted;
use crate::acts;
use crate::lists::{Asked, aside};
use crate::offices::{self, id};
use crate::people::DocumentBody;
use crate::problem::{Kind, Problem};
use app::acts::ActText;
use app::records::Records as _;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::act::{ActBody, AppealTarget};
use domain::division::{DivisionCode, divisions};
use domain::ids::OrderId;
use domain::state::records::Appeal;
use domain::time::Timestamp;
use domain::view::{OrderView, Waiting};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The most people whom a form names; more are sent as a file (`mingma act sign --people FILE`).
const PEOPLE_MAX: usize = 1_000;

pub(super) fn place(code: DivisionCode) -> String {
    let name = divisions().find(code).map(|division| division.name);
    format!("{} {code}", name.unwrap_or_default())
}

fn page(reader: &Reader, key: &str, body: Markup) -> Response {
    let page = Page {
        title: reader.text.say(key),
        body,
        scripts: &["passkey.js"],
        life: Life::Nowhere,
    };
    page.answer(reader, StatusCode::OK)
}

/// Whether the reader composes orders here. Naming people by document tells who they are on the
/// control list, so it is for bodies that may find people; anybody else signs a list of ids.
pub(super) fn composes(reader: &Reader) -> bool {
    let finds = reader.persona.is_some() || reader.can("POST", "/api/v1/people/find");
    finds && reader.can("POST", "/api/v1/orders/preview")
}

/// An order with the name of whoever proposed it.
struct Line {
    id: OrderId,
    view: OrderView,
    maker: String,
}

fn line(desk: &Desk, granted: &Granted, id: OrderId) -> Result<Option<Line>, Problem> {
    let records = &desk.setup.records;
    let Some(view) = desk.read(records.order(id))? else {
        return Ok(None);
    };
    if !granted.covers(Some(&view.maker.org), view.area) {
        return Ok(None);
    }
    let maker = desk.read(records.org_name(&view.maker.org))?;
    Ok(Some(Line { id, view, maker }))
}

/// `GET /desk/orders`: what waits for a second body.
pub(super) async fn orders(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    asked: Query<Asked>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/orders")?;
    let found = aside(&desk, move |desk| {
        offices::waiting(desk, b"o", &asked, |waiting| match waiting {
            Waiting::Order(id) => line(desk, &granted, id),
            Waiting::Appeal(_) | Waiting::Case(_) | Waiting::Movement(_) => Ok(None),
        })
    })
    .await?;
    let text = reader.text;
    let now = desk.setup.clock.now();
    let body = html! {
        h1 { (text.say("nav-orders")) }
        p.lead { (text.say("orders-lead")) }
        @if found.items.is_empty() { p.empty { (text.say("orders-none")) } }
        ul.cards { @for line in &found.items { li { (order_line(text, line, now)) } } }
        @if let Some(next) = &found.next { p { a href={ "/desk/orders?cursor=" (next) } { (text.say("more")) } } }
    };
    Ok(page(&reader, "nav-orders", body))
}

fn order_line(text: Text, line: &Line, now: Timestamp) -> Markup {
    let view = &line.view;
    html! {
        p { strong { (text.fill("people", &[("count", view.people.into())])) " · " (text.pick(view.ground.zh(), view.ground.en())) } }
        p { (line.maker) " · " (place(view.area)) }
        p { (view.reason) }
        p.note { (text.say(&format!("order-{}", view.status_word(now)))) " · " (text.at(view.maker.at)) }
        p { a.button href={ "/desk/orders/" (line.id) } { (text.say("order-look")) } }
    }
}

/// `GET /desk/orders/{order}`.
pub(super) async fn order(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(order): Path<String>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/orders/{order}")?;
    let line = line(&desk, &granted, id(&order)?)?;
    let line = line.ok_or(Kind::RecordUnknown)?;
    let (text, view) = (reader.text, &line.view);
    let status = view.status_word(desk.setup.clock.now());
    let fact = |key: &str, value: Markup| html! { div { dt { (text.say(key)) } dd { (value) } } };
    let body = html! {
        h1 { (text.say("order-title")) }
        dl.facts {
            (fact("order-status", html! { strong { (text.say(&format!("order-{status}"))) } }))
            (fact("col-people", html! { (view.people) }))
            (fact("col-ground", html! { (text.pick(view.ground.zh(), view.ground.en())) }))
            (fact("order-colour", html! { (text.say(&format!("colour-{}", view.colour.word()))) }))
            (fact("col-place", html! { (place(view.area)) }))
            (fact("order-maker", html! { (line.maker) }))
            (fact("order-reason", html! { (view.reason) }))
            (fact("col-at", text.at(view.maker.at)))
            (fact("col-entry", html! { a href={ "/log/" (view.maker.entry) } { (view.maker.entry) } }))
            (fact("order-digest", html! { code.long { (view.digest) } }))
        }
        @if status == "proposed" && reader.can("POST", "/api/v1/orders/preview") { (decision(&reader)) }
    };
    Ok(page(&reader, "order-title", body))
}

fn decision(reader: &Reader) -> Markup {
    let text = reader.text;
    html! {
        section {
            h2 { (text.say("decide-title")) }
            p { (text.say("decide-why")) }
            form method="post" data-signs=(signs(reader)) {
                (reader.token())
                button.main name="decision" value="approve" { (text.say("decide-approve")) }
            }
            form method="post" data-signs=(signs(reader)) {
                (reader.token())
                label for="reason" { (text.say("decide-reason")) }
                input #reason name="reason" required maxlength="500";
                button name="decision" value="refuse" { (text.say("decide-refuse")) }
            }
        }
    }
}

/// A decision on an order.
#[derive(Deserialize)]
struct Decided {
    decision: String,
    reason: Option<String>,
}

/// `POST /desk/orders/{order}`.
pub(super) async fn decide(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(order): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Decided = reader.form(request).await?;
    let granted = reader.may("GET", "/api/v1/orders/{order}")?;
    let found: OrderId = id(&order)?;
    let line = line(&desk, &granted, found)?;
    let digest = line.ok_or(Kind::RecordUnknown)?.view.digest.to_string();
    let act = match (form.decision.as_str(), form.reason) {
        ("approve", _) => ActText::OrderApprove { order, digest },
        ("refuse", Some(reason)) => ActText::OrderRefuse { order, reason },
        _ => return Err(Kind::FieldInvalid.into()),
    };
    signed(&desk, &reader, act, &format!("/desk/orders/{found}")).await
}

/// Signs and submits, as the persona who is played; or drafts what the officer signs in the browser.
pub(super) async fn signed(
    desk: &Arc<Desk>,
    reader: &Reader,
    act: ActText,
    then: &str,
) -> Result<Response, Problem> {
    let granted = reader.may("POST", "/api/v1/acts")?;
    let body = ActBody::try_from(act).map_err(|_| Kind::FieldInvalid)?;
    if reader.persona.is_none() {
        // A passkey signs in the browser; without its script there is nothing to sign with.
        if reader.navigates {
            return Err(Kind::NotSigned.into());
        }
        let draft = acts::drafted(desk, &granted, body)?;
        return Ok((StatusCode::CREATED, Json(draft)).into_response());
    }
    let receipt = play::act(desk, reader, body).await?;
    let to = match then {
        "" => format!("/log/{}", receipt.seq),
        then => then.to_owned(),
    };
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
}

/// What a demonstration fills in.
#[derive(Deserialize)]
pub(super) struct Try {
    #[serde(rename = "try")]
    name: Option<String>,
}

/// `GET /desk/order`.
pub(super) async fn compose(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Try>,
) -> Result<Response, Problem> {
    let granted = reader.may("POST", "/api/v1/orders/preview")?;
    if !composes(&reader) {
        return Err(Kind::Forbidden.into());
    }
    let text = reader.text;
    let pack = desk.setup.records.pack_at(u64::MAX);
    let grounds = pack.iter().flat_map(|pack| pack.book().grounds.keys());
    let area = granted.caller.org().map(|org| org.division);
    let troupe = desk.setup.troupe.as_deref();
    let personas = troupe.map_or(&[][..], |troupe| troupe.personas());
    let tried = personas
        .iter()
        .find(|persona| asked.name.as_deref() == Some(persona.name));
    let numbers = tried.and_then(|persona| persona.document.clone());
    let body = html! {
        h1 { (text.say("nav-compose")) }
        p.lead { (text.say("compose-lead")) }
        @if reader.demonstrates {
            p.care { (text.say("compose-try")) " " a href="/desk/order?try=depositor" { (text.say("compose-try-fill")) } }
        }
        form method="post" action="/desk/order" data-signs=(signs(&reader)) {
            (reader.token())
            label for="ground" { (text.say("col-ground")) }
            select #ground name="ground" {
                @for ground in grounds {
                    option value=(ground.code()) selected[tried.is_some() && ground.code() == "INBOUND"] { (text.pick(ground.zh(), ground.en())) " (" (ground.code()) ")" }
                }
            }
            label for="area" { (text.say("compose-area")) }
            input #area name="area" required inputmode="numeric" pattern="[0-9]{6}" value=[area];
            label for="people" { (text.say("compose-people")) }
            textarea #people name="people" rows="6" required spellcheck="false" aria-describedby="people-how" { (numbers.unwrap_or_default()) }
            p.note #people-how { (text.say("compose-people-how")) }
            label for="reason" { (text.say("compose-reason")) }
            input #reason name="reason" required maxlength="500";
            button.main { (text.say("compose-propose")) }
        }
    };
    Ok(page(&reader, "nav-compose", body))
}

/// An order as it was composed.
#[derive(Deserialize)]
struct Composed {
    ground: String,
    area: String,
    people: String,
    reason: String,
}

/// `POST /desk/order`.
pub(super) async fn propose(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Composed = reader.form(request).await?;
    reader.may("POST", "/api/v1/orders/preview")?;
    if !composes(&reader) {
        return Err(Kind::Forbidden.into());
    }
    let numbers = form.people.split_whitespace();
    let mut people = Vec::new();
    for number in numbers {
        let document = DocumentBody::new("resident_id".to_owned(), number.to_owned());
        people.push((desk.setup.person_id)(&document.document()?).to_string());
        if people.len() > PEOPLE_MAX {
            return Err(Kind::TooLarge.into());
        }
    }
    let act = ActText::OrderPropose {
        ground: form.ground,
        area: form.area,
        people,
        reason: form.reason,
        emergency: false,
        document: None,
    };
    signed(&desk, &reader, act, "").await
}

/// `GET /desk/appeals`: by deadline.
pub(super) async fn appeals(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    asked: Query<Asked>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/appeals")?;
    let found = aside(&desk, move |desk| {
        offices::waiting(desk, b"a", &asked, |waiting| match waiting {
            Waiting::Appeal(id) => offices::appeal_within(desk, &granted, id),
            Waiting::Order(_) | Waiting::Case(_) | Waiting::Movement(_) => Ok(None),
        })
    })
    .await?;
    let (text, now) = (reader.text, desk.setup.clock.now());
    let body = html! {
        h1 { (text.say("nav-appeals")) }
        p.lead { (text.say("appeals-lead")) }
        @if found.items.is_empty() { p.empty { (text.say("appeals-none")) } }
        ul.cards { @for appeal in &found.items { li { (appeal_line(&reader, appeal, now)) } } }
        @if let Some(next) = &found.next { p { a href={ "/desk/appeals?cursor=" (next) } { (text.say("more")) } } }
    };
    Ok(page(&reader, "nav-appeals", body))
}

fn appeal_line(reader: &Reader, appeal: &Appeal, now: Timestamp) -> Markup {
    let text = reader.text;
    let field = format!("reason-{}", appeal.entry);
    html! {
        p { strong { (text.say("my-deadline")) " " (text.at(appeal.deadline)) } }
        p { @match appeal.target {
            AppealTarget::Measure(ground) => { (text.say("appeal-measure")) " " (text.pick(ground.zh(), ground.en())) },
            AppealTarget::Evidence(_) => (text.say("appeal-evidence")),
        } }
        @if appeal.deadline <= now { p.refused { (text.say("appeal-unanswered")) } }
        @if reader.can("GET", "/api/v1/people/{person}/record") {
            blockquote { (appeal.text) }
            form method="post" action={ "/desk/appeals/" (appeal.id) } data-signs=(signs(reader)) {
                (reader.token())
                label for=(field) { (text.say("appeal-reason")) }
                input id=(field) name="reason" required maxlength="500";
                fieldset {
                    legend { (text.say("appeal-decision")) }
                    label { input type="radio" name="decision" value="uphold" required; " " (text.say("appeal-uphold")) }
                    label { input type="radio" name="decision" value="reject"; " " (text.say("appeal-reject")) }
                }
                button.main { (text.say("appeal-sign")) }
            }
        }
        p.note { a href={ "/log/" (appeal.entry) } { (text.fill("my-entry", &[("entry", appeal.entry.to_string().into())])) } }
    }
}

/// `POST /desk/appeals/{appeal}`.
pub(super) async fn answer(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Path(appeal): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Decided = reader.form(request).await?;
    reader.may("GET", "/api/v1/appeals")?;
    let upheld = match form.decision.as_str() {
        "uphold" => true,
        "reject" => false,
        _ => return Err(Kind::FieldInvalid.into()),
    };
    let act = ActText::AppealDecide {
        appeal,
        upheld,
        reason: form.reason.unwrap_or_default(),
    };
    signed(&desk, &reader, act, "/desk/appeals").await
}

/// Who signs a form: the officer's passkey, or the persona who is played.
pub(super) const fn signs(reader: &Reader) -> &'static str {
    match reader.persona {
        Some(_) => "persona",
        None => "passkey",
    }
}

//! The officers' desks: orders to decide, appeals to answer.
//!
//! Invariant: before anything is signed the page says what it is, in words and by its digest. Where
//! nobody is played the officer's own passkey signs, in the browser; this server cannot.

use super::frame::{Life, Page};
use super::play;
use super::reader::Reader;
use super::review::left;
use super::text::Text;
use crate::Desk;
use crate::access::Granted;
use crate::acts;
use crate::lists::{self, Asked, aside};
use crate::offices::{self, id};
use crate::problem::{Kind, Problem};
use app::acts::ActText;
use app::records::Records as _;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, Request, StatusCode, header};
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

/// A place, by name and code.
pub(super) fn place(code: DivisionCode) -> String {
    let name = divisions().find(code).map(|division| division.name);
    format!("{} {code}", name.unwrap_or_default())
}

/// A page of a desk.
pub(super) fn page(
    reader: &Reader,
    key: &str,
    scripts: &'static [&'static str],
    body: Markup,
) -> Response {
    let page = Page {
        title: reader.text.say(key),
        body,
        scripts,
        life: Life::Nowhere,
    };
    page.answer(reader, StatusCode::OK)
}

/// What stands where a page of a list has no rows: that there are none, or none so far.
pub(super) fn nothing<T>(text: Text, none: &str, found: &lists::Page<T>) -> Markup {
    let key = match found.next {
        Some(_) => "list-goes-on",
        None => none,
    };
    html! { p.empty { (text.say(key)) } }
}

/// The way to the next page of a list, whose address begins so.
pub(super) fn more<T>(text: Text, address: &str, found: &lists::Page<T>) -> Markup {
    html! { @if let Some(next) = &found.next { p { a href={ (address) (next) } { (text.say("more")) } } } }
}

/// What a page needs on which something is signed.
pub(super) const SIGNED: &[&str] = &["passkey.js"];

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
        @if found.items.is_empty() { (nothing(text, "orders-none", &found)) }
        ul.cards { @for line in &found.items { li { (order_line(text, line, now)) } } }
        (more(text, "/desk/orders?cursor=", &found))
    };
    Ok(page(&reader, "nav-orders", SIGNED, body))
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
    Ok(page(&reader, "order-title", SIGNED, body))
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
        let mut response = (StatusCode::CREATED, Json(draft)).into_response();
        if let (false, Ok(then)) = (then.is_empty(), HeaderValue::from_str(then)) {
            response.headers_mut().insert(header::LOCATION, then);
        }
        return Ok(response);
    }
    let receipt = play::act(desk, reader, body).await?;
    let to = match then {
        "" => format!("/log/{}", receipt.seq),
        then => then.to_owned(),
    };
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
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
        @if found.items.is_empty() { (nothing(text, "appeals-none", &found)) }
        ul.cards { @for appeal in &found.items { li { (appeal_line(&reader, appeal, now)) } } }
        (more(text, "/desk/appeals?cursor=", &found))
    };
    Ok(page(&reader, "nav-appeals", SIGNED, body))
}

/// What an appeal is about.
pub(super) fn appeal_target(text: Text, appeal: &Appeal) -> Markup {
    html! {
        @match appeal.target {
            AppealTarget::Measure(ground) => { (text.say("appeal-measure")) " " (text.pick(ground.zh(), ground.en())) },
            AppealTarget::Evidence(_) => (text.say("appeal-evidence")),
        }
    }
}

fn appeal_line(reader: &Reader, appeal: &Appeal, now: Timestamp) -> Markup {
    let text = reader.text;
    html! {
        p { strong { (text.say("my-deadline")) " " (text.at(appeal.deadline)) } }
        p { (left(text, now, appeal.deadline)) }
        p { (appeal_target(text, appeal)) }
        @if reader.can("GET", "/api/v1/people/{person}/record") { blockquote { (appeal.text) } }
        p { a.button href={ "/desk/appeals/" (appeal.id) } { (text.say("review-open")) } }
        @if reader.can("GET", "/api/v1/people/{person}/record") { (appeal_form(reader, appeal)) }
        p.note { a href={ "/log/" (appeal.entry) } { (text.fill("my-entry", &[("entry", appeal.entry.to_string().into())])) } }
    }
}

/// What decides an appeal.
pub(super) fn appeal_form(reader: &Reader, appeal: &Appeal) -> Markup {
    let text = reader.text;
    let field = format!("reason-{}", appeal.entry);
    html! {
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

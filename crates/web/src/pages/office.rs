//! The registrar's desk: bodies, officers with roles and terms, invitations, keys, the law in force.
//!
//! Invariant: shows what `GET /api/v1/officers`, `/organisations` and `/bindings` show; a key is
//! revoked by a signed act, and a link of invitation is shown once. Refuses: officers out of reach.

use super::desk::{SIGNED, more, page, place, signed, signs};
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::lists::{Asked, aside};
use crate::offices::id;
use crate::problem::{Kind, Problem};
use crate::registry;
use crate::signin::passkeys;
use app::acts::ActText;
use app::records::Records as _;
use app::signin::binding::{self, Binding};
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::Request;
use axum::response::Response;
use domain::time::Timestamp;
use domain::view::{OfficerView, OrganisationView};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Officers on a page: each has its forms.
const LINES: usize = 25;

/// `GET /desk/office`: officers, what they may do, until when, and how they sign in.
pub(super) async fn officers(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/officers")?;
    let registers = reader.can("GET", "/api/v1/bindings");
    let asked = Asked {
        limit: Some(LINES),
        ..asked
    };
    let (found, bound) = aside(&desk, move |desk| {
        let found = registry::staff(desk, &granted, &asked)?;
        let bound = match registers {
            true => desk.read(binding::bindings(desk.setup.accounts.as_ref()))?,
            false => Vec::new(),
        };
        Ok((found, bound))
    })
    .await?;
    let (text, now) = (reader.text, desk.setup.clock.now());
    let body = html! {
        h1 { (text.say("nav-office")) }
        p.lead { (text.say("office-lead")) }
        p { a href="/desk/office/bodies" { (text.say("office-bodies")) } }
        (law(&desk, text))
        section {
            h2 { (text.say("office-officers")) }
            div.scroll tabindex="0" role="region" aria-label=(text.say("office-officers")) {
                table {
                    caption.visually-hidden { (text.say("office-officers")) }
                    thead { tr {
                        @for key in ["office-officer", "col-who", "office-roles", "office-term", "office-key"] {
                            th scope="col" { (text.say(key)) }
                        }
                        @if registers { th scope="col" { (text.say("office-do")) } }
                    } }
                    tbody { @for (officer, org) in &found.items {
                        tr {
                            (facts(text, officer, org, now, &bound))
                            @if registers { td { (acts(&reader, officer, now)) } }
                        }
                    } }
                }
            }
            (more(text, "/desk/office?cursor=", &found))
        }
        section {
            h2 { (text.say("office-health")) }
            p { (text.say("office-doctor")) }
            pre { code { "mingma doctor" } }
        }
    };
    Ok(page(&reader, "nav-office", SIGNED, body))
}

/// The rule pack in force.
fn law(desk: &Desk, text: Text) -> Markup {
    let pack = desk.setup.records.pack_at(u64::MAX);
    let fact = |key: &str, value: Markup| html! { div { dt { (text.say(key)) } dd { (value) } } };
    html! {
        section {
            h2 { (text.say("office-law")) }
            @match pack.as_deref().map(|pack| pack.book()) {
                Some(book) => {
                    dl.facts {
                        (fact("office-pack", html! { (book.name) " · " (book.instrument.title) " " (book.instrument.number) }))
                        (fact("office-sunset", text.at(book.sunset)))
                        (fact("office-digest", html! { code.long { (book.digest) } }))
                    }
                    p { a href="/api/v1/rules" { (text.say("office-rules")) } }
                },
                None => p.empty { (text.say("office-no-law")) },
            }
        }
    }
}

fn facts(
    text: Text,
    view: &OfficerView,
    org: &OrganisationView,
    now: Timestamp,
    bound: &[Binding],
) -> Markup {
    let officer = &view.officer;
    let term = match () {
        () if now >= view.key_until => "office-revoked",
        () if now < officer.term_from => "office-not-yet",
        () if now >= officer.term_until => "office-ended",
        () => "office-running",
    };
    html! {
        th scope="row" { (officer.id) }
        td { (org.organisation.name) }
        td { @for role in &officer.roles { (text.pick(role.zh(), role.en())) br; } }
        td { strong { (text.say(term)) } br; (text.at(officer.term_from)) " – " (text.at(officer.term_until)) }
        td {
            code { (officer.key.to_string().chars().take(16).collect::<String>()) "…" }
            @for one in bound.iter().filter(|one| one.officer == officer.id) { br; (text.say("office-account")) " " (one.account.provider) }
        }
    }
}

fn acts(reader: &Reader, view: &OfficerView, now: Timestamp) -> Markup {
    let text = reader.text;
    let officer = &view.officer.id;
    let field = format!("reason-{officer}");
    html! {
        form method="post" action="/desk/office" {
            (reader.token())
            input type="hidden" name="officer" value=(officer);
            button.quiet name="act" value="invite" aria-label={ (text.say("office-invite")) " " (officer) } { (text.say("office-invite")) }
        }
        @if now < view.key_until {
            details {
                summary { (text.say("office-revoke")) }
                form method="post" action="/desk/office" data-signs=(signs(reader)) {
                    (reader.token())
                    input type="hidden" name="officer" value=(officer);
                    label for=(field) { (text.say("office-revoke-why")) }
                    input id=(field) name="reason" required maxlength="500";
                    button.quiet name="act" value="revoke" { (text.say("office-revoke-sign")) }
                }
            }
        }
    }
}

/// `GET /desk/office/bodies`.
pub(super) async fn bodies(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/organisations")?;
    let found = aside(&desk, move |desk| registry::bodies(desk, &granted, &asked)).await?;
    let (text, now) = (reader.text, desk.setup.clock.now());
    let body = html! {
        h1 { (text.say("office-bodies")) }
        div.scroll tabindex="0" role="region" aria-label=(text.say("office-bodies")) {
            table {
                caption.visually-hidden { (text.say("office-bodies")) }
                thead { tr {
                    @for key in ["col-who", "office-kind", "col-place", "office-id", "office-key"] { th scope="col" { (text.say(key)) } }
                } }
                tbody { @for OrganisationView { organisation, key_until } in &found.items {
                    tr {
                        th scope="row" { (organisation.name) }
                        td { (text.pick(organisation.kind.zh(), organisation.kind.en())) }
                        td { (place(organisation.division)) }
                        td { code { (organisation.id) } }
                        td {
                            code { (organisation.key.to_string().chars().take(16).collect::<String>()) "…" }
                            @if now >= *key_until { " " strong { (text.say("office-revoked")) } }
                        }
                    }
                } }
            }
        }
        (more(text, "/desk/office/bodies?cursor=", &found))
        p { a href="/desk/office" { (text.say("office-officers")) } }
    };
    Ok(page(&reader, "office-bodies", SIGNED, body))
}

/// What is done about an officer.
#[derive(Deserialize)]
struct Done {
    act: String,
    officer: String,
    reason: Option<String>,
}

/// `POST /desk/office`.
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let form: Done = reader.form(request).await?;
    let granted = reader.may("GET", "/api/v1/officers")?;
    reader.may("POST", "/api/v1/invitations")?;
    let known = desk.read(desk.setup.records.officer(&id(&form.officer)?))?;
    let known = registry::within(&desk, &granted, known.ok_or(Kind::RecordUnknown)?)?;
    let (view, _) = known.ok_or(Kind::OutsideReach)?;
    match (form.act.as_str(), form.reason) {
        ("invite", _) => {
            let invited = passkeys::invited(&desk, view.officer.id.as_str())?;
            let text = reader.text;
            let body = html! {
                h1 { (text.say("office-invited")) }
                p.lead { (text.say("office-invited-once")) }
                p { code.long { (invited.link) } }
                p { (text.say("office-invited-then")) }
                p { a href="/desk/office" { (text.say("nav-office")) } }
            };
            Ok(page(&reader, "office-invited", SIGNED, body))
        }
        ("revoke", Some(reason)) => {
            let key = view.officer.key.to_string();
            signed(
                &desk,
                &reader,
                ActText::KeyRevoke { key, reason },
                "/desk/office",
            )
            .await
        }
        _ => Err(Kind::FieldInvalid.into()),
    }
}

//! The judgement queue (研判): people in one's place whose evidence on a ground nobody has judged.
//!
//! Invariant: people stand here by their evidence and a shortened id, never by name or document; who
//! is chosen goes on to the preview. Refuses: to choose for anybody: nobody is ticked beforehand.

use super::compose::composes;
use super::desk::{more, nothing, page, place};
use super::reader::Reader;
use crate::Desk;
use crate::judgement::{Listed, listed};
use crate::lists::{Asked, Page, aside};
use crate::problem::{Kind, Problem};
use app::records::Records as _;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::colour::Ground;
use domain::ids::OrgId;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How much of an id tells two people on a page apart.
const ID_SHOWN: usize = 8;

/// Which part of the queue.
#[derive(Deserialize)]
pub(super) struct Which {
    ground: Option<String>,
    cursor: Option<String>,
}

/// `GET /desk/judgement`.
pub(super) async fn queue(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let granted = reader.may("GET", "/api/v1/control-list")?;
    let area = granted.caller.org().map(|org| org.division);
    let area = area.ok_or(Kind::Forbidden)?;
    let pack = desk.setup.records.pack_at(u64::MAX);
    let grounds = pack.iter().flat_map(|pack| pack.book().grounds.keys());
    let grounds: Vec<Ground> = grounds
        .filter(|ground| **ground != Ground::Order)
        .copied()
        .collect();
    let ground = match &which.ground {
        Some(ground) => Some(ground.parse().map_err(|_| Kind::FieldInvalid)?),
        None => grounds.first().copied(),
    };
    let asked = Asked {
        cursor: which.cursor,
        limit: None,
    };
    let found = aside(&desk, move |desk| {
        let Some(ground) = ground else {
            return Ok((Page::default(), BTreeMap::new()));
        };
        let found = listed(desk, &granted, ground, true, &asked)?;
        let mut names = BTreeMap::new();
        for org in found
            .items
            .iter()
            .filter_map(|one| one.evidence.source.as_ref())
        {
            if !names.contains_key(org) {
                names.insert(org.clone(), desk.read(desk.setup.records.org_name(org))?);
            }
        }
        Ok((found, names))
    });
    let (found, names) = found.await?;
    let text = reader.text;
    let code = ground.map_or("", Ground::code);
    let body = html! {
        h1 { (text.say("nav-judgement")) }
        p.lead { (text.say("judgement-lead")) }
        form.inline method="get" action="/desk/judgement" {
            div {
                label for="ground" { (text.say("col-ground")) }
                select #ground name="ground" {
                    @for ground in &grounds {
                        option value=(ground.code()) selected[ground.code() == code] { (text.pick(ground.zh(), ground.en())) " (" (ground.code()) ")" }
                    }
                }
            }
            button { (text.say("judgement-show")) }
        }
        @if found.items.is_empty() { (nothing(text, "judgement-none", &found)) }
        @else { (choose(&reader, code, &area.to_string(), &found.items, &names)) }
        (more(text, &format!("/desk/judgement?ground={code}&cursor="), &found))
    };
    Ok(page(&reader, "nav-judgement", &[], body))
}

fn choose(
    reader: &Reader,
    ground: &str,
    area: &str,
    found: &[Listed],
    names: &BTreeMap<OrgId, String>,
) -> Markup {
    let text = reader.text;
    html! {
        form method="post" action="/desk/order" {
            (reader.token())
            input type="hidden" name="ground" value=(ground);
            input type="hidden" name="area" value=(area);
            div.scroll {
                table {
                    caption { (text.say("judgement-caption")) }
                    thead { tr {
                        th scope="col" { (text.say("judgement-choose")) }
                        th scope="col" { (text.say("judgement-evidence")) }
                        th scope="col" { (text.say("judgement-source")) }
                        th scope="col" { (text.say("col-place")) }
                        th scope="col" { (text.say("col-at")) }
                    } }
                    tbody { @for one in found { (row(reader, one, names)) } }
                }
            }
            @if composes(reader) {
                button.main name="step" value="preview" { (text.say("judgement-preview")) }
            }
        }
    }
}

fn row(reader: &Reader, one: &Listed, names: &BTreeMap<OrgId, String>) -> Markup {
    let text = reader.text;
    let evidence = &one.evidence;
    let source = evidence.source.as_ref().and_then(|org| names.get(org));
    let id = one.person.get(..ID_SHOWN).unwrap_or_default();
    html! {
        tr {
            td { label.tick { input type="checkbox" name="chosen" value=(one.person); " " code { (id) } } }
            td { (text.pick(evidence.kind.zh(), evidence.kind.en())) }
            td { (source.map(String::as_str).unwrap_or_default()) }
            td { (place(evidence.division)) }
            td { (text.at(evidence.occurred_at)) }
        }
    }
}

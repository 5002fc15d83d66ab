//! A person's record: the evidence, each piece with *this did not happen to me*, and who looked.
//!
//! Invariant: newest first, in parts; whoever reads for somebody else sees the same, without the
//! forms.

use super::again;
use super::my;
use super::objection::Objections;
use super::parts::Part;
use super::reader::Reader;
use crate::Desk;
use crate::lists::aside;
use crate::problem::Problem;
use app::records::Records as _;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::OrgId;
use domain::state::records::Access;
use domain::view::{EvidenceView, PersonView};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The names of bodies.
pub(super) type Names = BTreeMap<OrgId, String>;

/// The names of some bodies.
pub(super) fn names<'a>(
    desk: &Desk,
    orgs: impl Iterator<Item = &'a OrgId>,
) -> Result<Names, Problem> {
    let mut names = Names::new();
    for org in orgs {
        if !names.contains_key(org) {
            let name = desk.read(desk.setup.records.org_name(org))?;
            names.insert(org.clone(), name);
        }
    }
    Ok(names)
}

/// The name of a body; nothing for one that has none.
pub(super) fn name<'a>(names: &'a Names, org: &OrgId) -> &'a str {
    names.get(org).map(String::as_str).unwrap_or_default()
}

/// A part of a person's evidence, newest first.
pub(super) struct Evidence {
    lines: Vec<EvidenceView>,
    count: usize,
    names: Names,
}

impl Evidence {
    /// The part that was asked for.
    pub(super) fn of(desk: &Desk, view: &PersonView, part: Part) -> Result<Self, Problem> {
        let mut all: Vec<&EvidenceView> = view.evidence.iter().collect();
        all.sort_by_key(|one| std::cmp::Reverse((one.occurred_at, one.entry)));
        let count = all.len();
        let lines = part.of(all.into_iter().cloned());
        let names = names(desk, lines.iter().filter_map(|one| one.source.as_ref()))?;
        Ok(Self {
            lines,
            count,
            names,
        })
    }

    /// How many pieces there are altogether.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The lines; where its owner reads, with the ways to object.
    pub(super) fn shown(&self, reader: &Reader, objections: Option<&Objections>) -> Markup {
        let text = reader.text;
        html! {
            @if self.count == 0 { p.empty { (text.say("record-evidence-none")) } }
            @else {
                ul.plain {
                    @for (place, one) in self.lines.iter().enumerate() {
                        li {
                            (text.at(one.occurred_at)) " · " strong { (text.pick(one.kind.zh(), one.kind.en())) } " · "
                            @if let Some(source) = &one.source { (name(&self.names, source)) " · " }
                            (one.reference) " · " (entry(reader, one.entry))
                            @if one.overturned { p.note { (text.say("record-overturned")) } }
                            @else if let Some(objections) = objections { (objections.evidence(reader, one.id, &format!("fact-{place}"))) }
                        }
                    }
                }
            }
        }
    }
}

/// The way to an entry of the public log.
pub(super) fn entry(reader: &Reader, entry: u64) -> Markup {
    let named = [("entry", entry.to_string().into())];
    html! { a href={ "/log/" (entry) } { (reader.text.fill("my-entry", &named)) } }
}

/// `GET /my/record`.
pub(super) async fn record(
    State(desk): State<Arc<Desk>>,
    reader: Reader,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    let person = again::person(&reader, "GET", "/api/v1/me/record")?;
    let (evidence, objections) = aside(&desk, move |desk| {
        let view = desk.read(desk.setup.records.person(person))?;
        let evidence = Evidence::of(desk, &view, part)?;
        Ok((evidence, Objections::of(desk, &view)?))
    })
    .await?;
    let text = reader.text;
    let body = html! {
        p.lead { (text.say("record-lead")) }
        section {
            h2 { (text.say("record-evidence")) }
            (evidence.shown(&reader, Some(&objections)))
            (part.ways(&reader, "/my/record", evidence.count()))
        }
        section {
            h2 { (text.say("record-more")) }
            p { a.button href="/my/history#looks" { (text.say("record-looks")) } " " a.button href="/my/family" { (text.say("door-family")) } " " a.button href="/my/data" { (text.say("door-data")) } }
        }
    };
    Ok(my::page(&reader, "nav-record", body, StatusCode::OK))
}

/// Who looked, newest first, at most a page of them.
pub(super) fn looks(reader: &Reader, looks: &[Access], names: &Names) -> Markup {
    let text = reader.text;
    html! {
        @if looks.is_empty() { p.empty { (text.say("record-looks-none")) } }
        @else {
            ul.plain {
                @for look in looks {
                    li {
                        (text.at(look.by.at)) " · " strong { (name(names, &look.by.org)) }
                        " · " @if look.break_glass { strong { (text.say("record-glass")) } " · " }
                        (look.purpose) " · " (entry(reader, look.by.entry))
                    }
                }
            }
        }
    }
}

//! One answer about somebody who was looked up: what the person sees, the words to read aloud, what
//! an office can do for the person.
//!
//! Invariant: made by the same functions as the person's own page (`my`), from the same row; whoever
//! reads it has a look on record that the person sees (I14). Refuses: to tell more than that page.

use super::desk::signs;
use super::me::{self, Evidence};
use super::my::{self, Told};
use super::parts::Part;
use super::reader::Reader;
use super::text::Text;
use crate::Desk;
use crate::caller::Caller;
use crate::problem::{Language, Problem};
use app::explain::Reason;
use app::records::Records as _;
use app::releases::releases_met;
use domain::colour::Ground;
use domain::document::PersonId;
use domain::ids::EvidenceId;
use domain::organisation::Role;
use domain::state::records::Access;
use domain::state::requests::Case;
use domain::time::Timestamp;
use domain::view::PersonView;
use maud::{Markup, html};

/// Everything that an answer is made of.
pub(super) struct Answer {
    told: Told,
    /// The same sentences in the language of the caller.
    aloud: Vec<String>,
    /// The language to read aloud in.
    say: Text,
    view: PersonView,
    evidence: Evidence,
    looks: Vec<Access>,
    names: me::Names,
    cases: Vec<(Case, String)>,
    met: Vec<(Ground, String)>,
    now: Timestamp,
}

impl Answer {
    /// Reads it; the caller of this function has seen to the look.
    pub(super) fn read(
        desk: &Desk,
        text: Text,
        say: Text,
        person: PersonId,
        view: PersonView,
    ) -> Result<Self, Problem> {
        let records = desk.setup.records.as_ref();
        let now = desk.setup.clock.now();
        let told = Told::of(desk, person, text)?;
        let pack = records.pack_at(u64::MAX);
        let looks = Part::default().of(view.looks.iter().rev().cloned());
        let mut cases = Vec::new();
        for id in &view.cases {
            if let Some(case) = desk.read(records.case(*id))? {
                let owner = desk.read(records.org_name(&case.owner))?;
                cases.push((case, owner));
            }
        }
        let met = pack.as_deref().map(|pack| releases_met(pack, &view, now));
        Ok(Self {
            aloud: my::aloud(&told.code, pack.as_deref(), say),
            say,
            evidence: Evidence::of(desk, &view, Part::default())?,
            names: me::names(desk, looks.iter().map(|look| &look.by.org))?,
            looks,
            cases,
            met: met.unwrap_or_default(),
            told,
            view,
            now,
        })
    }

    /// The newest look of an officer that is open.
    pub(super) fn look(&self, reader: &Reader) -> Option<&Access> {
        let Caller::Officer(staff) = &reader.caller else {
            return None;
        };
        let mine = self
            .view
            .looks
            .iter()
            .filter(|look| look.by.officer == staff.officer.id && self.now < look.until());
        mine.max_by_key(|look| look.by.entry)
    }

    /// What the person sees: the colour, its reasons, the appeals.
    pub(super) fn seen(&self, reader: &Reader, acts: impl Fn(&Reason) -> Markup) -> Markup {
        let (text, code) = (reader.text, &self.told.code);
        html! {
            (self.told.card(text))
            @if code.reasons.is_empty() { p { (text.say("my-green-why")) } }
            @for reason in &code.reasons {
                section.reason { (my::reason_of(text, reason, code.at)) (acts(reason)) }
            }
            (my::appeals(reader, code))
        }
    }

    /// The same in plain words, to be read aloud.
    pub(super) fn script(&self) -> Markup {
        let say = self.say;
        let can = if self.told.code.reasons.is_empty() {
            "script-green"
        } else {
            "script-can"
        };
        html! {
            blockquote.script lang=(say.0.tag()) {
                p { (say.say("script-hello")) }
                @for sentence in &self.aloud { p { (sentence) } }
                p { (say.say(can)) }
                @if self.told.code.reasons.is_empty() { p { (say.say("script-care")) } }
                p { (say.say("script-nothing")) }
            }
        }
    }

    /// The other language to read aloud in, as a link.
    pub(super) fn other(&self, text: Text) -> Markup {
        let (word, key) = match self.say.0 {
            Language::Chinese => ("en", "script-in-english"),
            Language::English => ("zh", "script-in-chinese"),
        };
        html! { p { a href={ "?say=" (word) "#script" } { (text.say(key)) } } }
    }

    /// Cases of the person: who owes the answer, and how often each was passed on.
    pub(super) fn cases(&self, text: Text) -> Markup {
        html! {
            @if self.cases.is_empty() { p.empty { (text.say("call-cases-none")) } }
            @else {
                ul.plain {
                    @for (case, owner) in self.cases.iter().rev() {
                        li {
                            strong { (text.say(&format!("case-{}", case.status_word(self.now)))) } " · " (owner)
                            " · " (passed_on(text, case))
                            " · " (text.say("my-deadline")) " " (text.at(case.deadline))
                        }
                    }
                }
            }
        }
    }

    /// The evidence on record.
    pub(super) fn evidence(&self, reader: &Reader) -> Markup {
        self.evidence.shown(reader, None)
    }

    /// The ground that a piece of evidence is for.
    pub(super) fn ground_of(&self, id: EvidenceId) -> Option<Ground> {
        let mut evidence = self.view.evidence.iter();
        evidence.find(|one| one.id == id)?.kind.ground()
    }

    /// What else is on the person's record.
    pub(super) fn record(&self, reader: &Reader) -> Markup {
        let text = reader.text;
        html! {
            details {
                summary { (text.say("call-record")) }
                h3 { (text.say("record-evidence")) }
                (self.evidence(reader))
                h3 { (text.say("record-looks")) }
                (me::looks(reader, &self.looks, &self.names))
            }
        }
    }

    /// Whether the evidence for an early end on a ground is on record, and what is missing otherwise.
    pub(super) fn release(&self, reader: &Reader, action: &str, reason: &Reason) -> Markup {
        let text = reader.text;
        let met = |name: &str| {
            self.met
                .iter()
                .any(|(ground, met)| *ground == reason.ground && met == name)
        };
        html! {
            @for release in &reason.releases {
                @let needs = text.fill("release-needs", &[
                    ("count", release.count.max(1).into()),
                    ("evidence", text.pick(release.evidence.zh(), release.evidence.en()).into()),
                    ("hours", release.gap_hours.into()),
                ]);
                @if met(&release.name) && holds(reader, Role::Converter) {
                    form method="post" action=(action) data-signs=(signs(reader)) {
                        (reader.token())
                        input type="hidden" name="ground" value=(reason.ground.code());
                        input type="hidden" name="release" value=(release.name);
                        p { "✓ " (text.say("release-met")) " " (needs) }
                        button name="act" value="convert" { (text.say("release-convert")) }
                    }
                } @else if met(&release.name) { p.note { "✓ " (text.say("release-met")) " " (needs) } }
                @else { p.note { (text.say("release-missing")) " " (needs) } }
            }
        }
    }
}

/// Whether the reader holds a role; what it lets them do is the ledger's to judge.
pub(super) fn holds(reader: &Reader, role: Role) -> bool {
    match &reader.caller {
        Caller::Officer(staff) => staff.officer.roles.contains(&role),
        Caller::Nobody | Caller::Person(_) | Caller::Organisation(_) => false,
    }
}

/// The counter of a case: which body has it now, and how often it came back.
pub(super) fn passed_on(text: Text, case: &Case) -> Markup {
    let bodies = case.transfers.len().saturating_add(1) as u64;
    let returns = case.returns() as u64;
    html! {
        @if bodies > 1 { strong { (text.fill("case-bodies", &[("count", bodies.into())])) } }
        @else { (text.say("case-first")) }
        @if returns > 0 { " · " strong { (text.fill("case-returns", &[("count", returns.into())])) } }
    }
}

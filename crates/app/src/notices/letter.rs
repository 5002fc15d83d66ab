//! A notice in words: the sentences of the person's page, and a short form for a phone.
//!
//! Invariant: worded from the state and the pack that decided, at the instant of the effect, so that
//! letter and page say the same (I8). Refuses: a short form of more than [`SMS_CHARS_MAX`] characters.

use super::{Event, Notice};
use crate::explain::{explain, sentences};
use crate::ledger::Ledger;
use crate::ports::StorageError;
use crate::records::Records as _;
use domain::ids::OrgId;
use domain::state::people::{End, Measure};
use domain::state::records::Access;
use domain::state::requests::{Binding, Movement, MovementDecision};
use domain::time::{CHINA_OFFSET_S, Timestamp};
use policy::{Language, Pack, Wording};
use std::borrow::Cow;
use std::sync::Arc;

/// The longest short form: five parts of a long message in UCS-2, each of 67 characters.
pub const SMS_CHARS_MAX: usize = 335;

/// Where a reader is sent on.
#[derive(Clone, Debug)]
pub struct Readers {
    /// The address of the page with the details, if there is one.
    pub page: Option<String>,
    /// The hotline's number.
    pub hotline: String,
}

/// A notice ready to go.
#[derive(Clone)]
pub struct Letter {
    /// The name that makes a repeat recognisable.
    pub id: String,
    /// The notice.
    pub notice: Notice,
    /// The subject line, Chinese first.
    pub subject: String,
    /// The whole text, Chinese first.
    pub body: String,
    /// The short form, in Chinese.
    pub sms: String,
    /// Where to reach the person by phone.
    pub phone: Option<String>,
    /// Where to reach the person by e-mail.
    pub email: Option<String>,
}

/// Words a notice; without addresses, which the vault has.
///
/// # Errors
/// The record lacks what the notice is about.
pub fn letter(ledger: &Ledger, notice: &Notice, readers: &Readers) -> Result<Letter, StorageError> {
    let mut subject = Vec::new();
    let mut bodies = Vec::new();
    for language in Language::ALL {
        let words = Words::new(ledger, notice, *language);
        subject.push(words.say("notice-subject", policy::NO_ARGS));
        let mut lines = words.news();
        if notice.event.is_about_the_code() {
            let page = explain(ledger, notice.person, notice.at)?;
            let told = sentences(&page, words.pack.as_deref(), *language);
            lines.extend(told.into_iter().map(Cow::into_owned));
        }
        lines.extend(words.ending(readers));
        bodies.push(lines.join("\n"));
    }
    let origin = ledger.state().origin.as_deref().unwrap_or_default();
    Ok(Letter {
        id: notice.id(origin),
        notice: *notice,
        subject: subject.join(" / "),
        body: bodies.join("\n\n----\n\n"),
        sms: Words::new(ledger, notice, Language::ZhCn).short(readers),
        phone: None,
        email: None,
    })
}

struct Words<'a> {
    ledger: &'a Ledger,
    notice: &'a Notice,
    language: Language,
    pack: Option<Arc<Pack>>,
}

impl<'a> Words<'a> {
    fn new(ledger: &'a Ledger, notice: &'a Notice, language: Language) -> Self {
        Self {
            ledger,
            notice,
            language,
            pack: ledger.pack_at(notice.entry),
        }
    }

    fn say(&self, key: &str, args: &[(&str, impl AsRef<str>)]) -> String {
        let wording = Wording::of(self.pack.as_deref(), self.language);
        wording.text(key, args).into_owned()
    }

    fn time(&self, at: Timestamp) -> String {
        let pack = self.pack.as_ref();
        at.local_text(pack.map_or(CHINA_OFFSET_S, |pack| pack.book().utc_offset_s))
    }

    fn ground(&self, measure: &Measure) -> String {
        match self.language {
            Language::ZhCn => measure.ground.zh().to_owned(),
            Language::En => measure.ground.en().to_owned(),
        }
    }

    fn place(&self) -> Option<u32> {
        self.ledger.state().people.find(self.notice.person)
    }

    fn measures(&self) -> impl Iterator<Item = &'a Measure> {
        let people = &self.ledger.state().people;
        let place = self.place().into_iter();
        place.flat_map(|place| people.measures_of(place).map(|(_, measure)| measure))
    }

    fn ended(&self) -> impl Iterator<Item = &'a Measure> {
        let entry = self.notice.entry;
        self.measures()
            .filter(move |measure| measure.end.is_some() && measure.end_entry == entry)
    }

    /// What is new, a sentence each.
    fn news(&self) -> Vec<String> {
        let entry = self.notice.entry;
        let mut lines: Vec<String> = match self.notice.event {
            Event::Imposed => {
                let began = self.measures().filter(|measure| measure.entry == entry);
                began.map(|measure| self.imposed(measure)).collect()
            }
            Event::Released => self.ended().map(|measure| self.released(measure)).collect(),
            Event::Withdrawn => self
                .ended()
                .filter_map(|measure| self.withdrawn(measure))
                .collect(),
            Event::Overturned => {
                let at = self.time(self.notice.at);
                vec![self.say("notice-overturned", &[("at", at)])]
            }
            Event::AppealUpheld | Event::AppealRejected => self.answers(),
            Event::Looked | Event::BrokeGlass => self.looks(),
            Event::CaseAnswered => self.case_answers(),
            Event::MovementGranted | Event::MovementRefused => self.movements(),
            Event::ProxyBound => self.bindings(),
        };
        lines.dedup();
        lines
    }

    fn imposed(&self, measure: &Measure) -> String {
        let stage = measure.span.stage_at(measure.span.from());
        let colour = self.say(&format!("colour-{}", stage.colour()), policy::NO_ARGS);
        let args = [
            ("colour", colour),
            ("ground", self.ground(measure)),
            ("from", self.time(measure.span.from())),
            ("until", self.time(measure.span.until())),
        ];
        self.say("notice-imposed", &args)
    }

    fn released(&self, measure: &Measure) -> String {
        let args = [
            ("ground", self.ground(measure)),
            ("at", self.time(measure.ended_at)),
        ];
        self.say("notice-released", &args)
    }

    fn withdrawn(&self, measure: &Measure) -> Option<String> {
        let order = measure
            .order
            .filter(|_| measure.end == Some(End::Withdrawn))?;
        let known = self.ledger.state().orders.get(&order)?;
        let decision = known
            .decisions
            .iter()
            .find(|by| by.by.entry == self.notice.entry)?;
        let args = [
            ("order", order.to_string()),
            ("reason", decision.reason.clone()),
        ];
        Some(self.say("notice-withdrawn", &args))
    }

    fn answers(&self) -> Vec<String> {
        let state = self.ledger.state();
        let appeals = self.place().and_then(|place| state.appeals_of.get(&place));
        let answers = appeals.into_iter().flatten();
        let answers = answers.filter_map(|id| state.appeals.get(id)?.answer.as_ref());
        let answers = answers.filter(|answer| answer.by.entry == self.notice.entry);
        let say = |upheld: bool, reason: &str| {
            let key = match upheld {
                true => "notice-appeal-upheld",
                false => "notice-appeal-rejected",
            };
            self.say(key, &[("reason", reason.to_owned())])
        };
        answers
            .map(|answer| say(answer.upheld, &answer.reason))
            .collect()
    }

    fn name(&self, org: &OrgId) -> String {
        let name = self.ledger.org_name(org);
        name.unwrap_or_else(|_| org.to_string())
    }

    fn case_answers(&self) -> Vec<String> {
        let state = self.ledger.state();
        let cases = self.place().and_then(|place| state.cases_of.get(&place));
        let cases = cases.into_iter().flatten();
        let answers = cases.filter_map(|id| state.cases.get(id)?.answer.as_ref());
        let answers = answers.filter(|answer| answer.by.entry == self.notice.entry);
        let say = |org: &OrgId, answer: &str| {
            let args = [("org", self.name(org)), ("answer", answer.to_owned())];
            self.say("notice-case-answered", &args)
        };
        answers
            .map(|answer| say(&answer.by.org, &answer.text))
            .collect()
    }

    fn movements(&self) -> Vec<String> {
        let state = self.ledger.state();
        let movements = self
            .place()
            .and_then(|place| state.movements_of.get(&place));
        let movements = movements.into_iter().flatten();
        let movements = movements.filter_map(|id| state.movements.get(id));
        let say = |movement: &Movement, decision: &MovementDecision| {
            let need = match self.language {
                Language::ZhCn => movement.need.zh(),
                Language::En => movement.need.en(),
            };
            let args = [
                ("need", need.to_owned()),
                ("from", self.time(movement.from)),
                ("until", self.time(movement.until)),
                ("reason", decision.reason.clone()),
            ];
            let key = match decision.granted {
                true => "notice-movement-granted",
                false => "notice-movement-refused",
            };
            self.say(key, &args)
        };
        let entry = self.notice.entry;
        movements
            .filter_map(|movement| {
                let decision = movement.decision.as_ref()?;
                (decision.by.entry == entry).then(|| say(movement, decision))
            })
            .collect()
    }

    fn bindings(&self) -> Vec<String> {
        let state = self.ledger.state();
        let bindings = self.place().and_then(|place| state.bindings.get(&place));
        let bindings = bindings.into_iter().flatten();
        let bindings = bindings.filter(|binding| binding.by.entry == self.notice.entry);
        let say = |binding: &Binding| {
            let kind = match self.language {
                Language::ZhCn => binding.kind.zh(),
                Language::En => binding.kind.en(),
            };
            let args = [
                ("org", self.name(&binding.by.org)),
                ("kind", kind.to_owned()),
                ("until", self.time(binding.until)),
            ];
            self.say("notice-proxy-bound", &args)
        };
        bindings.map(say).collect()
    }

    fn looks(&self) -> Vec<String> {
        let state = self.ledger.state();
        let looks = self.place().and_then(|place| state.looks.get(&place));
        let looks = looks.into_iter().flatten();
        let looks = looks.filter(|look| look.by.entry == self.notice.entry);
        let say = |look: &Access| {
            let key = match look.break_glass {
                true => "notice-broke-glass",
                false => "notice-looked",
            };
            let args = [
                ("org", self.name(&look.by.org)),
                ("at", self.time(look.by.at)),
                ("purpose", look.purpose.clone()),
            ];
            self.say(key, &args)
        };
        looks.map(say).collect()
    }

    fn ending(&self, readers: &Readers) -> Vec<String> {
        let page = readers.page.iter();
        let page = page.map(|page| self.say("notice-more", &[("where", page.clone())]));
        let hotline = [("hotline", readers.hotline.clone())];
        page.chain([self.say("notice-hotline", &hotline)]).collect()
    }

    /// The news cut to what is left beside the page and the hotline.
    fn short(&self, readers: &Readers) -> String {
        let ending = self.ending(readers).join(" ");
        let room = SMS_CHARS_MAX.saturating_sub(ending.chars().count().saturating_add(1));
        let news = self.news().join(" ");
        let news = if news.chars().count() > room {
            let cut: String = news.chars().take(room.saturating_sub(1)).collect();
            format!("{cut}…")
        } else {
            news
        };
        let whole = format!("{news} {ending}");
        whole.chars().take(SMS_CHARS_MAX).collect()
    }
}

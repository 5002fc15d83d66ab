//! A rule pack read as a statute: chapters, numbered articles, sources, and what is our own default.
//!
//! Invariant: every rule of the pack is an article; what no source gives is marked as ours, never
//! passed off as law. Articles are numbered through, so that they can be cited.

use super::log::entry_link;
use super::text::Text;
use crate::packs::Adopted;
use crate::problem::Language;
use app::explain;
use app::explain::Pack;
use app::law::{OurDefault, Provision, sentences};
use domain::division::divisions;
use domain::rules::{self as rules, Contract, GroundRule, Link, ReleaseRule};
use maud::{Markup, html};

/// The chapters, by the last part of their key.
const CHAPTERS: &[&str] = &[
    "general",
    "grounds",
    "proofs",
    "authority",
    "limits",
    "words",
    "sources",
];

/// A statute being written: its articles are numbered through.
struct Pen<'a> {
    text: Text,
    ours: &'a [OurDefault],
    articles: u32,
}

impl Pen<'_> {
    /// The next article.
    fn article(&mut self, title: &str, body: Markup, keys: &[&str]) -> Markup {
        self.articles = self.articles.saturating_add(1);
        let number = self.articles;
        let ours = self
            .ours
            .iter()
            .filter(|one| keys.contains(&one.key.as_str()));
        html! {
            article.article id={ "article-" (number) } {
                h3 { span.ordinal { (self.text.fill("law-article", &[("number", number.into())])) } " " (title) }
                (body)
                @for one in ours { p.ours { strong { (self.text.say("law-ours")) } " " span lang="zh-CN" { (one.why) } } }
            }
        }
    }

    /// An article of one sentence.
    fn sentence(&mut self, title: &str, sentence: &str, keys: &[&str]) -> Markup {
        self.article(title, html! { p { (sentence) } }, keys)
    }
}

/// A heading that the list of chapters leads to.
fn chapter(text: Text, name: &str, body: Markup) -> Markup {
    html! {
        section.chapter id=(name) {
            h2 { (text.say(&format!("chapter-{name}"))) }
            (body)
        }
    }
}

/// The whole of a pack.
pub(super) fn statute(text: Text, one: &Adopted) -> Markup {
    let pack = one.pack.as_ref();
    let book = pack.book();
    let mut pen = Pen {
        text,
        ours: pack.ours(),
        articles: 0,
    };
    html! {
        header.title {
            h1 lang="zh-CN" { (book.instrument.title) }
            p lang="zh-CN" { (book.instrument.issuer) @if !book.instrument.number.is_empty() { " · " (book.instrument.number) } " · " (book.instrument.date) }
            p { (book.name) " · " (text.fill("law-version", &[("version", book.version.as_str().into())])) " · "
                (text.say("law-adopted")) " " (entry_link(text, one.entry)) }
            p.note { (text.say("law-digest")) " " code.long { (book.digest) } " · "
                a href={ "/api/v1/packs/" (book.digest) } download { (text.say("law-archive")) } }
        }
        nav.contents aria-label=(text.say("law-contents")) {
            ol { @for name in CHAPTERS { li { a href={ "#" (name) } { (text.say(&format!("chapter-{name}"))) } } } }
        }
        p.note { (text.say("law-ours-why")) }
        (chapter(text, "general", general(&mut pen, pack)))
        (chapter(text, "grounds", html! { @for rule in book.grounds.values() { (ground(&mut pen, rule)) } }))
        (chapter(text, "proofs", html! {
            @for contract in book.release_evidence.values() { (proof(&mut pen, contract)) }
        }))
        (chapter(text, "authority", html! {
            p { (text.say("law-authority")) }
            @for provision in pack.provisions() { (authority(&mut pen, provision)) }
        }))
        (chapter(text, "limits", limits(&mut pen)))
        (chapter(text, "words", words(&mut pen, pack)))
        (chapter(text, "sources", html! {
            ul { @for source in pack.sources() { li lang="zh-CN" { (source) } } }
        }))
    }
}

/// When, for how long, how large, how fast.
fn general(pen: &mut Pen<'_>, pack: &Pack) -> Markup {
    let (text, book) = (pen.text, pack.book());
    let place = divisions()
        .find(book.province)
        .map_or("", |place| place.name);
    let local = |at: domain::time::Timestamp| at.local_text(book.utc_offset_s);
    let valid = text.fill(
        "law-valid-text",
        &[
            ("place", place.into()),
            ("from", local(book.valid_from).into()),
            ("until", local(book.sunset).into()),
        ],
    );
    let existing = text.pick(book.existing.zh(), book.existing.en());
    let people = u64::from(book.volume.people);
    let deadlines = &book.deadlines;
    let hours = |hours: u32| length(text, hours.saturating_mul(3_600));
    let close = (
        deadlines.daily_close_s / 3_600,
        deadlines.daily_close_s % 3_600 / 60,
    );
    let close = format!("{:02}:{:02}", close.0, close.1);
    let volume = text.fill(
        "law-volume-text",
        &[
            ("people", people.into()),
            ("window", length(text, book.volume.window_s).into()),
        ],
    );
    let emergency = length(text, deadlines.emergency_s);
    let filled = |key: &str, time: String| text.fill(key, &[("time", time.into())]);
    html! {
        (pen.sentence(&text.say("law-valid"), &valid, &["valid_from", "sunset"]))
        (pen.sentence(&text.say("law-existing"), &filled("law-existing-text", existing.to_owned()), &["existing"]))
        (pen.sentence(&text.say("law-bodies"), &text.say("law-bodies-text"), &[]))
        (pen.sentence(&text.say("law-volume"), &volume, &["volume.people", "volume.window_hours"]))
        (pen.sentence(&text.say("law-emergency"), &filled("law-emergency-text", emergency), &["deadlines.emergency_hours"]))
        (pen.sentence(&text.say("law-notice"), &filled("law-notice-text", length(text, deadlines.notice_s)), &["deadlines.notice_minutes"]))
        (pen.sentence(&text.say("law-appeal"), &filled("law-appeal-text", hours(deadlines.appeal_hours)), &["deadlines.appeal_hours"]))
        (pen.sentence(&text.say("law-conversion"), &filled("law-conversion-text", hours(deadlines.conversion_hours)), &["deadlines.conversion_hours"]))
        (pen.sentence(&text.say("law-daily"), &filled("law-daily-text", close), &["deadlines.daily_close"]))
    }
}

/// What a ground does, on what evidence, and what ends it early.
fn ground(pen: &mut Pen<'_>, rule: &GroundRule) -> Markup {
    let text = pen.text;
    let code = rule.ground.code();
    let title = format!("{} ({code})", text.pick(rule.ground.zh(), rule.ground.en()));
    let steps = [
        ("red", rule.steps.red_s),
        ("yellow", rule.steps.yellow_s),
        ("flag", rule.steps.flag_s),
    ];
    let steps = steps.into_iter().filter(|(_, seconds)| *seconds > 0);
    let marks = ["", ".contract", ".automatic_people"].map(|part| format!("ground.{code}{part}"));
    let releases = rule.releases.iter();
    let releases = releases.map(|release| format!("ground.{code}.release.{}", release.name));
    let marks: Vec<String> = marks.into_iter().chain(releases).collect();
    let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
    let guard = rule.automatic_people.map(|people| {
        text.fill(
            "law-automatic-people",
            &[("people", u64::from(people).into())],
        )
    });
    let body = html! {
        p lang="zh-CN" { (rule.basis) }
        ol.steps { @for (stage, seconds) in steps { li { strong { (text.say(&format!("colour-{stage}"))) } " " (length(text, seconds)) } } }
        p { (text.say("law-counted")) " " (text.pick(rule.anchor.zh(), rule.anchor.en())) }
        @if rule.automatic { p { (text.say("law-automatic")) " " @if let Some(guard) = guard { (guard) } } }
        @if rule.by_order { p { (text.say("law-by-order")) } }
        h4 { (text.say("law-evidence")) }
        (contract(text, &rule.contract))
        @if !rule.releases.is_empty() {
            h4 { (text.say("law-release")) }
            ul { @for one in &rule.releases { li { (release(text, one)) } } }
        }
    };
    pen.article(&title, body, &marks)
}

fn release(text: Text, release: &ReleaseRule) -> Markup {
    html! {
        (text.fill("law-pieces", &[("count", u64::from(release.count).into())])) " "
        strong { (text.pick(release.kind.zh(), release.kind.en())) }
        @if release.gap_s > 0 { " · " (text.fill("law-gap", &[("time", length(text, release.gap_s).into())])) }
        @if release.after_s > 0 { " · " (text.fill("law-after", &[("time", length(text, release.after_s).into())])) }
        " · " @if release.automatic { (text.say("law-by-itself")) } @else { (text.say("law-on-request")) }
        br; span.note lang="zh-CN" { (release.basis) }
    }
}

/// Evidence that ends a measure.
fn proof(pen: &mut Pen<'_>, of: &Contract) -> Markup {
    let title = pen.text.pick(of.kind.zh(), of.kind.en()).to_owned();
    let key = format!("release_evidence.{}", of.kind);
    let body = contract(pen.text, of);
    pen.article(&title, body, &[key.as_str()])
}

/// What evidence has to be, and from whom.
fn contract(text: Text, of: &Contract) -> Markup {
    let suppliers = of
        .suppliers
        .iter()
        .map(|kind| text.pick(kind.zh(), kind.en()));
    let required = of
        .required
        .iter()
        .map(|field| text.pick(field.zh(), field.en()));
    let join = |words: Vec<&str>| words.join(text.pick("、", ", "));
    let fact = |key: &str, value: Markup| html! { div { dt { (text.say(key)) } dd { (value) } } };
    html! {
        dl.facts {
            (fact("law-kind", html! { (text.pick(of.kind.zh(), of.kind.en())) }))
            (fact("value-suppliers", html! { (join(suppliers.collect())) }))
            @if !of.required.is_empty() { (fact("value-required", html! { (join(required.collect())) })) }
            (fact("value-max_age", html! { (length(text, of.max_age_s)) }))
            @if of.link != Link::None { (fact("value-link", html! { (text.pick(of.link.zh(), of.link.en())) })) }
            @if let Some(precision) = of.min_precision {
                (fact("value-min_precision", html! { (text.pick(precision.zh(), precision.en())) }))
            }
        }
    }
}

/// Who may do what.
fn authority(pen: &mut Pen<'_>, provision: &Provision) -> Markup {
    let text = pen.text;
    let actions = provision
        .actions
        .iter()
        .map(|action| text.pick(action.zh(), action.en()));
    let actions = actions.collect::<Vec<_>>().join(text.pick("、", ", "));
    let title = text.say(if provision.forbids {
        "law-forbid"
    } else {
        "law-permit"
    });
    let title = format!("{title} {actions}");
    let body = html! {
        p lang="zh-CN" { (provision.permit.basis) }
        p.note { code { (provision.permit.id) } }
        details { summary { (text.say("law-exactly")) } pre tabindex="0" { code { (provision.text) } } }
    };
    pen.article(&title, body, &[])
}

/// What no pack can change.
fn limits(pen: &mut Pen<'_>) -> Markup {
    let text = pen.text;
    let caps = [
        ("cap-red", length(text, rules::RED_S_MAX)),
        ("cap-yellow", length(text, rules::YELLOW_S_MAX)),
        ("cap-order", length(text, rules::CATCH_ALL_S_MAX)),
        ("cap-emergency", length(text, rules::EMERGENCY_S_MAX)),
        ("cap-volume", rules::VOLUME_PEOPLE_MAX.to_string()),
        (
            "cap-appeal",
            length(text, rules::APPEAL_HOURS_MAX.saturating_mul(3_600)),
        ),
    ];
    let body = html! {
        p { (text.say("law-caps")) }
        ul { @for (key, most) in caps { li { (text.fill(key, &[("most", most.into())])) } } }
    };
    pen.article(&text.say("law-caps-title"), body, &[])
}

/// What people are told.
fn words(pen: &mut Pen<'_>, pack: &Pack) -> Markup {
    let (language, tag) = match pen.text.0 {
        Language::Chinese => (explain::Language::ZhCn, "zh-CN"),
        Language::English => (explain::Language::En, "en"),
    };
    let body = html! {
        p { (pen.text.say("law-words")) }
        ul.plain lang=(tag) { @for (_, sentence) in sentences(pack, language) { li { (sentence) } } }
    };
    pen.article(&pen.text.say("law-words-title"), body, &[])
}

/// A length of time in its largest whole unit; one day is said in hours, as laws do.
fn length(text: Text, seconds: u32) -> String {
    let (key, unit) = match seconds {
        whole if whole != 86_400 && whole % 86_400 == 0 => ("law-days", 86_400),
        whole if whole % 3_600 == 0 => ("law-hours", 3_600),
        whole if whole % 60 == 0 => ("law-minutes", 60),
        _ => ("law-seconds", 1),
    };
    text.fill(key, &[("count", (seconds / unit).into())])
}

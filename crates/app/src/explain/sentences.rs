//! An explanation in full sentences, in the order in which a person asks.
//!
//! Invariant: every word comes from the wording of the pack, or ours behind it; nothing is said that the
//! explanation does not have.

use super::{Decided, Explanation, How, Language, MovementLine, Pack, Reason, ReleaseLine};
use domain::act::Need;
use domain::colour::Colour;
use domain::time::{CHINA_OFFSET_S, Timestamp};
use policy::Wording;
use std::borrow::Cow;

/// Room for the sentences about one measure.
const SENTENCES: usize = 12;

/// The explanation in full sentences.
pub fn sentences<'p>(
    explanation: &Explanation,
    pack: Option<&'p Pack>,
    language: Language,
) -> Vec<Cow<'p, str>> {
    let wording = Wording::of(pack, language);
    let offset_s = pack.map_or(CHINA_OFFSET_S, |pack| pack.book().utc_offset_s);
    let teller = Teller {
        wording,
        language,
        offset_s,
        at: explanation.at,
    };
    let mut lines = Vec::with_capacity(SENTENCES);
    lines.push(teller.say(headline(explanation.colour), &[]));
    if explanation.colour == Colour::Green && explanation.flagged {
        lines.push(teller.say("flag-only", &[]));
    }
    for reason in &explanation.reasons {
        teller.reason(reason, &mut lines);
    }
    for ended in &explanation.ended {
        let at = teller.time(ended.at);
        let how = teller.how(&ended.how);
        lines.push(teller.say("converted", &[("at", &at), ("how", &how)]));
    }
    for movement in &explanation.movements {
        teller.movement(movement, &mut lines);
    }
    if let Some(reason) = explanation.reasons.first() {
        let hours = reason.appeal_hours.to_string();
        lines.push(teller.say("object", &[("hours", &hours)]));
        if reason.evidence.is_some() {
            lines.push(teller.say("object-dispute", &[]));
        }
        lines.push(teller.say("remedies", &[]));
        lines.push(teller.say("medical", &[]));
    }
    lines
}

const fn headline(colour: Colour) -> &'static str {
    match colour {
        Colour::Green => "headline-green",
        Colour::Yellow => "headline-yellow",
        Colour::Red => "headline-red",
    }
}

struct Teller<'a> {
    wording: &'a Wording,
    language: Language,
    offset_s: i32,
    at: Timestamp,
}

impl<'a> Teller<'a> {
    fn say(&self, key: &str, args: &[(&str, &str)]) -> Cow<'a, str> {
        self.wording.text(key, args)
    }

    fn time(&self, at: Timestamp) -> String {
        at.local_text(self.offset_s)
    }

    const fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::ZhCn => zh,
            Language::En => en,
        }
    }

    fn reason(&self, reason: &Reason, lines: &mut Vec<Cow<'a, str>>) {
        let ground = self.pick(reason.ground.zh(), reason.ground.en());
        match (&reason.evidence, &reason.document) {
            (Some(evidence), _) => lines.push(self.say(
                "why",
                &[
                    ("ground", ground),
                    (
                        "evidence",
                        self.pick(evidence.kind.zh(), evidence.kind.en()),
                    ),
                    ("source", &evidence.source),
                    ("reference", &evidence.reference),
                    ("date", &self.time(evidence.occurred_at)),
                ],
            )),
            (None, Some(number)) => {
                lines.push(self.say("why-document", &[("number", number)]));
            }
            (None, None) => {}
        }
        let basis = reason.basis.join("；");
        lines.push(self.decided(reason, &basis));
        lines.extend(self.law(reason, &basis));
        self.until(reason, lines);
        lines.push(self.say("ends-itself", &[]));
        if !reason.releases.is_empty() {
            let conditions = reason.releases.iter();
            let conditions = conditions.map(|release| self.condition(release));
            let joined = conditions.collect::<Vec<_>>().join(self.pick("；", "; "));
            lines.push(self.say("green-when", &[("conditions", &joined)]));
        }
        match reason.appeal_deadline {
            Some(deadline) if self.at < deadline => {
                lines.push(self.say("appeal-open", &[("deadline", &self.time(deadline))]));
            }
            Some(_) => lines.push(self.say("appeal-lapsed", &[])),
            None => {}
        }
    }

    fn movement(&self, movement: &MovementLine, lines: &mut Vec<Cow<'a, str>>) {
        let (from, until) = (self.time(movement.from), self.time(movement.until));
        let key = match movement.status {
            "granted" => "movement-granted",
            "refused" => "movement-refused",
            _ => "movement-open",
        };
        let (name, said) = match &movement.reason {
            Some(reason) => ("reason", reason.clone()),
            None => ("deadline", self.time(movement.deadline)),
        };
        let need = self.pick(movement.need.zh(), movement.need.en());
        let args = [
            ("need", need),
            ("from", &from),
            ("until", &until),
            (name, &said),
        ];
        lines.push(self.say(key, &args));
        if movement.need == Need::Medical {
            lines.push(self.say("movement-medical", &[]));
        }
    }

    fn decided(&self, reason: &Reason, basis: &str) -> Cow<'a, str> {
        match &reason.decided {
            Decided::Rule { pack } => self.say("decided-rule", &[("pack", pack), ("basis", basis)]),
            Decided::Order {
                maker, approver, ..
            } => self.say("decided-order", &[("maker", maker), ("approver", approver)]),
            Decided::Emergency { maker, .. } => self.say("decided-emergency", &[("maker", maker)]),
        }
    }

    /// The law, unless the sentence before has said all of it: that of a rule names the basis.
    fn law(&self, reason: &Reason, basis: &str) -> Option<Cow<'a, str>> {
        let (title, number) = &reason.instrument;
        let is_said = matches!(reason.decided, Decided::Rule { .. })
            && basis.trim_start_matches('《').starts_with(title);
        let key = match number.is_empty() {
            true if is_said => return None,
            true => "legal-basis-unnumbered",
            false => "legal-basis",
        };
        let args = [
            ("instrument", title.as_str()),
            ("number", number),
            ("basis", basis),
        ];
        Some(self.say(key, &args))
    }

    fn until(&self, reason: &Reason, lines: &mut Vec<Cow<'a, str>>) {
        let span = |key: &str, until: Timestamp| {
            let (from, until) = (self.time(reason.from), self.time(until));
            self.say(key, &[("from", &from), ("until", &until)])
        };
        if reason.stage == "flag" {
            lines.push(span("from-until-flag", reason.until));
        } else if reason.red_until > reason.from {
            lines.push(span("from-until-red", reason.red_until));
            if reason.yellow_until > reason.red_until {
                let until = self.time(reason.yellow_until);
                lines.push(self.say("then-yellow", &[("until", &until)]));
            }
        } else {
            lines.push(span("from-until-yellow", reason.yellow_until));
        }
    }

    fn how(&self, how: &How) -> Cow<'a, str> {
        let (key, release) = match how {
            How::Released {
                release,
                automatic: true,
            } => ("how-automatic", release.as_ref()),
            How::Released { release, .. } => ("how-on-request", release.as_ref()),
            How::Withdrawn => ("how-withdrawn", None),
            How::Appeal => ("how-appeal", None),
            How::Overturned => ("how-overturned", None),
        };
        let condition = release.map_or(Cow::Borrowed("—"), |release| self.condition(release));
        self.say(key, &[("condition", &condition)])
    }

    fn condition(&self, release: &ReleaseLine) -> Cow<'a, str> {
        let evidence = self.pick(release.evidence.zh(), release.evidence.en());
        if release.count <= 1 {
            return evidence.into();
        }
        self.say(
            "green-when-condition",
            &[
                ("count", &release.count.to_string()),
                ("evidence", evidence),
                ("hours", &release.gap_hours.to_string()),
            ],
        )
    }
}

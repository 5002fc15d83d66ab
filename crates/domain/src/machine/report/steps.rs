//! Steps of a measure for one piece of evidence, and their layout in time.
//!
//! Invariant: a push says what was pushed and no more; the person's own word is yellow at most;
//! nothing outlasts the sunset or the evidence's own expiry (I6, I13).

use crate::colour::{Colour, Ground, Span, Steps};
use crate::organisation::OrgKind;
use crate::refusal::Code;
use crate::rules::{Anchor, GroundRule, RuleBook};
use crate::state::people::{Evidence, EvidenceLink};
use crate::time::Timestamp;

/// The steps of a rule for one piece of evidence: as pushed for a push, yellow at most for the
/// person's own word.
pub(in crate::machine) fn steps_for(
    rule: &GroundRule,
    link: Option<&EvidenceLink>,
    source: OrgKind,
) -> Result<Steps, Code> {
    let steps = rule.steps;
    let pushed = link.and_then(|link| link.pushed);
    let unsaid = rule.ground == Ground::Push && pushed.is_none();
    if unsaid || pushed == Some(Colour::Green) {
        return Err(Code::FieldMissing);
    }
    if pushed == Some(Colour::Yellow) || source == OrgKind::SelfReport {
        let yellow_s = if steps.yellow_s > 0 {
            steps.yellow_s
        } else {
            steps.red_s
        };
        return Ok(Steps {
            red_s: 0,
            yellow_s,
            flag_s: steps.flag_s,
        });
    }
    Ok(steps)
}

/// Lays the steps out from the anchor of the rule, cut at the sunset and at the evidence's expiry.
pub(in crate::machine) fn lay(
    at: Timestamp,
    book: &RuleBook,
    rule: &GroundRule,
    steps: Steps,
    evidence: &Evidence,
) -> Span {
    let anchor = match rule.anchor {
        Anchor::Fact => evidence.occurred_at.min(at),
        Anchor::Decision => at,
    };
    let expires = evidence.link.as_ref().and_then(|link| link.expires);
    let cap = expires.map_or(book.sunset, |expires| expires.min(book.sunset));
    Span::lay(steps, anchor, at, cap)
}

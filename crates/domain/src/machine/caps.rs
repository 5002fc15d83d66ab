//! Caps: what no rule pack may go beyond, whatever its own check said.
//!
//! Invariant: a pack can only be narrower than the machine; one that is wider never comes into
//! force (I4, I5, I6).

use crate::colour::{Ground, Steps};
use crate::refusal::{Code, Refusal};
use crate::rules::{
    APPEAL_HOURS_MAX, AUTOMATIC_PEOPLE_MAX, CATCH_ALL_S_MAX, Contract, EMERGENCY_S_MAX, FLAG_S_MAX,
    GroundRule, RED_S_MAX, RuleBook, VOLUME_PEOPLE_MAX, YELLOW_S_MAX,
};

/// Refuses a pack that is wider than the machine.
pub(super) fn check(book: &RuleBook) -> Result<(), Refusal> {
    let (volume, deadlines) = (book.volume, book.deadlines);
    demand(
        (1..=VOLUME_PEOPLE_MAX).contains(&volume.people),
        "the volume guard",
    )?;
    demand(volume.window_s > 0, "the volume guard's window")?;
    demand(
        (1..=APPEAL_HOURS_MAX).contains(&deadlines.appeal_hours),
        "the appeal deadline",
    )?;
    demand(
        (1..=EMERGENCY_S_MAX).contains(&deadlines.emergency_s),
        "the emergency path",
    )?;
    for (ground, rule) in &book.grounds {
        check_rule(*ground, rule)?;
    }
    for (kind, contract) in &book.release_evidence {
        demand(
            *kind == contract.kind && kind.ground().is_none(),
            kind.word(),
        )?;
        check_suppliers(contract)?;
    }
    Ok(())
}

fn check_rule(ground: Ground, rule: &GroundRule) -> Result<(), Refusal> {
    let kind = rule.contract.kind;
    demand(
        rule.ground == ground && kind.ground() == Some(ground),
        ground.code(),
    )?;
    let Steps {
        red_s,
        yellow_s,
        flag_s,
    } = rule.steps;
    let short = red_s <= RED_S_MAX && yellow_s <= YELLOW_S_MAX && flag_s <= FLAG_S_MAX;
    demand(short && rule.steps.total_s() > 0, ground.code())?;
    demand(
        rule.automatic_people
            .is_none_or(|people| people <= AUTOMATIC_PEOPLE_MAX),
        "its guard",
    )?;
    if ground == Ground::Order {
        let short = rule.steps.total_s() <= i64::from(CATCH_ALL_S_MAX);
        demand(short && !rule.automatic, ground.code())?;
    }
    check_suppliers(&rule.contract)
}

fn check_suppliers(contract: &Contract) -> Result<(), Refusal> {
    let named = !contract.suppliers.is_empty();
    demand(
        named && !contract.suppliers.iter().any(|kind| kind.is_operator()),
        "a supplier",
    )
}

fn demand(good: bool, what: &str) -> Result<(), Refusal> {
    if good {
        return Ok(());
    }
    Err(Refusal::new(
        Code::PackInvalid,
        format!("`{what}` goes beyond what any pack may say"),
    ))
}

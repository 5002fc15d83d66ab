//! Checks that count: totals, measures, refusals, days, the volume guard, the board, statements.
//!
//! Invariant: totals are counted person by person, not read from the running sum; the two are
//! compared at the end of every scenario.

use super::acts::earlier_step;
use super::check::{Answers, Asker};
use super::error::Fault;
use super::format_check::{
    BoardText, DayText, MeasuresText, RefusalsText, StatementsText, TotalsText, VolumeCheckText,
};
use super::values;
use domain::colour::Stage;
use domain::leaf::Totals;
use domain::refusal::Code;
use domain::state::State;
use domain::state::people::Measure;
use domain::state::records::DayCount;
use domain::state::volume::{VolumeBy, VolumeKey};
use domain::time::Timestamp;
use std::collections::BTreeSet;

/// People in each colour at an instant, counted one by one.
pub(super) fn count(state: &State, at: Timestamp) -> Totals {
    use domain::colour::Colour;
    let mut totals = Totals::default();
    for place in 0..state.people.count() {
        match state.people.colour_at(place, at) {
            Colour::Green => {}
            Colour::Yellow => totals.yellow = totals.yellow.saturating_add(1),
            Colour::Red => totals.red = totals.red.saturating_add(1),
        }
    }
    totals
}

pub(super) fn totals(asker: &Asker<'_>, text: &TotalsText, answers: &mut Answers) {
    let found = count(asker.state(), asker.at);
    let shown = |red: u64, yellow: u64| format!("{red} red, {yellow} yellow");
    answers.same(
        "people in each colour",
        shown(text.red, text.yellow),
        shown(found.red, found.yellow),
    );
}

pub(super) fn measures(
    asker: &Asker<'_>,
    text: &MeasuresText,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let key = "check.measures";
    let state = asker.state();
    let ground = text
        .ground
        .as_ref()
        .map(|text| values::ground(key, text))
        .transpose()?;
    let division = text.division.as_ref();
    let division = division
        .map(|text| values::any_division(key, text))
        .transpose()?;
    let stage = match text.stage.as_deref() {
        None => None,
        Some("red") => Some(Stage::Red),
        Some("yellow") => Some(Stage::Yellow),
        Some("flag") => Some(Stage::Flag),
        Some(other) => {
            return Err(Fault::new(
                "check.measures.stage",
                format!("there is no stage `{other}`"),
                "use `red`, `yellow` or `flag`",
            ));
        }
    };
    let orders = match &text.order {
        None => None,
        Some(name) => Some(earlier_step(asker.done, "check.measures.order", name)?.orders()),
    };
    let maker = |measure: &Measure| {
        let order = measure.order.and_then(|order| state.orders.get(&order))?;
        Some(order.maker.org.as_str())
    };
    let source = |measure: &Measure| {
        let evidence = measure
            .evidence
            .and_then(|place| state.people.evidence(place))?;
        state
            .people
            .source_org(evidence.source)
            .map(domain::ids::OrgId::as_str)
    };
    let people: BTreeSet<u32> = state
        .people
        .measures()
        .map(|(_, measure)| measure)
        .filter(|measure| {
            let now = measure.stage_at(asker.at);
            (text.ever || now > Stage::None)
                && stage.is_none_or(|stage| stage == now)
                && ground.is_none_or(|ground| ground == measure.ground)
                && division.is_none_or(|division| division.contains(measure.area))
                && orders
                    .as_ref()
                    .is_none_or(|ids| measure.order.is_some_and(|order| ids.contains(&order)))
                && text
                    .maker
                    .as_ref()
                    .is_none_or(|org| maker(measure) == Some(org.as_str()))
                && text
                    .source
                    .as_ref()
                    .is_none_or(|org| source(measure) == Some(org.as_str()))
        })
        .map(|measure| measure.person)
        .collect();
    answers.same("people with such a measure", text.people, people.len());
    Ok(())
}

pub(super) fn refusals(
    asker: &Asker<'_>,
    text: &RefusalsText,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let code = text
        .code
        .as_ref()
        .map(|word| code("check.refusals.code", word))
        .transpose()?;
    let ground = text.ground.as_ref();
    let ground = ground
        .map(|word| values::ground("check.refusals.ground", word))
        .transpose()?;
    let is = |asked: &Option<String>, found: Option<&str>| {
        asked
            .as_ref()
            .is_none_or(|asked| found == Some(asked.as_str()))
    };
    let (mut count, mut people) = (0_u64, 0_u64);
    for refusal in asker.state().refusals.values() {
        let fits = refusal.at <= asker.at
            && code.is_none_or(|code| refusal.refusal.code == code)
            && ground.is_none_or(|ground| refusal.ground == Some(ground))
            && is(&text.kind, Some(&refusal.kind))
            && is(
                &text.org,
                refusal.org.as_ref().map(domain::ids::OrgId::as_str),
            )
            && is(
                &text.officer,
                refusal.officer.as_ref().map(domain::ids::OfficerId::as_str),
            );
        if fits {
            count = count.saturating_add(1);
            people = people.saturating_add(refusal.people);
        }
    }
    let what = text.code.as_deref().unwrap_or("any code");
    answers.same(format!("refusals on record ({what})"), text.count, count);
    answers.same_if("people in those refusals", text.people, people);
    Ok(())
}

/// Reads the code of a refusal.
pub(super) fn code(key: &str, word: &str) -> Result<Code, Fault> {
    word.parse().map_err(|_| {
        Fault::new(
            key,
            format!("there is no code `{word}`"),
            "use a code of `docs/refusals.md`",
        )
    })
}

pub(super) fn day(asker: &Asker<'_>, text: &DayText, answers: &mut Answers) -> Result<(), Fault> {
    let division = values::any_division("check.day.division", &text.division)?;
    let day = values::day("check.day.day", &text.day)?;
    let report = asker.state().days.get(&(division, day));
    let mut same = |what: &str, expected: Option<bool>, found: bool| {
        answers.same_if(&format!("{day} of {division} {what}"), expected, found);
    };
    same("closed", text.closed, report.is_some());
    same(
        "closed late",
        text.closed_late,
        report.is_some_and(|report| report.closed_late),
    );
    same(
        "received",
        text.received,
        report.is_some_and(|report| report.received.is_some()),
    );
    same(
        "received late",
        text.received_late,
        report.is_some_and(|report| report.received_late),
    );
    Ok(())
}

pub(super) fn volume(
    asker: &Asker<'_>,
    text: &VolumeCheckText,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let key = "check.volume";
    let by = match (&text.body, &text.prefecture) {
        (Some(org), None) => {
            let id = values::org("check.volume.body", org)?;
            let known = asker.state().organisations.get(&id).ok_or_else(|| {
                Fault::new(
                    "check.volume.body",
                    format!("there is no organisation `{org}`"),
                    "name a registered one",
                )
            })?;
            VolumeBy::Body(known.kind, known.division)
        }
        (None, Some(place)) => {
            VolumeBy::Prefecture(values::any_division("check.volume.prefecture", place)?)
        }
        (None, None) | (Some(_), Some(_)) => {
            return Err(Fault::new(
                key,
                "counts not in exactly one way",
                "give `body` or `prefecture`",
            ));
        }
    };
    let window_s = asker
        .driver
        .ledger()
        .pack()
        .map_or(domain::time::DAY_S, |pack| {
            i64::from(pack.book().volume.window_s)
        });
    let ground = values::ground("check.volume.ground", &text.ground)?;
    let volume = VolumeKey {
        ground,
        automatic: text.automatic,
        by,
    };
    let since = asker.at.plus_s(window_s.saturating_neg());
    let found = asker
        .state()
        .volume
        .people(&volume, since, usize::MAX)
        .len();
    answers.same(
        format!("people in the window on {ground}"),
        text.people,
        found,
    );
    Ok(())
}

pub(super) fn board(
    asker: &Asker<'_>,
    text: &BoardText,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let division = values::any_division("check.board.division", &text.division)?;
    let day = values::day("check.board.day", &text.day)?;
    let ground = values::ground("check.board.ground", &text.ground)?;
    let mut sum = DayCount::default();
    for ((at, place, on), cell) in &asker.state().history {
        if *at == day && *on == ground && division.contains(*place) {
            sum.evidence = sum.evidence.saturating_add(cell.evidence);
            sum.red = sum.red.saturating_add(cell.red);
            sum.yellow = sum.yellow.saturating_add(cell.yellow);
            sum.flag = sum.flag.saturating_add(cell.flag);
            sum.held = sum.held.saturating_add(cell.held);
            sum.released = sum.released.saturating_add(cell.released);
        }
    }
    let mut same = |what: &str, expected: Option<u64>, found: u64| {
        answers.same_if(
            &format!("board {day} {division} {ground}: {what}"),
            expected,
            found,
        );
    };
    same("evidence", text.evidence, sum.evidence);
    same("red", text.red, sum.red);
    same("yellow", text.yellow, sum.yellow);
    same("flag", text.flag, sum.flag);
    same("held", text.held, sum.held);
    same("released", text.released, sum.released);
    Ok(())
}

pub(super) fn statements(
    asker: &Asker<'_>,
    text: &StatementsText,
    answers: &mut Answers,
) -> Result<(), Fault> {
    let orders = match &text.order {
        None => None,
        Some(name) => Some(earlier_step(asker.done, "check.statements.order", name)?.orders()),
    };
    let count = asker
        .state()
        .statements
        .values()
        .filter(|statement| {
            orders
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| statement.orders.contains(id)))
        })
        .count();
    answers.same("statements published", text.count, count);
    Ok(())
}

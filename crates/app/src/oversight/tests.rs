//! Each pattern by a row that passes, one that fails, and one at the edge.

use super::*;
use domain::document::PersonId;
use domain::ids::AppealId;
use domain::leaf::{MACHINE_VERSION, RowCounts, Transitions};
use domain::state::records::Signer;

const NOON: Timestamp = Timestamp::from_unix(1_655_006_400);
const GUARD: VolumeGuard = VolumeGuard {
    people: 100,
    window_s: 24 * 3_600,
};

fn org(name: &str) -> OrgId {
    name.parse().unwrap()
}

fn zhengzhou() -> DivisionCode {
    DivisionCode::new(410_100).unwrap()
}

fn leaf(seq: u64, action: Action, after_s: i64, people: u64) -> Leaf {
    Leaf {
        machine: MACHINE_VERSION,
        seq,
        at: NOON.plus_s(after_s),
        kind: action.word().to_owned(),
        refused: None,
        org: Some(org("zhengzhou-hq")),
        ground: Some(Ground::Inbound),
        area: Some(zhengzhou()),
        order: None,
        document: None,
        pack: None,
        permits: Vec::new(),
        people,
        subjects: [0; 32],
        rows: RowCounts::default(),
        lapsed: Transitions::default(),
        caused: Transitions::default(),
        totals: Totals::default(),
        act: [0; 32],
        publication: None,
        channel: None,
    }
}

fn red(seq: u64, after_s: i64, people: u64) -> Leaf {
    let mut leaf = leaf(seq, Action::OrderApprove, after_s, people);
    leaf.caused.green_red = people;
    leaf
}

#[test]
fn fifty_people_of_one_body_and_ground_in_one_hour_are_a_cluster() {
    let found = clusters(&[red(1, 0, 30), red(2, 3_599, 20)]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].people, found[0].count), (50, 2));
    assert_eq!(found[0].entries, [2, 1], "newest first");
    assert_eq!(clusters(&[red(1, 0, 30), red(2, 3_599, 19)]), []);
    assert_eq!(clusters(&[red(1, 0, 30), red(2, 3_600, 20)]), [], "an hour");
    let across = [red(1, 3_000, 30), red(2, 4_000, 20)];
    assert_eq!(clusters(&across).len(), 1, "whenever the hour begins");
    let apart = [red(1, 0, 50), red(2, 10, 5), red(3, 9_000, 50)];
    let apart: Vec<u64> = clusters(&apart).iter().map(|one| one.count).collect();
    assert_eq!(apart, [2, 1], "two clusters are told as two");
    let mut other = red(2, 10, 20);
    other.org = Some(org("luoyang-hq"));
    assert_eq!(clusters(&[red(1, 0, 30), other]), [], "two bodies");
}

#[test]
fn rows_that_the_volume_guard_held_are_told_with_their_number() {
    let mut report = leaf(7, Action::ReportPush, 0, 300);
    assert_eq!(held(std::slice::from_ref(&report)), []);
    report.rows.held = 1;
    assert_eq!(held(&[report])[0].people, 1);
}

#[test]
fn small_orders_that_reach_the_bar_together_within_the_window_are_a_split() {
    let part = |seq, after_s, people| leaf(seq, Action::OrderPropose, after_s, people);
    let day = i64::from(GUARD.window_s);
    let found = splitting(&[part(1, 0, 50), part(2, day - 1, 50)], GUARD);
    assert_eq!((found.len(), found[0].people, found[0].count), (1, 100, 2));
    assert_eq!(splitting(&[part(1, 0, 50), part(2, 1, 49)], GUARD), []);
    assert_eq!(splitting(&[part(1, 0, 50), part(2, day, 50)], GUARD), []);
    let whole = splitting(&[part(1, 0, 100), part(2, 1, 99)], GUARD);
    assert_eq!(whole, [], "one at the bar goes to the province by itself");
    let mut refused = part(2, 1, 94);
    refused.refused = Some(Code::NoEvidence);
    assert_eq!(splitting(&[part(1, 0, 94), refused], GUARD), []);
    let early = [part(1, 0, 10), part(2, 2 * day, 94), part(3, 2 * day, 94)];
    assert_eq!(splitting(&early, GUARD)[0].entries, [3, 2], "not the first");
}

#[test]
fn an_order_withdrawn_within_a_day_of_taking_effect_was_short_lived() {
    let order = Some(OrderId::from_bytes([1; 16]));
    let begin = Leaf {
        order,
        ..red(1, 0, 3)
    };
    let end = |after_s| Leaf {
        order,
        ..leaf(2, Action::OrderWithdraw, after_s, 3)
    };
    let found = short_lived(&[begin.clone(), end(SHORT_S - 1)]);
    assert_eq!((found[0].people, &found[0].entries[..]), (3, &[2, 1][..]));
    assert_eq!(short_lived(&[begin, end(SHORT_S)]), []);
    assert_eq!(short_lived(&[end(1)]), [], "it never took effect");
}

#[test]
fn a_withdrawal_that_turns_people_green_is_a_release_without_a_test() {
    let mut withdrawn = leaf(1, Action::OrderWithdraw, 0, 9);
    assert_eq!(untested(std::slice::from_ref(&withdrawn)), []);
    withdrawn.caused.red_green = 2;
    withdrawn.caused.yellow_green = 1;
    assert_eq!(untested(&[withdrawn])[0].people, 3);
    let mut tested = leaf(2, Action::ReportPush, 0, 9);
    tested.caused.yellow_green = 9;
    assert_eq!(untested(&[tested]), [], "tests came in a report");
}

#[test]
fn a_conversion_that_no_rule_carries_is_an_attempt_to_bargain() {
    let mut asked = leaf(1, Action::Convert, 0, 1);
    assert_eq!(bargains(std::slice::from_ref(&asked)), []);
    asked.refused = Some(Code::NoMeasure);
    assert_eq!(bargains(std::slice::from_ref(&asked)), []);
    asked.refused = Some(Code::NoReleaseGround);
    assert_eq!(bargains(&[asked])[0].count, 1);
}

#[test]
fn emergencies_count_where_they_took_effect_and_refusals_where_they_did_not() {
    let alone = leaf(1, Action::OrderEmergency, 0, 4);
    let mut glass = leaf(2, Action::AccessBreakGlass, 0, 1);
    glass.ground = None;
    let mut tried = leaf(3, Action::OrderEmergency, 0, 5);
    tried.refused = Some(Code::NotAuthorised);
    let leaves = [alone, glass, tried];
    assert_eq!(emergencies(&leaves)[0].entries, [1]);
    assert_eq!(broken_glass(&leaves)[0].entries, [2]);
    assert_eq!(refused(&leaves)[0].entries, [3]);
    assert_eq!(refused(&leaves[..2]), []);
}

#[test]
fn a_finding_names_the_newest_entries_alone_and_counts_them_all() {
    let many: Vec<Leaf> = (0..40)
        .map(|seq| Leaf {
            refused: Some(Code::NotAuthorised),
            ..leaf(seq, Action::OrderPropose, 0, 1)
        })
        .collect();
    let found = refused(&many);
    assert_eq!((found[0].count, found[0].entries.len()), (40, ENTRIES_MAX));
    assert_eq!(found[0].entries[0], 39);
}

fn signer(entry: u64) -> Signer {
    Signer {
        officer: "zhengzhou-hq.clerk".parse().unwrap(),
        org: org("zhengzhou-hq"),
        at: NOON,
        entry,
        permits: Vec::new(),
    }
}

#[test]
fn an_appeal_is_overdue_from_its_deadline_on_and_never_once_it_is_answered() {
    use domain::act::AppealTarget;
    use domain::state::records::Answer;
    let mut appeal = Appeal {
        id: AppealId::from_bytes([1; 16]),
        person: PersonId::from_bytes([1; 16]),
        person_place: 0,
        target: AppealTarget::Measure(Ground::Inbound),
        measures: Vec::new(),
        text: String::new(),
        filed_at: NOON,
        deadline: NOON.plus_s(10),
        entry: 5,
        by: signer(5),
        online: false,
        answer: None,
    };
    let at =
        |appeal: &Appeal, after_s| overdue(&[(appeal.clone(), zhengzhou())], NOON.plus_s(after_s));
    assert_eq!(at(&appeal, 9), []);
    assert_eq!(at(&appeal, 10)[0].entries, [5]);
    appeal.answer = Some(Answer {
        upheld: false,
        by: signer(6),
        reason: String::new(),
    });
    assert_eq!(at(&appeal, 10), []);
}

#[test]
fn a_day_is_late_by_whoever_was_late_with_it() {
    let mut day = DayReport {
        closed: signer(1),
        closed_late: false,
        counts: Vec::new(),
        received: Some(signer(2)),
        received_late: false,
        source: None,
    };
    let told = |day: &DayReport| late(&[(zhengzhou(), day.clone())]);
    assert_eq!(told(&day), []);
    day.received_late = true;
    assert_eq!(told(&day)[0].entries, [2]);
    day.closed_late = true;
    assert_eq!(told(&day)[0].entries, [1]);
}

#[test]
fn the_sums_hold_while_every_change_is_an_entry_and_break_at_the_one_that_is_not() {
    let mut first = red(1, 0, 3);
    first.totals.red = 3;
    let mut second = red(2, 1, 2);
    second.totals.red = 5;
    let record = |red, entries| BoardTotals {
        entries,
        at: NOON,
        totals: Totals { yellow: 0, red },
    };
    assert!(sums(&[first.clone(), second.clone()], &record(5, 3)).hold());
    let secret = sums(&[first.clone(), second.clone()], &record(6, 3));
    assert!(!secret.hold(), "a red that no entry made");
    let behind = sums(&[first.clone(), second.clone()], &record(3, 2));
    assert!(
        behind.hold(),
        "compared at the entry that the record reflects"
    );
    second.totals.red = 6;
    let broken = sums(&[first, second], &record(6, 3));
    assert_eq!(broken.broken, Some(2));
    assert!(!broken.hold());
}

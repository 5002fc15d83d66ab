//! What oversight looks at: patterns in public leaves that a lawful week does not have.
//!
//! Invariant: each pattern is one pure function of the rows it is given, and every finding names the
//! signed entries behind it. Refuses: to know who anybody is; a leaf has counts and no people.

#[cfg(test)]
mod tests;

use domain::colour::Ground;
use domain::division::DivisionCode;
use domain::ids::{OrderId, OrgId};
use domain::leaf::{Leaf, Totals};
use domain::refusal::Code;
use domain::rules::{Action, VolumeGuard};
use domain::state::records::{Appeal, DayReport};
use domain::time::{HOUR_S, Timestamp};
use domain::view::BoardTotals;
use domain::word_list;
use std::collections::{BTreeMap, VecDeque};

/// Coloured by one body on one ground within an hour, so many people are worth a look (our default).
pub const CLUSTER_PEOPLE: u64 = 50;
/// An order withdrawn sooner than this after it took effect was short-lived, in seconds (our default).
pub const SHORT_S: i64 = 24 * HOUR_S;
/// The newest entries that a finding names.
pub const ENTRIES_MAX: usize = 12;

word_list! {
    /// A pattern.
    Pattern {
        /// Many people coloured by one body on one ground within an hour.
        Cluster = "cluster", "短时间集中赋码", "many people at once";
        /// Evidence that came in such numbers that the standing rule stopped.
        Held = "held", "触发人数关口", "stopped by the volume guard";
        /// Orders just under the bar that are over it together.
        Splitting = "splitting", "拆分批次", "split into small orders";
        /// Orders that took effect and were withdrawn soon after.
        ShortLived = "short_lived", "短命赋码", "short-lived colours";
        /// People turned towards green by the withdrawal of an order, with no test.
        Untested = "untested", "无检测转绿", "released without tests";
        /// Releases that no rule and no evidence carried.
        Bargain = "bargain", "无依据转码的尝试", "attempts to release without grounds";
        /// Orders of one body alone.
        Emergency = "emergency", "应急赋码", "emergency orders";
        /// Looks at a record without a case.
        Glass = "glass", "紧急查阅", "emergency looks";
        /// Appeals whose time ran out.
        Overdue = "overdue", "逾期未复申诉", "overdue appeals";
        /// Days closed or received after the hour.
        Late = "late", "迟报日报", "late days";
        /// Attempts that the ledger refused.
        Refused = "refused", "被拒绝的尝试", "refused attempts";
    }
}

/// Something that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The pattern.
    pub pattern: Pattern,
    /// Whose acts they are.
    pub org: Option<OrgId>,
    /// The ground, where they have one.
    pub ground: Option<Ground>,
    /// The place.
    pub area: Option<DivisionCode>,
    /// The newest of them.
    pub at: Timestamp,
    /// How many acts.
    pub count: u64,
    /// How many people they concern.
    pub people: u64,
    /// The signed entries, newest first, at most [`ENTRIES_MAX`].
    pub entries: Vec<u64>,
}

impl Finding {
    fn new(pattern: Pattern) -> Self {
        Self {
            pattern,
            org: None,
            ground: None,
            area: None,
            at: Timestamp::from_unix(0),
            count: 0,
            people: 0,
            entries: Vec::new(),
        }
    }

    fn add(&mut self, at: Timestamp, entry: u64, people: u64) {
        self.at = self.at.max(at);
        self.count = self.count.saturating_add(1);
        self.people = self.people.saturating_add(people);
        self.entries.insert(0, entry);
        self.entries.truncate(ENTRIES_MAX);
    }
}

/// Adds up what `people` makes of leaves, by body and ground.
fn gathered(
    pattern: Pattern,
    leaves: &[Leaf],
    people: impl Fn(&Leaf) -> Option<u64>,
) -> Vec<Finding> {
    let mut found = BTreeMap::<(Option<&OrgId>, Option<Ground>), Finding>::new();
    for leaf in leaves {
        let Some(people) = people(leaf) else {
            continue;
        };
        let key = (leaf.org.as_ref(), leaf.ground);
        let finding = found.entry(key).or_insert_with(|| Finding::new(pattern));
        finding.org.clone_from(&leaf.org);
        finding.ground = leaf.ground;
        finding.area = leaf.area;
        finding.add(leaf.at, leaf.seq, people);
    }
    found.into_values().collect()
}

fn is(leaf: &Leaf, action: Action) -> bool {
    leaf.kind == action.word()
}

/// People whom an entry turned towards red.
const fn coloured(leaf: &Leaf) -> u64 {
    let caused = &leaf.caused;
    let red = caused.green_red.saturating_add(caused.yellow_red);
    red.saturating_add(caused.green_yellow)
}

/// People whom an entry turned towards green.
const fn released(leaf: &Leaf) -> u64 {
    let caused = &leaf.caused;
    let red = caused.red_green.saturating_add(caused.red_yellow);
    red.saturating_add(caused.yellow_green)
}

/// Leaves of one body on one ground that come to `bar` people together within a window, wherever it
/// begins; `people` says how many each counts for.
fn together<'a>(
    pattern: Pattern,
    leaves: impl Iterator<Item = &'a Leaf>,
    (bar, window_s): (u64, i64),
    people: impl Fn(&Leaf) -> u64,
) -> Vec<Finding> {
    let mut bodies = BTreeMap::<(Option<&OrgId>, Option<Ground>), Vec<&Leaf>>::new();
    for leaf in leaves.filter(|leaf| people(leaf) > 0) {
        let key = (leaf.org.as_ref(), leaf.ground);
        bodies.entry(key).or_default().push(leaf);
    }
    let mut found = Vec::new();
    for acts in bodies.values() {
        // The acts in the window, each with whether a finding has it.
        let mut window = VecDeque::<(&Leaf, bool)>::new();
        for act in acts {
            window.push_back((act, false));
            let is_over = |old: &Leaf| act.at.seconds_since(old.at) >= window_s;
            while window.front().is_some_and(|(old, _)| is_over(old)) {
                window.pop_front();
            }
            let counts = window.iter().map(|(one, _)| people(one));
            if counts.fold(0, u64::saturating_add) < bar {
                continue;
            }
            if !window.iter().any(|(_, told)| *told) {
                let mut finding = Finding::new(pattern);
                finding.org.clone_from(&act.org);
                finding.ground = act.ground;
                finding.area = act.area;
                found.push(finding);
            }
            let Some(finding) = found.last_mut() else {
                continue;
            };
            for (one, told) in window.iter_mut().filter(|(_, told)| !told) {
                *told = true;
                finding.add(one.at, one.seq, people(one));
            }
        }
    }
    found
}

/// Many people coloured by one body on one ground within an hour.
pub fn clusters(leaves: &[Leaf]) -> Vec<Finding> {
    let over = (CLUSTER_PEOPLE, HOUR_S);
    together(Pattern::Cluster, leaves.iter(), over, coloured)
}

/// Reports so large that the standing rule stopped and waits for the province.
pub fn held(leaves: &[Leaf]) -> Vec<Finding> {
    let people = |leaf: &Leaf| Some(leaf.rows.held).filter(|held| *held > 0);
    gathered(Pattern::Held, leaves, people)
}

/// Proposals of one body on one ground, each under the bar and together over it within its window.
pub fn splitting(leaves: &[Leaf], guard: VolumeGuard) -> Vec<Finding> {
    let bar = u64::from(guard.people);
    let small = |leaf: &&Leaf| {
        is(leaf, Action::OrderPropose) && leaf.refused.is_none() && leaf.people < bar
    };
    let over = (bar, i64::from(guard.window_s));
    let small = leaves.iter().filter(small);
    together(Pattern::Splitting, small, over, |leaf| leaf.people)
}

/// Orders that coloured people and were withdrawn within [`SHORT_S`].
pub fn short_lived(leaves: &[Leaf]) -> Vec<Finding> {
    let mut begun = BTreeMap::<OrderId, &Leaf>::new();
    let mut found = Vec::new();
    for leaf in leaves.iter().filter(|leaf| leaf.refused.is_none()) {
        let Some(order) = leaf.order else {
            continue;
        };
        if coloured(leaf) > 0 {
            begun.insert(order, leaf);
        }
        let begin = begun
            .get(&order)
            .filter(|_| is(leaf, Action::OrderWithdraw));
        let Some(begin) = begin.filter(|begin| leaf.at.seconds_since(begin.at) < SHORT_S) else {
            continue;
        };
        let mut finding = Finding::new(Pattern::ShortLived);
        finding.org.clone_from(&begin.org);
        finding.ground = leaf.ground;
        finding.area = leaf.area;
        finding.add(begin.at, begin.seq, coloured(begin));
        finding.add(leaf.at, leaf.seq, 0);
        found.push(finding);
    }
    found
}

/// People turned towards green by the withdrawal of an order: no test, no paper, an office's word.
pub fn untested(leaves: &[Leaf]) -> Vec<Finding> {
    let people = |leaf: &Leaf| {
        let released = released(leaf);
        (is(leaf, Action::OrderWithdraw) && released > 0).then_some(released)
    };
    gathered(Pattern::Untested, leaves, people)
}

/// Conversions that were refused because no release rule was met ("agree to leave").
pub fn bargains(leaves: &[Leaf]) -> Vec<Finding> {
    let people = |leaf: &Leaf| {
        let asked = is(leaf, Action::Convert) && leaf.refused == Some(Code::NoReleaseGround);
        asked.then_some(leaf.people)
    };
    gathered(Pattern::Bargain, leaves, people)
}

/// Accepted acts of one kind, by body.
fn done(pattern: Pattern, leaves: &[Leaf], action: Action) -> Vec<Finding> {
    let people = |leaf: &Leaf| {
        let done = is(leaf, action) && leaf.refused.is_none();
        done.then_some(leaf.people)
    };
    gathered(pattern, leaves, people)
}

/// Orders that one body made alone.
pub fn emergencies(leaves: &[Leaf]) -> Vec<Finding> {
    done(Pattern::Emergency, leaves, Action::OrderEmergency)
}

/// Looks at a record without a case.
pub fn broken_glass(leaves: &[Leaf]) -> Vec<Finding> {
    done(Pattern::Glass, leaves, Action::AccessBreakGlass)
}

/// Refused attempts, by body and ground, most first.
pub fn refused(leaves: &[Leaf]) -> Vec<Finding> {
    let people = |leaf: &Leaf| leaf.refused.map(|_| leaf.people);
    let mut found = gathered(Pattern::Refused, leaves, people);
    found.sort_by_key(|finding| std::cmp::Reverse(finding.count));
    found
}

/// Appeals that nobody answered in time, by place.
pub fn overdue(appeals: &[(Appeal, DivisionCode)], now: Timestamp) -> Vec<Finding> {
    let mut found = BTreeMap::<DivisionCode, Finding>::new();
    for (appeal, area) in appeals {
        if appeal.answer.is_none() && appeal.deadline <= now {
            let finding = found.entry(*area);
            let finding = finding.or_insert_with(|| Finding::new(Pattern::Overdue));
            finding.area = Some(*area);
            finding.add(appeal.deadline, appeal.entry, 1);
        }
    }
    found.into_values().collect()
}

/// Days closed or received after the hour, by place.
pub fn late(days: &[(DivisionCode, DayReport)]) -> Vec<Finding> {
    let mut found = BTreeMap::<DivisionCode, Finding>::new();
    for (area, day) in days {
        let received = day.received.as_ref().filter(|_| day.received_late);
        let signer = Some(&day.closed).filter(|_| day.closed_late).or(received);
        if let Some(signer) = signer {
            let finding = found.entry(*area);
            let finding = finding.or_insert_with(|| Finding::new(Pattern::Late));
            finding.org = Some(signer.org.clone());
            finding.area = Some(*area);
            finding.add(signer.at, signer.entry, 0);
        }
    }
    found.into_values().collect()
}

/// Whether the record counts as many people in each colour as the log's running sum says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// How many entries were added up.
    pub entries: u64,
    /// The sum of the log, at the newest entry that the record reflects.
    pub log: Option<Totals>,
    /// What the record counts.
    pub record: Totals,
    /// The first entry whose changes do not add up.
    pub broken: Option<u64>,
}

impl Sums {
    /// Whether no red or yellow is without an entry.
    pub fn hold(&self) -> bool {
        self.broken.is_none() && self.log.is_none_or(|log| log == self.record)
    }
}

/// Adds the changes of leaves up, one after the other, and compares with the record (I10).
pub fn sums(leaves: &[Leaf], record: &BoardTotals) -> Sums {
    let broken = leaves.windows(2).find_map(|pair| match pair {
        [before, after] => {
            let sum = before.totals.after(after.lapsed);
            let sum = sum.and_then(|sum| sum.after(after.caused));
            (sum != Some(after.totals)).then_some(after.seq)
        }
        _ => None,
    });
    let newest = leaves.iter().rev();
    let mut newest = newest.filter(|leaf| leaf.seq.saturating_add(1) == record.entries);
    Sums {
        entries: leaves.len() as u64,
        log: newest.next().map(|leaf| leaf.totals),
        record: record.totals,
        broken,
    }
}

//! What the public part of each entry must be by itself, without any key.
//!
//! Invariant: leaves that pass are canonical, numbered without a gap, in order of time, written by
//! a machine known here, and their colour changes add up to their totals; a status list is published
//! with those totals and under the next number. A list that leaves out orders never has more reds,
//! nor more people who are not green, and no more people are missing than those orders concern.

use crate::report::{Fault, Name, Place, Report};
use domain::ids::OrderId;
use domain::leaf::{Leaf, MACHINE_VERSION, Totals, Transitions};
use domain::publication::{ListVersion, Publication};
use domain::time::Timestamp;
use std::collections::BTreeMap;

const WRITER_HELP: &str = "whoever runs the ledger must explain this entry; nothing that follows it \
    can be relied on";
const NEWER_HELP: &str = "use the version of this program that belongs to the ledger";

/// The leaves so far.
#[derive(Default)]
pub struct Leaves {
    seq: u64,
    at: Option<Timestamp>,
    machine: u16,
    totals: Totals,
    /// The newest version of each list.
    lists: BTreeMap<String, u64>,
    /// How many people each order in force concerns.
    orders: BTreeMap<OrderId, u64>,
}

/// Acts that bring an order into force, and the one that takes it back.
const IN_FORCE: [&str; 2] = ["order.approve", "order.emergency"];
const WITHDRAWN: &str = "order.withdraw";

impl Leaves {
    /// How many.
    pub const fn count(&self) -> u64 {
        self.seq
    }

    /// Checks the next leaf; none when it cannot be read at all.
    pub fn next(&mut self, bytes: &[u8], report: &mut Report) -> Option<Leaf> {
        let seq = self.seq;
        self.seq = seq.saturating_add(1);
        let fault = |what: String| Fault::new(Place::Entry(seq), what, WRITER_HELP);
        let Some(leaf) = Leaf::decode(bytes) else {
            let what = "its public part is not the canonical bytes of a leaf";
            report.fault(Name::Decisions, fault(what.to_owned()));
            return None;
        };
        if leaf.seq != seq {
            let what = format!("its public part says it is entry {}", leaf.seq);
            report.fault(Name::Time, fault(what));
        }
        if let Some(before) = self.at.filter(|before| leaf.at < *before) {
            let what = format!("time goes back from {before} to {}", leaf.at);
            report.fault(Name::Time, fault(what));
        }
        if leaf.machine > MACHINE_VERSION {
            let what = format!(
                "was decided by machine version {}, unknown here",
                leaf.machine
            );
            report.fault(Name::Time, Fault::new(Place::Entry(seq), what, NEWER_HELP));
        } else if leaf.machine < self.machine {
            let what = format!("machine version {} after {}", leaf.machine, self.machine);
            report.fault(Name::Time, fault(what));
        }
        report.count(Name::Time, 1);
        self.add_up(&leaf, report, &fault);
        self.remember_order(&leaf);
        if let Some(Publication::List(list)) = &leaf.publication {
            self.check_list(leaf.at, list, leaf.totals, report, &fault);
        }
        self.at = Some(self.at.map_or(leaf.at, |before| before.max(leaf.at)));
        self.machine = leaf.machine;
        Some(leaf)
    }

    fn check_list(
        &mut self,
        at: Timestamp,
        list: &ListVersion,
        totals: Totals,
        report: &mut Report,
        fault: &dyn Fn(String) -> Fault,
    ) {
        report.count(Name::Lists, 1);
        if !is_of_a_day(&list.uri, at) {
            let what = format!(
                "it publishes a list under `{}`, which is not the one address of a day around it: a \
                 second list of a day could say something else to somebody alone",
                list.uri
            );
            report.fault(Name::Lists, fault(what));
        }
        if let Some(what) = self.withheld_wrongly(list, totals) {
            report.fault(Name::Lists, fault(what));
        } else if list.withheld.is_empty() && (list.yellow, list.red) != (totals.yellow, totals.red)
        {
            let what = format!(
                "it publishes a list with {} yellow and {} red, and the ledger accounts for {} and {}",
                list.yellow, list.red, totals.yellow, totals.red
            );
            report.fault(Name::Lists, fault(what));
        }
        let before = self.lists.insert(list.uri.clone(), list.version);
        if list.version != before.unwrap_or(0).saturating_add(1) {
            let what = format!(
                "it publishes version {} of `{}` after version {}",
                list.version,
                list.uri,
                before.unwrap_or(0)
            );
            report.fault(Name::Lists, fault(what));
        }
    }

    fn remember_order(&mut self, leaf: &Leaf) {
        let Some(order) = leaf.order.filter(|_| leaf.refused.is_none()) else {
            return;
        };
        if IN_FORCE.contains(&leaf.kind.as_str()) {
            let people = self.orders.entry(order).or_default();
            *people = leaf.people.max(*people);
        } else if leaf.kind == WITHDRAWN {
            self.orders.remove(&order);
        }
    }

    /// Why the orders that a list leaves out do not explain its counts, if they do not.
    fn withheld_wrongly(&self, list: &ListVersion, totals: Totals) -> Option<String> {
        if list.withheld.is_empty() {
            return None;
        }
        let mut people = 0_u64;
        for order in &list.withheld {
            let Some(concerned) = self.orders.get(order) else {
                return Some(format!(
                    "it publishes a list without the order `{order}`, which no entry put in force"
                ));
            };
            people = people.saturating_add(*concerned);
        }
        let not_green = |yellow: u64, red: u64| yellow.saturating_add(red);
        let (shown, due) = (
            not_green(list.yellow, list.red),
            not_green(totals.yellow, totals.red),
        );
        let red_explained = totals
            .red
            .checked_sub(list.red)
            .is_some_and(|n| n <= people);
        let all_explained = due.checked_sub(shown).is_some_and(|n| n <= people);
        (!red_explained || !all_explained).then(|| {
            format!(
                "it publishes a list with {} yellow and {} red; the ledger accounts for {} and {}, \
                 and the orders that it leaves out concern {people} people",
                list.yellow, list.red, totals.yellow, totals.red
            )
        })
    }

    fn add_up(&mut self, leaf: &Leaf, report: &mut Report, fault: &dyn Fn(String) -> Fault) {
        let due = self
            .totals
            .after(leaf.lapsed)
            .and_then(|totals| totals.after(leaf.caused));
        report.count(Name::Totals, 1);
        if due != Some(leaf.totals) {
            let Totals { yellow, red } = leaf.totals;
            let due = due.map_or_else(
                || "less than nobody".to_owned(),
                |due| format!("{} yellow and {} red", due.yellow, due.red),
            );
            let what = format!("its changes make {due}, its totals say {yellow} and {red}");
            report.fault(Name::Totals, fault(what));
        }
        if leaf.refused.is_some() && leaf.caused != Transitions::default() {
            report.fault(
                Name::Totals,
                fault("was refused and still changed colours".to_owned()),
            );
        }
        if leaf.refused.is_some() && leaf.publication.is_some() {
            let what = "was refused and still publishes something".to_owned();
            report.fault(Name::Lists, fault(what));
        }
        // Later entries are measured by what this one claims, so that one lie is one fault.
        self.totals = leaf.totals;
    }
}

/// Whether an address ends in `/s/` and the number of a day near this instant, in its one spelling.
fn is_of_a_day(uri: &str, at: Timestamp) -> bool {
    let Some((_, number)) = uri.rsplit_once("/s/") else {
        return false;
    };
    // No civil time is more than a day away from Greenwich's.
    let today = at.local_day(0).as_count();
    let day = number.parse::<i64>().ok();
    day.is_some_and(|day| day.to_string() == number && day.abs_diff(today) <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::leaf::RowCounts;

    fn leaf(seq: u64, kind: &str) -> Leaf {
        Leaf {
            machine: MACHINE_VERSION,
            seq,
            at: Timestamp::from_unix(1_000),
            kind: kind.to_owned(),
            refused: None,
            org: None,
            ground: None,
            area: None,
            order: None,
            document: None,
            pack: None,
            permits: Vec::new(),
            people: 0,
            subjects: [0; 32],
            rows: RowCounts::default(),
            lapsed: Transitions::default(),
            caused: Transitions::default(),
            totals: Totals { yellow: 0, red: 0 },
            act: [0; 32],
            publication: None,
            channel: None,
        }
    }

    /// The faults of a list with these counts, after 2 reds by evidence and 100 yellows by an order.
    fn faults(yellow: u64, red: u64, withheld: &[OrderId]) -> Vec<String> {
        let (mut leaves, mut report) = (Leaves::default(), Report::default());
        let mut evidence = leaf(0, "report.part");
        evidence.caused.green_red = 2;
        evidence.totals.red = 2;
        let mut order = leaf(1, "order.approve");
        order.order = Some(OrderId::from_bytes([1; 16]));
        order.people = 100;
        order.caused.green_yellow = 100;
        order.totals = Totals {
            yellow: 100,
            red: 2,
        };
        let mut list = leaf(2, "list.publish");
        list.totals = order.totals;
        list.publication = Some(Publication::List(ListVersion {
            uri: "https://ledger.example/41/s/1".to_owned(),
            version: 1,
            slots: 1 << 20,
            sha256: [0; 32],
            issued: list.at,
            expires: list.at.plus_s(600),
            revoked: 0,
            yellow,
            red,
            withheld: withheld.to_vec(),
        }));
        for leaf in [evidence, order, list] {
            leaves.next(&leaf.encode(), &mut report);
        }
        let faults = report.faults.into_iter();
        faults.map(|fault| fault.what).collect()
    }

    #[test]
    fn a_list_counts_what_the_ledger_counts() {
        assert!(faults(100, 2, &[]).is_empty());
        for (yellow, red) in [(100, 3), (100, 1), (99, 2), (101, 2)] {
            assert_eq!(faults(yellow, red, &[]).len(), 1, "{yellow} {red}");
        }
    }

    #[test]
    fn a_list_that_leaves_out_an_order_lacks_no_more_than_its_people() {
        let order = OrderId::from_bytes([1; 16]);
        for (yellow, red) in [(0, 2), (1, 2), (100, 2), (2, 0)] {
            assert!(faults(yellow, red, &[order]).is_empty(), "{yellow} {red}");
        }
        // One red more is one red too many, whatever is left out.
        for (yellow, red) in [(0, 3), (101, 2), (0, 1)] {
            assert_eq!(faults(yellow, red, &[order]).len(), 1, "{yellow} {red}");
        }
    }

    #[test]
    fn an_order_that_is_not_in_force_cannot_be_left_out() {
        let faults = faults(0, 2, &[OrderId::from_bytes([2; 16])]);
        assert!(
            faults[0].contains("which no entry put in force"),
            "{faults:?}"
        );
    }

    #[test]
    fn a_list_has_the_one_address_of_a_day_around_its_entry() {
        let at = Timestamp::from_unix(19_156 * 86_400);
        for (uri, is_one) in [
            ("https://log.example/henan/s/19156", true),
            ("https://log.example/henan/s/19154", true),
            ("https://log.example/henan/s/19158", true),
            ("https://log.example/henan/s/19153", false),
            ("https://log.example/henan/s/19159", false),
            ("https://log.example/henan/s/19156x", false),
            ("https://log.example/henan/s/019156", false),
            ("https://log.example/henan/s/+19156", false),
            ("https://log.example/henan/t/19156", false),
            ("", false),
        ] {
            assert_eq!(is_of_a_day(uri, at), is_one, "{uri}");
        }
    }
}

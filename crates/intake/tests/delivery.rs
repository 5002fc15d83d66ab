//! A delivered day as bytes: what is signed reads back, and nothing beyond the limits is signed or read.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Directory, key, small_act};
use domain::act::{ActBody, DayDelivery, DaySource};
use domain::colour::Ground;
use domain::state::records::DayCount;
use domain::submission::Submission;
use domain::time::{Day, Timestamp};
use intake::{Error, receive, sign_act};

fn delivery(grounds: usize, ledger: usize) -> domain::act::Act {
    let grounds = Ground::ALL.iter().cycle().take(grounds);
    let body = ActBody::DailyDeliver(DayDelivery {
        division: "410100".parse().unwrap(),
        day: Day::from_count(19_156),
        counts: grounds
            .map(|ground| (*ground, DayCount::default()))
            .collect(),
        source: DaySource {
            ledger: "l".repeat(ledger),
            entry: 7,
            closed_at: Timestamp::from_unix(1_655_085_600),
            size: 8,
            root: [7; 32],
        },
    });
    domain::act::Act {
        body,
        ..small_act()
    }
}

#[test]
fn a_delivered_day_reads_back_as_it_was_signed() {
    for grounds in [0, 1, Ground::ALL.len()] {
        let act = delivery(grounds, 255);
        let bytes = sign_act(&act, key(1).signing()).unwrap();
        let Submission::Act(verified) = receive(&bytes, &Directory::new()) else {
            panic!("refused")
        };
        assert_eq!(verified.act(), &act);
    }
}

#[test]
fn more_grounds_than_there_are_and_a_longer_name_are_beyond_the_limits() {
    for act in [delivery(Ground::ALL.len() + 1, 9), delivery(1, 256)] {
        let signed = sign_act(&act, key(1).signing());
        assert!(matches!(signed, Err(Error::Limit { .. })));
    }
}

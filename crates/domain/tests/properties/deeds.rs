//! Random deeds: what a person with the wrong or the right office might send.

use crate::common::book::{DAY, book};
use crate::common::*;
use domain::act::{ActBody, AppealTarget, AreaKind, AreaOrder, CommandDocument, Proposal};
use domain::colour::{Colour, Ground, Steps};
use domain::evidence::{EvidenceKind, Precision};
use domain::ids::{ActDigest, OrderId, TextDigest};
use domain::machine::Outcome;
use domain::rules::{Channel, ExistingMeasures};
use domain::state::records::Order;
use proptest::prelude::*;

/// One thing done; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Deed {
    Wait(i64),
    Push {
        org: usize,
        kind: usize,
        people: Vec<(u32, u32, u8)>,
    },
    Resend(usize),
    Propose {
        by: usize,
        ground: usize,
        people: Vec<u32>,
        emergency: bool,
        hours: u32,
    },
    Approve {
        by: usize,
        order: usize,
    },
    Refuse {
        by: usize,
        order: usize,
    },
    Withdraw {
        by: usize,
        order: usize,
    },
    Convert {
        by: usize,
        of: u32,
        ground: usize,
        release: usize,
    },
    Appeal {
        of: u32,
        ground: usize,
        evidence: Option<usize>,
    },
    Answer {
        by: usize,
        appeal: usize,
        upheld: bool,
    },
    Declare {
        by: usize,
        kind: usize,
        from: i64,
        until: i64,
    },
    Revoke {
        org: usize,
    },
    Adopt {
        shorten: bool,
        factor: u32,
        sunset_days: i64,
    },
}

const PEOPLE: u32 = 12;

pub fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    proptest::collection::vec(deed(), 30..120)
}

fn deed() -> impl Strategy<Value = Deed> {
    let nth = 0..1_000_usize;
    let of = 0..PEOPLE;
    let row = (0..PEOPLE, 0..PEOPLE, any::<u8>());
    prop_oneof![
        6 => prop_oneof![Just(1_i64), 0..7_200_i64, 0..3 * 86_400_i64, Just(86_400)].prop_map(Deed::Wait),
        14 => (nth.clone(), nth.clone(), proptest::collection::vec(row, 1..5))
            .prop_map(|(org, kind, people)| Deed::Push { org, kind, people }),
        1 => nth.clone().prop_map(Deed::Resend),
        8 => (
            nth.clone(), nth.clone(), proptest::collection::vec(of.clone(), 1..5),
            proptest::bool::weighted(0.3), 0..90_u32,
        ).prop_map(|(by, ground, people, emergency, hours)| Deed::Propose {
            by, ground, people, emergency, hours,
        }),
        12 => (nth.clone(), nth.clone()).prop_map(|(by, order)| Deed::Approve { by, order }),
        1 => (nth.clone(), nth.clone()).prop_map(|(by, order)| Deed::Refuse { by, order }),
        2 => (nth.clone(), nth.clone()).prop_map(|(by, order)| Deed::Withdraw { by, order }),
        4 => (nth.clone(), of.clone(), nth.clone(), 0..3_usize)
            .prop_map(|(by, of, ground, release)| Deed::Convert { by, of, ground, release }),
        4 => (of, nth.clone(), proptest::option::of(nth.clone()))
            .prop_map(|(of, ground, evidence)| Deed::Appeal { of, ground, evidence }),
        4 => (nth.clone(), nth.clone(), any::<bool>())
            .prop_map(|(by, appeal, upheld)| Deed::Answer { by, appeal, upheld }),
        2 => (nth.clone(), nth.clone(), -3..3_i64, -1..20_i64)
            .prop_map(|(by, kind, from, until)| Deed::Declare { by, kind, from, until }),
        1 => nth.prop_map(|org| Deed::Revoke { org }),
        1 => (any::<bool>(), 1..4_u32, 20..300_i64).prop_map(|(shorten, factor, sunset_days)| {
            Deed::Adopt { shorten, factor, sunset_days }
        }),
    ]
}

fn body(place: usize) -> &'static str {
    BODIES[place % BODIES.len()].0
}

/// Mostly a body that could; sometimes any.
fn likely(place: usize, some: &[&'static str]) -> String {
    let org = if place % 10 < 8 {
        some[place % some.len()]
    } else {
        body(place)
    };
    format!("{org}.a")
}

const MAKERS: &[&str] = &["410100-hq", "410105-hq", "410100-health", "410300-hq"];
const CHECKERS: &[&str] = &[
    "410000-health",
    "410000-health",
    "410100-hospital",
    "410100-hq",
];

/// Does it; `None` when there is nothing to do it to.
pub fn perform(world: &mut World, deed: &Deed) -> Option<Outcome> {
    match deed {
        Deed::Wait(seconds) => {
            world.wait(*seconds);
            None
        }
        Deed::Push { org, kind, people } => Some(push(world, *org, *kind, people)),
        Deed::Resend(place) => {
            let submission = world.steps[place % world.steps.len()].submission.clone();
            Some(world.step(submission))
        }
        Deed::Propose {
            by,
            ground,
            people,
            emergency,
            hours,
        } => Some(propose(world, *by, *ground, people, (*emergency, *hours))),
        Deed::Approve { by, order } => {
            let (order, digest) = nth_order(world, *order)?;
            Some(world.approve(&likely(*by, CHECKERS), order, digest))
        }
        Deed::Refuse { by, order } => {
            let (order, _) = nth_order(world, *order)?;
            let reason = "no".to_owned();
            Some(world.act(
                &likely(*by, CHECKERS),
                ActBody::OrderRefuse { order, reason },
            ))
        }
        Deed::Withdraw { by, order } => {
            let (order, _) = nth_order(world, *order)?;
            let reason = "wrong".to_owned();
            Some(world.act(
                &likely(*by, MAKERS),
                ActBody::OrderWithdraw { order, reason },
            ))
        }
        Deed::Convert { .. }
        | Deed::Appeal { .. }
        | Deed::Answer { .. }
        | Deed::Declare { .. }
        | Deed::Revoke { .. }
        | Deed::Adopt { .. } => other(world, deed),
    }
}

fn propose(
    world: &mut World,
    by: usize,
    ground: usize,
    named: &[u32],
    (emergency, hours): (bool, u32),
) -> Outcome {
    let ground = ground_of(ground);
    let area = [410_100, 410_100, 410_105][hours as usize % 3];
    let named = people(with_evidence(world, ground, named));
    let document = CommandDocument {
        number: format!("No. {}", hours % 5),
        text_sha256: TextDigest::from_bytes(digest(&format!("text {}", hours % 4))),
        colour: [Colour::Red, Colour::Yellow, Colour::Green][hours as usize % 3],
        hours,
    };
    let wanted = Proposal {
        emergency,
        document: (ground == Ground::Order).then_some(document),
        ..proposal(ground, area, named)
    };
    world.propose(&likely(by, MAKERS), wanted).2
}

/// The deeds that are no reports and no orders.
#[expect(clippy::too_many_lines, reason = "one short arm a deed")]
fn other(world: &mut World, deed: &Deed) -> Option<Outcome> {
    match deed {
        Deed::Convert {
            by,
            of,
            ground,
            release,
        } => {
            let of = measured(world, *of);
            let ground = nth_ground(world, of, *ground)?;
            let body = ActBody::Convert {
                person: person(of),
                ground,
                release: ["note", "note", "two-negatives"][*release].to_owned(),
                channel: Channel::Offline,
                letter: None,
            };
            Some(world.act(&likely(*by, MAKERS), body))
        }
        Deed::Appeal {
            of,
            ground,
            evidence,
        } => {
            let target = match evidence {
                Some(place) => AppealTarget::Evidence(nth_evidence(world, *of, *place)?),
                None => AppealTarget::Measure(nth_ground(world, *of, *ground)?),
            };
            let text = "no".to_owned();
            let file = ActBody::AppealFile {
                person: person(*of),
                target,
                text,
            };
            Some(world.act("410100-hotline.a", file))
        }
        Deed::Answer { by, appeal, upheld } => {
            let count = world.state.appeals.len().max(1);
            let appeal = *world.state.appeals.keys().nth(appeal % count)?;
            let answer = ActBody::AppealDecide {
                appeal,
                upheld: *upheld,
                reason: "r".to_owned(),
            };
            Some(world.act(&likely(*by, &["410000-review"]), answer))
        }
        Deed::Declare {
            by,
            kind,
            from,
            until,
        } => {
            let kind = AreaKind::ALL[kind % AreaKind::ALL.len()];
            let area = AreaOrder {
                number: format!("{kind}-{}", from.rem_euclid(2)),
                kind,
                division: place(410_105),
                from: world.at.plus_s(from * 86_400),
                until: world.at.plus_s(until * 86_400),
                text_sha256: TextDigest::from_bytes(digest("area")),
            };
            Some(world.act(&likely(*by, MAKERS), ActBody::AreaDeclare(area)))
        }
        Deed::Revoke { org } if org % 4 > 0 => None,
        Deed::Revoke { org } => {
            let (key, reason) = (key_of(body(*org)), "lost".to_owned());
            Some(world.act(REGISTRAR, ActBody::KeyRevoke { key, reason }))
        }
        Deed::Adopt {
            shorten,
            factor,
            sunset_days,
        } => {
            let mut next = book(&format!("pack {}", world.books.len()));
            if *shorten {
                next.existing = ExistingMeasures::Shorten;
            }
            for rule in next.grounds.values_mut() {
                let Steps {
                    red_s,
                    yellow_s,
                    flag_s,
                } = rule.steps;
                rule.steps = Steps {
                    red_s: red_s / factor,
                    yellow_s: yellow_s / factor,
                    flag_s,
                };
            }
            next.volume.people = 6;
            next.sunset = START.plus_s(sunset_days * i64::from(DAY));
            Some(world.try_adopt(next))
        }
        _ => None,
    }
}

/// As many people who have evidence on the ground; those named where nobody has.
fn with_evidence(world: &World, ground: Ground, named: &[u32]) -> Vec<u32> {
    let has = |number: &u32| {
        world
            .state
            .people
            .find(person(*number))
            .is_some_and(|found| {
                let mut evidence = world.state.people.evidence_of(found);
                evidence.any(|(_, evidence)| {
                    evidence.kind.ground() == Some(ground) && evidence.division == place(410_105)
                })
            })
    };
    let first = named.first().copied().unwrap_or_default();
    let all = (0..PEOPLE).map(|shift| (first + shift) % PEOPLE);
    let some: Vec<u32> = all.filter(has).take(named.len()).collect();
    if some.is_empty() {
        named.to_vec()
    } else {
        some
    }
}

/// Mostly grounds that an order can be made on.
fn ground_of(place: usize) -> Ground {
    let some = [
        Ground::Arrival,
        Ground::Order,
        Ground::Hirisk,
        Ground::Inbound,
        Ground::Push,
    ];
    if place % 10 < 8 {
        some[place % some.len()]
    } else {
        Ground::ALL[place % Ground::ALL.len()]
    }
}

/// An order, by preference one that waits.
fn nth_order(world: &World, nth: usize) -> Option<(OrderId, ActDigest)> {
    let all: Vec<_> = world.state.orders.values().collect();
    let waiting = |order: &&&Order| order.status_word(world.at) == "proposed";
    let waits: Vec<_> = all.iter().filter(waiting).copied().collect();
    let some = if waits.is_empty() || nth.is_multiple_of(8) {
        all
    } else {
        waits
    };
    let order = some.get(nth % some.len().max(1))?;
    Some((order.id, order.digest))
}

/// Somebody from this person on with a measure that an officer can convert.
fn measured(world: &World, from: u32) -> u32 {
    let has = |number: &u32| {
        world
            .state
            .people
            .find(person(*number))
            .is_some_and(|found| {
                let mut measures = world.state.people.measures_of(found);
                measures.any(|(_, measure)| {
                    measure.is_live(world.at)
                        && [Ground::Arrival, Ground::Push, Ground::Order].contains(&measure.ground)
                })
            })
    };
    (from..from + PEOPLE)
        .map(|number| number % PEOPLE)
        .find(has)
        .unwrap_or(from)
}

fn nth_evidence(world: &World, of: u32, nth: usize) -> Option<domain::ids::EvidenceId> {
    let found = world.state.people.find(person(of))?;
    let count = world.state.people.evidence_of(found).count().max(1);
    world
        .state
        .people
        .evidence_of(found)
        .nth(nth % count)
        .map(|(_, evidence)| evidence.id)
}

fn nth_ground(world: &World, of: u32, nth: usize) -> Option<Ground> {
    let found = world.state.people.find(person(of))?;
    let count = world.state.people.measures_of(found).count().max(1);
    world
        .state
        .people
        .measures_of(found)
        .nth(nth % count)
        .map(|(_, measure)| measure.ground)
}

fn push(world: &mut World, org: usize, kind: usize, rows: &[(u32, u32, u8)]) -> Outcome {
    use EvidenceKind as K;
    let some = [
        K::TravelRecord,
        K::TravelRecord,
        K::CaseReport,
        K::CloseContact,
        K::AreaStay,
        K::EntryRecord,
        K::ProvincePush,
        K::NegativeTest,
        K::ReleaseNote,
        K::SecondaryContact,
    ];
    let usual = kind % 10 < 7;
    let kind = if usual {
        some[kind / 10 % 10]
    } else {
        K::ALL[kind % K::ALL.len()]
    };
    let contract = world.books[world.book.unwrap()]
        .contract(kind)
        .unwrap()
        .clone();
    let able: Vec<&str> = BODIES
        .iter()
        .filter(|(_, kind, _)| contract.suppliers.contains(kind))
        .map(|(id, ..)| *id)
        .collect();
    let org = if able.is_empty() || org % 10 == 9 {
        body(org)
    } else {
        able[org % able.len()]
    };
    let rows = rows.iter().map(|&(of, index, noise)| {
        let released = matches!(kind, K::ReleaseNote | K::NegativeTest);
        let of = if released { measured(world, of) } else { of };
        let mut row = world.row(of);
        if noise.is_multiple_of(16) {
            row.reference = format!("again-{}", noise / 64);
        }
        row.division = place([410_105, 410_105, 410_105, 410_103, 410_300][usize::from(noise % 5)]);
        row.occurred_at = world.at.plus_s(-i64::from(noise) * 3_600);
        let at = world.at;
        with(row, |more| {
            more.link_person = Some(person(index));
            let area = AreaKind::ALL[usize::from(noise / 2) % 3];
            more.link_reference = Some(format!("{area}-{}", noise / 8 % 2));
            more.precision = (!noise.is_multiple_of(3)).then_some(Precision::Community);
            more.expires = Some(at.plus_s(i64::from(noise) * 4_000));
            let colours = [
                None,
                Some(Colour::Red),
                Some(Colour::Yellow),
                Some(Colour::Green),
            ];
            more.pushed = colours[usize::from(noise / 4) % 4];
        })
    });
    let rows = rows.collect();
    world.push(org, kind, rows)
}

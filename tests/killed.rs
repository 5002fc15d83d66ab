//! The server killed while many send at once: whoever was answered is on record, and is told once.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "cli/house.rs"]
#[allow(dead_code, reason = "this file needs a part of the house")]
mod house;

use domain::act::{Act, ActBody};
use domain::document::PersonId;
use house::{House, now};
use intake::key::KeyPair;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc;

/// Clients at once.
const CLIENTS: u32 = 4;
/// How many answers come before each kill.
const ANSWERS: [usize; 4] = [1, 7, 20, 45];

fn start(house: &House) -> (Child, String) {
    let mut child = house
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let base = line
        .trim()
        .strip_prefix("listening on ")
        .unwrap()
        .to_owned();
    (child, base)
}

/// A signed look, one of many.
fn look(key: &KeyPair, number: u32) -> Vec<u8> {
    let mut nonce = [0; 16];
    nonce[..4].copy_from_slice(&number.to_be_bytes());
    let act = Act {
        ledger: house::ORIGIN.to_owned(),
        officer: "410000-hotline.he".parse().unwrap(),
        signed_at: now(),
        nonce,
        body: ActBody::AccessLook {
            person: PersonId::from_bytes([1; 16]),
            purpose: "a call".to_owned(),
            case: format!("C-{number}"),
        },
    };
    intake::sign_act(&act, key.signing()).unwrap()
}

/// Sends bytes; the status and the entry, or nothing where the server has gone.
fn send(agent: &ureq::Agent, base: &str, bytes: &[u8]) -> Option<(u16, u64)> {
    let request = agent.post(format!("{base}/api/v1/submissions"));
    let mut answer = request.content_type("application/cose").send(bytes).ok()?;
    let text = answer.body_mut().read_to_string().ok()?;
    let value: Value = serde_json::from_str(&text).ok()?;
    Some((answer.status().as_u16(), value["entry"].as_u64()?))
}

#[test]
fn whoever_was_answered_is_on_record_whenever_the_server_is_killed() {
    let house = House::at_work();
    let pem = std::fs::read_to_string(house.path("keys/410000-hotline.he.key")).unwrap();
    let key = KeyPair::from_pem(&pem).unwrap();
    let agent = ureq::Agent::new_with_defaults();
    let mut answered = BTreeMap::<u32, u64>::new();
    // An act is signed at an instant, so the very bytes are kept.
    let mut bytes_of = BTreeMap::<u32, Vec<u8>>::new();
    for (round, answers) in ANSWERS.into_iter().enumerate() {
        let (mut child, base) = start(&house);
        // What was answered before is there, under the same number.
        for (number, entry) in &answered {
            let found = send(&agent, &base, &bytes_of[number]);
            assert_eq!(found, Some((200, *entry)), "{number}");
        }
        let (told, tell) = mpsc::channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (base, told) = (base.clone(), told.clone());
                let first = u32::try_from(round).unwrap() * 10_000 + client * 1_000;
                let acts: Vec<_> = (first..first + 200)
                    .map(|one| (one, look(&key, one)))
                    .collect();
                bytes_of.extend(acts.iter().cloned());
                std::thread::spawn(move || {
                    let agent = ureq::Agent::new_with_defaults();
                    for (number, bytes) in acts {
                        let Some((status, entry)) = send(&agent, &base, &bytes) else {
                            return;
                        };
                        assert_eq!(status, 201);
                        let _ = told.send((number, entry));
                    }
                })
            })
            .collect();
        drop(told);
        let mut fresh: BTreeMap<u32, u64> = tell.iter().take(answers).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        clients
            .into_iter()
            .for_each(|client| client.join().unwrap());
        // Answers that were on their way count as well.
        fresh.extend(tell.try_iter());
        answered.extend(fresh);
    }
    house.run(&["audit"]).done();
    // Every look is told to the person, once, whether or not its sender heard of it.
    let looks = house
        .run(&["log", "tail", "-n", "100000", "--json"])
        .done()
        .json();
    let looks = looks.as_array().unwrap().iter();
    let looks = looks.filter(|leaf| leaf["kind"] == "access.look").count();
    let notices = house
        .run(&["notice", "list", "--limit", "100000", "--json"])
        .done()
        .json();
    let notices = notices["notices"]
        .as_array()
        .or(notices.as_array())
        .unwrap_or_else(|| panic!("{notices}"));
    assert!(answered.len() >= ANSWERS.iter().sum());
    assert!(
        looks >= answered.len(),
        "{looks} looks, {} answered",
        answered.len()
    );
    assert_eq!(notices.len(), looks);
}

//! Everybody is told, whatever dies when: a courier is killed between taking, sending and settling,
//! and each repeat bears the same id.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "tamper/story.rs"]
#[allow(dead_code, reason = "this file tells another part of the story")]
mod story;

use app::notices::{Event, Posted};
use app::ports::{Identity, Outbox as _, Vault as _};
use courier::{Settings, WebhookSettings};
use domain::document::Document;
use mingma::notices::run_once;
use mingma::office::Office;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Set for the courier: the directory, and the gateway.
const DIR: &str = "MINGMA_NOTICES_DIR";
const URL: &str = "MINGMA_NOTICES_URL";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The courier. It does nothing unless it was started by the test below.
#[test]
fn courier_process() {
    let (Ok(dir), Ok(url)) = (std::env::var(DIR), std::env::var(URL)) else {
        return;
    };
    let mut office = Office::open(Path::new(&dir)).unwrap();
    let settings = Settings {
        webhook: Some(WebhookSettings {
            url,
            secret: SECRET.to_owned(),
        }),
        ..Settings::default()
    };
    run_once(&mut office, &settings).unwrap();
}

fn start(dir: &Path, url: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let arguments = [
        "--exact",
        "courier_process",
        "--nocapture",
        "--test-threads=1",
    ];
    let command = command.args(arguments).env(DIR, dir).env(URL, url);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.spawn().unwrap()
}

/// A request: the id and the body, and the connection to answer on.
fn request(stream: TcpStream) -> Option<(String, String, TcpStream)> {
    let mut reader = BufReader::new(stream);
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line == "\r\n" {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "webhook-id" => value.trim().clone_into(&mut id),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((id, String::from_utf8(body).ok()?, reader.into_inner()))
}

fn answer(mut stream: TcpStream) {
    let text = b"HTTP/1.1 204 Taken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let _ = stream.write_all(text);
}

/// A ledger whose people are in the vault; never settled, as a crash would leave it.
fn ledger(dir: &Path) {
    let story = story::full();
    let mut office = Office::create(dir, story::ORIGIN).unwrap();
    let people: Vec<_> = (0..30)
        .map(|number| {
            let document = Document::invented(number);
            let identity = Identity {
                document_type: document.kind(),
                document_number: document.number().to_owned(),
                name: format!("样本{number}"),
                phone: Some(format!("199{number:08}")),
                email: None,
            };
            (story.cast.person(number), identity)
        })
        .collect();
    office.vault().unwrap().store(&people).unwrap();
    for group in story.groups {
        office.submit(group.at, group.acts).unwrap();
    }
}

fn rows(office: &Office) -> Vec<Posted> {
    office.outbox().rows(None, 10_000).unwrap()
}

#[test]
fn a_killed_courier_loses_nothing_and_repeats_only_under_the_same_id() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("data");
    ledger(&dir);
    let sink = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/sms", sink.local_addr().unwrap());
    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut kills = 0_usize;
    // Killed at the first, second, .. request: before the answer, and right after it.
    for life in 0..8_u32 {
        let mut child = start(&dir, &url);
        // Held until the courier is dead: it never learns that its request went nowhere.
        let mut held = None;
        for count in 0..=life / 2 {
            let (id, body, stream) = request(sink.accept().unwrap().0).unwrap();
            heard.entry(id).or_default().push(body);
            if count == life / 2 && life % 2 == 0 {
                held = Some(stream);
            } else {
                answer(stream);
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        drop(held);
        kills += 1;
    }
    sink.set_nonblocking(true).unwrap();
    while sink.accept().is_ok() {}
    sink.set_nonblocking(false).unwrap();
    let mut last = start(&dir, &url);
    let serving = std::thread::spawn(move || {
        while let Some((id, body, stream)) = request(sink.accept().unwrap().0) {
            heard.entry(id).or_default().push(body);
            answer(stream);
        }
        heard
    });
    assert!(last.wait().unwrap().success());
    drop(TcpStream::connect(url.trim_start_matches("http://").trim_end_matches("/sms")).unwrap());
    let heard = serving.join().unwrap();
    let office = Office::open(&dir).unwrap();
    let rows = rows(&office);
    let told: Vec<String> = rows
        .iter()
        .map(|row| row.notice.id(story::ORIGIN))
        .collect();
    for (row, id) in rows.iter().zip(&told) {
        assert_eq!(row.standing.word(), "sent", "{row:?}");
        assert!(heard.contains_key(id), "{row:?} was never heard of");
    }
    assert_eq!(heard.len(), told.len());
    let repeats: usize = heard.values().map(|bodies| bodies.len() - 1).sum();
    assert!(repeats <= kills, "{repeats} repeats after {kills} kills");
    assert!(
        heard
            .values()
            .all(|bodies| bodies.iter().all(|body| body == &bodies[0]))
    );
    eprintln!("{kills} kills, {} notices, {repeats} repeats", told.len());
}

#[test]
fn the_notices_of_a_ledger_are_those_that_its_entries_owe() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("data");
    let story = story::full();
    let mut office = Office::create(&dir, story::ORIGIN).unwrap();
    let mut owed = 0;
    for group in story.groups {
        for receipt in office.submit(group.at, group.acts).unwrap() {
            owed += receipt.notices;
        }
    }
    office.settle().unwrap();
    let live = rows(&office);
    let looks = live
        .iter()
        .filter(|row| row.notice.event == Event::Looked)
        .count();
    assert_eq!(looks, 2);
    assert_eq!(live.len() as u64 - looks as u64, owed);
    assert!(
        live.iter()
            .all(|row| row.notice.due == row.notice.at.plus_s(300))
    );
    office.close().unwrap();
    // Derived again from nothing but the ledger, they are the same.
    std::fs::remove_dir_all(dir.join("outbox")).unwrap();
    let office = Office::open(&dir).unwrap();
    let again = rows(&office);
    let notices = |rows: &[Posted]| rows.iter().map(|row| row.notice).collect::<Vec<_>>();
    assert_eq!(notices(&again), notices(&live));
}

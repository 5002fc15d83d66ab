//! The server as a socket sees it: what it reads, what it refuses, how it stops.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{
    Log, NOW_S, ORIGIN, Running, ask, connect, made, post, start, start_limited, status, talk,
};
use std::io::{Read, Write};
use std::sync::Arc;
use witness::{Store, Surroundings, origin_hash, serve};

#[test]
fn the_keys_are_there_to_read() {
    let folder = made();
    let running = start(folder.path());
    let answer = talk(running.handle.address(), b"GET /keys HTTP/1.1\r\n\r\n");
    let keys: String = running.keys.iter().map(|key| format!("{key}\n")).collect();
    assert!(answer.ends_with(&format!("\r\n\r\n{keys}")), "{answer}");
}

#[test]
fn what_is_not_a_request_of_this_protocol_has_an_answer() {
    let folder = made();
    let running = start(folder.path());
    let long = "x".repeat(20_000);
    let many = "x: y\r\n".repeat(65);
    let unknown = origin_hash("other.example");
    for (request, expected) in [
        ("hello\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/1.1\r\n\r\n".into(), "404"),
        ("GET /keys?a=b HTTP/1.1\r\n\r\n".into(), "404"),
        (format!("GET /{unknown}/checkpoint HTTP/1.1\r\n\r\n"), "404"),
        (
            format!("GET /{}/checkpoint HTTP/1.1\r\n\r\n", origin_hash(ORIGIN)),
            "404",
        ),
        ("GET /../name/checkpoint HTTP/1.1\r\n\r\n".into(), "404"),
        ("GET /add-checkpoint HTTP/1.1\r\n\r\n".into(), "405"),
        ("DELETE /keys HTTP/1.1\r\n\r\n".into(), "405"),
        ("POST /add-checkpoint HTTP/1.1\r\n\r\n".into(), "411"),
        (
            "POST /add-checkpoint HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".into(),
            "411",
        ),
        (
            "POST /add-checkpoint HTTP/1.1\r\ncontent-length: 65537\r\n\r\n".into(),
            "413",
        ),
        (
            "POST /add-checkpoint HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n".into(),
            "413",
        ),
        (
            "POST /add-checkpoint HTTP/1.1\r\ncontent-length: -1\r\n\r\n".into(),
            "400",
        ),
        (
            "POST /add-checkpoint HTTP/1.1\r\ncontent-length: 3\r\n\r\nold".into(),
            "400",
        ),
        (format!("GET /{long} HTTP/1.1\r\n\r\n"), "413"),
        (format!("GET /keys HTTP/1.1\r\n{many}\r\n"), "413"),
    ] {
        let answer = talk(running.handle.address(), request.as_bytes());
        assert_eq!(status(&answer), expected, "{request:.100}");
    }
    let body = post(&vec![b'a'; 100_000]);
    assert_eq!(status(&talk(running.handle.address(), &body)), "413");
    // After all that it still works.
    assert!(ask(&running, 0, &Log::new(5)).is_ok());
}

#[test]
fn one_connection_carries_many_requests_however_they_are_cut() {
    let folder = made();
    let running = start(folder.path());
    let mut stream = connect(running.handle.address());
    let both = [post(&Log::new(1).body(0)), post(&Log::new(5).body(1))].concat();
    for piece in both.chunks(97) {
        stream.write_all(piece).unwrap();
    }
    stream
        .write_all(b"GET /keys HTTP/1.1\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(
        answers.matches("HTTP/1.1 200 OK\r\n").count(),
        3,
        "{answers}"
    );
    assert_eq!(answers.matches("connection: keep-alive").count(), 2);
}

#[test]
fn a_client_that_waits_for_a_word_gets_it() {
    let folder = made();
    let running = start(folder.path());
    let body = Log::new(1).body(0);
    let mut stream = connect(running.handle.address());
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut word = [0; 25];
    stream.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), "200");
}

#[test]
fn a_server_that_stops_ends_idle_connections_and_turns_new_ones_away() {
    let folder = made();
    let running = start(folder.path());
    let address = running.handle.address();
    let mut idle = connect(address);
    idle.write_all(b"GET /keys HTTP/1.1\r\n\r\n").unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();
    running.handle.stop();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).unwrap();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn the_operator_is_told_of_a_fork_and_of_a_directory_that_fails() {
    let folder = made();
    let store = Arc::new(Store::open(folder.path()).unwrap());
    let (sender, told) = std::sync::mpsc::channel();
    let surroundings = Surroundings {
        clock: Box::new(|| NOW_S),
        report: Box::new(move |event| sender.send(format!("{event:?}")).unwrap()),
        limits: witness::Limits::default(),
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let running = Running {
        keys: store.keys(),
        handle: serve(listener, Arc::clone(&store), surroundings).unwrap(),
        store,
    };
    ask(&running, 0, &Log::new(5)).unwrap();
    ask(&running, 0, &Log::forked(5, 2, 1)).unwrap_err();
    assert!(told.recv().unwrap().starts_with("Kept(Fork"));

    std::fs::remove_dir_all(folder.path().join("state")).unwrap();
    std::fs::write(folder.path().join("state"), "").unwrap();
    let error = ask(&running, 5, &Log::new(8)).unwrap_err();
    assert!(error.retry_helps(), "{error}");
    assert!(told.recv().unwrap().starts_with("Failed("));
}

#[test]
fn connections_above_the_limit_are_turned_away() {
    let folder = made();
    let limits = witness::Limits {
        connections_max: 1,
        ..witness::Limits::default()
    };
    let running = start_limited(folder.path(), limits);
    let mut first = connect(running.handle.address());
    first.write_all(b"GET /keys HTTP/1.1\r\n\r\n").unwrap();
    let mut begun = [0; 12];
    first.read_exact(&mut begun).unwrap();
    let answer = talk(running.handle.address(), b"GET /keys HTTP/1.1\r\n\r\n");
    assert_eq!(status(&answer), "503");
}

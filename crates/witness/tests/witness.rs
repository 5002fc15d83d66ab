//! A witness on a socket, and the client that asks it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{
    LONG, Log, NOW_S, ORIGIN, Running, ask, ask_with, made, post, scripted, signer, start, status,
    talk,
};
use std::time::Duration;
use tlog::checkpoint::open_note;
use tlog::{CosignerKey, NoteSignature, SignerKey};
use witness::{Answer, ClientError, Request, add_checkpoint, origin_hash};

#[test]
fn a_log_that_grows_from_one_to_three_hundred_is_cosigned_by_both_keys() {
    let folder = made();
    let running = start(folder.path());
    let mut known = 0;
    for size in [1, 5, 300] {
        let log = Log::new(size);
        let lines = ask(&running, known, &log).unwrap();
        assert_eq!(lines.len(), 2);
        let note = lines
            .into_iter()
            .fold(log.note(), |note, line| note.with_signature(line).unwrap());
        let opened = open_note(&note, &signer().verifier(), &running.keys).unwrap();
        let times: Vec<u64> = opened.cosigned.iter().map(|one| one.time_s).collect();
        assert_eq!(times, [NOW_S, NOW_S]);

        let path = format!("GET /{}/checkpoint HTTP/1.1\r\n\r\n", origin_hash(ORIGIN));
        let answer = talk(running.handle.address(), path.as_bytes());
        assert!(answer.ends_with(&format!("\r\n\r\n{note}")), "{answer}");
        known = size;
    }
}

#[test]
fn a_stale_old_size_is_a_conflict_from_which_the_client_recovers() {
    let folder = made();
    let running = start(folder.path());
    ask(&running, 0, &Log::new(5)).unwrap();
    let answer = talk(running.handle.address(), &post(&Log::new(300).body(0)));
    assert_eq!(status(&answer), "409");
    assert!(
        answer.contains("\r\ncontent-type: text/x.tlog.size\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\n5\n"), "{answer}");
    for known in [0, 3, 7] {
        let size = 300 + known;
        assert_eq!(ask(&running, known, &Log::new(size)).unwrap().len(), 2);
    }
    // The same checkpoint again is cosigned again, from whatever size.
    for known in [0, 307, 400] {
        assert!(ask(&running, known, &Log::new(307)).is_ok());
    }
    let behind = ask(&running, 0, &Log::new(300));
    assert_eq!(behind, Err(ClientError::WitnessAhead { known_size: 307 }));
}

#[test]
fn a_fork_is_refused_and_its_evidence_kept() {
    let folder = made();
    let running = start(folder.path());
    ask(&running, 0, &Log::new(5)).unwrap();
    let fork = Log::forked(5, 2, 1);
    let refused = ask(&running, 5, &fork);
    assert_eq!(refused, Err(ClientError::OtherTree { known_size: 5 }));
    let refused = ask(&running, 0, &fork);
    assert_eq!(refused, Err(ClientError::OtherTree { known_size: 5 }));
    let refused = ask(&running, 5, &Log::forked(8, 2, 1));
    assert_eq!(refused, Err(ClientError::Refused { status: 422 }));

    let kept = running.store.evidence().unwrap();
    let requests: Vec<_> = kept
        .iter()
        .filter(|path| path.extension().unwrap() == "request")
        .collect();
    assert_eq!(requests.len(), 2);
    for path in requests {
        let request = Request::parse(&std::fs::read(path).unwrap()).unwrap();
        assert!(request.note().verify(&[signer().verifier()]).is_ok());
    }
    // The log that the witness knows goes on.
    assert!(ask(&running, 5, &Log::new(8)).is_ok());
}

#[test]
fn a_signature_of_another_key_is_forbidden() {
    let folder = made();
    let running = start(folder.path());
    let log = Log::new(5);
    let note = log.note_by(&SignerKey::from_seed(ORIGIN, [2; 32]).unwrap());
    let refused = ask_with(&running, 0, &log, &note);
    assert_eq!(refused, Err(ClientError::Refused { status: 403 }));
}

#[test]
fn an_unknown_origin_is_not_found() {
    let folder = made();
    let running = start(folder.path());
    let log = Log::new(5);
    let note = log.note_by(&SignerKey::from_seed("other.example", [1; 32]).unwrap());
    let refused = ask_with(&running, 0, &log, &note);
    assert_eq!(refused, Err(ClientError::Refused { status: 404 }));
}

#[test]
fn a_proof_of_something_else_is_unprocessable() {
    let folder = made();
    let running = start(folder.path());
    ask(&running, 0, &Log::new(5)).unwrap();
    let proofs = |old| Log::new(9).proof(old);
    let (keys, note) = (&running.keys, Log::new(8).note());
    let refused = add_checkpoint(&running.url(), keys, 5, &note, &proofs, LONG);
    assert_eq!(refused, Err(ClientError::Refused { status: 422 }));
}

#[test]
fn clients_that_race_for_one_size_get_one_outcome() {
    let folder = made();
    let running = start(folder.path());
    ask(&running, 0, &Log::new(3)).unwrap();
    let logs: Vec<Log> = (0..6).map(|tag| Log::forked(8, 3, tag)).collect();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = logs
            .iter()
            .map(|log| scope.spawn(|| ask(&running, 3, log)))
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for one in lost {
        assert_eq!(one, Err(ClientError::OtherTree { known_size: 8 }));
    }
}

#[test]
fn a_witness_that_was_stopped_and_started_remembers() {
    let folder = made();
    let running = start(folder.path());
    ask(&running, 0, &Log::new(5)).unwrap();
    let Running { handle, store, .. } = running;
    handle.stop();
    drop(store);
    let running = start(folder.path());
    let refused = ask(&running, 0, &Log::forked(5, 2, 1));
    assert_eq!(refused, Err(ClientError::OtherTree { known_size: 5 }));
    assert!(ask(&running, 0, &Log::new(8)).is_ok());
}

fn ok_with(lines: &[NoteSignature]) -> Vec<u8> {
    let body = Answer::Cosigned(lines.to_vec()).body();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn ask_scripted(answer: Vec<u8>) -> Result<Vec<NoteSignature>, ClientError> {
    let log = Log::new(5);
    let (url, thread) = scripted(answer);
    let keys = [cosigner().verifier()];
    let proofs = |old| log.proof(old);
    let asked = add_checkpoint(&url, &keys, 0, &log.note(), &proofs, LONG);
    thread.join().unwrap();
    asked
}

fn cosigner() -> CosignerKey {
    CosignerKey::ml_dsa_from_seed("witness.example", [7; 32]).unwrap()
}

fn cosignature(key: &CosignerKey, log: &Log, time_s: u64) -> NoteSignature {
    let head = tlog::Checkpoint::parse(log.note().text()).unwrap();
    key.cosign(&head, time_s).unwrap()
}

#[test]
fn a_cosignature_of_another_checkpoint_is_not_accepted() {
    let good = cosignature(&cosigner(), &Log::new(5), 9);
    assert_eq!(
        ask_scripted(ok_with(std::slice::from_ref(&good))),
        Ok(vec![good.clone()])
    );
    let other = cosignature(&cosigner(), &Log::new(6), 9);
    for lines in [vec![other.clone()], vec![good, other]] {
        let refused = ask_scripted(ok_with(&lines));
        assert!(matches!(refused, Err(ClientError::CosignatureWrong(_))));
    }
    let weak = cosignature(&cosigner(), &Log::new(5), 0);
    assert_eq!(
        ask_scripted(ok_with(&[weak])),
        Err(ClientError::CosignatureWeak)
    );
    let stranger = CosignerKey::from_seed("witness.example", [8; 32]).unwrap();
    let strange = cosignature(&stranger, &Log::new(5), 9);
    let missing = Err(ClientError::CosignatureMissing);
    assert_eq!(ask_scripted(ok_with(&[strange])), missing);
}

#[test]
fn an_answer_in_chunks_or_up_to_the_end_is_read_and_any_other_refused() {
    let good = cosignature(&cosigner(), &Log::new(5), 9);
    let body = Answer::Cosigned(vec![good.clone()]).body();
    let (left, right) = body.as_bytes().split_at(100);
    let mut chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in [left, right] {
        chunks.extend(format!("{:x};note\r\n", piece.len()).into_bytes());
        chunks.extend_from_slice(piece);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\ntrailer: x\r\n\r\n");
    let to_end = format!("HTTP/1.0 200 OK\r\n\r\n{body}").into_bytes();
    for answer in [chunks.clone(), to_end] {
        assert_eq!(ask_scripted(answer), Ok(vec![good.clone()]));
    }
    let cut = chunks[..chunks.len() - 20].to_vec();
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n";
    let huge_chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n";
    let twice = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1";
    let both = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1";
    for answer in [
        cut,
        long.into(),
        huge_chunk.into(),
        twice.into(),
        both.into(),
        b"hello".into(),
    ] {
        let refused = ask_scripted(answer);
        assert!(matches!(refused, Err(ClientError::Wire(_))), "{refused:?}");
    }
    let refused = ask_scripted(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_vec());
    assert!(matches!(refused, Err(ClientError::Protocol(_))));
}

#[test]
fn a_witness_that_is_silent_costs_no_more_than_its_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let log = Log::new(5);
    let proofs = |old| log.proof(old);
    let time_max = Duration::from_millis(50);
    let asked = add_checkpoint(&url, &[], 0, &log.note(), &proofs, time_max);
    let error = asked.unwrap_err();
    assert!(error.retry_helps(), "{error}");
    drop(listener);
    let refused = add_checkpoint(&url, &[], 0, &log.note(), &proofs, LONG).unwrap_err();
    assert!(matches!(refused, ClientError::Unreachable { .. }));
}

//! A log that can fork, and witnesses on sockets of this machine.
#![allow(dead_code, reason = "each test program uses a part")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tlog::proof::consistency_proof;
use tlog::tree::{self, Leaves};
use tlog::{Checkpoint, Hash, Note, NoteSignature, SignerKey, VerifierKey, checkpoint, leaf_hash};
use witness::{
    ClientError, Handle, Limits, ProofUnavailable, Request, Seeds, Store, Surroundings,
    add_checkpoint, serve,
};
use zeroize::Zeroizing;

pub const ORIGIN: &str = "log.example";
pub const NOW_S: u64 = 1_800_000_000;
/// Far more than any test needs: a test that waits so long has failed.
pub const LONG: Duration = Duration::from_secs(20);

pub fn signer() -> SignerKey {
    SignerKey::from_seed(ORIGIN, [1; 32]).unwrap()
}

/// A log; two with the same `fork_at` and another tag agree below it.
pub struct Log {
    leaves: Vec<Hash>,
}

impl Log {
    pub fn new(size: u64) -> Self {
        Self::forked(size, size, 0)
    }

    pub fn forked(size: u64, fork_at: u64, tag: u8) -> Self {
        let leaf = |at: u64| {
            let tag = if at < fork_at { 0 } else { tag };
            leaf_hash(&[at.to_be_bytes().as_slice(), &[tag]].concat())
        };
        Self {
            leaves: (0..size).map(leaf).collect(),
        }
    }

    pub fn size(&self) -> u64 {
        u64::try_from(self.leaves.len()).unwrap()
    }

    pub fn note(&self) -> Note {
        self.note_by(&signer())
    }

    pub fn note_by(&self, signer: &SignerKey) -> Note {
        let root = tree::root(&self.leaves);
        let head = Checkpoint::new(signer.name().as_str(), self.size(), root).unwrap();
        Note::parse(&checkpoint::sign(&head, signer).unwrap()).unwrap()
    }

    pub fn proof(&self, old: u64) -> Result<Vec<Hash>, ProofUnavailable> {
        Ok(consistency_proof(&Leaves(&self.leaves), old, self.size())?)
    }

    pub fn body(&self, old: u64) -> Vec<u8> {
        let proof = self.proof(old).unwrap();
        let request = Request::new(old, proof, self.note()).unwrap();
        request.to_string().into_bytes()
    }
}

/// A running witness; it ends with this value.
pub struct Running {
    pub handle: Handle,
    pub store: Arc<Store>,
    pub keys: Vec<VerifierKey>,
}

impl Running {
    pub fn url(&self) -> String {
        format!("http://{}", self.handle.address())
    }
}

/// Makes the directory of a witness that trusts the log.
pub fn make(folder: &Path, name: &str, seed: u8) {
    let seeds = Seeds {
        ed25519: Zeroizing::new([seed; 32]),
        ml_dsa_44: Zeroizing::new([seed + 100; 32]),
    };
    Store::create(folder, name, &seeds).unwrap();
    let store = Store::open(folder).unwrap();
    store.trust(&signer().verifier(), None).unwrap();
}

pub fn start(folder: &Path) -> Running {
    start_limited(folder, Limits::default())
}

pub fn start_limited(folder: &Path, limits: Limits) -> Running {
    let store = Arc::new(Store::open(folder).unwrap());
    let surroundings = Surroundings {
        clock: Box::new(|| NOW_S),
        report: Box::new(|event| eprintln!("{event:?}")),
        limits,
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Running {
        keys: store.keys(),
        handle: serve(listener, Arc::clone(&store), surroundings).unwrap(),
        store,
    }
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// Sends bytes, ends the sending side, and reads all that comes back.
pub fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address);
    stream.write_all(bytes).unwrap();
    // A server that had enough may have ended the connection already.
    drop(stream.shutdown(std::net::Shutdown::Write));
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

pub fn post(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A witness that gives one prepared answer to one request.
pub fn scripted(answer: Vec<u8>) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut seen = Vec::new();
        let mut bytes = [0; 4096];
        // The note ends the request: blank line, one signature line.
        while !String::from_utf8_lossy(&seen).ends_with("=\n") {
            let count = stream.read(&mut bytes).unwrap();
            assert!(count > 0, "the request ended early");
            seen.extend_from_slice(&bytes[..count]);
        }
        stream.write_all(&answer).unwrap();
    });
    (url, thread)
}

pub fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "witness.example", 3);
    folder
}

pub fn ask(running: &Running, known: u64, log: &Log) -> Result<Vec<NoteSignature>, ClientError> {
    ask_with(running, known, log, &log.note())
}

pub fn ask_with(
    running: &Running,
    known: u64,
    log: &Log,
    note: &Note,
) -> Result<Vec<NoteSignature>, ClientError> {
    let proofs = |old| log.proof(old);
    add_checkpoint(&running.url(), &running.keys, known, note, &proofs, LONG)
}

pub fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap()
}

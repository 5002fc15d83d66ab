//! The witness over HTTP/1.1: `add-checkpoint`, the last checkpoint of a log, and the keys.
//!
//! Invariant: a request costs at most its limits in bytes, time and threads, and one that was
//! decided is answered even while the server stops. Refuses bodies without a length and
//! everything but its three paths. Speaks no TLS: a proxy in front does, or a closed network.
//!
//! | request | answer |
//! |---|---|
//! | `POST /add-checkpoint` | see [`crate::protocol`] |
//! | `GET /<sha256 of the origin>/checkpoint` | the last checkpoint, cosigned |
//! | `GET /keys` | the verifier keys, one a line |

use crate::protocol::{REQUEST_BYTES_MAX, TEXT_TYPE};
use crate::store::Outcome;
use crate::wire::{Fields, HEADERS_MAX, Length, Wire, WireError, fields};
use crate::{Evidence, Store, StoreError};
use std::collections::BTreeMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long to wait before trying again when the system refuses to accept connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a connection may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the first byte of a request to the last of its answer.
    pub request: Duration,
    /// From one request of a connection to the next.
    pub idle: Duration,
    /// Connections at one time; more are turned away.
    pub connections_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            connections_max: 64,
        }
    }
}

/// What the operator must know.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The directory failed or the clock went back; nothing is cosigned until that ends.
    Failed(&'a StoreError),
    /// New evidence about a log, and its file.
    Kept(Evidence, &'a Path),
}

/// What the server cannot know by itself.
pub struct Surroundings {
    /// Seconds since 1970, for the cosignatures.
    pub clock: Box<dyn Fn() -> u64 + Send + Sync>,
    /// Told what the operator must know.
    pub report: Box<dyn Fn(Event<'_>) + Send + Sync>,
    /// What a connection may cost.
    pub limits: Limits,
}

/// A running server; it stops when this is dropped.
pub struct Handle {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, answers those it has, and returns when all is quiet.
    pub fn stop(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        self.stopped.store(true, Ordering::SeqCst);
        // Only a connection wakes the thread that accepts them; should it fail, another will.
        drop(TcpStream::connect_timeout(&self.address, ACCEPT_PAUSE));
        drop(thread.join());
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Serves a witness's directory on a socket, in threads of its own.
///
/// # Errors
/// The operating system's, when the socket has no address or no thread can be started.
pub fn serve(
    listener: TcpListener,
    store: Arc<Store>,
    surroundings: Surroundings,
) -> io::Result<Handle> {
    let address = listener.local_addr()?;
    let stopped = Arc::new(AtomicBool::new(false));
    let service = Service {
        store,
        surroundings,
        stopped: Arc::clone(&stopped),
        live: Mutex::default(),
    };
    let thread = std::thread::Builder::new()
        .name("witness".into())
        .spawn(move || service.accept(&listener))?;
    Ok(Handle {
        address,
        stopped,
        thread: Some(thread),
    })
}

struct Service {
    store: Arc<Store>,
    surroundings: Surroundings,
    stopped: Arc<AtomicBool>,
    /// The open connections, so that idle ones can be ended.
    live: Mutex<BTreeMap<u64, TcpStream>>,
}

/// What goes back.
struct Reply {
    status: u16,
    content_type: &'static str,
    body: String,
}

impl Reply {
    fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: TEXT_TYPE,
            body: format!("{body}\n"),
        }
    }
}

/// What a head asks for.
struct Asked {
    method: String,
    path: String,
    fields: Fields,
}

impl Service {
    fn accept(&self, listener: &TcpListener) {
        std::thread::scope(|scope| {
            for number in 0_u64.. {
                let accepted = listener.accept();
                if self.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let Ok((stream, _)) = accepted else {
                    std::thread::park_timeout(ACCEPT_PAUSE);
                    continue;
                };
                let Ok(registered) = stream.try_clone() else {
                    continue;
                };
                let wire = Wire::new(stream, self.surroundings.limits.request);
                let mut live = self.live();
                if live.len() >= self.surroundings.limits.connections_max {
                    drop(live);
                    let busy = Reply::text(503, "the witness is busy; try again");
                    drop(send(wire, &busy, true));
                    continue;
                }
                live.insert(number, registered);
                drop(live);
                scope.spawn(move || {
                    self.converse(wire);
                    self.live().remove(&number);
                });
            }
            // Ends the reading side only: an answer under way still goes out.
            for stream in self.live().values() {
                drop(stream.shutdown(Shutdown::Read));
            }
        });
    }

    fn live(&self) -> MutexGuard<'_, BTreeMap<u64, TcpStream>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests and answers, one after another, until either side has enough.
    fn converse(&self, mut wire: Wire) {
        let limits = self.surroundings.limits;
        loop {
            wire.allow(limits.idle);
            if !matches!(wire.begins(), Ok(true)) {
                return;
            }
            wire.allow(limits.request);
            let (reply, close) = match self.one(&mut wire) {
                Ok((reply, close)) => (reply, close),
                Err(WireError::Late) => (Reply::text(408, "the request took too long"), true),
                Err(WireError::TooLong) => (Reply::text(413, "the request is too long"), true),
                Err(WireError::Malformed) => {
                    (Reply::text(400, "the request is not well formed"), true)
                }
                Err(WireError::Cut | WireError::Io(_)) => return,
            };
            let close = close || self.stopped.load(Ordering::SeqCst);
            match send(wire, &reply, close) {
                Some(again) => wire = again,
                None => return,
            }
        }
    }

    fn one(&self, wire: &mut Wire) -> Result<(Reply, bool), WireError> {
        let asked = asked(&wire.head()?)?;
        let length = match (asked.method.as_str(), asked.fields.length) {
            ("POST", Length::Unsaid) | (_, Length::Chunked) => {
                return Ok((Reply::text(411, "the request needs a content-length"), true));
            }
            (_, Length::Unsaid) => Length::Bytes(0),
            (_, said) => said,
        };
        if asked.fields.waits {
            wire.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = wire.body(length, REQUEST_BYTES_MAX)?;
        Ok((self.reply(&asked, &body), asked.fields.close))
    }

    fn reply(&self, asked: &Asked, body: &[u8]) -> Reply {
        let log = asked.path.strip_prefix('/');
        let log = log.and_then(|path| path.strip_suffix("/checkpoint"));
        match (asked.method.as_str(), asked.path.as_str(), log) {
            ("POST", "/add-checkpoint", _) => {
                match self.store.judge(body, (self.surroundings.clock)()) {
                    Ok(outcome) => self.answer(&outcome),
                    Err(error) => self.failed(&error),
                }
            }
            ("GET", "/keys", _) => {
                let keys: Vec<String> = self.store.keys().iter().map(ToString::to_string).collect();
                Reply::text(200, &keys.join("\n"))
            }
            ("GET", _, Some(log)) => match self.store.checkpoint(log) {
                Ok(Some(note)) => Reply {
                    status: 200,
                    content_type: TEXT_TYPE,
                    body: note,
                },
                Ok(None) => Reply::text(404, "no checkpoint of such a log was cosigned here"),
                Err(error) => self.failed(&error),
            },
            (_, "/add-checkpoint" | "/keys", _) | (_, _, Some(_)) => {
                Reply::text(405, "this path takes another method")
            }
            _ => Reply::text(404, "there is nothing here"),
        }
    }

    fn answer(&self, outcome: &Outcome) -> Reply {
        if let Some((kind, path)) = &outcome.kept {
            (self.surroundings.report)(Event::Kept(*kind, path));
        }
        Reply {
            status: outcome.answer.status(),
            content_type: outcome.answer.content_type(),
            body: outcome.answer.body(),
        }
    }

    fn failed(&self, error: &StoreError) -> Reply {
        // What failed is for the operator; paths and words of the system are not for everyone.
        (self.surroundings.report)(Event::Failed(error));
        Reply::text(
            500,
            "the witness cannot use its directory; its operator must act",
        )
    }
}

fn asked(head: &[u8]) -> Result<Asked, WireError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(WireError::TooLong),
        Ok(httparse::Status::Partial) | Err(_) => return Err(WireError::Malformed),
    }
    let (Some(method), Some(path), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Err(WireError::Malformed);
    };
    Ok(Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        fields: fields(request.headers, minor)?,
    })
}

/// Sends the answer, and gives the connection back if it goes on.
fn send(mut wire: Wire, reply: &Reply, close: bool) -> Option<Wire> {
    let connection = if close { "close" } else { "keep-alive" };
    let message = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: {}\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nconnection: {connection}\r\n\r\n{}",
        reply.status,
        reason(reply.status),
        reply.content_type,
        reply.body.len(),
        reply.body
    );
    let sent = wire.write(message.as_bytes());
    if sent.is_ok() && !close {
        return Some(wire);
    }
    wire.end();
    None
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

//! A proxy that loses one thing: it forwards whole requests and whole answers, one a connection, and
//! cuts the connection where it is told to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

/// What is lost.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// The submission, before it arrives.
    Request,
    /// The answer to the submission.
    Reply,
    /// The answer to the question for its entry.
    Receipt,
}

/// A proxy at work; it stops when it is dropped.
pub struct Cutter {
    /// Where it listens.
    pub base: String,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Cutter {
    /// Starts one in front of a server.
    pub fn start(server: &str, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = server.to_owned();
        let thread = std::thread::spawn(move || {
            loop {
                let (mut client, _) = listener.accept().unwrap();
                // Whoever connects and says nothing asks it to stop.
                let request = heard(&mut client);
                if request.is_empty() {
                    return;
                }
                if let Some(answer) = passed(&server, &request, cut) {
                    client.write_all(&answer).unwrap();
                }
            }
        });
        Self {
            base: format!("http://{address}"),
            address,
            thread: Some(thread),
        }
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        drop(TcpStream::connect(self.address));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Passes a request on; the answer, unless something is lost.
fn passed(server: &str, request: &[u8], cut: Cut) -> Option<Vec<u8>> {
    let is_submission = request.starts_with(b"POST ");
    if is_submission && matches!(cut, Cut::Request) {
        return None;
    }
    let mut upstream = TcpStream::connect(server).unwrap();
    let line = request.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    upstream.write_all(&request[..line]).unwrap();
    upstream.write_all(b"connection: close\r\n").unwrap();
    upstream.write_all(&request[line..]).unwrap();
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).unwrap();
    let lost = match cut {
        Cut::Request => false,
        Cut::Reply => is_submission,
        Cut::Receipt => request.starts_with(b"GET /api/v1/entries/"),
    };
    (!lost).then_some(answer)
}

/// A whole request; empty where the connection ended before it did.
fn heard(client: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut portion = [0_u8; 4_096];
    loop {
        let read = client.read(&mut portion).unwrap();
        if read == 0 {
            return Vec::new();
        }
        request.extend(&portion[..read]);
        let head = request.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(head) = head else { continue };
        let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        if request.len() >= head + 4 + length {
            return request;
        }
    }
}

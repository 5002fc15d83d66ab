//! HTTP/1.1 messages on a socket, for the server and the client alike.
//!
//! Invariant: a message is read up to its declared end and no further, within a deadline for the
//! whole of it, however slowly its bytes come. Refuses heads and bodies above their limits, two
//! lengths in one head, and encodings other than `chunked`.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The longest head, in bytes.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The most header lines.
pub const HEADERS_MAX: usize = 64;
/// The longest line that announces a chunk, in bytes.
const CHUNK_LINE_BYTES_MAX: usize = 256;
/// What is read from the socket at once, in bytes.
const READ_BYTES: usize = 8 * 1024;
/// What is read and thrown away so that an answer is not lost, in bytes and in time.
const LINGER_BYTES: usize = 256 * 1024;
const LINGER: Duration = Duration::from_secs(1);

/// Why a message could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireError {
    /// The time was up.
    Late,
    /// The other side ended in the middle.
    Cut,
    /// A head or body above its limit.
    TooLong,
    /// Not HTTP, or in a spelling that is refused.
    Malformed,
    /// The operating system's answer.
    Io(String),
}

impl fmt::Display for WireError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => out.write_str("the time was up"),
            Self::Cut => out.write_str("the other side ended in the middle"),
            Self::TooLong => out.write_str("the message is too long"),
            Self::Malformed => out.write_str("the message is not well formed"),
            Self::Io(why) => out.write_str(why),
        }
    }
}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::Late,
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => Self::Cut,
            _ => Self::Io(error.to_string()),
        }
    }
}

/// How a head says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// It does not say.
    Unsaid,
    /// After so many bytes.
    Bytes(usize),
    /// With a last chunk.
    Chunked,
}

/// What a head says that matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    pub length: Length,
    pub content_type: Option<String>,
    /// The other side will send or read no further message.
    pub close: bool,
    /// The other side waits for a word before it sends the body.
    pub waits: bool,
}

/// A socket, what was read ahead from it, and the time left.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    deadline: Option<Instant>,
}

impl Wire {
    pub fn new(stream: TcpStream, time_max: Duration) -> Self {
        let mut wire = Self {
            stream,
            buffer: Vec::new(),
            deadline: None,
        };
        wire.allow(time_max);
        wire
    }

    /// Sets the deadline for all that follows.
    pub fn allow(&mut self, time_max: Duration) {
        self.deadline = Instant::now().checked_add(time_max);
    }

    /// Whether the other side has sent anything yet that was not read.
    pub fn begins(&mut self) -> Result<bool, WireError> {
        Ok(!self.buffer.is_empty() || self.fill()?)
    }

    /// The bytes up to the first empty line, with it.
    pub fn head(&mut self) -> Result<Vec<u8>, WireError> {
        self.until(b"\r\n\r\n", HEAD_BYTES_MAX)
    }

    /// A body.
    pub fn body(&mut self, length: Length, bytes_max: usize) -> Result<Vec<u8>, WireError> {
        match length {
            Length::Bytes(count) if count > bytes_max => Err(WireError::TooLong),
            Length::Bytes(count) => self.exactly(count),
            Length::Chunked => self.chunks(bytes_max),
            Length::Unsaid => {
                while self.buffer.len() <= bytes_max && self.fill()? {}
                if self.buffer.len() > bytes_max {
                    return Err(WireError::TooLong);
                }
                Ok(std::mem::take(&mut self.buffer))
            }
        }
    }

    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), WireError> {
        while !bytes.is_empty() {
            self.stream.set_write_timeout(Some(self.left()?))?;
            match self.stream.write(bytes) {
                Ok(0) => return Err(WireError::Cut),
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Ends the conversation. What is still coming is read for a moment: to close on it would
    /// make the system throw away the answer.
    pub fn end(mut self) {
        if self.stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        self.allow(LINGER);
        let mut read: usize = 0;
        while read < LINGER_BYTES {
            self.buffer.clear();
            match self.fill() {
                Ok(true) => read = read.saturating_add(self.buffer.len()),
                Ok(false) | Err(_) => return,
            }
        }
    }

    fn chunks(&mut self, bytes_max: usize) -> Result<Vec<u8>, WireError> {
        let mut body = Vec::new();
        loop {
            let line = self.until(b"\r\n", CHUNK_LINE_BYTES_MAX)?;
            let size = match httparse::parse_chunk_size(&line) {
                Ok(httparse::Status::Complete((_, size))) => usize::try_from(size),
                Ok(httparse::Status::Partial) | Err(_) => return Err(WireError::Malformed),
            };
            let size = size.map_err(|_| WireError::TooLong)?;
            if size == 0 {
                // Lines may follow the last chunk; the message ends with an empty one.
                while self.until(b"\r\n", HEAD_BYTES_MAX)? != b"\r\n" {}
                return Ok(body);
            }
            if size > bytes_max.saturating_sub(body.len()) {
                return Err(WireError::TooLong);
            }
            body.extend(self.exactly(size)?);
            if self.exactly(2)? != b"\r\n" {
                return Err(WireError::Malformed);
            }
        }
    }

    fn until(&mut self, end: &[u8], bytes_max: usize) -> Result<Vec<u8>, WireError> {
        let mut searched: usize = 0;
        loop {
            let rest = self.buffer.get(searched..).unwrap_or_default();
            if let Some(at) = rest.windows(end.len()).position(|window| window == end) {
                let count = searched.saturating_add(at).saturating_add(end.len());
                if count > bytes_max {
                    return Err(WireError::TooLong);
                }
                return Ok(self.buffer.drain(..count).collect());
            }
            if self.buffer.len() >= bytes_max {
                return Err(WireError::TooLong);
            }
            searched = self.buffer.len().saturating_sub(end.len());
            if !self.fill()? {
                return Err(WireError::Cut);
            }
        }
    }

    fn exactly(&mut self, count: usize) -> Result<Vec<u8>, WireError> {
        while self.buffer.len() < count {
            if !self.fill()? {
                return Err(WireError::Cut);
            }
        }
        Ok(self.buffer.drain(..count).collect())
    }

    /// Reads once; `false` when there will be no more.
    fn fill(&mut self) -> Result<bool, WireError> {
        let mut bytes = [0; READ_BYTES];
        loop {
            self.stream.set_read_timeout(Some(self.left()?))?;
            match self.stream.read(&mut bytes) {
                Ok(count) => {
                    self.buffer
                        .extend_from_slice(bytes.get(..count).unwrap_or_default());
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn left(&self) -> Result<Duration, WireError> {
        let deadline = self.deadline.ok_or(WireError::Late)?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(WireError::Late);
        }
        Ok(left)
    }
}

/// Reads the header lines.
pub fn fields(headers: &[httparse::Header<'_>], minor: u8) -> Result<Fields, WireError> {
    let mut fields = Fields {
        length: Length::Unsaid,
        content_type: None,
        close: minor == 0,
        waits: false,
    };
    for header in headers {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        let value = || {
            let text = std::str::from_utf8(header.value).map_err(|_| WireError::Malformed);
            text.map(str::trim)
        };
        if is("content-length") {
            let count = value()?;
            let plain = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
            if !plain || fields.length != Length::Unsaid {
                return Err(WireError::Malformed);
            }
            let count = count.parse().map_err(|_| WireError::TooLong)?;
            fields.length = Length::Bytes(count);
        } else if is("transfer-encoding") {
            // Both together are how one message is smuggled inside another.
            let chunked = value()?.eq_ignore_ascii_case("chunked");
            if !chunked || fields.length != Length::Unsaid {
                return Err(WireError::Malformed);
            }
            fields.length = Length::Chunked;
        } else if is("content-type") {
            fields.content_type = Some(value()?.to_owned());
        } else if is("connection") {
            let words = value()?;
            let says = |word: &str| {
                words
                    .split(',')
                    .any(|one| one.trim().eq_ignore_ascii_case(word))
            };
            fields.close = says("close") || (minor == 0 && !says("keep-alive"));
        } else if is("expect") {
            fields.waits = value()?.eq_ignore_ascii_case("100-continue");
        }
    }
    Ok(fields)
}

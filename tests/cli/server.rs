//! The server of a house: the real binary on loopback, and its answers.

use crate::house::{House, document};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};

/// A server at work.
pub struct Server {
    child: Child,
    /// What it writes on standard error, where that is kept.
    log: Option<BufReader<ChildStderr>>,
    /// Where it listens, as `http://127.0.0.1:8080`.
    pub base: String,
    agent: ureq::Agent,
}

/// An answer, whatever its status.
pub struct Answer {
    /// Its status.
    pub status: u16,
    headers: ureq::http::HeaderMap,
    /// Its body.
    pub body: String,
    /// The same, as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A header, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Demands this problem; gives it.
    pub fn problem(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["type"], format!("/problems/{slug}"));
        assert_eq!(body["status"], status);
        body
    }
}

impl From<ureq::http::Response<ureq::Body>> for Answer {
    fn from(mut response: ureq::http::Response<ureq::Body>) -> Self {
        let bytes = response.body_mut().read_to_vec().unwrap();
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }
}

impl Server {
    /// Starts on a free port of loopback.
    pub fn start(house: &House, args: &[&str]) -> Self {
        let mut child = house
            .command(&[&["serve", "--listen", "127.0.0.1:0"], args].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let base = line.trim().strip_prefix("listening on ");
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self {
            log: child.stderr.take().map(BufReader::new),
            child,
            base: base.unwrap_or_else(|| panic!("`{line}`")).to_owned(),
            agent: config.into(),
        }
    }

    /// Starts a demonstration, in which anybody may be played.
    pub fn demonstration() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mingma"))
            .args(["demo", "--people", "2000", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("served at ")?;
            Some(rest.split(' ').next().unwrap().to_owned())
        });
        // Somebody has to read on, or the process waits for its reader.
        std::thread::spawn(move || lines.for_each(drop));
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self {
            log: child.stderr.take().map(BufReader::new),
            child,
            base: told.unwrap(),
            agent: config.into(),
        }
    }

    /// Asks, signed in or not, with whatever headers and JSON.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let url = format!("{}{path}", self.base);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string()).unwrap())
            }
            None => self.agent.run(request.body(()).unwrap()),
        };
        answer.unwrap().into()
    }

    /// Sends a form as a page does.
    pub fn form(&self, method: &str, path: &str, headers: &[(&str, &str)], form: &str) -> Answer {
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send(method, path, &[headers, &[kind]].concat(), form.as_bytes())
    }

    /// Sends bytes of any kind.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let url = format!("{}{path}", self.base);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.agent.run(request.body(body.to_vec()).unwrap());
        answer.unwrap().into()
    }

    /// Reads a path.
    pub fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.base);
        self.agent.get(url).call().unwrap().into()
    }

    /// Signs a person in by an activation code.
    pub fn activate(&self, number: u32, code: &str) -> Answer {
        let body = json!({
            "document_type": "resident_id", "document_number": document(number), "code": code,
        });
        self.ask("POST", "/api/v1/signin/activation", &[], Some(&body))
    }

    /// Submits bytes.
    pub fn post(&self, bytes: &[u8], media_type: &str) -> Answer {
        let url = format!("{}/api/v1/submissions", self.base);
        let request = self.agent.post(url).content_type(media_type);
        request.send(bytes).unwrap().into()
    }

    /// What comes back to these very bytes, up to the end of the connection.
    pub fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        self.base.strip_prefix("http://").unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let killed = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(killed.success());
    }

    /// Reads its log up to a line with these words.
    pub fn says(&mut self, words: &str) -> String {
        let log = self.log.as_mut().unwrap();
        loop {
            let mut line = String::new();
            let length = log.read_line(&mut line).unwrap();
            assert!(length > 0, "it never says `{words}`");
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Asks it to stop; gives what it wrote on standard error.
    pub fn stop(self) -> String {
        self.signal("TERM");
        self.end()
    }

    /// Waits for a good end; gives what it wrote on standard error.
    pub fn end(mut self) -> String {
        let mut log = String::new();
        let mut error = self.log.take().unwrap();
        error.read_to_string(&mut log).unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }
}

/// Somebody signed in: the cookie, and the token that unsafe requests name.
pub struct Session {
    /// The cookie.
    pub cookie: String,
    /// The token.
    pub csrf: String,
}

impl Session {
    /// What an answer opened.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 201, "{}", answer.body);
        let cookie = answer.header("set-cookie");
        assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
        Self {
            cookie: cookie.split(';').next().unwrap().to_owned(),
            csrf: answer.json()["csrf"].as_str().unwrap().to_owned(),
        }
    }

    /// Asks under it.
    pub fn ask(&self, server: &Server, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.ask_with(server, method, path, &[], body)
    }

    /// Reads a path under it.
    pub fn get(&self, server: &Server, path: &str) -> Answer {
        self.ask(server, "GET", path, None)
    }

    /// Asks under it, with more headers.
    pub fn ask_with(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let own = [("cookie", &*self.cookie), ("x-csrf-token", &self.csrf)];
        server.ask(method, path, &[&own, more].concat(), body)
    }

    /// The same from a page that does not know the token.
    pub fn ask_without_token(&self, server: &Server, method: &str, path: &str) -> Answer {
        server.ask(method, path, &[("cookie", &self.cookie)], None)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed leaves no server behind; one that stopped it finds nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

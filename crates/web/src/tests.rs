//! The routes as a reader meets them, over a writer and a log in memory.
//!
//! Invariant of these tests: no network, no clock, no waiting; everybody here is invented.

use super::*;
use app::ledger::Receipt;
use app::ports::{FixedClock, Pair, Shelf, StorageError, ViewRows};
use app::shelf::PackHistory;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use clerk::{Clerk, FileFault, FileRows, Heading};
use credentials::{NotIssued, Wanted};
use domain::act::{Proposal, ReportPart};
use domain::evidence::EvidenceKind;
use domain::ids::{ActDigest, PublicKey};
use domain::machine::{Cell, Preview};
use domain::organisation::Organisation;
use domain::refusal::{Code, Refusal};
use domain::rules::Contract;
use domain::time::Timestamp;
use domain::view::Table;
use http_body_util::BodyExt as _;
use problem::{Kind, Language};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, mpsc};
use tower::ServiceExt as _;
use writer::{Credentials, Scribe, Taken};

/// A ledger in memory: `refuse…` is refused, `break…` breaks the storage.
#[derive(Default)]
struct Memory {
    /// Whether publishing fails.
    mute: bool,
    /// Whether it can be opened again.
    mends: bool,
    seen: BTreeMap<[u8; 32], u64>,
    /// Told when a group has come, and asked before it is answered.
    gate: Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>,
}

impl Scribe for Memory {
    fn submit(&mut self, group: Vec<Vec<u8>>) -> Result<Vec<Taken>, String> {
        if let Some((come, go)) = &self.gate {
            come.send(()).unwrap();
            go.recv().unwrap();
        }
        let mut receipts = Vec::new();
        for bytes in group {
            if bytes.starts_with(b"break") {
                return Err("the disk is gone".to_owned());
            }
            let digest: [u8; 32] = Sha256::digest(&bytes).into();
            let next = self.seen.len() as u64;
            let known = self.seen.contains_key(&digest);
            let seq = *self.seen.entry(digest).or_insert(next);
            let refused = bytes.starts_with(b"refuse");
            receipts.push(Ok(Receipt {
                digest: ActDigest::from_bytes(digest),
                seq,
                known,
                leaf: None,
                refusal: refused.then(|| Refusal::new(Code::ActStale, "signed 9 days ago")),
                permits: Vec::new(),
                rows: Vec::new(),
                notices: 0,
            }));
        }
        Ok(receipts)
    }

    fn settle(&mut self) -> Result<(), String> {
        match self.mute {
            true => Err("the public log is gone".to_owned()),
            false => Ok(()),
        }
    }

    fn issue(&mut self, wanted: &[Wanted]) -> Vec<Credentials> {
        wanted.iter().map(|_| Err(NotIssued::NoKey)).collect()
    }

    fn preview(&self, _: &Proposal) -> Option<Preview> {
        None
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn recover(&mut self) -> Result<(), String> {
        match self.mends {
            true => Ok(()),
            false => Err("the disk is still gone".to_owned()),
        }
    }

    fn close(self) -> Result<(), String> {
        Ok(())
    }
}

/// A public log with nothing in it but a checkpoint.
struct Bare;

impl Published for Bare {
    fn checkpoint(&self) -> Result<Option<String>, String> {
        Ok(Some("log.example/henan\n0\n".to_owned()))
    }

    fn leaf(&self, _entry: u64) -> Result<Option<Leaf>, String> {
        Ok(None)
    }

    fn proof(&self, _entry: u64) -> Result<Option<String>, String> {
        Ok(None)
    }
}

/// Nothing on record.
struct Empty;

impl ViewRows for Empty {
    fn position(&self) -> Result<u64, StorageError> {
        Ok(0)
    }

    fn row(&self, _: Table, _: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(None)
    }

    fn rows(&self, _: Table, _: &[u8], _: usize) -> Result<Vec<Pair>, StorageError> {
        Ok(Vec::new())
    }

    fn rows_before(&self, _: Table, _: &[u8], _: usize) -> Result<Vec<Pair>, StorageError> {
        Ok(Vec::new())
    }
}

/// Nobody sends a file.
struct NoClerk;

impl Clerk for NoClerk {
    fn read(&self, _: &str, _: &[u8], _: EvidenceKind) -> Result<FileRows, FileFault> {
        Err(FileFault::Unreadable)
    }

    fn heading(&self, _: Cell) -> Heading {
        Heading { word: "", zh: "" }
    }

    fn workbook(&self, _: &[Vec<String>]) -> Option<Vec<u8>> {
        None
    }

    fn template(&self, _: &Contract, _: &Organisation, _: Timestamp) -> Vec<(Heading, String)> {
        Vec::new()
    }

    fn to_sign(&self, _: &ReportPart, _: &PublicKey) -> Result<Vec<u8>, String> {
        Err("nothing".to_owned())
    }
}

/// Nobody can sign in.
struct NoAccounts;

impl Accounts for NoAccounts {
    fn get(&self, _: Shelf, _: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(None)
    }

    fn put(&self, _: Shelf, _: &[u8], _: &[u8]) -> Result<(), StorageError> {
        Ok(())
    }

    fn take(&self, _: Shelf, _: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(None)
    }

    fn sweep(&self, _: Shelf, _: &dyn Fn(&[u8]) -> bool) -> Result<u64, StorageError> {
        Ok(0)
    }

    fn all(&self, _: Shelf) -> Result<Vec<Vec<u8>>, StorageError> {
        Ok(Vec::new())
    }
}

struct Server {
    desk: Arc<Desk>,
    ending: writer::Ending,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(memory: Memory, site: Option<PathBuf>) -> Self {
        Self::within(Limits::default(), memory, site)
    }

    fn within(limits: Limits, memory: Memory, site: Option<PathBuf>) -> Self {
        let (writer, ending) = writer::start(memory, |_| {}).unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let desk = Desk::new(Setup {
            published: Box::new(Bare),
            records: Arc::new(Filed::new(Box::new(Empty), PackHistory::default())),
            accounts: Box::new(NoAccounts),
            identity: Vec::new(),
            troupe: None,
            counter: None,
            clerk: Box::new(NoClerk),
            origin: "http://localhost:8080".to_owned(),
            person_id: Box::new(|_| PersonId::from_bytes([0; 16])),
            writer,
            looks_signed: |bytes| !bytes.starts_with(b"garbage"),
            draw: |_| None,
            site,
            limits,
            readings: Box::new(|| {
                let reading = |name, grows| Reading {
                    name,
                    help: "Read where it is kept",
                    value: 7,
                    grows,
                };
                vec![reading("letters", true), reading("room_bytes", false)]
            }),
            log_requests: true,
            clock: Box::new(FixedClock(Timestamp::from_unix(0))),
            log: Box::new(move |line| kept.lock().unwrap().push(line.to_owned())),
        });
        Self {
            desk,
            ending,
            lines,
        }
    }

    fn fresh() -> Self {
        Self::start(Memory::default(), None)
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = router(Arc::clone(&self.desk))
            .oneshot(request)
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn post(&self, bytes: &'static [u8], headers: &[(&str, &str)]) -> Answer {
        let mut request =
            Request::post("/api/v1/submissions").header("content-type", "application/cose");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(bytes)).unwrap()).await
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Demands this problem; gives it.
    fn problem(&self, kind: Kind) -> Value {
        assert_eq!(
            self.header("content-type"),
            problem::MEDIA_TYPE,
            "{}",
            self.text()
        );
        let body = self.json();
        assert_eq!(body["type"], kind.uri(), "{body}");
        assert_eq!(body["status"], self.status.as_u16());
        assert_eq!(self.status, kind.status());
        assert_eq!(
            body["instance"],
            format!("urn:uuid:{}", self.header("x-request-id"))
        );
        body
    }
}

#[tokio::test]
async fn every_problem_has_words_in_both_languages_and_a_page() {
    let server = Server::fresh();
    let index = server.get("/problems").await;
    for (place, kind) in Kind::ALL.iter().enumerate() {
        for language in [Language::Chinese, Language::English] {
            let words = kind.words(language);
            for text in [words.title, words.detail, words.help] {
                assert!(!text.is_empty(), "{kind:?}");
                assert_eq!(
                    !text.is_ascii(),
                    language == Language::Chinese,
                    "{kind:?}: {text}"
                );
            }
        }
        assert!(
            Kind::ALL[..place]
                .iter()
                .all(|other| other.slug() != kind.slug())
        );
        assert!(index.text().contains(&kind.uri()), "{kind:?}");
        let page = server.get(&kind.uri()).await;
        assert_eq!(page.status, StatusCode::OK, "{kind:?}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text().contains(kind.words(Language::English).title));
    }
    server.get("/problems/none").await.problem(Kind::NotFound);
}

#[tokio::test]
async fn a_problem_speaks_the_language_that_is_accepted() {
    let server = Server::fresh();
    for (accepted, language) in [
        ("", Language::Chinese),
        ("fr", Language::Chinese),
        ("en", Language::English),
        ("EN-gb;q=0.9, zh;q=0.8", Language::English),
        ("en;q=0.5, zh-Hans-CN", Language::Chinese),
        ("en;q=x, en;q=7", Language::Chinese),
    ] {
        let request = Request::get("/none").header("accept-language", accepted);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        let body = answer.problem(Kind::NotFound);
        assert_eq!(
            body["title"],
            Kind::NotFound.words(language).title,
            "{accepted}"
        );
        assert_eq!(answer.header("content-language"), language.tag());
        assert_eq!(answer.header("vary"), "accept-language");
    }
}

#[tokio::test]
async fn the_same_bytes_get_the_same_entry() {
    let server = Server::fresh();
    let first = server.post(b"one", &[]).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(first.header("location"), "/api/v1/entries/0");
    assert_eq!(first.json()["refusal"], Value::Null);
    assert_eq!(server.post(b"two", &[]).await.json()["entry"], 1);
    let again = server.post(b"one", &[]).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["entry"], 0);
    assert_eq!(again.json()["digest"], first.json()["digest"]);
}

#[tokio::test]
async fn a_refusal_tells_its_code_and_its_entry_each_time() {
    let server = Server::fresh();
    for _ in 0..2 {
        let body = server.post(b"refuse me", &[]).await.problem(Kind::Refused);
        assert_eq!(body["entry"], 0);
        assert_eq!(body["refusal"]["code"], "ACT_STALE");
        assert_eq!(body["refusal"]["detail"], "signed 9 days ago");
    }
}

#[tokio::test]
async fn an_idempotency_key_belongs_to_its_bytes() {
    let server = Server::fresh();
    let key = [("idempotency-key", "\"a-1\"")];
    assert_eq!(server.post(b"one", &key).await.status, StatusCode::CREATED);
    assert_eq!(server.post(b"one", &key).await.status, StatusCode::OK);
    server.post(b"two", &key).await.problem(Kind::KeyReused);
    let bare = [("idempotency-key", "a-1")];
    server.post(b"two", &bare).await.problem(Kind::KeyReused);
    for bad in ["", "a b", "a\"b"] {
        server
            .post(b"two", &[("idempotency-key", bad)])
            .await
            .problem(Kind::Malformed);
    }
}

#[tokio::test]
async fn what_is_no_submission_leaves_no_entry() {
    let server = Server::fresh();
    server.post(b"garbage", &[]).await.problem(Kind::NotSigned);
    server
        .post(b"one", &[("content-encoding", "gzip")])
        .await
        .problem(Kind::MediaType);
    let request = Request::post("/api/v1/submissions")
        .body(Body::from("one"))
        .unwrap();
    server.send(request).await.problem(Kind::MediaType);
    let told = [("content-length", "8388609")];
    server.post(b"one", &told).await.problem(Kind::TooLarge);
    let long = Request::post("/api/v1/submissions").header("content-type", "application/cose");
    let long = long
        .body(Body::from(vec![0; SUBMISSION_BYTES_MAX + 1]))
        .unwrap();
    server.send(long).await.problem(Kind::TooLarge);
    let longest = Request::post("/api/v1/submissions").header("content-type", "application/cose");
    let longest = longest
        .body(Body::from(vec![0; SUBMISSION_BYTES_MAX]))
        .unwrap();
    assert_eq!(server.send(longest).await.json()["entry"], 0);
}

#[tokio::test]
async fn a_route_says_which_methods_it_takes() {
    let server = Server::fresh();
    let request = Request::builder()
        .method(Method::DELETE)
        .uri("/api/v1/submissions");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    answer.problem(Kind::MethodNotAllowed);
    assert_eq!(answer.header("allow"), "POST");
}

#[tokio::test]
async fn reading_goes_on_when_the_writer_is_down() {
    let server = Server::fresh();
    assert_eq!(server.get("/health/ready").await.status, StatusCode::OK);
    let down = server.post(b"break", &[]).await;
    down.problem(Kind::WritesDown);
    assert_eq!(down.header("retry-after"), "60");
    server.post(b"one", &[]).await.problem(Kind::WritesDown);
    assert_eq!(
        server.get("/health/ready").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(server.get("/health/live").await.status, StatusCode::OK);
    assert_eq!(
        server.get("/api/v1/checkpoint").await.status,
        StatusCode::OK
    );
    assert!(
        server
            .get("/metrics")
            .await
            .text()
            .contains("mingma_ready 0")
    );
    server.desk.close();
    assert_eq!(
        server.ending.join().unwrap(),
        Err("the disk is gone".to_owned())
    );
}

#[tokio::test]
async fn writing_comes_back_by_itself_when_the_ledger_can_be_opened_again() {
    let server = Server::start(
        Memory {
            mends: true,
            ..Memory::default()
        },
        None,
    );
    server.post(b"break", &[]).await.problem(Kind::WritesDown);
    assert!(!server.desk.is_ready());
    while !server.desk.is_ready() {
        server.desk.tick();
        tokio::task::yield_now().await;
    }
    assert_eq!(server.post(b"one", &[]).await.status, StatusCode::CREATED);
    server.desk.close();
    assert_eq!(server.ending.join().unwrap(), Ok(()));
}

#[tokio::test]
async fn what_is_durable_is_answered_though_publishing_it_fails() {
    let memory = Memory {
        mute: true,
        ..Memory::default()
    };
    let server = Server::start(memory, None);
    assert_eq!(server.post(b"one", &[]).await.status, StatusCode::CREATED);
    server.post(b"two", &[]).await.problem(Kind::WritesDown);
    let why = Err("the public log is gone".to_owned());
    server.desk.close();
    assert_eq!(server.ending.join().unwrap(), why);
}

#[tokio::test]
async fn a_full_queue_says_busy_and_what_waits_is_written_before_the_end() {
    let (come, came) = mpsc::channel();
    let (go, gone) = mpsc::channel();
    let memory = Memory {
        gate: Some((come, gone)),
        ..Memory::default()
    };
    let server = Server::start(memory, None);
    let mut waiting = Vec::new();
    let submit = |number: u64| {
        let permit = Arc::clone(&server.desk.submissions)
            .try_acquire_owned()
            .unwrap();
        server
            .desk
            .setup
            .writer
            .submit(number.to_be_bytes().to_vec(), permit)
    };
    waiting.push(submit(0).unwrap());
    // The writer has the first and is held there; the queue behind it fills.
    came.recv().unwrap();
    for number in 1..=writer::QUEUE_MAX as u64 {
        waiting.push(submit(number).unwrap());
    }
    assert_eq!(submit(99).err(), Some(Kind::Busy));
    let busy = server.post(b"one", &[]).await;
    busy.problem(Kind::Busy);
    assert_eq!(busy.header("retry-after"), "1");
    server.desk.close();
    assert_eq!(submit(99).err(), Some(Kind::WritesDown));
    for _ in 0..2 {
        go.send(()).unwrap();
    }
    for (number, answer) in waiting.into_iter().enumerate() {
        assert_eq!(answer.await.unwrap().unwrap().seq, number as u64);
    }
    assert_eq!(server.ending.join().unwrap(), Ok(()));
}

#[tokio::test]
async fn too_many_requests_are_turned_away_but_not_those_for_health() {
    let server = Server::fresh();
    let all = server
        .desk
        .requests
        .acquire_many(Limits::default().requests as u32)
        .await
        .unwrap();
    server.get("/api/v1/checkpoint").await.problem(Kind::Busy);
    assert_eq!(server.get("/health/live").await.status, StatusCode::OK);
    drop(all);
    assert_eq!(
        server.get("/api/v1/checkpoint").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_caller_who_sends_too_much_is_told_when_to_come_back_and_others_are_answered() {
    let limits = Limits {
        per_minute: 2,
        behind_proxy: true,
        ..Limits::default()
    };
    let server = Server::within(limits, Memory::default(), None);
    let ask = async |path: &str, address: &str| {
        let request = Request::get(path).header("x-forwarded-for", address);
        server.send(request.body(Body::empty()).unwrap()).await
    };
    for path in ["/api/v1/checkpoint", "/api/v1/caller"] {
        let answer = ask(path, "192.0.2.1").await;
        assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    for path in ["/api/v1/checkpoint", "/api/v1/caller", "/index.html"] {
        let answer = ask(path, "192.0.2.1").await;
        answer.problem(Kind::TooMany);
        assert_eq!(answer.header("retry-after"), "30", "{path}");
    }
    for path in ["/health/live", "/metrics"] {
        assert_eq!(
            ask(path, "192.0.2.1").await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    let other = ask("/api/v1/checkpoint", "192.0.2.2").await;
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_kept_elsewhere_is_read_when_it_is_asked_for() {
    let metrics = Server::fresh().get("/metrics").await;
    for line in [
        "mingma_ready 1",
        "mingma_letters_total 7",
        "mingma_room_bytes 7",
    ] {
        assert!(metrics.text().lines().any(|told| told == line), "{line}");
    }
    assert_eq!(metrics.text().matches("# EOF").count(), 1);
}

#[tokio::test]
async fn only_where_tls_is_promised_browsers_are_told_to_keep_to_it() {
    let plain = Server::fresh().get("/health/live").await;
    assert_eq!(plain.header("strict-transport-security"), "");
}

#[tokio::test]
async fn a_server_that_stops_is_not_ready() {
    let server = Server::fresh();
    server.desk.drain();
    server.get("/health/ready").await.problem(Kind::NotReady);
    assert_eq!(server.post(b"one", &[]).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn the_checkpoint_is_asked_about_before_each_use() {
    let server = Server::fresh();
    let answer = server.get("/api/v1/checkpoint").await;
    assert_eq!(answer.header("cache-control"), "no-cache");
    let request = Request::get("/api/v1/checkpoint").header("if-none-match", answer.header("etag"));
    let again = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
    server
        .get("/api/v1/entries/0")
        .await
        .problem(Kind::EntryUnknown);
    for bad in ["x", "-1", "+1", "01", "18446744073709551616"] {
        server
            .get(&format!("/api/v1/entries/{bad}"))
            .await
            .problem(Kind::Malformed);
    }
}

#[tokio::test]
async fn the_log_and_the_counters_know_templates_only() {
    let server = Server::fresh();
    server.get("/api/v1/entries/7?who=somebody").await;
    server.get("/somebody?who=somebody").await;
    let lines = server.lines.lock().unwrap().join("\n");
    assert!(
        lines.contains("\"route\":\"/api/v1/entries/{entry}\""),
        "{lines}"
    );
    assert!(!lines.contains("somebody"), "{lines}");
    let metrics = server.get("/metrics").await;
    assert!(
        metrics.text().contains("route=\"/api/v1/entries/{entry}\""),
        "{}",
        metrics.text()
    );
    assert!(!metrics.text().contains("somebody"));
    assert_eq!(metrics.text().matches("# EOF").count(), 1);
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let server = Server::fresh();
    for path in [
        "/api/v1",
        "/problems",
        "/none",
        "/health/live",
        "/api/v1/checkpoint",
    ] {
        let answer = server.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn the_document_names_routes_that_are_there() {
    let server = Server::fresh();
    let document = server.get("/api/v1/openapi.json").await.json();
    assert!(
        document["openapi"].as_str().unwrap().starts_with("3.1"),
        "{document}"
    );
    let reference = server.get("/api/v1").await;
    let paths = document["paths"].as_object().unwrap();
    let documented = |rule: &&access::Rule| rule.path != "/api/v1";
    for rule in access::RULES.iter().filter(documented) {
        let method = rule.method.to_ascii_lowercase();
        assert!(
            paths[rule.path][&method].is_object(),
            "{method} {}",
            rule.path
        );
    }
    for path in paths.keys() {
        assert!(access::RULES.iter().any(|rule| rule.path == path), "{path}");
        assert!(reference.text().contains(path), "{path}");
        let parts = path.split('/');
        let parts = parts.map(|part| if part.starts_with('{') { "x" } else { part });
        let asked = parts.collect::<Vec<_>>().join("/");
        let request = Request::builder().method(Method::TRACE).uri(asked);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        answer.problem(Kind::MethodNotAllowed);
    }
    assert!(!reference.text().contains("<script"));
}

#[tokio::test]
async fn the_site_is_served_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    for name in ["s/19000", "tile/0/000", "index.html", "stray.txt"] {
        let path = site.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let server = Server::start(Memory::default(), Some(site));
    let list = server.get("/s/19000").await;
    assert_eq!(list.text(), "s/19000");
    assert_eq!(list.header("content-type"), "application/statuslist+cwt");
    assert_eq!(list.header("access-control-allow-origin"), "*");
    assert_eq!(list.header("cache-control"), "no-cache");
    let request = Request::get("/s/19000").header("if-none-match", list.header("etag"));
    let again = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(
        server
            .get("/tile/0/000")
            .await
            .header("cache-control")
            .contains("immutable")
    );
    assert_eq!(server.get("/index.html").await.text(), "index.html");
    for path in [
        "/stray.txt",
        "/../secret",
        "/tile/../../secret",
        "/tile/%2e%2e/%2e%2e/secret",
        "/tile/0",
        "/s//19000",
        "//etc/passwd",
    ] {
        server.get(path).await.problem(Kind::NotFound);
    }
    let request = Request::put("/s/19000").body(Body::empty()).unwrap();
    let answer = server.send(request).await;
    answer.problem(Kind::MethodNotAllowed);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

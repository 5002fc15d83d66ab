//! A server as its operator meets it: configured, in TLS, limited, looked after.
//!
//! Invariant of these tests: the real binary on loopback; they wait for lines and answers, never for
//! time. Certificates are made on the spot.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "cli/house.rs"]
#[allow(dead_code, reason = "this file needs a part of the house")]
mod house;

use house::House;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Lines};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStderr, Command, Stdio};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A server at work.
struct Server {
    child: Child,
    base: String,
    log: Lines<BufReader<ChildStderr>>,
}

impl Server {
    fn start(house: &House, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = house
            .command(&[&["serve"], args].concat())
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("listening on ");
        Self {
            base: base.unwrap_or_else(|| panic!("`{line}`")).to_owned(),
            log: BufReader::new(child.stderr.take().unwrap()).lines(),
            child,
        }
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Reads its log up to a line with these words.
    fn says(&mut self, words: &str) -> String {
        let line = self.log.find(|line| line.as_ref().unwrap().contains(words));
        line.unwrap_or_else(|| panic!("it never says `{words}`"))
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who trusts this certificate alone.
fn trusting(certificate: &str) -> ureq::Agent {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = Certificate::from_pem(certificate.as_bytes()).unwrap();
    let roots = RootCerts::new_with_certs(&[certificate]);
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .build();
    config.into()
}

/// Asks as somebody who trusts this certificate alone.
fn ask(trusted: &str, url: &str) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
    trusting(trusted).get(url).call()
}

/// Makes a certificate for localhost and puts it where the configuration says; gives it.
fn certify(house: &House) -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    house.write("cert.pem", &made.cert.pem());
    house.write("key.pem", &made.signing_key.serialize_pem());
    let secret = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(house.path("key.pem"), secret).unwrap();
    made.cert.pem()
}

#[test]
fn the_server_speaks_tls_and_takes_a_new_certificate_without_a_stop() {
    let house = House::begun();
    let first = certify(&house);
    house.write(
        "mingma.toml",
        "[server]\nlisten = \"127.0.0.1:0\"\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n",
    );
    let mut server = Server::start(&house, &["--config", "mingma.toml"], &[]);
    let port = server.base.strip_prefix("https://127.0.0.1:").unwrap();
    let url = format!("https://localhost:{port}/health/live");
    let answer = ask(&first, &url).unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("strict-transport-security"));
    // In clear it answers nobody.
    assert!(ask(&first, &url.replace("https", "http")).is_err());
    let second = certify(&house);
    server.signal("HUP");
    server.says("the certificate was read again");
    assert!(ask(&first, &url).is_err());
    assert_eq!(ask(&second, &url).unwrap().status(), 200);
    // What cannot be used changes nothing.
    house.write("cert.pem", "nothing\n");
    server.signal("HUP");
    let line = server.says("the old certificate stays");
    assert!(line.contains("cert.pem"), "{line}");
    assert_eq!(ask(&second, &url).unwrap().status(), 200);
    server.signal("TERM");
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn a_server_in_clear_is_for_this_machine_and_survives_a_hangup() {
    let house = House::begun();
    house
        .run(&["serve", "--listen", "0.0.0.0:0"])
        .fails(2, &["--listen", "in clear", "behind_proxy"]);
    let environment = [
        ("MINGMA_SERVER_BEHIND_PROXY", "true"),
        ("MINGMA_LOG_REQUESTS", "false"),
    ];
    let mut server = Server::start(&house, &["--listen", "127.0.0.1:0"], &environment);
    server.signal("HUP");
    let url = format!("{}/health/live", server.base);
    assert_eq!(ureq::get(&url).call().unwrap().status(), 200);
    server.signal("TERM");
    assert!(server.child.wait().unwrap().success());
    // No line of a request in the log.
    assert_eq!(server.log.next().map(Result::unwrap), None);
}

#[test]
fn a_caller_who_asks_too_often_is_told_when_to_come_back() {
    let house = House::begun();
    let limit = [("MINGMA_LIMITS_PER_MINUTE", "3")];
    let server = Server::start(&house, &["--listen", "127.0.0.1:0"], &limit);
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build();
    let agent = ureq::Agent::from(config);
    let ask = |path: &str| agent.get(format!("{}{path}", server.base)).call().unwrap();
    for _ in 0..3 {
        assert_eq!(ask("/api/v1/checkpoint").status(), 200);
    }
    let answer = ask("/api/v1/checkpoint");
    assert_eq!(answer.status(), 429);
    let wait: u32 = answer.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(ask("/health/ready").status(), 200);
}

#[test]
fn a_configuration_is_checked_and_shown_before_it_is_used() {
    let house = House::empty();
    house.write(
        "mingma.toml",
        "[server]\norigin = \"henan\"\nlisten = \"0.0.0.0:1\"\n",
    );
    for args in [&["config", "check"][..], &["config", "show", "mingma.toml"]] {
        house
            .run(args)
            .fails(2, &["line 2", "server.origin", "line 3", "server.listen"]);
    }
    house
        .run(&["serve", "--config", "mingma.toml"])
        .fails(2, &["line 2", "line 3"]);
    house.write("mingma.toml", "[server]\nlisten = \"127.0.0.1:1\"\n");
    let checked = house.run(&["config", "check"]).done();
    assert!(checked.out.contains("no fault"), "{}", checked.out);
    let shown = house.run(&["config", "show", "--json"]).done().json();
    assert_eq!(shown["server.listen"]["value"], "127.0.0.1:1");
    assert_eq!(shown["server.listen"]["from"], "`mingma.toml`, line 2");
    assert_eq!(shown["limits.requests"]["from"], "default");
}

/// What the doctor finds about something.
fn found(report: &Value, about: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let about = findings.filter(|finding| finding["about"] == about);
    about
        .map(|finding| {
            format!(
                "{} {}",
                finding["level"].as_str().unwrap(),
                finding["finding"]
            )
        })
        .collect()
}

#[test]
fn the_doctor_says_what_to_look_after_and_fails_on_what_is_wrong() {
    let house = House::at_work();
    let report = house.run(&["doctor", "--json"]).done().json();
    for (about, word) in [
        ("configuration", "ok"),
        ("reach", "ok"),
        ("notices", "warn"),
        ("backup", "warn"),
        ("directory", "ok"),
        ("secrets", "ok"),
        ("checkpoint", "ok"),
        ("clock", "ok"),
        ("views", "ok"),
        ("ledger", "ok"),
        ("pack", "ok"),
        ("issuing", "warn"),
        ("witnesses", "warn"),
    ] {
        let found = found(&report, about);
        assert!(!found.is_empty(), "{about}: {report:#}");
        assert!(
            found.iter().all(|found| found.starts_with(word)),
            "{found:?}"
        );
    }
    // A key that others can read, and a configuration with two faults.
    let key = house.path("mingma-data/keys/log.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    house.write(
        "mingma.toml",
        "[server]\norigin = \"x\"\nlisten = \"0.0.0.0:1\"\n",
    );
    let ran = house.run(&["doctor", "--json", "--config", "mingma.toml"]);
    let report = ran.json();
    assert_eq!(report["failed"], 3, "{report:#}");
    assert!(
        found(&report, "secrets")[0].contains("log.key"),
        "{report:#}"
    );
    assert_eq!(found(&report, "configuration").len(), 2);
    ran.fails(4, &["3 of"]);
}

#[test]
fn the_doctor_leaves_a_ledger_at_work_alone() {
    let house = House::begun();
    let server = Server::start(&house, &["--listen", "127.0.0.1:0"], &[]);
    let report = house.run(&["doctor", "--json"]).done().json();
    let found = found(&report, "ledger");
    assert!(
        found[0].contains(&format!("process {}", server.child.id())),
        "{found:?}"
    );
    house
        .run(&["doctor", "--data", "nowhere"])
        .fails(4, &["1 of"]);
}

/// A file of the project.
fn project(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The names of metrics in a text.
fn metrics(text: &str) -> std::collections::BTreeSet<&str> {
    let word = |character: char| !(character.is_ascii_alphanumeric() || character == '_');
    let words = text.split(word);
    words.filter(|word| word.starts_with("mingma_")).collect()
}

#[test]
fn every_metric_that_an_alert_names_exists_and_every_alert_has_its_page() {
    let house = House::begun();
    certify(&house);
    house.write(
        "mingma.toml",
        "[server]\nlisten = \"127.0.0.1:0\"\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n\
         site = \"site\"\npublish = true\n[notices]\n[backup]\nfolder = \"copies\"\n",
    );
    std::fs::create_dir(house.path("copies")).unwrap();
    let server = Server::start(&house, &["--config", "mingma.toml"], &[]);
    let trusted = std::fs::read_to_string(house.path("cert.pem")).unwrap();
    let base = server.base.replace("127.0.0.1", "localhost");
    let agent = trusting(&trusted);
    // A refused media type is a submission too: without one there is nothing to count.
    let sent = agent
        .post(format!("{base}/api/v1/submissions"))
        .send("x")
        .unwrap();
    assert_eq!(sent.status(), 415);
    let mut answer = agent.get(format!("{base}/metrics")).call().unwrap();
    let told = answer.body_mut().read_to_string().unwrap();
    let told = metrics(&told);
    let (alerts, page) = (project("deploy/alerts.yml"), project("docs/operations.md"));
    for name in metrics(&alerts).union(&metrics(&page)) {
        assert!(told.contains(name), "{name} is not in {told:?}");
    }
    let raised = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    let raised: Vec<&str> = raised.collect();
    let pages = page.lines().filter_map(|line| line.strip_prefix("### "));
    assert_eq!(raised.len(), 14);
    assert_eq!(raised, pages.collect::<Vec<_>>());
}

#[test]
fn the_unit_is_one_that_systemd_understands() {
    let house = House::empty();
    let unit = project("deploy/mingma.service");
    // The binary is where the tests have it.
    house.write(
        "mingma.service",
        &unit.replace("/usr/bin/mingma", env!("CARGO_BIN_EXE_mingma")),
    );
    let verify = Command::new("systemd-analyze")
        .args(["verify", "--recursive-errors=no"])
        .arg(house.path("mingma.service"))
        .output();
    let Ok(verified) = verify else {
        println!("not verified: there is no systemd-analyze here");
        return;
    };
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(
        verified.status.success() && !said.contains("mingma.service:"),
        "{said}"
    );
}

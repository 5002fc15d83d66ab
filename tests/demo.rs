//! The demonstration holds: every answer of the ledger is the one that the story tells.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use mingma::demo::{Options, run};
use policy::Language;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

#[test]
fn the_demonstration_holds_with_few_people_and_tells_every_kind_of_refusal() {
    let mut out = Vec::new();
    let result = run(&Options::story(3_000, None), Language::En, &mut out);
    let story = String::from_utf8(out).unwrap();
    assert!(result.is_ok(), "{story}\n{}", result.unwrap_err());
    for code in [
        "NOT_AUTHORISED",
        "EVIDENCE_NOT_COMPETENT",
        "NO_EVIDENCE",
        "OPERATOR_CANNOT_DECIDE",
        "SAME_BODY",
        "SIGNATURE_INVALID",
        "VOLUME_NEEDS_PROVINCE",
        "NO_RELEASE_GROUND",
        "NEEDS_PROVINCE",
    ] {
        assert!(story.contains(code), "no {code} in\n{story}");
    }
}

/// The demonstration as a process, stopped when it is dropped.
struct Played {
    child: Child,
    base: String,
}

impl Played {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mingma"))
            .args(["demo", "--people", "2000", "--listen", "127.0.0.1:0"])
            .env("LANG", "C")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = String::new();
        let base = loop {
            let line = lines.next().unwrap_or_else(|| panic!("{said}")).unwrap();
            if let Some((_, rest)) = line.split_once("served at ") {
                break rest.split(' ').next().unwrap().to_owned();
            }
            said.push_str(&line);
        };
        // Somebody has to read on, or the process waits for its reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base }
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        cookie: &str,
        body: Option<&str>,
    ) -> (u16, Value, String) {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .header("cookie", cookie);
        let agent: ureq::Agent = config.into();
        let mut answer = agent
            .run(request.body(body.unwrap_or("{}")).unwrap())
            .unwrap();
        let set = answer
            .headers()
            .get("set-cookie")
            .map(|value| value.to_str().unwrap().to_owned());
        let cookie = set.and_then(|set| set.split(';').next().map(str::to_owned));
        let text = answer.body_mut().read_to_string().unwrap();
        let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        (answer.status().as_u16(), value, cookie.unwrap_or_default())
    }

    fn session(&self, persona: &str) -> String {
        let path = format!("/demo/v1/personas/{persona}/session");
        let (status, value, cookie) = self.ask("POST", &path, "", None);
        assert_eq!(status, 201, "{value}");
        cookie
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_province_is_served_and_its_personas_can_be_played() {
    let mut played = Played::start();
    let (_, personas, _) = played.ask("GET", "/demo/v1/personas", "", None);
    assert_eq!(personas.as_array().unwrap().len(), 12);
    for (persona, colour) in [("case", "red"), ("depositor", "green")] {
        let cookie = played.session(persona);
        let (status, code, _) = played.ask("GET", "/api/v1/me/code", &cookie, None);
        assert_eq!(
            (status, code["colour"].as_str()),
            (200, Some(colour)),
            "{code}"
        );
    }
    let watcher = played.session("watcher");
    let (_, refusals, _) = played.ask("GET", "/api/v1/refusals?limit=500", &watcher, None);
    assert!(
        refusals["items"].as_array().unwrap().len() > 5,
        "{refusals}"
    );
    let acts = "/demo/v1/personas/maker/acts";
    let (status, refused, _) = played.ask(
        "POST",
        acts,
        "",
        Some(r#"{"act":"area.lift","number":"none"}"#),
    );
    assert_eq!(
        (status, refused["refusal"]["code"].as_str()),
        (422, Some("AREA_INVALID"))
    );
    let interrupt = format!("kill -INT {}", played.child.id());
    Command::new("sh")
        .args(["-c", &interrupt])
        .status()
        .unwrap();
    assert_eq!(played.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_demonstration_is_not_for_the_network() {
    let output = Command::new(env!("CARGO_BIN_EXE_mingma"))
        .args(["demo", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("not loopback") && said.contains("help: "),
        "{said}"
    );
}

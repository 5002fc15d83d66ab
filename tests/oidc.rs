//! Signing in by an identity provider: the real binary, a real directory, and a provider that says
//! what a real one never would. A real one is asked in `scripts/browser`.
//!
//! Invariant of these tests: loopback only, no waiting; everybody here is invented.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "cli/house.rs"]
#[allow(dead_code, reason = "this file needs a part of the house")]
mod house;
#[path = "oidc/provider.rs"]
mod provider;
#[path = "cli/server.rs"]
#[allow(dead_code, reason = "this file needs a part of the server")]
mod server;

use house::{House, document, now};
use provider::{Key, Provider, challenge, parameters, telling};
use serde_json::{Value, json};
use server::{Answer, Server};
use std::os::unix::fs::PermissionsExt as _;

const OFFICER: &str = "410100-hq.zhao";
/// Where people find the server.
const ORIGIN: &str = "http://localhost:8080";
const SECRET: &str = "a secret of a test";

/// A house, its server, and a provider for officers and people.
struct Ground {
    house: House,
    server: Server,
    provider: Provider,
    key: Key,
}

/// One attempt: what the browser shows, and what the provider was sent.
struct Attempt {
    name: &'static str,
    cookie: String,
    sent: std::collections::BTreeMap<String, String>,
}

impl Ground {
    fn prepare() -> Self {
        let house = House::at_work();
        house.evidence(1..2);
        let provider = Provider::start();
        let key = Key::p256(3);
        provider.publish(&[key.jwk("one")]);
        house.write("secret", SECRET);
        let closed = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(house.path("secret"), closed).unwrap();
        let issuer = &provider.issuer;
        house.write(
            "mingma.toml",
            &format!(
                "[server]\norigin = \"{ORIGIN}\"\n\
                 [[identity]]\nname = \"gov\"\ntitle = \"G\"\nissuer = \"{issuer}\"\n\
                 client_id = \"mingma\"\nclient_secret_file = \"secret\"\nsigns_in = \"officers\"\n\
                 [[identity]]\nname = \"citizen\"\ntitle = \"C\"\nissuer = \"{issuer}\"\n\
                 client_id = \"mingma\"\nsigns_in = \"people\"\nscopes = [\"document\"]\n\
                 type_claim = \"kind\"\nnumber_claim = \"number\"\n"
            ),
        );
        let server = Server::start(&house, &["--config", "mingma.toml"]);
        Self {
            house,
            server,
            provider,
            key,
        }
    }

    fn start(&self, name: &'static str, body: &Value) -> Attempt {
        let path = format!("/api/v1/signin/identity/{name}/start");
        let answer = self.server.ask("POST", &path, &[], Some(body));
        assert_eq!(answer.status, 201, "{}", answer.body);
        let cookie = answer.header("set-cookie");
        assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
        assert!(cookie.contains("Max-Age=600"), "{cookie}");
        Attempt {
            name,
            cookie: cookie.split(';').next().unwrap().to_owned(),
            sent: parameters(answer.json()["address"].as_str().unwrap()),
        }
    }

    fn come_back(&self, attempt: &Attempt, query: &str) -> Answer {
        let Attempt { name, cookie, sent } = attempt;
        let state = &sent["state"];
        let path = format!("/api/v1/signin/identity/{name}/callback?state={state}&{query}");
        self.server.ask("GET", &path, &[("cookie", cookie)], None)
    }

    /// The claims of a token without a fault.
    fn claims(&self, attempt: &Attempt, subject: &str) -> Value {
        let now = now().as_unix();
        json!({
            "iss": self.provider.issuer, "aud": "mingma", "sub": subject, "iat": now,
            "exp": now + 300, "auth_time": now, "nonce": attempt.sent["nonce"],
            "kind": "resident_id", "number": subject,
        })
    }

    /// Comes back, and has the provider answer with a token.
    fn redeem(&self, attempt: &Attempt, id_token: &str) -> Answer {
        self.provider.tell(telling(id_token));
        self.come_back(attempt, "code=c")
    }

    /// Signs in with a token without a fault.
    fn sign_in(&self, name: &'static str, body: &Value, subject: &str) -> Answer {
        let attempt = self.start(name, body);
        let claims = self.claims(&attempt, subject);
        self.redeem(&attempt, &self.token(&claims))
    }

    fn token(&self, claims: &Value) -> String {
        self.key
            .token(&json!({ "alg": "ES256", "kid": "one" }), claims)
    }

    /// An invitation, from the registrar.
    fn invitation(&self, officer: &str) -> Value {
        self.house
            .write("officer.json", &json!({ "officer": officer }).to_string());
        let invite = ["call", "POST", "/api/v1/invitations", "--json"];
        let rest = ["--server", &self.server.base, "--body", "officer.json"];
        let made = self.house.registrar(&[&invite[..], &rest].concat());
        let made = made.done().json();
        let (_, token) = made["link"].as_str().unwrap().split_once('#').unwrap();
        json!({ "invitation": token })
    }

    /// Who asks by the session that an answer opened.
    fn caller(&self, answer: &Answer) -> Value {
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.ask(answer, "GET", "/api/v1/caller", "").json()
    }

    /// Asks under the session that an answer opened.
    fn ask(&self, answer: &Answer, method: &str, path: &str, csrf: &str) -> Answer {
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        let headers = [("cookie", cookie), ("x-csrf-token", csrf)];
        self.server.ask(method, path, &headers, None)
    }
}

#[test]
fn the_browser_is_sent_with_a_challenge_and_the_code_is_redeemed_with_its_answer() {
    let ground = Ground::prepare();
    let attempt = ground.start("gov", &json!({}));
    let sent = &attempt.sent;
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "mingma"),
        ("code_challenge_method", "S256"),
        ("scope", "openid"),
        ("max_age", "3600"),
        // Of the configuration, whatever a proxy or a caller says.
        (
            "redirect_uri",
            "http://localhost:8080/api/v1/signin/identity/gov/callback",
        ),
    ] {
        assert_eq!(sent[name], value, "{sent:?}");
    }
    let claims = ground.claims(&attempt, "zhao");
    ground.provider.tell(telling(&ground.token(&claims)));
    let answer = ground.come_back(&attempt, "code=abc");
    answer.problem(403, "account-unknown");
    let asked = ground.provider.asked();
    assert!(asked.contains("code=abc"), "{asked}");
    assert!(
        asked.to_lowercase().contains("authorization: basic "),
        "{asked}"
    );
    let verifier = asked.split("code_verifier=").nth(1).unwrap();
    let verifier = verifier.split('&').next().unwrap();
    assert_eq!(challenge(verifier), sent["code_challenge"]);
    // A browser is led to the page of the problem.
    let cookie = ("cookie", &*attempt.cookie);
    let path = "/api/v1/signin/identity/gov/callback?state=x&code=c";
    let browser = [cookie, ("accept", "text/html,*/*;q=0.8")];
    let led = ground.server.ask("GET", path, &browser, None);
    assert_eq!(led.status, 303);
    assert_eq!(led.header("location"), "/problems/sign-in-state-invalid");
    assert_eq!(led.header("referrer-policy"), "no-referrer");
    ground.server.stop();
}

/// What can be wrong with a token: its header, and the claims that are changed, or taken away.
fn faults() -> Vec<(&'static str, Value, Value)> {
    let now = now().as_unix();
    let header = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid });
    let claims = |fault, change| (fault, header("ES256", "one"), change);
    vec![
        claims("another nonce", json!({ "nonce": "n" })),
        claims("no nonce", json!({ "nonce": null })),
        claims("another issuer", json!({ "iss": "http://localhost:1" })),
        claims("another audience", json!({ "aud": "other" })),
        claims("one more audience", json!({ "aud": ["mingma", "other"] })),
        claims("an end that has passed", json!({ "exp": now - 1 })),
        claims("no end", json!({ "exp": null })),
        claims("a signing in long ago", json!({ "auth_time": now - 4_000 })),
        claims("no signing in", json!({ "auth_time": null })),
        ("no algorithm", json!({ "alg": "none" }), json!({})),
        ("another algorithm", header("EdDSA", "one"), json!({})),
        ("one not of the list", header("ES384", "one"), json!({})),
        ("another key", header("ES256", "two"), json!({})),
    ]
}

#[test]
fn a_token_with_any_fault_opens_nothing() {
    let ground = Ground::prepare();
    let bound = ground.sign_in("gov", &ground.invitation(OFFICER), "zhao");
    assert_eq!(ground.caller(&bound)["id"], OFFICER);
    for (fault, header, change) in faults() {
        let attempt = ground.start("gov", &json!({}));
        let mut claims = ground.claims(&attempt, "zhao");
        let all = claims.as_object_mut().unwrap();
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => all.remove(name),
                value => all.insert(name.clone(), value.clone()),
            };
        }
        let answer = ground.redeem(&attempt, &ground.key.token(&header, &claims));
        println!("{fault}");
        // A token that never ends is no token at all.
        match fault {
            "no end" => answer.problem(502, "identity-provider-failed"),
            _ => answer.problem(403, "identity-token-invalid"),
        };
    }
    let log = ground.server.stop();
    assert!(log.contains("Invalid nonce"), "{log}");
    assert!(log.contains("too long ago"), "{log}");
}

#[test]
fn a_token_of_another_signer_opens_nothing_and_one_at_the_edge_of_its_time_does() {
    let ground = Ground::prepare();
    let bound = ground.sign_in("gov", &ground.invitation(OFFICER), "zhao");
    assert_eq!(ground.caller(&bound)["id"], OFFICER);
    // Signed by somebody else under the name of the key, and with the secret that is shared.
    let own = json!({ "alg": "ES256", "kid": "one" });
    let shared = json!({ "alg": "HS256" });
    for (key, header) in [(Key::p256(4), &own), (Key::Shared(SECRET), &shared)] {
        let attempt = ground.start("gov", &json!({}));
        let forged = key.token(header, &ground.claims(&attempt, "zhao"));
        let answer = ground.redeem(&attempt, &forged);
        answer.problem(403, "identity-token-invalid");
    }
    // It ends soon, and is of one who signed in an hour ago.
    let attempt = ground.start("gov", &json!({}));
    let mut claims = ground.claims(&attempt, "zhao");
    let now = now().as_unix();
    claims["auth_time"] = json!(now - 3_600);
    claims["exp"] = json!(now + 60);
    let answer = ground.redeem(&attempt, &ground.token(&claims));
    assert_eq!(ground.caller(&answer)["id"], OFFICER);
    ground.server.stop();
}

#[test]
fn what_the_provider_answers_otherwise_is_a_problem_of_its_own() {
    let ground = Ground::prepare();
    let long = json!({ "error": "x".repeat(300_000) }).to_string();
    for (told, status, slug) in [
        (
            (
                400,
                json!({ "error": "invalid_grant", "error_description": "zhao" }).to_string(),
            ),
            403,
            "identity-code-refused",
        ),
        (
            (401, json!({ "error": "invalid_client" }).to_string()),
            502,
            "identity-provider-failed",
        ),
        ((500, String::new()), 502, "identity-provider-failed"),
        ((302, String::new()), 502, "identity-provider-failed"),
        ((200, "<html>".to_owned()), 502, "identity-provider-failed"),
        (
            (
                200,
                json!({ "access_token": "a", "token_type": "Bearer" }).to_string(),
            ),
            502,
            "identity-provider-failed",
        ),
        ((200, long), 502, "identity-provider-failed"),
    ] {
        let attempt = ground.start("gov", &json!({}));
        ground.provider.tell(told);
        ground.come_back(&attempt, "code=c").problem(status, slug);
    }
    for (query, status, slug) in [
        (
            "error=access_denied&error_description=no",
            403,
            "sign-in-denied",
        ),
        ("error=login_required", 403, "sign-in-denied"),
        ("error=server_error", 502, "identity-provider-failed"),
        ("error=%22%7Bzhao", 502, "identity-provider-failed"),
        (
            "code=c&iss=http://localhost:1",
            403,
            "identity-token-invalid",
        ),
        ("session_state=s", 400, "malformed-request"),
        ("code=c&code=d", 400, "malformed-request"),
    ] {
        let attempt = ground.start("gov", &json!({}));
        ground.come_back(&attempt, query).problem(status, slug);
        // Whatever came of it, it is used up.
        let again = ground.come_back(&attempt, "code=c");
        if status != 400 {
            again.problem(403, "sign-in-state-invalid");
        }
    }
    let log = ground.server.stop();
    assert!(
        log.contains("gov: the token endpoint answers invalid_grant"),
        "{log}"
    );
    assert!(log.contains("gov: it answers server_error"), "{log}");
    assert!(!log.contains("zhao"), "{log}");
}

#[test]
fn an_attempt_is_finished_at_the_provider_and_in_the_browser_that_it_was_begun_with() {
    let ground = Ground::prepare();
    let mut attempt = ground.start("gov", &json!({}));
    attempt.name = "citizen";
    let mixed = ground.come_back(&attempt, "code=c");
    mixed.problem(403, "sign-in-state-invalid");
    for cookie in ["", "mingma-signin=", "mingma-signin=x", "other=x"] {
        let mut attempt = ground.start("gov", &json!({}));
        attempt.cookie = cookie.to_owned();
        let foreign = ground.come_back(&attempt, "code=c");
        foreign.problem(403, "sign-in-state-invalid");
    }
    let path = "/api/v1/signin/identity/none/callback?state=s&code=c";
    let none = ground.server.get(path);
    none.problem(404, "identity-provider-unknown");
    ground.server.stop();
}

#[test]
fn a_key_that_is_new_at_the_provider_is_fetched_and_believed() {
    let mut ground = Ground::prepare();
    let bound = ground.sign_in("gov", &ground.invitation(OFFICER), "zhao");
    assert_eq!(ground.caller(&bound)["id"], OFFICER);
    assert_eq!(ground.provider.keys_asked(), 1);
    ground.key = Key::ed25519(5);
    ground.provider.publish(&[ground.key.jwk("two")]);
    let attempt = ground.start("gov", &json!({}));
    let claims = ground.claims(&attempt, "zhao");
    let header = json!({ "alg": "EdDSA", "kid": "two" });
    let answer = ground.redeem(&attempt, &ground.key.token(&header, &claims));
    assert_eq!(ground.caller(&answer)["id"], OFFICER);
    assert_eq!(ground.provider.keys_asked(), 2);
    ground.server.stop();
}

#[test]
fn an_account_is_bound_by_an_invitation_seen_kept_and_removed() {
    let ground = Ground::prepare();
    let invitation = ground.invitation(OFFICER);
    let attempt = ground.start("gov", &invitation);
    assert_eq!(attempt.sent["max_age"], "0", "who it is is asked anew");
    // Somebody who signed in before the attempt began is not whom the invitation was given to.
    let mut claims = ground.claims(&attempt, "zhao");
    claims["auth_time"] = json!(now().as_unix() - 120);
    let old = ground.redeem(&attempt, &ground.token(&claims));
    old.problem(403, "identity-token-invalid");
    let bound = ground.sign_in("gov", &invitation, "zhao");
    assert_eq!(ground.caller(&bound)["id"], OFFICER);
    for (officer, subject) in [(OFFICER, "other"), ("410100-health.qian", "zhao")] {
        let taken = ground.sign_in("gov", &ground.invitation(officer), subject);
        taken.problem(409, "account-taken");
    }
    // Bound before the officer is on record: it opens nothing yet.
    let early = ground.sign_in("gov", &ground.invitation("410100-hq.new"), "new");
    early.problem(403, "not-in-office");
    let Ground {
        house,
        server,
        provider,
        key,
    } = ground;
    server.stop();
    let listed = house.run(&["officer", "accounts", "--json"]).done().json();
    let listed: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["subject"])
        .collect();
    assert_eq!(listed, ["new", "zhao"]);
    // After a restart, in a copy made of a backup, it is the officer's still.
    house.run(&["backup", "copy"]).done();
    house.run(&["restore", "copy", "restored"]).done();
    let restored = ["officer", "accounts", "--data", "restored"];
    assert!(house.run(&restored).done().out.contains("zhao"));
    let server = Server::start(&house, &["--config", "mingma.toml"]);
    let ground = Ground {
        house,
        server,
        provider,
        key,
    };
    let again = ground.sign_in("gov", &json!({ "then": "/staff?x=1" }), "zhao");
    assert_eq!(again.header("location"), "/staff?x=1");
    assert_eq!(ground.caller(&again)["id"], OFFICER);
    ground.server.stop();
    let unbind = ["officer", "unbind", OFFICER, "--provider", "gov"];
    ground.house.run(&unbind).done();
    ground.house.run(&unbind).fails(2, &["has no account"]);
}

#[test]
fn people_are_found_by_document_and_nobody_is_made_known() {
    let ground = Ground::prepare();
    let entries = ground.server.get("/api/v1/checkpoint").body;
    let known = ground.sign_in("citizen", &json!({}), &document(1));
    assert_eq!(ground.caller(&known)["kind"], "person");
    let unknown = ground.sign_in("citizen", &json!({}), &document(2));
    unknown.problem(403, "person-unknown");
    let unsound = ground.sign_in("citizen", &json!({}), "990000");
    unsound.problem(502, "identity-provider-failed");
    let for_staff = json!({ "invitation": "0".repeat(32) });
    let path = "/api/v1/signin/identity/citizen/start";
    let answer = ground.server.ask("POST", path, &[], Some(&for_staff));
    answer.problem(422, "field-invalid");
    assert_eq!(ground.server.get("/api/v1/checkpoint").body, entries);
    let log = ground.server.stop();
    assert!(!log.contains("990000"), "{log}");
}

#[test]
fn signing_out_everywhere_ends_what_a_provider_opened() {
    let ground = Ground::prepare();
    let here = ground.sign_in("gov", &ground.invitation(OFFICER), "zhao");
    let there = ground.sign_in("gov", &json!({}), "zhao");
    let caller = ground.caller(&there);
    let csrf = caller["csrf"].as_str().unwrap();
    let end = ground.ask(&there, "DELETE", "/api/v1/sessions", "");
    end.problem(403, "csrf-token-missing");
    let end = ground.ask(&there, "DELETE", "/api/v1/sessions", csrf);
    assert_eq!(end.status, 204, "{}", end.body);
    for session in [here, there] {
        let caller = ground.ask(&session, "GET", "/api/v1/caller", "");
        caller.problem(401, "sign-in-first");
    }
    ground.server.stop();
}

#[test]
fn whoever_is_vouched_for_in_vain_five_times_is_locked_out() {
    let ground = Ground::prepare();
    for _ in 0..5 {
        let unknown = ground.sign_in("gov", &json!({}), "nobody");
        unknown.problem(403, "account-unknown");
    }
    let locked = ground.sign_in("gov", &json!({}), "nobody");
    locked.problem(429, "locked-out");
    let other = ground.sign_in("gov", &json!({}), "somebody");
    other.problem(403, "account-unknown");
    ground.server.stop();
}

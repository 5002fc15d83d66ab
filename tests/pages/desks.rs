//! The desks on the demonstration's ledger, by forms and links alone: the hotline and its cases, the
//! review body, oversight, the registrar; each sees its own and nothing more.

use crate::server::{Answer, Server};
use crate::{Browser, token};

/// Somebody at a desk of the demonstration.
struct At<'a> {
    server: &'a Server,
    browser: Browser,
    csrf: String,
}

impl<'a> At<'a> {
    /// Plays a persona.
    fn play(server: &'a Server, name: &str) -> Self {
        let mut browser = Browser {
            language: "en",
            ..Browser::default()
        };
        let played = browser.post(server, &format!("/play/{name}"), "");
        assert_eq!(played.status, 303, "{name}: {}", played.body);
        let page = browser.get(server, played.header("location"));
        assert_eq!(page.status, 200, "{name}: {}", page.body);
        let csrf = token(&page);
        Self {
            server,
            browser,
            csrf,
        }
    }

    fn get(&mut self, path: &str) -> Answer {
        self.browser.get(self.server, path)
    }

    /// Sends a form with the token of the page.
    fn send(&mut self, path: &str, form: &str) -> Answer {
        let form = format!("csrf={}&{form}", self.csrf);
        self.browser.post(self.server, path, &form)
    }

    /// Sends a form, and reads the page that it leads to.
    fn does(&mut self, path: &str, form: &str) -> (String, Answer) {
        let sent = self.send(path, form);
        assert_eq!(sent.status, 303, "{path} {form}: {}", sent.body);
        let to = sent.header("location").to_owned();
        let page = self.get(&to);
        assert_eq!(page.status, 200, "{to}: {}", page.body);
        (to, page)
    }
}

/// What stands between two marks of a page.
fn between<'a>(page: &'a Answer, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.body.split_once(before).unwrap();
    rest.split(after).next().unwrap()
}

fn says(page: &Answer, words: &[&str]) {
    for words in words {
        assert!(page.body.contains(words), "no `{words}` in {}", page.body);
    }
}

/// The hotline, from a search to a case that it passes on; gives the address of the call.
fn the_hotline(server: &Server) -> String {
    let mut agent = At::play(server, "agent");
    let filled = agent.get("/desk/hotline?try=case");
    let number = between(&filled, "spellcheck=\"false\" value=\"", "\"").to_owned();
    let who = format!("document_type=resident_id&document_number={number}");
    let (call, page) = agent.does(
        "/desk/hotline",
        &format!("{who}&purpose=a+call&case=H-7&look=case"),
    );
    assert!(call.starts_with("/desk/hotline/"), "{call}");
    assert_eq!(page.header("cache-control"), "no-store");
    says(
        &page,
        &[
            "Red",
            "To read aloud",
            "ends by itself",
            "Object for the caller",
        ],
    );
    assert!(!page.body.contains(&number), "no document on a page");
    let chinese = agent.get(&format!("{call}?say=zh"));
    says(&chinese, &["lang=\"zh-CN\"", "您好"]);
    let made = agent.send(&format!("{call}/activation"), "");
    says(&made, &["shown this once"]);
    let (_, page) = agent.does(&call, "act=case&text=when+may+she+leave");
    says(&page, &["with the first office", "waits for an answer"]);
    let listed = agent.get("/desk/cases");
    let case = between(&listed, "href=\"/desk/cases/", "\"").to_owned();
    let case = format!("/desk/cases/{case}");
    let pass = "act=pass&to=zhengzhou-hq&text=it+is+theirs";
    agent.does(&case, pass);
    assert_eq!(agent.get(&case).status, 404, "it is no longer ours");
    let (_, page) = agent.does(
        "/desk/hotline",
        &format!("{who}&purpose=life+in+danger&look=glass"),
    );
    says(
        &page,
        &["This is an emergency look", "now with the 2nd office"],
    );
    let refused = agent.send(&call, "act=convert&ground=CASE&release=agrees-to-leave");
    assert_eq!(refused.status, 422, "{}", refused.body);
    call
}

/// The board has what the hotline did, and nobody in it.
fn the_board(server: &Server) {
    let mut watcher = At::play(server, "watcher");
    let board = watcher.get("/desk/oversight");
    says(
        &board,
        &[
            "None is. Each red and yellow",
            "split into small orders",
            "emergency looks",
            "attempts to release without grounds",
            "12320 热线",
        ],
    );
    assert!(
        !board.body.contains("life in danger"),
        "no words of anybody"
    );
    let older = watcher.get("/desk/oversight?before=100");
    assert!(
        !older.body.contains("emergency looks</h2>"),
        "a window of its own"
    );
    let cases = watcher.get("/desk/cases");
    says(&cases, &["now with the 2nd office"]);
    assert!(!cases.body.contains("when may she leave"), "nor in a case");
    assert_eq!(watcher.get("/desk/hotline").status, 403);
    let office = watcher.get("/desk/office");
    assert!(!office.body.contains("value=\"invite\""), "oversight reads");
}

/// Whoever reviews sees rule and evidence on one page, after a look.
fn the_review(server: &Server) {
    let mut reviewer = At::play(server, "reviewer");
    let list = reviewer.get("/desk/appeals");
    let appeal = between(&list, "href=\"/desk/appeals/", "\"").to_owned();
    let appeal = format!("/desk/appeals/{appeal}");
    let before = reviewer.get(&appeal);
    says(&before, &["The evidence behind it", "Sign and look"]);
    let (_, after) = reviewer.does(&format!("{appeal}/look"), "purpose=review");
    says(
        &after,
        &[
            "The rules in force",
            "Who may supply it",
            "Evidence about you",
        ],
    );
    assert!(!after.body.contains("Sign and look"), "it is open");
}

/// A registrar invites and revokes; nobody else does.
fn the_registry(server: &Server) {
    let mut registrar = At::play(server, "registrar");
    let officer = "officer=zhengzhou-hq.speaker";
    let invited = registrar.send("/desk/office", &format!("act=invite&{officer}"));
    says(&invited, &["/signin/invitation#", "shown this once"]);
    registrar.does("/desk/office", &format!("act=revoke&{officer}&reason=lost"));
    says(&registrar.get("/desk/office/bodies"), &["12320 热线"]);
    let mut agent = At::play(server, "agent");
    let denied = agent.send("/desk/office", &format!("act=invite&{officer}"));
    assert_eq!(denied.status, 403, "{}", denied.body);
}

/// Whoever serves reads what the own body was refused, and no other's; a person has no such desk.
fn the_refusals(server: &Server) {
    let mut maker = At::play(server, "maker");
    let own = maker.get("/desk/refusals");
    assert_eq!(own.header("cache-control"), "no-store");
    says(
        &own,
        &[
            "NO_EVIDENCE",
            "no evidence, no colour",
            "What to do:",
            "propose an order",
            "333 people",
            "zhengzhou-hq.maker",
        ],
    );
    assert!(!own.body.contains("OPERATOR_CANNOT_DECIDE"), "another's");
    let entries = own.body.split("<a href=\"/log/").skip(1);
    let entries = entries.map(|rest| rest.split('"').next().unwrap().parse::<u64>().unwrap());
    let entries: Vec<_> = entries.collect();
    assert!(entries.len() > 2 && entries.is_sorted_by(|new, old| new > old));
    // The interface tells the same, to a cursor in the same order.
    let ask = |browser: &mut At<'_>, more: &str| {
        let path = format!("/api/v1/refusals?own=true&newest=true{more}");
        browser.get(&path).json()
    };
    let told = ask(&mut maker, "&limit=1");
    assert_eq!(told["items"][0]["entry"], entries[0]);
    let next = told["next"].as_str().unwrap();
    let rest = ask(&mut maker, &format!("&cursor={next}"));
    let rest = rest["items"].as_array().unwrap().iter();
    let rest: Vec<_> = rest.map(|one| one["entry"].as_u64().unwrap()).collect();
    assert_eq!(rest, entries[1..]);
    let older = maker.get(&format!("/desk/refusals?cursor={next}"));
    assert!(!older.body.contains(&format!("/log/{}\"", entries[0])));
    let end = maker.get("/desk/refusals?cursor=0000000000000000");
    says(&end, &["There is nothing before that."]);
    assert_eq!(maker.get("/desk/refusals?cursor=x").status, 400);

    let mut checker = At::play(server, "checker");
    let forged = checker.get("/desk/refusals");
    says(&forged, &["SIGNATURE_INVALID", "nobody on record"]);
    let mut clerk = At::play(server, "clerk");
    let report = clerk.get("/desk/refusals");
    says(&report, &["push a report", "your body's own key"]);
    let mut registrar = At::play(server, "registrar");
    says(
        &registrar.get("/desk/refusals"),
        &["Nothing that your body asked for", "changes nothing"],
    );
    // Oversight reads the whole place at the interface, and here its own.
    let mut watcher = At::play(server, "watcher");
    let all = watcher.get("/api/v1/refusals?newest=true").json();
    assert!(all["items"].as_array().unwrap().len() > entries.len());
    assert_eq!(ask(&mut watcher, "")["items"].as_array().unwrap().len(), 0);
    let mut case = At::play(server, "case");
    let denied = case.get("/desk/refusals");
    assert_eq!(denied.status, 403, "{}", denied.body);
}

#[test]
fn each_desk_does_its_work_by_forms_alone_and_sees_no_more_than_its_own() {
    let server = Server::demonstration();
    let call = the_hotline(&server);
    // The address of a call opens nothing for another officer, whoever may look.
    let mut other = At::play(&server, "reviewer");
    assert_eq!(other.get(&call).status, 403);
    the_board(&server);
    the_review(&server);
    the_registry(&server);
    the_refusals(&server);
    drop(server);
}

//! The departments' desk: a file with mistakes, mended, signed with the body's key, and its fate.

use super::house::{House, document, now};
use super::server::{Answer, Server, Session};
use super::staff;
use super::token;
use domain::act::PART_ROWS_MAX;
use ed25519_dalek::Signer as _;
use intake::key::KeyPair;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const OFFICER: &str = "410100-market.clerk";
const BOUNDARY: &str = "a-boundary";
const HEADINGS: &str = "\u{feff}证件号码,区划代码,发生时间,编号";

/// A served house, and a clerk of the market regulator, who is signed in.
fn clerk(house: &House) -> (Server, Session) {
    let (server, device, _) = staff::served(house, OFFICER, "410100-market", &["reporter"]);
    let session = Session::of(&staff::sign_in(&server, &device));
    (server, session)
}

fn get(server: &Server, session: &Session, path: &str) -> Answer {
    let headers = [
        ("cookie", &*session.cookie),
        ("accept", "text/html"),
        ("accept-language", "en"),
    ];
    server.ask("GET", path, &headers, None)
}

/// Sends a form with a file as browsers do.
fn upload(
    server: &Server,
    session: &Session,
    csrf: &str,
    name: &str,
    file: impl AsRef<[u8]>,
) -> Answer {
    let field = |name: &str, value: &str| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let fields = [
        field("csrf", csrf),
        field("kind", "cold_chain"),
        field("purpose", "tracing an item"),
    ];
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n"
    );
    let before = format!("{}{head}Content-Type: text/csv\r\n\r\n", fields.concat());
    let after = format!("\r\n--{BOUNDARY}--\r\n");
    let body = [before.as_bytes(), file.as_ref(), after.as_bytes()].concat();
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [
        ("cookie", &*session.cookie),
        ("accept", "text/html"),
        ("accept-language", "en"),
        ("content-type", &kind),
    ];
    server.send("POST", "/desk/report", &headers, &body)
}

fn hours_ago(hours: i64) -> String {
    now().plus_s(-hours * 3_600).local_text(28_800)
}

/// Rows about people, each with a time.
fn file(rows: &[(String, String)]) -> String {
    let rows = rows
        .iter()
        .map(|(number, at)| format!("{number},410105,{at},CC-{number}"));
    let rows: Vec<_> = rows.collect();
    format!("{HEADINGS}\r\n{}\r\n", rows.join("\r\n"))
}

/// Signs what the server says is to be signed, as the script of the page does.
fn sealed(house: &House, message: &[u8]) -> Vec<u8> {
    let pem = std::fs::read_to_string(house.path("keys/410100-market.key")).unwrap();
    let key = KeyPair::from_pem(&pem).unwrap();
    let signature = key.signing().sign(message).to_bytes();
    let (start, rest) = message.split_at(12);
    assert_eq!(start, b"\x84\x6aSignature1");
    let header = 2 + usize::from(rest[1]);
    assert_eq!(rest[header], 0x40);
    [
        &[0xd2, 0x84],
        &rest[..header],
        &[0xa0],
        &rest[header + 1..],
        &[0x58, 0x40],
        &signature,
    ]
    .concat()
}

/// The bytes to sign for a part.
fn to_sign(server: &Server, session: &Session, draft: &str, part: usize) -> Vec<u8> {
    let path = format!("{}/api/v1/drafts/{draft}/parts/{part}", server.base);
    let request = ureq::get(path).header("cookie", &session.cookie);
    request.call().unwrap().body_mut().read_to_vec().unwrap()
}

#[test]
fn a_clerk_sees_each_mistake_beside_its_cell_mends_signs_and_reads_the_fate_of_every_row() {
    let house = House::at_work();
    let entries = house.entries();
    let (server, session) = clerk(&house);
    let form = get(&server, &session, "/desk/report?kind=cold_chain");
    assert_eq!(form.status, 200, "{}", form.body);
    let csrf = token(&form);
    let wrong = format!("{}X", &document(2)[..17]);
    let bad = file(&[
        (document(1), hours_ago(2)),
        (wrong.clone(), hours_ago(2)),
        (document(3), hours_ago(-48)),
    ]);
    let sent = upload(&server, &session, &csrf, "cold.csv", bad);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let checked = get(&server, &session, sent.header("location"));
    for words in [
        "check character does not match",
        &format!("**************{}", &wrong[14..]),
        "check the date",
        &hours_ago(-48),
    ] {
        assert!(
            checked.body.contains(words),
            "no `{words}` in {}",
            checked.body
        );
    }
    assert!(
        !checked.body.contains(&wrong[..14]),
        "no number is shown whole"
    );
    assert!(!sent.header("location").contains("990000"));
    let good = file(&[(document(1), hours_ago(2)), (document(2), hours_ago(2))]);
    let sent = upload(&server, &session, &csrf, "cold.csv", &good);
    let draft = sent
        .header("location")
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let bytes = sealed(&house, &to_sign(&server, &session, &draft, 0));
    assert_eq!(server.post(&bytes, "application/cose").status, 201);
    assert_eq!(server.post(&bytes, "application/cose").status, 200, "again");
    let fate = get(&server, &session, &format!("/desk/reports/{draft}"));
    assert!(fate.body.contains("No row was refused"), "{}", fate.body);
    let list = get(&server, &session, "/desk/reports");
    assert!(list.body.contains(&format!("/desk/reports/{draft}")));
    // The same file again is another report of known rows.
    let again = upload(&server, &session, &csrf, "cold.csv", &good);
    assert_ne!(again.header("location"), sent.header("location"));
    let again = get(&server, &session, again.header("location"));
    assert!(again.body.contains(&format!("/desk/reports/{draft}")));
    server.stop();
    house.run(&["audit"]).done();
    assert_eq!(house.entries(), entries + 2, "the officer, and the report");
}

/// A workbook with other words in its cells, as somebody types them.
fn filled(workbook: &[u8], cells: &[(&str, &str)]) -> Vec<u8> {
    let mut read = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut filled = ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..read.len() {
        let mut part = read.by_index(place).unwrap();
        let (name, mut text) = (part.name().unwrap().into_owned(), String::new());
        part.read_to_string(&mut text).unwrap();
        for (example, typed) in cells {
            text = text.replace(example, typed);
        }
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        filled.start_file(name, stored).unwrap();
        filled.write_all(text.as_bytes()).unwrap();
    }
    filled.finish().unwrap().into_inner()
}

#[test]
fn a_template_as_a_workbook_is_downloaded_filled_uploaded_and_accepted() {
    let house = House::at_work();
    let (server, session) = clerk(&house);
    let form = get(&server, &session, "/desk/report?kind=cold_chain");
    let path = "/desk/template?kind=cold_chain&amp;format=xlsx";
    assert!(form.body.contains(path), "{}", form.body);
    let template = get(&server, &session, &path.replace("&amp;", "&"));
    let name = template.header("content-disposition");
    assert_eq!(name, "attachment; filename=\"cold_chain.xlsx\"");
    let number = document(2);
    let cells = [(&*document(1), &*number), ("EX-0001", "CC-77")];
    let file = filled(&template.bytes, &cells);
    let sent = upload(&server, &session, &token(&form), "cold.xlsx", file);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let draft = sent.header("location").rsplit('/').next().unwrap();
    let bytes = sealed(&house, &to_sign(&server, &session, draft, 0));
    assert_eq!(server.post(&bytes, "application/cose").status, 201);
    let fate = get(&server, &session, &format!("/desk/reports/{draft}"));
    assert!(fate.body.contains("No row was refused"), "{}", fate.body);
    let other = "/desk/template?kind=cold_chain&format=pdf";
    assert_eq!(get(&server, &session, other).status, 422);
    server.stop();
}

#[test]
fn a_report_that_was_interrupted_goes_on_where_it_stopped() {
    let house = House::at_work();
    let (server, session) = clerk(&house);
    let csrf = token(&get(&server, &session, "/desk/report?kind=cold_chain"));
    let count = u32::try_from(PART_ROWS_MAX).unwrap() + 1;
    let at = hours_ago(2);
    let rows: Vec<_> = (1..=count)
        .map(|number| (document(number), at.clone()))
        .collect();
    let whole = file(&rows);
    let sent = upload(&server, &session, &csrf, "cold.csv", &whole);
    let path = sent.header("location").to_owned();
    let draft = path.rsplit('/').next().unwrap().to_owned();
    let second = sealed(&house, &to_sign(&server, &session, &draft, 1));
    assert_eq!(server.post(&second, "application/cose").status, 201);
    let shown = get(&server, &session, &path);
    assert!(
        shown.body.contains("data-part=\"1\" data-stands"),
        "{}",
        shown.body
    );
    assert!(shown.body.contains("data-part=\"0\">"), "{}", shown.body);
    let fate = get(&server, &session, &format!("/desk/reports/{draft}"));
    assert!(fate.body.contains("1 of 2 parts there"), "{}", fate.body);
    // The same file is the same report: nothing is sent twice.
    let again = upload(&server, &session, &csrf, "cold.csv", &whole);
    assert_eq!(again.header("location"), path);
    let first = sealed(&house, &to_sign(&server, &session, &draft, 0));
    assert_eq!(server.post(&first, "application/cose").status, 201);
    let shown = get(&server, &session, &path);
    assert!(shown.body.contains("All of it is there"), "{}", shown.body);
    server.stop();
}

#[test]
fn a_file_that_cannot_be_read_a_kind_of_another_body_and_a_form_without_token_are_turned_away() {
    let house = House::at_work();
    let (server, session) = clerk(&house);
    let form = get(&server, &session, "/desk/report?kind=cold_chain");
    let csrf = token(&form);
    let page = upload(
        &server,
        &session,
        &csrf,
        "cold.csv",
        "证件号码,区划代码,发生时间\r\n",
    );
    assert_eq!(page.status, 422, "{}", page.body);
    assert!(page.body.contains("role=\"alert\"") && page.body.contains("reference"));
    let page = upload(&server, &session, &csrf, "cold.pdf", "%PDF");
    assert!(page.body.contains("does not tell how"), "{}", page.body);
    let large = "x".repeat(9 * 1_024 * 1_024);
    assert_eq!(
        upload(&server, &session, &csrf, "cold.csv", large).status,
        413
    );
    assert_eq!(
        upload(&server, &session, "00", "cold.csv", HEADINGS).status,
        403
    );
    let other = get(&server, &session, "/desk/report?kind=entry_record");
    assert_eq!(other.status, 403, "{}", other.body);
    let template = get(&server, &session, "/desk/template?kind=cold_chain");
    assert_eq!(template.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        template.body.contains("document_number"),
        "{}",
        template.body
    );
    for path in [
        "/desk/report/00",
        "/desk/report/0123456789abcdef0123456789abcdef",
    ] {
        let gone = get(&server, &session, path);
        assert_eq!(gone.status, 404, "{}", gone.body);
        assert!(gone.body.contains("href=\"/desk/report\""), "{}", gone.body);
    }
    // Nobody signs here but with the body's own key.
    let sent = upload(
        &server,
        &session,
        &csrf,
        "cold.csv",
        file(&[(document(1), hours_ago(2))]),
    );
    let headers = [("cookie", &*session.cookie), ("accept", "text/html")];
    let pushed = server.form(
        "POST",
        sent.header("location"),
        &headers,
        &format!("csrf={csrf}"),
    );
    assert_eq!(pushed.status, 422, "{}", pushed.body);
    server.stop();
}

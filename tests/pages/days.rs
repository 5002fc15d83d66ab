//! The bureaus' desk: the clock, what is missing, closing a day.

use super::house::House;
use super::server::Session;
use super::staff;
use serde_json::json;

const OFFICER: &str = "410100-bureau.clerk";

#[test]
fn a_bureau_sees_how_long_is_left_what_is_missing_and_what_it_closed() {
    let house = House::at_work();
    house.key("410100-bureau");
    let register = [
        "org",
        "register",
        "410100-bureau",
        "--kind",
        "big_data_bureau",
    ];
    let more = ["--division", "4101", "--name", "市大数据管理局"];
    let key = ["--public-key", "keys/410100-bureau.key"];
    house
        .registrar(&[&register[..], &more, &key].concat())
        .done();
    let (server, device, _) = staff::served(&house, OFFICER, "410100-bureau", &["reporter"]);
    let session = Session::of(&staff::sign_in(&server, &device));
    let get = |path: &str| {
        let headers = [
            ("cookie", &*session.cookie),
            ("accept", "text/html"),
            ("accept-language", "en"),
        ];
        server.ask("GET", path, &headers, None)
    };
    let page = get("/desk/days");
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("data-left=\""), "{}", page.body);
    assert!(page.body.contains("410100"), "{}", page.body);
    let yesterday = house.day(-1);
    let missed = get(&format!("/desk/days?day={yesterday}"));
    assert!(missed.body.contains("Missing"), "{}", missed.body);
    // The day is closed as the page has it signed: drafted, then the passkey.
    let headers = [("cookie", &*session.cookie)];
    let csrf = &session.csrf;
    let form = format!("csrf={csrf}&day={yesterday}");
    let drafted = server.form("POST", "/desk/days", &headers, &form);
    assert_eq!(drafted.status, 201, "{}", drafted.body);
    let drafted = drafted.json();
    let assertion = device.assertion(drafted["challenge"].as_str().unwrap());
    let body = json!({ "payload": drafted["payload"], "assertion": assertion });
    let entered = session.ask(&server, "POST", "/api/v1/acts", Some(&body));
    assert_eq!(entered.status, 201, "{}", entered.body);
    let closed = get(&format!("/desk/days?day={yesterday}"));
    let entry = format!("href=\"/log/{}\"", entered.json()["entry"]);
    assert!(closed.body.contains(&entry), "{}", closed.body);
    assert!(closed.body.contains("Late"), "closed after its hour");
    assert_eq!(get("/desk/days?day=13%20June").status, 422);
    server.stop();
}

//! Officers who sign in by a passkey, from the invitation to the session.

use crate::device::Device;
use crate::house::House;
use crate::server::{Answer, Server};
use serde_json::{Value, json};

/// A challenge.
pub fn challenge(server: &Server) -> String {
    let answer = server.ask("POST", "/api/v1/signin/challenge", &[], None);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["challenge"].as_str().unwrap().to_owned()
}

/// Answers a challenge to sign in.
pub fn sign_in(server: &Server, device: &Device) -> Answer {
    let challenge = challenge(server);
    let body = json!({ "challenge": challenge, "assertion": device.assertion(&challenge) });
    server.ask("POST", "/api/v1/signin", &[], Some(&body))
}

/// Registers a passkey; gives its fingerprint.
pub fn register(server: &Server, device: &Device, invitation: &str) -> Answer {
    let challenge = challenge(server);
    let body = json!({
        "invitation": invitation,
        "public_key": device.public_key(),
        "challenge": challenge,
        "assertion": device.assertion(&challenge),
    });
    server.ask("POST", "/api/v1/signin/passkeys", &[], Some(&body))
}

/// The registrar signs an act with a key file and sends it.
pub fn registrar(house: &House, server: &Server, act: &Value) {
    house.write("act.json", &act.to_string());
    let send = [
        "act",
        "sign",
        "act.json",
        "--send",
        "--server",
        &server.base,
    ];
    house.registrar(&send).done();
}

/// A served house in which an officer has a passkey on record.
pub fn served(house: &House, officer: &str, org: &str, roles: &[&str]) -> (Server, Device, String) {
    // Where a browser finds it: the name of a host, which an address is not.
    let origin = "http://localhost:8080";
    let invite = ["officer", "invite", officer, "--origin", origin, "--json"];
    let invited = house.run(&invite).done().json();
    let invitation = invited["link"].as_str().unwrap().split_once('#').unwrap().1;
    let server = Server::start(house, &["--origin", origin]);
    let device = Device::new(origin);
    let registered = register(&server, &device, invitation);
    assert_eq!(registered.status, 201, "{}", registered.body);
    register(&server, &device, invitation).problem(401, "sign-in-failed");
    assert_ne!(
        sign_in(&server, &device).status,
        201,
        "nobody put it on record"
    );
    let fingerprint = registered.json()["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    let day = |days| format!("{}T00:00:00+08:00", house.day(days));
    let act = json!({
        "act": "officer.register", "id": officer, "org": org, "roles": roles,
        "term_from": day(-2), "term_until": day(90), "key": fingerprint, "holder": format!("holder-{officer}"),
    });
    registrar(house, &server, &act);
    (server, device, fingerprint)
}

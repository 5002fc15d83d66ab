//! A witness of a house's ledger: real, on this machine.

use crate::house::{House, now};
use std::path::Path;
use witness::{Limits, Seeds, Store, Surroundings, serve};

/// A witness on this machine, that cosigns by the clock of the binary.
pub fn witness(house: &House) -> (witness::Handle, Vec<String>) {
    let folder = house.path("watch");
    let seeds = Seeds {
        ed25519: [5; 32].into(),
        ml_dsa_44: [6; 32].into(),
    };
    Store::create(&folder, "witness.example/zhongyuan", &seeds).unwrap();
    let vkey = house.run(&["log", "vkey"]).done().out;
    house
        .run(&["witness", "trust", "watch", vkey.trim()])
        .done();
    let told = house
        .run(&["witness", "keys", "watch", "--json"])
        .done()
        .json();
    let keys = told["keys"].as_array().unwrap().iter();
    let keys = keys.map(|key| key.as_str().unwrap().to_owned()).collect();
    (serving(&folder), keys)
}

/// Serves a witness's directory on this machine, at some port.
pub fn serving(folder: &Path) -> witness::Handle {
    let store = Store::open(folder).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let surroundings = Surroundings {
        clock: Box::new(|| now().as_unsigned_unix()),
        report: Box::new(|_| {}),
        limits: Limits::default(),
    };
    serve(listener, store.into(), surroundings).unwrap()
}

/// Sets the policy that asks for both keys of the witness at this address; it is `henan.policy` too.
pub fn policy(house: &House, keys: &[String], address: &str) {
    let vkey = house.run(&["log", "vkey"]).done().out;
    let text = format!(
        "log {} https://log.example/henan\nwitness ed {} http://{address}\n\
         witness ml {} http://{address}\ngroup both all ed ml\nquorum both\n",
        vkey.trim(),
        keys[0],
        keys[1]
    );
    house.write("henan.policy", &text);
    house
        .run(&["witness", "policy", "--set", "henan.policy"])
        .done();
}

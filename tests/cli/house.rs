//! A house with a ledger: keys, offices, officers and a pack in force, all made by commands.

use domain::document::Document;
use domain::time::Timestamp;
use mingma::office::WallClock;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The origin of the ledger.
pub const ORIGIN: &str = "log.example/henan";
/// Organisations: id, kind, division.
const ORGS: &[(&str, &str, &str)] = &[
    ("410100-market", "market_regulator", "4101"),
    ("410100-hq", "headquarters", "4101"),
    ("410100-health", "health_commission", "4101"),
    ("410000-hotline", "hotline", "41"),
    ("410000-review", "review_body", "41"),
];
/// Officers: id, organisation, role.
const OFFICERS: &[(&str, &str, &str)] = &[
    ("410100-hq.zhao", "410100-hq", "maker"),
    ("410100-health.qian", "410100-health", "checker"),
    ("410000-hotline.he", "410000-hotline", "agent"),
    ("410000-review.lin", "410000-review", "reviewer"),
];

/// Who publishes lists, in a house that issues.
pub const ISSUER: &str = "410000-bureau.issuer";

/// A temporary house.
pub struct House {
    dir: TempDir,
    origin: String,
}

/// What a command did.
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it said.
    pub out: String,
    /// What it complained about.
    pub err: String,
}

impl Ran {
    fn from(output: Output) -> Self {
        let ran = Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran
    }

    /// Demands that it was done.
    pub fn done(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self
    }

    /// Demands an exit code, a help line, and these words.
    pub fn fails(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        assert!(self.err.contains("help: "), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "no `{word}` in: {}", self.err);
        }
        self
    }

    /// Its output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl House {
    /// An empty house.
    pub fn empty() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            origin: ORIGIN.to_owned(),
        }
    }

    /// A house whose ledger has begun, with one registrar and nothing else.
    pub fn begun() -> Self {
        Self::begun_as(ORIGIN)
    }

    /// The same under another origin.
    pub fn begun_as(origin: &str) -> Self {
        let mut house = Self::empty();
        house.origin = origin.to_owned();
        house
            .run(&[
                "init",
                "--origin",
                origin,
                "--province",
                "41",
                "--organisation",
                "410000-health",
                "--name",
                "省卫生健康委员会",
                "--registrar",
                "410000-health.gao",
                "--holder",
                "holder-gao",
                "--generate-keys",
                "keys",
            ])
            .done();
        house
    }

    /// A house at work: offices, officers and a pack in force today.
    pub fn at_work() -> Self {
        Self::at_work_as(ORIGIN)
    }

    /// The same under another origin.
    pub fn at_work_as(origin: &str) -> Self {
        let house = Self::begun_as(origin);
        for (id, kind, division) in ORGS {
            house.key(id);
            let public = format!("keys/{id}.key");
            let act = [
                "org",
                "register",
                id,
                "--kind",
                kind,
                "--division",
                division,
            ];
            let rest = ["--name", id, "--public-key", &public];
            house.registrar(&[&act[..], &rest[..]].concat()).done();
        }
        for (id, org, role) in OFFICERS {
            house.officer(id, org, role, &house.day(90)).done();
        }
        house.pack("today");
        house.registrar(&["pack", "adopt", "today"]).done();
        house
    }

    /// A house that issues: the province's bureau, its officer, both keys, and two people by name.
    pub fn issuing() -> Self {
        let house = Self::at_work();
        house.key("410000-bureau");
        house
            .registrar(&[
                "org",
                "register",
                "410000-bureau",
                "--kind",
                "big_data_bureau",
                "--division",
                "41",
                "--name",
                "省大数据管理局",
                "--public-key",
                "keys/410000-bureau.key",
            ])
            .done();
        house
            .officer(ISSUER, "410000-bureau", "issuer", &house.day(90))
            .done();
        house.registrar(&["credential", "keys", "register"]).done();
        let mut people = "document_number,name,phone\n".to_owned();
        for (number, name) in [(1, "样本甲"), (2, "样本小乙")] {
            people.push_str(&format!("{},{name},1990000000{number}\n", document(number)));
        }
        house.write("people.csv", &people);
        house.run(&["person", "import", "people.csv"]).done();
        house
    }

    /// Where it is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// A command on this house, not yet run.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingma"));
        command
            .current_dir(self.dir.path())
            .args(args)
            .env("LANG", "C")
            .stdin(Stdio::null());
        for name in [
            "MINGMA_DATA",
            "MINGMA_OFFICER",
            "MINGMA_KEY",
            "MINGMA_LANG",
            "LC_ALL",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }

    /// Runs a command as an officer whose key file has the officer's name.
    pub fn by(&self, officer: &str, args: &[&str]) -> Ran {
        let key = format!("keys/{officer}.key");
        self.run(&[args, &["--as", officer, "--key", &key]].concat())
    }

    /// Runs a command as the registrar.
    pub fn registrar(&self, args: &[&str]) -> Ran {
        self.by("410000-health.gao", args)
    }

    /// Makes a key file.
    pub fn key(&self, name: &str) {
        self.run(&["key", "new", &format!("keys/{name}.key")])
            .done();
    }

    /// Registers an officer with a fresh key and a term that began yesterday.
    pub fn officer(&self, id: &str, org: &str, role: &str, until: &str) -> Ran {
        self.key(id);
        let (public, holder) = (format!("keys/{id}.key"), format!("holder-{id}"));
        let from = self.day(-2);
        self.registrar(&[
            "officer",
            "register",
            id,
            "--org",
            org,
            "--role",
            role,
            "--from",
            &from,
            "--until",
            until,
            "--public-key",
            &public,
            "--holder",
            &holder,
        ])
    }

    /// Copies the shipped pack and puts its life around today.
    pub fn pack(&self, folder: &str) {
        self.run(&["pack", "copy", "henan-2022", folder]).done();
        let path = self.path(folder).join("pack.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text
            .replace(
                "2022-03-22T00:00:00+08:00",
                &format!("{}T00:00:00+08:00", self.day(-30)),
            )
            .replace(
                "2023-01-08T00:00:00+08:00",
                &format!("{}T00:00:00+08:00", self.day(200)),
            );
        std::fs::write(&path, text).unwrap();
        // Its timelines were worked out for the dates that are changed here.
        std::fs::remove_file(self.path(folder).join("cases/timeline.toml")).unwrap();
    }

    /// A day so many days from today, in China.
    pub fn day(&self, days: i64) -> String {
        now().plus_s(days * 86_400).local_day(28_800).to_string()
    }

    /// A clerk's table about invented people: handlers of a cold-chain item.
    pub fn table(&self, name: &str, people: std::ops::Range<u32>) {
        let at = now().plus_s(-7_200).local_text(28_800);
        let mut text = "document_number,division,occurred_at,reference\n".to_owned();
        for number in people {
            text.push_str(&format!("{},410105,{at},CC-{number}\n", document(number)));
        }
        self.write(name, &text);
    }

    /// Signs a table as the market regulator.
    pub fn sign(&self, table: &str, report: &str) -> Ran {
        self.run(&[
            "report",
            "sign",
            table,
            "--kind",
            "cold_chain",
            "--org",
            "410100-market",
            "--key",
            "keys/410100-market.key",
            "--person-key",
            "mingma-data/keys/person.key",
            "--origin",
            &self.origin,
            "-o",
            report,
        ])
    }

    /// Pushes evidence about people; each has it afterwards.
    pub fn evidence(&self, people: std::ops::Range<u32>) {
        self.table("cold.csv", people);
        self.sign("cold.csv", "cold.mmr").done();
        self.run(&["report", "push", "cold.mmr"]).done();
    }

    /// Proposes an order about people, who have evidence or not.
    pub fn propose(&self, people: std::ops::Range<u32>) -> Ran {
        let people: Vec<String> = people.map(document).collect();
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let order = ["order", "propose", "--ground", "COLD", "--area", "410105"];
        let rest = ["--reason", "handled an item", "--json", "--documents"];
        self.by("410100-hq.zhao", &[&order[..], &rest, &people].concat())
    }

    /// Turns people red, by two bodies.
    pub fn red(&self, people: std::ops::Range<u32>) {
        self.evidence(people.clone());
        let order = self.propose(people).done().json();
        let approve = [
            "order",
            "approve",
            order["order"].as_str().unwrap(),
            "--yes",
        ];
        self.by("410100-health.qian", &approve).done();
    }

    /// A code with which a person signs in once; the look that it needs is an entry.
    pub fn activation(&self, number: u32) -> String {
        let make = ["person", "activate", &document(number)];
        let why = ["--purpose", "help", "--case", "H-1", "--json"];
        let made = self.by("410000-hotline.he", &[&make[..], &why].concat());
        made.done().json()["code"].as_str().unwrap().to_owned()
    }

    /// How many entries the ledger has.
    pub fn entries(&self) -> u64 {
        let tail = self
            .run(&["log", "tail", "-n", "1", "--json"])
            .done()
            .json();
        tail[0]["seq"].as_u64().unwrap() + 1
    }
}

/// Now, on the clock that the binary reads.
pub fn now() -> Timestamp {
    app::ports::Clock::now(&WallClock)
}

/// The document number of an invented person.
pub fn document(number: u32) -> String {
    Document::invented(number).number().to_owned()
}

/// Whether a path exists.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

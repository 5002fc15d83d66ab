//! A disk that is really full: writing goes down with clear problems, reading goes on, nothing that
//! was acknowledged is lost, and writing comes back by itself. Needs to mount a small disk in memory;
//! where that is not allowed the test says so.
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
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The size of the small disk.
const DISK: &str = "160m";

/// A small disk, unmounted when it is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(place: &Path) -> Option<Self> {
        std::fs::create_dir_all(place).unwrap();
        let size = format!("size={DISK}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(place)
            .stderr(Stdio::null())
            .status();
        let mounted = mounted.is_ok_and(|status| status.success());
        mounted.then(|| Self(place.to_path_buf()))
    }

    /// Fills what is left, but for so many bytes.
    fn fill(&self, but: u64) -> PathBuf {
        let path = self.0.join("filler");
        let disk = rustix::fs::statvfs(&self.0).unwrap();
        let free = disk.f_bavail * disk.f_frsize;
        let file = std::fs::File::create(&path).unwrap();
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, free - but).unwrap();
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

struct Server {
    child: Child,
    base: String,
}

impl Server {
    fn start(house: &House, data: &Path) -> Self {
        let mut command = house.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command
            .env("MINGMA_DATA", data)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(house.path("server.log")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("listening on ");
        let base = base.unwrap_or_else(|| panic!("`{line}`")).to_owned();
        Self { child, base }
    }

    fn ask(&self, path: &str, bytes: Option<&[u8]>) -> (u16, Value) {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        let agent: ureq::Agent = config.into();
        let url = format!("{}{path}", self.base);
        let mut answer = match bytes {
            Some(bytes) => agent.post(url).content_type("application/cose").send(bytes),
            None => agent.get(url).call(),
        }
        .unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (
            answer.status().as_u16(),
            serde_json::from_str(&text).unwrap_or_default(),
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the server said about writing.
fn said(house: &House) -> String {
    let log = std::fs::read_to_string(house.path("server.log")).unwrap();
    let lines = log.lines().filter(|line| line.starts_with("mingma:"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A signed act of some length: a look at somebody invented.
fn act(house: &House, number: u32) -> Vec<u8> {
    let (person, purpose) = ("0".repeat(32), "x".repeat(2_000));
    let text = format!(
        r#"{{"act":"access.look","person":"{person}","purpose":"{purpose}","case":"{number}"}}"#
    );
    house.write("act.json", &text);
    house
        .by(
            "410000-hotline.he",
            &[
                "act",
                "sign",
                "act.json",
                "--ledger",
                house::ORIGIN,
                "--out",
                "act.cose",
            ],
        )
        .done();
    std::fs::read(house.path("act.cose")).unwrap()
}

#[test]
fn a_full_disk_stops_writing_with_a_problem_and_loses_nothing_and_writing_comes_back() {
    let house = House::at_work();
    let Some(disk) = Disk::mount(&house.path("disk")) else {
        println!("SKIPPED: no small disk can be mounted here");
        return;
    };
    let data = disk.0.join("data");
    let copied = Command::new("cp")
        .arg("-a")
        .args([house.path("mingma-data"), data.clone()])
        .status();
    assert!(copied.unwrap().success());
    let server = Server::start(&house, &data);
    let (status, first) = server.ask("/api/v1/submissions", Some(&act(&house, 0)));
    assert_eq!(status, 201, "{first}");
    let filler = disk.fill(1_024);
    let mut acknowledged = first["entry"].as_u64().unwrap();
    let mut kept = Vec::new();
    let failed = (1..200).find_map(|number| {
        let bytes = act(&house, number);
        let (status, answer) = server.ask("/api/v1/submissions", Some(&bytes));
        kept.push(bytes);
        match status {
            201 => {
                acknowledged = answer["entry"].as_u64().unwrap();
                None
            }
            status => Some((status, answer)),
        }
    });
    let (status, problem) = failed.unwrap_or_else(|| panic!("the disk never filled"));
    assert_eq!(
        (status, problem["type"].as_str()),
        (503, Some("/problems/writes-are-down"))
    );
    assert_eq!(server.ask("/health/ready", None).0, 503);
    assert_eq!(server.ask("/health/live", None).0, 200);
    assert_eq!(server.ask("/api/v1/rules", None).0, 200, "reading goes on");
    assert_eq!(
        server.ask("/api/v1/checkpoint", None).0,
        200,
        "reading goes on"
    );
    std::fs::remove_file(filler).unwrap();
    let began = std::time::Instant::now();
    while server.ask("/health/ready", None).0 != 200 {
        assert!(
            began.elapsed().as_secs() < 30,
            "writing did not come back: {}",
            said(&house)
        );
        std::thread::yield_now();
    }
    // The last one may or may not have been written; sending it again settles that.
    let (status, answer) = server.ask("/api/v1/submissions", Some(kept.last().unwrap()));
    assert!(status == 201 || status == 200, "{answer}");
    assert_eq!(answer["entry"].as_u64().unwrap(), acknowledged + 1);
    drop(server);
    house.run(&["audit", data.to_str().unwrap()]).done();
}

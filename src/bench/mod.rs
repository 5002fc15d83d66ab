//! Benchmarks of the ledger and of the code, each beside its physical limit measured in the same run.
//!
//! Invariant: the measured path is the real one (signatures, policy, volume guard, commitments,
//! journal, views) on a real disk; only the signing by other people's devices is outside the clock.
//! The limit of an acknowledgement is the tree hashing and the durable append of the same bytes.

mod code;
mod limits;

use crate::cast::{Cast, CastError};
use crate::demo::ORIGIN;
use crate::office::{Office, OfficeError};
use app::ports::ViewRows as _;
use domain::act::{ActBody, People, Proposal};
use domain::colour::Ground;
use domain::division::DivisionCode;
use domain::document::{PersonId, PersonKey};
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::ids::{OfficerId, OrgId};
use domain::organisation::{OrgKind, Role};
use domain::time::{DAY_S, Timestamp};
use domain::view::Table;
use serde::Serialize;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// What can be measured.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum What {
    /// The ledger: reports, a bulk order, small acts, look-ups, reopening and the audit
    Ledger(Options),
    /// The code: issuing, offline verification, lists of 100 million slots, proofs
    Code(code::Options),
}

impl What {
    /// Measures, prints, and gives the lines.
    pub fn run(&self, out: &mut dyn Write) -> Result<Vec<Line>, BenchError> {
        match self {
            Self::Ledger(options) => run(options, out),
            Self::Code(options) => code::run(options, out),
        }
    }
}

/// Options of the benchmark.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How many people the bulk order concerns
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    pub people: u32,
    /// Where to work; the disk of this directory is what is measured
    #[arg(long, id = "bench-dir", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub directory: Option<PathBuf>,
}

/// Why a benchmark stopped.
#[derive(Debug)]
pub enum BenchError {
    /// The data directory.
    Office(OfficeError),
    /// The cast.
    Cast(CastError),
    /// The disk or the terminal.
    Io(std::io::Error),
    /// The ledger refused what the benchmark needs.
    Refused(String),
}

impl fmt::Display for BenchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Office(error) => error.fmt(formatter),
            Self::Cast(error) => error.fmt(formatter),
            Self::Io(error) => error.fmt(formatter),
            Self::Refused(text) => write!(formatter, "the ledger refused: {text}"),
        }
    }
}

impl std::error::Error for BenchError {}

impl From<OfficeError> for BenchError {
    fn from(error: OfficeError) -> Self {
        Self::Office(error)
    }
}

impl From<CastError> for BenchError {
    fn from(error: CastError) -> Self {
        Self::Cast(error)
    }
}

impl From<std::io::Error> for BenchError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// One measured line.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What was measured.
    pub name: &'static str,
    /// Its rate a second, or seconds where the unit says so.
    pub measured: f64,
    /// The unit.
    pub unit: &'static str,
    /// The limit in the same unit, measured in the same run.
    pub limit: Option<f64>,
    /// What the limit is.
    pub limit_is: &'static str,
    /// Measured divided by limit.
    pub ratio: Option<f64>,
    /// The target of the project, with its direction.
    pub target: &'static str,
}

impl Line {
    fn new(name: &'static str, measured: f64, unit: &'static str, target: &'static str) -> Self {
        Self {
            name,
            measured,
            unit,
            limit: None,
            limit_is: "",
            ratio: None,
            target,
        }
    }

    fn beside(mut self, limit: f64, limit_is: &'static str) -> Self {
        self.limit = Some(limit);
        self.limit_is = limit_is;
        self.ratio = Some(self.measured / limit);
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.measured < 100.0 { 3 } else { 0 };
        write!(
            formatter,
            "{:<44}{:>14.digits$} {:<10}",
            self.name, self.measured, self.unit
        )?;
        match (self.limit, self.ratio) {
            (Some(limit), Some(ratio)) => {
                write!(
                    formatter,
                    "{limit:>14.digits$}  {ratio:>6.2}  {}",
                    self.limit_is
                )
            }
            _ => write!(formatter, "{:>14}  {:>6}", "", ""),
        }
    }
}

const MAKER: &str = "henan-hq.maker";
const CHECKER: &str = "henan-health.approver";
const REGISTRAR: &str = "henan-hq.registrar";

/// A ledger with the few offices that the benchmark needs.
struct Bench {
    office: Office,
    cast: Cast,
    now: Timestamp,
}

impl Bench {
    fn new(path: &std::path::Path) -> Result<Self, BenchError> {
        let office = Office::create(path, ORIGIN)?;
        let cast = Cast::new(ORIGIN, PersonKey::from_bytes(office.person_key_bytes()?));
        let now = "2022-06-13T08:00:00+08:00".parse().unwrap_or_default();
        let mut bench = Self { office, cast, now };
        bench.found()?;
        Ok(bench)
    }

    fn found(&mut self) -> Result<(), BenchError> {
        let refused = |what: &str| BenchError::Refused(what.to_owned());
        let province = DivisionCode::new(410_000).ok_or_else(|| refused("no province"))?;
        let term = (self.now, self.now.plus_s(365 * DAY_S));
        let name = |text: &str| text.parse::<OrgId>().map_err(|e| refused(&e.to_string()));
        let person = |text: &str| {
            text.parse::<OfficerId>()
                .map_err(|e| refused(&e.to_string()))
        };
        let org = |id: OrgId, kind| Cast::organisation(id, kind, province, None, None, "bench");
        let hq = name("henan-hq")?;
        let registrar = Cast::officer(person(REGISTRAR)?, hq.clone(), &[Role::Registrar], term);
        let organisation = org(hq.clone(), OrgKind::Headquarters);
        let mut acts = vec![ActBody::Genesis {
            province,
            organisation,
            registrar,
        }];
        let health = name("henan-health")?;
        for (id, kind) in [
            (health.clone(), OrgKind::HealthCommission),
            (name("henan-rail")?, OrgKind::Rail),
            (name("henan-hotline")?, OrgKind::Hotline),
        ] {
            acts.push(ActBody::OrganisationRegister(org(id, kind)));
        }
        for (id, org, role) in [
            (MAKER, hq, Role::Maker),
            (CHECKER, health, Role::Checker),
            ("henan-hotline.agent", name("henan-hotline")?, Role::Agent),
        ] {
            acts.push(ActBody::OfficerRegister(Cast::officer(
                person(id)?,
                org,
                &[role],
                term,
            )));
        }
        let pack = crate::packs::shipped("henan-2022").ok_or_else(|| refused("no pack"))?;
        let archive = pack.archive().to_vec();
        acts.push(ActBody::PackAdopt {
            digest: pack.digest(),
            archive,
        });
        for body in acts {
            self.act(REGISTRAR, body)?;
        }
        Ok(())
    }

    fn sign(&mut self, officer: &str, body: ActBody) -> Result<Vec<u8>, BenchError> {
        let id = officer
            .parse()
            .map_err(|_| BenchError::Refused(officer.to_owned()))?;
        Ok(self.cast.sign(&id, self.now, body)?)
    }

    fn act(&mut self, officer: &str, body: ActBody) -> Result<(), BenchError> {
        let bytes = self.sign(officer, body)?;
        self.submit(bytes).map(drop)
    }

    fn submit(&mut self, bytes: Vec<u8>) -> Result<app::ledger::Receipt, BenchError> {
        let receipt = self.office.submit(self.now, vec![bytes])?.pop();
        let receipt = receipt.ok_or_else(|| BenchError::Refused("no answer".to_owned()))?;
        match &receipt.refusal {
            Some(refusal) => Err(BenchError::Refused(refusal.to_string())),
            None => Ok(receipt),
        }
    }
}

/// An id as random as the real ones, made without hashing a document.
fn person(number: u32) -> PersonId {
    use sha2::{Digest as _, Sha256};
    let mut id = [0_u8; 16];
    let hash = Sha256::digest(number.to_be_bytes());
    id.iter_mut()
        .zip(hash)
        .for_each(|(slot, byte)| *slot = byte);
    PersonId::from_bytes(id)
}

fn now() -> Instant {
    Instant::now()
}

fn rate(count: f64, since: Instant) -> f64 {
    count / since.elapsed().as_secs_f64().max(1e-9)
}

/// Where the lines go: to the reader at once, and to the caller at the end.
struct Sheet<'a> {
    out: &'a mut dyn Write,
    lines: Vec<Line>,
}

impl Sheet<'_> {
    fn tell(&mut self, line: Line) -> Result<(), BenchError> {
        writeln!(self.out, "{line}")?;
        self.out.flush()?;
        self.lines.push(line);
        Ok(())
    }
}

const BESIDE: &str = "tree hashing + durable append of the same bytes";

/// Runs the benchmark and prints it; gives the lines for `--json`.
fn run(options: &Options, out: &mut dyn Write) -> Result<Vec<Line>, BenchError> {
    let base = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    let work = tempfile::tempdir_in(base)?;
    let path = work.path().join("ledger");
    let mut bench = Bench::new(&path)?;
    let mut sheet = Sheet {
        out,
        lines: Vec::new(),
    };
    writeln!(
        sheet.out,
        "{:<44}{:>14} {:<10}{:>14}  {:>6}",
        "", "measured", "", "limit", "ratio"
    )?;
    let sha = limits::sha256_leaves();
    sheet.tell(Line::new(
        "SHA-256 of 50-byte leaves, one core",
        sha,
        "/s",
        "",
    ))?;
    let ed25519 = limits::ed25519_verify();
    sheet.tell(Line::new(
        "Ed25519 strict verification, one core",
        ed25519,
        "/s",
        "",
    ))?;
    bulk(&mut bench, &mut sheet, options.people, work.path())?;
    small(&mut bench, &mut sheet, options.people, work.path())?;
    bench.office.snapshot()?;
    drop(bench);
    again(&mut sheet, options.people, &path, sha)?;
    Ok(sheet.lines)
}

/// Reports and one order over everybody, each to the acknowledgement and to the views.
fn bulk(
    bench: &mut Bench,
    sheet: &mut Sheet<'_>,
    people: u32,
    work: &std::path::Path,
) -> Result<(), BenchError> {
    let count = f64::from(people);
    let (rate_rows, limit) = reports(bench, people, work)?;
    let line = Line::new("report rows acknowledged", rate_rows, "rows/s", ">= 100000");
    sheet.tell(line.beside(limit, BESIDE))?;
    let started = now();
    bench.office.settle()?;
    sheet.tell(Line::new(
        "report rows in the views",
        rate(count, started),
        "rows/s",
        "",
    ))?;
    let (rate_order, limit) = order(bench, people, work)?;
    let target = ">= 300000, ratio >= 0.35";
    let line = Line::new("bulk order acknowledged", rate_order, "people/s", target);
    sheet.tell(line.beside(limit, BESIDE))?;
    let started = now();
    bench.office.project()?;
    let views = rate(count, started);
    let raw = limits::fjall_rows(&work.join("raw-views"), people)?;
    let line = Line::new("bulk order in the views", views, "people/s", ">= 100000");
    sheet.tell(line.beside(raw, "raw fjall batches of as many rows"))
}

/// One act at a time, and reading.
fn small(
    bench: &mut Bench,
    sheet: &mut Sheet<'_>,
    people: u32,
    work: &std::path::Path,
) -> Result<(), BenchError> {
    let (p50, p99, raw) = small_acts(bench, work)?;
    let line = Line::new("one small act, p50", p50, "ms", "< 1");
    sheet.tell(line.beside(raw, "one durable append of 1 KiB (lower is better)"))?;
    sheet.tell(Line::new("one small act, p99", p99, "ms", ""))?;
    let [memory, views] = lookups(bench, people)?;
    sheet.tell(Line::new(
        "colour look-ups, deciding state",
        memory,
        "/s",
        "",
    ))?;
    sheet.tell(Line::new("colour look-ups, views on disk", views, "/s", ""))
}

/// Opening the directory again, and the audit.
fn again(
    sheet: &mut Sheet<'_>,
    people: u32,
    path: &std::path::Path,
    sha: f64,
) -> Result<(), BenchError> {
    sheet.tell(Line::new("reopen after restart", reopen(path)?, "s", "< 3"))?;
    let peak = limits::peak_memory_mb();
    sheet.tell(Line::new("peak memory of the ledger", peak, "MB", "< 1500"))?;
    let started = now();
    let report = audit::audit(path, audit::Options::default());
    let replay = rate(f64::from(people) * 2.0, started);
    if !report.passed() {
        return Err(BenchError::Refused(report.to_string()));
    }
    let line = Line::new("audit replay", replay, "changes/s", ">= 300000");
    sheet.tell(line.beside(sha / 4.0, "four hashes a change on one core"))?;
    let peak = limits::peak_memory_mb();
    sheet.tell(Line::new(
        "peak memory with the audit",
        peak,
        "MB",
        "< 1500",
    ))
}

/// Seconds that a fresh process takes to open the directory, answer and close: a restart keeps
/// nothing of the process before it.
fn reopen(path: &std::path::Path) -> Result<f64, BenchError> {
    let started = now();
    let answer = std::process::Command::new(std::env::current_exe()?)
        .arg("--data")
        .arg(path)
        .args(["log", "checkpoint"])
        .output()?;
    if !answer.status.success() {
        let why = String::from_utf8_lossy(&answer.stderr).into_owned();
        return Err(BenchError::Refused(why));
    }
    Ok(started.elapsed().as_secs_f64())
}

fn reports(
    bench: &mut Bench,
    people: u32,
    work: &std::path::Path,
) -> Result<(f64, f64), BenchError> {
    let rail = "henan-rail"
        .parse()
        .map_err(|_| BenchError::Refused("rail".to_owned()))?;
    let place = |code| {
        DivisionCode::new(code).ok_or_else(|| BenchError::Refused(format!("no division {code}")))
    };
    let (home, other) = (place(410_102)?, place(410_103)?);
    let at = bench.now.plus_s(-3_600);
    let (mut seconds, mut bytes) = (0.0, Vec::new());
    let portion = 100_000_u32;
    let mut first = 0_u32;
    while first < people {
        let end = first.saturating_add(portion).min(people);
        let rows: Vec<EvidenceRow> = (first..end)
            .map(|number| EvidenceRow {
                person: person(number),
                division: if number % 2 == 0 { home } else { other },
                occurred_at: at,
                reference: format!("G{number:09}"),
                more: None,
            })
            .collect();
        let parts = bench
            .cast
            .report(&rail, bench.now, EvidenceKind::TravelRecord, &rows)?;
        drop(rows);
        for part in parts {
            bytes.push(part.len());
            let started = now();
            bench.submit(part)?;
            seconds += started.elapsed().as_secs_f64();
        }
        first = end;
    }
    let raw = limits::tree_and_append(work, people as usize, &bytes)?;
    Ok((f64::from(people) / seconds, f64::from(people) / raw))
}

fn order(bench: &mut Bench, people: u32, work: &std::path::Path) -> Result<(f64, f64), BenchError> {
    let area = "41"
        .parse()
        .map_err(|_| BenchError::Refused("no province".to_owned()))?;
    let proposal = Proposal {
        ground: Ground::Arrival,
        area,
        people: People::new((0..people).map(person).collect()),
        reason: "a travel rule".to_owned(),
        emergency: false,
        document: None,
    };
    let bytes = bench.sign(MAKER, ActBody::OrderPropose(proposal))?;
    let length = bytes.len();
    let started = now();
    let receipt = bench.submit(bytes)?;
    let mut seconds = started.elapsed().as_secs_f64();
    let approval = ActBody::OrderApprove {
        order: receipt.order(),
        digest: receipt.digest,
    };
    let bytes = bench.sign(CHECKER, approval)?;
    let lengths = [length, bytes.len()];
    let started = now();
    bench.submit(bytes)?;
    seconds += started.elapsed().as_secs_f64();
    let raw = limits::tree_and_append(work, people as usize, &lengths)?;
    Ok((f64::from(people) / seconds, f64::from(people) / raw))
}

fn small_acts(bench: &mut Bench, work: &std::path::Path) -> Result<(f64, f64, f64), BenchError> {
    let mut times = Vec::new();
    for number in 0..500_u32 {
        let body = ActBody::AccessLook {
            person: person(number),
            purpose: "benchmark".to_owned(),
            case: format!("B-{number}"),
        };
        let bytes = bench.sign("henan-hotline.agent", body)?;
        let started = now();
        bench.submit(bytes)?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    Ok((at(50), at(99), limits::small_append_ms(work)?))
}

fn lookups(bench: &Bench, people: u32) -> Result<[f64; 2], BenchError> {
    let state = bench.office.ledger().state();
    let picks: Vec<PersonId> = (0..200_000_u32)
        .map(|n| person(n.wrapping_mul(7_919) % people))
        .collect();
    let started = now();
    let mut coloured = 0_u32;
    for pick in &picks {
        let colour = state
            .people
            .find(*pick)
            .map(|place| state.people.colour_at(place, bench.now));
        coloured =
            coloured.saturating_add(u32::from(colour != Some(domain::colour::Colour::Green)));
    }
    let memory = rate(picks.len() as f64, started);
    let started = now();
    let few = picks.get(..50_000).unwrap_or(&picks);
    for pick in few {
        let row = bench
            .office
            .views()
            .row(Table::People, pick.as_bytes())
            .map_err(OfficeError::from)?;
        let view: Option<domain::view::PersonView> = row.as_deref().and_then(domain::view::decode);
        coloured = coloured.saturating_add(u32::from(view.is_some()));
    }
    let views = rate(few.len() as f64, started);
    std::hint::black_box(coloured);
    Ok([memory, views])
}

//! Benchmarks of the code: issuing, verifying offline, cutting and publishing lists, proofs.
//!
//! Invariant: verified are real presentations against a published site; the large lists are cut,
//! compressed, hashed, signed and logged as the real ones are. Each line stands beside the bare
//! cryptography or the bare library in the same run.

use super::{Bench, BenchError, Line, REGISTRAR, Sheet, limits, now, person, rate};
use crate::cast::Cast;
use crate::fetch::Site;
use crate::issuance::{Cadence, Cutting};
use crate::{proofs, site, trust};
use app::issuing::Want;
use credential::key::{PublicKey, SigningKey};
use credential::list::{ListClaims, ListCutter, Status, sign_list, zlib};
use credential::presentation::{present, to_text};
use credential::replays::Replays;
use credential::slots::Slots;
use credential::token::{Claims, StatusRef};
use credential::verify::{Colour, Gate, verify};
use domain::act::ActBody;
use domain::division::DivisionCode;
use domain::ids::OfficerId;
use domain::organisation::{OrgKind, Role};
use domain::publication::{KeyPurpose, ListCounts, ListStatement};
use domain::time::{CHINA_OFFSET_S, DAY_S};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use std::io::Write;
use std::path::{Path, PathBuf};

const ISSUER: &str = "henan-bureau.issuer";
/// How many phones show their code.
const PHONES: u32 = 500;
/// How many slots change in an update.
const CHANGES: u64 = 10_000;

/// Options of `bench code`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How many slots the large list has
    #[arg(long, default_value_t = 100_000_000, value_parser = clap::value_parser!(u64).range(1_048_576..=1_073_741_824))]
    pub slots: u64,
    /// Where to work
    #[arg(long, id = "code-bench-dir", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub directory: Option<PathBuf>,
}

fn false_bench(why: impl std::fmt::Display) -> BenchError {
    BenchError::Refused(why.to_string())
}

/// Runs the benchmark and prints it; gives the lines for `--json`.
pub fn run(options: &Options, out: &mut dyn Write) -> Result<Vec<Line>, BenchError> {
    let base = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    let work = tempfile::tempdir_in(base)?;
    let mut bench = Bench::new(&work.path().join("ledger"))?;
    let mut sheet = Sheet {
        out,
        lines: Vec::new(),
    };
    writeln!(
        sheet.out,
        "{:<44}{:>14} {:<10}{:>14}  {:>6}",
        "", "measured", "", "limit", "ratio"
    )?;
    let [sign, check] = raw_p256();
    issuing(&mut sheet, sign)?;
    found(&mut bench)?;
    gate(&mut bench, &mut sheet, work.path(), check)?;
    // The limit of 200 MB is for one list at work, before others and their rivals are.
    let mut shares = [1_000_u64, 100, 10_000];
    for (number, per_million) in shares.iter_mut().enumerate() {
        list(
            &mut bench,
            &mut sheet,
            options.slots,
            *per_million,
            number == 0,
        )?;
    }
    proof_rates(&bench, &mut sheet)?;
    Ok(sheet.lines)
}

/// Bare P-256 signatures and verifications a second, on one core.
fn raw_p256() -> [f64; 2] {
    let random = SystemRandom::new();
    let form = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let made = EcdsaKeyPair::generate_pkcs8(form, &random);
    let key = made.map(|pkcs8| EcdsaKeyPair::from_pkcs8(form, pkcs8.as_ref(), &random));
    let Ok(Ok(key)) = key else {
        return [f64::NAN; 2];
    };
    let started = now();
    let mut last = None;
    for number in 0..8_000_u32 {
        last = key.sign(&random, &number.to_be_bytes()).ok();
    }
    let sign = rate(8_000.0, started);
    let Some(signature) = last else {
        return [f64::NAN; 2];
    };
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key());
    let started = now();
    for _ in 0..8_000 {
        let checked = public.verify(&7_999_u32.to_be_bytes(), signature.as_ref());
        let _ = std::hint::black_box(checked);
    }
    [sign, rate(8_000.0, started)]
}

fn holder(number: u32) -> Result<SigningKey, BenchError> {
    let mut secret = [1_u8; 32];
    if let Some(head) = secret.first_chunk_mut::<4>() {
        *head = number.to_be_bytes();
    }
    SigningKey::from_bytes(&secret).map_err(false_bench)
}

/// Credentials a second, on one core.
fn issuing(sheet: &mut Sheet<'_>, raw: f64) -> Result<(), BenchError> {
    let key = holder(0)?;
    let device: PublicKey = holder(1)?.public();
    let places = Slots::new([3; 32], 1 << 27).map_err(false_bench)?;
    let started = now();
    let count = 5_000_u32;
    for row in 0..count {
        let claims = Claims {
            issued_s: 1_654_963_200,
            not_before_s: None,
            expires_s: 1_655_092_800,
            holder: Some(device),
            face: None,
            status: StatusRef {
                uri: "https://log.example/henan/s/19156".to_owned(),
                idx: places.place(u64::from(row)).map_err(false_bench)?,
            },
        };
        let token = credential::token::issue(&claims, &key).map_err(false_bench)?;
        std::hint::black_box(token);
    }
    let rate = rate(f64::from(count), started);
    let line = Line::new("credentials issued, one core", rate, "/s", ">= 10000");
    sheet.tell(line.beside(raw, "bare P-256 signatures"))
}

/// The bureau, its officer, and the two keys.
fn found(bench: &mut Bench) -> Result<(), BenchError> {
    let province = DivisionCode::new(410_000).ok_or_else(|| false_bench("no province"))?;
    let bureau = "henan-bureau".parse().map_err(false_bench)?;
    let id: OfficerId = ISSUER.parse().map_err(false_bench)?;
    let term = (bench.now, bench.now.plus_s(365 * DAY_S));
    let kind = OrgKind::BigDataBureau;
    let officer = Cast::officer(
        id,
        "henan-bureau".parse().map_err(false_bench)?,
        &[Role::Issuer],
        term,
    );
    let org = Cast::organisation(bureau, kind, province, None, None, "bench");
    bench.act(REGISTRAR, ActBody::OrganisationRegister(org))?;
    bench.act(REGISTRAR, ActBody::OfficerRegister(officer))?;
    for purpose in [KeyPurpose::Credential, KeyPurpose::StatusList] {
        let key = bench.office.issuing_key(purpose)?;
        let grant = bench.office.issuing_grant(purpose, &key, bench.now, 365)?;
        bench.act(REGISTRAR, ActBody::IssuingKeyRegister(grant))?;
    }
    Ok(())
}

/// Real phones in front of a real gate.
fn gate(bench: &mut Bench, sheet: &mut Sheet<'_>, work: &Path, raw: f64) -> Result<(), BenchError> {
    let day = bench.now.local_day(CHINA_OFFSET_S);
    let mut wants = Vec::new();
    for number in 0..PHONES {
        wants.push(Want {
            person: person(number),
            day,
            holder: Some(holder(number.saturating_add(1))?.public()),
            face: None,
        });
    }
    let issued = bench.office.issue(bench.now, &wants)?;
    let id: OfficerId = ISSUER.parse().map_err(false_bench)?;
    let at = bench.now;
    let (office, cast) = (&mut bench.office, &mut bench.cast);
    let cadence = Cadence {
        every_s: 60,
        anyway: true,
    };
    let cut = office.cut_lists::<BenchError>(at, cadence, |body| Ok(cast.sign(&id, at, body)?))?;
    if !matches!(cut.last(), Some(Cutting::Published(_))) {
        return Err(false_bench("no list was published"));
    }
    let folder = work.join("site");
    site::publish(office, &folder, at).map_err(false_bench)?;
    let place = Site::open(&folder.display().to_string());
    let fetched = trust::fetch(&place, &work.join("gate"), None, at.as_unsigned_unix());
    let (house, _) = fetched.map_err(false_bench)?;
    let mut texts = Vec::new();
    for (number, issued) in (1..).zip(&issued) {
        let shown = present(
            &issued.credential,
            &holder(number)?,
            at.as_unsigned_unix(),
            None,
        );
        texts.push(to_text(&shown.map_err(false_bench)?));
    }
    let past = Replays::new(&house.trust.tolerance());
    let gate = Gate {
        now_s: at.as_unsigned_unix(),
        id: "gate",
        nonce: None,
        past: &past,
    };
    let started = now();
    for text in &texts {
        let verdict = verify(text, &house.trust, &house.lists, &gate);
        if verdict.colour != Colour::Green {
            return Err(false_bench(verdict.reason.word()));
        }
    }
    let rate = rate(f64::from(PHONES), started);
    let line = Line::new(
        "presentations verified, one core",
        rate,
        "/s",
        ">= 2500 (400 us)",
    );
    sheet.tell(line.beside(raw / 2.0, "two bare P-256 verifications"))?;
    let each = 1e6 / rate.max(1e-9);
    sheet.tell(Line::new("one verification", each, "us", "< 400"))
}

/// Of those not green 60 % are yellow, 35 % red, 5 % withdrawn.
const fn status(nth: u64) -> Status {
    match nth % 20 {
        0..12 => Status::Yellow,
        12..19 => Status::Red,
        _ => Status::Revoked,
    }
}

/// A large list: cut whole, then 10,000 slots changed, cut, signed and logged.
fn list(
    bench: &mut Bench,
    sheet: &mut Sheet<'_>,
    slots: u64,
    per_million: u64,
    first: bool,
) -> Result<(), BenchError> {
    let places = Slots::new([9; 32], slots).map_err(false_bench)?;
    let held = slots / 1_000_000 * per_million;
    let slots = slots / 4 * 4;
    let mut list = ListCutter::new(slots).map_err(false_bench)?;
    let place = |row: u64| {
        places
            .place(row)
            .map(|idx| idx % slots)
            .map_err(false_bench)
    };
    for row in 0..held {
        list.set(place(row)?, status(row)).map_err(false_bench)?;
    }
    list.cut().map_err(false_bench)?;
    let key = bench.office.issuing_key(KeyPurpose::StatusList)?;
    bench.now = bench.now.plus_s(60);
    let claims = ListClaims {
        uri: format!("https://bench.example/s/{per_million}"),
        issued_s: bench.now.as_unsigned_unix(),
        expires_s: bench.now.plus_s(DAY_S).as_unsigned_unix(),
        ttl_s: 600,
        aggregation_uri: None,
    };
    let started = now();
    for row in 0..CHANGES / 2 {
        list.set(place(row)?, Status::Green).map_err(false_bench)?;
        let other = held.saturating_add(row);
        list.set(place(other)?, status(row)).map_err(false_bench)?;
    }
    let cut = list.cut().map_err(false_bench)?;
    let token = sign_list(&claims, &cut.zlib, &key).map_err(false_bench)?;
    let logged = started.elapsed().as_secs_f64() + log(bench, &claims, slots, cut.sha256)?;
    let peak = limits::peak_memory_mb();
    let started = now();
    let rival = zlib::compress(list.array().raw(), 9).map_err(false_bench)?;
    let whole = started.elapsed().as_secs_f64();
    let names = match per_million {
        100 => ["update of a list, 0.01 % not green", "its size, signed"],
        1_000 => ["update of a list, 0.1 % not green", "its size, signed"],
        _ => ["update of a list, 1 % not green", "its size, signed"],
    };
    let target = if first { "< 1" } else { "" };
    let line = Line::new(names[0], logged, "s", target);
    sheet.tell(line.beside(whole, "zlib level 9 of the whole array (lower is better)"))?;
    let line = Line::new(names[1], token.len() as f64, "bytes", "");
    sheet.tell(line.beside(rival.len() as f64, "zlib level 9 of the whole array"))?;
    if first {
        sheet.tell(Line::new("peak memory with that list", peak, "MB", "< 200"))?;
    }
    let started = now();
    let raw = zlib::inflate(&cut.zlib, list.array().raw().len()).map_err(false_bench)?;
    let seconds = started.elapsed().as_secs_f64();
    std::hint::black_box(raw);
    sheet.tell(Line::new("a gate unfolds it", seconds * 1_000.0, "ms", ""))
}

/// Seconds to make a version an entry under a signed checkpoint. The counts are those of the empty
/// ledger here, for which the list was not cut; the work is the same.
fn log(
    bench: &mut Bench,
    claims: &ListClaims,
    slots: u64,
    sha256: [u8; 32],
) -> Result<f64, BenchError> {
    let statement = ListStatement {
        uri: claims.uri.clone(),
        slots,
        sha256,
        issued: bench.now,
        expires: bench.now.plus_s(DAY_S),
        counts: ListCounts::default(),
        withheld: Vec::new(),
    };
    let bytes = bench.sign(ISSUER, ActBody::ListPublish(statement))?;
    let started = now();
    bench.submit(bytes)?;
    bench.office.settle()?;
    Ok(started.elapsed().as_secs_f64())
}

/// Proofs made and checked a second.
fn proof_rates(bench: &Bench, sheet: &mut Sheet<'_>) -> Result<(), BenchError> {
    let entries = bench.office.ledger().state().seq;
    let started = now();
    let mut made = Vec::new();
    for number in 0..200_u64 {
        made.push(proofs::prove(&bench.office, number % entries).map_err(false_bench)?);
    }
    sheet.tell(Line::new(
        "proofs made from the tiles",
        rate(200.0, started),
        "/s",
        "",
    ))?;
    let key = tlog::VerifierKey::parse(&bench.office.vkey()).map_err(false_bench)?;
    let started = now();
    for proven in &made {
        proven
            .receipt
            .verify(&proven.leaf, &key)
            .map_err(false_bench)?;
    }
    let line = Line::new("proofs checked, one core", rate(200.0, started), "/s", "");
    sheet.tell(line.beside(limits::ed25519_verify(), "bare Ed25519 verification"))
}

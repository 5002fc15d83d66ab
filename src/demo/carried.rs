//! The code that a person carries, checked without a network; and a secret red, found.
//!
//! Invariant: what is told was done: a picture was drawn and read, a list was cut, logged, published,
//! fetched and checked; the planted red is a list that the ledger's own key signed.

use super::province::REGISTRAR;
use super::stage::{DemoError, Stage, Told, wrap};
use crate::fetch::Site;
use crate::issuance::{Cadence, Cutting, version_path};
use crate::office::Office;
use crate::qr::{self, Correction, Qr};
use crate::{site, trust};
use app::issuing::{self, Want};
use credential::key::SigningKey;
use credential::list::{ListCutter, SignedList, Status, Wanted, sign_list};
use credential::presentation::{present, to_text};
use credential::reason::Language as Speech;
use credential::replays::Replays;
use credential::verify::{Colour, Gate, verify};
use domain::act::ActBody;
use domain::ids::OfficerId;
use domain::publication::{KeyPurpose, ListVersion};
use domain::time::{Day, Timestamp};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The officer who publishes lists.
const ISSUER: &str = "henan-bureau.issuer";

/// What the last chapter needs of this one.
pub struct Carried {
    /// The published site.
    site: PathBuf,
    /// The day.
    day: Day,
    /// The hour.
    now: Timestamp,
    /// The list as it was published.
    version: ListVersion,
    /// The slot of somebody who is green.
    idx: u64,
}

fn false_story(why: impl std::fmt::Display) -> DemoError {
    DemoError::Story(why.to_string())
}

/// A phone: a key that never leaves it, and the credential of the day.
struct Phone {
    key: SigningKey,
    credential: Vec<u8>,
    idx: u64,
}

/// Tells the chapter: `green` is somebody without a restriction, `red` somebody with one.
pub fn tell(stage: &mut Stage<'_>, green: u32, red: u32, folder: &Path) -> Told<Carried> {
    stage.chapter("The code that people carry: no colour in it, and no network at the gate")?;
    stage.pass(10);
    keys(stage)?;
    let (one, other) = (phone(stage, green, 21)?, phone(stage, red, 22)?);
    stage.say(&format!(
        "Two phones fetch the credential of the day, {} bytes: no name, no colour, a slot in a list. The phone \
         signs it anew every 15 seconds, and shows both as one QR code.",
        one.credential.len()
    ))?;
    let published = cut(stage)?;
    let site = folder.join("site");
    let written = site::publish(&stage.office, &site, stage.now).map_err(false_story)?;
    stage.aside(&format!(
        "the site that anybody can read: {} static files, {} bytes",
        written.written, written.bytes
    ))?;
    scan(stage, &site, folder, &one, &other)?;
    Ok(Carried {
        site,
        day: published.0,
        now: stage.now,
        version: published.1,
        idx: one.idx,
    })
}

/// The province registers the keys that issue.
fn keys(stage: &mut Stage<'_>) -> Told {
    for purpose in [KeyPurpose::Credential, KeyPurpose::StatusList] {
        let key = stage.office.issuing_key(purpose)?;
        let grant = stage.office.issuing_grant(purpose, &key, stage.now, 366)?;
        let what = format!("the province registers the key for {}", purpose.en());
        stage.act(REGISTRAR, &what, ActBody::IssuingKeyRegister(grant), None)?;
    }
    Ok(())
}

fn phone(stage: &mut Stage<'_>, person: u32, seed: u8) -> Told<Phone> {
    let key = SigningKey::from_bytes(&[seed; 32]).map_err(false_story)?;
    let offset_s = stage.office.ledger().state().utc_offset_s;
    let want = Want {
        person: stage.cast.person(person),
        day: stage.now.local_day(offset_s),
        holder: Some(key.public()),
        face: None,
    };
    let issued = stage.office.issue(stage.now, &[want])?.pop();
    let issued = issued.ok_or_else(|| false_story("nothing was issued"))?;
    Ok(Phone {
        key,
        credential: issued.credential,
        idx: issued.idx,
    })
}

/// Cuts the list of today.
fn cut(stage: &mut Stage<'_>) -> Told<(Day, ListVersion)> {
    let officer: OfficerId = ISSUER.parse()?;
    let now = stage.now;
    let (office, cast) = (&mut stage.office, &mut stage.cast);
    let cadence = Cadence {
        every_s: 60,
        anyway: false,
    };
    let cut =
        office.cut_lists::<DemoError>(now, cadence, |body| Ok(cast.sign(&officer, now, body)?))?;
    let Some(Cutting::Published(list)) = cut.into_iter().last() else {
        return Err(false_story("no list was published"));
    };
    stage.say(&format!(
        "The list is cut, accepted as entry {} because it counts what the ledger counts ({} yellow, {} red among {} \
         slots), signed: {} bytes for the whole province.",
        list.entry, list.version.yellow, list.version.red, list.version.slots, list.bytes
    ))?;
    stage.pass(1);
    Ok((list.day, list.version))
}

/// What a gate's device does.
fn scan(stage: &mut Stage<'_>, site: &Path, folder: &Path, green: &Phone, red: &Phone) -> Told {
    let now_s = stage.now.as_unsigned_unix();
    let place = Site::open(&site.display().to_string());
    let fetched = trust::fetch(&place, &folder.join("gate"), None, now_s);
    let (house, _) = fetched.map_err(false_story)?;
    stage.aside(
        "a gate has fetched keys and list, and checked each against the log; now it is offline",
    )?;
    let mut past = Replays::new(&house.trust.tolerance());
    let text = |phone: &Phone| -> Told<String> {
        let shown = present(&phone.credential, &phone.key, now_s, None).map_err(false_story)?;
        let drawn = Qr::draw(&to_text(&shown), Correction::Medium).map_err(false_story)?;
        qr::read(&drawn.png(4).map_err(false_story)?).map_err(false_story)
    };
    let (one, other) = (text(green)?, text(red)?);
    let scans = [
        (
            "a depositor's phone, scanned as a picture",
            &one,
            0,
            Colour::Green,
        ),
        ("the phone of one of the two cases", &other, 0, Colour::Red),
        (
            "the depositor's picture once more, at the same gate",
            &one,
            5,
            Colour::CannotTell,
        ),
        (
            "a photograph of the case's screen, ten minutes later",
            &other,
            600,
            Colour::CannotTell,
        ),
    ];
    for (what, text, later_s, expected) in scans {
        let gate = Gate {
            now_s: now_s.saturating_add(later_s),
            id: "station",
            nonce: None,
            past: &past,
        };
        let verdict = verify(text, &house.trust, &house.lists, &gate);
        if verdict.colour != expected {
            return Err(false_story(format!("{what}: {}", verdict.colour.word())));
        }
        if let Some(digest) = verdict.seen_sha256 {
            past.remember(digest, gate.now_s);
        }
        let reason = verdict.reason.sentence(Speech::En);
        let words = match verdict.colour {
            Colour::CannotTell => reason.to_owned(),
            colour => format!("{}, {reason}", colour.word()),
        };
        stage.aside(&format!("· {what}: {words}"))?;
    }
    Ok(())
}

/// A stranger audits the site; then somebody with all the keys plants a red, and is found.
pub fn planted(path: &Path, carried: &Carried, out: &mut dyn Write) -> Told {
    writeln!(
        out,
        "\n16. the same stranger, with the public site alone and no key of anybody's:\n"
    )?;
    let clean = audit::site(&carried.site, options(carried));
    writeln!(out, "{clean}")?;
    if !clean.passed() {
        return Err(false_story("the public audit fails"));
    }
    for line in wrap(
        "17. a dishonest operator holds every key of the ledger. He turns one depositor red in the list alone, signs \
         the list again with its own key, and puts it on the site:",
        100,
    ) {
        writeln!(out, "{line}")?;
    }
    plant(path, carried)?;
    let found = audit::site(&carried.site, options(carried));
    if found.passed() {
        return Err(false_story("a secret red was not found"));
    }
    writeln!(out)?;
    for fault in found.faults.iter().take(3) {
        for line in wrap(&format!("✗ {fault}"), 100) {
            writeln!(out, "{line}")?;
        }
    }
    let gate = tempfile::tempdir()?;
    let place = Site::open(&carried.site.display().to_string());
    let fetched = trust::fetch(&place, gate.path(), None, carried.now.as_unsigned_unix());
    let refused = match &fetched {
        Ok((house, _)) => house.not_taken.first().map(|list| list.why.to_string()),
        Err(error) => Some(error.to_string()),
    };
    let refused = refused.ok_or_else(|| false_story("a gate took the planted list"))?;
    writeln!(
        out,
        "\nA gate does not take that list either: {refused}. Nobody is turned away by it."
    )?;
    Ok(())
}

fn options(carried: &Carried) -> audit::SiteOptions<'static> {
    audit::SiteOptions {
        now: carried.now,
        ..audit::SiteOptions::default()
    }
}

/// What the dishonest operator does.
fn plant(path: &Path, carried: &Carried) -> Told {
    let office = Office::open(path)?;
    let key = office.issuing_key(KeyPurpose::StatusList)?;
    office.close()?;
    let newest = carried.site.join(issuing::list_path(carried.day));
    let token = std::fs::read(&newest)?;
    let list = SignedList::read(&token).map_err(false_story)?;
    let content = list.verify(&key.public()).map_err(false_story)?;
    let wanted = Wanted {
        uri: &carried.version.uri,
        slots: carried.version.slots,
    };
    let mut cutter =
        ListCutter::resume(content.array(wanted).map_err(false_story)?).map_err(false_story)?;
    cutter.set(carried.idx, Status::Red).map_err(false_story)?;
    let cut = cutter.cut().map_err(false_story)?;
    let forged = sign_list(&content.claims, &cut.zlib, &key).map_err(false_story)?;
    let version = version_path(carried.day, carried.version.version);
    std::fs::write(carried.site.join(version), &forged)?;
    std::fs::write(newest, forged)?;
    Ok(())
}

//! Report parts and rows as bytes. Owns their reading, writing, bounds and signing.
//!
//! Invariant: the bytes are those of the serde form of `ReportPart`, written and read by hand
//! because a year of reports is replayed through here; reading accepts the canonical bytes alone.
//! Refuses: more rows than a part may have, long texts, and an extra-columns map without a value.

use crate::act::limit;
use crate::cose::{self, Sign1, Typ};
use crate::error::Error;
use crate::wire::{self, Reader};
use domain::act::{PART_ROWS_MAX, REPORT_PARTS_MAX, ReportPart, TEXT_BYTES_MAX};
use domain::colour::Colour;
use domain::division::DivisionCode;
use domain::document::PersonId;
use domain::evidence::{EvidenceKind, EvidenceRow, MoreFields, REFERENCE_BYTES_MAX};
use domain::ids::{OrgId, PublicKey, ReportId};
use domain::time::Timestamp;
use ed25519_dalek::SigningKey;

/// The longest name of a ledger, in bytes.
pub const LEDGER_BYTES_MAX: usize = 255;

/// Signs a part of a report.
pub fn sign_part(part: &ReportPart, key: &SigningKey) -> Result<Vec<u8>, Error> {
    cose::seal(Typ::Report, &payload(part)?, key)
}

/// The bytes that the holder of a key signs for a part, where the key is elsewhere: the
/// `Sig_structure` (RFC 9052 4.4), of which the signed part is made again byte for byte.
pub fn part_to_sign(part: &ReportPart, key: &PublicKey) -> Result<Vec<u8>, Error> {
    cose::to_seal(Typ::Report, &payload(part)?, key)
}

fn payload(part: &ReportPart) -> Result<Vec<u8>, Error> {
    let mut payload = Vec::with_capacity(part.rows.len().saturating_mul(72).saturating_add(512));
    limit("rows in a part", part.rows.len(), PART_ROWS_MAX)?;
    write_head(&mut payload, &Head::of(part), part.rows.len())?;
    for row in &part.rows {
        write_row(&mut payload, row)?;
    }
    Ok(payload)
}

/// What all rows of a part share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    pub(crate) ledger: &'a str,
    pub(crate) org: &'a OrgId,
    pub(crate) report: ReportId,
    pub(crate) part: u32,
    pub(crate) parts: u32,
    pub(crate) kind: EvidenceKind,
    pub(crate) purpose: &'a str,
    pub(crate) signed_at: Timestamp,
}

impl<'a> Head<'a> {
    fn of(part: &'a ReportPart) -> Self {
        Self {
            ledger: &part.ledger,
            org: &part.org,
            report: part.report,
            part: part.part,
            parts: part.parts,
            kind: part.kind,
            purpose: &part.purpose,
            signed_at: part.signed_at,
        }
    }
}

/// Writes a part up to its rows, whose number is given.
pub(crate) fn write_head(out: &mut Vec<u8>, head: &Head<'_>, rows: usize) -> Result<(), Error> {
    check_head(head.ledger, head.purpose, head.parts)?;
    wire::head(out, wire::MAP, 9);
    wire::text(out, "ledger");
    wire::text(out, head.ledger);
    wire::text(out, "org");
    wire::text(out, head.org.as_str());
    wire::text(out, "report");
    wire::bytes(out, head.report.as_bytes());
    wire::text(out, "part");
    wire::head(out, wire::UINT, u64::from(head.part));
    wire::text(out, "parts");
    wire::head(out, wire::UINT, u64::from(head.parts));
    wire::text(out, "kind");
    wire::text(out, head.kind.word());
    wire::text(out, "purpose");
    wire::text(out, head.purpose);
    wire::text(out, "signed_at");
    wire::int(out, head.signed_at.as_unix());
    wire::text(out, "rows");
    wire::head(out, wire::ARRAY, rows as u64);
    Ok(())
}

fn check_head(ledger: &str, purpose: &str, parts: u32) -> Result<(), Error> {
    limit("ledger name", ledger.len(), LEDGER_BYTES_MAX)?;
    limit("purpose", purpose.len(), TEXT_BYTES_MAX)?;
    if parts > REPORT_PARTS_MAX {
        return Err(Error::Limit {
            what: "parts of a report",
            limit: REPORT_PARTS_MAX as usize,
        });
    }
    Ok(())
}

/// Writes one row: an array of five.
pub(crate) fn write_row(out: &mut Vec<u8>, row: &EvidenceRow) -> Result<(), Error> {
    limit("reference", row.reference.len(), REFERENCE_BYTES_MAX)?;
    wire::head(out, wire::ARRAY, 5);
    wire::bytes(out, row.person.as_bytes());
    wire::head(out, wire::UINT, u64::from(row.division.number()));
    wire::int(out, row.occurred_at.as_unix());
    wire::text(out, &row.reference);
    match row.more.as_deref() {
        Some(more) if *more == MoreFields::default() => {
            return Err(Error::Payload {
                at: None,
                what: "extra columns without a value",
            });
        }
        Some(more) => write_more(out, more)?,
        None => wire::null(out),
    }
    Ok(())
}

fn write_more(out: &mut Vec<u8>, more: &MoreFields) -> Result<(), Error> {
    let linked = more.link_reference.as_ref().map_or(0, String::len);
    limit("linked reference", linked, REFERENCE_BYTES_MAX)?;
    let time = |value: Option<Timestamp>| {
        move |out: &mut Vec<u8>| value.map(|time| wire::int(out, time.as_unix()))
    };
    wire::head(out, wire::MAP, 8);
    field(out, "link_person", |out| {
        more.link_person
            .map(|person| wire::bytes(out, person.as_bytes()))
    });
    field(out, "link_reference", |out| {
        more.link_reference
            .as_ref()
            .map(|text| wire::text(out, text))
    });
    field(out, "from", time(more.from));
    field(out, "until", time(more.until));
    field(out, "precision", |out| {
        more.precision.map(|word| wire::text(out, word.word()))
    });
    field(out, "expires", time(more.expires));
    field(out, "pushed", |out| {
        more.pushed.map(|colour| wire::text(out, colour.word()))
    });
    field(out, "origin", |out| {
        more.origin
            .map(|place| wire::head(out, wire::UINT, u64::from(place.number())))
    });
    Ok(())
}

fn field(out: &mut Vec<u8>, key: &str, write: impl FnOnce(&mut Vec<u8>) -> Option<()>) {
    wire::text(out, key);
    if write(out).is_none() {
        wire::null(out);
    }
}

/// Reads a part and checks its bounds.
pub(crate) fn decode(payload: &[u8]) -> Result<ReportPart, Error> {
    let mut reader = Reader::new(payload);
    let mut part = decode_head(payload, &mut reader)?;
    let fault = |reader: &Reader<'_>, what| Error::Payload {
        at: payload.len().checked_sub(reader.left()),
        what,
    };
    let count = reader
        .count(wire::ARRAY)
        .ok_or_else(|| fault(&reader, "no rows"))?;
    limit("rows in a part", count, PART_ROWS_MAX)?;
    part.rows.reserve_exact(count);
    for _ in 0..count {
        let before = reader;
        match read_row(&mut reader) {
            Some(row) => part.rows.push(row),
            None => return Err(fault(&before, "not a row in canonical form")),
        }
    }
    if reader.left() > 0 {
        return Err(fault(&reader, "bytes after the rows"));
    }
    Ok(part)
}

/// What signed bytes say of themselves, before anybody has looked at the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The organisation whose report they say they are of.
    pub org: OrgId,
    /// How many rows they say they hold.
    pub rows: u64,
}

impl Claim {
    /// Reads it; none of an act, and of bytes that will be refused for their form.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let signed = Sign1::parse(bytes).ok()?;
        if signed.typ() != Typ::Report {
            return None;
        }
        let payload = signed.payload();
        let mut reader = Reader::new(payload);
        let org = decode_head(payload, &mut reader).ok()?.org;
        let rows = reader.count(wire::ARRAY)? as u64;
        Some(Self { org, rows })
    }
}

/// Reads a part up to its rows, which stay unread.
pub(crate) fn decode_head(payload: &[u8], reader: &mut Reader<'_>) -> Result<ReportPart, Error> {
    let part = read_head(reader).ok_or_else(|| Error::Payload {
        at: payload.len().checked_sub(reader.left()),
        what: "not a report part in canonical form",
    })?;
    check_head(&part.ledger, &part.purpose, part.parts)?;
    Ok(part)
}

fn read_head(reader: &mut Reader<'_>) -> Option<ReportPart> {
    (reader.head(wire::MAP)? == 9).then_some(())?;
    reader.key("ledger")?;
    let ledger = reader.text()?.to_owned();
    reader.key("org")?;
    let org = reader.text()?.parse().ok()?;
    reader.key("report")?;
    let report = ReportId::from_bytes(reader.fixed()?);
    reader.key("part")?;
    let part = reader.u32()?;
    reader.key("parts")?;
    let parts = reader.u32()?;
    reader.key("kind")?;
    let kind = reader.text()?.parse().ok()?;
    reader.key("purpose")?;
    let purpose = reader.text()?.to_owned();
    reader.key("signed_at")?;
    let signed_at = Timestamp::from_unix(reader.int()?);
    reader.key("rows")?;
    let rows = Vec::new();
    Some(ReportPart {
        ledger,
        org,
        report,
        part,
        parts,
        kind,
        purpose,
        signed_at,
        rows,
    })
}

/// Reads one row.
pub(crate) fn read_row(reader: &mut Reader<'_>) -> Option<EvidenceRow> {
    (reader.head(wire::ARRAY)? == 5).then_some(())?;
    Some(EvidenceRow {
        person: PersonId::from_bytes(reader.fixed()?),
        division: DivisionCode::new(reader.u32()?)?,
        occurred_at: Timestamp::from_unix(reader.int()?),
        reference: reference(reader)?,
        more: reader.optional(|reader| read_more(reader).map(Box::new))?,
    })
}

fn reference(reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text()?;
    (text.len() <= REFERENCE_BYTES_MAX).then(|| text.to_owned())
}

fn read_more(reader: &mut Reader<'_>) -> Option<MoreFields> {
    let time = |reader: &mut Reader<'_>| reader.int().map(Timestamp::from_unix);
    let division = |reader: &mut Reader<'_>| DivisionCode::new(reader.u32()?);
    (reader.head(wire::MAP)? == 8).then_some(())?;
    let more = MoreFields {
        link_person: keyed(reader, "link_person", |r| {
            r.fixed().map(PersonId::from_bytes)
        })?,
        link_reference: keyed(reader, "link_reference", reference)?,
        from: keyed(reader, "from", time)?,
        until: keyed(reader, "until", time)?,
        precision: keyed(reader, "precision", |r| r.text()?.parse().ok())?,
        expires: keyed(reader, "expires", time)?,
        pushed: keyed(reader, "pushed", |r| colour(r.text()?))?,
        origin: keyed(reader, "origin", division)?,
    };
    (more != MoreFields::default()).then_some(more)
}

fn keyed<'a, T>(
    reader: &mut Reader<'a>,
    key: &str,
    read: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Option<Option<T>> {
    reader.key(key)?;
    reader.optional(read)
}

pub(crate) fn colour(word: &str) -> Option<Colour> {
    [Colour::Green, Colour::Yellow, Colour::Red]
        .into_iter()
        .find(|colour| colour.word() == word)
}

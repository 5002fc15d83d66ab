//! Acts as bytes. Owns their decoding, their bounds and their signing.
//!
//! Invariant: an act that decodes is the one act its bytes can mean: it encodes to them again.
//! Refuses: texts, packs and orders beyond the limits; what is within them the machine judges.

use crate::cose::{self, Typ};
use crate::error::Error;
use crate::part::LEDGER_BYTES_MAX;
use domain::act::{Act, ActBody, ORDER_PEOPLE_MAX, PACK_BYTES_MAX, TEXT_BYTES_MAX};
use domain::colour::Ground;
use domain::evidence::REFERENCE_BYTES_MAX;
use domain::organisation::{Officer, Organisation};
use ed25519_dalek::SigningKey;
use std::io;

/// The largest act that is not an order, in bytes of payload.
pub const SMALL_ACT_BYTES_MAX: usize = 2 * 1_024 * 1_024;
/// Acts nest a handful of levels; more is an attack on the stack.
const NESTING_MAX: usize = 16;

/// Signs an act.
pub fn sign_act(act: &Act, key: &SigningKey) -> Result<Vec<u8>, Error> {
    cose::seal(Typ::Act, &encode(act)?, key)
}

/// An act's canonical bytes, within bounds.
pub(crate) fn encode(act: &Act) -> Result<Vec<u8>, Error> {
    let mut payload = Vec::with_capacity(match &act.body {
        ActBody::OrderPropose(proposal) => proposal.people.count().saturating_mul(16),
        _ => 0,
    });
    ciborium::into_writer(act, &mut payload).map_err(|_| Error::Payload {
        at: None,
        what: "the act cannot be written",
    })?;
    check(act, payload.len())?;
    Ok(payload)
}

/// Reads an act and checks that its bytes are canonical and within bounds.
pub(crate) fn decode(payload: &[u8]) -> Result<Act, Error> {
    let mut rest = payload;
    let act: Act = ciborium::de::from_reader_with_recursion_limit(&mut rest, NESTING_MAX).map_err(
        |error| Error::Payload {
            at: match error {
                ciborium::de::Error::Syntax(at) => Some(at),
                ciborium::de::Error::Semantic(at, _) => at,
                ciborium::de::Error::Io(_) | ciborium::de::Error::RecursionLimitExceeded => None,
            },
            what: "not an act",
        },
    )?;
    let mut same = Same { rest: payload };
    if ciborium::into_writer(&act, &mut same).is_err() || !same.rest.is_empty() {
        let at = payload.len().checked_sub(same.rest.len());
        return Err(Error::Payload {
            at,
            what: "not in canonical form",
        });
    }
    check(&act, payload.len())?;
    Ok(act)
}

/// Compares what is written with what came, without a second copy.
struct Same<'a> {
    rest: &'a [u8],
}

impl io::Write for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let rest = self
            .rest
            .strip_prefix(bytes)
            .ok_or(io::ErrorKind::InvalidData)?;
        self.rest = rest;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check(act: &Act, payload_bytes: usize) -> Result<(), Error> {
    limit("ledger name", act.ledger.len(), LEDGER_BYTES_MAX)?;
    if !matches!(act.body, ActBody::OrderPropose(_)) {
        limit(
            "bytes of an act without people",
            payload_bytes,
            SMALL_ACT_BYTES_MAX,
        )?;
    }
    check_body(&act.body)
}

fn check_body(body: &ActBody) -> Result<(), Error> {
    match body {
        ActBody::Genesis {
            organisation,
            registrar,
            ..
        } => {
            check_organisation(organisation)?;
            check_officer(registrar)
        }
        ActBody::OrganisationRegister(organisation) => check_organisation(organisation),
        ActBody::OfficerRegister(officer) => check_officer(officer),
        ActBody::PackAdopt { archive, .. } => {
            limit("bytes of a rule pack", archive.len(), PACK_BYTES_MAX)
        }
        ActBody::AreaDeclare(order) => number(&order.number),
        ActBody::AreaLift { number: area } => number(area),
        ActBody::OrderPropose(proposal) => {
            limit(
                "people in an order",
                proposal.people.count(),
                ORDER_PEOPLE_MAX,
            )?;
            text("reason", &proposal.reason)?;
            proposal
                .document
                .as_ref()
                .map_or(Ok(()), |document| text("document number", &document.number))
        }
        ActBody::KeyRevoke { reason, .. }
        | ActBody::IssuingKeyRevoke { reason, .. }
        | ActBody::OrderRefuse { reason, .. }
        | ActBody::OrderWithdraw { reason, .. }
        | ActBody::AppealDecide { reason, .. }
        | ActBody::CaseTransfer { reason, .. }
        | ActBody::AccessBreakGlass { reason, .. }
        | ActBody::MovementDecide { reason, .. } => text("reason", reason),
        ActBody::Convert {
            release, letter, ..
        } => {
            text("release rule", release)?;
            letter
                .as_ref()
                .map_or(Ok(()), |letter| text("letter", letter))
        }
        ActBody::AppealFile { text: words, .. }
        | ActBody::StatementPublish { text: words, .. }
        | ActBody::CaseOpen { text: words, .. }
        | ActBody::CaseAnswer { text: words, .. }
        | ActBody::MovementRequest { text: words, .. } => text("text", words),
        ActBody::AccessLook { purpose, case, .. } => {
            text("purpose", purpose)?;
            text("case", case)
        }
        ActBody::KeyRotate { .. }
        | ActBody::OrderApprove { .. }
        | ActBody::ProxyBind { .. }
        | ActBody::ProxyEnd { .. }
        | ActBody::DailyClose { .. }
        | ActBody::DailyReceive { .. }
        | ActBody::IssuingKeyRegister(_) => Ok(()),
        ActBody::ListPublish(statement) => text("address", &statement.uri),
        ActBody::DailyDeliver(delivery) => {
            limit(
                "name of the ledger that closed the day",
                delivery.source.ledger.len(),
                LEDGER_BYTES_MAX,
            )?;
            limit("grounds of a day", delivery.counts.len(), Ground::ALL.len())
        }
    }
}

fn check_organisation(organisation: &Organisation) -> Result<(), Error> {
    text("organisation name", &organisation.name)?;
    organisation
        .section
        .as_ref()
        .map_or(Ok(()), |section| text("section", section))
}

fn check_officer(officer: &Officer) -> Result<(), Error> {
    text("holder", &officer.holder)
}

fn text(what: &'static str, words: &str) -> Result<(), Error> {
    limit(what, words.len(), TEXT_BYTES_MAX)
}

/// Evidence cites the number of an area order as a reference, so it is no longer than one.
fn number(words: &str) -> Result<(), Error> {
    limit("area order number", words.len(), REFERENCE_BYTES_MAX)
}

pub(crate) fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), Error> {
    if found > limit {
        Err(Error::Limit { what, limit })
    } else {
        Ok(())
    }
}

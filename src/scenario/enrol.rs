//! Acts of the province in a scenario: organisations, officers, keys, packs, the beginning.
//!
//! Invariant: a key is named, never written; the key of that name is public knowledge.

use super::acts::{Stage, words_or};
use super::error::Fault;
use super::format::{AdoptText, OfficerText, OrganisationText, RotateText};
use super::values;
use crate::cast::Cast;
use domain::act::ActBody;
use domain::ids::{PackDigest, PublicKey};
use domain::organisation::{KeyOwner, Officer, OrgKind, Organisation, Role};
use domain::time::{DAY_S, Timestamp};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

type Made = Result<(String, Vec<ActBody>), Fault>;

/// A term begins a day before the instant it is given at, unless said otherwise.
const TERM_BEFORE_S: i64 = DAY_S;
/// A term lasts a year from then, unless said otherwise.
const TERM_AFTER_S: i64 = 365 * DAY_S;

/// The bodies of the step, when it is an act of the province.
pub(super) fn bodies(stage: &Stage<'_>) -> Option<Made> {
    let step = stage.step;
    if let Some(text) = &step.register_organisation {
        return Some(organisation(text, stage.keys).map(|organisation| {
            (
                format!(
                    "register the {} `{}`",
                    organisation.kind.en(),
                    organisation.id
                ),
                vec![ActBody::OrganisationRegister(organisation)],
            )
        }));
    }
    if let Some(text) = &step.register_officer {
        return Some(officer(text, stage.at, stage.keys).map(|officer| {
            (
                format!("register the officer `{}`", officer.id),
                vec![ActBody::OfficerRegister(officer)],
            )
        }));
    }
    if let Some(text) = &step.rotate_key {
        return Some(rotate(text));
    }
    if let Some(text) = &step.revoke_key {
        let name = stage.keys.get(&text.of).unwrap_or(&text.of);
        let body = ActBody::KeyRevoke {
            key: Cast::public_key(name),
            reason: words_or(text.reason.as_ref(), &step.name),
        };
        return Some(Ok((format!("revoke the key of `{}`", text.of), vec![body])));
    }
    if let Some(text) = &step.adopt_pack {
        return Some(adopt(stage, text));
    }
    let text = step.genesis.as_ref()?;
    Some(genesis(stage, &text.organisation, &text.registrar))
}

/// An organisation as its text says; its key is the one of its own name unless said otherwise.
pub(super) fn organisation(
    text: &OrganisationText,
    keys: &BTreeMap<String, String>,
) -> Result<Organisation, Fault> {
    let list: Vec<&str> = OrgKind::ALL.iter().map(|kind| kind.word()).collect();
    Ok(Organisation {
        id: values::org("id", &text.id)?,
        kind: values::word("kind", &text.kind, &list)?,
        division: values::any_division("division", &text.division)?,
        section: text.section.clone(),
        part_of: text
            .part_of
            .as_ref()
            .map(|id| values::org("part_of", id))
            .transpose()?,
        name: text.name.clone().unwrap_or_else(|| text.id.clone()),
        key: named_key(text.key.as_ref(), &text.id, keys),
    })
}

/// An officer as its text says.
pub(super) fn officer(
    text: &OfficerText,
    at: Timestamp,
    keys: &BTreeMap<String, String>,
) -> Result<Officer, Fault> {
    let list: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
    let roles: Result<BTreeSet<Role>, Fault> = text
        .roles
        .iter()
        .map(|role| values::word("roles", role, &list))
        .collect();
    let from = values::instant_if("term_from", text.term_from.as_ref(), at)?;
    let until = values::instant_if("term_until", text.term_until.as_ref(), at)?;
    Ok(Officer {
        id: values::officer("id", &text.id)?,
        org: values::org("org", &text.org)?,
        roles: roles?,
        term_from: from.unwrap_or_else(|| at.plus_s(-TERM_BEFORE_S)),
        term_until: until.unwrap_or_else(|| at.plus_s(TERM_AFTER_S)),
        key: named_key(text.key.as_ref(), &text.id, keys),
        holder: text
            .holder
            .clone()
            .unwrap_or_else(|| format!("holder-of-{}", text.id)),
    })
}

fn named_key(asked: Option<&String>, own: &str, keys: &BTreeMap<String, String>) -> PublicKey {
    let name = asked.map_or(own, String::as_str);
    Cast::public_key(keys.get(name).map_or(name, String::as_str))
}

fn rotate(text: &RotateText) -> Made {
    let owner = match (&text.org, &text.officer) {
        (Some(org), None) => KeyOwner::Org(values::org("rotate_key.org", org)?),
        (None, Some(officer)) => KeyOwner::Officer(values::officer("rotate_key.officer", officer)?),
        (None, None) | (Some(_), Some(_)) => {
            return Err(Fault::new(
                "rotate_key",
                "names not exactly one holder",
                "give `org` or `officer`",
            ));
        }
    };
    let tried = format!("replace a key by the key `{}`", text.to);
    Ok((
        tried,
        vec![ActBody::KeyRotate {
            owner,
            key: Cast::public_key(&text.to),
        }],
    ))
}

fn adopt(stage: &Stage<'_>, text: &AdoptText) -> Made {
    let archive = stage
        .packs
        .archive("adopt_pack", &text.name, text.changes.as_ref())?;
    let digest = match &text.digest_of {
        None => digest(&archive),
        Some(other) => digest(&stage.packs.archive("adopt_pack.digest_of", other, None)?),
    };
    let changed = if text.changes.is_some() {
        ", changed"
    } else {
        ""
    };
    let tried = format!("adopt the pack `{}`{changed}", text.name);
    Ok((tried, vec![ActBody::PackAdopt { digest, archive }]))
}

/// The digest of a pack's archive.
pub(super) fn digest(archive: &[u8]) -> PackDigest {
    PackDigest::from_bytes(Sha256::digest(archive).into())
}

fn genesis(stage: &Stage<'_>, org: &str, registrar: &str) -> Made {
    let id = values::org("genesis.organisation", org)?;
    let division = org.get(..6).map_or_else(
        || values::division("genesis.organisation", org),
        |digits| values::division("genesis.organisation", digits),
    )?;
    let organisation =
        Cast::organisation(id.clone(), OrgKind::Headquarters, division, None, None, org);
    let term = (
        stage.at.plus_s(-TERM_BEFORE_S),
        stage.at.plus_s(TERM_AFTER_S),
    );
    let officer = values::officer("genesis.registrar", registrar)?;
    let registrar = Cast::officer(officer, id, &[Role::Registrar], term);
    let body = ActBody::Genesis {
        province: division.province(),
        organisation,
        registrar,
    };
    Ok(("found the ledger again".to_owned(), vec![body]))
}

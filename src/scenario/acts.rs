//! Steps made into signed bytes: whose act it is, what it asks, with which key.
//!
//! Invariant: nothing here decides anything; right and wrong acts are made the same way, and the
//! ledger says which is which. Refuses: a step without exactly one act.

use super::enrol;
use super::error::Fault;
use super::format::{StepText, Words};
use super::orders;
use super::packs::PackShelf;
use super::people::{Groups, Member};
use super::raw;
use super::rows;
use super::texts;
use super::values;
use crate::cast::{Cast, Seal};
use app::ledger::Receipt;
use domain::act::{ActBody, AppealTarget, People, Proposal};
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::ids::{ActDigest, AppealId, OrderId};
use domain::rules::Channel;
use domain::time::Timestamp;
use std::collections::BTreeMap;

/// A row that a step states, with its kind.
pub(super) type Stated = (EvidenceKind, EvidenceRow);

/// What an earlier step left behind.
pub(super) struct Done {
    pub(super) bytes: Vec<Vec<u8>>,
    pub(super) receipts: Vec<Receipt>,
    pub(super) stated: Vec<Stated>,
    /// It could not be made; what refers to it is not a problem of its own.
    pub(super) broken: bool,
}

impl Done {
    pub(super) fn digests(&self) -> Vec<ActDigest> {
        self.bytes
            .iter()
            .map(|bytes| intake::digest(bytes))
            .collect()
    }

    pub(super) fn orders(&self) -> Vec<OrderId> {
        self.digests()
            .iter()
            .map(|digest| OrderId::from_bytes(digest.short()))
            .collect()
    }

    pub(super) fn appeals(&self) -> Vec<AppealId> {
        self.digests()
            .iter()
            .map(|digest| AppealId::from_bytes(digest.short()))
            .collect()
    }
}

/// What a step does.
pub(super) enum Deed {
    Submit(Vec<Vec<u8>>),
    Preview(Proposal),
    Restart,
    EditLog,
    Look,
}

/// A step made ready.
pub(super) struct Built {
    pub(super) tried: String,
    pub(super) deed: Deed,
    pub(super) stated: Vec<Stated>,
    /// The holder and the name of the key that counts if the act is accepted.
    pub(super) new_key: Option<(String, String)>,
}

impl Built {
    fn new(tried: impl Into<String>, deed: Deed) -> Self {
        Self {
            tried: tried.into(),
            deed,
            stated: Vec::new(),
            new_key: None,
        }
    }
}

/// What steps are made from.
pub(super) struct Stage<'a> {
    pub(super) cast: &'a mut Cast,
    pub(super) groups: &'a Groups,
    pub(super) done: &'a BTreeMap<String, Done>,
    pub(super) keys: &'a BTreeMap<String, String>,
    pub(super) packs: &'a PackShelf,
    pub(super) step: &'a StepText,
    pub(super) at: Timestamp,
    pub(super) signed_at: Timestamp,
    pub(super) offset_s: i32,
}

/// The acts that a step names.
fn acts_of(step: &StepText) -> Vec<&'static str> {
    let there = [
        ("report", step.report.is_some()),
        ("propose", step.propose.is_some()),
        ("emergency", step.emergency.is_some()),
        ("approve", step.approve.is_some()),
        ("refuse", step.refuse.is_some()),
        ("withdraw", step.withdraw.is_some()),
        ("convert", step.convert.is_some()),
        ("appeal", step.appeal.is_some()),
        ("dispute", step.dispute.is_some()),
        ("answer", step.answer.is_some()),
        ("look", step.look.is_some()),
        ("area", step.area.is_some()),
        ("lift", step.lift.is_some()),
        ("close_day", step.close_day.is_some()),
        ("receive_day", step.receive_day.is_some()),
        ("statement", step.statement.is_some()),
        (
            "register_organisation",
            step.register_organisation.is_some(),
        ),
        ("register_officer", step.register_officer.is_some()),
        ("rotate_key", step.rotate_key.is_some()),
        ("revoke_key", step.revoke_key.is_some()),
        ("adopt_pack", step.adopt_pack.is_some()),
        ("genesis", step.genesis.is_some()),
        ("resend", step.resend.is_some()),
        ("raw", step.raw.is_some()),
        ("act", step.act.is_some()),
        ("preview", step.preview.is_some()),
        ("restart", step.restart.is_some()),
        ("edit_log", step.edit_log.is_some()),
    ];
    there
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(word, _)| word)
        .collect()
}

/// Makes a step ready.
pub(super) fn build(stage: &mut Stage<'_>) -> Result<Built, Fault> {
    let step = stage.step;
    match acts_of(step).as_slice() {
        [] if step.check.is_empty() => Err(Fault::new(
            "",
            "the step does nothing",
            "give it one act, or a check",
        )),
        [] => Ok(Built::new("time passes", Deed::Look)),
        [_] => build_one(stage),
        many => Err(Fault::new(
            "",
            format!("the step has {} acts: {}", many.len(), values::listed(many)),
            "make a step of each",
        )),
    }
}

fn build_one(stage: &mut Stage<'_>) -> Result<Built, Fault> {
    let step = stage.step;
    if let Some(report) = &step.report {
        return rows::build(stage, report);
    }
    if let Some(earlier) = &step.resend {
        let done = earlier_step(stage.done, "resend", earlier)?;
        let tried = format!("send the bytes of `{earlier}` again");
        let mut built = Built::new(tried, Deed::Submit(done.bytes.clone()));
        built.stated.clone_from(&done.stated);
        return Ok(built);
    }
    if let Some(text) = &step.raw {
        return raw::build(stage, text);
    }
    if step.restart.is_some() {
        return Ok(Built::new(
            "stop and start again from the journal",
            Deed::Restart,
        ));
    }
    if let Some(edit) = &step.edit_log {
        let tried = format!(
            "{} the entry of `{}` in the stored log",
            edit.how, edit.entry_of
        );
        return Ok(Built::new(tried, Deed::EditLog));
    }
    if let Some(preview) = &step.preview {
        let people = stage.groups.resolve("preview.people", &preview.people)?;
        let proposal = Proposal {
            ground: values::ground("preview.ground", &preview.ground)?,
            area: values::division("preview.area", &preview.area)?,
            people: People::new(people.iter().map(|member| member.person).collect()),
            reason: String::new(),
            emergency: false,
            document: None,
        };
        let tried = format!("preview {} for {} people", preview.ground, people.len());
        return Ok(Built::new(tried, Deed::Preview(proposal)));
    }
    let (tried, bodies) = bodies(stage)?;
    let new_key = step.rotate_key.as_ref().and_then(|rotate| {
        let owner = rotate.officer.as_ref().or(rotate.org.as_ref())?;
        Some((owner.clone(), rotate.to.clone()))
    });
    let deed = Deed::Submit(sign_all(stage, bodies)?);
    Ok(Built {
        new_key,
        ..Built::new(tried, deed)
    })
}

/// The name of the key that signs the step.
pub(super) fn key_name<'a>(stage: &Stage<'a>, by: &'a str) -> &'a str {
    let asked = stage.step.key.as_deref().unwrap_or(by);
    stage.keys.get(asked).map_or(asked, String::as_str)
}

/// Who acts in the step.
pub(super) fn by<'a>(stage: &Stage<'a>) -> Result<&'a str, Fault> {
    stage.step.by.as_deref().ok_or_else(|| {
        Fault::new(
            "by",
            "nobody acts",
            "name the officer, or the organisation for a report",
        )
    })
}

fn sign_all(stage: &mut Stage<'_>, bodies: Vec<ActBody>) -> Result<Vec<Vec<u8>>, Fault> {
    let by = by(stage)?;
    let officer = values::officer("by", by)?;
    let key = Cast::key(key_name(stage, by));
    let origin = stage.cast.origin().to_owned();
    let ledger = stage.step.ledger.as_deref().unwrap_or(&origin);
    let seal = Seal {
        key: &key,
        ledger,
        at: stage.signed_at,
    };
    let cast = &mut *stage.cast;
    bodies
        .into_iter()
        .map(|body| {
            cast.sign_as(&seal, &officer, body)
                .map_err(|error| Fault::new("", error.to_string(), "shorten what the act says"))
        })
        .collect()
}

/// The earlier step of a name.
pub(super) fn earlier_step<'a>(
    done: &'a BTreeMap<String, Done>,
    key: &str,
    name: &str,
) -> Result<&'a Done, Fault> {
    match done.get(name) {
        Some(done) if done.broken => Err(Fault::follows(key)),
        Some(done) => Ok(done),
        None => Err(Fault::new(
            key,
            format!("there is no earlier step `{name}`"),
            "name a step that stands before this one",
        )),
    }
}

pub(super) fn ids(people: &[Member]) -> Vec<domain::document::PersonId> {
    people.iter().map(|member| member.person).collect()
}

/// The text given, or one that says nothing wrong. An empty text stays empty.
pub(super) fn words_or(text: Option<&String>, step: &str) -> String {
    text.cloned().unwrap_or_else(|| format!("step {step}"))
}

fn bodies(stage: &Stage<'_>) -> Result<(String, Vec<ActBody>), Fault> {
    let step = stage.step;
    if let Some(text) = &step.propose {
        return orders::propose(stage, "propose", text, false);
    }
    if let Some(text) = &step.emergency {
        return orders::propose(stage, "emergency", text, true);
    }
    for (verb, text) in [
        ("approve", &step.approve),
        ("refuse", &step.refuse),
        ("withdraw", &step.withdraw),
    ] {
        if let Some(text) = text {
            return orders::on_order(stage, verb, text);
        }
    }
    if step.convert.is_some() || step.appeal.is_some() || step.dispute.is_some() {
        return for_people(stage);
    }
    if let Some(text) = &step.answer {
        let appeals = earlier_step(stage.done, "answer.appeal", &text.appeal)?.appeals();
        let reason = words_or(text.reason.as_ref(), &step.name);
        let word = if text.upheld { "uphold" } else { "reject" };
        let bodies = appeals.into_iter().map(|appeal| ActBody::AppealDecide {
            appeal,
            upheld: text.upheld,
            reason: reason.clone(),
        });
        return Ok((
            format!("{word} the appeal `{}`", text.appeal),
            bodies.collect(),
        ));
    }
    if let Some(text) = &step.look {
        let people = stage.groups.resolve("look.people", &text.people)?;
        let tried = format!("look at the record of {} people", people.len());
        let bodies = people.iter().map(|member| ActBody::AccessLook {
            person: member.person,
            purpose: text.purpose.clone(),
            case: text.case.clone(),
        });
        return Ok((tried, bodies.collect()));
    }
    if step.area.is_some() || step.lift.is_some() {
        return orders::area(stage);
    }
    if let Some(text) = &step.statement {
        let mut orders = Vec::new();
        for name in &text.orders {
            orders.extend(earlier_step(stage.done, "statement.orders", name)?.orders());
        }
        let text_sha256 = values::digest(text.hash_of.as_ref().unwrap_or(&text.text));
        let tried = format!("publish a statement about {} orders", orders.len());
        let body = ActBody::StatementPublish {
            orders,
            text_sha256,
            text: text.text.clone(),
        };
        return Ok((tried, vec![body]));
    }
    orders::days(stage)
        .or_else(|| enrol::bodies(stage))
        .or_else(|| step.act.as_ref().map(|text| texts::act(stage, text)))
        .unwrap_or_else(|| {
            Err(Fault::new(
                "",
                "the step does nothing",
                "give it one act, or a check",
            ))
        })
}

fn for_people(stage: &Stage<'_>) -> Result<(String, Vec<ActBody>), Fault> {
    let step = stage.step;
    let resolve = |key: &str, words: &Words| stage.groups.resolve(key, words);
    if let Some(text) = &step.convert {
        let ground = values::ground("convert.ground", &text.ground)?;
        let list: Vec<&str> = Channel::ALL.iter().map(|channel| channel.word()).collect();
        let channel: Channel = values::word("convert.channel", &text.channel, &list)?;
        let people = resolve("convert.people", &text.people)?;
        let bodies = people.iter().map(|member| ActBody::Convert {
            person: member.person,
            ground,
            release: text.release.clone(),
            channel,
            letter: text.letter.clone(),
        });
        let tried = format!(
            "convert {} people on {ground} by `{}`, {}",
            people.len(),
            text.release,
            channel.en()
        );
        return Ok((tried, bodies.collect()));
    }
    if let Some(text) = &step.appeal {
        let target = AppealTarget::Measure(values::ground("appeal.ground", &text.ground)?);
        let people = resolve("appeal.people", &text.people)?;
        let words = words_or(text.text.as_ref(), &step.name);
        let bodies = people.iter().map(|member| ActBody::AppealFile {
            person: member.person,
            target,
            text: words.clone(),
        });
        let tried = format!("appeal against {} for {} people", text.ground, people.len());
        return Ok((tried, bodies.collect()));
    }
    let Some(text) = &step.dispute else {
        return Ok((String::new(), Vec::new()));
    };
    let stated = &earlier_step(stage.done, "dispute.evidence", &text.evidence)?.stated;
    let people = resolve("dispute.people", &text.people)?;
    let words = words_or(text.text.as_ref(), &step.name);
    let mut bodies = Vec::with_capacity(people.len());
    for member in &people {
        // Somebody else's evidence can be named too: that the ledger refuses it is worth trying.
        let own = stated.iter().find(|(_, row)| row.person == member.person);
        let (kind, row) = own.or_else(|| stated.first()).ok_or_else(|| {
            Fault::new(
                "dispute.evidence",
                format!("step `{}` states no evidence", text.evidence),
                "name a report",
            )
        })?;
        bodies.push(ActBody::AppealFile {
            person: member.person,
            target: AppealTarget::Evidence(row.id(*kind)),
            text: words.clone(),
        });
    }
    Ok((
        format!(
            "dispute the evidence of `{}` for {} people",
            text.evidence,
            people.len()
        ),
        bodies,
    ))
}

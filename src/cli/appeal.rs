//! `mingma appeal`: objections, each on a clock.

use super::act::{self, SignerArgs};
use super::context::{Context, local};
use super::error::Done;
use super::{json, parse};
use clap::{Args, Subcommand};
use domain::act::{ActBody, AppealTarget};
use domain::colour::Ground;
use domain::ids::{AppealId, EvidenceId};
use domain::state::records::Appeal;
use domain::time::Timestamp;
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  mingma appeal file 990000199001010017 --ground CLOSE --text \"I was not on that bus\" \\
      --as 410000-hotline.he --key he.key
  mingma appeal list --open
  mingma appeal decide 7c01aa --upheld --reason \"another person of the same name\" \\
      --as 410000-review.lin --key lin.key

An appeal that nobody answers in time leaves only an advisory flag; nobody has to act for that.";

/// `mingma appeal`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// File an appeal against a measure, or dispute a piece of evidence
    File(FileArgs),
    /// Decide an appeal
    Decide(DecideArgs),
    /// List appeals, the most urgent first
    List(ListArgs),
}

/// Options of `appeal file`.
#[derive(Args, Debug)]
pub struct FileArgs {
    /// A document number, `KIND:NUMBER`, or a person id
    person: String,
    /// Against the measure on this ground
    #[arg(long, value_parser = parse::ground, required_unless_present = "evidence",
          conflicts_with = "evidence")]
    ground: Option<Ground>,
    /// Against this piece of evidence: "this did not happen to me"
    #[arg(long, value_name = "ID")]
    evidence: Option<EvidenceId>,
    /// What the person says
    #[arg(long)]
    text: String,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `appeal decide`.
#[derive(Args, Debug)]
pub struct DecideArgs {
    /// The beginning of its id
    appeal: String,
    /// The person is right
    #[arg(
        long,
        required_unless_present = "rejected",
        conflicts_with = "rejected"
    )]
    upheld: bool,
    /// The person is not right
    #[arg(long)]
    rejected: bool,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `appeal list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only those that wait for an answer
    #[arg(long)]
    open: bool,
    /// As of this instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    at: Option<Timestamp>,
}

/// Runs `mingma appeal`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::File(args) => file(cx, &args),
        Command::Decide(args) => {
            let signer = args.signer.signer()?;
            let office = cx.office()?;
            let appeals = office.ledger().state().appeals.iter();
            let appeals = appeals.map(|(id, appeal)| (*id.as_bytes(), appeal));
            let appeal = parse::by_prefix("appeal", &args.appeal, appeals)?.id;
            let body = ActBody::AppealDecide {
                appeal,
                upheld: args.upheld,
                reason: args.reason,
            };
            let what = if args.upheld {
                "appeal upheld"
            } else {
                "appeal rejected"
            };
            act::perform(cx, office, &signer, body, what, |_| Vec::new())
        }
        Command::List(args) => list(cx, &args),
    }
}

fn file(cx: &Context, args: &FileArgs) -> Done {
    let signer = args.signer.signer()?;
    let office = cx.office()?;
    let person = parse::person(&args.person, office.person_key())?;
    let target = match (args.ground, args.evidence) {
        (_, Some(evidence)) => AppealTarget::Evidence(evidence),
        (Some(ground), None) => AppealTarget::Measure(ground),
        (None, None) => {
            return Err(super::CliError::input(
                "against what?",
                "say `--ground CODE` or `--evidence ID`",
            ));
        }
    };
    let hours = office
        .ledger()
        .pack()
        .map(|pack| pack.book().deadlines.appeal_hours);
    let body = ActBody::AppealFile {
        person,
        target,
        text: args.text.clone(),
    };
    act::perform(cx, office, &signer, body, "appeal filed", |receipt| {
        let id = AppealId::from_bytes(receipt.digest.short());
        let mut more = vec![("appeal", json!(id.to_string()))];
        more.extend(hours.map(|hours| ("answer_within", json!(format!("{hours} hours")))));
        more
    })
}

fn target_value(target: &AppealTarget) -> Value {
    match target {
        AppealTarget::Measure(ground) => json!({ "ground": ground.code() }),
        AppealTarget::Evidence(id) => json!({ "evidence": id.to_string() }),
    }
}

fn value(appeal: &Appeal, at: Timestamp) -> Value {
    json!({
        "appeal": appeal.id.to_string(),
        "person": appeal.person.to_string(),
        "target": target_value(&appeal.target),
        "status": appeal.status_word(at),
        "text": appeal.text,
        "filed_at": json::instant(appeal.filed_at),
        "deadline": json::instant(appeal.deadline),
        "entry": appeal.entry,
        "answer": appeal.answer.as_ref().map(|answer| json!({
            "upheld": answer.upheld,
            "reason": answer.reason,
            "officer": answer.by.officer.as_str(),
            "org": answer.by.org.as_str(),
            "at": json::instant(answer.by.at),
            "entry": answer.by.entry,
        })),
    })
}

fn list(cx: &Context, args: &ListArgs) -> Done {
    let office = cx.office()?;
    let at = args.at.unwrap_or_else(|| cx.now());
    let appeals = office.ledger().state().appeals.values();
    let mut appeals: Vec<&Appeal> = appeals
        .filter(|appeal| appeal.filed_at <= at)
        .filter(|appeal| !args.open || appeal.status_word(at) == "open")
        .collect();
    appeals.sort_by_key(|appeal| (appeal.deadline, appeal.entry));
    let values = appeals.iter().map(|appeal| value(appeal, at)).collect();
    cx.show(Value::Array(values), || {
        let line = |appeal: &&Appeal| {
            let target = match &appeal.target {
                AppealTarget::Measure(ground) => cx.ground(*ground),
                AppealTarget::Evidence(id) => format!("evidence {id}"),
            };
            let deadline = local(&office, appeal.deadline);
            let status = appeal.status_word(at);
            format!(
                "{}  {status:<10} answer by {deadline}  {target}\n  {}",
                appeal.id, appeal.text
            )
        };
        appeals.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

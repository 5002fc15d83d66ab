//! `mingma order`: a proposed change for a set of people, on its way between two bodies.
//!
//! Invariant: a checker signs the digest of exactly the proposal that was shown, never an id alone.
//! Refuses: to sign an approval that nobody at the terminal said yes to, unless told `--yes`.

use super::act::{self, SignerArgs};
use super::context::Context;
use super::error::{CliError, Done};
use super::order_view;
use super::parse;
use super::people::{self, PeopleArgs};
use crate::office::Office;
use clap::{Args, Subcommand};
use domain::act::{ActBody, CommandDocument, Proposal};
use domain::colour::{Colour, Ground};
use domain::division::DivisionCode;
use domain::ids::TextDigest;
use domain::state::records::Order;
use domain::time::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  mingma order preview --ground STC --area 4101 --people list.csv
  mingma order propose --ground STC --area 4101 --people list.csv \\
      --reason \"same train carriage as a case\" --as 410100-hq.zhao --key zhao.key
  mingma order show 3f9a2c
  mingma order approve 3f9a2c --as 410000-hq.qian --key qian.key
  mingma order withdraw 3f9a2c --reason \"wrong list\" --as 410100-hq.zhao --key zhao.key

The catch-all ground ORDER needs --document-number, --document-file, --colour and --hours.";

/// `mingma order`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// What an order would do, and how unlike the last 21 days it is; nothing is written
    Preview(ProposalArgs),
    /// Propose an order
    Propose(Box<ProposeArgs>),
    /// Look at an order and approve it: it comes into force
    Approve(ApproveArgs),
    /// Refuse a proposed order
    Refuse(ReasonArgs),
    /// Withdraw an order, whole: everyone it touched is restored
    Withdraw(ReasonArgs),
    /// List orders, newest first
    List(ListArgs),
    /// Show an order with its signatures
    Show {
        /// The beginning of its id
        order: String,
    },
}

/// What an order is.
#[derive(Args, Debug)]
pub struct ProposalArgs {
    /// The ground, by its code
    #[arg(long, value_parser = parse::ground)]
    ground: Ground,
    /// The place
    #[arg(long, value_name = "CODE", value_parser = parse::division)]
    area: DivisionCode,
    #[command(flatten)]
    people: PeopleArgs,
    /// Why, in words for the public
    #[arg(long, default_value = "")]
    reason: String,
    /// The number of the command document, for the ground ORDER
    #[arg(long, value_name = "NUMBER", requires = "document_file")]
    document_number: Option<String>,
    /// The text of the command document
    #[arg(long, value_name = "FILE", requires = "document_number")]
    document_file: Option<PathBuf>,
    /// The colour that the document asks for
    #[arg(long, value_parser = parse::colour, default_value = "yellow")]
    colour: Colour,
    /// For how many hours the document asks
    #[arg(long, default_value_t = 24)]
    hours: u32,
    /// The emergency path: one signature, 24 hours at most, reported to oversight
    #[arg(long)]
    emergency: bool,
}

/// Options of `order propose`.
#[derive(Args, Debug)]
pub struct ProposeArgs {
    #[command(flatten)]
    proposal: ProposalArgs,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `order approve`.
#[derive(Args, Debug)]
pub struct ApproveArgs {
    /// The beginning of its id
    order: String,
    /// Do not ask; for scripts that looked before
    #[arg(long)]
    yes: bool,
    /// Approve only if the proposal has this digest
    #[arg(long, value_name = "DIGEST")]
    digest: Option<domain::ids::ActDigest>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `order refuse` and `order withdraw`.
#[derive(Args, Debug)]
pub struct ReasonArgs {
    /// The beginning of its id
    order: String,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `order list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only orders that stand so
    #[arg(long, value_parser = ["proposed", "lapsed", "in_force", "ended", "refused", "withdrawn"])]
    status: Option<String>,
    /// As of this instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    at: Option<Timestamp>,
}

/// Runs `mingma order`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Preview(args) => {
            let office = cx.office()?;
            let proposal = proposal(cx, &office, args)?;
            let preview = order_view::preview(cx, &office, &proposal)?;
            cx.show(order_view::preview_value(&preview), || {
                order_view::preview_lines(cx, &preview).join("\n")
            })
        }
        Command::Propose(args) => propose(cx, *args),
        Command::Approve(args) => approve(cx, &args),
        Command::Refuse(args) => {
            let signer = args.signer.signer()?;
            let office = cx.office()?;
            let order = find(&office, &args.order)?.id;
            let body = ActBody::OrderRefuse {
                order,
                reason: args.reason,
            };
            act::perform(cx, office, &signer, body, "order refused", |_| Vec::new())
        }
        Command::Withdraw(args) => {
            let signer = args.signer.signer()?;
            let office = cx.office()?;
            let order = find(&office, &args.order)?.id;
            let body = ActBody::OrderWithdraw {
                order,
                reason: args.reason,
            };
            act::perform(cx, office, &signer, body, "order withdrawn", |_| Vec::new())
        }
        Command::List(args) => order_view::list(cx, args.status.as_deref(), args.at),
        Command::Show { order } => {
            let office = cx.office()?;
            order_view::show(cx, &office, find(&office, &order)?)
        }
    }
}

fn find<'a>(office: &'a Office, text: &str) -> Done<&'a Order> {
    let orders = &office.ledger().state().orders;
    parse::by_prefix(
        "order",
        text,
        orders.iter().map(|(id, order)| (*id.as_bytes(), order)),
    )
}

fn proposal(cx: &Context, office: &Office, args: ProposalArgs) -> Done<Proposal> {
    let (people, repeated) = args.people.read(office.person_key())?;
    people::tell_repeated(cx, repeated);
    let document = match (args.document_number, args.document_file) {
        (Some(number), Some(path)) => {
            let text = std::fs::read(&path).map_err(|error| CliError::unreadable(&path, &error))?;
            let hash = Sha256::digest(&text).into();
            Some(CommandDocument {
                number,
                text_sha256: TextDigest::from_bytes(hash),
                colour: args.colour,
                hours: args.hours,
            })
        }
        (Some(_), None) | (None, Some(_)) | (None, None) => None,
    };
    Ok(Proposal {
        ground: args.ground,
        area: args.area,
        people,
        reason: args.reason,
        emergency: args.emergency,
        document,
    })
}

fn propose(cx: &Context, args: ProposeArgs) -> Done {
    let signer = args.signer.signer()?;
    let office = cx.office()?;
    let proposal = proposal(cx, &office, args.proposal)?;
    if !cx.json() && office.ledger().pack().is_some() {
        let preview = order_view::preview(cx, &office, &proposal)?;
        cx.aside(&order_view::preview_lines(cx, &preview).join("\n"));
    }
    let what = if proposal.emergency {
        "order in force on the emergency path"
    } else {
        "order proposed; another body must approve it"
    };
    act::perform(
        cx,
        office,
        &signer,
        ActBody::OrderPropose(proposal),
        what,
        |receipt| vec![("order", json!(receipt.order().to_string()))],
    )
}

fn approve(cx: &Context, args: &ApproveArgs) -> Done {
    let signer = args.signer.signer()?;
    let office = cx.office()?;
    let order = find(&office, &args.order)?;
    let (id, digest) = (order.id, order.digest);
    if let Some(expected) = args.digest
        && expected != digest
    {
        return Err(CliError::input(
            format!("the proposal has the digest {digest}"),
            "it is not the one you looked at; look again with `mingma order show`",
        ));
    }
    let proposal = Proposal {
        ground: order.ground,
        area: order.area,
        people: order.people.clone(),
        reason: order.reason.clone(),
        emergency: order.emergency,
        document: order.document.clone(),
    };
    let mut lines = order_view::order_lines(cx, &office, order, cx.now());
    if office.ledger().pack().is_some() {
        let preview = order_view::preview(cx, &office, &proposal)?;
        lines.extend(order_view::preview_lines(cx, &preview));
    }
    cx.aside(&lines.join("\n"));
    if !args.yes && !cx.confirm("sign this order?")? {
        return Err(CliError::input("not approved; nothing was signed", ""));
    }
    let body = ActBody::OrderApprove { order: id, digest };
    act::perform(
        cx,
        office,
        &signer,
        body,
        "order approved and in force",
        |_| vec![("order", json!(id.to_string()))],
    )
}

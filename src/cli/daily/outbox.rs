//! `mingma daily send` and `mingma daily outbox`: the closed days of this ledger on their way up.
//!
//! Invariant: a day is signed once for the ledger above, and again only where that ledger refused what
//! was signed before; a day with a receipt is never sent again.

use super::closed::{ClosedDays, delivered};
use super::dispatch::{Answered, Dispatch, Receipt};
use super::rows::{Row, rows};
use crate::cli::act::{self, SignerArgs};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Done};
use crate::cli::{json, parse};
use crate::client::Client;
use crate::office::OfficeError;
use clap::Args;
use domain::act::{ActBody, DayDelivery, DaySource};
use domain::division::DivisionCode;
use domain::refusal::Code;
use domain::time::{CHINA_OFFSET_S, Day};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::FileDispatches;

/// Options of `daily send`.
#[derive(Args, Debug)]
pub struct SendArgs {
    /// The day
    #[arg(long, value_parser = parse::day)]
    day: Day,
    /// The server of the ledger above
    #[arg(long, value_name = "URL")]
    to: String,
    /// This ledger's own server, where it runs; otherwise the data directory is read
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The division, where several closed the day here
    #[arg(long, value_name = "CODE", value_parser = parse::division)]
    division: Option<DivisionCode>,
    /// The log's public key of the ledger above, or a file with it: the receipt is checked with it
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `daily outbox`.
#[derive(Args, Debug)]
pub struct OutboxArgs {
    /// This ledger's own server, where it runs; otherwise the data directory is read
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    #[command(flatten)]
    signer: SignerArgs,
}

fn open(cx: &Context) -> Done<FileDispatches> {
    FileDispatches::open(cx.data()).map_err(|error| OfficeError::from(error).into())
}

/// The closed days, from the server or the directory.
fn closed(
    cx: &Context,
    from: Option<&str>,
    signer: &SignerArgs,
    only: Option<Day>,
) -> Done<ClosedDays> {
    let Some(url) = from else {
        return ClosedDays::of_office(&cx.office()?);
    };
    let signer = signer.signer()?;
    ClosedDays::of_server(&Client::open(url)?, &signer.caller(), only)
}

/// The one that was meant among those of a day.
fn the_one<T>(
    found: impl IntoIterator<Item = T>,
    division: impl Fn(&T) -> DivisionCode,
    args: &SendArgs,
) -> Done<Option<T>> {
    let meant = |item: &T| args.division.is_none_or(|meant| meant == division(item));
    let mut found = found.into_iter().filter(meant);
    let first = found.next();
    match found.next() {
        None => Ok(first),
        Some(_) => Err(CliError::input(
            format!("several divisions closed {} here", args.day),
            "name one with `--division CODE`",
        )),
    }
}

/// What is kept of a day.
fn kept(dispatches: &FileDispatches, args: &SendArgs) -> Done<Option<Dispatch>> {
    let mut found = Vec::new();
    for name in dispatches.names()? {
        found.extend(Dispatch::read(dispatches, &name)?);
    }
    found.retain(|dispatch| dispatch.day == args.day);
    the_one(found, |dispatch| dispatch.division, args)
}

/// Signs a day that is closed here for the ledger above, and keeps it.
fn prepare(
    cx: &Context,
    dispatches: &FileDispatches,
    args: &SendArgs,
    ledger: String,
) -> Done<(Dispatch, DayDelivery)> {
    let signer = args.signer.signer()?;
    let here = closed(cx, args.from.as_deref(), &args.signer, Some(args.day))?;
    let of_day = here.days.into_iter().filter(|day| day.day == args.day);
    let day = the_one(of_day, |day| day.division, args)?.ok_or_else(|| {
        CliError::input(
            format!("{} is not closed here", args.day),
            format!("close it: `mingma daily close --day {}`", args.day),
        )
    })?;
    let name = (day.division, day.day);
    let delivery = DayDelivery {
        division: day.division,
        day: day.day,
        counts: day.counts,
        source: DaySource {
            ledger: here.ledger,
            entry: day.entry,
            closed_at: day.at,
            size: here.size,
            root: here.root,
        },
    };
    let body = ActBody::DailyDeliver(delivery.clone());
    let bytes = act::sign(cx, &ledger, &signer, body)?;
    let dispatch = Dispatch::new(name, ledger, cx.now(), &bytes);
    dispatch.keep(dispatches)?;
    Ok((dispatch, delivery))
}

/// Runs `mingma daily send`.
pub fn send(cx: &Context, args: &SendArgs) -> Done {
    let log_key = args.log_key.as_deref().map(parse::log_key).transpose()?;
    let client = Client::open(&args.to)?;
    let dispatches = open(cx)?;
    let known = kept(&dispatches, args)?;
    if let Some(Dispatch {
        answer: Some(Answered::Receipt(receipt)),
        ..
    }) = &known
    {
        return told(cx, args.day, receipt, true);
    }
    let above = client.origin()?;
    // What was refused is refused for ever: only there the day is signed again.
    let (mut dispatch, fresh) = match known.filter(|known| known.answer.is_none()) {
        Some(waiting) => (waiting, None),
        None => {
            let (dispatch, delivery) = prepare(cx, &dispatches, args, above.clone())?;
            (dispatch, Some(delivery))
        }
    };
    if dispatch.ledger != above {
        return Err(CliError::input(
            format!(
                "{} was signed for `{}`, and `{}` is the ledger of `{above}`",
                args.day, dispatch.ledger, args.to
            ),
            "send it to the server of the ledger that it was signed for",
        ));
    }
    dispatch.send(&dispatches, &client, log_key.as_ref())?;
    // What was delivered before and lost here is known above: its receipt is the receipt.
    if let Some(delivery) = fresh.filter(|_| dispatch.is_refused_as(Code::DayState))
        && let Some(entry) = delivered(&client, &args.signer.signer()?.caller(), &delivery)?
    {
        dispatch.adopt(&dispatches, &client, entry, log_key.as_ref())?;
    }
    match (&dispatch.answer, dispatch.refusal()) {
        (Some(Answered::Receipt(receipt)), _) => told(cx, args.day, receipt, false),
        (_, Some(refusal)) => Err(refusal),
        (_, None) => Ok(()),
    }
}

fn told(cx: &Context, day: Day, receipt: &Receipt, known: bool) -> Done {
    let leaf = &receipt.leaf;
    let value = json!({
        "accepted": true,
        "day": day.to_string(),
        "entry": leaf.seq,
        "at": json::instant(leaf.at),
        "org": leaf.org.as_ref().map(ToString::to_string),
        "known": known,
        "checkpoint": receipt.checkpoint,
    });
    cx.show(value, || {
        let before = if known {
            "delivered before"
        } else {
            "delivered"
        };
        let at = leaf.at.local_text(CHINA_OFFSET_S);
        format!(
            "{before}: {day}, entry {} of the ledger above, at {at}",
            leaf.seq
        )
    })
}

/// Runs `mingma daily outbox`.
pub fn list(cx: &Context, args: &OutboxArgs) -> Done {
    let here = closed(cx, args.from.as_deref(), &args.signer, None)?;
    let days = here.days.into_iter();
    let closed = days.map(|day| ((day.division, day.day), day)).collect();
    let dispatches = open(cx)?;
    let mut sent = BTreeMap::new();
    for name in dispatches.names()? {
        let dispatch = Dispatch::read(&dispatches, &name)?;
        sent.extend(dispatch.map(|dispatch| ((dispatch.division, dispatch.day), dispatch)));
    }
    let rows = rows(&closed, &sent, cx.now());
    cx.show(Value::Array(rows.iter().map(Row::value).collect()), || {
        let lines = rows.iter().map(|row| row.line(cx));
        lines.collect::<Vec<_>>().join("\n")
    })
}

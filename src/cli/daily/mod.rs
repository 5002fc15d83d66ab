//! `mingma daily`: the day's counts, closed by the city, delivered where the province has a ledger of
//! its own, and received there.
//!
//! Invariant: what is told of a day is what the ledger has on record, or what it answered.

mod closed;
mod dispatch;
mod outbox;
mod rows;

use super::act::{self, SignerArgs};
use super::context::Context;
use super::error::{CliError, Done};
use super::{json, parse};
use clap::Subcommand;
use domain::act::ActBody;
use domain::division::DivisionCode;
use domain::state::records::DayReport;
use domain::time::Day;
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  mingma daily close --day 2022-06-13 --as 410100-data.wu --key wu.key
  mingma daily receive --division 4101 --day 2022-06-13 --as 410000-data.zheng --key zheng.key
  mingma daily list
  mingma daily missing --day 2022-06-13
  mingma daily send --day 2022-06-13 --to https://henan.example --from https://zhengzhou.example \\
      --as 410100-data.wu --key wu.key
  mingma daily outbox";

/// `mingma daily`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Close a day for one's division
    Close {
        /// The day
        #[arg(long, value_parser = parse::day)]
        day: Day,
        #[command(flatten)]
        signer: SignerArgs,
    },
    /// Receive a closed day from a division
    Receive {
        /// The division that closed
        #[arg(long, value_name = "CODE", value_parser = parse::division)]
        division: DivisionCode,
        /// The day
        #[arg(long, value_parser = parse::day)]
        day: Day,
        #[command(flatten)]
        signer: SignerArgs,
    },
    /// List daily reports
    List,
    /// Who owes a day; exit code 4 where its hour has passed
    Missing {
        /// The day
        #[arg(long, value_parser = parse::day)]
        day: Day,
    },
    /// Send a closed day to the ledger of the level above, or send it again, and keep the receipt
    Send(outbox::SendArgs),
    /// List the days that were closed here: sent, received above, late, missing
    Outbox(outbox::OutboxArgs),
}

/// Runs `mingma daily`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Close { day, signer } => act::act(
            cx,
            &signer,
            ActBody::DailyClose { day },
            &format!("{day} closed"),
        ),
        Command::Receive {
            division,
            day,
            signer,
        } => {
            let what = format!("{day} of {division} received");
            act::act(cx, &signer, ActBody::DailyReceive { division, day }, &what)
        }
        Command::List => list(cx),
        Command::Missing { day } => missing(cx, day),
        Command::Send(args) => outbox::send(cx, &args),
        Command::Outbox(args) => outbox::list(cx, &args),
    }
}

/// One line of the list.
fn line(cx: &Context, division: DivisionCode, day: Day, report: &DayReport) -> String {
    let how = match report.source {
        Some(_) => "delivered",
        None => "closed",
    };
    let when = if report.closed_late {
        "late"
    } else {
        "in time"
    };
    let received = match (&report.received, report.received_late) {
        (None, _) => "not received",
        (Some(_), true) => "received late",
        (Some(_), false) => "received in time",
    };
    let from = report.source.as_ref().map_or_else(String::new, |source| {
        format!(", entry {} of {}", source.entry, source.ledger)
    });
    let place = cx.place(division);
    format!("{day}  {place}  {how} {when}, {received}{from}")
}

fn list(cx: &Context) -> Done {
    let office = cx.office()?;
    let days = &office.ledger().state().days;
    let value: Vec<Value> = days
        .iter()
        .map(|((division, day), report)| {
            let counts: Vec<Value> = report
                .counts
                .iter()
                .map(|(ground, count)| json!({ "ground": ground.code(), "count": json::value(count) }))
                .collect();
            let source = report.source.as_ref().map(|source| {
                json!({
                    "ledger": source.ledger,
                    "entry": source.entry,
                    "closed_at": json::instant(source.closed_at),
                })
            });
            json!({
                "division": division.to_string(),
                "day": day.to_string(),
                "closed_by": report.closed.org.as_str(),
                "closed_at": json::instant(report.closed.at),
                "closed_late": report.closed_late,
                "received_at": report.received.as_ref().map(|signer| json::instant(signer.at)),
                "received_late": report.received_late,
                "counts": counts,
                "source": source,
            })
        })
        .collect();
    cx.show(Value::Array(value), || {
        let lines = days
            .iter()
            .map(|((division, day), report)| line(cx, *division, *day, report));
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// Says who owes a day: what an escalation is made from.
fn missing(cx: &Context, day: Day) -> Done {
    let office = cx.office()?;
    let state = office.ledger().state();
    let missing = state.days_missing(day);
    let due = office.ledger().pack().map(|pack| pack.book().day_due(day));
    let overdue = due.is_some_and(|due| cx.now() > due);
    let value = json!({
        "day": day.to_string(),
        "due": due.map(json::instant),
        "overdue": overdue,
        "divisions": missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    cx.show(value, || {
        let lines = missing
            .iter()
            .map(|division| format!("{day}  {}  missing", cx.place(*division)));
        lines.collect::<Vec<_>>().join("\n")
    })?;
    if overdue && !missing.is_empty() {
        let codes: Vec<String> = missing.iter().map(ToString::to_string).collect();
        return Err(CliError::Failed(format!(
            "the hour of {day} has passed, and nothing came from {}\n\
             help: ask their bureaus; a day is taken late too, until 31 days after it",
            codes.join(", ")
        )));
    }
    Ok(())
}

//! `mingma daily`: the day's counts, closed by the city and received by the province.

use super::act::{self, SignerArgs};
use super::context::Context;
use super::error::Done;
use super::{json, parse};
use clap::Subcommand;
use domain::act::ActBody;
use domain::division::DivisionCode;
use domain::time::Day;
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  mingma daily close --day 2022-06-13 --as 410100-data.wu --key wu.key
  mingma daily receive --division 4101 --day 2022-06-13 --as 410000-data.zheng --key zheng.key
  mingma daily list";

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
    }
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
            json!({
                "division": division.to_string(),
                "day": day.to_string(),
                "closed_by": report.closed.org.as_str(),
                "closed_at": json::instant(report.closed.at),
                "closed_late": report.closed_late,
                "received_at": report.received.as_ref().map(|signer| json::instant(signer.at)),
                "received_late": report.received_late,
                "counts": counts,
            })
        })
        .collect();
    cx.show(Value::Array(value), || {
        let lines = days.iter().map(|((division, day), report)| {
            let closed = if report.closed_late {
                "closed late"
            } else {
                "closed in time"
            };
            let received = match (&report.received, report.received_late) {
                (None, _) => "not received",
                (Some(_), true) => "received late",
                (Some(_), false) => "received in time",
            };
            format!("{day}  {}  {closed}, {received}", cx.place(*division))
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

//! `mingma report push`: a signed report file into the ledger, part by part.
//!
//! Invariant: each part is acknowledged only when it is durable; pushing again changes nothing, for
//! parts that are there are recognised by their bytes.

use super::context::Context;
use super::error::{CliError, Done};
use super::part_sink::Sink;
use app::ledger::Receipt;
use clap::Args;
use domain::act::PART_ROWS_MAX;
use domain::refusal::Code;
use intake::report::{RawPart, ReportReader};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

/// Row numbers named for a code at most.
const ROWS_SHOWN: usize = 20;

/// Options of `report push`.
#[derive(Args, Debug)]
pub struct Options {
    /// The report file
    file: PathBuf,
    /// Go on at this part, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    from_part: u32,
    /// Send it to the ledger's server; otherwise it goes into the data directory of this machine
    #[arg(long, value_name = "URL")]
    server: Option<String>,
}

/// What became of a report.
#[derive(Default)]
struct Tally {
    accepted: u64,
    known: u64,
    refused: Vec<(u32, Receipt)>,
    taken: BTreeMap<&'static str, u64>,
    codes: BTreeMap<Code, (u64, Vec<u64>)>,
    notices: u64,
    entries: Vec<u64>,
}

impl Tally {
    fn add(&mut self, part: u32, receipt: Receipt) {
        self.entries.push(receipt.seq);
        if receipt.refusal.is_some() {
            self.refused.push((part, receipt));
            return;
        }
        if receipt.known {
            self.known = self.known.saturating_add(1);
            return;
        }
        self.accepted = self.accepted.saturating_add(1);
        self.notices = self.notices.saturating_add(receipt.notices);
        let first = u64::from(part)
            .saturating_mul(PART_ROWS_MAX as u64)
            .saturating_add(1);
        for (row, result) in (first..).zip(&receipt.rows) {
            match result {
                Ok(taken) => {
                    let count = self.taken.entry(taken.word()).or_default();
                    *count = count.saturating_add(1);
                }
                Err(code) => {
                    let (count, rows) = self.codes.entry(*code).or_default();
                    *count = count.saturating_add(1);
                    if rows.len() < ROWS_SHOWN {
                        rows.push(row);
                    }
                }
            }
        }
    }
}

fn words(taken: &str) -> &'static str {
    match taken {
        "recorded" => "recorded",
        "measured" => "recorded, and a measure imposed by the standing rule",
        "released" => "recorded, and a measure ended",
        "held" => "recorded; the measure waits for the province",
        "coarse" => "recorded; too coarse for more than a flag",
        "duplicate" => "known before",
        _ => "not needed: nothing to release",
    }
}

/// Runs `mingma report push`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let path = &options.file;
    let file = File::open(path).map_err(|error| CliError::unreadable(path, &error))?;
    let mut reader = ReportReader::new(file);
    reader.skip_to(options.from_part)?;
    let mut next: Option<RawPart> = reader.part()?;
    let parts = next.as_ref().map_or(0, |part| part.parts);
    let report = next.as_ref().map(|part| part.report.to_string());
    let mut sink = Sink::open(cx, options.server.as_deref())?;
    let bar = cx.progress(Some(u64::from(parts)), "parts acknowledged");
    let mut tally = Tally::default();
    while let Some(part) = next {
        let index = part.index;
        tally.add(index, sink.put(cx, index, part.bytes)?);
        bar.set_position(u64::from(index).saturating_add(1));
        next = match reader.part() {
            Ok(part) => part,
            Err(error) => {
                // What was acknowledged stays: settle it before the bad end of the file is told.
                sink.close()?;
                cx.aside(&format!(
                    "`{}`: parts up to {index} are in the ledger",
                    path.display()
                ));
                return Err(error.into());
            }
        };
    }
    sink.close()?;
    bar.finish_and_clear();
    cx.show(value(report.as_deref(), parts, &tally), || {
        text(report.as_deref(), parts, &tally)
    })?;
    match tally.refused.len() as u64 {
        0 => Ok(()),
        1 if parts == 1 => {
            let refusal = tally
                .refused
                .pop()
                .and_then(|(_, r)| Some((r.seq, r.refusal?)));
            Err(
                refusal.map_or(CliError::PartsRefused(1), |(entry, refusal)| {
                    CliError::Refused {
                        entry: Some(entry),
                        refusal: Box::new(refusal),
                    }
                }),
            )
        }
        count => Err(CliError::PartsRefused(count)),
    }
}

fn value(report: Option<&str>, parts: u32, tally: &Tally) -> Value {
    let refused: Vec<Value> = tally
        .refused
        .iter()
        .map(|(part, receipt)| {
            let mut value = super::act::refused_value(receipt);
            if let Some(object) = value.as_object_mut() {
                object.insert("part".to_owned(), json!(part));
            }
            value
        })
        .collect();
    let codes: BTreeMap<&str, Value> = tally
        .codes
        .iter()
        .map(|(code, (count, rows))| {
            (
                code.word(),
                json!({ "rows": count, "first_rows": rows, "help": code.help() }),
            )
        })
        .collect();
    json!({
        "report": report,
        "parts": parts,
        "accepted_parts": tally.accepted,
        "known_parts": tally.known,
        "refused_parts": refused,
        "entries": tally.entries,
        "rows": tally.taken,
        "refused_rows": codes,
        "notices": tally.notices,
    })
}

fn text(report: Option<&str>, parts: u32, tally: &Tally) -> String {
    let mut lines = vec![format!(
        "report {}: {} of {parts} parts accepted, {} already in the ledger, {} refused",
        report.unwrap_or_default(),
        tally.accepted,
        tally.known,
        tally.refused.len()
    )];
    lines.extend(
        tally
            .taken
            .iter()
            .map(|(word, count)| format!("  {count:>8}  {}", words(word))),
    );
    for (code, (count, rows)) in &tally.codes {
        let numbers: Vec<String> = rows.iter().map(ToString::to_string).collect();
        let more = if rows.len() as u64 == *count {
            ""
        } else {
            ", …"
        };
        lines.push(format!(
            "  {count:>8}  {code}: {}; rows {}{more}",
            code.rule(),
            numbers.join(", ")
        ));
        lines.push(format!("            help: {}", code.help()));
    }
    if tally.notices > 0 {
        lines.push(format!("  to be told: {} people", tally.notices));
    }
    for (part, receipt) in &tally.refused {
        let Some(refusal) = &receipt.refusal else {
            continue;
        };
        lines.push(format!(
            "  part {part} refused: {refusal}; entry {}",
            receipt.seq
        ));
    }
    lines.join("\n")
}

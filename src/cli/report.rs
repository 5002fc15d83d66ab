//! `mingma report`: a clerk's file made into a signed report, at the office that answers for it.
//!
//! Invariant: signing needs no data directory, only the office's key and the person key; a bad row
//! never hides the next. Refuses: a file that cannot be read to its end.

use super::context::{Context, local};
use super::error::{CliError, Done};
use super::rows::quoted;
use super::{json, parse, push};
use clap::{Args, Subcommand};
use domain::evidence::EvidenceKind;
use domain::ids::{OrgId, ReportId};
use domain::state::records::ReportRecord;
use intake::clerk::{Columns, Format, RowError, read_rows};
use intake::report::{ReportHead, ReportWriter, Written};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Rows between two movements of the progress bar.
const STEP_ROWS: u64 = 1_000;
/// Bad rows named on the terminal at most; the file names all.
const FAULTS_SHOWN: u64 = 50;

const EXAMPLES: &str = "\
Examples:
  mingma report sign contacts.csv --kind close_contact --org 410100-cdc --key cdc.key \\
      --person-key person.key --origin log.example/henan -o contacts.mmr
  mingma report push contacts.mmr
  mingma report status

Columns: document_number (证件号码), division (区划代码), occurred_at (发生时间), reference (编号),
and what the kind of evidence needs besides: link_document_number, link_reference, from, until, …
`mingma pack show` says who may supply which kind.";

/// `mingma report`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Read a CSV, XLSX or JSON file, sign its rows, write a report file
    Sign(Box<SignArgs>),
    /// Push a report file to the ledger; parts that are there already are recognised
    Push(push::Options),
    /// Show reports and how their rows fared
    Status {
        /// The beginning of a report's id
        report: Option<String>,
    },
}

/// Options of `report sign`.
#[derive(Args, Debug)]
pub struct SignArgs {
    /// The clerk's file
    file: PathBuf,
    /// What every row states
    #[arg(long, value_parser = parse::evidence_kind)]
    kind: EvidenceKind,
    /// The organisation that signs
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// The organisation's key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The person key that the ledger shares with its offices
    #[arg(long, value_name = "FILE")]
    person_key: PathBuf,
    /// The origin of the ledger spoken to
    #[arg(long)]
    origin: String,
    /// The report file to write
    #[arg(short, long, value_name = "OUT.mmr")]
    output: PathBuf,
    /// The legal duty or purpose under which the rows were collected
    #[arg(long, default_value = "epidemic prevention and control")]
    purpose: String,
    /// Sign nothing when a row is bad
    #[arg(long)]
    strict: bool,
}

/// Runs `mingma report`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Sign(args) => sign(cx, &args),
        Command::Push(options) => push::run(cx, &options),
        Command::Status { report } => status(cx, report.as_deref()),
    }
}

/// Bad rows: told on the side, and written to a file beside the report.
struct Rejected {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    count: u64,
}

impl Rejected {
    fn beside(report: &Path) -> Done<Self> {
        let path = report.with_extension("rejected.csv");
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(CliError::unwritable(&path, &error))
            }
            Ok(()) | Err(_) => Ok(Self {
                path,
                file: None,
                count: 0,
            }),
        }
    }

    fn add(&mut self, error: &RowError) -> Done {
        let fault = |error| CliError::unwritable(&self.path, &error);
        if self.file.is_none() {
            let mut file = BufWriter::new(File::create(&self.path).map_err(fault)?);
            file.write_all("\u{feff}row,column,reason,help\n".as_bytes())
                .map_err(fault)?;
            self.file = Some(file);
        }
        self.count = self.count.saturating_add(1);
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let column = error.column.map_or("", |column| column.word());
        let (reason, help) = (quoted(&error.reason.to_string()), quoted(&error.help()));
        writeln!(file, "{},{column},{reason},{help}", error.row).map_err(fault)
    }

    fn finish(&mut self) -> Done {
        match &mut self.file {
            Some(file) => file
                .flush()
                .map_err(|error| CliError::unwritable(&self.path, &error)),
            None => Ok(()),
        }
    }
}

fn sign(cx: &Context, args: &SignArgs) -> Done {
    let key = parse::key_pair(&args.key)?;
    let person_key = parse::person_key(&args.person_key)?;
    let name = args.file.to_string_lossy();
    let format = Format::from_name(&name).ok_or_else(|| {
        CliError::input(
            format!("`{name}` has no ending that tells its format"),
            "name it `.csv`, `.xlsx`, `.json` or `.jsonl`",
        )
    })?;
    let file = File::open(&args.file).map_err(|error| CliError::unreadable(&args.file, &error))?;
    let mut rows = read_rows(file, format, &Columns::standard(), &person_key, args.kind)?;
    let mut writer = ReportWriter::new(head(cx, args)?, spool()?)?;
    let mut rejected = Rejected::beside(&args.output)?;
    let bar = cx.progress(None, "rows read");
    let mut read = 0_u64;
    for row in rows.by_ref() {
        match row {
            Ok(row) => writer.push(&row.row)?,
            Err(error) => {
                rejected.add(&error)?;
                if rejected.count <= FAULTS_SHOWN {
                    bar.suspend(|| cx.aside(&error.to_string()));
                }
                if error.is_fatal() {
                    return Err(CliError::input(
                        format!("`{name}` cannot be read to its end"),
                        "nothing was signed; correct the file and start over",
                    ));
                }
            }
        }
        read = read.saturating_add(1);
        if read.is_multiple_of(STEP_ROWS) {
            bar.set_position(read);
        }
    }
    rejected.finish()?;
    bar.finish_and_clear();
    rows.warnings()
        .iter()
        .for_each(|warning| cx.aside(&warning.to_string()));
    if rejected.count == read || (args.strict && rejected.count > 0) {
        return Err(CliError::input(
            format!(
                "`{name}`: {} of {read} rows are bad; nothing was signed",
                rejected.count
            ),
            format!("`{}` names each; correct them", rejected.path.display()),
        ));
    }
    let written = write_report(args, writer, &key)?;
    tell(cx, args, written, &rejected)
}

fn head(cx: &Context, args: &SignArgs) -> Done<ReportHead> {
    let random = crate::office::random()?;
    let mut id = [0_u8; 16];
    id.iter_mut()
        .zip(random)
        .for_each(|(slot, byte)| *slot = byte);
    Ok(ReportHead {
        ledger: args.origin.clone(),
        org: args.org.clone(),
        report: ReportId::from_bytes(id),
        kind: args.kind,
        purpose: args.purpose.clone(),
        signed_at: cx.now(),
    })
}

fn spool() -> Done<File> {
    tempfile::tempfile().map_err(|error| {
        CliError::System(format!(
            "no temporary file: {error}\nhelp: free some space in TMPDIR"
        ))
    })
}

/// Writes beside and renames: a report file is whole or not there.
fn write_report(
    args: &SignArgs,
    writer: ReportWriter<File>,
    key: &intake::key::KeyPair,
) -> Done<Written> {
    let beside = args.output.with_extension("mmr.tmp");
    let fault = |error| CliError::unwritable(&args.output, &error);
    let mut out = BufWriter::new(File::create(&beside).map_err(fault)?);
    let written = writer.finish(key.signing(), &mut out)?;
    let file = out
        .into_inner()
        .map_err(|error| fault(error.into_error()))?;
    file.sync_all().map_err(fault)?;
    std::fs::rename(&beside, &args.output).map_err(fault)?;
    Ok(written)
}

fn tell(cx: &Context, args: &SignArgs, written: Written, rejected: &Rejected) -> Done {
    let list = (rejected.count > 0).then(|| rejected.path.display().to_string());
    let value = json!({
        "report": args.output.display().to_string(),
        "rows": written.rows,
        "parts": written.parts,
        "rejected": rejected.count,
        "rejected_file": list,
    });
    cx.show(value, || {
        let mut lines = vec![format!(
            "signed: {} rows in {} parts, {}",
            written.rows,
            written.parts,
            args.output.display()
        )];
        if let Some(list) = list {
            lines.push(format!(
                "rejected: {} rows, named in {list}",
                rejected.count
            ));
        }
        lines.push(format!(
            "next: `mingma report push {}`",
            args.output.display()
        ));
        lines.join("\n")
    })
}

fn record_value(id: &ReportId, record: &ReportRecord) -> Value {
    let missing: Vec<u32> = (0..record.parts)
        .filter(|part| !record.entries.contains_key(part))
        .collect();
    json!({
        "report": id.to_string(),
        "org": record.org.as_str(),
        "kind": record.kind.word(),
        "at": json::instant(record.at),
        "parts": record.parts,
        "missing_parts": missing,
        "entries": record.entries.values().collect::<Vec<_>>(),
        "rows": json::value(&record.rows),
    })
}

fn status(cx: &Context, prefix: Option<&str>) -> Done {
    let office = cx.office()?;
    let reports = &office.ledger().state().reports;
    let plain = prefix.unwrap_or_default().to_ascii_lowercase();
    let found: Vec<(&ReportId, &ReportRecord)> = reports
        .iter()
        .filter(|(id, _)| id.to_string().starts_with(&plain))
        .collect();
    if found.is_empty() && prefix.is_some() {
        return Err(CliError::input(
            format!("no report begins with `{plain}`"),
            "`mingma report status` lists them",
        ));
    }
    let value = found
        .iter()
        .map(|(id, record)| record_value(id, record))
        .collect();
    cx.show(Value::Array(value), || {
        let line = |(id, record): &(&ReportId, &ReportRecord)| {
            let rows = record.rows;
            format!(
                "{id}  {}  {}  {}  parts {}/{}\n  recorded {}, known before {}, refused {}, held {}",
                local(&office, record.at),
                record.org,
                cx.pick(record.kind.zh(), record.kind.en()),
                record.entries.len(),
                record.parts,
                rows.recorded,
                rows.duplicate,
                rows.refused,
                rows.held
            )
        };
        found.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

//! `mingma notice`: the outbox of notices.
//!
//! Invariant: what is shown names entries, never people, addresses or texts. Secrets come from the
//! environment and are never options, which other users of the machine could read.

use super::context::{Context, local, variable};
use super::error::{CliError, Done};
use super::json;
use crate::notices::run_once;
use crate::office::Office;
use app::notices::{Posted, Standing};
use app::ports::Outbox as _;
use clap::{Args, Subcommand, ValueEnum};
use courier::{Security, Settings, SmtpSettings, WebhookSettings};
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// Rows read at a time.
const PORTION: usize = 1_000;

const EXAMPLES: &str = "\
Examples:
  mingma notice list --state dead
  mingma notice retry
  mingma notice run --once --smtp-host localhost --smtp-security clear --smtp-from notice@example.org

Secrets are taken from MINGMA_WEBHOOK_SECRET, MINGMA_SMTP_USER and MINGMA_SMTP_PASSWORD.
`docs/notices.md` says who is told what, and how.";

/// `mingma notice`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// List notices, by entry: no names, no addresses, no texts
    List(ListArgs),
    /// Show one notice with its attempts
    Show {
        /// Its id, as `list` shows it
        id: String,
    },
    /// Put dead letters back into the queue
    Retry {
        /// At most so many
        #[arg(long, default_value_t = 100_000)]
        limit: usize,
    },
    /// Queue what is owed and send what is due
    Run(Box<RunArgs>),
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// Waiting
    Queued,
    /// Taken by the other side
    Sent,
    /// Given up
    Dead,
}

/// Options of `notice list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only those that stand like this
    #[arg(long)]
    state: Option<State>,
    /// Only those of this entry
    #[arg(long)]
    entry: Option<u64>,
    /// Only those that are late, or were
    #[arg(long)]
    late: bool,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

/// Options of `notice run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Stop when nothing is due any more
    #[arg(long, required = true)]
    once: bool,
    /// Where short messages are posted
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// The e-mail server
    #[arg(long, value_name = "HOST")]
    smtp_host: Option<String>,
    /// Its port
    #[arg(long, value_name = "PORT")]
    smtp_port: Option<u16>,
    /// How the connection is protected
    #[arg(long, default_value = "tls", value_name = "HOW")]
    smtp_security: Protection,
    /// The sender's address
    #[arg(long, value_name = "ADDRESS", requires = "smtp_host")]
    smtp_from: Option<String>,
    /// The address of the page with the details
    #[arg(long, value_name = "URL")]
    page: Option<String>,
    /// The hotline's number
    #[arg(long, default_value = "12345")]
    hotline: String,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Protection {
    /// TLS from the first byte
    Tls,
    /// TLS after a greeting
    Starttls,
    /// Not at all
    Clear,
}

/// Runs `mingma notice`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::List(args) => list(cx, &args),
        Command::Show { id } => show(cx, &id),
        Command::Retry { limit } => retry(cx, limit),
        Command::Run(args) => send(cx, &args),
    }
}

fn settings(args: &RunArgs) -> Done<Settings> {
    let need = |value: Option<String>, name: &str, help: &str| {
        value.ok_or_else(|| CliError::input(format!("{name} is not set"), help))
    };
    let mut settings = Settings {
        page: args.page.clone(),
        hotline: args.hotline.clone(),
        ..Settings::default()
    };
    if let Some(url) = args.webhook_url.clone() {
        let secret = variable("MINGMA_WEBHOOK_SECRET");
        let help = "set it to `whsec_` and 24 to 64 random bytes in base64";
        let secret = need(secret, "MINGMA_WEBHOOK_SECRET", help)?;
        settings.webhook = Some(WebhookSettings { url, secret });
    }
    if let Some(host) = args.smtp_host.clone() {
        let from = need(
            args.smtp_from.clone(),
            "`--smtp-from`",
            "give the sender's address",
        )?;
        settings.smtp = Some(SmtpSettings {
            host,
            port: args.smtp_port,
            security: match args.smtp_security {
                Protection::Tls => Security::Tls,
                Protection::Starttls => Security::Starttls,
                Protection::Clear => Security::Clear,
            },
            from,
            user: variable("MINGMA_SMTP_USER"),
            password: variable("MINGMA_SMTP_PASSWORD"),
        });
    }
    if settings.webhook.is_none() && settings.smtp.is_none() {
        let help = "give `--webhook-url`, or `--smtp-host` and `--smtp-from`";
        return Err(CliError::input("there is no way to send notices", help));
    }
    Ok(settings)
}

fn send(cx: &Context, args: &RunArgs) -> Done {
    let settings = settings(args)?;
    let mut office = cx.office()?;
    let counters = run_once(&mut office, &settings).map_err(CliError::System)?;
    let (waiting, dead) = office.outbox().waiting()?;
    office.close()?;
    let (sent, late) = (
        counters.sent.load(Ordering::Relaxed),
        counters.late.load(Ordering::Relaxed),
    );
    let value = json!({ "sent": sent, "late": late, "queued": waiting, "dead": dead });
    cx.show(value, || {
        format!("sent: {sent} ({late} late); waiting: {waiting}; dead: {dead}")
    })
}

fn retry(cx: &Context, limit: usize) -> Done {
    let office = cx.office()?;
    let revived = office.outbox().revive(cx.now(), limit)?;
    office.close()?;
    cx.show(json!({ "queued": revived }), || {
        format!("queued again: {revived}")
    })
}

/// Hands every row to `act`, in order, until it has enough.
fn each(office: &Office, mut act: impl FnMut(Posted) -> bool) -> Done {
    let mut after = None;
    loop {
        let rows = office.outbox().rows(after, PORTION)?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some(last.notice.key());
        for row in rows {
            if !act(row) {
                return Ok(());
            }
        }
    }
}

fn list(cx: &Context, args: &ListArgs) -> Done {
    let office = cx.office()?;
    let now = cx.now();
    let mut found = Vec::new();
    each(&office, |row| {
        let state = args
            .state
            .is_none_or(|state| word(state) == row.standing.word());
        let entry = args.entry.is_none_or(|entry| entry == row.notice.entry);
        if state && entry && (!args.late || row.late_s(now).is_some()) {
            found.push(row);
        }
        found.len() < args.limit
    })?;
    let value: Vec<Value> = found.iter().map(|row| value(&office, row, now)).collect();
    cx.show(json!(value), || {
        let lines = found.iter().map(|row| line(&office, row, now));
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn show(cx: &Context, id: &str) -> Done {
    let office = cx.office()?;
    let now = cx.now();
    let mut found = None;
    each(&office, |row| {
        if row.notice.id(origin(&office)) == id {
            found = Some(row);
        }
        found.is_none()
    })?;
    let row = found.ok_or_else(|| {
        let what = format!("there is no notice `{id}`");
        CliError::input(what, "take an id that `mingma notice list` shows")
    })?;
    cx.show(value(&office, &row, now), || {
        let mut text = line(&office, &row, now);
        text.push_str(&format!("\n  attempts: {}", row.attempts));
        if !row.why.is_empty() {
            text.push_str(&format!("\n  last failure: {}", row.why));
        }
        text
    })
}

const fn word(state: State) -> &'static str {
    match state {
        State::Queued => "queued",
        State::Sent => "sent",
        State::Dead => "dead",
    }
}

fn origin(office: &Office) -> &str {
    office
        .ledger()
        .state()
        .origin
        .as_deref()
        .unwrap_or_default()
}

fn line(office: &Office, row: &Posted, now: Timestamp) -> String {
    let notice = &row.notice;
    let late = row
        .late_s(now)
        .map_or(String::new(), |late| format!("  late by {late} s"));
    format!(
        "{}  entry {}  {}  {}  due {}{late}",
        notice.id(origin(office)),
        notice.entry,
        notice.event.word(),
        row.standing.word(),
        local(office, notice.due),
    )
}

fn value(office: &Office, row: &Posted, now: Timestamp) -> Value {
    let notice = &row.notice;
    let (sent_at, route) = match row.standing {
        Standing::Sent { at, route } => (Some(json::instant(at)), Some(route.word())),
        Standing::Queued | Standing::Dead { .. } => (None, None),
    };
    json!({
        "id": notice.id(origin(office)), "entry": notice.entry, "event": notice.event.word(),
        "state": row.standing.word(), "effect_at": json::instant(notice.at),
        "due": json::instant(notice.due), "late_s": row.late_s(now),
        "queued_at": json::instant(row.queued_at), "next_at": json::instant(row.next_at),
        "attempts": row.attempts, "sent_at": sent_at, "route": route, "why": row.why,
    })
}

//! `mingma status-list`: the lists that gatekeepers' devices read, cut, shown and compared.
//!
//! Invariant: a list is published only after the ledger accepted its counts. Shown are counts and
//! digests; no slot leads to a person here.

use super::act::{self, SignerArgs};
use super::context::{Context, local};
use super::error::{CliError, Done};
use super::{json, parse};
use crate::issuance::{Cadence, Cutting, PublishedList, version_path};
use crate::office::Office;
use app::issuing;
use app::ports::Publisher as _;
use clap::{Args, Subcommand};
use credential::list::{SignedList, Status, StatusArray, Wanted};
use domain::publication::{KeyPurpose, ListRecord};
use domain::time::Day;
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  mingma status-list cut --as 410000-bureau.issuer --key issuer.key
  mingma status-list show
  mingma status-list diff 2022-06-13 --from 3 --to 4";

/// `mingma status-list`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Cut the lists of the days whose codes are still good, and publish what changed
    Cut(CutArgs),
    /// Show the newest version of each list: counts, age, entry
    Show,
    /// Say how many slots changed between two versions, and how
    Diff(DiffArgs),
}

/// Options of `status-list cut`.
#[derive(Args, Debug)]
pub struct CutArgs {
    /// Not more often than this, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    every: u64,
    /// Cut although nothing changed and although it is early
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `status-list diff`.
#[derive(Args, Debug)]
pub struct DiffArgs {
    /// The day of the list
    #[arg(value_parser = parse::day)]
    day: Day,
    /// The earlier version [default: the one before the later]
    #[arg(long, value_name = "N")]
    from: Option<u64>,
    /// The later version [default: the newest]
    #[arg(long, value_name = "N")]
    to: Option<u64>,
}

/// Runs `mingma status-list`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Cut(args) => cut(cx, &args),
        Command::Show => show(cx),
        Command::Diff(args) => diff(cx, &args),
    }
}

fn cut(cx: &Context, args: &CutArgs) -> Done {
    let signer = args.signer.signer()?;
    let mut office = cx.office()?;
    let origin = act::origin(&office)?;
    let cadence = Cadence {
        every_s: args.every,
        anyway: args.force,
    };
    let done = office.cut_lists(cx.now(), cadence, |body| {
        act::sign(cx, &origin, &signer, body)
    })?;
    office.close()?;
    let refused = done.iter().find_map(|cutting| match cutting {
        Cutting::Refused(receipt) => Some(receipt),
        _ => None,
    });
    if let Some(receipt) = refused {
        return act::answer(cx, receipt, "status list", Vec::new());
    }
    let value: Vec<Value> = done.iter().map(cutting_value).collect();
    cx.show(json!({ "lists": value }), || {
        let lines = done.iter().map(cutting_text);
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn cutting_value(cutting: &Cutting) -> Value {
    match cutting {
        Cutting::Published(list) => json!({
            "published": true,
            "day": list.day.to_string(),
            "version": list.version.version,
            "uri": list.version.uri,
            "entry": list.entry,
            "slots": list.version.slots,
            "revoked": list.version.revoked,
            "yellow": list.version.yellow,
            "red": list.version.red,
            "sha256": domain::ids::to_hex(&list.version.sha256),
            "bytes": list.bytes,
            "witnessed": list.witnessed,
            "withheld": list.version.withheld.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Cutting::Unchanged(day) => json!({
            "published": false, "day": day.to_string(), "why": "unchanged",
        }),
        Cutting::TooSoon(day) => json!({
            "published": false, "day": day.to_string(), "why": "too_soon",
        }),
        Cutting::Refused(receipt) => act::refused_value(receipt),
    }
}

/// One line about what became of a list.
pub fn cutting_text(cutting: &Cutting) -> String {
    match cutting {
        Cutting::Published(PublishedList {
            day,
            version,
            entry,
            bytes,
            witnessed,
        }) => {
            let seen = match witnessed {
                Some(true) => "cosigned by the witnesses that the policy asks for",
                Some(false) => {
                    "unwitnessed: too few witnesses answered; gates that ask for them refuse it"
                }
                None => "unwitnessed: the policy asks for no witness",
            };
            let waiting = match version.withheld.len() {
                0 => String::new(),
                count => format!(
                    "\n  {count} large orders are left out: no quorum of witnesses has seen them \
                     yet\n  help: `mingma witness ask`, then cut again"
                ),
            };
            format!(
                "published: list of {day}, version {}, entry {entry}\n  {} yellow, {} red, {} \
                 withdrawn in {} slots; {bytes} bytes\n  {seen}{waiting}",
                version.version, version.yellow, version.red, version.revoked, version.slots
            )
        }
        Cutting::Unchanged(day) => format!("unchanged: the list of {day} still says what is so"),
        Cutting::TooSoon(day) => {
            format!("waiting: the list of {day} was cut a moment ago; say `--force` to cut it now")
        }
        Cutting::Refused(receipt) => format!("refused, entry {}", receipt.seq),
    }
}

fn show(cx: &Context) -> Done {
    let office = cx.office()?;
    let now = cx.now();
    let lists = &office.ledger().state().lists;
    let mut newest: Vec<&ListRecord> = lists.values().collect();
    newest.sort_by_key(|record| (record.newest.expires, record.entry));
    let value: Vec<Value> = newest
        .iter()
        .map(|record| {
            let list = &record.newest;
            json!({
                "uri": list.uri,
                "version": list.version,
                "entry": record.entry,
                "slots": list.slots,
                "revoked": list.revoked,
                "yellow": list.yellow,
                "red": list.red,
                "sha256": domain::ids::to_hex(&list.sha256),
                "issued": json::instant(list.issued),
                "expires": json::instant(list.expires),
                "expired": now >= list.expires,
            })
        })
        .collect();
    cx.show(json!({ "lists": value }), || {
        if newest.is_empty() {
            return "no list is published yet\nhelp: `mingma status-list cut`".to_owned();
        }
        let lines = newest.iter().map(|record| {
            let list = &record.newest;
            let age = match now >= list.expires {
                true => "expired".to_owned(),
                false => format!("cut {}", local(&office, list.issued)),
            };
            format!(
                "{}  version {}, {age}, entry {}\n  {} yellow, {} red, {} withdrawn in {} slots",
                list.uri,
                list.version,
                record.entry,
                list.yellow,
                list.red,
                list.revoked,
                list.slots
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// Reads one published version of the list of a day.
fn version(office: &Office, day: Day, number: u64) -> Done<StatusArray> {
    let origin = act::origin(office)?;
    let uri = issuing::list_uri(&origin, day);
    let record = office.ledger().state().lists.get(&uri);
    let missing = || {
        CliError::input(
            format!("there is no version {number} of the list of {day}"),
            "`mingma status-list show` tells the newest",
        )
    };
    let slots = record.ok_or_else(missing)?.newest.slots;
    let token = office.publisher().read(&version_path(day, number))?;
    let token = token.ok_or_else(missing)?;
    let key = office.issuing_key(KeyPurpose::StatusList)?.public();
    let read = || {
        let content = SignedList::read(&token)?.verify(&key)?;
        content.array(Wanted { uri: &uri, slots })
    };
    read().map_err(|error| {
        CliError::System(format!("version {number} of the list of {day}: {error}"))
    })
}

fn diff(cx: &Context, args: &DiffArgs) -> Done {
    let office = cx.office()?;
    let origin = act::origin(&office)?;
    let record = office
        .ledger()
        .state()
        .lists
        .get(&issuing::list_uri(&origin, args.day));
    let newest = record.map_or(0, |record| record.newest.version);
    let to = args.to.unwrap_or(newest);
    let from = args.from.unwrap_or_else(|| to.saturating_sub(1));
    let (before, after) = (
        version(&office, args.day, from)?,
        version(&office, args.day, to)?,
    );
    let mut slots = before.marked();
    slots.extend(after.marked());
    slots.sort_unstable();
    slots.dedup();
    let mut counts = std::collections::BTreeMap::<(u8, u8), u64>::new();
    for idx in slots {
        let (Some(one), Some(other)) = (before.get(idx), after.get(idx)) else {
            continue;
        };
        if one != other {
            let count = counts.entry((one, other)).or_default();
            *count = count.saturating_add(1);
        }
    }
    let word = |value: u8| match Status::from_value(value) {
        Some(Status::Green) | None => "green",
        Some(Status::Revoked) => "withdrawn",
        Some(Status::Yellow) => "yellow",
        Some(Status::Red) => "red",
    };
    let value: Vec<Value> = counts
        .iter()
        .map(|((one, other), count)| {
            json!({ "from": word(*one), "to": word(*other), "slots": count })
        })
        .collect();
    cx.show(json!({ "from": from, "to": to, "changes": value }), || {
        let mut lines = vec![format!("list of {}, version {from} to {to}", args.day)];
        if counts.is_empty() {
            lines.push("  nothing changed".to_owned());
        }
        let changes = counts.iter();
        lines.extend(
            changes.map(|((one, other), count)| {
                format!("  {} to {}: {count}", word(*one), word(*other))
            }),
        );
        lines.join("\n")
    })
}

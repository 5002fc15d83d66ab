//! `mingma witness`: run a witness for another's log, and ask the witnesses of one's own.
//!
//! Invariant: a witness cosigns by the wall clock and its own directory alone. Refuses: to listen
//! anywhere but on this machine unless told so.

use super::context::{Context, complain, local};
use super::error::{CliError, Done};
use super::parse;
use crate::office::{WallClock, random};
use crate::{cosign, policy_file};
use app::ports::Clock as _;
use clap::Subcommand;
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tlog::{Note, VerifierKey};
use witness::{Event, Limits, Seeds, Store, StoreError, Surroundings, serve};

/// The longest policy file.
const POLICY_BYTES_MAX: usize = 256 * 1_024;

const POLICY_HELP: &str =
    "write `log`, `witness`, `group` and `quorum` lines; `mingma witness --help` shows a policy";

const EXAMPLES: &str = "\
Examples:
  mingma witness init watch --name witness.example/zhongyuan
  mingma witness trust watch \"$VKEY\" --url https://log.example/henan
  mingma witness serve watch --listen 127.0.0.1:7380
  mingma witness policy --set henan.policy --data henan
  mingma witness ask --data henan

A policy has a line for the log, one for each witness with its address, and how many must cosign:
  log <vkey> https://log.example/henan
  witness zhongyuan <vkey> http://127.0.0.1:7380
  group all-of-them any zhongyuan
  quorum all-of-them";

/// `mingma witness`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Make a witness's directory with fresh keys
    Init {
        /// A directory that does not exist
        directory: PathBuf,
        /// The name that its keys bear
        #[arg(long)]
        name: String,
    },
    /// Add a log to those that a witness cosigns for
    Trust {
        /// The witness's directory
        directory: PathBuf,
        /// The log's public key, or a file with it
        vkey: String,
        /// Where the log is published
        #[arg(long)]
        url: Option<String>,
    },
    /// Print the witness's public keys
    Keys {
        /// The witness's directory
        directory: PathBuf,
    },
    /// Serve: cosign what only grows, keep evidence of what does not
    Serve {
        /// The witness's directory
        directory: PathBuf,
        /// Where to listen; in front of it goes a proxy that speaks TLS
        #[arg(long, default_value = "127.0.0.1:7380", value_name = "ADDRESS")]
        listen: String,
    },
    /// Say who cosigned this ledger's newest checkpoint
    Status,
    /// Show or set this ledger's policy: its witnesses, and how many must cosign
    Policy {
        /// The policy file to set
        #[arg(long, value_name = "FILE")]
        set: Option<PathBuf>,
    },
    /// Ask the witnesses to cosign this ledger's newest checkpoint
    Ask,
}

/// Runs `mingma witness`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Init { directory, name } => init(cx, &directory, &name),
        Command::Trust {
            directory,
            vkey,
            url,
        } => trust(cx, &directory, &vkey, url.as_deref()),
        Command::Keys { directory } => {
            let store = Store::open(&directory).map_err(unusable)?;
            keys(cx, &store, "keys of this witness")
        }
        Command::Serve { directory, listen } => serve_on(cx, &directory, &listen),
        Command::Status => status(cx),
        Command::Policy { set } => policy(cx, set.as_deref()),
        Command::Ask => ask(cx),
    }
}

fn unusable(error: StoreError) -> CliError {
    CliError::System(error.to_string())
}

fn init(cx: &Context, directory: &Path, name: &str) -> Done {
    let seeds = Seeds {
        ed25519: random()?.into(),
        ml_dsa_44: random()?.into(),
    };
    Store::create(directory, name, &seeds).map_err(unusable)?;
    let store = Store::open(directory).map_err(unusable)?;
    keys(cx, &store, "made; keys for the policies of the logs")
}

fn keys(cx: &Context, store: &Store, what: &str) -> Done {
    let keys: Vec<String> = store.keys().iter().map(ToString::to_string).collect();
    cx.show(json!({ "keys": keys }), || {
        let mut lines = vec![format!("{what}:")];
        lines.extend(keys.iter().map(|key| format!("  {key}")));
        lines.join("\n")
    })
}

fn trust(cx: &Context, directory: &Path, vkey: &str, url: Option<&str>) -> Done {
    let path = Path::new(vkey);
    let text = match path.is_file() {
        true => parse::read_text(path, POLICY_BYTES_MAX)?,
        false => vkey.to_owned(),
    };
    let key = VerifierKey::parse(text.trim()).map_err(|error| {
        CliError::input(
            format!("not the public key of a log: {error}"),
            "give what `mingma log vkey` prints, from somebody you trust",
        )
    })?;
    let store = Store::open(directory).map_err(unusable)?;
    store.trust(&key, url).map_err(unusable)?;
    let name = key.name().to_string();
    cx.show(json!({ "log": name }), || {
        format!("cosigns from now on for `{name}`")
    })
}

fn serve_on(cx: &Context, directory: &Path, listen: &str) -> Done {
    let store = Store::open(directory).map_err(unusable)?;
    let listener = TcpListener::bind(listen).map_err(|error| {
        CliError::System(format!(
            "cannot listen on `{listen}`: {error}\nhelp: choose another address with `--listen`"
        ))
    })?;
    let surroundings = Surroundings {
        clock: Box::new(|| WallClock.now().as_unsigned_unix()),
        report: Box::new(|event| match event {
            Event::Failed(error) => complain(&format!("mingma: not cosigning: {error}")),
            Event::Kept(kind, path) => complain(&format!(
                "mingma: kept evidence ({kind:?}): {}\nhelp: look at it and tell the other \
                 witnesses; `docs/witness.md` says how",
                path.display()
            )),
        }),
        limits: Limits::default(),
    };
    let handle = serve(listener, Arc::new(store), surroundings)
        .map_err(|error| CliError::System(format!("the witness cannot serve: {error}")))?;
    let address = handle.address().to_string();
    cx.show(json!({ "listening": address }), || {
        format!("listening on http://{address}")
    })?;
    // What is cosigned is durable before it is signed: the process may be killed at any moment.
    loop {
        std::thread::park();
    }
}

fn policy(cx: &Context, set: Option<&Path>) -> Done {
    let office = cx.office()?;
    if let Some(path) = set {
        let text = parse::read_text(path, POLICY_BYTES_MAX)?;
        policy_file::set(&office, &text)
            .map_err(|why| CliError::input(format!("`{}`: {why}", path.display()), POLICY_HELP))?;
    }
    let text = policy_file::read(&office).map_err(CliError::System)?;
    let parsed = policy_file::policy(&office).map_err(CliError::System)?;
    office.close()?;
    let value = json!({
        "policy": text,
        "asks_for_witnesses": parsed.asks_for_witnesses(),
        "witnesses": parsed.witness_urls().map(|(name, url)| json!({
            "name": name, "url": url,
        })).collect::<Vec<_>>(),
    });
    cx.show(value, || text.clone())
}

fn status(cx: &Context) -> Done {
    let office = cx.office()?;
    let policy = policy_file::policy(&office).map_err(CliError::System)?;
    let Some(text) = office.checkpoint()? else {
        return Err(CliError::input(
            "there is no checkpoint yet",
            "begin the ledger first",
        ));
    };
    let broken = |error: tlog::Error| CliError::System(format!("the checkpoint: {error}"));
    let note = Note::parse(&text).map_err(broken)?;
    let opened = policy.open(&note).map_err(broken)?;
    let met = cosign::is_witnessed(&office, &policy).map_err(CliError::System)?;
    let rows: Vec<(String, Option<u64>)> = policy
        .witness_urls()
        .zip(policy.witnesses())
        .map(|((name, _), key)| {
            let id = key.id();
            let found = opened
                .cosigned
                .iter()
                .find(|cosigned| cosigned.key_id == id);
            (name.to_owned(), found.map(|cosigned| cosigned.time_s))
        })
        .collect();
    let at = |time_s: u64| Timestamp::from_unix(i64::try_from(time_s).unwrap_or(i64::MAX));
    let value: Vec<Value> = rows
        .iter()
        .map(|(name, time_s)| {
            json!({ "name": name, "cosigned_at": time_s.map(|time_s| at(time_s).to_string()) })
        })
        .collect();
    let size = opened.checkpoint.size();
    let value = json!({ "size": size, "quorum_met": met, "witnesses": value });
    let text = || {
        let mut lines = vec![format!("checkpoint of {size} entries")];
        for (name, time_s) in &rows {
            lines.push(match time_s {
                Some(time_s) => format!("  {name}: cosigned {}", local(&office, at(*time_s))),
                None => format!("  {name}: has not cosigned it"),
            });
        }
        lines.push(match met {
            None => "the policy asks for no witness: lists are unwitnessed".to_owned(),
            Some(true) => "the quorum is met".to_owned(),
            Some(false) => "the quorum is not met: large orders have no effect on lists yet\n\
                            help: `mingma witness ask`"
                .to_owned(),
        });
        lines.join("\n")
    };
    cx.show(value, text)?;
    Ok(office.close()?)
}

fn ask(cx: &Context) -> Done {
    let mut office = cx.office()?;
    let asked = cosign::cosign(&mut office).map_err(CliError::System)?;
    office.close()?;
    let (met, failures) = (asked.quorum_met(), asked.failures());
    let cosigned = match &asked {
        cosign::Cosigning::NotAsked => Vec::new(),
        cosign::Cosigning::Asked(gathered) => gathered.cosigned.clone(),
    };
    let value = json!({ "cosigned": cosigned, "failures": failures, "quorum_met": met });
    cx.show(value, || {
        let mut lines: Vec<String> = cosigned
            .iter()
            .map(|name| format!("cosigned: {name}"))
            .collect();
        lines.extend(failures.iter().cloned());
        if met.is_none() {
            lines.push(
                "the policy names no witness; set one with `mingma witness policy --set`"
                    .to_owned(),
            );
        }
        lines.join("\n")
    })?;
    match met {
        Some(false) => Err(CliError::Failed(
            "too few witnesses have cosigned\nhelp: try again; large orders wait until then"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

//! Acts from the command line: signed with a key file, submitted, answered in one place.
//!
//! Invariant: an act is signed at the reading of the wall clock; no option sets its time. What is
//! told is what the ledger answered.

use super::context::{Context, variable};
use super::error::{CliError, Done};
use super::{json, parse};
use crate::client::Caller;
use crate::office::Office;
use app::ledger::Receipt;
use clap::Args;
use domain::act::{Act, ActBody};
use domain::document::PersonId;
use domain::ids::OfficerId;
use intake::key::KeyPair;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Who signs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Who signs")]
pub struct SignerArgs {
    /// The officer who acts [env: MINGMA_OFFICER]
    #[arg(long = "as", id = "signing_officer", value_name = "OFFICER")]
    officer: Option<OfficerId>,
    /// The officer's key file [env: MINGMA_KEY]
    #[arg(long = "key", id = "signing_key", value_name = "FILE")]
    key: Option<PathBuf>,
}

/// An officer with a key at hand.
pub struct Signer {
    officer: OfficerId,
    key: KeyPair,
}

impl Signer {
    /// The same officer as who signs requests.
    pub fn caller(&self) -> Caller<'_> {
        Caller {
            keyid: format!("officer:{}", self.officer),
            key: self.key.signing(),
        }
    }
}

impl SignerArgs {
    /// Whether an officer is named, here or in the environment.
    pub fn is_given(&self) -> bool {
        self.officer.is_some() || variable("MINGMA_OFFICER").is_some()
    }

    /// Reads the key file.
    pub fn signer(&self) -> Done<Signer> {
        let officer = match (&self.officer, variable("MINGMA_OFFICER")) {
            (Some(officer), _) => officer.clone(),
            (None, Some(text)) => text.parse().map_err(|error| {
                CliError::input(format!("MINGMA_OFFICER is {error}"), "correct the variable")
            })?,
            (None, None) => {
                return Err(CliError::input(
                    "an act needs an officer who signs it",
                    "say `--as OFFICER --key FILE`, or set MINGMA_OFFICER and MINGMA_KEY",
                ));
            }
        };
        let path = self
            .key
            .clone()
            .or_else(|| variable("MINGMA_KEY").map(PathBuf::from));
        let path = path.ok_or_else(|| {
            CliError::input(
                format!("an act needs the key file of `{officer}`"),
                "say `--key FILE` or set MINGMA_KEY",
            )
        })?;
        Ok(Signer {
            officer,
            key: parse::key_pair(&path)?,
        })
    }
}

/// Signs an act for a ledger, now.
pub fn sign(cx: &Context, origin: &str, signer: &Signer, body: ActBody) -> Done<Vec<u8>> {
    let random = crate::office::random()?;
    let mut nonce = [0_u8; 16];
    nonce
        .iter_mut()
        .zip(random)
        .for_each(|(slot, byte)| *slot = byte);
    let act = Act {
        ledger: origin.to_owned(),
        officer: signer.officer.clone(),
        signed_at: cx.now(),
        nonce,
        body,
    };
    Ok(intake::sign_act(&act, signer.key.signing())?)
}

/// The origin of an open ledger.
pub fn origin(office: &Office) -> Done<String> {
    office.ledger().state().origin.clone().ok_or_else(|| {
        CliError::System(
            "this ledger has not begun\nhelp: its genesis was refused; make a fresh directory"
                .to_owned(),
        )
    })
}

/// Signs and submits; gives the receipt, refused or not.
pub fn submit(cx: &Context, office: &mut Office, signer: &Signer, body: ActBody) -> Done<Receipt> {
    let bytes = sign(cx, &origin(office)?, signer, body)?;
    let receipts = office.submit(cx.now(), vec![bytes])?;
    let receipt = receipts.into_iter().next();
    office.settle()?;
    receipt.ok_or_else(|| CliError::System("the ledger gave no answer".to_owned()))
}

/// Puts on record that somebody looks at a person, before anything is read (I14).
pub fn look(
    cx: &Context,
    office: &mut Office,
    signer: &Signer,
    person: PersonId,
    (purpose, case): (&str, &str),
) -> Done<Receipt> {
    let body = ActBody::AccessLook {
        person,
        purpose: purpose.to_owned(),
        case: case.to_owned(),
    };
    submit(cx, office, signer, body)
}

/// Signs, submits, closes and tells; refused acts are errors. `more` goes into the JSON.
pub fn perform(
    cx: &Context,
    mut office: Office,
    signer: &Signer,
    body: ActBody,
    what: &str,
    more: impl FnOnce(&Receipt) -> Vec<(&'static str, Value)>,
) -> Done {
    let receipt = submit(cx, &mut office, signer, body)?;
    office.close()?;
    answer(cx, &receipt, what, more(&receipt))
}

/// [`perform`] on the directory of the context, with nothing more to tell.
pub fn act(cx: &Context, signer: &SignerArgs, body: ActBody, what: &str) -> Done {
    let signer = signer.signer()?;
    perform(cx, cx.office()?, &signer, body, what, |_| Vec::new())
}

/// Tells the answer to an act.
pub fn answer(
    cx: &Context,
    receipt: &Receipt,
    what: &str,
    more: Vec<(&'static str, Value)>,
) -> Done {
    if let Some(refusal) = &receipt.refusal {
        if cx.json() {
            cx.show(refused_value(receipt), String::new)?;
        }
        let refusal = Box::new(refusal.clone());
        return Err(CliError::Refused {
            entry: Some(receipt.seq),
            refusal,
        });
    }
    let mut value = accepted_value(receipt);
    let mut lines = vec![format!("accepted: {what}, entry {}", receipt.seq)];
    let people = receipt.leaf.as_ref().map_or(0, |leaf| leaf.people);
    if people > 0 {
        lines.push(format!(
            "  people: {people}; to be told: {}",
            receipt.notices
        ));
    }
    for permit in &receipt.permits {
        lines.push(format!("  permitted by `{}`: {}", permit.id, permit.basis));
    }
    for (key, item) in more {
        if let Some(text) = item.as_str() {
            lines.push(format!("  {key}: {text}"));
        }
        if let Some(object) = value.as_object_mut() {
            object.insert(key.to_owned(), item);
        }
    }
    cx.show(value, || lines.join("\n"))
}

/// An accepted act as JSON.
pub fn accepted_value(receipt: &Receipt) -> Value {
    let leaf = receipt.leaf.as_ref();
    json!({
        "accepted": true,
        "entry": receipt.seq,
        "known": receipt.known,
        "kind": leaf.map(|leaf| leaf.kind.clone()),
        "at": leaf.map(|leaf| json::instant(leaf.at)),
        "people": leaf.map_or(0, |leaf| leaf.people),
        "notices": receipt.notices,
        "permits": json::value(&receipt.permits),
        "digest": receipt.digest.to_string(),
    })
}

/// A refusal as JSON.
pub fn refused_value(receipt: &Receipt) -> Value {
    json!({
        "accepted": false,
        "entry": receipt.seq,
        "refusal": receipt.refusal.as_ref().map(|refusal| json!({
            "code": refusal.code.word(),
            "invariant": format!("I{}", refusal.code.invariant()),
            "rule": refusal.code.rule(),
            "detail": refusal.detail,
            "help": refusal.code.help(),
        })),
    })
}

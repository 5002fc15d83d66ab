//! `mingma person`: the vault of names, apart from the ledger.
//!
//! Invariant: nothing is read from the vault before the look stands in the ledger, with its purpose
//! and case (I14). Refuses: to print what was not asked to be revealed.

use super::act::{self, SignerArgs};
use super::context::{Context, local};
use super::error::{CliError, Done};
use super::rows::{Row, Table};
use super::{json, parse};
use crate::office::Office;
use app::ports::{Identity, Vault};
use clap::{Args, Subcommand};
use domain::document::{Document, PersonId};
use domain::state::records::Access;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// People stored in the vault at a time.
const BATCH_PEOPLE: usize = 1_000;
/// The longest name, phone number or e-mail address, in bytes.
const TEXT_BYTES_MAX: usize = 256;

const EXAMPLES: &str = "\
Examples:
  mingma person import people.csv
  mingma person show 990000199001010017 --purpose appeal --case A-17 \\
      --as 410000-review.lin --key lin.key

The columns of an import are document_type (证件类型), document_number (证件号码), name (姓名), phone
(联系电话) and email (邮箱). Importing again replaces what was there and repeats nothing.";

/// `mingma person`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Put names, phones and e-mail addresses into the vault from a CSV file
    Import {
        /// The file
        file: PathBuf,
    },
    /// Look a person up: recorded first, shown masked
    Show(ShowArgs),
    /// Make a one-time code with which a person signs in at the server; the look is recorded first
    Activate(ShowArgs),
    /// Destroy a person's key and salts: name, document, phone, slot and receipts are gone for good
    Erase(EraseArgs),
}

/// Options of `person show`.
#[derive(Args, Debug)]
pub struct ShowArgs {
    /// A document number, `KIND:NUMBER`, or a person id
    person: String,
    /// What for; the person will see it
    #[arg(long)]
    purpose: String,
    /// The case it belongs to
    #[arg(long)]
    case: String,
    /// Show name, number, phone and e-mail in full
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Options of `person erase`.
#[derive(Args, Debug)]
pub struct EraseArgs {
    /// A document number, `KIND:NUMBER`, or a person id
    person: String,
    /// What for; it stands in the ledger
    #[arg(long)]
    purpose: String,
    /// The case it belongs to
    #[arg(long)]
    case: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Runs `mingma person`.
pub fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Import { file } => import(cx, &file),
        Command::Show(args) => show(cx, &args),
        Command::Activate(args) => activate(cx, &args),
        Command::Erase(args) => erase(cx, &args),
    }
}

struct Heading {
    kind: Option<usize>,
    number: usize,
    name: usize,
    phone: Option<usize>,
    email: Option<usize>,
}

fn heading(path: &Path, row: &Row) -> Done<Heading> {
    let missing = |column: &str| {
        CliError::input(
            format!("`{}` has no column {column}", path.display()),
            "the first row names the columns: document_type, document_number, name, phone, email",
        )
    };
    Ok(Heading {
        kind: row.heading(&["document_type", "证件类型"]),
        number: row
            .heading(&["document_number", "证件号码"])
            .ok_or_else(|| missing("`document_number` (`证件号码`)"))?,
        name: row
            .heading(&["name", "姓名"])
            .ok_or_else(|| missing("`name` (`姓名`)"))?,
        phone: row.heading(&["phone", "联系电话"]),
        email: row.heading(&["email", "邮箱"]),
    })
}

fn identity(row: &Row, heading: &Heading) -> Result<(Document, Identity), String> {
    let kind = heading.kind.map_or("", |place| row.cell(place));
    let kind = if kind.is_empty() { "resident_id" } else { kind };
    let document = parse::document(&format!("{kind}:{}", row.cell(heading.number)))?;
    let name = row.cell(heading.name);
    let phone = heading.phone.map_or("", |place| row.cell(place));
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    let email = heading.email.map_or("", |place| row.cell(place));
    if [name, phone, email]
        .iter()
        .any(|text| text.len() > TEXT_BYTES_MAX)
    {
        return Err(format!(
            "name, phone or email is longer than {TEXT_BYTES_MAX} bytes"
        ));
    }
    let identity = Identity {
        document_type: document.kind(),
        document_number: document.number().to_owned(),
        name: name.to_owned(),
        phone: Some(phone.to_owned()).filter(|phone| !phone.is_empty()),
        email: Some(email.to_owned()).filter(|email| !email.is_empty()),
    };
    Ok((document, identity))
}

fn import(cx: &Context, path: &Path) -> Done {
    let mut table = Table::open(path)?;
    let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let Some(first) = table.row()? else {
        return Err(CliError::input(
            format!("`{}` is empty", path.display()),
            "give rows",
        ));
    };
    let heading = heading(path, &first)?;
    let office = cx.office()?;
    let mut vault = office.vault()?;
    let bar = cx.progress(Some(length), "importing");
    let mut batch: Vec<(PersonId, Identity)> = Vec::with_capacity(BATCH_PEOPLE);
    let mut faults = Vec::new();
    let mut stored = 0_u64;
    while let Some(row) = table.row()? {
        match identity(&row, &heading) {
            Ok((document, identity)) => {
                batch.push((office.person_key().person_id(&document), identity));
                stored = stored.saturating_add(1);
            }
            Err(why) => {
                bar.suspend(|| cx.aside(&format!("row {}: {why}", row.number)));
                faults.push(json!({ "row": row.number, "why": why }));
            }
        }
        if batch.len() >= BATCH_PEOPLE {
            vault.store(&batch)?;
            batch.clear();
            bar.set_position(table.bytes());
        }
    }
    vault.store(&batch)?;
    drop(vault);
    office.close()?;
    bar.finish_and_clear();
    let rejected = faults.len();
    let value = json!({ "stored": stored, "rejected": rejected, "faults": faults });
    cx.show(value, || {
        format!("stored: {stored} people; rejected: {rejected} rows")
    })?;
    if stored == 0 && rejected > 0 {
        return Err(CliError::input(
            "no row could be stored",
            "correct the rows named above",
        ));
    }
    Ok(())
}

fn show(cx: &Context, args: &ShowArgs) -> Done {
    let signer = args.signer.signer()?;
    let mut office = cx.office()?;
    let person = parse::person(&args.person, office.person_key())?;
    let looks = earlier_looks(&office, person);
    let about = (args.purpose.as_str(), args.case.as_str());
    let receipt = act::look(cx, &mut office, &signer, person, about)?;
    if receipt.refusal.is_some() {
        office.close()?;
        return act::answer(cx, &receipt, "look", Vec::new());
    }
    let identity = office.vault()?.read(person)?;
    let shown = identity.map(|identity| reveal(&identity, args.reveal));
    let value = json!({
        "person": person.to_string(),
        "entry": receipt.seq,
        "identity": shown.as_ref().map(|shown| json!({
            "document_type": shown.kind, "document_number": shown.number,
            "name": shown.name, "phone": shown.phone, "email": shown.email, "masked": !args.reveal,
        })),
        "looks": looks.iter().map(look_value).collect::<Vec<_>>(),
    });
    let text = || {
        let mut lines = vec![
            format!("person {person}"),
            format!(
                "  this look is entry {}; the person can see it",
                receipt.seq
            ),
        ];
        match &shown {
            Some(shown) => {
                lines.push(format!("  name: {}", shown.name));
                lines.push(format!("  {}: {}", shown.kind, shown.number));
                lines.extend(shown.phone.iter().map(|phone| format!("  phone: {phone}")));
                lines.extend(shown.email.iter().map(|email| format!("  email: {email}")));
            }
            None => lines.push("  the vault does not know this person".to_owned()),
        }
        lines.push(format!("  looked up before: {} times", looks.len()));
        lines.extend(looks.iter().map(|look| {
            let at = local(&office, look.by.at);
            format!(
                "    {at}  {}  {} ({})",
                look.by.officer, look.purpose, look.case
            )
        }));
        lines.join("\n")
    };
    cx.show(value, text)?;
    Ok(office.close()?)
}

/// Makes a person's activation code, after a look that the person can see (I14).
fn activate(cx: &Context, args: &ShowArgs) -> Done {
    let signer = args.signer.signer()?;
    let mut office = cx.office()?;
    let person = parse::person(&args.person, office.person_key())?;
    let about = (args.purpose.as_str(), args.case.as_str());
    let receipt = act::look(cx, &mut office, &signer, person, about)?;
    if receipt.refusal.is_some() {
        office.close()?;
        return act::answer(cx, &receipt, "look", Vec::new());
    }
    let entropy = crate::office::random()?;
    let accounts = office.accounts()?;
    let code = app::signin::activate(&accounts, person, cx.now(), &entropy)?;
    drop(accounts);
    office.close()?;
    let until = cx.now().plus_s(app::signin::ACTIVATION_S);
    let value = json!({ "code": code, "until": json::instant(until), "entry": receipt.seq });
    cx.show(value, || {
        format!(
            "give this code to the person; it works once, until {until}:\n{code}\n  the look is entry {}",
            receipt.seq
        )
    })
}

/// Destroys what leads from the ledger to a person. The act stands in the ledger first (I14).
fn erase(cx: &Context, args: &EraseArgs) -> Done {
    let signer = args.signer.signer()?;
    let mut office = cx.office()?;
    let person = parse::person(&args.person, office.person_key())?;
    let people = &office.ledger().state().people;
    let now = cx.now();
    let restricted = people.find(person).is_some_and(|place| {
        people
            .measures_of(place)
            .any(|(_, measure)| measure.is_live(now))
    });
    if restricted {
        return Err(CliError::input(
            "a measure on this person is live; erased, the person could not object to it",
            "wait until it has ended, or have it converted or withdrawn",
        ));
    }
    let question = "Destroy this person's name, document, phone, slot and salts for good?";
    if !args.yes && !cx.confirm(question)? {
        return Err(CliError::input("nothing was erased", "say yes, or `--yes`"));
    }
    let purpose = format!("erase: {}", args.purpose);
    let receipt = act::look(cx, &mut office, &signer, person, (&purpose, &args.case))?;
    if receipt.refusal.is_some() {
        office.close()?;
        return act::answer(cx, &receipt, "erasing", Vec::new());
    }
    // Withdrawn first: once the row is noise, nobody could say which credentials to refuse.
    let withdrawn = office.revoke_credentials(now, person)?;
    app::signin::forget(&office.accounts()?, person)?;
    let destroyed = Vault::destroy(&mut office.vault()?, person)?;
    // Last: it reads the whole journal, which cannot be replayed past the destroyed key of a day.
    let forgotten = office.forget(person)?;
    office.close()?;
    let value = json!({
        "destroyed": destroyed, "withdrawn": withdrawn, "salts": forgotten, "entry": receipt.seq,
    });
    cx.show(value, || {
        let what = match destroyed {
            true => "destroyed: the key of this person; what it sealed is noise in every copy",
            false => "the vault holds no key of this person",
        };
        format!(
            "{what}\nforgotten: the salts of {forgotten} leaves; the public log cannot be opened for \
             this person any more\n  entry {}",
            receipt.seq
        )
    })
}

fn earlier_looks(office: &Office, person: PersonId) -> Vec<Access> {
    let state = office.ledger().state();
    let place = state.people.find(person);
    place
        .and_then(|place| state.looks.get(&place))
        .cloned()
        .unwrap_or_default()
}

fn look_value(look: &Access) -> Value {
    json!({
        "at": json::instant(look.by.at),
        "entry": look.by.entry,
        "officer": look.by.officer.as_str(),
        "org": look.by.org.as_str(),
        "purpose": look.purpose,
        "case": look.case,
    })
}

struct Shown {
    kind: &'static str,
    number: String,
    name: String,
    phone: Option<String>,
    email: Option<String>,
}

fn reveal(identity: &Identity, whole: bool) -> Shown {
    let mask = |text: &str, ends: usize| {
        let length = text.chars().count();
        let shown = ends.min(length / 3);
        let first_hidden = length.saturating_sub(shown);
        let masked = text.chars().enumerate();
        masked
            .map(|(place, c)| if place < first_hidden { '*' } else { c })
            .collect::<String>()
    };
    let kind = identity.document_type.word();
    if whole {
        return Shown {
            kind,
            number: identity.document_number.clone(),
            name: identity.name.clone(),
            phone: identity.phone.clone(),
            email: identity.email.clone(),
        };
    }
    let family = identity
        .name
        .chars()
        .next()
        .map_or(String::new(), |c| c.to_string());
    let hidden = "*".repeat(identity.name.chars().count().saturating_sub(1));
    Shown {
        kind,
        number: mask(&identity.document_number, 4),
        name: format!("{family}{hidden}"),
        phone: identity.phone.as_deref().map(|phone| mask(phone, 4)),
        email: identity
            .email
            .as_deref()
            .map(|email| match email.split_once('@') {
                Some((_, domain)) => format!("***@{domain}"),
                None => "***".to_owned(),
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::document::DocumentType;

    #[test]
    fn what_is_shown_is_masked_unless_it_is_to_be_revealed() {
        let identity = Identity {
            document_type: DocumentType::ResidentId,
            document_number: Document::invented(7).number().to_owned(),
            name: "样本甲".to_owned(),
            phone: Some("19900000007".to_owned()),
            email: Some("sample@example.org".to_owned()),
        };
        let masked = reveal(&identity, false);
        assert_eq!(masked.name, "样**");
        assert_eq!(masked.phone.unwrap(), "********007");
        assert_eq!(masked.email.unwrap(), "***@example.org");
        assert!(masked.number.starts_with("**************"));
        assert_eq!(reveal(&identity, true).name, "样本甲");
    }
}

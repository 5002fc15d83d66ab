//! `mingma org` and `mingma officer`: who may speak. Registering is an act of a registrar of the
//! province; listing reads the deciding state.

use super::act::{self, SignerArgs};
use super::context::{Context, local};
use super::error::{CliError, Done};
use super::{json, officer_accounts, parse};
use clap::{Args, Subcommand};
use domain::act::ActBody;
use domain::division::DivisionCode;
use domain::ids::{OfficerId, OrgId};
use domain::organisation::{Officer, OrgKind, Organisation, Role};
use domain::time::Timestamp;
use serde_json::{Value, json};

const ORG_EXAMPLES: &str = "\
Examples:
  mingma org register 410100-cdc --kind cdc --division 4101 --name 市疾病预防控制中心 \\
      --public-key cdc.pub --as 410000-health.gao --key gao.key
  mingma org list --json";

const OFFICER_EXAMPLES: &str = "\
Examples:
  mingma officer register 410100-hq.zhao --org 410100-hq --role maker --role speaker \\
      --until 2023-01-08 --public-key zhao.pub --holder holder-17 \\
      --as 410000-health.gao --key gao.key
  mingma officer show 410100-hq.zhao
  mingma officer invite 410100-hq.zhao --origin https://henan.example
  mingma officer accounts
  mingma officer unbind 410100-hq.zhao --provider gov

An invitation lasts a day and is used once. The passkey speaks when its fingerprint is on record:
`officer register … --public-key FINGERPRINT`, or `key rotate`.";

/// `mingma org`.
#[derive(Debug, Subcommand)]
#[command(after_help = ORG_EXAMPLES)]
pub enum OrgCommand {
    /// Register an organisation
    Register(Box<OrgArgs>),
    /// List organisations
    List,
    /// Show an organisation
    Show {
        /// Its id
        id: OrgId,
    },
}

/// Options of `org register`.
#[derive(Args, Debug)]
pub struct OrgArgs {
    /// Its id: 1 to 64 of `a-z`, `0-9`, `-` and `.`
    id: OrgId,
    /// What it is; its kind bounds what it may ever supply or decide
    #[arg(long, value_parser = parse::org_kind)]
    kind: OrgKind,
    /// Where it acts
    #[arg(long, value_name = "CODE", value_parser = parse::division)]
    division: DivisionCode,
    /// Its name, as the public knows it
    #[arg(long)]
    name: String,
    /// The public key that signs its reports, or a file with it
    #[arg(long, value_name = "KEY")]
    public_key: String,
    /// The section, when it is one of several inside one body
    #[arg(long)]
    section: Option<String>,
    /// The organisation it is a section of
    #[arg(long, value_name = "ID")]
    part_of: Option<OrgId>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// `mingma officer`.
#[derive(Debug, Subcommand)]
#[command(after_help = OFFICER_EXAMPLES)]
pub enum OfficerCommand {
    /// Register an officer, or end or renew a term by registering again
    Register(Box<OfficerArgs>),
    /// Make a one-time link with which an officer registers a passkey, or an account at an identity
    /// provider, at the server
    Invite {
        /// The officer's id
        id: OfficerId,
        /// Where people find the server, as `https://henan.example`
        #[arg(long, value_name = "URL", value_parser = parse::origin)]
        origin: String,
    },
    /// List the officers' accounts at identity providers
    Accounts,
    /// Take an account at an identity provider from an officer
    Unbind {
        /// The officer's id
        id: OfficerId,
        /// The provider, by its name in the configuration
        #[arg(long, value_name = "NAME")]
        provider: String,
    },
    /// List officers
    List,
    /// Show an officer
    Show {
        /// The officer's id
        id: OfficerId,
    },
}

/// Options of `officer register`.
#[derive(Args, Debug)]
pub struct OfficerArgs {
    /// The officer's id
    id: OfficerId,
    /// The organisation served
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// A role; repeat for more
    #[arg(long = "role", required = true, value_parser = parse::role)]
    roles: Vec<Role>,
    /// When the term begins: an instant or a day [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    from: Option<Timestamp>,
    /// When the term ends: an instant or a day
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    until: Timestamp,
    /// The personal public key, or a file with it
    #[arg(long, value_name = "KEY")]
    public_key: String,
    /// Names the human being: a keyed hash, not a name
    #[arg(long)]
    holder: String,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Runs `mingma org`.
pub fn org(cx: &Context, command: OrgCommand) -> Done {
    match command {
        OrgCommand::Register(args) => {
            let what = format!("organisation `{}` registered", args.id);
            let organisation = Organisation {
                id: args.id,
                kind: args.kind,
                division: args.division,
                section: args.section,
                part_of: args.part_of,
                name: args.name,
                key: parse::public_key(&args.public_key)?,
            };
            act::act(
                cx,
                &args.signer,
                ActBody::OrganisationRegister(organisation),
                &what,
            )
        }
        OrgCommand::List => {
            let office = cx.office()?;
            let orgs = &office.ledger().state().organisations;
            let value: Vec<Value> = orgs.values().map(json::value).collect();
            cx.show(Value::Array(value), || {
                let lines = orgs.values().map(|org| org_line(cx, org));
                lines.collect::<Vec<_>>().join("\n")
            })
        }
        OrgCommand::Show { id } => {
            let office = cx.office()?;
            let org = office
                .ledger()
                .state()
                .organisations
                .get(&id)
                .ok_or_else(|| {
                    CliError::input(
                        format!("no organisation `{id}`"),
                        "`mingma org list` shows them",
                    )
                })?;
            cx.show(json::value(org), || {
                let mut lines = vec![org_line(cx, org)];
                lines.extend(
                    org.section
                        .iter()
                        .map(|section| format!("  section: {section}")),
                );
                lines.extend(
                    org.part_of
                        .iter()
                        .map(|parent| format!("  part of: {parent}")),
                );
                lines.push(format!("  key: {}", org.key));
                lines.join("\n")
            })
        }
    }
}

fn org_line(cx: &Context, org: &Organisation) -> String {
    let kind = cx.pick(org.kind.zh(), org.kind.en());
    format!(
        "{:<24} {}  {kind}  {}",
        org.id.as_str(),
        cx.place(org.division),
        org.name
    )
}

/// Runs `mingma officer`.
pub fn officer(cx: &Context, command: OfficerCommand) -> Done {
    match command {
        OfficerCommand::Register(args) => {
            let what = format!("officer `{}` registered", args.id);
            let officer = Officer {
                id: args.id,
                org: args.org,
                roles: args.roles.into_iter().collect(),
                term_from: args.from.unwrap_or_else(|| cx.now()),
                term_until: args.until,
                key: parse::public_key(&args.public_key)?,
                holder: args.holder,
            };
            act::act(cx, &args.signer, ActBody::OfficerRegister(officer), &what)
        }
        OfficerCommand::Invite { id, origin } => invite(cx, &id, &origin),
        OfficerCommand::Accounts => officer_accounts::list(cx),
        OfficerCommand::Unbind { id, provider } => officer_accounts::unbind(cx, &id, &provider),
        OfficerCommand::List => {
            let office = cx.office()?;
            let officers = &office.ledger().state().officers;
            let value: Vec<Value> = officers.values().map(json::value).collect();
            cx.show(Value::Array(value), || {
                let lines = officers.values().map(|officer| {
                    let until = local(&office, officer.term_until);
                    format!(
                        "{:<28} {}  until {until}",
                        officer.id.as_str(),
                        roles(cx, officer)
                    )
                });
                lines.collect::<Vec<_>>().join("\n")
            })
        }
        OfficerCommand::Show { id } => {
            let office = cx.office()?;
            let officer = office.ledger().state().officers.get(&id).ok_or_else(|| {
                CliError::input(
                    format!("no officer `{id}`"),
                    "`mingma officer list` shows them",
                )
            })?;
            cx.show(json::value(officer), || {
                let term = (
                    local(&office, officer.term_from),
                    local(&office, officer.term_until),
                );
                format!(
                    "{}\n  organisation: {}\n  roles: {}\n  term: {} to {}\n  key: {}",
                    officer.id,
                    officer.org,
                    roles(cx, officer),
                    term.0,
                    term.1,
                    officer.key
                )
            })
        }
    }
}

fn roles(cx: &Context, officer: &Officer) -> String {
    let words: Vec<String> = officer
        .roles
        .iter()
        .map(|role| cx.pick(role.zh(), role.en()))
        .collect();
    words.join(", ")
}

/// Invites an officer to register a passkey; the server must be stopped, or be asked instead.
fn invite(cx: &Context, officer: &OfficerId, origin: &str) -> Done {
    let office = cx.office()?;
    let accounts = office.accounts()?;
    let entropy = crate::office::random()?;
    let token = app::signin::invite(&accounts, officer.clone(), cx.now(), &entropy)?;
    drop(accounts);
    office.close()?;
    let link = format!("{origin}/signin/invitation#{token}");
    let until = cx.now().plus_s(app::signin::INVITATION_S);
    let value = json!({ "officer": officer.as_str(), "link": link, "until": json::instant(until) });
    cx.show(value, || {
        format!("give this link to {officer}; it works once, until {until}:\n{link}")
    })
}

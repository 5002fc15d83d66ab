//! The gate: who may act at all, before anything is asked about the act itself.
//!
//! The order of checks is the order of refusals: ledger, time of signing, officer, key, term,
//! operator, role, pack, sunset, authority. Constitutional acts (organisations, officers, keys,
//! packs) belong to the province's registrars and are not a matter of any pack.

use super::{
    Context, Decided, appeal, case, daily, movement, office, order, proxy, publish, registry,
    release,
};
use crate::act::{Act, ActBody};
use crate::colour::Ground;
use crate::division::DivisionCode;
use crate::organisation::{KeyHolder, Officer, Organisation, Role, Tier};
use crate::refusal::{Code, Refusal};
use crate::rules::{Action, Channel, Permit, Request, Rules, Verdict};
use crate::state::records::Signer;
use crate::state::{State, key_speaks};
use crate::submission::VerifiedAct;
use crate::time::{DAY_S, Timestamp};

/// A clock of a signing device may be ahead by this much.
pub(super) const AHEAD_S_MAX: i64 = 300;
/// An act reaches the ledger within this time of signing.
const ACT_AGE_S_MAX: i64 = 7 * DAY_S;

/// An officer who may speak, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Actor<'a> {
    /// The officer.
    pub(super) officer: &'a Officer,
    /// The organisation served.
    pub(super) org: &'a Organisation,
}

impl Actor<'_> {
    /// The signature as it goes on record.
    pub(super) fn signer(&self, at: Timestamp, entry: u64, permits: &[Permit]) -> Signer {
        Signer {
            officer: self.officer.id.clone(),
            org: self.org.id.clone(),
            at,
            entry,
            permits: permits.to_vec(),
        }
    }

    /// Whether it is a counter: the person asked online, and the server's key signed.
    pub(super) fn is_counter(&self) -> bool {
        self.officer.is_counter()
    }

    /// Demands one of these roles.
    pub(super) fn needs_role(&self, roles: &[Role]) -> Result<(), Refusal> {
        if roles.iter().any(|role| self.officer.roles.contains(role)) {
            return Ok(());
        }
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        Err(Refusal::new(
            Code::RoleMissing,
            format!("needs the role `{}`", words.join("` or `")),
        ))
    }
}

/// What is asked of the authority rules beyond who asks.
pub(super) struct Ask {
    /// The action.
    pub(super) action: Action,
    /// The ground.
    pub(super) ground: Option<Ground>,
    /// The place.
    pub(super) area: DivisionCode,
    /// How many people.
    pub(super) people: u64,
    /// Whether red.
    pub(super) red: bool,
    /// The channel.
    pub(super) channel: Option<Channel>,
}

impl Ask {
    /// A question about a place alone.
    pub(super) const fn place(action: Action, area: DivisionCode) -> Self {
        Self {
            action,
            ground: None,
            area,
            people: 0,
            red: false,
            channel: None,
        }
    }
}

/// The rules in force; without them nothing is permitted.
pub(super) fn rules<'a>(state: &State, cx: &Context<'a>) -> Result<Rules<'a>, Refusal> {
    let rules = cx.rules.ok_or_else(|| Refusal::from(Code::NoPack))?;
    if state
        .pack()
        .is_some_and(|adoption| adoption.digest == rules.book.digest)
    {
        return Ok(rules);
    }
    Err(Refusal::new(
        Code::NoPack,
        format!("`{}` is not the pack in force", rules.book.name),
    ))
}

/// The rules in force, for an act that restricts: not after the sunset (I13).
pub(super) fn rules_before_sunset<'a>(
    state: &State,
    cx: &Context<'a>,
) -> Result<Rules<'a>, Refusal> {
    let rules = rules(state, cx)?;
    if cx.at >= rules.book.sunset {
        return Err(Refusal::new(
            Code::SunsetPassed,
            format!("pack `{}` ended at {}", rules.book.name, rules.book.sunset),
        ));
    }
    Ok(rules)
}

/// Asks the authority rules; deny by default (I2).
pub(super) fn authorise(
    rules: Rules<'_>,
    org: &Organisation,
    roles: &[Role],
    ask: &Ask,
) -> Result<Vec<Permit>, Refusal> {
    let request = Request {
        org,
        roles,
        action: ask.action,
        ground: ask.ground,
        area: ask.area,
        people: ask.people,
        red: ask.red,
        channel: ask.channel,
    };
    match rules.authority.authorise(&request) {
        Verdict::Permitted(permits) if !permits.is_empty() => Ok(permits),
        Verdict::Permitted(_) | Verdict::Denied => {
            let ground = ask
                .ground
                .map_or(String::new(), |ground| format!(" on ground `{ground}`"));
            Err(Refusal::new(
                Code::NotAuthorised,
                format!(
                    "no provision of `{}` lets `{}` do `{}`{ground} for {} people in {}",
                    rules.book.name, org.id, ask.action, ask.people, ask.area
                ),
            ))
        }
    }
}

/// Asks the authority rules for an officer.
pub(super) fn authorise_actor(
    rules: Rules<'_>,
    actor: Actor<'_>,
    ask: &Ask,
) -> Result<Vec<Permit>, Refusal> {
    let roles: Vec<Role> = actor.officer.roles.iter().copied().collect();
    authorise(rules, actor.org, &roles, ask)
}

/// Whoever runs the system signs no decision (I4), whatever a pack says.
pub(super) fn not_operator(org: &Organisation) -> Result<(), Refusal> {
    if org.kind.is_operator() {
        return Err(Refusal::new(
            Code::OperatorCannotDecide,
            format!("`{}` is a {}", org.id, org.kind.en()),
        ));
    }
    Ok(())
}

/// The organisation acts inside its own division.
pub(super) fn in_area(org: &Organisation, area: DivisionCode) -> Result<(), Refusal> {
    if org.division.contains(area) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::OutOfArea,
        format!("`{}` acts in {}, not in {area}", org.id, org.division),
    ))
}

/// A text that must say something.
pub(super) fn needs_reason(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        Err(Code::ReasonMissing.into())
    } else {
        Ok(())
    }
}

fn check_time(at: Timestamp, signed_at: Timestamp) -> Result<(), Refusal> {
    if signed_at > at.plus_s(AHEAD_S_MAX) {
        return Err(Refusal::new(
            Code::ActFuture,
            format!("signed at {signed_at}, now {at}"),
        ));
    }
    if at.seconds_since(signed_at) > ACT_AGE_S_MAX {
        return Err(Refusal::new(
            Code::ActStale,
            format!("signed at {signed_at}, now {at}"),
        ));
    }
    Ok(())
}

/// Checks ledger and time for a signed message.
pub(super) fn check_envelope(
    state: &State,
    at: Timestamp,
    ledger: &str,
    signed_at: Timestamp,
) -> Result<(), Refusal> {
    if state.origin.as_deref() != Some(ledger) {
        return Err(Refusal::new(
            Code::WrongLedger,
            "the act names another ledger's origin",
        ));
    }
    check_time(at, signed_at)
}

fn actor<'a>(
    state: &'a State,
    at: Timestamp,
    act: &Act,
    verified: &VerifiedAct,
) -> Result<Actor<'a>, Refusal> {
    let (officer, org) = state
        .officer(&act.officer)
        .ok_or_else(|| Refusal::from(Code::OfficerUnknown))?;
    let holder = KeyHolder::Officer(officer.id.clone());
    if officer.key != verified.key() || !key_speaks(state, &officer.key, &holder, at) {
        return Err(Code::KeyRevoked.into());
    }
    if at < officer.term_from {
        return Err(Refusal::new(
            Code::TermNotBegun,
            format!("the term begins at {}", officer.term_from),
        ));
    }
    if at >= officer.term_until {
        return Err(Refusal::new(
            Code::TermEnded,
            format!("the term ended at {}", officer.term_until),
        ));
    }
    Ok(Actor { officer, org })
}

fn check_genesis(at: Timestamp, verified: &VerifiedAct, first: &Officer) -> Result<(), Refusal> {
    check_time(at, verified.act().signed_at)?;
    if verified.act().officer == first.id && verified.key() == first.key {
        return Ok(());
    }
    Err(Refusal::new(
        Code::SignatureInvalid,
        "the first registrar signs genesis",
    ))
}

/// Decides an officer's act.
pub(super) fn decide_act(
    state: &State,
    cx: &Context<'_>,
    verified: &VerifiedAct,
) -> Result<Decided, Refusal> {
    let act = verified.act();
    if let ActBody::Genesis {
        province,
        organisation,
        registrar,
    } = &act.body
    {
        check_genesis(cx.at, verified, registrar)?;
        return registry::genesis(state, cx, &act.ledger, *province, organisation, registrar);
    }
    check_envelope(state, cx.at, &act.ledger, act.signed_at)?;
    let actor = actor(state, cx.at, act, verified)?;
    counter_only(actor, &act.body)?;
    match &act.body {
        ActBody::Genesis { .. } => Err(Code::GenesisOnce.into()),
        ActBody::OrganisationRegister(_)
        | ActBody::OfficerRegister(_)
        | ActBody::KeyRotate { .. }
        | ActBody::KeyRevoke { .. }
        | ActBody::PackAdopt { .. }
        | ActBody::IssuingKeyRegister(_)
        | ActBody::IssuingKeyRevoke { .. } => {
            province_only(actor)?;
            registry::decide(state, cx, &act.body)
        }
        ActBody::ListPublish(statement) => publish::list(state, cx, actor, statement),
        ActBody::OrderPropose(proposal) => order::propose(state, cx, actor, verified, proposal),
        ActBody::OrderApprove { order, digest } => {
            order::approve(state, cx, actor, *order, *digest)
        }
        ActBody::OrderRefuse { order, reason } => order::refuse(state, cx, actor, *order, reason),
        ActBody::OrderWithdraw { order, reason } => {
            order::withdraw(state, cx, actor, *order, reason)
        }
        ActBody::Convert {
            person,
            ground,
            release,
            channel,
            letter,
        } => release::convert(
            state,
            cx,
            actor,
            &release::Asked {
                person: *person,
                ground: *ground,
                release,
                channel: *channel,
                letter,
            },
        ),
        ActBody::AreaDeclare(_)
        | ActBody::AreaLift { .. }
        | ActBody::AccessLook { .. }
        | ActBody::AccessBreakGlass { .. }
        | ActBody::StatementPublish { .. } => office::decide(state, cx, actor, &act.body),
        ActBody::DailyClose { .. } | ActBody::DailyReceive { .. } | ActBody::DailyDeliver(_) => {
            daily::decide(state, cx, actor, &act.body)
        }
        ActBody::AppealFile { .. }
        | ActBody::AppealDecide { .. }
        | ActBody::CaseOpen { .. }
        | ActBody::CaseTransfer { .. }
        | ActBody::CaseAnswer { .. }
        | ActBody::MovementRequest { .. }
        | ActBody::MovementDecide { .. }
        | ActBody::ProxyBind { .. }
        | ActBody::ProxyEnd { .. } => decide_request(state, cx, actor, verified),
    }
}

/// Decides what people ask for, and the answers.
fn decide_request(
    state: &State,
    cx: &Context<'_>,
    actor: Actor<'_>,
    verified: &VerifiedAct,
) -> Result<Decided, Refusal> {
    match &verified.act().body {
        ActBody::AppealFile {
            person,
            target,
            text,
        } => appeal::file(state, cx, actor, verified.digest(), *person, *target, text),
        ActBody::AppealDecide {
            appeal,
            upheld,
            reason,
        } => appeal::decide(state, cx, actor, *appeal, *upheld, reason),
        ActBody::CaseOpen { person, text } => {
            case::open(state, cx, actor, verified.digest(), *person, text)
        }
        ActBody::CaseTransfer { case, to, reason } => {
            case::transfer(state, cx, actor, *case, to, reason)
        }
        ActBody::CaseAnswer { case, text } => case::answer(state, cx, actor, *case, text),
        ActBody::MovementRequest {
            person,
            need,
            from,
            until,
            text,
        } => movement::request(
            state,
            cx,
            actor,
            verified.digest(),
            &movement::Wanted {
                person: *person,
                need: *need,
                from: *from,
                until: *until,
                text,
            },
        ),
        ActBody::MovementDecide {
            movement,
            granted,
            reason,
        } => movement::decide(state, cx, actor, *movement, *granted, reason),
        ActBody::ProxyBind {
            person,
            proxy,
            kind,
            until,
        } => proxy::bind(state, cx, actor, (*person, *proxy), *kind, *until),
        ActBody::ProxyEnd { person, proxy } => proxy::end(state, cx, actor, (*person, *proxy)),
        _ => Err(Code::Malformed.into()),
    }
}

/// The key of a counter lies on the server: it does what helps the person who asks, whatever other
/// roles its officer has.
fn counter_only(actor: Actor<'_>, body: &ActBody) -> Result<(), Refusal> {
    if !actor.is_counter() || may_counter(body) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::CounterOnly,
        format!("`{}` is a counter", actor.officer.id),
    ))
}

const fn may_counter(body: &ActBody) -> bool {
    matches!(
        body,
        ActBody::AppealFile { .. }
            | ActBody::CaseOpen { .. }
            | ActBody::MovementRequest { .. }
            | ActBody::ProxyBind { .. }
            | ActBody::ProxyEnd { .. }
    )
}

fn province_only(actor: Actor<'_>) -> Result<(), Refusal> {
    if Tier::of(actor.org.division) != Tier::Province
        || !actor.officer.roles.contains(&Role::Registrar)
        || actor.org.kind.is_operator()
    {
        return Err(Refusal::new(
            Code::ProvinceOnly,
            format!("`{}` is no registrar of the province", actor.officer.id),
        ));
    }
    Ok(())
}

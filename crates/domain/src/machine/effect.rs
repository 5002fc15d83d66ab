//! Effects: what an accepted submission will do, decided and not yet done.
//!
//! Invariant: an effect holds everything `apply` needs, so applying cannot fail.

use crate::act::AreaOrder;
use crate::colour::{Ground, Span};
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::evidence::EvidenceKind;
use crate::ids::{AppealId, OrderId, OrgId, PublicKey, ReportId};
use crate::organisation::{KeyHolder, Officer, Organisation};
use crate::publication::{IssuingKey, IssuingKeyGrant, ListVersion};
use crate::state::Adoption;
use crate::state::people::{End, Evidence};
use crate::state::records::{
    Access, Answer, Appeal, DayCount, DayReport, Decision, Order, Signer, Statement,
};
use crate::state::requests::{Binding, Case, Movement};
use crate::time::{Day, Timestamp};

use super::RowResult;

/// What will be done.
pub(super) enum Effect {
    /// The ledger begins.
    Begin {
        /// Its origin.
        origin: String,
        /// The province.
        province: DivisionCode,
        /// The founding organisation.
        organisation: Organisation,
        /// Its first registrar.
        registrar: Officer,
    },
    /// An organisation is added.
    AddOrganisation(Organisation),
    /// An officer is added or renewed.
    SetOfficer(Officer),
    /// A key is replaced.
    ReplaceKey {
        /// Whose.
        holder: KeyHolder,
        /// The key that ends.
        old: PublicKey,
        /// The key that begins.
        new: PublicKey,
    },
    /// A key ends.
    EndKey(PublicKey),
    /// A pack comes into force; some measures are shortened.
    Adopt {
        /// The pack.
        adoption: Adoption,
        /// The new, milder span of each measure that changes.
        shortened: Vec<(u32, Span)>,
    },
    /// An area order begins.
    DeclareArea(AreaOrder),
    /// An area order ends now.
    LiftArea(String),
    /// An order is proposed.
    Propose(Box<Order>),
    /// Measures begin.
    Impose(Impose),
    /// An order is refused.
    Refuse(OrderId, Decision),
    /// An order is withdrawn with all its measures.
    Withdraw(OrderId, Decision),
    /// Measures of one person end.
    Release {
        /// The measures, each with its instant and how.
        ends: Vec<(u32, Timestamp, End)>,
    },
    /// An appeal is filed.
    FileAppeal(Box<Appeal>),
    /// An appeal is decided.
    DecideAppeal {
        /// The appeal.
        appeal: AppealId,
        /// The answer.
        answer: Answer,
        /// The evidence overturned with it, what rested on it included: person and number.
        overturned: Vec<(u32, u32)>,
        /// The measures that end.
        ends: Vec<(u32, End)>,
    },
    /// A look is recorded.
    Look(PersonId, Access),
    /// A day is closed.
    CloseDay {
        /// The division.
        division: DivisionCode,
        /// The day.
        day: Day,
        /// By whom.
        by: Signer,
        /// Whether late.
        late: bool,
    },
    /// A closed day is received.
    ReceiveDay {
        /// The division.
        division: DivisionCode,
        /// The day.
        day: Day,
        /// By whom.
        by: Signer,
        /// Whether late.
        late: bool,
    },
    /// A statement is published.
    Publish(Statement),
    /// An issuing key begins.
    BeginIssuingKey(IssuingKeyGrant),
    /// An issuing key ends now.
    EndIssuingKey(IssuingKey),
    /// A version of a list is published.
    PublishList(ListVersion),
    /// A part of a report is recorded.
    Record(Box<Recorded>),
    /// A day that was closed in another ledger is on record here.
    DeliverDay {
        /// The division.
        division: DivisionCode,
        /// The day.
        day: Day,
        /// What was delivered.
        report: DayReport,
    },
    /// A case begins, or stands otherwise.
    PutCase(Box<Case>),
    /// A movement is asked for, or decided.
    PutMovement(Box<Movement>),
    /// A proxy is bound, or the binding ends.
    PutBinding(Box<Binding>),
}

/// Measures by order.
pub(super) struct Impose {
    /// The order: already known, or made by this very act (emergency path).
    pub(super) order: ImposeOrder,
    /// The decision that brings it into force.
    pub(super) decision: Decision,
    /// One grant a person.
    pub(super) grants: Grants,
    /// Measures by prefecture and stage, for the day's counts.
    pub(super) places: std::collections::BTreeMap<DivisionCode, DayCount>,
}

/// Whether the order is on record.
pub(super) enum ImposeOrder {
    /// Proposed before.
    Known(OrderId),
    /// Made by this act.
    New(Box<Order>),
}

/// Measures to begin, in order: one list for each thread that weighed them.
#[derive(Default)]
pub(super) struct Grants(Vec<Vec<Grant>>);

impl Grants {
    /// One list.
    pub(super) fn one(grants: Vec<Grant>) -> Self {
        Self(vec![grants])
    }

    /// Puts others after these.
    pub(super) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// How many.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Each, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter().flatten()
    }
}

/// Whom a measure concerns.
#[derive(Clone, Copy)]
pub(super) enum Who {
    /// Somebody on record, by number.
    Known(u32),
    /// Somebody who comes on record by it.
    New(PersonId),
}

/// A measure to begin.
#[derive(Clone, Copy)]
pub(super) struct Grant {
    /// The person.
    pub(super) who: Who,
    /// The evidence relied on.
    pub(super) evidence: Option<u32>,
    /// The place responsible.
    pub(super) area: DivisionCode,
    /// What it says when.
    pub(super) span: Span,
    /// Whether an objection to it is open already.
    pub(super) disputed: bool,
}

/// A part of a report, row by row.
pub(super) struct Recorded {
    /// The report.
    pub(super) report: ReportId,
    /// Who sent it.
    pub(super) org: OrgId,
    /// What its rows state.
    pub(super) kind: EvidenceKind,
    /// Which part.
    pub(super) part: u32,
    /// Of how many.
    pub(super) parts: u32,
    /// The ground of the kind.
    pub(super) ground: Option<Ground>,
    /// How each row fares.
    pub(super) results: Vec<RowResult>,
    /// The rows that are taken.
    pub(super) taken: Vec<Taken>,
}

/// A row that is taken.
pub(super) struct Taken {
    /// The person.
    pub(super) person: PersonId,
    /// The evidence, its source number still open.
    pub(super) evidence: Evidence,
    /// The measure of the standing rule.
    pub(super) measure: Option<Span>,
    /// Measures that end by it.
    pub(super) ends: Vec<(u32, Timestamp, End)>,
}

impl Effect {
    /// How many people it concerns, where the act alone does not say.
    pub(super) fn people(&self) -> Option<u64> {
        match self {
            Self::Record(recorded) => Some(recorded.taken.len() as u64),
            Self::Impose(impose) => Some(impose.grants.count() as u64),
            _ => None,
        }
    }
}

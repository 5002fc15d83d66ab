//! Acts: what officers and organisations sign.
//!
//! Invariant: an act is data; it has effect only through [`crate::machine::step`].
//! Refuses: fields beyond the bounds named here (`Act::within_bounds`).

use crate::colour::{Colour, Ground};
use crate::division::DivisionCode;
use crate::document::PersonId;
use crate::evidence::{EvidenceKind, EvidenceRow};
use crate::ids::{
    ActDigest, AppealId, CaseId, EvidenceId, MovementId, OfficerId, OrderId, OrgId, PackDigest,
    PublicKey, ReportId, TextDigest,
};
use crate::organisation::{KeyOwner, Officer, Organisation};
use crate::publication::{IssuingKey, IssuingKeyGrant, ListStatement};
use crate::rules::Channel;
use crate::state::records::DayCount;
use crate::time::{Day, Timestamp};
use crate::word_list;
use serde::{Deserialize, Serialize};

/// The longest free text in an act, in bytes.
pub const TEXT_BYTES_MAX: usize = 4_096;
/// The most people in one order.
pub const ORDER_PEOPLE_MAX: usize = 10_000_000;
/// The most rows in one part of a report.
pub const PART_ROWS_MAX: usize = 10_000;
/// The most parts in one report.
pub const REPORT_PARTS_MAX: u32 = 10_000;
/// The largest rule pack archive, in bytes.
pub const PACK_BYTES_MAX: usize = 1_048_576;

/// What an officer signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The ledger spoken to: its origin.
    pub ledger: String,
    /// The officer who signs.
    pub officer: OfficerId,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Makes two acts with the same words two acts.
    #[serde(with = "serde_bytes")]
    pub nonce: [u8; 16],
    /// What is asked.
    pub body: ActBody,
}

/// What an act asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActBody {
    /// Begin the ledger: the founding organisation and its first registrar.
    Genesis {
        /// The province.
        province: DivisionCode,
        /// The province's registering organisation.
        organisation: Organisation,
        /// Its first registrar; signs this act.
        registrar: Officer,
    },
    /// Register an organisation.
    OrganisationRegister(Organisation),
    /// Register an officer, or end or renew a term by registering it again.
    OfficerRegister(Officer),
    /// Replace a key by a fresh one.
    KeyRotate {
        /// Whose key.
        owner: KeyOwner,
        /// The fresh key.
        key: PublicKey,
    },
    /// Revoke a key from now on.
    KeyRevoke {
        /// The key.
        key: PublicKey,
        /// Why.
        reason: String,
    },
    /// Adopt a rule pack.
    PackAdopt {
        /// Its digest.
        digest: PackDigest,
        /// Its archive.
        #[serde(with = "serde_bytes")]
        archive: Vec<u8>,
    },
    /// Declare a numbered area order or test order.
    AreaDeclare(AreaOrder),
    /// Lift an area order or test order.
    AreaLift {
        /// Its number.
        number: String,
    },
    /// Propose an order.
    OrderPropose(Proposal),
    /// Approve a proposed order; signs the digest of the proposal.
    OrderApprove {
        /// The order.
        order: OrderId,
        /// The digest of the signed proposal.
        digest: ActDigest,
    },
    /// Refuse a proposed order.
    OrderRefuse {
        /// The order.
        order: OrderId,
        /// Why.
        reason: String,
    },
    /// Withdraw an order, whole: everyone it touched is restored.
    OrderWithdraw {
        /// The order.
        order: OrderId,
        /// Why.
        reason: String,
    },
    /// Convert a person's measure towards green before its end.
    Convert {
        /// The person.
        person: PersonId,
        /// The ground of the measure.
        ground: Ground,
        /// The release rule relied on, by its name in the pack.
        release: String,
        /// The door it came through.
        channel: Channel,
        /// The letter of the residence county, for an out-of-area conversion.
        letter: Option<String>,
    },
    /// File an appeal against a measure, or a dispute of a piece of evidence.
    AppealFile {
        /// The person.
        person: PersonId,
        /// Against what.
        target: AppealTarget,
        /// What the person says.
        text: String,
    },
    /// Decide an appeal or dispute.
    AppealDecide {
        /// The appeal.
        appeal: AppealId,
        /// Whether the person is right.
        upheld: bool,
        /// Why.
        reason: String,
    },
    /// Look at a person's record.
    AccessLook {
        /// The person.
        person: PersonId,
        /// What for.
        purpose: String,
        /// The case it belongs to.
        case: String,
    },
    /// Close a day for one's division.
    DailyClose {
        /// The day.
        day: Day,
    },
    /// Receive a closed day from a division.
    DailyReceive {
        /// The division that closed.
        division: DivisionCode,
        /// The day.
        day: Day,
    },
    /// Publish a statement about orders.
    StatementPublish {
        /// The orders it explains.
        orders: Vec<OrderId>,
        /// SHA-256 of the text.
        text_sha256: TextDigest,
        /// The text.
        text: String,
    },
    /// Register a key that issues credentials or lists.
    IssuingKeyRegister(IssuingKeyGrant),
    /// Revoke an issuing key from now on.
    IssuingKeyRevoke {
        /// The key.
        key: IssuingKey,
        /// Why.
        reason: String,
    },
    /// Publish a version of a status list.
    ListPublish(ListStatement),
    /// Deliver a day that one's division closed in a ledger of its own.
    DailyDeliver(DayDelivery),
    /// Open a case: somebody asks, and the body asked owns the answer.
    CaseOpen {
        /// Who asks.
        person: PersonId,
        /// What the person says.
        text: String,
    },
    /// Transfer a case: "not mine", with a reason; its deadline does not start again.
    CaseTransfer {
        /// The case.
        case: CaseId,
        /// To whom.
        to: OrgId,
        /// Why.
        reason: String,
    },
    /// Answer a case, which closes it.
    CaseAnswer {
        /// The case.
        case: CaseId,
        /// The answer.
        text: String,
    },
    /// Look at a person's record without a case, in an emergency: told to the person.
    AccessBreakGlass {
        /// The person.
        person: PersonId,
        /// Why.
        reason: String,
    },
    /// Ask for a movement with an end (限时流动) for somebody with a colour.
    MovementRequest {
        /// Who has to go out.
        person: PersonId,
        /// For what.
        need: Need,
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// What the person says.
        text: String,
    },
    /// Grant or refuse a movement.
    MovementDecide {
        /// The movement.
        movement: MovementId,
        /// Whether it is granted.
        granted: bool,
        /// Why.
        reason: String,
    },
    /// Bind a proxy, who may read a person's code and record.
    ProxyBind {
        /// Whose code and record.
        person: PersonId,
        /// Who may read them.
        proxy: PersonId,
        /// Why that person.
        kind: ProxyKind,
        /// Until when.
        until: Timestamp,
    },
    /// End a binding, from either side.
    ProxyEnd {
        /// Whose code and record.
        person: PersonId,
        /// Who may no longer read them.
        proxy: PersonId,
    },
}

impl ActBody {
    /// The stable word of the kind of act, as it stands in the public log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Genesis { .. } => "genesis",
            Self::OrganisationRegister(_) => "organisation.register",
            Self::OfficerRegister(_) => "officer.register",
            Self::KeyRotate { .. } => "key.rotate",
            Self::KeyRevoke { .. } => "key.revoke",
            Self::PackAdopt { .. } => "pack.adopt",
            Self::AreaDeclare(_) => "area.declare",
            Self::AreaLift { .. } => "area.lift",
            Self::OrderPropose(proposal) if proposal.emergency => "order.emergency",
            Self::OrderPropose(_) => "order.propose",
            Self::OrderApprove { .. } => "order.approve",
            Self::OrderRefuse { .. } => "order.refuse",
            Self::OrderWithdraw { .. } => "order.withdraw",
            Self::Convert { .. } => "convert",
            Self::AppealFile { .. } => "appeal.file",
            Self::AppealDecide { .. } => "appeal.decide",
            Self::AccessLook { .. } => "access.look",
            Self::DailyClose { .. } => "daily.close",
            Self::DailyReceive { .. } => "daily.receive",
            Self::StatementPublish { .. } => "statement.publish",
            Self::IssuingKeyRegister(_) => "issuing_key.register",
            Self::IssuingKeyRevoke { .. } => "issuing_key.revoke",
            Self::ListPublish(_) => "list.publish",
            Self::DailyDeliver(_) => "daily.deliver",
            Self::CaseOpen { .. } => "case.open",
            Self::CaseTransfer { .. } => "case.transfer",
            Self::CaseAnswer { .. } => "case.answer",
            Self::AccessBreakGlass { .. } => "access.break_glass",
            Self::MovementRequest { .. } => "movement.request",
            Self::MovementDecide { .. } => "movement.decide",
            Self::ProxyBind { .. } => "proxy.bind",
            Self::ProxyEnd { .. } => "proxy.end",
        }
    }
}

/// A numbered decision about a place, with its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaOrder {
    /// Its number.
    pub number: String,
    /// What kind of area.
    pub kind: AreaKind,
    /// The place.
    pub division: DivisionCode,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// SHA-256 of the published text.
    pub text_sha256: TextDigest,
}

word_list! {
    /// What a numbered area order declares.
    AreaKind {
        /// High- or medium-risk area.
        Risk = "risk", "中高风险区", "high- or medium-risk area";
        /// Sealed or controlled area.
        Sealed = "sealed", "封控区、管控区", "sealed or controlled area";
        /// A round of ordered tests.
        TestRound = "test_round", "区域核酸检测", "round of ordered tests";
    }
}

word_list! {
    /// What a movement is needed for.
    Need {
        /// A doctor, a hospital, medicine: no colour stands in the way of care (I12).
        Medical = "medical", "就医", "medical care";
        /// Somebody who cannot do without help.
        Caring = "caring", "照护家人", "caring for somebody";
        /// A death in the family.
        Bereavement = "bereavement", "奔丧", "a death in the family";
        /// An examination with a date.
        Examination = "examination", "参加考试", "an examination";
        /// The way home.
        Home = "home", "返回住所", "the way home";
    }
}

word_list! {
    /// Why somebody may read another person's code and record.
    ProxyKind {
        /// The person wants it.
        Proxy = "proxy", "代办人", "proxy";
        /// The guardian of a child under fourteen, by papers that an office saw.
        Guardian = "guardian", "监护人", "guardian";
    }
}

/// A proposed order: a ground, a place, and the people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The ground; its evidence contract and steps come from the pack.
    pub ground: Ground,
    /// The place.
    pub area: DivisionCode,
    /// The people: their ids end to end, 16 bytes each, ascending, no one twice.
    pub people: People,
    /// Why, in words for the public.
    pub reason: String,
    /// Whether it takes the emergency path: one signature, 24 hours at most.
    pub emergency: bool,
    /// The numbered command document; demanded for the catch-all ground.
    pub document: Option<CommandDocument>,
}

/// A numbered command document behind the catch-all ground.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandDocument {
    /// Its number.
    pub number: String,
    /// SHA-256 of its text.
    pub text_sha256: TextDigest,
    /// The colour it asks for.
    pub colour: Colour,
    /// For how many hours.
    pub hours: u32,
}

/// People named in an order: ids end to end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct People(#[serde(with = "serde_bytes")] Vec<u8>);

impl People {
    /// Sorts the ids and drops repetitions.
    pub fn new(mut people: Vec<PersonId>) -> Self {
        people.sort_unstable();
        people.dedup();
        Self(
            people
                .iter()
                .flat_map(|person| *person.as_bytes())
                .collect(),
        )
    }

    /// How many people.
    pub fn count(&self) -> usize {
        self.0.len() / 16
    }

    /// The people, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = PersonId> + '_ {
        self.0.chunks_exact(16).map(|chunk| {
            let mut id = [0_u8; 16];
            id.copy_from_slice(chunk);
            PersonId::from_bytes(id)
        })
    }

    /// Whether the bytes are whole ids, ascending, without repetition.
    pub fn is_canonical(&self) -> bool {
        self.0.len().is_multiple_of(16)
            && self
                .0
                .chunks_exact(16)
                .zip(self.0.chunks_exact(16).skip(1))
                .all(|(a, b)| a < b)
    }
}

impl std::fmt::Debug for People {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "People({})", self.count())
    }
}

/// Against what an appeal is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AppealTarget {
    /// The measure on this ground.
    Measure(Ground),
    /// A piece of evidence: "this did not happen to me".
    Evidence(EvidenceId),
}

/// A daily report on its way from the ledger where the day was closed to the level above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayDelivery {
    /// The division that closed the day.
    pub division: DivisionCode,
    /// The day.
    pub day: Day,
    /// The counts as they were closed: ascending by ground, no ground twice.
    pub counts: Vec<(Ground, DayCount)>,
    /// The entry that closed it.
    pub source: DaySource,
}

/// The entry of another ledger that closed a day, and a tree of that ledger that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySource {
    /// The origin of that ledger.
    pub ledger: String,
    /// The entry.
    pub entry: u64,
    /// When it closed the day.
    pub closed_at: Timestamp,
    /// How many entries the tree holds.
    pub size: u64,
    /// Its root.
    #[serde(with = "serde_bytes")]
    pub root: [u8; 32],
}

/// One signed part of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportPart {
    /// The ledger spoken to: its origin.
    pub ledger: String,
    /// The organisation that signs.
    pub org: OrgId,
    /// The report.
    pub report: ReportId,
    /// Which part, from 0.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
    /// What every row states.
    pub kind: EvidenceKind,
    /// The legal duty or purpose under which the source collected the rows.
    pub purpose: String,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The rows.
    pub rows: Vec<EvidenceRow>,
}

//! The rules in force, as the machine reads them; `policy` makes them from a rule pack.
//!
//! Invariant: a [`RuleBook`] is data only; authority is asked through [`Authority`] (Cedar in
//! `policy`). Caps below bind every pack: a pack can only be narrower than the machine.

use crate::colour::{Ground, Steps};
use crate::division::DivisionCode;
use crate::evidence::{EvidenceKind, Field, Precision};
use crate::ids::PackDigest;
use crate::organisation::{OrgKind, Organisation, Role, Tier};
use crate::time::{Day, HOUR_S, Timestamp};
use crate::word_list;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// No red outlasts this, whatever a pack says (edition 8's longest isolation is 14 days).
pub const RED_S_MAX: u32 = 14 * 86_400;
/// No yellow outlasts this (edition 8's follow-up after discharge is 14 days).
pub const YELLOW_S_MAX: u32 = 14 * 86_400;
/// No flag outlasts this.
pub const FLAG_S_MAX: u32 = 30 * 86_400;
/// A measure on the catch-all ground ends within this.
pub const CATCH_ALL_S_MAX: u32 = 72 * 3_600;
/// A measure on the emergency path ends within this.
pub const EMERGENCY_S_MAX: u32 = 24 * 3_600;
/// An area order ends within this.
pub const AREA_S_MAX: i64 = 30 * 86_400;
/// A movement ends within this of its beginning.
pub const MOVEMENT_S_MAX: i64 = 24 * HOUR_S;
/// A movement begins within this of the request (our default).
pub const MOVEMENT_AHEAD_S_MAX: i64 = 7 * 24 * HOUR_S;
/// A proxy is bound for no longer than this.
pub const PROXY_S_MAX: i64 = 366 * 24 * HOUR_S;
/// One person is the proxy of no more than so many at once (our default).
pub const PROXY_OF_MAX: usize = 8;
/// The volume guard cannot be set above this.
pub const VOLUME_PEOPLE_MAX: u32 = 1_000;
/// A ground's own guard for its standing rule cannot be set above this.
pub const AUTOMATIC_PEOPLE_MAX: u32 = 10_000;
/// An appeal cannot be given longer than this.
pub const APPEAL_HOURS_MAX: u32 = 72;

/// A rule pack as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleBook {
    /// SHA-256 of the pack's archive.
    pub digest: PackDigest,
    /// Its short name, e.g. `henan-2022`.
    pub name: String,
    /// Its version, e.g. `1`.
    pub version: String,
    /// The province it is for.
    pub province: DivisionCode,
    /// The instrument it renders.
    pub instrument: Instrument,
    /// From when it may be in force.
    pub valid_from: Timestamp,
    /// When the emergency it serves ends (I13).
    pub sunset: Timestamp,
    /// Seconds east of Greenwich of its civil time.
    pub utc_offset_s: i32,
    /// Time limits.
    pub deadlines: Deadlines,
    /// The volume guard.
    pub volume: VolumeGuard,
    /// What happens to measures of the pack before.
    pub existing: ExistingMeasures,
    /// One rule for each ground the pack knows.
    pub grounds: BTreeMap<Ground, GroundRule>,
    /// Who may supply evidence of release.
    pub release_evidence: BTreeMap<EvidenceKind, Contract>,
    /// Names of the values that no source gives and that are our own default.
    pub ours: Vec<String>,
}

/// The legal text behind a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// Title.
    pub title: String,
    /// Document number; empty where unknown.
    pub number: String,
    /// Issuing body.
    pub issuer: String,
    /// Date, as the source gives it.
    pub date: String,
}

/// Time limits of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlines {
    /// A notice goes out within this many seconds.
    pub notice_s: u32,
    /// An appeal is answered within this many hours.
    pub appeal_hours: u32,
    /// An eligible conversion on request is made within this many hours.
    pub conversion_hours: u32,
    /// The daily report closes at this second of the local day.
    pub daily_close_s: u32,
    /// An emergency measure lives this many seconds.
    pub emergency_s: u32,
}

/// The volume guard of a pack (I5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeGuard {
    /// At this many people, or more, the province approves.
    pub people: u32,
    /// The rolling window in seconds.
    pub window_s: u32,
}

word_list! {
    /// What becomes of measures imposed under the pack before.
    ExistingMeasures {
        /// They run on as imposed.
        Keep = "keep", "按原规则执行至期满", "run on as imposed";
        /// They are laid out again and the milder end counts.
        Shorten = "shorten", "按新旧规则中较轻者执行", "the milder of old and new counts";
    }
}

/// The rule of one ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroundRule {
    /// The ground.
    pub ground: Ground,
    /// The clause it rests on, quoted on the notice.
    pub basis: String,
    /// How long each stage lasts.
    pub steps: Steps,
    /// From which instant the days are counted.
    pub anchor: Anchor,
    /// Whether the standing rule imposes the measure when the evidence arrives.
    pub automatic: bool,
    /// Overrides the volume guard for the standing rule; the reason is in the pack.
    pub automatic_people: Option<u32>,
    /// Whether an order may be made on it.
    pub by_order: bool,
    /// The evidence contract.
    pub contract: Contract,
    /// What ends it early.
    pub releases: Vec<ReleaseRule>,
}

word_list! {
    /// From which instant the days of a measure are counted.
    Anchor {
        /// From the fact: the contact, the entry, the stay's end.
        Fact = "fact", "自事实发生之日起", "from the fact";
        /// From the decision.
        Decision = "decision", "自决定之时起", "from the decision";
    }
}

/// Who may state a kind of evidence, and what the statement must carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// The kind.
    pub kind: EvidenceKind,
    /// Kinds of organisation that may supply it.
    pub suppliers: Vec<OrgKind>,
    /// Columns it must fill.
    pub required: Vec<Field>,
    /// The oldest fact it may state, in seconds.
    pub max_age_s: u32,
    /// What it must be linked to.
    pub link: Link,
    /// Below this precision it yields at most a flag.
    pub min_precision: Option<Precision>,
}

word_list! {
    /// What a piece of evidence must be linked to.
    Link {
        /// Nothing.
        None = "none", "无", "nothing";
        /// A person with live evidence of infection in the ledger.
        IndexCase = "index_case", "病例", "an index case";
        /// A person with live close-contact evidence in the ledger.
        IndexContact = "index_contact", "密接", "a close contact";
        /// A numbered area order in force in the ledger.
        Area = "area", "区域决定", "an area order";
        /// A numbered test order in force in the ledger.
        TestRound = "test_round", "检测通告", "a test order";
    }
}

/// What ends a measure early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRule {
    /// Its stable name within the ground, e.g. `two-negatives`.
    pub name: String,
    /// The clause it rests on.
    pub basis: String,
    /// The evidence it needs.
    pub kind: EvidenceKind,
    /// How many pieces.
    pub count: u8,
    /// How far apart at least, in seconds.
    pub gap_s: u32,
    /// How long the measure must have lasted at least, in seconds.
    pub after_s: u32,
    /// Whether the system converts by itself when it is met.
    pub automatic: bool,
}

impl ReleaseRule {
    /// From when it may end a measure that began at an instant, by facts of its kind of evidence;
    /// none while they do not meet it.
    pub fn met(&self, from: Timestamp, mut facts: Vec<Timestamp>) -> Option<Timestamp> {
        facts.retain(|fact| *fact >= from);
        facts.sort_unstable();
        let mut counted = 0_u8;
        let mut last: Option<Timestamp> = None;
        for fact in facts {
            let apart = last.is_none_or(|last| fact.seconds_since(last) >= i64::from(self.gap_s));
            if apart {
                counted = counted.saturating_add(1);
                last = Some(fact);
            }
        }
        (counted >= self.count.max(1)).then(|| from.plus_s(i64::from(self.after_s)))
    }
}

word_list! {
    /// What an officer asks the ledger to do; the Cedar action of the same name.
    Action {
        /// Push a report.
        ReportPush = "report.push", "推送报告", "push a report";
        /// Declare an area or test order.
        AreaDeclare = "area.declare", "发布区域决定", "declare an area order";
        /// Lift an area or test order.
        AreaLift = "area.lift", "解除区域决定", "lift an area order";
        /// Propose an order.
        OrderPropose = "order.propose", "提议赋码", "propose an order";
        /// Approve an order.
        OrderApprove = "order.approve", "批准赋码", "approve an order";
        /// Refuse an order.
        OrderRefuse = "order.refuse", "否决赋码", "refuse an order";
        /// Withdraw an order.
        OrderWithdraw = "order.withdraw", "撤销赋码", "withdraw an order";
        /// Impose a measure on the emergency path.
        OrderEmergency = "order.emergency", "应急赋码", "impose on the emergency path";
        /// Convert a measure.
        Convert = "convert", "转码", "convert";
        /// File an appeal or dispute.
        AppealFile = "appeal.file", "提出申诉", "file an appeal";
        /// Decide an appeal or dispute.
        AppealDecide = "appeal.decide", "处理申诉", "decide an appeal";
        /// Look at a person's record.
        AccessLook = "access.look", "查阅记录", "look at a record";
        /// Close the day.
        DailyClose = "daily.close", "日报报送", "close the day";
        /// Receive a closed day.
        DailyReceive = "daily.receive", "日报接收", "receive a closed day";
        /// Publish a statement.
        StatementPublish = "statement.publish", "发布说明", "publish a statement";
        /// Deliver a day that was closed in another ledger.
        DailyDeliver = "daily.deliver", "日报上报", "deliver a closed day";
        /// Open a case.
        CaseOpen = "case.open", "登记求助", "open a case";
        /// Transfer a case.
        CaseTransfer = "case.transfer", "转办", "transfer a case";
        /// Answer a case.
        CaseAnswer = "case.answer", "答复", "answer a case";
        /// Look at a record without a case, in an emergency.
        AccessBreakGlass = "access.break_glass", "紧急查阅", "look at a record in an emergency";
        /// Ask for a movement with an end.
        MovementRequest = "movement.request", "申请限时流动", "ask for a movement with an end";
        /// Grant or refuse a movement.
        MovementDecide = "movement.decide", "审批限时流动", "decide a movement";
        /// Bind a proxy.
        ProxyBind = "proxy.bind", "绑定代办", "bind a proxy";
        /// End a binding.
        ProxyEnd = "proxy.end", "解除代办", "end a binding";
    }
}

word_list! {
    /// Through which door a conversion comes.
    Channel {
        /// At a counter: community, then headquarters.
        Offline = "offline", "线下转码", "at the counter";
        /// In the person's app or page.
        Online = "online", "线上转码", "online";
        /// From another place: by letter, or by whoever is asked.
        OutOfArea = "out_of_area", "异地转码", "out of area";
        /// By the system, when the condition is met.
        Automatic = "automatic", "自动转码", "automatic";
    }
}

/// A question to the authority rules.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The organisation that acts.
    pub org: &'a Organisation,
    /// The roles of the officer that signs; none for a report.
    pub roles: &'a [Role],
    /// What it asks.
    pub action: Action,
    /// On which ground.
    pub ground: Option<Ground>,
    /// For which place.
    pub area: DivisionCode,
    /// For how many people, the window included.
    pub people: u64,
    /// Whether the measure would be red.
    pub red: bool,
    /// Through which channel, for a conversion.
    pub channel: Option<Channel>,
}

/// The answer: which permits carried it, each with its legal basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Permitted by these provisions, in order.
    Permitted(Vec<Permit>),
    /// No provision permits it, or one forbids it.
    Denied,
}

/// A provision that permitted an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// Its id in the pack.
    pub id: String,
    /// Its legal basis.
    pub basis: String,
}

/// The port to the authority rules of a pack.
pub trait Authority {
    /// Whether the provisions of the pack permit this request; deny by default.
    fn authorise(&self, request: &Request<'_>) -> Verdict;
}

/// The rules of one instant: the data, and the authority behind them.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The data.
    pub book: &'a RuleBook,
    /// The authority.
    pub authority: &'a dyn Authority,
}

impl RuleBook {
    /// The contract for a kind of evidence, for a ground or for a release.
    pub fn contract(&self, kind: EvidenceKind) -> Option<&Contract> {
        match kind.ground() {
            Some(ground) => self.grounds.get(&ground).map(|rule| &rule.contract),
            None => self.release_evidence.get(&kind),
        }
    }

    /// The appeal deadline counted from an instant.
    pub fn appeal_deadline(&self, filed_at: Timestamp) -> Timestamp {
        filed_at.plus_s(i64::from(self.deadlines.appeal_hours).saturating_mul(HOUR_S))
    }

    /// Until when a day is reported in time.
    pub fn day_due(&self, day: Day) -> Timestamp {
        let close_s = i64::from(self.deadlines.daily_close_s);
        day.midnight(self.utc_offset_s).plus_s(close_s)
    }

    /// The deadline of a conversion or a movement, counted from an instant.
    pub fn conversion_deadline(&self, asked_at: Timestamp) -> Timestamp {
        asked_at.plus_s(i64::from(self.deadlines.conversion_hours).saturating_mul(HOUR_S))
    }

    /// The tier that must approve for this many people.
    pub const fn approving_tier(&self, people: u64) -> Option<Tier> {
        if people >= self.volume.people as u64 {
            Some(Tier::Province)
        } else {
            None
        }
    }
}

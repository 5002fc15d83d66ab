//! Refusals: the stable codes, the invariant each one keeps, and what to do next.
//!
//! Invariant: every code cites one of I1..I14; a refusal is an entry of the ledger like a permit.
//! Refuses: personal data in a refusal: it names rows and numbers, never people.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $invariant:literal, $rule:literal, $help:literal;)*) => {
        /// Why an act was refused; stable words, listed in `docs/refusals.md`.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The number of the invariant it keeps.
            pub const fn invariant(self) -> u8 {
                match self { $(Self::$variant => $invariant,)* }
            }

            /// The rule in one sentence.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule,)* }
            }

            /// What the sender can do next.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }

        impl std::str::FromStr for Code {
            type Err = crate::colour::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($code => Ok(Self::$variant),)* _ => Err(crate::colour::UnknownWord) }
            }
        }
    };
}

codes! {
    /// The signature does not verify, or nobody registered that key.
    SignatureInvalid = "SIGNATURE_INVALID", 2, "an act counts only with a valid signature by a registered key", "sign with the key that the province registered for you";
    /// The key was revoked.
    KeyRevoked = "KEY_REVOKED", 2, "a revoked key signs nothing", "sign with the current key";
    /// The list has other counts than the ledger.
    ListCountsDiffer = "LIST_COUNTS_DIFFER", 10, "a status list has exactly as many yellows and reds as the ledger accounts for", "cut the list again from the ledger";
    /// The key already belongs to somebody.
    KeyTaken = "KEY_TAKEN", 4, "a key belongs to one holder for ever", "make a fresh key";
    /// The officer's human being already serves another body.
    HolderTaken = "HOLDER_TAKEN", 4, "one human cannot be two officers of different bodies", "end the other term first";
    /// The act is not readable.
    Malformed = "MALFORMED", 2, "an act must be well-formed and within the limits", "make it again with a current tool";
    /// The act names another ledger.
    WrongLedger = "WRONG_LEDGER", 2, "an act speaks to one ledger", "sign for this ledger's origin";
    /// The act was signed too long ago.
    ActStale = "ACT_STALE", 2, "an act must reach the ledger within seven days of signing", "sign it again";
    /// The act was signed in the future.
    ActFuture = "ACT_FUTURE", 2, "an act cannot be signed in the future", "check the clock of the signing device";
    /// No such organisation.
    OrgUnknown = "ORG_UNKNOWN", 2, "only registered organisations act", "ask the province to register it";
    /// The organisation, officer or order exists already.
    Exists = "EXISTS", 2, "an id is given once", "choose another id";
    /// No such officer.
    OfficerUnknown = "OFFICER_UNKNOWN", 2, "only registered officers act", "ask the province to register the officer";
    /// The officer's term is over.
    TermEnded = "TERM_ENDED", 2, "an officer acts within a term", "ask the province to renew the term";
    /// The officer's term has not begun.
    TermNotBegun = "TERM_NOT_BEGUN", 2, "an officer acts within a term", "wait for the term to begin";
    /// The officer lacks the role.
    RoleMissing = "ROLE_MISSING", 2, "an officer acts in a role that the province gave", "ask an officer with the role";
    /// Only the province may do this.
    ProvinceOnly = "PROVINCE_ONLY", 2, "organisations, officers, keys and packs are acts of the province", "ask a registrar of the province";
    /// No pack is in force.
    NoPack = "NO_PACK", 2, "without a rule pack in force nothing is permitted", "ask the province to adopt a pack";
    /// The pack in force does not permit it.
    NotAuthorised = "NOT_AUTHORISED", 2, "what no provision permits is forbidden", "read the pack's authority rules";
    /// The organisation acts outside its place.
    OutOfArea = "OUT_OF_AREA", 2, "an organisation acts in its own division", "ask the body responsible for the place";
    /// The operator or vendor tried to decide.
    OperatorCannotDecide = "OPERATOR_CANNOT_DECIDE", 4, "whoever runs the system signs no decision", "ask the headquarters";
    /// The pack knows no such ground, or the order names none.
    NoGround = "NO_GROUND", 3, "a colour needs a ground of the pack", "name a ground for which there is evidence";
    /// A person has no live evidence for the ground.
    NoEvidence = "NO_EVIDENCE", 3, "no evidence, no colour", "have the competent department push its evidence first";
    /// The source may not supply this evidence.
    EvidenceNotCompetent = "EVIDENCE_NOT_COMPETENT", 3, "evidence comes from the department whose duty it is", "only the suppliers in the contract may push it";
    /// The evidence already carried a measure.
    EvidenceExhausted = "EVIDENCE_EXHAUSTED", 6, "prolonging needs new evidence", "push new evidence or let the measure end";
    /// The evidence is too old.
    EvidenceStale = "EVIDENCE_STALE", 3, "evidence must be fresh", "push evidence within the contract's age";
    /// The evidence lies in the future.
    EvidenceFuture = "EVIDENCE_FUTURE", 3, "evidence states what has happened", "check the date";
    /// A required field is missing.
    FieldMissing = "FIELD_MISSING", 3, "a row carries what its contract demands", "fill in the named column";
    /// The link does not hold.
    NotLinked = "NOT_LINKED", 3, "evidence must be linked to what it rests on", "name an index case, area or test order that the ledger holds";
    /// A disputed piece of evidence came again.
    EvidenceSuppressed = "EVIDENCE_SUPPRESSED", 9, "evidence overturned on dispute never counts again", "nothing: this statement was found false";
    /// The location is too coarse.
    EvidenceCoarse = "EVIDENCE_COARSE", 3, "coarse location evidence yields at most a flag", "push evidence at the contract's precision";
    /// The evidence was recorded; the colour waits for the province.
    HeldForVolume = "HELD_FOR_VOLUME", 5, "beyond the volume guard an automatic measure waits for the province", "propose an order that the province approves";
    /// Too many people for this approver.
    VolumeNeedsProvince = "VOLUME_NEEDS_PROVINCE", 5, "at the threshold or above the province approves", "ask the province to approve";
    /// Maker and checker belong to one body.
    SameBody = "SAME_BODY", 4, "two bodies for every manual measure", "ask a checker of another organisation";
    /// No such order.
    OrderUnknown = "ORDER_UNKNOWN", 2, "an act names an order of the ledger", "check the order id";
    /// The order is not in a state that allows it.
    OrderState = "ORDER_STATE", 2, "an order goes from proposed to approved to ended, once", "look at the order's state";
    /// The approver signed another digest.
    DigestMismatch = "DIGEST_MISMATCH", 4, "maker and checker sign the same digest", "approve the digest that the preview shows";
    /// The order is empty or names a person twice.
    SubjectsInvalid = "SUBJECTS_INVALID", 3, "an order names each of its people once, in order", "remove the repeated people";
    /// The catch-all lacks its document.
    DocumentMissing = "DOCUMENT_MISSING", 3, "the catch-all ground needs a numbered document and its text's hash", "cite the document";
    /// The catch-all lasts too long.
    DurationTooLong = "DURATION_TOO_LONG", 6, "a measure cannot outlast its cap", "shorten it";
    /// Only the province approves this.
    NeedsProvince = "NEEDS_PROVINCE", 5, "the catch-all ground needs the province's approval", "ask the province to approve";
    /// The emergency path was used twice for one thing.
    EmergencyRepeated = "EMERGENCY_REPEATED", 4, "the emergency path is used once for a person and ground", "propose an order for approval";
    /// No release ground is met.
    NoReleaseGround = "NO_RELEASE_GROUND", 7, "a release before the end needs a ground and its evidence", "push the evidence of release, appeal, or withdraw the wrong order";
    /// There is no such measure to convert.
    NoMeasure = "NO_MEASURE", 7, "an act names a live measure", "look at the person's measures";
    /// The out-of-area letter is missing.
    LetterMissing = "LETTER_MISSING", 7, "an out-of-area conversion cites the letter of the residence county", "cite the letter's number";
    /// An appeal on this is already open.
    AppealPending = "APPEAL_PENDING", 9, "one appeal at a time on one measure", "wait for the decision or the deadline";
    /// No such open appeal.
    AppealUnknown = "APPEAL_UNKNOWN", 9, "a decision names an open appeal", "check the appeal id";
    /// The appeal is already decided.
    AppealDecided = "APPEAL_DECIDED", 9, "an appeal is decided once", "file a new appeal";
    /// A refusal or act lacks its reasons.
    ReasonMissing = "REASON_MISSING", 8, "a decision states its reasons", "write the reason";
    /// A look lacks purpose or case.
    PurposeMissing = "PURPOSE_MISSING", 14, "a look at a record needs a purpose and a case", "name the purpose and the case number";
    /// The person is not known.
    PersonUnknown = "PERSON_UNKNOWN", 3, "an act names a person of the ledger", "check the document number";
    /// No such evidence.
    EvidenceUnknown = "EVIDENCE_UNKNOWN", 9, "a dispute names a piece of evidence of that person", "check the evidence id";
    /// The area order does not hold.
    AreaInvalid = "AREA_INVALID", 6, "an area order has a number, a place and an end within the cap", "shorten it or correct the place";
    /// The day is closed or not yet open.
    DayState = "DAY_STATE", 2, "a day is closed once by the city and received once by the province", "look at the day's report";
    /// The report's parts do not fit together.
    ReportState = "REPORT_STATE", 2, "the parts of a report agree on its kind, sender and number of parts", "sign the report again";
    /// The pack fails its check.
    PackInvalid = "PACK_INVALID", 6, "a pack with an endless measure, a one-body red or a ground without evidence is refused", "run `mingma pack check`";
    /// The pack's sunset has passed.
    SunsetPassed = "SUNSET_PASSED", 13, "after the sunset no measure can be imposed", "the province may adopt a renewed pack in public";
    /// Genesis happens once.
    GenesisOnce = "GENESIS_ONCE", 1, "a ledger begins once", "use a fresh directory";
    /// A delivered day came again with other content.
    DayDiffers = "DAY_DIFFERS", 10, "a delivered day is on record as it came first", "compare both with the entry that closed the day, and tell the level above";
    /// A counter's key signed something else than what a person asks for.
    CounterOnly = "COUNTER_ONLY", 4, "a counter's key signs only what a person asks for about oneself", "have an officer without the role `counter` sign it";
    /// No such case.
    CaseUnknown = "CASE_UNKNOWN", 9, "an act names a case of the ledger", "check the case id";
    /// Another organisation owns the case.
    CaseNotOwned = "CASE_NOT_OWNED", 9, "a case has one owner, who answers it or passes it on", "ask the owner, whom the case names";
    /// The case is closed, or cannot go there.
    CaseState = "CASE_STATE", 9, "a case is answered once, and goes to a body that can answer it", "look at the case; open a new one if need be";
    /// The movement has no sound beginning and end.
    MovementInvalid = "MOVEMENT_INVALID", 6, "a movement begins within seven days and ends within 24 hours of its beginning", "ask for less at a time";
    /// No such movement.
    MovementUnknown = "MOVEMENT_UNKNOWN", 9, "a decision names a movement that was asked for", "check the movement id";
    /// The movement is decided or over, or another one waits.
    MovementState = "MOVEMENT_STATE", 9, "a movement is decided once, before its end, and one at a time waits", "look at the movement; ask for a new one if need be";
    /// The binding has no sound end, or is not one.
    ProxyInvalid = "PROXY_INVALID", 6, "a proxy is another person, of eight people at most, for a year at most; a guardian is bound by an office that saw the papers", "shorten it, choose another proxy, or go to an office with the papers";
    /// No such binding.
    ProxyUnknown = "PROXY_UNKNOWN", 14, "a binding is ended while it runs", "look at the person's proxies";
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// A refusal: a code, and where the fault lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// Where and how much, in words without personal data.
    pub detail: String,
}

impl Refusal {
    /// A refusal with its detail.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code, "")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} (I{}): {}",
            self.code,
            self.code.invariant(),
            self.code.rule()
        )?;
        if !self.detail.is_empty() {
            write!(formatter, "; {}", self.detail)?;
        }
        Ok(())
    }
}

//! Refusals: the stable codes, the invariant each one keeps, and what to do next.
//!
//! Invariant: every code cites one of I1..I14; a refusal is an entry of the ledger like a permit.
//! Refuses: personal data in a refusal: it names rows and numbers, never people.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $invariant:literal, $rule:literal, $help:literal,
        $rule_zh:literal, $help_zh:literal;)*) => {
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

            /// The rule in one sentence, in Chinese.
            pub const fn rule_zh(self) -> &'static str {
                match self { $(Self::$variant => $rule_zh,)* }
            }

            /// What the sender can do next, in Chinese.
            pub const fn help_zh(self) -> &'static str {
                match self { $(Self::$variant => $help_zh,)* }
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
    SignatureInvalid = "SIGNATURE_INVALID", 2, "an act counts only with a valid signature by a registered key", "sign with the key that the province registered for you",
        "只有登记密钥的有效签名才算数", "请用省里为您登记的密钥签名";
    /// The key was revoked.
    KeyRevoked = "KEY_REVOKED", 2, "a revoked key signs nothing", "sign with the current key",
        "已吊销的密钥不能再签名", "请用现行密钥签名";
    /// The list has other counts than the ledger.
    ListCountsDiffer = "LIST_COUNTS_DIFFER", 10, "a status list has exactly as many yellows and reds as the ledger accounts for", "cut the list again from the ledger",
        "状态列表的黄码、红码数须与账本完全一致", "请从账本重新生成列表";
    /// The key already belongs to somebody.
    KeyTaken = "KEY_TAKEN", 4, "a key belongs to one holder for ever", "make a fresh key",
        "一把密钥永远只属于一个持有者", "请生成新的密钥";
    /// The officer's human being already serves another body.
    HolderTaken = "HOLDER_TAKEN", 4, "one human cannot be two officers of different bodies", "end the other term first",
        "同一个人不能在两家单位任职", "请先结束另一任期";
    /// The act is not readable.
    Malformed = "MALFORMED", 2, "an act must be well-formed and within the limits", "make it again with a current tool",
        "提交内容须格式正确、不超限额", "请用现行工具重新制作";
    /// The act names another ledger.
    WrongLedger = "WRONG_LEDGER", 2, "an act speaks to one ledger", "sign for this ledger's origin",
        "一项行为只对一本账有效", "请按本账本的标识重新签名";
    /// The act was signed too long ago.
    ActStale = "ACT_STALE", 2, "an act must reach the ledger within seven days of signing", "sign it again",
        "签名后七日内须送达账本", "请重新签名";
    /// The act was signed in the future.
    ActFuture = "ACT_FUTURE", 2, "an act cannot be signed in the future", "check the clock of the signing device",
        "不能签署未来的时间", "请检查签名设备的时钟";
    /// No such organisation.
    OrgUnknown = "ORG_UNKNOWN", 2, "only registered organisations act", "ask the province to register it",
        "只有登记的单位才能行事", "请省里登记该单位";
    /// The organisation, officer or order exists already.
    Exists = "EXISTS", 2, "an id is given once", "choose another id",
        "一个编号只用一次", "请换一个编号";
    /// No such officer.
    OfficerUnknown = "OFFICER_UNKNOWN", 2, "only registered officers act", "ask the province to register the officer",
        "只有登记的人员才能行事", "请省里登记该人员";
    /// The officer's term is over.
    TermEnded = "TERM_ENDED", 2, "an officer acts within a term", "ask the province to renew the term",
        "人员在任期内行事", "请省里续任";
    /// The officer's term has not begun.
    TermNotBegun = "TERM_NOT_BEGUN", 2, "an officer acts within a term", "wait for the term to begin",
        "人员在任期内行事", "请等任期开始";
    /// The officer lacks the role.
    RoleMissing = "ROLE_MISSING", 2, "an officer acts in a role that the province gave", "ask an officer with the role",
        "人员按省里授予的角色行事", "请有该角色的人员办理";
    /// Only the province may do this.
    ProvinceOnly = "PROVINCE_ONLY", 2, "organisations, officers, keys and packs are acts of the province", "ask a registrar of the province",
        "单位、人员、密钥和规则包由省级办理", "请省登记员办理";
    /// No pack is in force.
    NoPack = "NO_PACK", 2, "without a rule pack in force nothing is permitted", "ask the province to adopt a pack",
        "没有生效的规则包，什么都不允许", "请省里启用规则包";
    /// The pack in force does not permit it.
    NotAuthorised = "NOT_AUTHORISED", 2, "what no provision permits is forbidden", "read the pack's authority rules",
        "规定没有允许的，一律禁止", "请查阅规则包的权限规则";
    /// The organisation acts outside its place.
    OutOfArea = "OUT_OF_AREA", 2, "an organisation acts in its own division", "ask the body responsible for the place",
        "单位只在本辖区内行事", "请当地主管单位办理";
    /// The operator or vendor tried to decide.
    OperatorCannotDecide = "OPERATOR_CANNOT_DECIDE", 4, "whoever runs the system signs no decision", "ask the headquarters",
        "系统运营方不签任何决定", "请找指挥部";
    /// The pack knows no such ground, or the order names none.
    NoGround = "NO_GROUND", 3, "a colour needs a ground of the pack", "name a ground for which there is evidence",
        "颜色须有规则包列明的事由", "请写明有证据支持的事由";
    /// A person has no live evidence for the ground.
    NoEvidence = "NO_EVIDENCE", 3, "no evidence, no colour", "have the competent department push its evidence first",
        "没有证据，就没有颜色", "请先由主管部门报送证据";
    /// The source may not supply this evidence.
    EvidenceNotCompetent = "EVIDENCE_NOT_COMPETENT", 3, "evidence comes from the department whose duty it is", "only the suppliers in the contract may push it",
        "证据由负有法定职责的部门报送", "只有规则列明的单位可以报送";
    /// The evidence already carried a measure.
    EvidenceExhausted = "EVIDENCE_EXHAUSTED", 6, "prolonging needs new evidence", "push new evidence or let the measure end",
        "延长须有新的证据", "请报送新证据，或让措施到期结束";
    /// The evidence is too old.
    EvidenceStale = "EVIDENCE_STALE", 3, "evidence must be fresh", "push evidence within the contract's age",
        "证据须在有效期内", "请报送时限内的证据";
    /// The evidence lies in the future.
    EvidenceFuture = "EVIDENCE_FUTURE", 3, "evidence states what has happened", "check the date",
        "证据说的是已经发生的事", "请检查日期";
    /// A required field is missing.
    FieldMissing = "FIELD_MISSING", 3, "a row carries what its contract demands", "fill in the named column",
        "每行须填写规定的内容", "请填写所指的栏目";
    /// The link does not hold.
    NotLinked = "NOT_LINKED", 3, "evidence must be linked to what it rests on", "name an index case, area or test order that the ledger holds",
        "证据须与其依据相关联", "请写明账本中已有的病例、区域或检测令";
    /// A disputed piece of evidence came again.
    EvidenceSuppressed = "EVIDENCE_SUPPRESSED", 9, "evidence overturned on dispute never counts again", "nothing: this statement was found false",
        "经异议推翻的证据永远不再计入", "无须操作：该陈述已查明不实";
    /// The location is too coarse.
    EvidenceCoarse = "EVIDENCE_COARSE", 3, "coarse location evidence yields at most a flag", "push evidence at the contract's precision",
        "粗略的位置信息至多给出提示", "请按规定精度报送证据";
    /// The evidence was recorded; the colour waits for the province.
    HeldForVolume = "HELD_FOR_VOLUME", 5, "beyond the volume guard an automatic measure waits for the province", "propose an order that the province approves",
        "超过数量限额的自动赋码须等省级批准", "请提出由省级批准的决定";
    /// Too many people for this approver.
    VolumeNeedsProvince = "VOLUME_NEEDS_PROVINCE", 5, "at the threshold or above the province approves", "ask the province to approve",
        "达到人数上限须由省级批准", "请省级单位批准";
    /// Maker and checker belong to one body.
    SameBody = "SAME_BODY", 4, "two bodies for every manual measure", "ask a checker of another organisation",
        "每项人工决定须有两家单位", "请另一家单位的审批人办理";
    /// No such order.
    OrderUnknown = "ORDER_UNKNOWN", 2, "an act names an order of the ledger", "check the order id",
        "须指明账本中的决定", "请核对决定编号";
    /// The order is not in a state that allows it.
    OrderState = "ORDER_STATE", 2, "an order goes from proposed to approved to ended, once", "look at the order's state",
        "决定依次提议、批准、结束，各一次", "请查看该决定的状态";
    /// The approver signed another digest.
    DigestMismatch = "DIGEST_MISMATCH", 4, "maker and checker sign the same digest", "approve the digest that the preview shows",
        "提议人与审批人须签同一摘要", "请批准预览所示的摘要";
    /// The order is empty or names a person twice.
    SubjectsInvalid = "SUBJECTS_INVALID", 3, "an order names each of its people once, in order", "remove the repeated people",
        "决定中每人列一次，按次序", "请删去重复的人";
    /// The catch-all lacks its document.
    DocumentMissing = "DOCUMENT_MISSING", 3, "the catch-all ground needs a numbered document and its text's hash", "cite the document",
        "兜底事由须有编号文件及其正文摘要", "请注明文件";
    /// The catch-all lasts too long.
    DurationTooLong = "DURATION_TOO_LONG", 6, "a measure cannot outlast its cap", "shorten it",
        "措施不得超过最长期限", "请缩短期限";
    /// Only the province approves this.
    NeedsProvince = "NEEDS_PROVINCE", 5, "the catch-all ground needs the province's approval", "ask the province to approve",
        "兜底事由须由省级批准", "请省级单位批准";
    /// The emergency path was used twice for one thing.
    EmergencyRepeated = "EMERGENCY_REPEATED", 4, "the emergency path is used once for a person and ground", "propose an order for approval",
        "紧急程序对同一人同一事由只用一次", "请提出须批准的决定";
    /// No release ground is met.
    NoReleaseGround = "NO_RELEASE_GROUND", 7, "a release before the end needs a ground and its evidence", "push the evidence of release, appeal, or withdraw the wrong order",
        "提前解除须有规定的事由和证据", "请报送解除证据、申诉，或撤销错误的决定";
    /// There is no such measure to convert.
    NoMeasure = "NO_MEASURE", 7, "an act names a live measure", "look at the person's measures",
        "须指明正在生效的措施", "请查看本人的措施";
    /// The out-of-area letter is missing.
    LetterMissing = "LETTER_MISSING", 7, "an out-of-area conversion cites the letter of the residence county", "cite the letter's number",
        "异地转码须注明居住地县级来函", "请注明函号";
    /// An appeal on this is already open.
    AppealPending = "APPEAL_PENDING", 9, "one appeal at a time on one measure", "wait for the decision or the deadline",
        "同一措施一次只受理一件申诉", "请等待答复或期限届满";
    /// No such open appeal.
    AppealUnknown = "APPEAL_UNKNOWN", 9, "a decision names an open appeal", "check the appeal id",
        "须指明未决的申诉", "请核对申诉编号";
    /// The appeal is already decided.
    AppealDecided = "APPEAL_DECIDED", 9, "an appeal is decided once", "file a new appeal",
        "一件申诉只裁决一次", "请另行申诉";
    /// A refusal or act lacks its reasons.
    ReasonMissing = "REASON_MISSING", 8, "a decision states its reasons", "write the reason",
        "决定须说明理由", "请写明理由";
    /// A look lacks purpose or case.
    PurposeMissing = "PURPOSE_MISSING", 14, "a look at a record needs a purpose and a case", "name the purpose and the case number",
        "查阅记录须有用途和案号", "请写明用途和案号";
    /// The person is not known.
    PersonUnknown = "PERSON_UNKNOWN", 3, "an act names a person of the ledger", "check the document number",
        "须指明账本中的人", "请核对证件号码";
    /// No such evidence.
    EvidenceUnknown = "EVIDENCE_UNKNOWN", 9, "a dispute names a piece of evidence of that person", "check the evidence id",
        "异议须指明本人的某项证据", "请核对证据编号";
    /// The area order does not hold.
    AreaInvalid = "AREA_INVALID", 6, "an area order has a number, a place and an end within the cap", "shorten it or correct the place",
        "区域决定须有文号、地区和限期", "请缩短期限或更正地区";
    /// The day is closed or not yet open.
    DayState = "DAY_STATE", 2, "a day is closed once by the city and received once by the province", "look at the day's report",
        "每日由市里关账一次，省里接收一次", "请查看当日报告";
    /// The report's parts do not fit together.
    ReportState = "REPORT_STATE", 2, "the parts of a report agree on its kind, sender and number of parts", "sign the report again",
        "同一报告各部分的种类、单位和总数须一致", "请重新签署报告";
    /// The pack fails its check.
    PackInvalid = "PACK_INVALID", 6, "a pack with an endless measure, a one-body red or a ground without evidence is refused", "run `mingma pack check`",
        "含无期限措施、单方红码或无证据事由的规则包不予采用", "请运行 `mingma pack check`";
    /// The pack's sunset has passed.
    SunsetPassed = "SUNSET_PASSED", 13, "after the sunset no measure can be imposed", "the province may adopt a renewed pack in public",
        "规则失效后不得再赋码", "省里可以公开启用续期的规则包";
    /// Genesis happens once.
    GenesisOnce = "GENESIS_ONCE", 1, "a ledger begins once", "use a fresh directory",
        "账本只开始一次", "请使用新的目录";
    /// A delivered day came again with other content.
    DayDiffers = "DAY_DIFFERS", 10, "a delivered day is on record as it came first", "compare both with the entry that closed the day, and tell the level above",
        "送达的日报以首次为准", "请与关账条目核对，并告知上级";
    /// A counter's key signed something else than what a person asks for.
    CounterOnly = "COUNTER_ONLY", 4, "a counter's key signs only what a person asks for about oneself", "have an officer without the role `counter` sign it",
        "窗口密钥只签本人为自己提出的事项", "请无窗口角色的人员签署";
    /// No such case.
    CaseUnknown = "CASE_UNKNOWN", 9, "an act names a case of the ledger", "check the case id",
        "须指明账本中的求助件", "请核对求助件编号";
    /// Another organisation owns the case.
    CaseNotOwned = "CASE_NOT_OWNED", 9, "a case has one owner, who answers it or passes it on", "ask the owner, whom the case names",
        "求助件只有一个承办单位，由其答复或转办", "请找求助件上列明的承办单位";
    /// The case is closed, or cannot go there.
    CaseState = "CASE_STATE", 9, "a case is answered once, and goes to a body that can answer it", "look at the case; open a new one if need be",
        "求助件只答复一次，且只转给能答复的单位", "请查看该件；必要时另行登记";
    /// The movement has no sound beginning and end.
    MovementInvalid = "MOVEMENT_INVALID", 6, "a movement begins within seven days and ends within 24 hours of its beginning", "ask for less at a time",
        "限时流动须七日内开始，开始后24小时内结束", "请缩短每次的时间";
    /// No such movement.
    MovementUnknown = "MOVEMENT_UNKNOWN", 9, "a decision names a movement that was asked for", "check the movement id",
        "须指明已申请的限时流动", "请核对申请编号";
    /// The movement is decided or over, or another one waits.
    MovementState = "MOVEMENT_STATE", 9, "a movement is decided once, before its end, and one at a time waits", "look at the movement; ask for a new one if need be",
        "限时流动在结束前裁决一次，一次只等一件", "请查看该申请；必要时重新申请";
    /// The binding has no sound end, or is not one.
    ProxyInvalid = "PROXY_INVALID", 6, "a proxy is another person, of eight people at most, for a year at most; a guardian is bound by an office that saw the papers", "shorten it, choose another proxy, or go to an office with the papers",
        "代办人须是另一个人，至多为八人代办，至多一年；监护人由查验证件的单位绑定", "请缩短期限、另选代办人，或携证件到窗口办理";
    /// No such binding.
    ProxyUnknown = "PROXY_UNKNOWN", 14, "a binding is ended while it runs", "look at the person's proxies",
        "解除的须是正在生效的绑定", "请查看本人的代办人";
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

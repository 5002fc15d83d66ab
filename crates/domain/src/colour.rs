//! Colours, grounds and steps: what a code can say, and why.
//!
//! Invariant: a measure's stages only ever soften (red, then yellow, then flag, then nothing), and
//! its end is known when it begins (I6). A flag is advisory and never a colour.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The colour of a code; the order is by severity.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// No live measure.
    #[default]
    Green,
    /// Restricted.
    Yellow,
    /// No travel.
    Red,
}

impl Colour {
    /// The word used in files and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// What one measure says at an instant; the order is by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Not begun, or over.
    #[default]
    None,
    /// Advisory only.
    Flag,
    /// Yellow.
    Yellow,
    /// Red.
    Red,
}

impl Stage {
    /// The colour that this stage contributes.
    pub const fn colour(self) -> Colour {
        match self {
            Self::None | Self::Flag => Colour::Green,
            Self::Yellow => Colour::Yellow,
            Self::Red => Colour::Red,
        }
    }
}

macro_rules! grounds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)*) => {
        /// Why a person has a measure: the closed list of `docs/GLOSSARY.md`.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Ground {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl Ground {
            /// Every ground, in the order of the glossary.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The ground in Chinese.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            /// The ground in English.
            pub const fn en(self) -> &'static str {
                match self { $(Self::$variant => $en,)* }
            }
        }

        impl FromStr for Ground {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text { $($code => Ok(Self::$variant),)* _ => Err(UnknownWord) }
            }
        }
    };
}

grounds! {
    /// Confirmed case.
    Case = "CASE", "确诊病例", "confirmed case";
    /// Asymptomatic infection.
    Asym = "ASYM", "无症状感染者", "asymptomatic infection";
    /// Suspected case.
    Susp = "SUSP", "疑似病例", "suspected case";
    /// Preliminary positive test.
    Prelim = "PRELIM", "核酸初筛阳性", "preliminary positive test";
    /// Member of an abnormal pooled tube.
    Pool = "POOL", "混管异常", "member of an abnormal pooled tube";
    /// Close contact.
    Close = "CLOSE", "密切接触者", "close contact";
    /// Secondary contact.
    Sec = "SEC", "次密接", "secondary contact";
    /// Spatio-temporal companion.
    Stc = "STC", "时空伴随者", "spatio-temporal companion";
    /// Inbound traveller.
    Inbound = "INBOUND", "入境人员", "inbound traveller";
    /// Stay in a high- or medium-risk area.
    Hirisk = "HIRISK", "中高风险区旅居", "stay in a high- or medium-risk area";
    /// In a sealed or controlled area.
    Seal = "SEAL", "封控区、管控区人员", "in a sealed or controlled area";
    /// Left a sealed or high-risk area.
    Spill = "SPILL", "外溢人员", "left a sealed or high-risk area";
    /// Discharged or released, in follow-up.
    After = "AFTER", "出院或解除隔离后随访", "discharged or released, in follow-up";
    /// Symptoms.
    Sympt = "SYMPT", "发热等症状", "fever or other symptoms";
    /// Overdue or refused test.
    Overdue = "OVERDUE", "未按规定核酸检测", "overdue test";
    /// Arrived from elsewhere.
    Arrival = "ARRIVAL", "外地抵达", "arrived from elsewhere";
    /// Handler of a positive cold-chain item.
    Cold = "COLD", "阳性冷链物品接触者", "handler of a positive cold-chain item";
    /// High-risk post leaving the closed loop.
    Job = "JOB", "高风险岗位离开闭环", "high-risk post leaving its closed loop";
    /// Pushed by another province or the national platform.
    Push = "PUSH", "外省或国家平台推送", "pushed by another province or the national platform";
    /// Other, under a numbered command document.
    Order = "ORDER", "指挥部编号文件", "a numbered command document";
}

impl fmt::Display for Ground {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

/// A word that is not in the closed list it should be from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWord;

impl fmt::Display for UnknownWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a word of the list")
    }
}

impl std::error::Error for UnknownWord {}

/// How long each stage lasts, in seconds: red, then yellow, then flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// Seconds of red.
    pub red_s: u32,
    /// Seconds of yellow after the red.
    pub yellow_s: u32,
    /// Seconds of flag after the yellow.
    pub flag_s: u32,
}

impl Steps {
    /// The worst colour of these steps.
    pub const fn worst(self) -> Colour {
        if self.red_s > 0 {
            Colour::Red
        } else if self.yellow_s > 0 {
            Colour::Yellow
        } else {
            Colour::Green
        }
    }

    /// The whole length in seconds.
    pub const fn total_s(self) -> i64 {
        self.red_s as i64 + self.yellow_s as i64 + self.flag_s as i64
    }

    /// The same length of time, advisory only.
    pub const fn as_flag(self) -> Self {
        let flag_s = self
            .red_s
            .saturating_add(self.yellow_s)
            .saturating_add(self.flag_s);
        Self {
            red_s: 0,
            yellow_s: 0,
            flag_s,
        }
    }
}

/// The stages of one measure as instants: `[from, until)` with its softening points.
///
/// Kept as seconds after its beginning, for a ledger holds many millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    from: Timestamp,
    red_s: u32,
    yellow_s: u32,
    until_s: u32,
}

impl Span {
    /// Steps laid out from `anchor`, seen from `from` on and cut at `cap`.
    ///
    /// The anchor may lie before `from`: a contact event of three days ago leaves the rest of the
    /// days only.
    pub fn lay(steps: Steps, anchor: Timestamp, from: Timestamp, cap: Timestamp) -> Self {
        let red_until = anchor.plus_s(i64::from(steps.red_s));
        let yellow_until = red_until.plus_s(i64::from(steps.yellow_s));
        let until = yellow_until.plus_s(i64::from(steps.flag_s));
        let cut = |end: Timestamp| end.min(cap);
        Self::between(from, cut(red_until), cut(yellow_until), cut(until))
    }

    /// Stages that end at these instants; an end before the beginning is the beginning.
    fn between(from: Timestamp, red: Timestamp, yellow: Timestamp, until: Timestamp) -> Self {
        // A stage of more than 136 years is as good as one of 136 years.
        let after =
            |end: Timestamp| u32::try_from(end.seconds_since(from).max(0)).unwrap_or(u32::MAX);
        Self {
            from,
            red_s: after(red),
            yellow_s: after(yellow),
            until_s: after(until),
        }
    }

    /// When it begins.
    pub const fn from(&self) -> Timestamp {
        self.from
    }

    /// When red ends.
    pub fn red_until(&self) -> Timestamp {
        self.from.plus_s(i64::from(self.red_s))
    }

    /// When yellow ends.
    pub fn yellow_until(&self) -> Timestamp {
        self.from.plus_s(i64::from(self.yellow_s))
    }

    /// When the last stage ends.
    pub fn until(&self) -> Timestamp {
        self.from.plus_s(i64::from(self.until_s))
    }

    /// What it says at an instant.
    pub fn stage_at(&self, at: Timestamp) -> Stage {
        let after_s = at.seconds_since(self.from);
        if after_s < 0 || after_s >= i64::from(self.until_s) {
            Stage::None
        } else if after_s < i64::from(self.red_s) {
            Stage::Red
        } else if after_s < i64::from(self.yellow_s) {
            Stage::Yellow
        } else {
            Stage::Flag
        }
    }

    /// The instants after its beginning at which it says something else.
    pub fn boundaries(&self) -> impl Iterator<Item = Timestamp> + use<> {
        let mut last = self.from;
        [self.red_until(), self.yellow_until(), self.until()]
            .into_iter()
            .filter(move |&instant| {
                let new = instant > last;
                last = last.max(instant);
                new
            })
    }

    /// The same layout with no end before `at`: the past stays as it was.
    #[must_use]
    pub fn not_before(self, at: Timestamp) -> Self {
        Self::between(
            self.from,
            self.red_until().max(at),
            self.yellow_until().max(at),
            self.until().max(at),
        )
    }

    /// The milder of two layouts of one measure: each stage ends at the earlier of the two ends.
    #[must_use]
    pub fn milder(self, other: Self) -> Self {
        Self::between(
            self.from,
            self.red_until().min(other.red_until()),
            self.yellow_until().min(other.yellow_until()),
            self.until().min(other.until()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY_S;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_unix(1_655_000_000);

    fn steps(red: u32, yellow: u32) -> Steps {
        Steps {
            red_s: red * 86_400,
            yellow_s: yellow * 86_400,
            flag_s: 0,
        }
    }

    #[test]
    fn red_seven_then_yellow_three_turns_at_the_second_and_ends_at_the_second() {
        let span = Span::lay(steps(7, 3), START, START, Timestamp::NEVER);
        assert_eq!(span.stage_at(START.plus_s(-1)), Stage::None);
        assert_eq!(span.stage_at(START), Stage::Red);
        assert_eq!(span.stage_at(START.plus_s(7 * DAY_S - 1)), Stage::Red);
        assert_eq!(span.stage_at(START.plus_s(7 * DAY_S)), Stage::Yellow);
        assert_eq!(span.stage_at(START.plus_s(10 * DAY_S - 1)), Stage::Yellow);
        assert_eq!(span.stage_at(START.plus_s(10 * DAY_S)), Stage::None);
    }

    #[test]
    fn days_before_the_decision_are_not_served_twice() {
        let span = Span::lay(
            steps(7, 3),
            START,
            START.plus_s(8 * DAY_S),
            Timestamp::NEVER,
        );
        assert_eq!(span.stage_at(START.plus_s(8 * DAY_S)), Stage::Yellow);
        assert_eq!(span.until(), START.plus_s(10 * DAY_S));
    }

    #[test]
    fn a_sunset_cuts_every_stage() {
        let span = Span::lay(steps(7, 3), START, START, START.plus_s(DAY_S));
        assert_eq!(span.stage_at(START.plus_s(DAY_S)), Stage::None);
    }

    #[test]
    fn every_ground_reads_back_from_its_code() {
        for ground in Ground::ALL {
            assert_eq!(ground.code().parse::<Ground>(), Ok(*ground));
        }
        assert_eq!(Ground::ALL.len(), 20);
        assert_eq!("DEPOSITOR".parse::<Ground>(), Err(UnknownWord));
    }

    proptest! {
        #[test]
        fn a_measure_only_ever_softens(
            red in 0_u32..2_000_000, yellow in 0_u32..2_000_000, flag in 0_u32..2_000_000,
            late in 0_i64..5_000_000, cap in 0_i64..9_000_000, a in 0_i64..9_000_000, b in 0_i64..9_000_000,
        ) {
            let steps = Steps { red_s: red, yellow_s: yellow, flag_s: flag };
            let span = Span::lay(steps, START, START.plus_s(late), START.plus_s(cap));
            let (early, later) = (late + a.min(b), late + a.max(b));
            prop_assert!(span.stage_at(START.plus_s(early)) >= span.stage_at(START.plus_s(later)));
            prop_assert_eq!(span.stage_at(span.until()), Stage::None);
        }
    }
}

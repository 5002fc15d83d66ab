//! Why a verdict is what it is: one stable word and one sentence in each language.
//!
//! Invariant: every reason that gives no colour says first that nothing can be told, and to ask
//! for the identity document: a failure of ours never looks like an illness of theirs.
//! Refuses: to name the person, the slot or the key.

/// The languages of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Chinese in simplified characters.
    ZhCn,
}

impl Language {
    /// The tag of the language (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }
}

/// Begins a sentence of a failure.
macro_rules! cannot_tell {
    ($en:literal, $zh:literal) => {
        (
            concat!("cannot tell — ask for the identity document: ", $en),
            concat!("无法判断，请查验身份证件：", $zh),
        )
    };
}

/// Why a verdict is what it is, in the order in which a verifier finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The list is the newest.
    Current,
    /// The list is older than it should be; the place decides whether that will do.
    OldList,
    /// The text is not one of ours.
    Unreadable,
    /// No key that the gate trusts has this hint; newer keys may help.
    UnknownKey,
    /// The signature of the issuer.
    Signature,
    /// The key of the issuer signed outside its time.
    KeyOutsideItsTime,
    /// The credential counts no more.
    Expired,
    /// The credential counts not yet, or is from the future.
    NotYet,
    /// The credential points to a list that the manifest does not name.
    ForeignList,
    /// A credential of a phone without the signature of the phone.
    NoPresentation,
    /// The signature of the phone.
    HolderSignature,
    /// The gate asked for an answer and got none.
    NoAnswer,
    /// The answer is to another gate or another number.
    WrongAnswer,
    /// The presentation is too old.
    PresentationOld,
    /// The presentation is from the future: one of the clocks is wrong.
    PresentationEarly,
    /// This gate saw this presentation a moment ago.
    Replay,
    /// The list is not there.
    NoList,
    /// The list is there and says nothing any more.
    ListExpired,
    /// The list is from the future: the clock was set back.
    ListEarly,
    /// The list has no such slot.
    NoSlot,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 20] = [
        Self::Current,
        Self::OldList,
        Self::Unreadable,
        Self::UnknownKey,
        Self::Signature,
        Self::KeyOutsideItsTime,
        Self::Expired,
        Self::NotYet,
        Self::ForeignList,
        Self::NoPresentation,
        Self::HolderSignature,
        Self::NoAnswer,
        Self::WrongAnswer,
        Self::PresentationOld,
        Self::PresentationEarly,
        Self::Replay,
        Self::NoList,
        Self::ListExpired,
        Self::ListEarly,
        Self::NoSlot,
    ];

    /// Whether a colour goes with it.
    pub const fn has_colour(self) -> bool {
        matches!(self, Self::Current | Self::OldList)
    }

    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::OldList => "old_list",
            Self::Unreadable => "unreadable",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::KeyOutsideItsTime => "key_outside_its_time",
            Self::Expired => "expired",
            Self::NotYet => "not_yet",
            Self::ForeignList => "foreign_list",
            Self::NoPresentation => "no_presentation",
            Self::HolderSignature => "holder_signature",
            Self::NoAnswer => "no_answer",
            Self::WrongAnswer => "wrong_answer",
            Self::PresentationOld => "presentation_old",
            Self::PresentationEarly => "presentation_early",
            Self::Replay => "replay",
            Self::NoList => "no_list",
            Self::ListExpired => "list_expired",
            Self::ListEarly => "list_early",
            Self::NoSlot => "no_slot",
        }
    }

    /// The sentence for it.
    pub const fn sentence(self, language: Language) -> &'static str {
        let (en, zh) = self.sentences();
        match language {
            Language::En => en,
            Language::ZhCn => zh,
        }
    }

    const fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Current => ("by the newest list", "依据最新名单"),
            Self::OldList => (
                "by a list that is older than it should be; this place decides",
                "依据的名单已过更新时间，由场所决定是否采信",
            ),
            Self::Unreadable => cannot_tell!(
                "this is not a code of ours, or is damaged",
                "不是本系统的码，或码已损坏"
            ),
            Self::UnknownKey => cannot_tell!(
                "this gate does not know the issuer's key",
                "本闸机不认识签发方密钥"
            ),
            Self::Signature => cannot_tell!("the issuer did not sign this", "签发方签名无效"),
            Self::KeyOutsideItsTime => cannot_tell!(
                "the issuer's key was not in use then",
                "签发时该密钥不在有效期内"
            ),
            Self::Expired => cannot_tell!("the credential has expired", "凭证已过期"),
            Self::NotYet => cannot_tell!("the credential is not valid yet", "凭证尚未生效"),
            Self::ForeignList => cannot_tell!(
                "the credential points to an unknown list",
                "凭证指向未登记的名单"
            ),
            Self::NoPresentation => {
                cannot_tell!("the phone did not sign this code", "此码未经手机签名")
            }
            Self::HolderSignature => {
                cannot_tell!("another phone signed this code", "此码由其他手机签名")
            }
            Self::NoAnswer => cannot_tell!(
                "this gate needs an answer to its own code",
                "本闸机需要手机应答其质询码"
            ),
            Self::WrongAnswer => cannot_tell!(
                "the answer is for another gate or time",
                "应答对应其他闸机或其他时间"
            ),
            Self::PresentationOld => {
                cannot_tell!("this code is too old; refresh it", "此码已过时，请刷新")
            }
            Self::PresentationEarly => cannot_tell!(
                "the phone's clock or the gate's is wrong",
                "手机或闸机时钟有误"
            ),
            Self::Replay => cannot_tell!("this code was just used here", "此码刚在本闸机用过"),
            Self::NoList => cannot_tell!("this gate has not got the list", "本闸机没有对应名单"),
            Self::ListExpired => {
                cannot_tell!("the list of this gate has expired", "本闸机的名单已过期")
            }
            Self::ListEarly => cannot_tell!("the clock of this gate is wrong", "本闸机时钟有误"),
            Self::NoSlot => cannot_tell!("the list has no such entry", "名单中无此条目"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_its_own_word_and_sentences() {
        let distinct = |of: fn(Reason) -> &'static str| {
            Reason::ALL
                .map(of)
                .into_iter()
                .collect::<BTreeSet<_>>()
                .len()
        };
        assert_eq!(distinct(Reason::word), 20);
        assert_eq!(distinct(|reason| reason.sentence(Language::En)), 20);
        assert_eq!(distinct(|reason| reason.sentence(Language::ZhCn)), 20);
    }

    #[test]
    fn a_reason_without_a_colour_says_that_nothing_can_be_told() {
        for reason in Reason::ALL {
            let en = reason.sentence(Language::En);
            let zh = reason.sentence(Language::ZhCn);
            let tells_nothing = en.starts_with("cannot tell — ask for the identity document");
            assert_eq!(tells_nothing, !reason.has_colour(), "{en}");
            assert_eq!(
                zh.starts_with("无法判断，请查验身份证件"),
                !reason.has_colour()
            );
        }
    }
}

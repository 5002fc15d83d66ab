//! Kinds of identity document. Owns [`DocumentType`].
//!
//! Invariant: a kind's word and gate code never change; files, logs and person ids carry them.
//! Refuses: words and gate codes outside the list.

use super::DocumentError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Kinds of identity document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentType {
    /// 居民身份证
    ResidentId,
    /// 港澳居民来往内地通行证
    HkMacauPermit,
    /// 台湾居民来往大陆通行证
    TaiwanPermit,
    /// 外国人永久居留身份证
    ForeignPermanentResidence,
    /// 护照
    Passport,
    /// Anything else.
    Other,
}

impl DocumentType {
    /// Every kind, in order of declaration.
    pub const ALL: [Self; 6] = [
        Self::ResidentId,
        Self::HkMacauPermit,
        Self::TaiwanPermit,
        Self::ForeignPermanentResidence,
        Self::Passport,
        Self::Other,
    ];

    /// The number that gates use for this kind.
    pub const fn gate_code(self) -> u8 {
        match self {
            Self::ResidentId => 10,
            Self::HkMacauPermit => 14,
            Self::TaiwanPermit => 15,
            Self::Passport => 20,
            Self::ForeignPermanentResidence => 34,
            Self::Other => 99,
        }
    }

    /// The kind behind a gate's number; 16, a single-use Taiwan permit, is a Taiwan permit.
    pub fn from_gate_code(code: u8) -> Option<Self> {
        let code = if code == 16 { 15 } else { code };
        Self::ALL.into_iter().find(|kind| kind.gate_code() == code)
    }

    /// The word used in files and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ResidentId => "resident_id",
            Self::HkMacauPermit => "hk_macau_permit",
            Self::TaiwanPermit => "taiwan_permit",
            Self::ForeignPermanentResidence => "foreign_permanent_residence",
            Self::Passport => "passport",
            Self::Other => "other",
        }
    }

    /// The name in Chinese.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::ResidentId => "居民身份证",
            Self::HkMacauPermit => "港澳居民来往内地通行证",
            Self::TaiwanPermit => "台湾居民来往大陆通行证",
            Self::ForeignPermanentResidence => "外国人永久居留身份证",
            Self::Passport => "护照",
            Self::Other => "其他证件",
        }
    }

    /// The name in English.
    pub const fn name_en(self) -> &'static str {
        match self {
            Self::ResidentId => "resident identity card",
            Self::HkMacauPermit => "Hong Kong or Macau resident's travel permit",
            Self::TaiwanPermit => "Taiwan resident's travel permit",
            Self::ForeignPermanentResidence => "foreign permanent resident identity card",
            Self::Passport => "passport",
            Self::Other => "other document",
        }
    }
}

impl fmt::Display for DocumentType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

impl FromStr for DocumentType {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<Self, DocumentError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == text)
            .ok_or(DocumentError::Kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_back_its_word_and_its_gate_code() {
        for kind in DocumentType::ALL {
            assert_eq!(kind.word().parse::<DocumentType>(), Ok(kind));
            assert_eq!(DocumentType::from_gate_code(kind.gate_code()), Some(kind));
        }
        assert_eq!(
            DocumentType::from_gate_code(16),
            Some(DocumentType::TaiwanPermit)
        );
        assert_eq!(DocumentType::from_gate_code(11), None);
        assert_eq!("id_card".parse::<DocumentType>(), Err(DocumentError::Kind));
    }
}

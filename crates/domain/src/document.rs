//! Who a person is on paper. Owns [`Document`]; re-exports [`DocumentType`] and [`PersonId`], the
//! only name a person has outside the vault.
//!
//! Invariant: a document's number is in one normal form, so a person typed twice is one person;
//! no `Debug`, `Display` or error here shows a whole number. A phone number is never a key: phones
//! change hands, and a code tied to one would pass to a stranger.
//! Refuses: a resident number that fails GB 11643-1999, 15-digit resident numbers, and any number
//! that its kind of document cannot carry.

mod kind;
mod person;

pub use kind::DocumentType;
pub use person::{PersonId, PersonKey};

use crate::division::{DivisionCode, divisions};
use std::fmt;

/// The longest number in normal form, in characters.
pub const NUMBER_MAX_CHARACTERS: usize = 32;
/// The longest text that is read as a number, in bytes.
const INPUT_MAX_BYTES: usize = 256;
/// Address part of numbers that nobody is ever issued.
const INVENTED_ADDRESS: &str = "990000";
/// The age below which a guardian answers for a person, in years.
const GUARDED_AGE_YEARS: u16 = 14;

/// A calendar date: year, month, day.
pub type Date = (u16, u8, u8);

/// Why a text is not a document's number; the person who typed it can put it right. It carries
/// lengths and positions, never characters of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// The kind of document is not a known word.
    Kind,
    /// Nothing was given.
    Empty,
    /// More than [`NUMBER_MAX_CHARACTERS`].
    TooLong,
    /// A character that this kind of number does not have at this place, counted from 1.
    Character {
        /// The place in the text given or, once that is read, in the number without spaces.
        position: u16,
    },
    /// The number of this kind has another length.
    Length {
        /// The kind.
        kind: DocumentType,
        /// The length found, in characters.
        found: u16,
    },
    /// A resident number of 15 digits, from before 1999.
    OldResidentId,
    /// The check character does not follow from the others.
    CheckCharacter,
    /// The address part was never a county.
    Address,
    /// The birth date is not in the calendar.
    BirthDate,
}

impl DocumentError {
    /// What to do about it.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Kind => {
                "use `resident_id`, `hk_macau_permit`, `taiwan_permit`, \
                 `foreign_permanent_residence`, `passport` or `other`"
            }
            Self::Empty => "give the number printed on the document",
            Self::TooLong => "give the number alone, at most 32 characters",
            Self::Character { .. } => "compare that place with the document",
            Self::Length { kind, .. } => match kind {
                DocumentType::ResidentId => "a resident number has 18 characters",
                DocumentType::HkMacauPermit => "the number is `H` or `M` and 8 or 10 digits",
                DocumentType::TaiwanPermit => "the number is 8 or 10 digits",
                DocumentType::ForeignPermanentResidence => {
                    "the number is 3 letters and 12 digits, or 18 characters from `9` on"
                }
                DocumentType::Passport => "a passport number has 5 to 17 letters and digits",
                DocumentType::Other => "the number has 1 to 32 characters",
            },
            Self::OldResidentId => "give the 18-character number on the present card",
            Self::CheckCharacter => "one character is wrong or two are swapped; type it again",
            Self::Address => "compare the first six digits with the card",
            Self::BirthDate => "compare digits 7 to 14 with the card",
        }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => formatter.write_str("unknown kind of document"),
            Self::Empty => formatter.write_str("no document number"),
            Self::TooLong => formatter.write_str("document number too long"),
            Self::Character { position } => {
                write!(formatter, "unexpected character at position {position}")
            }
            Self::Length { kind, found } => {
                write!(formatter, "`{kind}` number with {found} characters")
            }
            Self::OldResidentId => formatter.write_str("resident number of the old 15 digits"),
            Self::CheckCharacter => formatter.write_str("check character does not match"),
            Self::Address => formatter.write_str("address part names no division"),
            Self::BirthDate => formatter.write_str("birth date is not in the calendar"),
        }
    }
}

impl std::error::Error for DocumentError {}

/// An identity document whose number is well formed; whether it was issued is not known here.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    kind: DocumentType,
    number: String,
}

impl Document {
    /// Reads a number as people type it: full-width forms, lower case, spaces and hyphens are
    /// forgiven; the optional `T` of a Taiwan permit is dropped.
    pub fn parse(kind: DocumentType, number: &str) -> Result<Self, DocumentError> {
        let mut number = normalise(number)?;
        match kind {
            DocumentType::ResidentId => check_resident(&number)?,
            DocumentType::HkMacauPermit => {
                check_length(kind, &number, &[9, 11])?;
                check_places(&number, 0, |at, byte| match at {
                    0 => matches!(byte, b'H' | b'M'),
                    _ => byte.is_ascii_digit(),
                })?;
            }
            DocumentType::TaiwanPermit => {
                if number.starts_with('T') {
                    number.remove(0);
                }
                check_length(kind, &number, &[8, 10])?;
                check_places(&number, 0, |_, byte| byte.is_ascii_digit())?;
            }
            DocumentType::ForeignPermanentResidence if number.len() == 18 => {
                check_places(&number, 0, |at, byte| at != 0 || byte == b'9')?;
                check_eighteen(kind, &number)?;
            }
            DocumentType::ForeignPermanentResidence => {
                check_length(kind, &number, &[15])?;
                check_places(&number, 0, |at, byte| match at {
                    0..3 => byte.is_ascii_uppercase(),
                    _ => byte.is_ascii_digit(),
                })?;
            }
            DocumentType::Passport => {
                check_places(&number, 0, |_, byte| byte.is_ascii_alphanumeric())?;
                if !(5..=17).contains(&number.len()) {
                    return Err(length_error(kind, &number));
                }
            }
            DocumentType::Other => {}
        }
        Ok(Self { kind, number })
    }

    /// Invented people for demonstrations and tests: prefix 990000, which no one is ever issued.
    /// Distinct for `n` below ten million; it repeats after 30,240,000.
    pub fn invented(n: u32) -> Self {
        // 90 years of 12 months of 28 days. The stride has no factor in common with that product,
        // so neighbours in `n` fall in different years and no date comes twice in a round.
        const DATES: u32 = 90 * 12 * 28;
        const STRIDE: u64 = 18_689;
        let date = u64::from(n).saturating_mul(STRIDE) % u64::from(DATES);
        let (day, month, year) = (date % 28 + 1, date / 28 % 12 + 1, date / (28 * 12) + 1930);
        let sequence = n / DATES % 1_000;
        let mut number = format!("{INVENTED_ADDRESS}{year:04}{month:02}{day:02}{sequence:03}");
        number.push(check_character(number.as_bytes()));
        Self {
            kind: DocumentType::ResidentId,
            number,
        }
    }

    /// The kind of document.
    pub const fn kind(&self) -> DocumentType {
        self.kind
    }

    /// The whole number in normal form: personal data, for the vault and for nothing else.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The number with only its end shown: four characters, fewer if it is short.
    pub fn masked(&self) -> String {
        let hidden = self
            .number
            .len()
            .saturating_sub(4.min(self.number.len() / 3));
        let shown = self.number.get(hidden..).unwrap_or_default();
        format!("{}{shown}", "*".repeat(hidden))
    }

    /// The birth date, where the number carries one.
    pub fn birth_date(&self) -> Option<Date> {
        match self.kind {
            DocumentType::ResidentId => birth_date(&self.number),
            DocumentType::HkMacauPermit
            | DocumentType::TaiwanPermit
            | DocumentType::ForeignPermanentResidence
            | DocumentType::Passport
            | DocumentType::Other => None,
        }
    }

    /// Whether the person has not yet reached the fourteenth birthday on a date; `None` where the
    /// number does not tell. Who is born on 29 February turns on 1 March of a common year.
    pub fn is_under_14(&self, on: Date) -> Option<bool> {
        let (year, month, day) = self.birth_date()?;
        Some((year.saturating_add(GUARDED_AGE_YEARS), month, day) > on)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Document({} {})", self.kind, self.masked())
    }
}

fn normalise(text: &str) -> Result<String, DocumentError> {
    let text = text.trim();
    if text.len() > INPUT_MAX_BYTES {
        return Err(DocumentError::TooLong);
    }
    let mut number = String::with_capacity(NUMBER_MAX_CHARACTERS);
    for (index, character) in text.chars().enumerate() {
        let narrow = match character {
            '\u{ff01}'..='\u{ff5e}' => {
                char::from_u32(u32::from(character).saturating_sub(0xfee0)).unwrap_or(character)
            }
            other => other,
        };
        match narrow.to_ascii_uppercase() {
            ' ' | '\t' | '\u{a0}' | '\u{3000}' | '-' | '\u{2010}'..='\u{2015}' => {}
            kept @ ('0'..='9' | 'A'..='Z' | '/' | '.' | '(' | ')') => number.push(kept),
            _ => {
                return Err(DocumentError::Character {
                    position: place(index),
                });
            }
        }
    }
    match number.len() {
        0 => Err(DocumentError::Empty),
        1..=NUMBER_MAX_CHARACTERS => Ok(number),
        _ => Err(DocumentError::TooLong),
    }
}

/// An index as people count: from 1.
fn place(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX).saturating_add(1)
}

fn length_error(kind: DocumentType, number: &str) -> DocumentError {
    DocumentError::Length {
        kind,
        found: u16::try_from(number.len()).unwrap_or(u16::MAX),
    }
}

fn check_length(kind: DocumentType, number: &str, good: &[usize]) -> Result<(), DocumentError> {
    if good.contains(&number.len()) {
        Ok(())
    } else {
        Err(length_error(kind, number))
    }
}

/// Checks every place but the last `spare` ones.
fn check_places(
    number: &str,
    spare: usize,
    good: impl Fn(usize, u8) -> bool,
) -> Result<(), DocumentError> {
    let places = number
        .bytes()
        .enumerate()
        .take(number.len().saturating_sub(spare));
    match places.into_iter().find(|&(at, byte)| !good(at, byte)) {
        Some((at, _)) => Err(DocumentError::Character {
            position: place(at),
        }),
        None => Ok(()),
    }
}

/// The check character of ISO 7064 MOD 11-2 after 17 digits (GB 11643-1999, appendix A).
fn check_character(digits: &[u8]) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')).saturating_mul(weight))
        .fold(0, u32::saturating_add);
    match (12_u32.saturating_sub(sum % 11)) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).unwrap_or('X'),
    }
}

fn check_eighteen(kind: DocumentType, number: &str) -> Result<(), DocumentError> {
    check_length(kind, number, &[18])?;
    check_places(number, 1, |_, byte| byte.is_ascii_digit())?;
    if number.ends_with(check_character(number.as_bytes())) {
        Ok(())
    } else {
        Err(DocumentError::CheckCharacter)
    }
}

/// GB 11643-1999. The check character comes first: after a slip of the finger, to say that the
/// address is unknown would mislead.
fn check_resident(number: &str) -> Result<(), DocumentError> {
    if number.len() == 15 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DocumentError::OldResidentId);
    }
    check_eighteen(DocumentType::ResidentId, number)?;
    let address = number.get(..6).unwrap_or_default();
    let known = |code: DivisionCode| divisions().is_identity_address(code);
    if address != INVENTED_ADDRESS && !address.parse().is_ok_and(known) {
        return Err(DocumentError::Address);
    }
    birth_date(number)
        .map(|_| ())
        .ok_or(DocumentError::BirthDate)
}

fn birth_date(number: &str) -> Option<Date> {
    let year: u16 = number.get(6..10)?.parse().ok()?;
    let month: u8 = number.get(10..12)?.parse().ok()?;
    let day: u8 = number.get(12..14)?.parse().ok()?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    ((1850..=2199).contains(&year) && (1..=days).contains(&day)).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::DocumentType::*;
    use super::*;
    use std::collections::BTreeSet;

    fn read(kind: DocumentType, number: &str) -> Result<String, DocumentError> {
        Document::parse(kind, number).map(|document| document.number)
    }

    /// A resident number with the right check character.
    fn resident(first: &str) -> String {
        format!("{first}{}", check_character(first.as_bytes()))
    }

    #[test]
    fn the_check_character_is_that_of_the_standard() {
        let known = [("11010519491231002", 'X'), ("44052418800101001", '4')];
        for (digits, check) in known.into_iter().chain([("34052419800101001", 'X')]) {
            assert_eq!(check_character(digits.as_bytes()), check);
        }
        assert!(read(ResidentId, "11010519491231002X").is_ok());
        assert!(read(ResidentId, "440524188001010014").is_ok());
        let wrong = read(ResidentId, "110105194912310021");
        assert_eq!(wrong, Err(DocumentError::CheckCharacter));
    }

    #[test]
    fn a_number_is_read_as_people_type_it() {
        let plain = Ok("11010519491231002X".to_owned());
        assert_eq!(read(ResidentId, "  110105 19491231-002x "), plain);
        assert_eq!(
            read(ResidentId, "１１０１０５１９４９１２３１００２Ｘ"),
            plain
        );
        assert_eq!(
            read(ResidentId, "\u{3000}110105\u{2014}19491231002x"),
            plain
        );
        assert_eq!(read(Other, " - "), Err(DocumentError::Empty));
        assert_eq!(
            read(Other, "a_b"),
            Err(DocumentError::Character { position: 2 })
        );
    }

    #[test]
    fn an_address_must_have_been_a_county() {
        for good in ["410381", "419001", "410105", "441900", "990000"] {
            assert!(
                read(ResidentId, &resident(&format!("{good}19490101001"))).is_ok(),
                "{good}"
            );
        }
        for bad in [
            "999999", "410000", "410100", "410171", "990001", "000000", "109999",
        ] {
            let number = resident(&format!("{bad}19490101001"));
            assert_eq!(
                read(ResidentId, &number),
                Err(DocumentError::Address),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_birth_date_must_be_in_the_calendar() {
        for good in ["20000229", "20240229", "18500101", "21991231", "19801231"] {
            assert!(
                read(ResidentId, &resident(&format!("990000{good}001"))).is_ok(),
                "{good}"
            );
        }
        for bad in [
            "19000229", "20230229", "18491231", "22000101", "19801301", "19800431",
        ] {
            let number = resident(&format!("990000{bad}001"));
            assert_eq!(
                read(ResidentId, &number),
                Err(DocumentError::BirthDate),
                "{bad}"
            );
        }
        let zero = resident("99000019800100001");
        assert_eq!(read(ResidentId, &zero), Err(DocumentError::BirthDate));
    }

    #[test]
    fn a_phone_number_or_an_old_card_is_no_resident_number() {
        let phone = DocumentError::Length {
            kind: ResidentId,
            found: 11,
        };
        assert_eq!(read(ResidentId, "13900000000"), Err(phone));
        assert_eq!(
            read(ResidentId, "990000800101001"),
            Err(DocumentError::OldResidentId)
        );
        let letter = Err(DocumentError::Character { position: 17 });
        assert_eq!(
            read(ResidentId, "99000019800101O0O4"),
            Err(DocumentError::Character { position: 15 })
        );
        assert_eq!(read(ResidentId, "9900001980010100X4"), letter);
    }

    #[test]
    fn each_kind_takes_its_own_numbers_and_no_others() {
        let good: [(DocumentType, &[&str]); 5] = [
            (HkMacauPermit, &["H00000001", "m0000000102"]),
            (TaiwanPermit, &["00000001", "T00000001", "0000000102"]),
            (
                ForeignPermanentResidence,
                &["ZZZ990000000001", "ｚｚｚ990000000001"],
            ),
            (Passport, &["Z0000", "E00000001", "ABCDEFGH123456789"]),
            (Other, &["1", "A000000(0)", "AB/1.2"]),
        ];
        for (kind, numbers) in good {
            assert!(
                numbers.iter().all(|number| read(kind, number).is_ok()),
                "{kind}"
            );
        }
        let bad: [(DocumentType, &[&str]); 5] = [
            (
                HkMacauPermit,
                &["H0000001", "H000000010", "X00000001", "H0000000A"],
            ),
            (
                TaiwanPermit,
                &["0000001", "000000001", "TT0000001", "H0000001"],
            ),
            (
                ForeignPermanentResidence,
                &["ZZ9990000000001", "ZZZ99000000000", "1234"],
            ),
            (Passport, &["Z000", "ABCDEFGH1234567890", "E0000(01)"]),
            (Other, &["", "123456789012345678901234567890123", "证"]),
        ];
        for (kind, numbers) in bad {
            assert!(
                numbers.iter().all(|number| read(kind, number).is_err()),
                "{kind}"
            );
        }
        assert_eq!(
            read(TaiwanPermit, "T00000001"),
            read(TaiwanPermit, "00000001")
        );
        let new_form = resident("91134419810803001");
        assert!(read(ForeignPermanentResidence, &new_form).is_ok());
        let resident_form = read(ForeignPermanentResidence, "11010519491231002X");
        assert_eq!(resident_form, Err(DocumentError::Character { position: 1 }));
    }

    #[test]
    fn only_the_end_of_a_number_is_ever_shown() {
        let document = Document::invented(7);
        let end = &document.number()[14..];
        assert_eq!(document.masked(), format!("**************{end}"));
        assert_eq!(
            format!("{document:?}"),
            format!("Document(resident_id {})", document.masked())
        );
        let short = Document::parse(Passport, "Z0000").unwrap();
        assert_eq!(short.masked(), "****0");
        assert_eq!(Document::parse(Other, "1").unwrap().masked(), "*");
    }

    #[test]
    fn a_child_is_fourteen_on_the_fourteenth_birthday() {
        let under = |born: &str, on| {
            let number = resident(&format!("990000{born}001"));
            Document::parse(ResidentId, &number)
                .unwrap()
                .is_under_14(on)
        };
        assert_eq!(under("20080615", (2022, 6, 14)), Some(true));
        assert_eq!(under("20080615", (2022, 6, 15)), Some(false));
        assert_eq!(under("20080229", (2022, 2, 28)), Some(true));
        assert_eq!(under("20080229", (2022, 3, 1)), Some(false));
        let passport = Document::parse(Passport, "E00000001").unwrap();
        assert_eq!(passport.is_under_14((2022, 1, 1)), None);
    }

    #[test]
    fn an_invented_person_parses_and_is_unlike_every_other() {
        let sample = (0..70_000)
            .chain((0..10_000_000).step_by(997))
            .collect::<BTreeSet<u32>>();
        let mut seen = BTreeSet::new();
        for n in sample {
            let document = Document::invented(n);
            assert_eq!(
                Document::parse(ResidentId, document.number()),
                Ok(document.clone())
            );
            assert!((1930..=2019).contains(&document.birth_date().unwrap().0));
            assert!(document.number().starts_with("990000"));
            assert!(seen.insert(document.number), "{n}");
        }
    }
}

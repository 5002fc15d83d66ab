//! Words of the command line made into values that cannot be wrong.
//!
//! Invariant: a value that does not parse is told with what would. Refuses: divisions that never
//! existed, and instants without an offset.

use super::error::{CliError, Done};
use domain::colour::{Colour, Ground};
use domain::division::{DivisionCode, divisions};
use domain::document::{Document, DocumentType, PersonId, PersonKey};
use domain::ids::{PublicKey, from_hex, to_hex};
use domain::time::{CHINA_OFFSET_S, Day, Timestamp};
use intake::key::{KEY_FILE_BYTES_MAX, KeyPair};
use std::path::Path;
use tlog::VerifierKey;

/// A division that exists or existed: 2, 4 or 6 digits.
pub fn division(text: &str) -> Result<DivisionCode, String> {
    let code: DivisionCode = text.parse().map_err(|error| format!("{error}"))?;
    if divisions().find(code).is_some() {
        return Ok(code);
    }
    Err(format!(
        "no such division: `{code}`; look the code up in GB/T 2260"
    ))
}

/// A ground by its code, in capitals or not.
pub fn ground(text: &str) -> Result<Ground, String> {
    text.to_ascii_uppercase().parse().map_err(|_| {
        let codes: Vec<&str> = Ground::ALL.iter().map(|ground| ground.code()).collect();
        format!("no such ground; use one of {}", codes.join(", "))
    })
}

/// A colour by its word.
pub fn colour(text: &str) -> Result<Colour, String> {
    match text {
        "red" => Ok(Colour::Red),
        "yellow" => Ok(Colour::Yellow),
        _ => Err("a document can ask for `red` or `yellow`".to_owned()),
    }
}

/// An instant, or a day whose beginning in China's civil time is meant.
pub fn instant(text: &str) -> Result<Timestamp, String> {
    // A day alone has ten characters: a whole instant must not be cut down to its day.
    if text.len() == 10
        && let Ok(day) = text.parse::<Day>()
    {
        return Ok(day.midnight(CHINA_OFFSET_S));
    }
    text.parse::<Timestamp>()
        .map_err(|error| format!("{error}, or a day like `2022-06-13`"))
}

/// A calendar day and nothing more.
pub fn day(text: &str) -> Result<Day, String> {
    let day = text.parse::<Day>().map_err(|error| error.to_string())?;
    if text.len() == 10 {
        Ok(day)
    } else {
        Err("not a day; write it like `2022-06-13`".to_owned())
    }
}

/// A word of a closed list, told with the list when it is none of it.
macro_rules! listed {
    ($name:ident, $list:ty) => {
        /// A word of the list.
        pub fn $name(text: &str) -> Result<$list, String> {
            text.parse().map_err(|_| {
                let words: Vec<&str> = <$list>::ALL.iter().map(|word| word.word()).collect();
                format!("use one of {}", words.join(", "))
            })
        }
    };
}

listed!(org_kind, domain::organisation::OrgKind);
listed!(role, domain::organisation::Role);
listed!(evidence_kind, domain::evidence::EvidenceKind);
listed!(area_kind, domain::act::AreaKind);
listed!(channel, domain::rules::Channel);

/// Where people find a server: `https://` and a host, or `http://localhost`.
pub fn origin(text: &str) -> Result<String, String> {
    match app::signin::host(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("it is not `https://` and a host, with a port if need be".to_owned()),
    }
}

/// A file of at most so many bytes.
pub fn read_bytes(path: &Path, bytes_max: usize) -> Done<Vec<u8>> {
    let bytes = std::fs::read(path).map_err(|error| CliError::unreadable(path, &error))?;
    if bytes.len() > bytes_max {
        return Err(CliError::input(
            format!("`{}` is longer than {bytes_max} bytes", path.display()),
            "check that it is the right file",
        ));
    }
    Ok(bytes)
}

/// Reads a small text file.
pub fn read_text(path: &Path, bytes_max: usize) -> Done<String> {
    let bytes = read_bytes(path, bytes_max)?;
    String::from_utf8(bytes).map_err(|_| {
        CliError::input(
            format!("`{}` is not UTF-8 text", path.display()),
            "save it as UTF-8 and try again",
        )
    })
}

/// Reads a private key file.
pub fn key_pair(path: &Path) -> Done<KeyPair> {
    let text = read_text(path, KEY_FILE_BYTES_MAX)?;
    KeyPair::from_pem(&text)
        .map_err(|error| CliError::input(format!("`{}`: {error}", path.display()), ""))
}

/// A public key: 64 hexadecimal digits, or a file that holds them or the private key.
pub fn public_key(text: &str) -> Done<PublicKey> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    let path = Path::new(text);
    if !path.exists() {
        return Err(CliError::input(
            format!("`{text}` is neither a public key nor a file"),
            "give 64 hexadecimal digits, or a file that `mingma key new` wrote",
        ));
    }
    let content = read_text(path, KEY_FILE_BYTES_MAX)?;
    if let Ok(key) = content.trim().parse() {
        return Ok(key);
    }
    Ok(key_pair(path)?.public())
}

/// The public key of a log: what `mingma log vkey` prints, or a file with it.
pub fn log_key(text: &str) -> Done<VerifierKey> {
    let path = Path::new(text);
    let key = if path.is_file() {
        read_text(path, KEY_FILE_BYTES_MAX)?
    } else {
        text.to_owned()
    };
    VerifierKey::parse(key.trim()).map_err(|error| {
        CliError::input(
            format!("not the public key of a log: {error}"),
            "give what `mingma log vkey` prints, from somebody you trust",
        )
    })
}

/// Reads the person key that the ledger shares with the offices that report.
pub fn person_key(path: &Path) -> Done<PersonKey> {
    let text = read_text(path, KEY_FILE_BYTES_MAX)?;
    let bytes = from_hex(text.trim()).map_err(|_| {
        CliError::input(
            format!("`{}` is not a person key", path.display()),
            "ask the ledger's operator for `keys/person.key`",
        )
    })?;
    Ok(PersonKey::from_bytes(bytes))
}

/// A document: a number, or `KIND:NUMBER` for other kinds than a resident identity card.
pub fn document(text: &str) -> Result<Document, String> {
    let (kind, number) = match text.split_once([':', '：']) {
        Some((kind, number)) => {
            let kind = kind.trim().parse::<DocumentType>();
            (
                kind.map_err(|error| format!("{error}; {}", error.help()))?,
                number,
            )
        }
        None => (DocumentType::ResidentId, text),
    };
    Document::parse(kind, number).map_err(|error| format!("{error}; {}", error.help()))
}

/// A person by document, or by the id that the ledger uses.
pub fn person(text: &str, key: &PersonKey) -> Done<PersonId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    // The number is personal: the message says what is wrong with it and not what it is.
    let document = document(text)
        .map_err(|why| CliError::input(format!("not a document number: {why}"), DOCUMENT_HELP))?;
    Ok(key.person_id(&document))
}

const DOCUMENT_HELP: &str = "give the number of a resident identity card, `KIND:NUMBER` for \
     another document (`passport:E00000000`), or a person id of 32 hexadecimal digits";

/// The one item whose id begins with the text; six characters are enough if they are unique.
pub fn by_prefix<'a, const N: usize, T>(
    what: &str,
    text: &str,
    items: impl Iterator<Item = ([u8; N], &'a T)>,
) -> Done<&'a T> {
    let plain = text.trim().to_ascii_lowercase();
    let hexadecimal = plain.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hexadecimal || plain.len() < 6 {
        return Err(CliError::input(
            format!("`{text}` is not the id of an {what}"),
            format!("give at least 6 digits of the id that `mingma {what} list` shows"),
        ));
    }
    let mut found = items.filter(|(id, _)| to_hex(id).starts_with(&plain));
    match (found.next(), found.next()) {
        (Some((_, item)), None) => Ok(item),
        (Some(_), Some(_)) => Err(CliError::input(
            format!("more than one {what} begins with `{text}`"),
            "give more digits of the id",
        )),
        (None, _) => Err(CliError::input(
            format!("no {what} begins with `{text}`"),
            format!("`mingma {what} list` shows the ids"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_that_never_existed_is_refused() {
        assert!(division("41").is_ok());
        assert!(division("410105").is_ok());
        assert!(division("419999").is_err());
        assert!(division("henan").is_err());
    }

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        assert_eq!(
            instant("2022-06-13").unwrap().to_string(),
            "2022-06-12T16:00:00Z"
        );
        assert_eq!(
            instant("2022-06-13T08:00:00+08:00").unwrap().to_string(),
            "2022-06-13T00:00:00Z"
        );
        assert!(instant("2022-06-13T08:00:00").is_err());
    }

    #[test]
    fn a_document_of_another_kind_is_named_with_its_kind() {
        let invented = Document::invented(1);
        assert_eq!(document(invented.number()).unwrap(), invented);
        assert_eq!(
            document("passport:e00000001").unwrap().kind(),
            DocumentType::Passport
        );
        assert!(document("library_card:1").is_err());
        assert!(document("110101190001010000").is_err());
    }

    #[test]
    fn an_id_is_found_by_its_beginning_when_that_is_unique() {
        let items = [
            ([0x12_u8, 0x34, 0x56, 0x78], &1),
            ([0x12, 0x34, 0x57, 0x78], &2),
        ];
        assert_eq!(by_prefix("order", "123456", items.into_iter()).unwrap(), &1);
        assert!(by_prefix("order", "1234", items.into_iter()).is_err());
        assert!(by_prefix("order", "999999", items.into_iter()).is_err());
    }
}

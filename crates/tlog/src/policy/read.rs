//! Reading the text form of a policy.
//!
//! Invariant: every line is understood or refused with its number; nothing is skipped but blank
//! lines and comments. Refuses more than one log: a verifier of ours trusts one.

use super::{GROUPS_MAX, Named, POLICY_BYTES_MAX, Policy, PolicyFault, Rule, WITNESSES_MAX};
use crate::note::SignatureType;
use crate::{Error, VerifierKey, text};

const LOG: &str = "log <vkey> [<url>]";
const WITNESS: &str = "witness <name> <vkey> [<url>]";
const GROUP: &str = "group <name> <k>|any|all <name>...";
const QUORUM: &str = "quorum <name>|none";

/// What the lines so far have said.
#[derive(Default)]
struct Draft {
    log: Option<(VerifierKey, Option<String>)>,
    witnesses: Vec<VerifierKey>,
    witness_urls: Vec<Option<String>>,
    rules: Vec<Named>,
    /// Beside each rule, whether a group has it.
    taken: Vec<bool>,
    quorum: Option<Option<usize>>,
}

pub(super) fn policy(text: &str) -> Result<Policy, Error> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(Error::TooLong {
            bytes_max: POLICY_BYTES_MAX,
        });
    }
    let mut draft = Draft::default();
    for (line, content) in (1_usize..).zip(text.split('\n')) {
        draft
            .take(content)
            .map_err(|fault| Error::PolicyLine { line, fault })?;
    }
    let missing = |line| Error::PolicyIncomplete { missing: line };
    let (log, log_url) = draft.log.ok_or_else(|| missing("log"))?;
    Ok(Policy {
        log,
        log_url,
        witnesses: draft.witnesses,
        witness_urls: draft.witness_urls,
        rules: draft.rules,
        quorum: draft.quorum.ok_or_else(|| missing("quorum"))?,
    })
}

impl Draft {
    fn take(&mut self, line: &str) -> Result<(), PolicyFault> {
        if line.contains(|c: char| c.is_ascii_control() && c != '\t') {
            return Err(PolicyFault::ControlCharacter);
        }
        let words: Vec<&str> = line
            .split([' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", rest @ ..] => self.log(rest),
            ["witness", rest @ ..] => self.witness(rest),
            ["group", rest @ ..] => self.group(rest),
            ["quorum", rest @ ..] => self.quorum(rest),
            _ => Err(PolicyFault::Keyword),
        }
    }

    fn log(&mut self, words: &[&str]) -> Result<(), PolicyFault> {
        let (vkey, url) = match words {
            [vkey] => (vkey, None),
            [vkey, url] => (vkey, Some((*url).to_owned())),
            _ => return Err(PolicyFault::Words { form: LOG }),
        };
        let key = key(vkey, |kind| kind == SignatureType::Ed25519)?;
        if self.log.is_some() {
            return Err(PolicyFault::GivenTwice);
        }
        self.log = Some((key, url));
        Ok(())
    }

    fn witness(&mut self, words: &[&str]) -> Result<(), PolicyFault> {
        let (name, vkey, url) = match words {
            [name, vkey] => (name, vkey, None),
            [name, vkey, url] => (name, vkey, Some((*url).to_owned())),
            _ => return Err(PolicyFault::Words { form: WITNESS }),
        };
        let key = key(vkey, SignatureType::cosigns)?;
        // The same bytes under two names would let one witness be counted twice.
        let same = |known: &VerifierKey| {
            known.public() == key.public() || (known.name() == key.name() && known.id() == key.id())
        };
        if self.witnesses.iter().any(same) {
            return Err(PolicyFault::KeyGivenTwice);
        }
        let at = self.witnesses.len();
        if at >= WITNESSES_MAX {
            return Err(PolicyFault::TooMany);
        }
        self.define(name, Rule::Witness(at))?;
        self.witnesses.push(key);
        self.witness_urls.push(url);
        Ok(())
    }

    fn group(&mut self, words: &[&str]) -> Result<(), PolicyFault> {
        let [name, threshold, names @ ..] = words else {
            return Err(PolicyFault::Words { form: GROUP });
        };
        if names.is_empty() {
            return Err(PolicyFault::Words { form: GROUP });
        }
        let groups = self.rules.len().saturating_sub(self.witnesses.len());
        if groups >= GROUPS_MAX {
            return Err(PolicyFault::TooMany);
        }
        let threshold = match *threshold {
            "any" => 1,
            "all" => names.len(),
            number => text::decimal(number)
                .ok()
                .and_then(|number| usize::try_from(number).ok())
                .filter(|number| (1..=names.len()).contains(number))
                .ok_or(PolicyFault::Threshold)?,
        };
        let mut members = Vec::with_capacity(names.len());
        for member in names {
            let at = self.place(member)?;
            let taken = self.taken.get_mut(at).ok_or(PolicyFault::NameUnknown)?;
            if std::mem::replace(taken, true) {
                return Err(PolicyFault::MemberTwice);
            }
            members.push(at);
        }
        self.define(name, Rule::Group { threshold, members })
    }

    fn quorum(&mut self, words: &[&str]) -> Result<(), PolicyFault> {
        let [name] = words else {
            return Err(PolicyFault::Words { form: QUORUM });
        };
        if self.quorum.is_some() {
            return Err(PolicyFault::GivenTwice);
        }
        self.quorum = Some(match *name {
            "none" => None,
            name => Some(self.place(name)?),
        });
        Ok(())
    }

    fn define(&mut self, name: &str, rule: Rule) -> Result<(), PolicyFault> {
        if name == "none" || self.place(name).is_ok() {
            return Err(PolicyFault::NameTaken);
        }
        self.rules.push(Named {
            name: name.to_owned(),
            rule,
        });
        self.taken.push(false);
        Ok(())
    }

    fn place(&self, name: &str) -> Result<usize, PolicyFault> {
        self.rules
            .iter()
            .position(|named| named.name == name)
            .ok_or(PolicyFault::NameUnknown)
    }
}

fn key(vkey: &str, fits: impl Fn(SignatureType) -> bool) -> Result<VerifierKey, PolicyFault> {
    let refused = |error| PolicyFault::Key(Box::new(error));
    let key = VerifierKey::parse(vkey).map_err(refused)?;
    if fits(key.kind()) {
        Ok(key)
    } else {
        Err(refused(Error::KeyPurpose))
    }
}

//! Trust policies of C2SP tlog-policy: which log, which witnesses, and how many are enough.
//!
//! Invariant: a [`Policy`] has one log, and each witness can count towards its quorum in one
//! way only. A group holds nothing but names defined above it, so no rule goes in circles.
//! Refuses unknown keywords, a name or a public key given twice, and a policy without a quorum
//! line: whoever wants no witnesses has to say `quorum none`.

mod fault;
mod read;

pub use fault::PolicyFault;

use crate::checkpoint::{Cosigned, Opened, open_note};
use crate::{Error, Note, VerifierKey};
use std::fmt;

/// The longest policy, in bytes.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;
/// The most witnesses: with the log's own they fill a note.
pub const WITNESSES_MAX: usize = crate::note::SIGNATURES_MAX - 1;
/// The most groups; the specification asks for at least 32.
pub const GROUPS_MAX: usize = 64;

/// What makes a checkpoint of a log trustworthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    log: VerifierKey,
    log_url: Option<String>,
    /// One for each witness, in the order of their lines.
    witnesses: Vec<VerifierKey>,
    witness_urls: Vec<Option<String>>,
    /// Witnesses and groups share one namespace.
    rules: Vec<Named>,
    /// The place of the quorum among the rules; `None` asks for no witness.
    quorum: Option<usize>,
}

/// A name that a group or the quorum can refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    name: String,
    rule: Rule,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// The witness at this place has cosigned.
    Witness(usize),
    /// At least so many of these rules hold.
    Group {
        threshold: usize,
        /// INVARIANT: each is a place above the group's own.
        members: Vec<usize>,
    },
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::PolicyLine`], [`Error::PolicyIncomplete`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        read::policy(text)
    }

    /// The key of the log.
    #[must_use]
    pub const fn log(&self) -> &VerifierKey {
        &self.log
    }

    /// Where the log is served.
    #[must_use]
    pub fn log_url(&self) -> Option<&str> {
        self.log_url.as_deref()
    }

    /// The keys of the witnesses, in the order of their lines.
    #[must_use]
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// The name that the policy gives to each witness, and where it takes checkpoints; in the
    /// order of [`Policy::witnesses`].
    pub fn witness_urls(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let names = self.rules.iter().filter_map(|named| match named.rule {
            Rule::Witness(_) => Some(named.name.as_str()),
            Rule::Group { .. } => None,
        });
        names.zip(self.witness_urls.iter().map(Option::as_deref))
    }

    /// Whether the quorum is anything but `none`.
    #[must_use]
    pub const fn asks_for_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// The checkpoint in a note that the log has signed, and the witnesses that cosigned it.
    ///
    /// Whether these are enough is for [`Policy::quorum_met`] to say.
    ///
    /// # Errors
    /// What [`open_note`] refuses.
    pub fn open(&self, note: &Note) -> Result<Opened, Error> {
        open_note(note, &self.log, &self.witnesses)
    }

    /// Whether the witnesses that cosigned are enough. A key counts once, strangers never.
    #[must_use]
    pub fn quorum_met(&self, cosigned: &[Cosigned]) -> bool {
        let Some(quorum) = self.quorum else {
            return true;
        };
        let mut held: Vec<bool> = Vec::with_capacity(self.rules.len());
        for named in &self.rules {
            let holds = match &named.rule {
                Rule::Witness(at) => self.witnesses.get(*at).is_some_and(|key| {
                    cosigned
                        .iter()
                        .any(|one| one.name == *key.name() && one.key_id == key.id())
                }),
                Rule::Group { threshold, members } => {
                    let holds = |at: &&usize| held.get(**at).copied().unwrap_or(false);
                    members.iter().filter(holds).count() >= *threshold
                }
            };
            held.push(holds);
        }
        held.get(quorum).copied().unwrap_or(false)
    }

    fn name_at(&self, at: usize) -> &str {
        self.rules.get(at).map_or("none", |named| &named.name)
    }
}

/// The text form, without the comments: log, names in the order of their lines, quorum.
impl fmt::Display for Policy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = |url: Option<&str>| url.map_or_else(String::new, |url| format!(" {url}"));
        writeln!(out, "log {}{}", self.log, url(self.log_url()))?;
        for Named { name, rule } in &self.rules {
            match rule {
                Rule::Witness(at) => {
                    let key = self.witnesses.get(*at).ok_or(fmt::Error)?;
                    let at = self.witness_urls.get(*at).and_then(Option::as_deref);
                    writeln!(out, "witness {name} {key}{}", url(at))?;
                }
                Rule::Group { threshold, members } => {
                    write!(out, "group {name} {threshold}")?;
                    for member in members {
                        write!(out, " {}", self.name_at(*member))?;
                    }
                    writeln!(out)?;
                }
            }
        }
        let quorum = self.quorum.map_or("none", |at| self.name_at(at));
        writeln!(out, "quorum {quorum}")
    }
}

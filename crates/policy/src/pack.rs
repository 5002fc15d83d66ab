//! A rule pack, read whole.
//!
//! Invariant: a [`Pack`] was read without a problem; its digest is SHA-256 over its archive, and
//! reading the archive gives the same pack. Refuses: files that have no place in a pack.

use crate::archive::{self, Files};
use crate::authority::{self, Policies, Provision};
use crate::book::{self, GROUNDS_FILE, OURS_PREFIX, OurDefault, PACK_FILE};
use crate::cases::{self, Case};
use crate::error::{PackError, Problem, Problems};
use crate::text::{self, PackText};
use crate::wording::{self, Language, Wording};
use domain::ids::PackDigest;
use domain::rules::{Authority, Request, RuleBook, Rules, Verdict};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// The pack that this one may only be milder than, unless its body approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The parent's name.
    pub name: String,
    /// The number of the parent body's approval; empty where there is none.
    pub approval: String,
}

/// A rule pack that was read without a problem.
pub struct Pack {
    archive: Vec<u8>,
    book: RuleBook,
    policies: Policies,
    cases: Vec<Case>,
    ours: Vec<OurDefault>,
    sources: Vec<String>,
    parent: Option<Parent>,
    wordings: BTreeMap<Language, Wording>,
}

impl Pack {
    /// Reads the files of a pack by their paths.
    pub fn from_files(files: BTreeMap<String, Vec<u8>>) -> Result<Self, PackError> {
        let mut problems = Problems::default();
        let archive = archive::pack(&files, &mut problems);
        match Self::read(&files, archive, &mut problems) {
            Some(pack) if problems.is_empty() => Ok(pack),
            Some(_) | None => Err(problems.into_error()),
        }
    }

    /// Reads a canonical archive.
    pub fn from_archive(bytes: &[u8]) -> Result<Self, PackError> {
        Self::from_files(archive::unpack(bytes).map_err(PackError::one)?)
    }

    /// The canonical archive: what is adopted, hashed and published.
    pub fn archive(&self) -> &[u8] {
        &self.archive
    }

    /// SHA-256 of the archive.
    pub const fn digest(&self) -> PackDigest {
        self.book.digest
    }

    /// The data.
    pub const fn book(&self) -> &RuleBook {
        &self.book
    }

    /// The data and the authority behind it, as the machine takes them.
    pub fn rules(&self) -> Rules<'_> {
        Rules {
            book: &self.book,
            authority: self,
        }
    }

    /// The values that no source gives, each with our reason.
    pub fn ours(&self) -> &[OurDefault] {
        &self.ours
    }

    /// The sources that the pack renders.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// The pack it says it stands under.
    pub const fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// What people read, in a language.
    pub fn wording(&self, language: Language) -> &Wording {
        self.wordings
            .get(&language)
            .unwrap_or_else(|| Wording::built_in(language))
    }

    /// Who may do what, in the order of the file.
    pub fn provisions(&self) -> &[Provision] {
        self.policies.provisions()
    }

    pub(crate) fn cases(&self) -> &[Case] {
        &self.cases
    }

    fn read(files: &Files, archive: Vec<u8>, problems: &mut Problems) -> Option<Self> {
        let texts = read_texts(files, problems);
        let require = |file: &str, problems: &mut Problems| {
            let text = texts.get(file).copied();
            if !files.contains_key(file) {
                problems.push(Problem::new(file, "is missing", "add the file to the pack"));
            }
            text
        };
        let written: Option<PackText> =
            require(PACK_FILE, problems).and_then(|text| text::read(PACK_FILE, text, problems));
        let grounds = require(GROUNDS_FILE, problems)
            .map(|text| text::read_grounds(GROUNDS_FILE, text, problems))
            .unwrap_or_default();
        let threshold = written.as_ref().map_or(1, |written| written.volume.people);
        // Policies are named only where nothing before went wrong, so read them with a clean list.
        let mut policy_problems = Problems::default();
        let policies = require(authority::FILE, problems)
            .and_then(|text| Policies::read(text, threshold, &mut policy_problems));
        problems.append(policy_problems);
        let wordings = read_wordings(&texts, problems);
        let cases = texts
            .iter()
            .filter(|(path, _)| path.starts_with("cases/"))
            .flat_map(|(path, text)| cases::read(path, text, problems))
            .collect();
        let mut ours = Vec::new();
        let digest = PackDigest::from_bytes(Sha256::digest(&archive).into());
        let book = written
            .as_ref()
            .and_then(|written| book::book(digest, written, &grounds, &mut ours, problems));
        let (written, policies, mut book) = (written?, policies?, book?);
        ours.extend(our_permits(&policies));
        ours.sort();
        ours.dedup_by(|a, b| a.key == b.key);
        book.ours = ours.iter().map(|ours| ours.key.clone()).collect();
        Some(Self {
            archive,
            book,
            policies,
            cases,
            ours,
            sources: written.sources,
            parent: written.parent.map(|parent| Parent {
                name: parent.name,
                approval: parent.approval,
            }),
            wordings,
        })
    }
}

/// Provisions whose basis claims no law are our defaults without further marking.
fn our_permits(policies: &Policies) -> impl Iterator<Item = OurDefault> {
    let ours = |provision: &&Provision| provision.permit.basis.starts_with(OURS_PREFIX);
    policies
        .provisions()
        .iter()
        .filter(ours)
        .map(|provision| OurDefault {
            key: format!("permit.{}", provision.permit.id),
            why: provision.permit.basis.clone(),
        })
}

fn read_texts<'a>(files: &'a Files, problems: &mut Problems) -> BTreeMap<&'a str, &'a str> {
    let mut texts = BTreeMap::new();
    for (path, bytes) in files {
        if !has_place(path) {
            let help = "keep `pack.toml`, `grounds.toml`, `authority.cedar`, `notices/*.ftl`, \
                        `cases/*.toml` and `README.md`";
            problems.push(Problem::new(path, "has no place in a pack", help));
            continue;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                texts.insert(path.as_str(), text);
            }
            Err(_) => problems.push(Problem::new(path, "is not UTF-8", "save it as UTF-8")),
        }
    }
    texts
}

fn has_place(path: &str) -> bool {
    match path.split_once('/') {
        None => matches!(
            path,
            PACK_FILE | GROUNDS_FILE | authority::FILE | "README.md"
        ),
        Some(("notices", name)) => Language::ALL.iter().any(|language| {
            name.strip_suffix(".ftl")
                .is_some_and(|stem| stem == language.tag())
        }),
        Some(("cases", name)) => name.ends_with(".toml") && !name.contains('/'),
        Some(_) => false,
    }
}

fn read_wordings(
    texts: &BTreeMap<&str, &str>,
    problems: &mut Problems,
) -> BTreeMap<Language, Wording> {
    let mut wordings = BTreeMap::new();
    for &language in Language::ALL {
        let path = format!("notices/{}.ftl", language.tag());
        let Some(text) = texts.get(path.as_str()) else {
            continue;
        };
        if let Some(wording) = wording::read(&path, text, language, problems) {
            wordings.insert(language, wording);
        }
    }
    wordings
}

impl Authority for Pack {
    fn authorise(&self, request: &Request<'_>) -> Verdict {
        self.policies.authorise(request)
    }
}

impl fmt::Debug for Pack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Pack({} {} {})",
            self.book.name, self.book.version, self.book.digest
        )
    }
}

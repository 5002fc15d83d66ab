//! A watcher of a published site: each round looks, judges, and remembers.
//!
//! ```text
//! policy       the log, its witnesses, and how many are enough (pinned)
//! checkpoint   the newest checkpoint of a round that passed
//! lists.json   the newest version of each list of that round
//! site/        the copy of a site on a web server; can be thrown away
//! evidence/    one folder for each round that did not pass: report, checkpoints, offending files
//! ```
//!
//! Invariant: the log never becomes shorter than what is remembered, and always contains it; what
//! is remembered is replaced whole, by rename, only after a round that passed. Evidence is kept
//! before anything is said. Refuses: to trust another policy than the pinned one.

mod evidence;

use crate::fetch::{FetchError, Site};
use crate::mirror::{MirrorError, mirror};
use audit::{Name, NewestList, Report, SiteOptions};
use domain::ids::to_hex;
use domain::time::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use store::files::{Durability, put};
use tlog::note::NOTE_BYTES_MAX;
use tlog::policy::POLICY_BYTES_MAX;
use tlog::{Checkpoint, Note, Policy};

const CHECKPOINT: &str = "checkpoint";
const POLICY: &str = "policy";
const LISTS: &str = "lists.json";
const COPY: &str = "site";

/// Why a round could not be done.
#[derive(Debug)]
pub enum MonitorError {
    /// The site cannot be reached: a later round can help.
    Fetch(FetchError),
    /// The memory cannot be used: what, where, what to do.
    Memory(String),
    /// The policy cannot be used.
    Policy(String),
}

impl fmt::Display for MonitorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(error) => error.fmt(formatter),
            Self::Memory(why) | Self::Policy(why) => formatter.write_str(why),
        }
    }
}

impl std::error::Error for MonitorError {}

impl From<FetchError> for MonitorError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<MirrorError> for MonitorError {
    fn from(error: MirrorError) -> Self {
        match error {
            MirrorError::Fetch(error) => Self::Fetch(error),
            MirrorError::Write(why) => Self::Memory(why),
        }
    }
}

type Told<T = ()> = Result<T, MonitorError>;

fn told(path: &Path) -> impl Fn(std::io::Error) -> MonitorError {
    move |error| MonitorError::Memory(format!("`{}`: {error}", path.display()))
}

/// What a round came to.
#[derive(Debug)]
pub struct Round {
    /// Entries of the checkpoint that the site shows, if it can be read.
    pub size: Option<u64>,
    /// What is wrong beyond the report: the checkpoint against the remembered one.
    pub wrong: Vec<String>,
    /// The public audit, if it came to that.
    pub report: Option<Report>,
    /// Where the evidence is, if anything was wrong, were it only at the first look.
    pub evidence: Option<PathBuf>,
    /// Whether the policy was taken from the site.
    pub policy_from_site: bool,
}

impl Round {
    /// Whether nothing is wrong.
    pub fn passed(&self) -> bool {
        self.wrong.is_empty() && self.report.as_ref().is_none_or(Report::passed)
    }
}

/// A watcher.
pub struct Monitor<'a> {
    /// The site: a directory or an address.
    pub site: &'a str,
    /// Where it remembers.
    pub memory: &'a Path,
    /// The policy to pin.
    pub policy: Option<&'a str>,
}

/// What one look at the site gave.
struct Look {
    text: String,
    wrong: Vec<String>,
    report: Option<Report>,
    /// Where the audited files are.
    files: Option<PathBuf>,
    /// A copy that is thrown away with this look.
    _fresh: Option<tempfile::TempDir>,
}

impl Look {
    fn passed(&self) -> bool {
        self.wrong.is_empty() && self.report.as_ref().is_none_or(Report::passed)
    }

    /// Whether what is wrong stands under the log's own signature, so that looking again cannot
    /// make it right.
    fn is_conclusive(&self) -> bool {
        let signed = [Name::Time, Name::Totals, Name::Lists, Name::Remembered];
        let checks = self.report.iter().flat_map(|report| &report.checks);
        let mut wrong = checks.filter(|check| !check.ok && signed.contains(&check.name));
        !self.wrong.is_empty() || wrong.next().is_some()
    }
}

impl Monitor<'_> {
    /// One round. A fault that no signature stands under can come from a site that is being
    /// published at this moment: then `pause` is called, and the site looked at again.
    pub fn round(&self, now: Timestamp, pause: &mut dyn FnMut()) -> Told<Round> {
        fs::create_dir_all(self.memory).map_err(told(self.memory))?;
        let site = Site::open(self.site);
        let (policy, policy_from_site) = self.pinned(&site)?;
        let remembered = self.remembered()?;
        let mut look = self.look(&site, &policy, remembered.as_deref(), now, false)?;
        let mut evidence = None;
        if !look.passed() {
            evidence = Some(evidence::keep(
                self.memory,
                &look,
                remembered.as_deref(),
                now,
            )?);
            if !look.is_conclusive() {
                pause();
                look = self.look(&site, &policy, remembered.as_deref(), now, true)?;
                if look.passed() {
                    // A copy that was half new is made again by the next round.
                    let copy = self.memory.join(COPY);
                    if copy.exists() {
                        fs::remove_dir_all(&copy).map_err(told(&copy))?;
                    }
                } else {
                    evidence = Some(evidence::keep(
                        self.memory,
                        &look,
                        remembered.as_deref(),
                        now,
                    )?);
                }
            }
        }
        if look.passed() {
            self.remember(&look, &policy)?;
        }
        Ok(Round {
            size: head(&look.text).map(|head| head.size()),
            wrong: look.wrong,
            report: look.report,
            evidence,
            policy_from_site,
        })
    }

    fn pinned(&self, site: &Site) -> Told<(String, bool)> {
        let path = self.memory.join(POLICY);
        let usable = |text: &str| match Policy::parse(text) {
            Ok(policy) => Ok(policy),
            Err(error) => Err(MonitorError::Policy(format!(
                "the policy cannot be used: {error}"
            ))),
        };
        let pinned = read_text(&path)?;
        let given = self.policy.map(str::to_owned);
        if let (Some(given), Some(pinned)) = (&given, &pinned)
            && usable(given)? != usable(pinned)?
        {
            return Err(MonitorError::Policy(format!(
                "`{}` pins another policy than the one given\n\
                 help: use another memory, or remove that file if the new policy is the right one",
                path.display()
            )));
        }
        if let Some(text) = pinned.or(given) {
            usable(&text)?;
            return Ok((text, false));
        }
        let text = site.need_text(POLICY, POLICY_BYTES_MAX)?;
        usable(&text)?;
        Ok((text, true))
    }

    fn remembered(&self) -> Told<Option<String>> {
        read_text(&self.memory.join(CHECKPOINT))
    }

    fn look(
        &self,
        site: &Site,
        policy: &str,
        remembered: Option<&str>,
        now: Timestamp,
        fresh: bool,
    ) -> Told<Look> {
        let mut look = Look {
            text: site.need_text(CHECKPOINT, NOTE_BYTES_MAX)?,
            wrong: Vec::new(),
            report: None,
            files: None,
            _fresh: None,
        };
        if let Some(what) = compare(policy, remembered, &look.text) {
            look.wrong.push(what);
            return Ok(look);
        }
        let root = match site {
            Site::Folder(root) => root.clone(),
            Site::Web { .. } => {
                let root = match fresh {
                    true => {
                        let copy = tempfile::tempdir().map_err(told(Path::new("a copy")))?;
                        let root = copy.path().to_path_buf();
                        look._fresh = Some(copy);
                        root
                    }
                    false => self.memory.join(COPY),
                };
                mirror(site, &root, now, &mut |_, _| {})?;
                root
            }
        };
        let report = audit::site(
            &root,
            SiteOptions {
                policy: Some(policy.to_owned()),
                checkpoint: remembered.map(str::to_owned),
                now,
                ..SiteOptions::default()
            },
        );
        look.wrong.extend(self.older_lists(&report)?);
        if let Some(text) = read_text(&root.join(CHECKPOINT))? {
            look.text = text;
        }
        look.files = Some(root);
        look.report = Some(report);
        Ok(look)
    }

    /// Lists that were newer before, or other at the same version.
    fn older_lists(&self, report: &Report) -> Told<Vec<String>> {
        let path = self.memory.join(LISTS);
        let Some(text) = read_text(&path)? else {
            return Ok(Vec::new());
        };
        let known: Vec<NewestList> = serde_json::from_str(&text).map_err(|error| {
            let path = path.display();
            MonitorError::Memory(format!(
                "`{path}` is not what a monitor remembers: {error}\nhelp: keep it and begin a new memory"
            ))
        })?;
        let now: BTreeMap<&str, &NewestList> = report
            .lists
            .iter()
            .map(|list| (list.uri.as_str(), list))
            .collect();
        // Where the entries could not be read, the report says so, and knows no list.
        let known = known.iter().filter(|_| report.passed());
        Ok(known
            .filter_map(|list| match now.get(list.uri.as_str()) {
                Some(now) if now.version > list.version => None,
                Some(now) if *now == list => None,
                _ => Some(format!(
                    "version {} of the list `{}` was shown before, and is not there any more",
                    list.version, list.uri
                )),
            })
            .collect())
    }

    fn remember(&self, look: &Look, policy: &str) -> Told {
        self.replace(POLICY, policy.as_bytes())?;
        let Some(report) = &look.report else {
            return Ok(());
        };
        // A site that grew between the audit and this reading is remembered by the next round.
        let audited = head(&look.text).is_some_and(|head| {
            Some(head.size()) == report.checkpoint_size && to_hex(&head.root()) == report.root
        });
        if !audited {
            return Ok(());
        }
        let lists = serde_json::to_vec_pretty(&report.lists).unwrap_or_default();
        self.replace(LISTS, &lists)?;
        self.replace(CHECKPOINT, look.text.as_bytes())
    }

    /// Replaces a file whole and durably: a crash leaves the old one or the new one.
    fn replace(&self, name: &str, bytes: &[u8]) -> Told {
        let path = self.memory.join(name);
        put(&path, bytes, Durability::Synced).map_err(told(&path))
    }
}

/// The checkpoint against the policy and the remembered one.
fn compare(policy: &str, remembered: Option<&str>, text: &str) -> Option<String> {
    let policy = Policy::parse(policy).ok()?;
    let open = |text: &str| Note::parse(text).and_then(|note| policy.open(&note));
    let opened = match open(text) {
        Ok(opened) => opened,
        Err(error) => {
            return Some(format!(
                "the checkpoint of the site is not signed by the log of this policy: {error}"
            ));
        }
    };
    let Ok(before) = open(remembered?) else {
        return Some("the remembered checkpoint is not of this log".to_owned());
    };
    let (now, before) = (opened.checkpoint, before.checkpoint);
    if now.size() < before.size() {
        return Some(format!(
            "the log was rolled back: {} entries were signed and shown before, {} are shown now",
            before.size(),
            now.size()
        ));
    }
    if now.size() == before.size() && now.root() != before.root() {
        return Some(format!(
            "the log forked: it signed two roots for the same {} entries, {} before and {} now; \
             both checkpoints together are proof",
            now.size(),
            to_hex(&before.root()),
            to_hex(&now.root())
        ));
    }
    None
}

fn head(text: &str) -> Option<Checkpoint> {
    Checkpoint::parse(Note::parse(text).ok()?.text()).ok()
}

fn read_text(path: &Path) -> Told<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told(path)(error)),
    }
}

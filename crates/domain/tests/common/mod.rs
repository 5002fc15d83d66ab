//! A small province for tests: its bodies, its officers, its rule book, and a state built by acts.
//!
//! Invariant: after every step the totals are the colours counted by hand, and equal the running
//! sum of the transitions in the leaves.

pub mod book;

use domain::act::{Act, ActBody, People, Proposal, ReportPart};
use domain::colour::{Colour, Ground, Stage};
use domain::division::DivisionCode;
use domain::document::PersonId;
use domain::evidence::{EvidenceKind, EvidenceRow, MoreFields};
use domain::ids::{ActDigest, EvidenceId, OrderId, PackDigest, PublicKey, ReportId};
use domain::leaf::{Leaf, Totals};
use domain::machine::{Context, Outcome, RowResult, step};
use domain::organisation::{Officer, OrgKind, Organisation, Role};
use domain::refusal::Code;
use domain::rules::{Authority, Permit, Request, RuleBook, Rules, Verdict};
use domain::state::State;
use domain::submission::{Submission, VerifiedAct, VerifiedReport};
use domain::time::{DAY_S, Timestamp};
use sha2::{Digest as _, Sha256};

pub const ORIGIN: &str = "test.example/henan";
pub const REGISTRAR: &str = "410000-hq.registrar";

/// Monday 13 June 2022, 10:00 in Henan.
pub const START: Timestamp = Timestamp::from_unix(1_655_085_600);

/// Permits everything that the machine itself does not refuse.
pub struct PermitAll;

impl Authority for PermitAll {
    fn authorise(&self, _: &Request<'_>) -> Verdict {
        Verdict::Permitted(vec![Permit {
            id: "all".to_owned(),
            basis: "test".to_owned(),
        }])
    }
}

/// Permits nothing.
pub struct DenyAll;

impl Authority for DenyAll {
    fn authorise(&self, _: &Request<'_>) -> Verdict {
        Verdict::Denied
    }
}

pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

pub fn key_of(holder: &str) -> PublicKey {
    PublicKey::from_bytes(digest(&format!("key of {holder}")))
}

pub fn person(number: u32) -> PersonId {
    let whole = digest(&format!("990000-{number}"));
    PersonId::from_bytes(whole[..16].try_into().unwrap())
}

pub fn people(numbers: impl IntoIterator<Item = u32>) -> Vec<PersonId> {
    numbers.into_iter().map(person).collect()
}

pub fn place(code: u32) -> DivisionCode {
    DivisionCode::new(code).unwrap()
}

pub fn organisation(id: &str, kind: OrgKind, division: u32) -> Organisation {
    Organisation {
        id: id.parse().unwrap(),
        kind,
        division: place(division),
        section: None,
        part_of: None,
        name: id.to_owned(),
        key: key_of(id),
    }
}

pub fn officer(id: &str, org: &str, roles: &[Role]) -> Officer {
    Officer {
        id: id.parse().unwrap(),
        org: org.parse().unwrap(),
        roles: roles.iter().copied().collect(),
        term_from: START.plus_s(-100 * DAY_S),
        term_until: START.plus_s(400 * DAY_S),
        key: key_of(id),
        holder: format!("holder of {id}"),
    }
}

pub const BODIES: &[(&str, OrgKind, u32)] = &[
    ("410000-health", OrgKind::HealthCommission, 410_000),
    ("410000-immigration", OrgKind::Immigration, 410_000),
    ("410000-other", OrgKind::OtherProvince, 410_000),
    ("410000-review", OrgKind::ReviewBody, 410_000),
    ("410100-hq", OrgKind::Headquarters, 410_100),
    ("410100-health", OrgKind::HealthCommission, 410_100),
    ("410100-cdc", OrgKind::Cdc, 410_100),
    ("410100-hospital", OrgKind::Hospital, 410_100),
    ("410100-lab", OrgKind::Laboratory, 410_100),
    ("410100-clinic", OrgKind::Clinic, 410_100),
    ("410100-self", OrgKind::SelfReport, 410_100),
    ("410100-industry", OrgKind::Industry, 410_100),
    ("410100-transport", OrgKind::Transport, 410_100),
    ("410100-iso", OrgKind::IsolationSite, 410_100),
    ("410100-bureau", OrgKind::BigDataBureau, 410_100),
    ("410100-vendor", OrgKind::Vendor, 410_100),
    ("410100-hotline", OrgKind::Hotline, 410_100),
    ("410103-hq", OrgKind::Headquarters, 410_103),
    ("410103-health", OrgKind::HealthCommission, 410_103),
    ("410105-hq", OrgKind::Headquarters, 410_105),
    ("410105-health", OrgKind::HealthCommission, 410_105),
    ("410105-transport", OrgKind::Transport, 410_105),
    ("410300-hq", OrgKind::Headquarters, 410_300),
    ("410300-health", OrgKind::HealthCommission, 410_300),
    ("410300-transport", OrgKind::Transport, 410_300),
];

pub const ALL_ROLES: &[Role] = &[
    Role::Maker,
    Role::Checker,
    Role::Emergency,
    Role::Converter,
    Role::Reviewer,
    Role::Agent,
    Role::Reporter,
    Role::Speaker,
    Role::Auditor,
];

/// One submission as it was stepped, so that it can be replayed.
#[derive(Clone)]
pub struct Step {
    pub at: Timestamp,
    pub book: Option<usize>,
    pub candidate: Option<Result<usize, String>>,
    pub submission: Submission,
}

pub struct World {
    pub state: State,
    pub at: Timestamp,
    pub books: Vec<RuleBook>,
    /// Which of the books is in force.
    pub book: Option<usize>,
    pub candidate: Option<Result<usize, String>>,
    pub authority: Box<dyn Authority>,
    pub steps: Vec<Step>,
    pub leaves: Vec<Leaf>,
    sum: Totals,
    nonce: u64,
}

impl World {
    /// Before genesis.
    pub fn empty() -> Self {
        Self {
            state: State::default(),
            at: START,
            books: Vec::new(),
            book: None,
            candidate: None,
            authority: Box::new(PermitAll),
            steps: Vec::new(),
            leaves: Vec::new(),
            sum: Totals::default(),
            nonce: 0,
        }
    }

    /// Genesis only.
    pub fn begun() -> Self {
        let mut world = Self::empty();
        let body = genesis();
        ok(&world.act(REGISTRAR, body));
        world
    }

    /// Every body of [`BODIES`] with one officer `<body>.a` of every role, and the book in force.
    pub fn new() -> Self {
        let mut world = Self::begun();
        for (id, kind, division) in BODIES {
            world.register(organisation(id, *kind, *division));
        }
        world.adopt(book::book("test-1"));
        world
    }

    /// Registers an organisation with one officer of every role.
    pub fn register(&mut self, organisation: Organisation) {
        let id = organisation.id.to_string();
        ok(&self.act(REGISTRAR, ActBody::OrganisationRegister(organisation)));
        let officer = officer(&format!("{id}.a"), &id, ALL_ROLES);
        ok(&self.act(REGISTRAR, ActBody::OfficerRegister(officer)));
    }

    /// Adopts a book and brings it into force.
    pub fn adopt(&mut self, book: RuleBook) {
        let outcome = self.try_adopt(book);
        ok(&outcome);
    }

    pub fn try_adopt(&mut self, book: RuleBook) -> Outcome {
        let digest = book.digest;
        self.books.push(book);
        let last = self.books.len() - 1;
        self.candidate = Some(Ok(last));
        let outcome = self.act(
            REGISTRAR,
            ActBody::PackAdopt {
                digest,
                archive: vec![1],
            },
        );
        self.candidate = None;
        if outcome.refusal.is_none() {
            self.book = Some(last);
        }
        outcome
    }

    /// Lets the clock run.
    pub fn wait(&mut self, seconds: i64) {
        self.at = self.at.plus_s(seconds);
    }

    pub fn sign(&mut self, officer: &str, body: ActBody) -> VerifiedAct {
        self.nonce += 1;
        let act = Act {
            ledger: ORIGIN.to_owned(),
            officer: officer.parse().unwrap(),
            signed_at: self.at,
            nonce: u128::from(self.nonce).to_be_bytes(),
            body,
        };
        VerifiedAct::assertion(act, self.fresh_digest(), key_of(officer))
    }

    pub fn fresh_digest(&mut self) -> ActDigest {
        self.nonce += 1;
        ActDigest::from_bytes(digest(&format!("act {}", self.nonce)))
    }

    pub fn act(&mut self, officer: &str, body: ActBody) -> Outcome {
        let signed = self.sign(officer, body);
        self.step(Submission::Act(Box::new(signed)))
    }

    pub fn part(&mut self, org: &str, kind: EvidenceKind, rows: Vec<EvidenceRow>) -> ReportPart {
        self.nonce += 1;
        ReportPart {
            ledger: ORIGIN.to_owned(),
            org: org.parse().unwrap(),
            report: ReportId::from_bytes(u128::from(self.nonce).to_be_bytes()),
            part: 0,
            parts: 1,
            kind,
            purpose: "duty under the test instrument".to_owned(),
            signed_at: self.at,
            rows,
        }
    }

    pub fn send(&mut self, part: ReportPart) -> Outcome {
        let key = key_of(part.org.as_str());
        let digest = self.fresh_digest();
        self.step(Submission::Report(Box::new(VerifiedReport::assertion(
            part, digest, key,
        ))))
    }

    pub fn push(&mut self, org: &str, kind: EvidenceKind, rows: Vec<EvidenceRow>) -> Outcome {
        let part = self.part(org, kind, rows);
        self.send(part)
    }

    /// A row in Jinshui district with a reference of its own, dated now.
    pub fn row(&mut self, number: u32) -> EvidenceRow {
        self.nonce += 1;
        EvidenceRow {
            person: person(number),
            division: place(410_105),
            occurred_at: self.at,
            reference: format!("R-{}", self.nonce),
            more: None,
        }
    }

    pub fn rows(&mut self, numbers: impl IntoIterator<Item = u32>) -> Vec<EvidenceRow> {
        numbers.into_iter().map(|number| self.row(number)).collect()
    }

    pub fn step(&mut self, submission: Submission) -> Outcome {
        let step = Step {
            at: self.at,
            book: self.book,
            candidate: self.candidate.clone(),
            submission,
        };
        let outcome = run(&mut self.state, &self.books, &*self.authority, &step);
        self.sum = self.sum.after(outcome.leaf.lapsed).expect("lapsed adds up");
        self.sum = self.sum.after(outcome.leaf.caused).expect("caused adds up");
        assert_eq!(
            self.sum, outcome.leaf.totals,
            "the sum of transitions is the totals"
        );
        let at = self.state.last_at;
        assert_eq!(
            count_by_hand(&self.state, at),
            outcome.leaf.totals,
            "the totals are real"
        );
        self.leaves.push(outcome.leaf.clone());
        self.steps.push(step);
        outcome
    }

    pub fn stage(&self, number: u32) -> Stage {
        self.stage_at(number, self.at)
    }

    pub fn stage_at(&self, number: u32, at: Timestamp) -> Stage {
        let found = self.state.people.find(person(number));
        found.map_or(Stage::None, |found| self.state.people.stage_at(found, at))
    }

    pub fn colour(&self, number: u32) -> Colour {
        self.stage(number).colour()
    }

    pub fn newest_evidence(&self, number: u32) -> EvidenceId {
        let found = self.state.people.find(person(number)).unwrap();
        self.state.people.evidence_of(found).next().unwrap().1.id
    }

    pub fn propose(&mut self, maker: &str, proposal: Proposal) -> (OrderId, ActDigest, Outcome) {
        let signed = self.sign(maker, ActBody::OrderPropose(proposal));
        let digest = signed.digest();
        let outcome = self.step(Submission::Act(Box::new(signed)));
        (OrderId::from_bytes(digest.short()), digest, outcome)
    }

    pub fn approve(&mut self, checker: &str, order: OrderId, digest: ActDigest) -> Outcome {
        self.act(checker, ActBody::OrderApprove { order, digest })
    }

    /// Proposes and approves; gives the approval's outcome.
    pub fn order(&mut self, maker: &str, checker: &str, proposal: Proposal) -> (OrderId, Outcome) {
        let (order, digest, outcome) = self.propose(maker, proposal);
        ok(&outcome);
        let outcome = self.approve(checker, order, digest);
        (order, outcome)
    }
}

pub fn run(state: &mut State, books: &[RuleBook], authority: &dyn Authority, s: &Step) -> Outcome {
    let rules = s.book.map(|place| Rules {
        book: &books[place],
        authority,
    });
    let candidate = s.candidate.as_ref().map(|candidate| match candidate {
        Ok(place) => Ok(&books[*place]),
        Err(why) => Err(why.as_str()),
    });
    step(
        state,
        &Context {
            at: s.at,
            rules,
            candidate,
        },
        &s.submission,
    )
}

/// Yellows and reds counted over every person.
pub fn count_by_hand(state: &State, at: Timestamp) -> Totals {
    let mut totals = Totals::default();
    for place in 0..state.people.count() {
        match state.people.colour_at(place, at) {
            Colour::Green => {}
            Colour::Yellow => totals.yellow += 1,
            Colour::Red => totals.red += 1,
        }
    }
    totals
}

pub fn genesis() -> ActBody {
    ActBody::Genesis {
        province: place(410_000),
        organisation: organisation("410000-hq", OrgKind::Headquarters, 410_000),
        registrar: officer(REGISTRAR, "410000-hq", &[Role::Registrar]),
    }
}

pub fn proposal(ground: Ground, area: u32, of: Vec<PersonId>) -> Proposal {
    Proposal {
        ground,
        area: place(area),
        people: People::new(of),
        reason: "for the public to read".to_owned(),
        emergency: false,
        document: None,
    }
}

pub fn emergency(ground: Ground, area: u32, of: Vec<PersonId>) -> Proposal {
    Proposal {
        emergency: true,
        ..proposal(ground, area, of)
    }
}

pub fn with(mut row: EvidenceRow, change: impl FnOnce(&mut MoreFields)) -> EvidenceRow {
    change(row.more.get_or_insert_default());
    row
}

pub fn pack_digest(name: &str) -> PackDigest {
    PackDigest::from_bytes(digest(name))
}

#[track_caller]
pub fn ok(outcome: &Outcome) {
    assert_eq!(outcome.refusal, None, "accepted");
}

#[track_caller]
pub fn refused(outcome: &Outcome, code: Code) {
    assert_eq!(
        outcome.refusal.as_ref().map(|refusal| refusal.code),
        Some(code)
    );
    assert_eq!(outcome.leaf.refused, Some(code));
    assert!(outcome.changes.people.is_empty() && outcome.subjects.count() == 0);
}

/// Every row fared like this.
#[track_caller]
pub fn rows_are(outcome: &Outcome, expected: &[RowResult]) {
    ok(outcome);
    assert_eq!(outcome.rows, expected);
}

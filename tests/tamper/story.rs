//! A small ledger's life, signed by an invented cast: what honest people send in.
//!
//! Invariant: the same story gives the same signed bytes.

use domain::act::{ActBody, People, Proposal};
use domain::colour::Ground;
use domain::division::DivisionCode;
use domain::document::PersonKey;
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::ids::OrderId;
use domain::organisation::{OrgKind, Role};
use domain::time::{DAY_S, Timestamp};
use mingma::cast::Cast;
use std::collections::BTreeMap;
use std::path::Path;

/// The ledger of all stories here.
pub const ORIGIN: &str = "ledger.example/41";

/// What is sent in together, and when.
pub struct Group {
    pub at: Timestamp,
    pub acts: Vec<Vec<u8>>,
}

/// Writes down what the cast signs.
pub struct Story {
    pub cast: Cast,
    pub now: Timestamp,
    pub groups: Vec<Group>,
}

impl Story {
    fn new() -> Self {
        let cast = Cast::new(ORIGIN, PersonKey::from_bytes([9; 32]));
        let now = "2022-06-13T08:00:00+08:00".parse().unwrap();
        Self {
            cast,
            now,
            groups: Vec::new(),
        }
    }

    /// Signs one act and sends it; gives its bytes.
    pub fn act(&mut self, officer: &str, body: ActBody) -> Vec<u8> {
        let bytes = self
            .cast
            .sign(&officer.parse().unwrap(), self.now, body)
            .unwrap();
        self.groups.push(Group {
            at: self.now,
            acts: vec![bytes.clone()],
        });
        bytes
    }

    /// An organisation of the province, its officers, and nothing else.
    fn enrol(&mut self, org: &str, kind: OrgKind, officers: &[(&str, Role)]) {
        let (province, term) = (province(), (self.now, self.now.plus_s(365 * DAY_S)));
        let id: domain::ids::OrgId = org.parse().unwrap();
        let body = Cast::organisation(id.clone(), kind, province, None, None, "invented");
        self.act("henan-hq.registrar", ActBody::OrganisationRegister(body));
        for (name, role) in officers {
            let officer = Cast::officer(name.parse().unwrap(), id.clone(), &[*role], term);
            self.act("henan-hq.registrar", ActBody::OfficerRegister(officer));
        }
    }

    /// Reports rows of one kind about these people.
    pub fn report(&mut self, org: &str, kind: EvidenceKind, people: impl Iterator<Item = u32>) {
        let rows: Vec<EvidenceRow> = people
            .map(|number| EvidenceRow {
                person: self.cast.person(number),
                division: "410102".parse().unwrap(),
                occurred_at: self.now.plus_s(-3_600),
                reference: format!("R-{kind}-{number}"),
                more: None,
            })
            .collect();
        let acts = self
            .cast
            .report(&org.parse().unwrap(), self.now, kind, &rows)
            .unwrap();
        self.groups.push(Group { at: self.now, acts });
    }

    /// An order for yellow on arrival, and the approval that its checker would sign.
    pub fn propose(&mut self, people: impl Iterator<Item = u32>) -> ActBody {
        let people = people.map(|number| self.cast.person(number)).collect();
        let bytes = self.act(
            "henan-hq.maker",
            ActBody::OrderPropose(Proposal {
                ground: Ground::Arrival,
                area: province(),
                people: People::new(people),
                reason: "came by a train of a known journey".to_owned(),
                emergency: false,
                document: None,
            }),
        );
        let digest = intake::digest(&bytes);
        ActBody::OrderApprove {
            order: OrderId::from_bytes(digest.short()),
            digest,
        }
    }
}

fn province() -> DivisionCode {
    DivisionCode::new(410_000).unwrap()
}

/// The beginning: offices and officers, one refused act, no rules yet.
pub fn founding() -> Story {
    let mut story = Story::new();
    let term = (story.now, story.now.plus_s(365 * DAY_S));
    let hq: domain::ids::OrgId = "henan-hq".parse().unwrap();
    let (kind, province) = (OrgKind::Headquarters, province());
    let registrar = "henan-hq.registrar".parse().unwrap();
    let registrar = Cast::officer(registrar, hq.clone(), &[Role::Registrar], term);
    let organisation = Cast::organisation(hq.clone(), kind, province, None, None, "invented");
    story.act(
        "henan-hq.registrar",
        ActBody::Genesis {
            province,
            organisation,
            registrar,
        },
    );
    for (name, role) in [
        ("henan-hq.maker", Role::Maker),
        ("henan-hq.checker", Role::Checker),
    ] {
        let officer = Cast::officer(name.parse().unwrap(), hq.clone(), &[role], term);
        story.act("henan-hq.registrar", ActBody::OfficerRegister(officer));
    }
    story.enrol(
        "henan-health",
        OrgKind::HealthCommission,
        &[("approver", Role::Checker)],
    );
    // Refused: nobody knows this officer.
    story.act(
        "nobody",
        ActBody::AreaLift {
            number: "none".to_owned(),
        },
    );
    story
}

/// The beginning and the rules, with everybody who takes part.
pub fn rules() -> Story {
    let mut story = founding();
    story.enrol("henan-rail", OrgKind::Rail, &[]);
    story.enrol("henan-cdc", OrgKind::Cdc, &[]);
    story.enrol("henan-hotline", OrgKind::Hotline, &[("agent", Role::Agent)]);
    let pack = pack();
    let archive = pack.archive().to_vec();
    story.act(
        "henan-hq.registrar",
        ActBody::PackAdopt {
            digest: pack.digest(),
            archive,
        },
    );
    story
}

/// A whole life: rules, evidence, measures, orders approved and refused, looks, colours lapsing.
pub fn full() -> Story {
    let mut story = rules();
    story.report("henan-cdc", EvidenceKind::CaseReport, 0..3);
    story.report("henan-rail", EvidenceKind::TravelRecord, 0..12);
    let approval = story.propose(2..9);
    // Refused: a checker of the maker's own body.
    story.act("henan-hq.checker", approval.clone());
    story.act("approver", approval);
    for number in [1, 5] {
        let person = story.cast.person(number);
        let (purpose, case) = ("a question".to_owned(), format!("H-{number}"));
        story.act(
            "agent",
            ActBody::AccessLook {
                person,
                purpose,
                case,
            },
        );
    }
    story.now = story.now.plus_s(8 * DAY_S);
    story.propose(3..5);
    story.report("henan-cdc", EvidenceKind::CaseReport, 20..22);
    story
}

/// The shipped pack of Henan.
pub fn pack() -> policy::Pack {
    fn read(root: &Path, dir: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for item in std::fs::read_dir(dir).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                read(root, &path, files);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/henan-2022");
    let mut files = BTreeMap::new();
    read(&root, &root, &mut files);
    policy::Pack::from_files(files).unwrap()
}

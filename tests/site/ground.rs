//! An honest ledger and its published site, made once and copied.

use audit::{Report, SiteOptions};
use domain::act::ActBody;
use domain::division::DivisionCode;
use domain::document::PersonKey;
use domain::evidence::{EvidenceKind, EvidenceRow};
use domain::organisation::{OrgKind, Role};
use domain::publication::{IssuingKey, KeyPurpose};
use domain::time::{DAY_S, Timestamp};
use mingma::cast::Cast;
use mingma::issuance::{Cadence, Cutting};
use mingma::material::Material;
use mingma::office::{Office, OfficeError};
use mingma::packs;
use mingma::site::{self, Known};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

pub const ORIGIN: &str = "ledger.example/41";
/// The list of 13 June 2022.
pub const LIST: &str = "s/19156";
/// Its newest version.
pub const NEWEST: u64 = 3;

/// A ledger and its site.
pub struct Ground {
    dir: TempDir,
    folder: String,
    /// The checkpoint of the time before the newest version.
    pub remembered: String,
}

impl Ground {
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub fn site(&self) -> PathBuf {
        self.dir.path().join(&self.folder)
    }

    /// The same site in another folder.
    pub fn in_folder(mut self, name: &str) -> Self {
        self.folder = name.to_owned();
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.site().join(name)
    }

    pub fn newest(&self) -> String {
        format!("{LIST}.v/{NEWEST}")
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn vkey(&self) -> String {
        self.text("vkey").trim().to_owned()
    }

    /// Audits the site by its own log key.
    pub fn check(&self) -> Report {
        self.check_with(SiteOptions::default())
    }

    /// Audits the site against the remembered checkpoint.
    pub fn check_remembered(&self) -> Report {
        self.check_with(SiteOptions {
            checkpoint: Some(self.remembered.clone()),
            ..SiteOptions::default()
        })
    }

    pub fn check_with(&self, options: SiteOptions<'_>) -> Report {
        let vkey = options.policy.is_none().then(|| self.vkey());
        audit::site(
            &self.site(),
            SiteOptions {
                vkey,
                now: now(),
                ..options
            },
        )
    }
}

fn begin() -> Timestamp {
    "2022-06-13T08:00:00+08:00".parse().unwrap()
}

/// When the audits are.
pub fn now() -> Timestamp {
    begin().plus_s(1_000)
}

struct Life {
    office: Office,
    cast: Cast,
    now: Timestamp,
}

impl Life {
    fn act(&mut self, officer: &str, body: ActBody) {
        let officer = officer.parse().unwrap();
        let bytes = self.cast.sign(&officer, self.now, body).unwrap();
        let receipts = self.office.submit(self.now, vec![bytes]).unwrap();
        let leaf = receipts[0].leaf.as_ref().unwrap();
        assert_eq!(leaf.refused, None, "{}", leaf.kind);
    }

    fn enrol(&mut self, org: &str, kind: OrgKind, officer: Option<(&str, Role)>) {
        let id: domain::ids::OrgId = org.parse().unwrap();
        let body = Cast::organisation(id.clone(), kind, province(), None, None, "invented");
        self.act("henan-hq.registrar", ActBody::OrganisationRegister(body));
        if let Some((name, role)) = officer {
            let term = (self.now, self.now.plus_s(300 * DAY_S));
            let officer = Cast::officer(name.parse().unwrap(), id, &[role], term);
            self.act("henan-hq.registrar", ActBody::OfficerRegister(officer));
        }
    }

    fn grant(&mut self, purpose: KeyPurpose) {
        let key = self.office.issuing_key(purpose).unwrap();
        let grant = self
            .office
            .issuing_grant(purpose, &key, self.now, 300)
            .unwrap();
        self.act("henan-hq.registrar", ActBody::IssuingKeyRegister(grant));
    }

    fn report(&mut self, org: &str, kind: EvidenceKind, people: std::ops::Range<u32>) {
        let rows: Vec<EvidenceRow> = people
            .map(|number| EvidenceRow {
                person: self.cast.person(number),
                division: "410102".parse().unwrap(),
                occurred_at: self.now.plus_s(-3_600),
                reference: format!("R-{kind}-{number}"),
                more: None,
            })
            .collect();
        let org = org.parse().unwrap();
        let parts = self.cast.report(&org, self.now, kind, &rows).unwrap();
        self.office.submit(self.now, parts).unwrap();
    }

    fn cut(&mut self) {
        let issuer = "henan-bureau.issuer".parse().unwrap();
        let cadence = Cadence {
            every_s: 0,
            anyway: true,
        };
        let (cast, now) = (&mut self.cast, self.now);
        let sign = |body| {
            let signed = cast.sign(&issuer, now, body);
            signed.map_err(|error| OfficeError::Directory(error.to_string()))
        };
        let cut = self.office.cut_lists(now, cadence, sign).unwrap();
        assert!(matches!(cut[..], [Cutting::Published(_)]));
        self.now = self.now.plus_s(100);
    }
}

fn province() -> DivisionCode {
    DivisionCode::new(410_000).unwrap()
}

/// How long a life the ledger had.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    /// A short one.
    Short,
    /// More than a bundle of entries after the lists, and a revoked key.
    Grown,
}

/// A longer life; its site is written as if the log had grown meanwhile: `late` under the checkpoint of
/// before, and `caught-up`, which goes on from there.
fn grow(life: &mut Life, dir: &Path) {
    life.office.settle().unwrap();
    let early = Material::of(&life.office).unwrap();
    for number in 0..260 {
        life.report(
            "henan-cdc",
            EvidenceKind::CaseReport,
            100 + number..101 + number,
        );
    }
    let key = life
        .office
        .issuing_key(KeyPurpose::Credential)
        .unwrap()
        .public()
        .to_bytes();
    let revoke = ActBody::IssuingKeyRevoke {
        key: IssuingKey::from_bytes(key).unwrap(),
        reason: "it was copied".to_owned(),
    };
    life.act("henan-hq.registrar", revoke);
    life.office.settle().unwrap();
    // Both are written when the log has grown; the second goes on from the first.
    let mut known = Known::default();
    for folder in ["late", "caught-up"] {
        site::write(&early, &dir.join(folder), life.now, &mut known).unwrap();
    }
    let newest = Material::of(&life.office).unwrap();
    let place = dir.join("caught-up");
    site::write(&newest, &place, life.now, &mut known).unwrap();
}

fn make(length: Length) -> Ground {
    let dir = TempDir::new().unwrap();
    let mut life = Life {
        office: Office::create(&dir.path().join("data"), ORIGIN).unwrap(),
        cast: Cast::new(ORIGIN, PersonKey::from_bytes([9; 32])),
        now: begin(),
    };
    let hq: domain::ids::OrgId = "henan-hq".parse().unwrap();
    let term = (life.now, life.now.plus_s(300 * DAY_S));
    let name = "henan-hq.registrar".parse().unwrap();
    let registrar = Cast::officer(name, hq.clone(), &[Role::Registrar], term);
    let kind = OrgKind::Headquarters;
    let organisation = Cast::organisation(hq, kind, province(), None, None, "invented");
    let genesis = ActBody::Genesis {
        province: province(),
        organisation,
        registrar,
    };
    life.act("henan-hq.registrar", genesis);
    life.enrol("henan-cdc", OrgKind::Cdc, None);
    life.enrol("henan-lab", OrgKind::Laboratory, None);
    let issuer = Some(("henan-bureau.issuer", Role::Issuer));
    life.enrol("henan-bureau", OrgKind::BigDataBureau, issuer);
    let pack = packs::shipped("henan-2022").unwrap();
    let adopt = ActBody::PackAdopt {
        digest: pack.digest(),
        archive: pack.archive().to_vec(),
    };
    life.act("henan-hq.registrar", adopt);
    life.grant(KeyPurpose::Credential);
    life.grant(KeyPurpose::StatusList);
    life.report("henan-cdc", EvidenceKind::CaseReport, 0..3);
    life.cut();
    life.report("henan-lab", EvidenceKind::PoolAbnormal, 10..17);
    life.cut();
    let remembered = life.office.checkpoint().unwrap().unwrap();
    life.report("henan-cdc", EvidenceKind::CaseReport, 3..5);
    life.cut();
    if length == Length::Grown {
        grow(&mut life, dir.path());
    }
    site::publish(&life.office, &dir.path().join("site"), life.now).unwrap();
    life.office.close().unwrap();
    let folder = "site".to_owned();
    Ground {
        dir,
        folder,
        remembered,
    }
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let to = to.join(item.file_name());
        if item.path().is_dir() {
            copy_tree(&item.path(), &to);
        } else {
            fs::copy(item.path(), to).unwrap();
        }
    }
}

/// A copy of the honest site, and the keys of whoever runs it.
pub fn honest() -> Ground {
    static MADE: OnceLock<Ground> = OnceLock::new();
    copy(MADE.get_or_init(|| make(Length::Short)))
}

/// The same with more than a bundle of entries, and with a key that was revoked.
pub fn grown() -> Ground {
    make(Length::Grown)
}

fn copy(made: &Ground) -> Ground {
    let dir = TempDir::new().unwrap();
    copy_tree(&made.site(), &dir.path().join("site"));
    copy_tree(&made.data().join("keys"), &dir.path().join("data/keys"));
    Ground {
        dir,
        folder: "site".to_owned(),
        remembered: made.remembered.clone(),
    }
}

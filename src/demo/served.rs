//! The demonstration's ledger, served: the province as it stands at the end of the story, on a clock
//! that goes on from there, with personas whom anybody on this machine may play.
//!
//! Invariant: loopback only; everybody in it is invented and every key is public knowledge.

use super::stage::{DemoError, Told};
use crate::cast::Cast;
use crate::office::{Office, WallClock};
use crate::pen::Pen;
use crate::press::{Lists, Plan};
use crate::serve::{self, Face, SharedClock, until_signal};
use app::ports::{Clock, Identity, Vault as _};
use domain::act::{ActBody, ReportPart};
use domain::document::{Document, PersonKey};
use domain::ids::OfficerId;
use domain::time::Timestamp;
use intake::key::KeyPair;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use web::Limits;
use web::troupe::{Part, Persona, Troupe};

/// The clock of the story, going on at the pace of the wall's.
struct StoryClock {
    story: Timestamp,
    wall: Timestamp,
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        self.story.plus_s(WallClock.now().seconds_since(self.wall))
    }
}

/// The officers whom anybody may play: name, Chinese, English, officer.
const OFFICERS: [(&str, &str, &str, &str); 10] = [
    (
        "maker",
        "郑州市指挥部提议人",
        "maker of Zhengzhou's headquarters",
        "zhengzhou-hq.maker",
    ),
    (
        "checker",
        "郑州市卫健委审批人",
        "checker of Zhengzhou's health commission",
        "zhengzhou-health.checker",
    ),
    (
        "approver",
        "省卫健委审批人",
        "approver of the province's health commission",
        "henan-health.approver",
    ),
    (
        "agent",
        "12320 话务员",
        "agent of the hotline 12320",
        "henan-hotline.agent",
    ),
    (
        "reviewer",
        "省复核机构复核员",
        "reviewer of the province",
        "henan-review.reviewer",
    ),
    (
        "watcher",
        "省监督机关监督员",
        "oversight officer of the province",
        "henan-oversight.watcher",
    ),
    (
        "clerk",
        "郑州市疾控中心报送员",
        "clerk of Zhengzhou's centre for disease control",
        "zhengzhou-cdc.clerk",
    ),
    (
        "bureau",
        "郑州市大数据管理局日报员",
        "reporting officer of Zhengzhou's big-data bureau",
        "410100-bureau.clerk",
    ),
    (
        "receiver",
        "省大数据管理局日报员",
        "reporting officer of the province's big-data bureau",
        "henan-bureau.receiver",
    ),
    (
        "registrar",
        "省登记员",
        "registrar of the province",
        "henan-hq.registrar",
    ),
];

/// The officer whose key publishes lists.
const ISSUER: &str = "henan-bureau.issuer";
/// The officer whose key signs online what people ask for.
const COUNTER: &str = "henan-hotline.counter";

struct Players {
    behind_s: i64,
    personas: Vec<Persona>,
    cast: Mutex<Cast>,
    clock: SharedClock,
}

impl Troupe for Players {
    fn personas(&self) -> &[Persona] {
        &self.personas
    }

    fn sign(&self, officer: &OfficerId, body: ActBody) -> Result<Vec<u8>, String> {
        let mut cast = self.cast.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = cast.sign(officer, self.clock.now(), body);
        signed.map_err(|error| error.to_string())
    }

    fn sign_part(&self, part: &ReportPart) -> Result<Vec<u8>, String> {
        let key = Cast::key(part.org.as_str());
        intake::sign_part(part, &key).map_err(|error| error.to_string())
    }

    fn behind_s(&self) -> i64 {
        self.behind_s
    }
}

/// Two people of the story.
pub struct Known {
    /// A depositor, green.
    pub depositor: u32,
    /// A confirmed case, red.
    pub case: u32,
}

/// The pen of an officer of the story.
fn pen(officer: &str) -> Told<Pen> {
    Ok(Pen {
        officer: officer.parse()?,
        key: KeyPair::from_entropy(&Cast::key(officer).to_bytes()),
    })
}

/// How the site is kept up to date: as fast as the defaults of a server.
fn plan(site: &Path) -> Told<Plan> {
    Ok(Plan {
        root: site.to_path_buf(),
        every: Duration::from_secs(5),
        lists: Some(Lists {
            pen: pen(ISSUER)?,
            every: Duration::from_secs(60),
        }),
    })
}

/// Enters the names of the people who can be played, so that their phones get credentials.
fn enter(office: &Office, cast: &Cast, known: &Known) -> Told {
    let named = [(known.depositor, "储户甲"), (known.case, "病例甲")];
    let people = named.map(|(number, name)| {
        let document = Document::invented(number);
        let identity = Identity {
            document_type: document.kind(),
            document_number: document.number().to_owned(),
            name: name.to_owned(),
            phone: None,
            email: None,
        };
        (cast.person(number), identity)
    });
    office.vault()?.store(&people)?;
    Ok(())
}

/// Whom anybody may play.
fn personas(cast: &Cast, known: &Known) -> Told<Vec<Persona>> {
    let mut personas = Vec::new();
    for (name, zh, en, officer) in OFFICERS {
        let part = Part::Officer(officer.parse()?);
        let document = None;
        personas.push(Persona {
            name,
            zh,
            en,
            part,
            document,
        });
    }
    for (name, zh, en, number) in [
        (
            "depositor",
            "储户（绿码）",
            "a depositor, green",
            known.depositor,
        ),
        (
            "case",
            "确诊病例（红码）",
            "a confirmed case, red",
            known.case,
        ),
    ] {
        let part = Part::Person(cast.person(number));
        let document = Some(Document::invented(number).number().to_owned());
        personas.push(Persona {
            name,
            zh,
            en,
            part,
            document,
        });
    }
    Ok(personas)
}

/// Serves the ledger in a directory until SIGINT or SIGTERM, and its site, which it publishes to
/// another.
pub fn serve(
    listener: TcpListener,
    path: &Path,
    site: &Path,
    known: &Known,
    out: &mut dyn Write,
) -> Told {
    let office = serve::behind_readers(|| Office::open(path))?;
    let key = || -> Told<PersonKey> { Ok(PersonKey::from_bytes(office.person_key_bytes()?)) };
    let cast = Cast::new(super::ORIGIN, key()?);
    enter(&office, &cast, known)?;
    let personas = personas(&cast, known)?;
    let clock: SharedClock = Arc::new(StoryClock {
        story: office.ledger().state().last_at,
        wall: WallClock.now(),
    });
    let address = listener.local_addr()?.to_string();
    let base = format!("http://{address}");
    introduce(&base, &personas, known, out)?;
    let players = Players {
        behind_s: WallClock.now().seconds_since(clock.now()),
        personas,
        cast: Mutex::new(cast),
        clock: Arc::clone(&clock),
    };
    let port = address.rsplit(':').next().unwrap_or_default();
    let face = Face {
        origin: format!("http://localhost:{port}"),
        site: Some(site.to_path_buf()),
        limits: Limits::none(),
        log_requests: true,
        certificate: None,
        notices: None,
        identity: Vec::new(),
        troupe: Some(Box::new(players)),
        counter: Some(Box::new(pen(COUNTER)?)),
        press: Some(plan(site)?),
        backup: None,
        quota: app::quota::Rule::NONE,
    };
    let looks_signed = |bytes: &[u8]| intake::cose::Sign1::parse(bytes).is_ok();
    let (desk, ending) =
        serve::desk(office, clock, face, looks_signed, |_| {}).map_err(DemoError::Story)?;
    let served = until_signal(
        listener,
        || Ok(()),
        |listener, stop| web::serve(listener, None, Arc::clone(&desk), stop),
    );
    desk.close();
    let ended = ending.join();
    served.map_err(DemoError::Story)?;
    let broken = || Err("the writer broke off".to_owned());
    ended.unwrap_or_else(|_| broken()).map_err(DemoError::Story)
}

/// Says where the province is, and who can be played.
fn introduce(base: &str, personas: &[Persona], known: &Known, out: &mut dyn Write) -> Told {
    writeln!(
        out,
        "\nThe province is served at {base} until Ctrl-C, for this machine alone:\n"
    )?;
    writeln!(
        out,
        "    {base}/                  the pages: open them in a browser, and play"
    )?;
    writeln!(out, "    {base}/api/v1            the interface")?;
    writeln!(
        out,
        "    {base}/api/v1/checkpoint the log's newest checkpoint"
    )?;
    writeln!(
        out,
        "    {base}/lists.json        the published site, with the lists that a gate fetches"
    )?;
    writeln!(
        out,
        "\nAnybody here may play one of these, all of them invented:\n"
    )?;
    for persona in personas {
        writeln!(
            out,
            "    {:<10} {} · {}",
            persona.name, persona.zh, persona.en
        )?;
    }
    let number = Document::invented(known.case).number().to_owned();
    writeln!(
        out,
        "\n    curl -s -c case -X POST {base}/demo/v1/personas/case/session\n    \
         curl -s -b case {base}/api/v1/me/code          # a red code with its reasons\n    \
         curl -s -X POST {base}/demo/v1/personas/maker/acts -H 'content-type: application/json' \\\n         \
         -d '{{\"act\":\"area.lift\",\"number\":\"none\"}}'   # refused, and the refusal is an entry\n\n\
         The case's document number is {number}; `docs/tutorial.md` makes a ledger of your own."
    )?;
    out.flush()?;
    Ok(())
}

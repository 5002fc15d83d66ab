//! A served ledger with somebody of every kind, in every role and state, and things to ask about.

use app::ports::Clock as _;
use domain::act::{ActBody, AppealTarget, Need};
use domain::colour::Colour;
use domain::division::DivisionCode;
use domain::document::PersonId;
use domain::ids::{OfficerId, OrgId};
use domain::organisation::{OrgKind, Role};
use domain::time::{DAY_S, Timestamp};
use mingma::access::Line;
use mingma::cast::Cast;
use mingma::demo;
use mingma::office::{Office, WallClock, random};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use web::access::{Office as State, Rule};
use web::signature::{ToSign, sign};

/// The ground that the control list is asked for.
const GROUND: &str = "INBOUND";
/// Signs a person in; gives the cookie and the CSRF token.
fn sign_in(agent: &ureq::Agent, base: &str, number: &str, code: &str) -> (String, String) {
    let body = serde_json::json!({
        "document_type": "resident_id", "document_number": number, "code": code,
    });
    let request = agent.post(format!("{base}/api/v1/signin/activation"));
    let request = request.content_type("application/json");
    let mut answer = request.send(body.to_string()).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    assert_eq!(answer.status(), 201, "{text}");
    let cookie = answer
        .headers()
        .get("set-cookie")
        .unwrap()
        .to_str()
        .unwrap();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let session: serde_json::Value = serde_json::from_str(&text).unwrap();
    (cookie, session["csrf"].as_str().unwrap().to_owned())
}

/// Acts in one group.
const GROUP: usize = 200;

/// Somebody who asks.
pub struct Caller {
    /// Whose key signs; nobody's where there is none.
    keyid: Option<String>,
    /// The name of that key.
    name: String,
    org: Option<(OrgId, DivisionCode)>,
    /// The cookie and the CSRF token of a session.
    session: Option<(String, String)>,
}

impl Caller {
    /// Where a target lies, seen from here.
    pub fn place(&self, target: &Target) -> &'static str {
        match &self.org {
            Some((org, _)) if target.org.as_ref() == Some(org) => "own body",
            Some((_, division)) if target.area.is_some_and(|area| division.contains(area)) => {
                "own place"
            }
            Some(_) | None => "elsewhere",
        }
    }
}

/// Something to ask about.
pub struct Target {
    pub id: String,
    org: Option<OrgId>,
    area: Option<DivisionCode>,
}

/// The server and all who can ask it.
pub struct Ground {
    child: Child,
    base: String,
    agent: ureq::Agent,
    callers: BTreeMap<(String, Option<String>, &'static str), Caller>,
    pub targets: BTreeMap<&'static str, Vec<Target>>,
    pub looked: Target,
    pub unseen: Target,
    pub nothing: Target,
    _dir: TempDir,
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The problem's slug, or `allowed`.
pub fn slug(status: u16, text: &str) -> String {
    if status < 400 {
        return "allowed".to_owned();
    }
    let problem: serde_json::Value = serde_json::from_str(text).unwrap();
    problem["type"]
        .as_str()
        .unwrap()
        .trim_start_matches("/problems/")
        .to_owned()
}

fn person(id: PersonId) -> Target {
    Target {
        id: id.to_string(),
        org: None,
        area: None,
    }
}

/// The officers' names: kind, role, state.
fn officer_id(kind: OrgKind, role: Role, state: State) -> OfficerId {
    let state = state.word().replace(' ', "-");
    let kind = kind.word().replace('_', "-");
    format!("x-{kind}.{}.{state}", role.word()).parse().unwrap()
}

fn org_id(kind: OrgKind, province: bool) -> OrgId {
    let level = if province { "p" } else { "c" };
    format!("x-{}-{level}", kind.word().replace('_', "-"))
        .parse()
        .unwrap()
}

struct Maker {
    office: Office,
    cast: Cast,
    callers: BTreeMap<(String, Option<String>, &'static str), Caller>,
}

impl Maker {
    fn submit(&mut self, at: Timestamp, acts: Vec<(OfficerId, ActBody)>) -> Vec<bool> {
        let mut taken = Vec::new();
        for group in acts.chunks(GROUP) {
            let sign = |(officer, body): &(OfficerId, ActBody)| {
                self.cast.sign(officer, at, body.clone()).unwrap()
            };
            let bytes = group.iter().map(sign).collect();
            let receipts = self.office.submit(at, bytes).unwrap();
            taken.extend(receipts.iter().map(|receipt| receipt.refusal.is_none()));
        }
        taken
    }

    /// Registers a body of every kind, in Zhengzhou and in the province, with everybody in it.
    fn register(&mut self, now: Timestamp) {
        let registrar: OfficerId = demo::REGISTRAR.parse().unwrap();
        let at = self.office.ledger().state().last_at;
        let mut acts = Vec::new();
        for kind in OrgKind::ALL {
            for (province, division) in [(true, 410_000), (false, 410_100)] {
                let division = DivisionCode::new(division).unwrap();
                let id = org_id(*kind, province);
                let org = Cast::organisation(id, *kind, division, None, None, "某单位");
                acts.push((registrar.clone(), ActBody::OrganisationRegister(org)));
            }
        }
        assert!(self.submit(at, acts).iter().all(|taken| *taken));
        let mut acts = Vec::new();
        for kind in OrgKind::ALL {
            for role in Role::ALL {
                for state in State::ALL {
                    let term = match state {
                        State::NotBegun => (now.plus_s(9 * DAY_S), now.plus_s(90 * DAY_S)),
                        State::Ended => (now.plus_s(-90 * DAY_S), now.plus_s(-DAY_S)),
                        State::Running | State::KeyRevoked => {
                            (now.plus_s(-90 * DAY_S), now.plus_s(90 * DAY_S))
                        }
                    };
                    let org = org_id(*kind, *role == Role::Registrar);
                    let id = officer_id(*kind, *role, state);
                    let officer = Cast::officer(id.clone(), org.clone(), &[*role], term);
                    acts.push((registrar.clone(), ActBody::OfficerRegister(officer)));
                    if state == State::KeyRevoked {
                        let (key, reason) = (Cast::public_key(id.as_str()), "lost".to_owned());
                        acts.push((registrar.clone(), ActBody::KeyRevoke { key, reason }));
                    }
                    let division = if *role == Role::Registrar {
                        410_000
                    } else {
                        410_100
                    };
                    let caller = Caller {
                        keyid: Some(format!("officer:{id}")),
                        name: id.to_string(),
                        org: Some((org, DivisionCode::new(division).unwrap())),
                        session: None,
                    };
                    let key = (
                        kind.word().to_owned(),
                        Some(role.word().to_owned()),
                        state.word(),
                    );
                    self.callers.insert(key, caller);
                }
            }
        }
        let taken = self.submit(at, acts);
        assert!(taken.iter().all(|taken| *taken));
    }

    /// The machine of a body that sent a report, and one whose key was revoked.
    fn machines(&mut self) {
        let registrar: OfficerId = demo::REGISTRAR.parse().unwrap();
        let state = self.office.ledger().state();
        let at = state.last_at;
        let sender = state.reports.values().next().unwrap().org.clone();
        let division = state.organisations[&sender].division;
        let machine = |org: OrgId, division| Caller {
            keyid: Some(format!("org:{org}")),
            name: org.to_string(),
            org: Some((org, division)),
            session: None,
        };
        let revoked = org_id(OrgKind::Pharmacy, false);
        let (key, reason) = (Cast::public_key(revoked.as_str()), "lost".to_owned());
        self.submit(at, vec![(registrar, ActBody::KeyRevoke { key, reason })]);
        let key = |state: State| ("machine".to_owned(), None, state.word());
        self.callers
            .insert(key(State::Running), machine(sender, division));
        let place = DivisionCode::new(410_100).unwrap();
        self.callers
            .insert(key(State::KeyRevoked), machine(revoked, place));
    }

    /// Whoever is red asks to go out, and every body that answers cases has one.
    fn requests(&mut self) {
        let agent: OfficerId = "henan-hotline.agent".parse().unwrap();
        let state = self.office.ledger().state();
        let (at, people) = (state.last_at, &state.people);
        let red = (0..people.count()).filter(|one| people.colour_at(*one, at) == Colour::Red);
        let red = red.filter_map(|one| people.person(one)).map(|one| one.id);
        let mut acts = Vec::new();
        for person in red {
            let text = "dialysis".to_owned();
            let (need, from, until) = (Need::Medical, at, at.plus_s(3_600));
            let ask = ActBody::MovementRequest {
                person,
                need,
                from,
                until,
                text,
            };
            acts.push((agent.clone(), ask));
        }
        let kinds = [
            OrgKind::Hotline,
            OrgKind::ReviewBody,
            OrgKind::Headquarters,
            OrgKind::HealthCommission,
            OrgKind::Cdc,
        ];
        let person = people.person(0).unwrap().id;
        for _ in kinds {
            let text = "why?".to_owned();
            acts.push((agent.clone(), ActBody::CaseOpen { person, text }));
        }
        assert!(self.submit(at, acts).iter().all(|taken| *taken));
        let cases = self.office.ledger().state().cases.keys();
        let transfers = cases.zip(kinds).map(|(case, kind)| {
            let transfer = ActBody::CaseTransfer {
                case: *case,
                to: org_id(kind, false),
                reason: "theirs".to_owned(),
            };
            (agent.clone(), transfer)
        });
        let transfers = transfers.collect();
        assert!(self.submit(at, transfers).iter().all(|taken| *taken));
    }

    /// Every body is refused something, and looks at a person if it may.
    fn attempts(&mut self, now: Timestamp, looked: PersonId) {
        let mut acts = Vec::new();
        for kind in OrgKind::ALL {
            for role in Role::ALL {
                let id = officer_id(*kind, *role, State::Running);
                let look = ActBody::AccessLook {
                    person: looked,
                    purpose: "appeal".to_owned(),
                    case: "A-1".to_owned(),
                };
                acts.push((id.clone(), look));
                let number = "no such order".to_owned();
                acts.push((id, ActBody::AreaLift { number }));
            }
        }
        self.submit(now, acts);
    }
}

#[expect(clippy::too_many_lines, reason = "one kind of target after another")]
fn targets(office: &Office) -> BTreeMap<&'static str, Vec<Target>> {
    let state = office.ledger().state();
    let mut targets = BTreeMap::<&str, Vec<Target>>::new();
    let mut add = |kind, id: String, org: Option<&OrgId>, area| {
        let org = org.cloned();
        targets
            .entry(kind)
            .or_default()
            .push(Target { id, org, area });
    };
    for (id, order) in &state.orders {
        add(
            "orders",
            id.to_string(),
            Some(&order.maker.org),
            Some(order.area),
        );
    }
    for (id, appeal) in &state.appeals {
        let area = match appeal.target {
            AppealTarget::Measure(ground) => state
                .people
                .measures_of(appeal.person_place)
                .find(|(_, measure)| measure.ground == ground)
                .map(|(_, measure)| measure.area),
            AppealTarget::Evidence(id) => state
                .people
                .evidence_of(appeal.person_place)
                .find(|(_, evidence)| evidence.id == id)
                .map(|(_, evidence)| evidence.division),
        };
        add("appeals", id.to_string(), None, area);
    }
    let place = |org: &OrgId| state.organisations.get(org).map(|org| org.division);
    for (id, movement) in &state.movements {
        add("movements", id.to_string(), None, Some(movement.area));
    }
    for (id, case) in &state.cases {
        add(
            "cases",
            id.to_string(),
            Some(&case.owner),
            place(&case.owner),
        );
    }
    for (id, report) in &state.reports {
        add(
            "reports",
            id.to_string(),
            Some(&report.org),
            place(&report.org),
        );
    }
    for place in 0..state.people.count() {
        let person = state.people.person(place).unwrap().id.to_string();
        // Where somebody has evidence from several places, the case is not clear-cut.
        let evidence: Vec<_> = state
            .people
            .evidence_of(place)
            .map(|(_, one)| one)
            .collect();
        if let [one] = evidence[..]
            && one
                .kind
                .ground()
                .is_some_and(|ground| ground.code() == GROUND)
            && !one.overturned
        {
            let source = state.people.source_org(one.source);
            add("control-list", person, source, Some(one.division));
        }
    }
    for (division, _) in state.days.keys() {
        add("days", division.to_string(), None, Some(*division));
    }
    for (entry, refusal) in &state.refusals {
        if let Some(org) = &refusal.org {
            add("refusals", entry.to_string(), Some(org), place(org));
        }
    }
    for (id, org) in &state.organisations {
        add(
            "organisations",
            id.to_string(),
            Some(id),
            Some(org.division),
        );
    }
    for (id, officer) in &state.officers {
        add(
            "officers",
            id.to_string(),
            Some(&officer.org),
            place(&officer.org),
        );
    }
    targets
}

impl Ground {
    /// A province that has lived through the demonstration, with everybody registered in it.
    #[expect(clippy::too_many_lines, reason = "one scene, set in order")]
    pub fn prepare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let options = demo::Options::story(demo::PEOPLE_MIN, Some(data.clone()));
        let mut told = Vec::new();
        demo::run(&options, policy::Language::En, &mut told).unwrap();
        let office = Office::open(&data).unwrap();
        let key = domain::document::PersonKey::from_bytes(office.person_key_bytes().unwrap());
        let cast = Cast::new(demo::ORIGIN, key);
        let mut maker = Maker {
            office,
            cast,
            callers: BTreeMap::new(),
        };
        let now = WallClock.now();
        maker.register(now);
        maker.machines();
        maker.requests();
        let people = &maker.office.ledger().state().people;
        let (looked, unseen) = (people.person(0).unwrap().id, people.person(1).unwrap().id);
        maker.attempts(now, looked);
        let session = domain::document::Document::invented(1);
        let proxy = maker.office.person_key().person_id(&session);
        let bind = ActBody::ProxyBind {
            person: looked,
            proxy,
            kind: domain::act::ProxyKind::Proxy,
            until: now.plus_s(DAY_S),
        };
        let agent = officer_id(OrgKind::Hotline, Role::Agent, State::Running);
        assert_eq!(maker.submit(now, vec![(agent, bind)]), [true]);
        let nobody = Caller {
            keyid: None,
            name: String::new(),
            org: None,
            session: None,
        };
        let key = ("nobody".to_owned(), None, State::Running.word());
        maker.callers.insert(key, nobody);
        let entropy = random().unwrap();
        let document = domain::document::Document::invented(1);
        let id = maker.office.person_key().person_id(&document);
        let accounts = maker.office.accounts().unwrap();
        let code = app::signin::activate(&accounts, id, now, &entropy).unwrap();
        drop(accounts);
        let targets = targets(&maker.office);
        maker.office.close().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_mingma"))
            .args([
                "--data",
                data.to_str().unwrap(),
                "serve",
                "--listen",
                "127.0.0.1:0",
            ])
            // Everybody asks thousands of times.
            .env("MINGMA_LIMITS_PER_MINUTE", "0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let base = line.trim().trim_start_matches("listening on ").to_owned();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        let agent: ureq::Agent = config.into();
        let (cookie, csrf) = sign_in(&agent, &base, document.number(), &code);
        let person_caller = Caller {
            keyid: None,
            name: String::new(),
            org: None,
            session: Some((cookie, csrf)),
        };
        let key = ("person".to_owned(), None, State::Running.word());
        maker.callers.insert(key, person_caller);
        Self {
            child,
            base,
            agent,
            callers: maker.callers,
            targets,
            looked: person(looked),
            unseen: person(unseen),
            nothing: Target {
                id: "0".to_owned(),
                org: None,
                area: None,
            },
            _dir: dir,
        }
    }

    /// Whether the ground has what a rule is about.
    pub fn knows(&self, rule: &Rule) -> bool {
        // Each of these changes the session that the other cases ask with.
        rule.method != "DELETE"
    }

    /// Who asks a line.
    pub fn caller(&self, line: &Line) -> Option<&Caller> {
        let key = (
            line.who.to_owned(),
            line.role.map(str::to_owned),
            line.state,
        );
        self.callers.get(&key)
    }

    /// The body that a route needs.
    pub fn body(&self, path: &str, target: &Target) -> Option<(&'static str, Vec<u8>)> {
        match path {
            "/api/v1/people/find" => {
                let number = domain::document::Document::invented(1).number().to_owned();
                let body = serde_json::json!({
                    "document_type": "resident_id", "document_number": number,
                });
                Some(("application/json", body.to_string().into_bytes()))
            }
            "/api/v1/orders/preview" => {
                let area = target
                    .area
                    .map_or(410_000, DivisionCode::number)
                    .to_string();
                let body = serde_json::json!({ "ground": GROUND, "area": area, "people": [] });
                Some(("application/json", body.to_string().into_bytes()))
            }
            "/api/v1/drafts" => Some(("text/csv", b"nothing".to_vec())),
            "/api/v1/submissions" => Some(("application/cose", b"no signature".to_vec())),
            "/api/v1/activations" => {
                let body = serde_json::json!({ "person": target.id });
                Some(("application/json", body.to_string().into_bytes()))
            }
            "/api/v1/me/credentials"
            | "/api/v1/me/papers"
            | "/api/v1/me/appeals"
            | "/api/v1/me/cases"
            | "/api/v1/me/movements"
            | "/api/v1/me/proxies" => Some(("application/json", b"{}".to_vec())),
            path if path.contains("/signin") || path.contains("/acts") => {
                Some(("application/json", b"{}".to_vec()))
            }
            "/api/v1/invitations" => Some(("application/json", b"{\"officer\":\"a.b\"}".to_vec())),
            _ => None,
        }
    }

    /// Sends a request as a caller.
    pub fn ask(
        &self,
        caller: &Caller,
        method: &str,
        target: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> (u16, String) {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.base));
        if let Some((cookie, csrf)) = &caller.session {
            request = request
                .header("cookie", cookie)
                .header("x-csrf-token", csrf);
        }
        if let Some(keyid) = &caller.keyid {
            let mut nonce = [0; 16];
            nonce.copy_from_slice(&random().unwrap()[..16]);
            let to_sign = ToSign {
                method,
                authority: self.base.trim_start_matches("http://"),
                target,
                body: body.as_ref().map(|(kind, bytes)| (*kind, bytes.as_slice())),
                keyid,
                created: WallClock.now().as_unix(),
                nonce,
            };
            for (name, value) in sign(&to_sign, &Cast::key(&caller.name)) {
                request = request.header(name, value);
            }
        }
        let mut answer = match body {
            Some((kind, bytes)) => {
                let request = request.header("content-type", kind).body(bytes).unwrap();
                self.agent.run(request).unwrap()
            }
            None => self.agent.run(request.body(()).unwrap()).unwrap(),
        };
        let status = answer.status().as_u16();
        (status, answer.body_mut().read_to_string().unwrap())
    }

    /// Every id in a list, all its pages; or the problem.
    pub fn whole_list(
        &self,
        caller: &Caller,
        path: &str,
        key: &str,
    ) -> (BTreeSet<String>, Option<String>) {
        let mut found = BTreeSet::new();
        let path = match path {
            "/api/v1/control-list" => format!("{path}?ground={GROUND}&limit=500"),
            _ => format!("{path}?limit=500"),
        };
        let mut target = path.clone();
        loop {
            let (status, text) = self.ask(caller, "GET", &target, None);
            if status != 200 {
                return (found, Some(slug(status, &text)));
            }
            let page: serde_json::Value = serde_json::from_str(&text).unwrap();
            for item in page["items"].as_array().unwrap() {
                let id = &item[key];
                found.insert(id.as_str().map_or_else(|| id.to_string(), str::to_owned));
            }
            match page["next"].as_str() {
                Some(next) => target = format!("{path}&cursor={next}"),
                None => return (found, None),
            }
        }
    }
}

//! The demonstration: a province, an ordinary week, the incident of June 2022, and a stranger's audit.
//!
//! Invariant: every line that begins with a time is an answer of the real ledger on a real data
//! directory; where an answer is not the one the story tells, the demonstration fails.

mod carried;
mod incident;
mod province;
mod served;
pub use province::REGISTRAR;
mod stage;
mod week;

use crate::board;
use crate::cast::Cast;
use crate::office::Office;
use domain::colour::Colour;
use domain::document::PersonKey;
use domain::time::Timestamp;
use policy::Language;
use stage::Stage;
pub use stage::{DemoError, Told, wrap};
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

/// The origin of the demonstration's ledger.
pub const ORIGIN: &str = "henan.mingma.example/ledger";
/// The fewest people that the story needs.
pub const PEOPLE_MIN: u32 = 2_000;
/// The most people that invented numbers are made for here.
pub const PEOPLE_MAX: u32 = 5_000_000;

/// Options of the demonstration.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How many invented people live in the province
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(i64::from(PEOPLE_MIN)..=i64::from(PEOPLE_MAX)))]
    pub people: u32,
    /// Keep the data in this new directory, instead of a temporary one
    #[arg(long, id = "demo-data", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub keep: Option<PathBuf>,
    /// End with the story; otherwise the province is served afterwards, until Ctrl-C
    #[arg(long)]
    pub no_serve: bool,
    /// Where it is served: a loopback address
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
}

impl Options {
    /// The story alone, with so many people.
    pub fn story(people: u32, keep: Option<PathBuf>) -> Self {
        Self {
            people,
            keep,
            no_serve: true,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }

    /// Takes the address before the story is told, so that nobody waits in vain.
    fn listener(&self) -> Told<Option<TcpListener>> {
        if self.no_serve {
            return Ok(None);
        }
        let listen = self.listen;
        if !listen.ip().is_loopback() {
            return Err(DemoError::Address(format!(
                "a demonstration is for this machine alone, and {listen} is not loopback\n\
                 help: `--listen 127.0.0.1:8080`, or `--no-serve`"
            )));
        }
        TcpListener::bind(listen).map(Some).map_err(|error| {
            DemoError::Address(format!(
                "cannot listen on {listen}: {error}\n\
                 help: choose another address with `--listen`, or say `--no-serve`"
            ))
        })
    }
}

/// Runs the demonstration.
pub fn run(options: &Options, language: Language, out: &mut dyn Write) -> Told {
    let listener = options.listener()?;
    let temporary = tempfile::tempdir()?;
    let path = options
        .keep
        .clone()
        .unwrap_or_else(|| temporary.path().join("province"));
    let pack = crate::packs::shipped("henan-2022")
        .ok_or_else(|| DemoError::Story("the pack `henan-2022` is not shipped".to_owned()))?;
    let start: Timestamp = "2022-06-06T06:00:00+08:00"
        .parse()
        .map_err(|_| DemoError::Story("no start".to_owned()))?;
    let units = province::units(options.people)?;
    let office = Office::create(&path, ORIGIN)?;
    let cast = Cast::new(ORIGIN, PersonKey::from_bytes(office.person_key_bytes()?));
    let mut stage = Stage::new(office, cast, start, language, out);
    prologue(&mut stage, &units, &pack, options.people)?;
    let parts = week::Parts::deal(&units, options.people)?;
    week::tell(&mut stage, &units, &parts)?;
    incident::tell(&mut stage, &units, &parts, options.people)?;
    let colour = |number: &u32| {
        let people = &stage.office.ledger().state().people;
        let place = people.find(stage.cast.person(*number));
        place.map_or(Colour::Green, |place| people.colour_at(place, stage.now))
    };
    let depositors = incident::depositors(options.people);
    let depositor = depositors
        .into_iter()
        .rev()
        .find(|one| colour(one) == Colour::Green);
    let depositor =
        depositor.ok_or_else(|| DemoError::Story("no depositor is green".to_owned()))?;
    let case = parts
        .cases
        .into_iter()
        .find(|one| colour(one) == Colour::Red);
    let case = case.ok_or_else(|| DemoError::Story("no case is red".to_owned()))?;
    // The false list of the story names every depositor it knew of; whoever is played was not on it.
    let untouched = (incident::FIRST..options.people).find(|one| {
        let people = &stage.office.ledger().state().people;
        people.find(stage.cast.person(*one)).is_none()
    });
    let untouched =
        untouched.ok_or_else(|| DemoError::Story("everybody has a record".to_owned()))?;
    let carried = carried::tell(&mut stage, depositor, case, temporary.path())?;
    ending(stage, &path, &carried, options)?;
    let known = served::Known {
        depositor: untouched,
        case,
    };
    match listener {
        Some(listener) => {
            let site = temporary.path().join("public");
            served::serve(listener, &path, &site, &known, out)
        }
        None => Ok(()),
    }
}

fn prologue(
    stage: &mut Stage<'_>,
    units: &[province::Unit],
    pack: &policy::Pack,
    people: u32,
) -> Told {
    stage.chapter("Mingma 明码: a health code that has to show its reasons")?;
    stage.say(
        "Green needs nothing. Yellow and red need evidence signed by the department whose duty it is, a rule of law \
         that permits them, and for every order two bodies; each ends by itself, and each person can read \
         why. ✓ is an accepted act, ✗ a refused one; both are entries that nobody can take out again.",
    )?;
    province::found(stage, units, pack)?;
    province::fill_vault(stage, people)?;
    let state = stage.office.ledger().state();
    let line = format!(
        "Province of Henan: 18 units, {} organisations, {} officers, {people} invented people. Rule pack «{}» ({}) in force until {}.",
        state.organisations.len(),
        state.officers.len(),
        pack.book().name,
        pack.book().instrument.title,
        pack.book().sunset.local_text(pack.book().utc_offset_s),
    );
    stage.line("")?;
    stage.say(&line)
}

fn ending(
    mut stage: Stage<'_>,
    path: &Path,
    carried: &carried::Carried,
    options: &Options,
) -> Told {
    stage.chapter("The board, as oversight and the public see it")?;
    let board = board::board(stage.office.ledger().state(), stage.now);
    for line in board::lines(&board, false) {
        stage.line(&line)?;
    }
    stage.chapter("One process stops, another starts: the same colours from the journal alone")?;
    let before = stage.office.ledger().state().totals;
    let Stage { office, out, .. } = stage;
    let vkey = office.vkey();
    office.close()?;
    let mut office = Office::open(path)?;
    let people = office.rebuild()?;
    let after = office.ledger().state().totals;
    if before != after {
        return Err(DemoError::Story("replay gave other colours".to_owned()));
    }
    writeln!(
        out,
        "13. and 15. replayed and rebuilt: {people} people on record, red {}, yellow {}, as before",
        after.red, after.yellow
    )?;
    let checkpoint = office.checkpoint()?.unwrap_or_default();
    office.close()?;
    writeln!(
        out,
        "\nThe checkpoint that anybody can keep (key {vkey}):\n"
    )?;
    for line in checkpoint.lines() {
        writeln!(out, "    {line}")?;
    }
    audits(path, out)?;
    carried::planted(path, carried, out)?;
    if options.keep.is_some() {
        writeln!(
            out,
            "\nThe data is in {}; try `mingma audit {}`.",
            path.display(),
            path.display()
        )?;
    }
    Ok(())
}

fn audits(path: &Path, out: &mut dyn Write) -> Told {
    writeln!(
        out,
        "\n14. a stranger's audit of every byte, with none of the server's code:\n"
    )?;
    let report = audit::audit(path, audit::Options::default());
    writeln!(out, "{report}")?;
    if !report.passed() {
        return Err(DemoError::Story("the audit fails".to_owned()));
    }
    Ok(())
}

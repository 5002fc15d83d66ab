//! Scenarios: stories in TOML that are played on a ledger, act by act, and judged.
//!
//! Owns the format (`docs/scenarios.md`), the runner and the ports in memory. Invariant: a scenario
//! reaches the ledger by signed bytes alone, like everybody; what it expects and does not get is a
//! failure of the report. Refuses: an unknown key, and a step without exactly one act.

mod acts;
mod check;
mod check_board;
mod check_reasons;
mod check_requests;
mod closing;
mod directory;
mod driver;
mod enrol;
mod error;
mod expect;
mod format;
mod format_check;
mod found;
mod http;
pub mod memory;
pub mod offices;
mod orders;
mod packs;
mod people;
mod raw;
mod report;
mod rows;
mod run;
mod texts;
mod values;

pub use check::CheckReport;
pub use directory::DirectoryDriver;
pub use driver::{Driver, DriverError, LibraryDriver, replica};
pub use error::{Problem, ScenarioError};
pub use http::HttpDriver;
pub use packs::{PackFiles, PackShelf};
pub use people::PEOPLE_MAX;
pub use report::{Answer, Report, Rows, StepReport};

use crate::cast::Cast;
use domain::document::PersonKey;
use format::ScenarioText;
use std::collections::BTreeMap;

/// The origin of a scenario's ledger unless it names one.
pub const ORIGIN: &str = "scenario.invalid/ledger";
/// The longest scenario, in bytes.
pub const SCENARIO_BYTES_MAX: usize = 1_048_576;

/// What a scenario runs with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The packs it can name.
    pub packs: PackShelf,
    /// The secret behind the ids of its invented people.
    pub person_secret: [u8; 32],
}

impl Default for Options {
    fn default() -> Self {
        Self {
            packs: PackShelf::shipped(),
            person_secret: [0; 32],
        }
    }
}

/// Plays a scenario in memory.
pub fn run(text: &str, options: &Options) -> Result<Report, ScenarioError> {
    let mut driver = LibraryDriver::new().map_err(|error| ScenarioError::Office(error.0))?;
    run_on(text, options, &mut driver)
}

/// Plays a scenario on an empty ledger of any kind.
pub fn run_on(
    text: &str,
    options: &Options,
    driver: &mut dyn Driver,
) -> Result<Report, ScenarioError> {
    let wrong = |problem| ScenarioError::Text(vec![problem]);
    if text.len() > SCENARIO_BYTES_MAX {
        return Err(wrong(Problem {
            line: None,
            step: None,
            key: None,
            what: format!("it is longer than {SCENARIO_BYTES_MAX} bytes"),
            help: "tell the story in two scenarios".to_owned(),
        }));
    }
    let scenario: ScenarioText =
        toml::from_str(text).map_err(|error| wrong(error::from_toml(text, &error)))?;
    let start = scenario
        .start
        .parse()
        .map_err(|error| {
            error::Fault::new(
                "start",
                format!("`{}` is {error}", scenario.start),
                "correct it",
            )
        })
        .map_err(|fault| wrong(fault.at(None, None)))?;
    if !driver.state().organisations.is_empty() {
        let why = "the ledger has begun already; a scenario needs an empty one";
        return Err(ScenarioError::Office(why.to_owned()));
    }
    let origin = scenario.origin.as_deref().unwrap_or(ORIGIN);
    let key = || PersonKey::from_bytes(options.person_secret);
    let runner = run::Runner {
        source: text,
        driver,
        packs: &options.packs,
        cast: Cast::new(origin, key()),
        groups: people::Groups::new(key()),
        done: BTreeMap::new(),
        keys: BTreeMap::new(),
        now: start,
        problems: Vec::new(),
    };
    runner.play(&scenario)
}

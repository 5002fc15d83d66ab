//! `mingma code convert`: a release before the end, under a rule of the pack and its evidence.

use super::act::{self, SignerArgs};
use super::context::Context;
use super::error::Done;
use super::parse;
use clap::Args;
use domain::act::ActBody;
use domain::colour::Ground;
use domain::rules::Channel;
use serde_json::json;

/// Options of `code convert`.
#[derive(Args, Debug)]
pub struct Options {
    /// A document number, `KIND:NUMBER`, or a person id
    person: String,
    /// The ground of the measure
    #[arg(long, value_parser = parse::ground)]
    ground: Ground,
    /// The release rule relied on, by its name in the pack
    #[arg(long, value_name = "NAME")]
    release: String,
    /// The door it came through: `offline`, `online` or `out_of_area`
    #[arg(long, value_parser = parse::channel)]
    channel: Channel,
    /// The number of the residence county's letter, for a conversion out of area
    #[arg(long, value_name = "NUMBER")]
    letter: Option<String>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Runs `mingma code convert`.
pub fn run(cx: &Context, options: &Options) -> Done {
    let signer = options.signer.signer()?;
    let office = cx.office()?;
    let person = parse::person(&options.person, office.person_key())?;
    let body = ActBody::Convert {
        person,
        ground: options.ground,
        release: options.release.clone(),
        channel: options.channel,
        letter: options.letter.clone(),
    };
    let what = format!("measure on ground {} ended", options.ground.code());
    act::perform(cx, office, &signer, body, &what, |_| {
        vec![("person", json!(person.to_string()))]
    })
}

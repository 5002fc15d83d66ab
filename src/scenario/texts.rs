//! Acts written as they are signed in a browser (`app::acts`), with names in place of ids.
//!
//! Invariant: what is built is what that text would be, once people, steps and instants have their
//! ids. Refuses: a text that is no act.

use super::acts::{Stage, earlier_step};
use super::error::Fault;
use super::format::Words;
use super::values;
use app::acts::ActText;
use domain::act::ActBody;
use domain::ids::to_hex;
use serde_json::{Map, Value};

/// Fields that name a person by group.
const PEOPLE: [&str; 2] = ["person", "proxy"];
/// Fields that name the step whose act made the thing.
const MADE: [&str; 3] = ["case", "movement", "appeal"];
/// Fields that are instants.
const INSTANTS: [&str; 2] = ["from", "until"];

/// The act of a step, and what it tries.
pub(super) fn act(
    stage: &Stage<'_>,
    text: &Map<String, Value>,
) -> Result<(String, Vec<ActBody>), Fault> {
    let mut whole = Map::new();
    for (field, value) in text {
        let value = match value.as_str() {
            Some(word) => Value::String(named(stage, field, word)?),
            None => value.clone(),
        };
        whole.insert(field.clone(), value);
    }
    let wrong = |why: String| Fault::new("act", why, "docs/acts.md has the fields of every act");
    let text: ActText =
        serde_json::from_value(Value::Object(whole)).map_err(|error| wrong(error.to_string()))?;
    let body = ActBody::try_from(text).map_err(|error| wrong(error.to_string()))?;
    Ok((body.kind().to_owned(), vec![body]))
}

fn named(stage: &Stage<'_>, field: &str, word: &str) -> Result<String, Fault> {
    let key = format!("act.{field}");
    if PEOPLE.contains(&field) {
        let people = stage.groups.resolve(&key, &Words::One(word.to_owned()))?;
        return match people.as_slice() {
            [one] => Ok(one.person.to_string()),
            many => Err(Fault::new(
                &key,
                format!("`{word}` is {} people", many.len()),
                "name one, as `group[0]`",
            )),
        };
    }
    if MADE.contains(&field) {
        let digests = earlier_step(stage.done, &key, word)?.digests();
        let first = digests.first().map(|digest| to_hex(&digest.short()));
        return Ok(first.unwrap_or_default());
    }
    if INSTANTS.contains(&field) {
        return values::instant(&key, word, stage.at).map(|at| at.to_string());
    }
    Ok(word.to_owned())
}

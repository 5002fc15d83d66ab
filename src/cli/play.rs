//! `mingma demo` and `mingma bench`: a ledger of its own, played and measured.
//!
//! Invariant: neither touches a ledger that exists.

use super::context::Context;
use super::error::{CliError, Done};
use super::json;
use crate::bench::{self, BenchError};
use crate::demo::{self, DemoError};
use serde_json::Value;

/// Plays the demonstration; in the directory given with `--data`, where one was given.
pub fn demo(cx: &Context, options: &demo::Options) -> Done {
    let mut options = options.clone();
    if options.keep.is_none() {
        options.keep = cx.given_data().map(std::path::Path::to_path_buf);
    }
    let mut out = std::io::stdout().lock();
    demo::run(&options, cx.language(), &mut out).map_err(|error| match error {
        DemoError::Io(error) => written(&error),
        DemoError::Story(_) => CliError::Failed(error.to_string()),
        DemoError::Office(_) | DemoError::Cast(_) | DemoError::Address(_) => {
            CliError::System(error.to_string())
        }
    })
}

/// Measures, and compares with what the machine could do at most.
pub fn bench(cx: &Context, what: &bench::What) -> Done {
    let lines = if cx.json() {
        what.run(&mut std::io::stderr().lock())
    } else {
        what.run(&mut std::io::stdout().lock())
    };
    let lines = lines.map_err(|error| match error {
        BenchError::Io(error) => written(&error),
        other => CliError::System(other.to_string()),
    })?;
    if cx.json() {
        return cx.show(
            Value::Array(lines.iter().map(json::value).collect()),
            String::new,
        );
    }
    Ok(())
}

fn written(error: &std::io::Error) -> CliError {
    match error.kind() {
        std::io::ErrorKind::BrokenPipe => CliError::Pipe,
        _ => CliError::System(format!("the output cannot be written: {error}")),
    }
}

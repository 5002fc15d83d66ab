//! The interface as an OpenAPI 3.1 document, made from the handlers themselves.
//!
//! Invariant: every path in it is a route (a test asks each).

use crate::problem::{Kind, Problem, ProblemBody, RefusalBody};
use crate::signin::{self, activation, bindings, callback, identity, passkeys};
use crate::submissions::{Entered, RowBody};
use crate::{
    acts, anomalies, answerers, cases, counter, counts, credentials, days, drafts, judgement,
    movements, offices, packs, papers, people, proxies, reads, registry, submissions,
};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mingma",
        description = "The health-code ledger over HTTP: signed bytes in, public entries out.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        submissions::submit,
        reads::entry,
        reads::proof,
        reads::checkpoint,
        document,
        registry::rules,
        packs::list,
        packs::archive,
        registry::statements,
        counts::counts,
        registry::caller,
        passkeys::challenge,
        passkeys::register,
        passkeys::sign_in,
        passkeys::invite,
        activation::make,
        activation::sign_in,
        identity::list,
        identity::start,
        callback::callback,
        bindings::list,
        bindings::remove,
        signin::sign_out,
        signin::sign_out_everywhere,
        acts::draft,
        acts::submit,
        people::my_code,
        people::my_record,
        people::my_export,
        credentials::mine,
        papers::mine,
        counter::object,
        cases::cases,
        cases::case,
        cases::open,
        answerers::answerers,
        anomalies::anomalies,
        movements::movements,
        movements::request,
        proxies::my_people,
        proxies::bound_code,
        proxies::bound_record,
        proxies::bind,
        proxies::end,
        people::find,
        people::code_of,
        people::record_of,
        judgement::control_list,
        judgement::preview,
        offices::orders,
        offices::order,
        offices::appeals,
        offices::appeal,
        offices::reports,
        offices::report,
        offices::refusals,
        registry::organisations,
        registry::officers,
        days::days,
        drafts::draft,
        drafts::part,
    ),
    components(schemas(Entered, RowBody, ProblemBody, RefusalBody))
)]
struct Api;

/// The document as a value.
pub(crate) fn value() -> Option<Value> {
    let mut value = serde_json::to_value(Api::openapi()).ok()?;
    let paths = value.get_mut("paths")?.as_object_mut()?;
    let operations = paths.values_mut().filter_map(Value::as_object_mut);
    for operation in operations.flat_map(|path| path.values_mut()) {
        let responses = operation.get_mut("responses")?.as_object_mut()?;
        responses.entry("429").or_insert_with(too_many);
    }
    Some(value)
}

/// What every route answers to a caller who sends too much.
fn too_many() -> Value {
    json!({
        "description": "too-many-requests",
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/ProblemBody" },
        } },
    })
}

/// This interface, as OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    responses((status = 200, description = "the document", body = Object))
)]
pub(crate) async fn document() -> Result<Response, Problem> {
    let value = value().ok_or(Kind::Internal)?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, value.to_string()).into_response())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    fn sources(folder: &Path, texts: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => sources(&path, texts),
                false => texts.push(std::fs::read_to_string(path).unwrap_or_default()),
            }
        }
    }

    #[test]
    fn no_two_shapes_of_the_document_have_one_name() {
        let mut texts = Vec::new();
        sources(
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
            &mut texts,
        );
        let mut names = BTreeSet::new();
        for text in &texts {
            for shape in text.split("ToSchema)]").skip(1) {
                let mut words = shape.split_whitespace();
                let found = words.find(|word| matches!(*word, "struct" | "enum"));
                let Some(name) = found.and_then(|_| words.next()) else {
                    continue;
                };
                let name = name.split('<').next().unwrap_or_default();
                assert!(names.insert(name), "two shapes are called `{name}`");
            }
        }
        assert!(names.contains("ProblemBody"), "{names:?}");
    }
}

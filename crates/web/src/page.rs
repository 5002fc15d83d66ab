//! The reference of the interface, for people.
//!
//! Invariant: without script or anything from elsewhere; every text is escaped.

use crate::openapi;
use crate::pages::frame::{Life, Page};
use crate::pages::reader::Reader;
use crate::problem::{Kind, Problem};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{PreEscaped, html};
use serde_json::Value;
use std::fmt::Write as _;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn page(reader: &Reader, title: &str, body: String) -> Response {
    let body = html! { h1 { (title) } (PreEscaped(body)) };
    let page = Page {
        title: title.to_owned(),
        body,
        scripts: &[],
        life: Life::AskAgain,
    };
    page.answer(reader, StatusCode::OK)
}

/// `GET /api/v1`: the reference, made from the OpenAPI document.
pub(crate) async fn reference(reader: Reader) -> Result<Response, Problem> {
    let document = openapi::value().ok_or(Kind::Internal)?;
    let mut body = "<p><a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a> · \
                    <a href=\"/problems\">问题类型 Problems</a></p>\n"
        .to_owned();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, methods) in paths.into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let _ = writeln!(
                body,
                "<section lang=\"en\">\n<h2><code>{} {}</code></h2>",
                escape(&method.to_uppercase()),
                escape(path)
            );
            describe(&mut body, operation);
            body.push_str("</section>\n");
        }
    }
    Ok(page(&reader, "接口说明 Reference", body))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn describe(body: &mut String, operation: &Value) {
    for part in ["summary", "description"] {
        match text(operation, part) {
            "" => {}
            words => {
                let _ = writeln!(body, "<p>{}</p>", escape(words));
            }
        }
    }
    let parameters = operation.get("parameters").and_then(Value::as_array);
    body.push_str("<dl>\n");
    for parameter in parameters.into_iter().flatten() {
        term(
            body,
            text(parameter, "name"),
            text(parameter, "description"),
        );
    }
    if let Some(request) = operation.get("requestBody") {
        term(body, "body", text(request, "description"));
    }
    let responses = operation.get("responses").and_then(Value::as_object);
    for (status, response) in responses.into_iter().flatten() {
        term(body, status, text(response, "description"));
    }
    body.push_str("</dl>\n");
}

fn term(body: &mut String, name: &str, words: &str) {
    let _ = writeln!(
        body,
        "<dt><code>{}</code></dt><dd>{}</dd>",
        escape(name),
        escape(words)
    );
}

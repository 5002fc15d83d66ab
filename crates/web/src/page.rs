//! Pages for people: every type of problem, and the reference of the interface.
//!
//! Invariant: plain HTML without script, style or anything from elsewhere; every text is escaped.

use crate::openapi;
use crate::problem::{Kind, Language, Problem};
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::fmt::Write as _;

const LANGUAGES: [Language; 2] = [Language::Chinese, Language::English];

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn html(title: &str, body: &str) -> Response {
    let title = escape(title);
    let text = format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{title} · 明码</title>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n\
         </body>\n</html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

/// `GET /problems`.
pub(crate) async fn problems() -> Response {
    let mut body = "<ul>\n".to_owned();
    for kind in Kind::ALL {
        let _ = writeln!(
            body,
            "<li><a href=\"{}\">{}</a> <span lang=\"en\">{}</span></li>",
            kind.uri(),
            escape(kind.words(Language::Chinese).title),
            escape(kind.words(Language::English).title)
        );
    }
    body.push_str("</ul>\n");
    html("问题类型 Problems", &body)
}

/// `GET /problems/{slug}`.
pub(crate) async fn problem(Path(slug): Path<String>) -> Result<Response, Problem> {
    let kind = Kind::from_slug(&slug).ok_or(Kind::NotFound)?;
    let mut body = format!("<p>HTTP {}</p>\n", kind.status().as_u16());
    for language in LANGUAGES {
        let words = kind.words(language);
        let _ = writeln!(
            body,
            "<section lang=\"{}\">\n<h2>{}</h2>\n<p>{}</p>\n<p>{}</p>\n</section>",
            language.tag(),
            escape(words.title),
            escape(words.detail),
            escape(words.help)
        );
    }
    body.push_str("<p><a href=\"/problems\">/problems</a></p>\n");
    Ok(html(kind.slug(), &body))
}

/// `GET /api/v1`: the reference, made from the OpenAPI document.
pub(crate) async fn reference() -> Result<Response, Problem> {
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
    Ok(html("接口说明 Reference", &body))
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

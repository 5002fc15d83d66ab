//! The rival of `scripts/load`: one bare axum route that answers a fixed text of about the length of
//! a green code, on the same runtime, with nothing around it.

use axum::Router;
use axum::http::header;
use axum::routing::get;

const BODY: &str = r#"{"person":"00000000000000000000000000000000","at":"2022-06-13T10:00:00Z","entries":1234,"colour":"green","flagged":false,"sentences":["您的健康码为绿码。"],"reasons":[],"ended":[],"appeals":[]}"#;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let answer = || async { ([(header::CONTENT_TYPE, "application/json")], BODY) };
    axum::serve(listener, Router::new().route("/", get(answer))).await
}

//! The rival of `scripts/load`: a bare axum route that answers a fixed text, on the same runtime, with
//! nothing around it. `/` is about as long as a green code, `/long` as long as it is told to be.

use axum::Router;
use axum::http::header;
use axum::routing::get;

const BODY: &str = r#"{"person":"00000000000000000000000000000000","at":"2022-06-13T10:00:00Z","entries":1234,"colour":"green","flagged":false,"sentences":["您的健康码为绿码。"],"reasons":[],"ended":[],"appeals":[]}"#;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let length = std::env::args()
        .nth(1)
        .and_then(|length| length.parse().ok());
    let long: &'static str = " ".repeat(length.unwrap_or(0)).leak();
    let answer = |body| async move { ([(header::CONTENT_TYPE, "application/json")], body) };
    let routes = Router::new()
        .route("/", get(move || answer(BODY)))
        .route("/long", get(move || answer(long)));
    axum::serve(listener, routes).await
}

//! Rehearsals: a server whose clock its client sets and whose ledger it begins anew, for scenarios.
//!
//! Invariant: what is rehearsed on is the whole server: the routes below `/rehearsal/` only set the
//! stage, everything else goes to the routes of the ledger on it. Refuses: to exist anywhere else; a
//! server of a data directory has none of these routes.

use crate::body;
use crate::people;
use crate::problem::{Kind, Language, Problem};
use crate::{Desk, server};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::document::PersonId;
use domain::time::Timestamp;
use serde::Deserialize;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

/// Who sets the stage.
pub trait Theatre: Send + Sync + 'static {
    /// Clears the stage and begins an empty ledger with this origin.
    fn begin(&self, origin: &str) -> Result<Arc<Desk>, String>;
    /// Closes the ledger and opens it again from what is durable.
    fn restart(&self) -> Result<Arc<Desk>, String>;
    /// Clears the stage.
    fn clear(&self);
    /// Sets the clock.
    fn set_clock(&self, at: Timestamp);
}

struct Rehearsal {
    theatre: Box<dyn Theatre>,
    stage: RwLock<Option<(Arc<Desk>, Router)>>,
}

impl Rehearsal {
    fn put(&self, desk: Option<Arc<Desk>>) {
        let stage = desk.map(|desk| (Arc::clone(&desk), crate::router(desk)));
        *self.stage.write().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    fn on_stage(&self) -> Option<(Arc<Desk>, Router)> {
        let stage = self.stage.read();
        stage.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Serves rehearsals until `stop`.
pub async fn rehearse(
    listener: TcpListener,
    theatre: Box<dyn Theatre>,
    stop: impl Future<Output = ()>,
) {
    let rehearsal = Arc::new(Rehearsal {
        theatre,
        stage: RwLock::new(None),
    });
    let routes = Router::new()
        .route("/rehearsal/v1/ledger", post(begin))
        .route("/rehearsal/v1/restart", post(restart))
        .route("/rehearsal/v1/clock", post(set_clock))
        .route("/rehearsal/v1/people/{person}/code", get(code))
        .fallback(play)
        .with_state(Arc::clone(&rehearsal));
    let door = server::Door::plain(routes);
    door.open(listener, stop, || {}, |_, _| {}).await;
    rehearsal.put(None);
    rehearsal.theatre.clear();
}

/// Everything else: the ledger on the stage.
async fn play(State(rehearsal): State<Arc<Rehearsal>>, request: Request<Body>) -> Response {
    match rehearsal.on_stage() {
        Some((_, routes)) => {
            let answered = routes.oneshot(request).await;
            answered.unwrap_or_else(|never| match never {})
        }
        None => plain(Problem::from(Kind::NotReady)),
    }
}

/// A problem outside the envelope of a ledger.
fn plain(problem: Problem) -> Response {
    let status = problem.kind().status();
    let body = serde_json::to_vec(&problem.body(Language::English, "")).unwrap_or_default();
    (status, body).into_response()
}

/// What failed behind the scenes, in words for whoever rehearses.
fn failed(why: String) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
}

/// The origin of the ledger to begin.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    origin: String,
}

/// Sets the stage away from the threads that answer: ledgers are opened and closed on disk.
async fn set(
    rehearsal: &Arc<Rehearsal>,
    change: impl FnOnce(&dyn Theatre) -> Result<Arc<Desk>, String> + Send + 'static,
) -> Response {
    rehearsal.put(None);
    let other = Arc::clone(rehearsal);
    let changed = tokio::task::spawn_blocking(move || change(other.theatre.as_ref())).await;
    match changed {
        Ok(Ok(desk)) => {
            rehearsal.put(Some(desk));
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(Err(why)) => failed(why),
        Err(_panicked) => failed("the stage broke off".to_owned()),
    }
}

async fn begin(State(rehearsal): State<Arc<Rehearsal>>, request: Request<Body>) -> Response {
    match body::json::<Begin>(request).await {
        Ok(Begin { origin }) => set(&rehearsal, move |theatre| theatre.begin(&origin)).await,
        Err(problem) => plain(problem),
    }
}

async fn restart(State(rehearsal): State<Arc<Rehearsal>>) -> Response {
    set(&rehearsal, |theatre| theatre.restart()).await
}

/// The instant that it is from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    at: String,
}

async fn set_clock(State(rehearsal): State<Arc<Rehearsal>>, request: Request<Body>) -> Response {
    let at = match body::json::<Clock>(request).await {
        Ok(clock) => clock.at.parse(),
        Err(problem) => return plain(problem),
    };
    match at {
        Ok(at) => {
            rehearsal.theatre.set_clock(at);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(_) => plain(Kind::Malformed.into()),
    }
}

/// Anybody's code as `GET /api/v1/me/code` tells it; a rehearsal has no real people.
async fn code(
    State(rehearsal): State<Arc<Rehearsal>>,
    Path(person): Path<String>,
    request: Request<Body>,
) -> Response {
    let Some((desk, _)) = rehearsal.on_stage() else {
        return plain(Kind::NotReady.into());
    };
    let person = person.parse::<PersonId>();
    let person = person.map_err(|_| Problem::from(Kind::Malformed));
    match person.and_then(|person| people::code(&desk, person, request.headers())) {
        Ok(told) => told,
        Err(problem) => plain(problem),
    }
}

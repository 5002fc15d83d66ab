//! Live updates: how far the log is, told as it grows (server-sent events, WHATWG HTML 9.2).
//!
//! Invariant: it says how many entries there are and nothing else; whoever reads slowly is told the
//! newest, not a backlog; no stream outlives the server's stop. It is no route of the interface,
//! whose answers end. Refuses: more streams at once than the limit.

use crate::Desk;
use crate::problem::{Kind, Problem};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::unfold;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// Streams at once.
const STREAMS_MAX: usize = 10_000;

/// What the streams are told.
pub(crate) struct Live {
    /// How many entries there are; none once the server is stopping.
    entries: watch::Sender<Option<u64>>,
    streams: Arc<Semaphore>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            entries: watch::Sender::new(Some(0)),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        }
    }
}

impl Live {
    /// Tells how many entries there are, if it is news.
    pub(crate) fn tell(&self, entries: u64) {
        self.entries.send_if_modified(|known| {
            let is_news = known.is_some_and(|known| known != entries);
            *known = known.map(|_| entries);
            is_news
        });
    }

    /// Ends every stream.
    pub(crate) fn close(&self) {
        self.entries.send_replace(None);
    }
}

/// `GET /live`: an event `entries` now, and whenever there are more.
pub(crate) async fn live(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    let permit = Arc::clone(&desk.live.streams).try_acquire_owned();
    let permit = permit.map_err(|_| Kind::Busy)?;
    let mut entries = desk.live.entries.subscribe();
    entries.mark_changed();
    let stream = unfold((entries, permit), |(mut entries, permit)| async move {
        entries.changed().await.ok()?;
        let told = (*entries.borrow_and_update())?;
        let event = Event::default().event("entries").data(told.to_string());
        Some((Ok::<_, Infallible>(event), (entries, permit)))
    });
    let sse = Sse::new(stream).keep_alive(KeepAlive::default());
    Ok(sse.into_response())
}

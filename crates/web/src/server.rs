//! Connections: taken one by one, bounded in number and in time, let go in good order.
//!
//! Invariant: once told to stop, nothing new is taken and what is being answered is answered, for
//! as long as the time to drain lasts. Refuses: headers that come too slowly or are too long.

use crate::{Desk, router};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Connections at once; more wait in the queue of the operating system.
const CONNECTIONS_MAX: usize = 16_384;
/// How long the headers of a request may take, idle time before them included.
const HEADER_TIME_MAX: Duration = Duration::from_secs(15);
/// The room for the headers of a request, in bytes; longer ones are answered with 431.
const HEADER_BYTES_MAX: usize = 16 * 1_024;
/// Headers of a request.
const HEADERS_MAX: usize = 64;
/// How long those who are being answered have once the server stops.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(30);
/// How often invitations and codes that have ended are removed.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// Serves until `stop`, then lets go in good order.
pub async fn serve(listener: TcpListener, desk: Arc<Desk>, stop: impl Future<Output = ()>) {
    let routes = router(Arc::clone(&desk));
    let drain = || desk.drain();
    let event = |what: &str, why: &str| desk.event(what, why);
    let ticking = tokio::spawn(tick(Arc::clone(&desk)));
    let sweeping = tokio::spawn(sweep(Arc::clone(&desk)));
    accept(listener, routes, stop, drain, event).await;
    ticking.abort();
    sweeping.abort();
    desk.close();
}

/// Tells the writer that a second has passed, every second.
async fn tick(desk: Arc<Desk>) {
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    loop {
        interval.tick().await;
        desk.tick();
    }
}

/// Has what has ended removed, now and every hour.
async fn sweep(desk: Arc<Desk>) {
    let mut interval = tokio::time::interval(SWEEP_EVERY);
    loop {
        interval.tick().await;
        let desk = Arc::clone(&desk);
        let _ = tokio::task::spawn_blocking(move || desk.sweep()).await;
    }
}

/// Takes connections until `stop`, calls `drain`, and lets those go that are being answered.
pub(crate) async fn accept(
    listener: TcpListener,
    routes: Router,
    stop: impl Future<Output = ()>,
    drain: impl FnOnce(),
    event: impl Fn(&str, &str),
) {
    let service = TowerToHyperService::new(routes);
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME_MAX)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADERS_MAX);
    let mut stop = std::pin::pin!(stop);
    loop {
        let taken = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = &mut stop => break,
            taken = taken => taken,
        };
        let stream = match accepted {
            Ok((stream, _)) => {
                // An answer is one write; it should not wait for the reader to say so.
                let _ = stream.set_nodelay(true);
                stream
            }
            Err(error) => {
                event("accept", &error.to_string());
                // Out of files, say: wait for some connection to end rather than spin.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let connection = builder.serve_connection(TokioIo::new(stream), service.clone());
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // A peer that breaks off is no trouble of ours.
            let _ = watched.await;
            drop(permit);
        });
    }
    drain();
    drop(listener);
    if timeout(DRAIN_TIME_MAX, graceful.shutdown()).await.is_err() {
        event("drain", "some requests were not answered in time");
    }
}

//! Connections: taken one by one, bounded in number and in time, let go in good order.
//!
//! Invariant: once told to stop, nothing new is taken and what is being answered is answered, for
//! as long as the time to drain lasts. Refuses: headers that come too slowly or are too long, and
//! handshakes of TLS that take too long.

use crate::limits::{Limits, Peer};
use crate::timer::Reused;
use crate::{Desk, router};
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tower::Service as _;

/// The certificate and key of connections to come; whoever holds the other end can renew them.
pub type Tls = watch::Receiver<Arc<ServerConfig>>;

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
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    desk: Arc<Desk>,
    stop: impl Future<Output = ()>,
) {
    let door = Door {
        routes: router(Arc::clone(&desk)),
        tls,
        connections_max: desk.setup.limits.connections,
    };
    let drain = || desk.drain();
    let event = |what: &str, why: &str| desk.event(what, why);
    let ticking = tokio::spawn(tick(Arc::clone(&desk)));
    let sweeping = tokio::spawn(sweep(Arc::clone(&desk)));
    door.open(listener, stop, drain, event).await;
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

/// Where connections come in.
pub(crate) struct Door {
    routes: Router,
    tls: Option<Tls>,
    connections_max: usize,
}

impl Door {
    /// A door in clear.
    pub(crate) fn plain(routes: Router) -> Self {
        Self {
            routes,
            tls: None,
            connections_max: Limits::default().connections,
        }
    }

    /// Takes connections until `stop`, calls `drain`, and lets those go that are being answered.
    pub(crate) async fn open(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
        drain: impl FnOnce(),
        event: impl Fn(&str, &str),
    ) {
        let connections = Arc::new(Semaphore::new(self.connections_max));
        let graceful = GracefulShutdown::new();
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
            let (stream, address) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    event("accept", &error.to_string());
                    // Out of files, say: wait for some connection to end rather than spin.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let routes = self.routes.clone();
            let tls = self.tls.as_ref().map(|tls| Arc::clone(&tls.borrow()));
            let watcher = graceful.watcher();
            tokio::spawn(async move {
                greet(stream, address, tls, routes, watcher).await;
                drop(permit);
            });
        }
        drain();
        drop(listener);
        if timeout(DRAIN_TIME_MAX, graceful.shutdown()).await.is_err() {
            event("drain", "some requests were not answered in time");
        }
    }
}

/// Begins a connection and answers what comes over it. A peer that breaks off is no trouble of ours.
async fn greet(
    stream: TcpStream,
    address: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    routes: Router,
    watcher: Watcher,
) {
    // An answer is one write; it should not wait for the reader to say so.
    let _ = stream.set_nodelay(true);
    let Some(config) = tls else {
        return answer(stream, address, routes, watcher).await;
    };
    let handshake = TlsAcceptor::from(config).accept(stream);
    if let Ok(Ok(stream)) = timeout(HEADER_TIME_MAX, handshake).await {
        answer(stream, address, routes, watcher).await;
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    address: SocketAddr,
    routes: Router,
    watcher: Watcher,
) {
    let peer = Peer(address.ip());
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        // Always ready, as a router of axum is.
        routes.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(Reused::default())
        .header_read_timeout(HEADER_TIME_MAX)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let _ = watcher.watch(connection).await;
}

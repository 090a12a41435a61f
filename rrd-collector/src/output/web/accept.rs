//! Accepts connections: limited in number, and each step limited in time.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION, HOST, HeaderValue, WWW_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::access::{Access, ClientConnection, is_ours};
use super::answer::{Answer, plain};
use super::bind::{Listener, Stream};
use super::route::route;
use super::site::Site;
use crate::fault::chain;
use crate::process::HostName;
use crate::schedule::clock;

/// Limit on connections; a browser opens six.
const MAX_CONNECTIONS: usize = 64;
/// Time limit for receiving a request.
const REQUEST_DEADLINE: Duration = Duration::from_secs(10);
/// Guaranteed time of a connection; after that it may be closed for a waiting one.
const PROTECTED: Duration = Duration::from_secs(1);
/// Time limit of a connection.
const CONNECTION_DEADLINE: Duration = Duration::from_secs(600);

/// Answers requests until it is dropped.
///
/// Every client is answered even if others keep many idle connections open: when all slots are
/// taken, the oldest connection is closed.
pub(super) async fn serve(listener: Listener, site: Arc<Site>) -> Infallible {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections: VecDeque<(Instant, JoinHandle<()>)> = VecDeque::new();
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Usually out of file descriptors: others must end first.
                log::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        connections.retain(|(_, task)| !task.is_finished());
        let permit = loop {
            let protected =
                connections.front().map_or(Instant::now(), |(begun, _)| *begun + PROTECTED);
            match tokio::time::timeout_at(protected, room.clone().acquire_owned()).await {
                Ok(permit) => break permit,
                Err(_) => connections.pop_front().into_iter().for_each(|(_, task)| task.abort()),
            }
        };
        let client = ClientConnection { peer, is_local: listener.is_local() };
        // The current one: later ones are for other addresses.
        let access = site.access();
        let site = site.clone();
        let task = tokio::spawn(async move {
            handle(stream, &client, &site, &access).await;
            drop(permit);
        });
        connections.push_back((Instant::now(), task));
    }
}

/// One connection; each part of it has a deadline.
async fn handle(
    stream: Box<dyn Stream>,
    client: &ClientConnection,
    site: &Arc<Site>,
    access: &Access,
) {
    let connection = async {
        match access.identity() {
            None => serve_http(stream, client, site, access).await,
            Some(identity) => {
                let handshake = TlsAcceptor::from(identity.config()).accept(stream);
                match tokio::time::timeout(REQUEST_DEADLINE, handshake).await {
                    Ok(Ok(stream)) => serve_http(Box::new(stream), client, site, access).await,
                    Ok(Err(error)) => log::debug!("{}: no TLS: {error}", client.peer),
                    Err(_) => {}
                }
            }
        }
    };
    // A connection that lasts too long is closed.
    let _ = tokio::time::timeout(CONNECTION_DEADLINE, connection).await;
}

async fn serve_http(
    stream: Box<dyn Stream>,
    client: &ClientConnection,
    site: &Arc<Site>,
    access: &Access,
) {
    let service = service_fn(|request: Request<Incoming>| {
        let authorization = request.headers().get(AUTHORIZATION);
        let response = if access.admits(authorization) {
            answer(site, client, &request)
        } else {
            // A browser that has not asked its user yet sends no password, which is not a failed
            // attempt.
            if authorization.is_some() {
                note_refusal(site, client);
            }
            refuse()
        };
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_DEADLINE)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        log::debug!("{}: {}", client.peer, chain(&error));
    }
}

fn answer(site: &Site, client: &ClientConnection, request: &Request<Incoming>) -> Answer {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered\n");
    }
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let system = HostName::of_system();
    let own = [site.host.as_str(), system.as_str()];
    if client.is_local && !host.is_some_and(|host| is_ours(host, own)) {
        // A foreign page may point its own name at the loopback to read this page through a local
        // browser.
        return plain(StatusCode::MISDIRECTED_REQUEST, "ask by 127.0.0.1, [::1] or localhost\n");
    }
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let uri = request.uri();
    route(site, uri.path(), uri.query().unwrap_or(""), accept.unwrap_or(""), clock::unix_now())
}

/// The answer to a client without the right password.
fn refuse() -> Answer {
    let mut response = plain(StatusCode::UNAUTHORIZED, "authentication required\n");
    let ask = HeaderValue::from_static("Basic realm=\"rrd-collector\", charset=\"UTF-8\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, ask);
    response
}

fn note_refusal(site: &Site, client: &ClientConnection) {
    let mut refusals = site.refusals.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(line) = refusals.note(&client.peer, clock::now().clock) {
        log::warn!("{line}");
    }
}

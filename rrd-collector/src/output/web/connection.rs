//! One connection of a client: its requests one after the other, each step limited in time.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, AUTHORIZATION, HOST, HeaderValue, WWW_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_rustls::TlsAcceptor;

use super::access::{Access, is_ours};
use super::bind::{Peer, Stream};
use super::client::Client;
use super::refusals::DELAY;
use super::remote;
use super::response::{Answer, later, plain};
use super::route;
use super::sending::{Content, Sending};
use super::site::Site;
use crate::fault::chain;
use crate::net::connections::{Activity, State};
use crate::process::HostName;
use crate::schedule::clock;

/// Time limit for receiving a request, and the TLS handshake before the first.
const REQUEST_DEADLINE: Duration = Duration::from_secs(10);
/// Time limit for sending an answer.
const ANSWER_DEADLINE: Duration = Duration::from_secs(60);
/// Time limit of a connection.
const CONNECTION_DEADLINE: Duration = Duration::from_secs(600);
/// Limit on the bytes of a request line with its headers.
const MAX_HEAD: usize = 16 << 10;

/// One connection of a client.
pub(super) struct Connection {
    /// The data of the page.
    pub(super) site: Arc<Site>,
    /// The access rules.
    pub(super) access: Access,
    /// Whether TLS is spoken, if there is a certificate.
    pub(super) tls: bool,
    /// Whether only this machine can connect to the listener.
    pub(super) is_local: bool,
    /// The client.
    pub(super) peer: Peer,
    /// What is happening.
    pub(super) activity: Activity,
}

impl Connection {
    /// Answers requests until the client leaves or is too slow.
    pub(super) async fn serve(self, stream: Box<dyn Stream>) {
        tokio::select! {
            () = self.speak(stream) => {}
            () = overdue(&self.activity) => {}
            () = sleep(CONNECTION_DEADLINE) => {}
        }
    }

    async fn speak(&self, stream: Box<dyn Stream>) {
        let Some(identity) = self.access.identity().filter(|_| self.tls) else {
            return self.speak_http(stream).await;
        };
        match TlsAcceptor::from(identity.config()).accept(stream).await {
            Ok(stream) => self.speak_http(Box::new(stream)).await,
            Err(error) => log::debug!("{}: no TLS: {error}", self.peer.name),
        }
    }

    async fn speak_http(&self, stream: Box<dyn Stream>) {
        let service = service_fn(|request: Request<Incoming>| async move {
            // A request is complete: the next wait begins.
            self.activity.begin(State::Waiting);
            Ok::<_, Infallible>(self.respond(request).await)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .header_read_timeout(None)
            // A client may close its side after the request, and still read the answer.
            .half_close(true)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = connection.await {
            log::debug!("{}: {}", self.peer.name, chain(&error));
        }
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Sending> {
        let answer = match self.admit(&request).await {
            Ok(()) if remote::is_at(&request) => self.read(request).await,
            Ok(()) => self.answer(&request).await.map(Content::Whole),
            Err(refusal) => refusal.map(Content::Whole),
        };
        let traffic = &self.site.traffic;
        count(&traffic.requests);
        let memory = traffic.reserve(answer.body().length());
        let answer = if memory.is_some() { answer } else { self.turn_away().map(Content::Whole) };
        Sending::begin(answer, &self.activity, memory)
    }

    /// Whether a request is answered at all.
    async fn admit(&self, request: &Request<Incoming>) -> Result<(), Answer> {
        self.authenticate(request).await?;
        let refusal = match (remote::is_at(request), request.method()) {
            (true, &Method::POST) | (false, &Method::GET | &Method::HEAD) => None,
            (true, _) => Some(("POST", "only POST is answered here\n")),
            (false, _) => Some(("GET, HEAD", "only GET and HEAD are answered\n")),
        };
        if let Some((allowed, text)) = refusal {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, text);
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
            return Err(answer);
        }
        match self.wrong_host(request) {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    /// Whether the request has the right password; a wrong one is answered late.
    async fn authenticate(&self, request: &Request<Incoming>) -> Result<(), Answer> {
        let Some(credentials) = self.access.credentials() else { return Ok(()) };
        let Some(given) = request.headers().get(AUTHORIZATION) else {
            // A browser that has not asked its user yet sends no password, which is not a failed
            // attempt.
            return Err(self.refuse(unauthorized()));
        };
        let (origin, now) = (self.peer.origin, clock::monotonic());
        let refusals = || self.site.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody learns whether a password beyond the limit is right.
        let exhausted = || later(StatusCode::TOO_MANY_REQUESTS, "too many wrong passwords\n");
        if refusals().is_exhausted(origin, now) {
            return Err(self.refuse(exhausted()));
        }
        if given.to_str().is_ok_and(|given| credentials.admit(given)) {
            return Ok(());
        }
        if let Some(line) = refusals().line(&self.peer.name, now) {
            log::warn!("{line}");
        }
        if !refusals().delay(origin, now) {
            return Err(self.refuse(exhausted()));
        }
        sleep(DELAY).await;
        Err(self.refuse(unauthorized()))
    }

    /// The answer to a request that is not for this host.
    fn wrong_host(&self, request: &Request<Incoming>) -> Option<Answer> {
        let mut hosts = request.headers().get_all(HOST).iter();
        let host = hosts.next();
        // Version 1.0 has no such header.
        if hosts.next().is_some() || (host.is_none() && request.version() != Version::HTTP_10) {
            return Some(plain(StatusCode::BAD_REQUEST, "expected one Host header\n"));
        }
        let system = HostName::of_system();
        let own = [self.site.host.as_str(), system.as_str()];
        let is_foreign = |host: &HeaderValue| !host.to_str().is_ok_and(|host| is_ours(host, own));
        // A foreign page may point its own name at the loopback to read this page through a local
        // browser, which always sends the name.
        let is_misdirected = self.is_local && host.is_some_and(is_foreign);
        let text = "ask by 127.0.0.1, [::1] or localhost\n";
        is_misdirected.then(|| plain(StatusCode::MISDIRECTED_REQUEST, text))
    }

    async fn answer(&self, request: &Request<Incoming>) -> Answer {
        let client = Client::of(request.headers());
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or(""));
        // Equal requests are those of clients that take the same.
        let request = format!("{} {client:?}", request.uri());
        let asked = match route::Request::find(path, query, client) {
            Ok(asked) => asked,
            Err(none) => return none.answer(),
        };
        let (site, now, cost) = (self.site.clone(), clock::unix_now(), asked.cost());
        self.activity.begin(State::Working);
        let answer = self.site.workers.answer(cost, &request, move || asked.answer(&site, now));
        answer.await.unwrap_or_else(|| self.turn_away())
    }

    /// The answer to a request of remote read.
    async fn read(&self, request: Request<Incoming>) -> Response<Content> {
        // Receiving the body is part of the time for the request.
        let body = match remote::body(request).await {
            Ok(body) => body,
            Err(refusal) => return refusal.map(Content::Whole),
        };
        self.activity.begin(State::Working);
        let answer = remote::answer(&self.site.remote_read, body).await;
        answer.unwrap_or_else(|| self.turn_away().map(Content::Whole))
    }

    fn refuse(&self, answer: Answer) -> Answer {
        count(&self.site.traffic.refused);
        answer
    }

    fn turn_away(&self) -> Answer {
        count(&self.site.traffic.turned_away);
        let text = "too much is asked for at the same time: ask again in a second\n";
        later(StatusCode::SERVICE_UNAVAILABLE, text)
    }
}

/// Waits until the client has had its time.
async fn overdue(activity: &Activity) {
    loop {
        let (state, since) = activity.state();
        let limit = match state {
            State::Waiting => REQUEST_DEADLINE,
            State::Sending => ANSWER_DEADLINE,
            State::Working => CONNECTION_DEADLINE,
        };
        let end = since + limit;
        if end <= Instant::now() {
            return;
        }
        sleep_until(end).await;
    }
}

/// The answer to a client without the right password.
fn unauthorized() -> Answer {
    let mut response = plain(StatusCode::UNAUTHORIZED, "authentication required\n");
    let ask = HeaderValue::from_static("Basic realm=\"rrd-collector\", charset=\"UTF-8\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, ask);
    response
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

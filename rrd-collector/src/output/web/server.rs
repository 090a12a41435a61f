//! The HTTP server: bounded connections and requests, and which address gives what.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderValue,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange};
use rrd_graph::{Color, Role, Theme};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::address::{self, Query, read_query};
use super::api::{self, ApiError};
use super::charts::find_chart;
use super::draw::{Picture, archive_error, draw, draw_spark};
use super::listen::{Ear, Stream};
use super::overview::{Overview, SPARK_STEP};
use super::page::{SCRIPT, STYLE, page};
use super::refusals::Refusals;
use super::span::{SPANS, Shown};
use crate::fault::chain;
use crate::group::{GroupId, Target};
use crate::net::credentials::Credentials;
use crate::net::tls::Identity;
use crate::output::live::Shared;
use crate::output::prometheus::metrics::{Form, metrics};
use crate::output::prometheus::node::Node;
use crate::rootfs::Host;
use crate::schedule::clock;
use crate::source::host::CPU_TOTAL;
use crate::store::archives::{ArchiveError, Archives};

/// Conversations at a time; a browser opens six.
const MOST_CONNECTIONS: usize = 64;
/// How long a request may take to arrive.
const REQUEST_DEADLINE: Duration = Duration::from_secs(10);
/// How long a conversation is sure of its place; after that it makes room for one that waits.
const SURE_OF_PLACE: Duration = Duration::from_secs(1);
/// How long a conversation may last in all.
const CONNECTION_DEADLINE: Duration = Duration::from_secs(600);

/// What the server needs to answer.
pub struct Site {
    /// The name of the host.
    pub host: String,
    /// The databases.
    pub archives: Archives,
    /// Where the kernel's files are.
    pub files: Host,
    /// The kernel's counters under other names.
    pub node: Node,
    /// What the sampler shows.
    pub shared: Arc<Shared>,
    /// Who is let in, and how; may change at any moment.
    pub door: RwLock<Door>,
    /// Who was not let in of late.
    pub refusals: Mutex<Refusals>,
}

/// Who is let in, and how.
#[derive(Clone, Debug, Default)]
pub struct Door {
    identity: Option<Identity>,
    credentials: Option<Credentials>,
}

impl Door {
    /// With this certificate, and for this user alone if there is one.
    pub fn new(identity: Option<Identity>, credentials: Option<Credentials>) -> Self {
        Self { identity, credentials }
    }

    fn admits(&self, authorization: Option<&HeaderValue>) -> bool {
        let said = authorization.and_then(|value| value.to_str().ok()).unwrap_or("");
        self.credentials.as_ref().is_none_or(|credentials| credentials.admit(said))
    }
}

impl Site {
    /// Lets in whom another configuration lets in, from the next conversation on.
    pub fn replace_door(&self, door: Door) {
        *self.door.write().unwrap_or_else(PoisonError::into_inner) = door;
    }

    /// The protocol of its addresses.
    pub fn scheme(&self) -> &'static str {
        if self.door().identity.is_some() { "https" } else { "http" }
    }

    fn door(&self) -> Door {
        self.door.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The status and the length of what a GET of this path with this query gives. The fuzzer's
    /// door.
    #[doc(hidden)]
    pub fn get(&self, path: &str, query: &str) -> (u16, u64) {
        let answer = route(self, path, query, "");
        (answer.status().as_u16(), answer.body().size_hint().lower())
    }

    fn note_refusal(&self, guest: &Guest) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = refusals.hear(&guest.peer, clock::now().clock) {
            log::warn!("{line}");
        }
    }

    /// What is known at this moment, for those who look at it.
    fn overview<T>(&self, now: i64, look: impl FnOnce(&Overview<'_>) -> T) -> T {
        let (alerts, faults) = (self.shared.alerts().clone(), self.shared.faults().clone());
        let catalog = self.shared.catalog();
        look(&Overview { catalog: &catalog, alerts: &alerts, faults: &faults, now })
    }

    /// Whether some group was sampled of late.
    fn is_sampling(&self, now: i64) -> bool {
        self.shared.catalog().groups().any(|(_, group)| {
            let step = i64::try_from(group.step.seconds()).unwrap_or(i64::MAX);
            now.saturating_sub(group.at.seconds()) <= step.saturating_mul(3).max(10)
        })
    }
}

/// Answers requests until it is dropped.
///
/// Whoever asks is answered, however many conversations others keep open without a word: when all
/// places are taken, the oldest conversation ends.
pub(super) async fn serve(ear: Ear, site: Arc<Site>) -> Infallible {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut talks: VecDeque<(Instant, JoinHandle<()>)> = VecDeque::new();
    loop {
        let (stream, peer) = match ear.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, as a rule: others must end first.
                log::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        talks.retain(|(_, talk)| !talk.is_finished());
        let permit = loop {
            let sure = talks.front().map_or(Instant::now(), |(begun, _)| *begun + SURE_OF_PLACE);
            match tokio::time::timeout_at(sure, room.clone().acquire_owned()).await {
                Ok(permit) => break permit,
                Err(_) => talks.pop_front().into_iter().for_each(|(_, talk)| talk.abort()),
            }
        };
        let guest = Guest { peer, is_local: ear.is_local() };
        // That of this moment: another one is for other places.
        let door = site.door();
        let site = site.clone();
        let talk = tokio::spawn(async move {
            converse(stream, &guest, &site, &door).await;
            drop(permit);
        });
        talks.push_back((Instant::now(), talk));
    }
}

/// Who asks.
struct Guest {
    /// The address or the socket that they came from.
    peer: String,
    /// Whether they came to a place that only this machine can reach.
    is_local: bool,
}

/// A whole conversation; each part of it has its time.
async fn converse(stream: Box<dyn Stream>, guest: &Guest, site: &Arc<Site>, door: &Door) {
    let conversation = async {
        match &door.identity {
            None => talk(stream, guest, site, door).await,
            Some(identity) => {
                let greeting = TlsAcceptor::from(identity.config()).accept(stream);
                match tokio::time::timeout(REQUEST_DEADLINE, greeting).await {
                    Ok(Ok(stream)) => talk(Box::new(stream), guest, site, door).await,
                    Ok(Err(error)) => log::debug!("{}: no TLS: {error}", guest.peer),
                    Err(_) => {}
                }
            }
        }
    };
    // One that lasts too long is cut off; there is nobody to tell.
    let _ = tokio::time::timeout(CONNECTION_DEADLINE, conversation).await;
}

async fn talk(stream: Box<dyn Stream>, guest: &Guest, site: &Arc<Site>, door: &Door) {
    let service = service_fn(|request: Request<Incoming>| {
        let authorization = request.headers().get(AUTHORIZATION);
        let response = if door.admits(authorization) {
            answer(site, guest, &request)
        } else {
            // A browser that has not asked its user yet says nothing, and is none that failed.
            if authorization.is_some() {
                site.note_refusal(guest);
            }
            refuse()
        };
        async move { Ok::<_, Infallible>(response) }
    });
    let conversation = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_DEADLINE)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = conversation.await {
        log::debug!("{}: {}", guest.peer, chain(&error));
    }
}

/// What a stranger gets: the question who it is, and nothing of what there would be.
fn refuse() -> Answer {
    let mut response = plain(StatusCode::UNAUTHORIZED, "who are you?\n");
    let ask = HeaderValue::from_static("Basic realm=\"rrd-collector\", charset=\"UTF-8\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, ask);
    response
}

type Answer = Response<Full<Bytes>>;

fn answer(site: &Site, guest: &Guest, request: &Request<Incoming>) -> Answer {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered\n");
    }
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    if guest.is_local && !host.is_some_and(|host| is_ours(host, &site.host)) {
        // A page elsewhere may point its own name at the loopback to read us through a browser
        // here.
        return plain(StatusCode::MISDIRECTED_REQUEST, "ask by 127.0.0.1, [::1] or localhost\n");
    }
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let uri = request.uri();
    route(site, uri.path(), uri.query().unwrap_or(""), accept.unwrap_or(""))
}

/// Whether a server on the loopback is called by a name that no name server gives: an address, or a
/// name of this host.
fn is_ours(asked: &str, own: &str) -> bool {
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = match asked.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => asked,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || name.eq_ignore_ascii_case(own)
}

fn route(site: &Site, path: &str, query: &str, accept: &str) -> Answer {
    let query = read_query(query);
    let now = || i64::try_from(crate::schedule::clock::now().wall.as_secs()).unwrap_or(i64::MAX);
    match path {
        "/" => {
            let says_when = ["span", "start", "end"].iter().any(|key| query.contains_key(*key));
            let shown = if says_when {
                Shown::asked(&query, now())
            } else {
                Shown::at_first(has_history(&site.archives, now()), now())
            };
            let only = match address::group(&query).transpose() {
                Ok(only) => only,
                Err(error) => return plain(StatusCode::BAD_REQUEST, format!("{error}\n")),
            };
            let html =
                site.overview(now(), |overview| page(&site.host, &shown, only.as_ref(), overview));
            respond("text/html; charset=utf-8", html)
        }
        "/now" => {
            let mut html = String::new();
            site.overview(now(), |overview| overview.write(&mut html));
            respond("text/html; charset=utf-8", html)
        }
        "/metrics" => {
            let form = Form::accepted(accept);
            let text = match query.get("names").map(String::as_str) {
                None => metrics(&site.shared.catalog(), form, now()),
                Some("node") => {
                    let catalog = site.shared.catalog().clone();
                    site.node.scrape(&site.files, &catalog).text(form == Form::OpenMetrics)
                }
                Some(_) => return plain(StatusCode::BAD_REQUEST, "names is node, or left out\n"),
            };
            respond(form.content_type(), text)
        }
        "/-/healthy" => plain(StatusCode::OK, "alive\n"),
        "/-/ready" if site.is_sampling(now()) => plain(StatusCode::OK, "sampling\n"),
        "/-/ready" => plain(StatusCode::SERVICE_UNAVAILABLE, "no sample yet, or none of late\n"),
        "/api/v1/info" => respond_json(&json!({
            "host": site.host,
            "version": env!("CARGO_PKG_VERSION"),
            "faults": *site.shared.faults(),
        })),
        "/api/v1/groups" => respond_json(&api::groups(&site.shared.catalog())),
        "/api/v1/alerts" => respond_json(&api::alerts(&site.shared.alerts())),
        "/api/v1/fetch" => fetched(site, &query, respond_json),
        "/api/v1/fetch.csv" => {
            fetched(site, &query, |rows| respond("text/csv; charset=utf-8", api::csv(rows)))
        }
        "/page.css" => respond("text/css; charset=utf-8", STYLE),
        "/page.js" => respond("text/javascript; charset=utf-8", SCRIPT),
        _ if path.starts_with("/spark/") => match path["/spark/".len()..].strip_suffix(".svg") {
            Some(name) => spark(site, name, &query, now()),
            None => plain(StatusCode::NOT_FOUND, "there is nothing here\n"),
        },
        _ => match path.strip_prefix("/chart/").and_then(|name| name.rsplit_once('.')) {
            Some((name, format @ ("svg" | "png"))) => {
                let shown = Shown::asked(&query, now());
                chart(site, name, format, shown, &query)
            }
            _ => plain(StatusCode::NOT_FOUND, "there is nothing here\n"),
        },
    }
}

/// Whether there are samples from before the shortest span; it is taken for granted where none can
/// be read.
fn has_history(archives: &Archives, now: i64) -> bool {
    let before = Shown::ending(SPANS[0], now).range.start.seconds();
    let range = TimeRange::from_seconds(Shown::ending(SPANS[1], now).range.start.seconds(), before);
    let function = ConsolidationFunction::Average;
    archives
        .fetch(
            &GroupId::of(&CPU_TOTAL, ""),
            &FetchRequest::new(function, range).resolution(Duration::from_secs(60)),
        )
        .map_or(true, |series| series.values().iter().any(|value| !value.is_nan()))
}

/// The rows that a query asks for, in the form that `show` gives them.
fn fetched(site: &Site, query: &Query, show: impl Fn(&serde_json::Value) -> Answer) -> Answer {
    let now = i64::try_from(crate::schedule::clock::now().wall.as_secs()).unwrap_or(i64::MAX);
    match api::fetch(&site.archives, query, now) {
        Ok(rows) => show(&rows),
        Err(error) => {
            let status = match error {
                ApiError::Parameter { .. } => StatusCode::BAD_REQUEST,
                ApiError::Archive(ref error) => status_of(error),
            };
            plain(status, format!("{}\n", chain(&error)))
        }
    }
}

fn chart(site: &Site, name: &str, format: &str, shown: Shown, query: &Query) -> Answer {
    let instance = address::instance(query);
    let found = find_chart(name, instance, &site.shared.catalog());
    let group = found.as_ref().and_then(|chart| GroupId::new(&chart.kind, instance).ok());
    let (Some(found), Some(group)) = (found, group) else {
        return plain(StatusCode::NOT_FOUND, "there is no such chart\n");
    };
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<u32>().ok());
    let picture = Picture {
        chart: &found,
        group: &group,
        shown,
        width: number("width").unwrap_or(640).clamp(200, 4000),
        height: number("height").map(|height| height.clamp(100, 2000)),
    };
    let picture_of = draw(&site.archives, &picture);
    match picture_of {
        Ok(chart) if format == "png" => {
            // A picture by itself stands on white paper.
            let white = Color { red: 255, green: 255, blue: 255, alpha: 255 };
            let chart =
                chart.theme(Theme::Light).color(Role::Back, white).title(&found.description.title);
            match chart.to_png() {
                Ok(png) => respond("image/png", png),
                Err(error) => {
                    plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", chain(&error)))
                }
            }
        }
        Ok(chart) => {
            let mut response = respond("image/svg+xml", chart.to_svg());
            let TimeRange { start, end } = shown.range;
            for (name, moment) in [("x-start", start), ("x-end", end)] {
                response.headers_mut().insert(name, HeaderValue::from(moment.seconds()));
            }
            response
        }
        Err(error) => {
            let status = archive_error(&error).map_or(StatusCode::INTERNAL_SERVER_ERROR, status_of);
            plain(status, format!("{}\n", chain(&error)))
        }
    }
}

/// Whose fault it is that there are no rows.
fn status_of(error: &ArchiveError) -> StatusCode {
    match error {
        ArchiveError::Missing { .. } => StatusCode::NOT_FOUND,
        error if error.asks_too_much() => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A small chart of one value, without words.
fn spark(site: &Site, name: &str, query: &Query, now: i64) -> Answer {
    let target = name.split_once('.').and_then(|(kind, metric)| {
        let group = GroupId::new(kind, address::instance(query)).ok()?;
        Some(Target { group, metric: metric.to_owned() })
    });
    let Some(target) = target else {
        return plain(StatusCode::NOT_FOUND, "write /spark/GROUP.METRIC.svg\n");
    };
    match draw_spark(&site.archives, &target, now) {
        Ok(chart) => {
            let mut response = respond("image/svg+xml", chart.to_svg());
            let fresh = HeaderValue::from_str(&format!("private, max-age={SPARK_STEP}"));
            if let Ok(fresh) = fresh {
                response.headers_mut().insert(CACHE_CONTROL, fresh);
            }
            response
        }
        Err(error @ ArchiveError::Missing { .. }) => {
            plain(StatusCode::NOT_FOUND, format!("{}\n", chain(&error)))
        }
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", chain(&error))),
    }
}

fn respond(kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(body.into()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'",
        ),
    );
    response
}

fn respond_json(value: &serde_json::Value) -> Answer {
    respond("application/json", value.to_string())
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut response = respond("text/plain; charset=utf-8", text);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let shared = Arc::new(Shared::default());
        Site {
            host: "web1".to_owned(),
            archives: Archives::Folder("/nonexistent".into()),
            files: Host::at("/nonexistent"),
            node: Node::default(),
            shared,
            door: RwLock::default(),
            refusals: Mutex::default(),
        }
    }

    #[test]
    fn addresses_that_mean_nothing_are_not_found() {
        let site = site();
        let long = format!("/spark/{}.busy.svg", "a".repeat(300));
        let spark = "/spark//tmp/cpu.busy.svg";
        for path in
            ["/nothing", "/chart/nothing.svg", "/chart/../cpu.svg", "/chart/cpu.svg", spark, &long]
        {
            assert_eq!(route(&site, path, "", "").status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn the_page_its_style_and_its_script_are_served_with_their_types() {
        let site = site();
        for (path, kind) in [
            ("/", "text/html; charset=utf-8"),
            ("/now", "text/html; charset=utf-8"),
            ("/page.css", "text/css; charset=utf-8"),
            ("/page.js", "text/javascript; charset=utf-8"),
        ] {
            let response = route(&site, path, "", "");
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()[CONTENT_TYPE], kind);
        }
    }

    #[test]
    fn a_daemon_that_does_not_sample_is_alive_but_not_ready() {
        let site = site();
        assert_eq!(route(&site, "/-/healthy", "", "").status(), StatusCode::OK);
        assert_eq!(route(&site, "/-/ready", "", "").status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn a_name_that_somebody_else_gave_the_loopback_is_not_ours() {
        for name in ["127.0.0.1:7300", "[::1]:7300", "localhost", "LOCALHOST:80", "web1:7300"] {
            assert!(is_ours(name, "web1"), "{name}");
        }
        for name in ["evil.example:7300", "localhost.evil.example", "", "127.0.0.1.evil.example"] {
            assert!(!is_ours(name, "web1"), "{name}");
        }
    }
}

//! Fetches one status page over HTTP, TLS or a Unix socket: limited in size, with a deadline, and
//! with distinct errors.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::{BodyExt, Empty, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use hyper::http::request::Builder;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::net::tls::Trust;

/// Limit on the size of a page: a scoreboard has one letter per possible worker.
const LARGEST_PAGE: usize = 8 << 20;

/// The address of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    way: Way,
    /// The name for the `Host` header, if not that of the address.
    asked: Option<String>,
    path: String,
    authorization: Option<String>,
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// Over the network; `trust` for TLS.
    Network { host: String, port: u16, trust: Option<Trust> },
    /// Over a Unix socket.
    Socket(PathBuf),
}

/// What bytes go over.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Why a text is not the address of a page.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// It is not an address.
    #[error("invalid address {text:?}: expected http[s]://host[:port]/path or unix:/socket:/path")]
    Malformed {
        /// The text given.
        text: String,
    },
    /// The scheme is not supported.
    #[error("unsupported scheme {scheme}: use http, https or unix")]
    Scheme {
        /// The text given.
        text: String,
        /// The scheme.
        scheme: String,
    },
    /// Certificate options are given for a page without TLS.
    #[error("ca and verify require an https address")]
    NoTls,
    /// A user name contains a colon, which would end it.
    #[error("invalid user name: it must not contain a colon")]
    User,
    /// A percent sign in a user name or password does not begin an escape. The message does not
    /// repeat the text around it.
    #[error(
        "{escape:?} in user or password is not an escape: write %25 for a percent sign, %40 for @, %3A for a colon"
    )]
    Escape {
        /// The percent sign and what follows it.
        escape: String,
    },
    /// The decoded bytes are not valid UTF-8.
    #[error("user or password is not UTF-8 after decoding its escapes")]
    NotUtf8,
}

/// Why a page could not be fetched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The connection failed.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Host and port.
        address: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The server's certificate is not trusted, or it does not use TLS.
    #[error(
        "no TLS with {address}: {source}; `ca` names a file of certificates to believe, `verify = false` believes any"
    )]
    Tls {
        /// Host and port.
        address: String,
        /// The error.
        source: std::io::Error,
    },
    /// The answer took too long: with all workers busy, this request waits too.
    #[error("no answer within {} s; are all workers busy?", limit.as_secs_f64())]
    Timeout {
        /// The time limit.
        limit: Duration,
    },
    /// 401 or 403.
    #[error("{status}: access denied: check user and password, and which hosts the server allows")]
    Denied {
        /// The status.
        status: StatusCode,
    },
    /// 404.
    #[error("404 Not Found: no status page at {path}")]
    NotFound {
        /// The path requested.
        path: String,
    },
    /// 3xx.
    #[error("{status}: the page was moved to {location}")]
    Moved {
        /// The status.
        status: StatusCode,
        /// The new address.
        location: String,
    },
    /// Any status other than 200.
    #[error("the server answered {status}")]
    Status {
        /// The status.
        status: StatusCode,
    },
    /// Another page, as returned by a wrong virtual host or a front controller.
    #[error("unexpected content type {found:?}: expected text/plain; check the address")]
    NotText {
        /// The content type.
        found: String,
    },
    /// Text that is not a status page.
    #[error("the answer is not a status page of {of}")]
    NotStatus {
        /// The kind of server expected.
        of: &'static str,
    },
    /// The connection broke.
    #[error("connection lost: {0}")]
    Broken(#[from] hyper::Error),
    /// The page is larger than 8 MiB, or ended early.
    #[error("the page is too large or ended early: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
}

impl Page {
    /// Parses `http[s]://[user:password@]host[:port]/path[?query]` or `unix:/socket:/path[?query]`.
    ///
    /// In user and password, escapes such as `%40` represent characters with a meaning in
    /// addresses. For https, the system's certificates are trusted.
    ///
    /// ```
    /// use rrd_collector::net::http::Page;
    /// let page = Page::parse("http://127.0.0.1/server-status?auto").unwrap();
    /// assert_eq!(page.address(), "127.0.0.1:80");
    /// assert_eq!(Page::parse("unix:/run/www.sock:/status").unwrap().address(), "/run/www.sock");
    /// assert!(Page::parse("127.0.0.1").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`AddressError`]; it does not repeat the password.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let malformed = || AddressError::Malformed { text: without_user(text) };
        if let Some(rest) = text.strip_prefix("unix:") {
            let (socket, path) = rest.split_once(":/").ok_or_else(malformed)?;
            if !socket.starts_with('/') {
                return Err(malformed());
            }
            let uri: Uri = format!("/{path}").parse().map_err(|_| malformed())?;
            let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
            let way = Way::Socket(socket.into());
            return Ok(Self { way, asked: None, path, authorization: None });
        }
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        let trust = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(Trust::system()),
            Some(scheme) => {
                let scheme = scheme.to_owned();
                return Err(AddressError::Scheme { text: without_user(text), scheme });
            }
            None => return Err(malformed()),
        };
        let authority = uri.authority().ok_or_else(malformed)?;
        let user = authority.as_str().rsplit_once('@').map(|(user, _)| user);
        let port = authority.port_u16().unwrap_or(usual_port(trust.as_ref()));
        Ok(Self {
            way: Way::Network { host: authority.host().to_owned(), port, trust },
            asked: None,
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            authorization: user.map(authorization).transpose()?,
        })
    }

    /// Host and port, or the socket.
    pub fn address(&self) -> String {
        match &self.way {
            Way::Network { host, port, .. } => format!("{host}:{port}"),
            Way::Socket(path) => path.display().to_string(),
        }
    }

    /// Sets the name of a virtual host at the same address; its certificate must be valid for this
    /// name.
    #[must_use]
    pub fn for_host(self, host: &str) -> Self {
        Self { asked: Some(host.to_owned()), ..self }
    }

    /// Sets the user and password.
    ///
    /// # Errors
    ///
    /// [`AddressError::User`] if the name has a colon.
    pub fn for_user(self, user: &str, password: &str) -> Result<Self, AddressError> {
        Ok(Self { authorization: Some(basic(user, password)?), ..self })
    }

    /// Sets which certificates are trusted.
    ///
    /// # Errors
    ///
    /// [`AddressError::NoTls`] if the address does not use https.
    pub fn trusting(self, believed: Trust) -> Result<Self, AddressError> {
        match self.way {
            Way::Network { host, port, trust: Some(_) } => {
                Ok(Self { way: Way::Network { host, port, trust: Some(believed) }, ..self })
            }
            _ => Err(AddressError::NoTls),
        }
    }

    /// The default name of the server: its address, without the default port.
    pub fn instance(&self) -> String {
        match &self.way {
            Way::Network { host, port, trust } if *port == usual_port(trust.as_ref()) => {
                host.clone()
            }
            _ => self.address(),
        }
    }

    /// Fetches the text of the page.
    ///
    /// # Errors
    ///
    /// [`FetchError`], after `limit` at the latest.
    pub async fn fetch(&self, limit: Duration) -> Result<String, FetchError> {
        tokio::time::timeout(limit, self.converse())
            .await
            .unwrap_or(Err(FetchError::Timeout { limit }))
    }

    /// Posts JSON to the page; any successful status is accepted.
    ///
    /// # Errors
    ///
    /// [`FetchError`], after `limit` at the latest.
    pub async fn post(&self, json: String, limit: Duration) -> Result<(), FetchError> {
        let request = self.head(Request::post(&self.path)).header(CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(Bytes::from(json)));
        let send = async {
            let request = request.map_err(|error| FetchError::Body(Box::new(error)))?;
            let (mut sender, connection) = self.connect().await?;
            let connection = tokio::spawn(connection);
            let answer = sender.send_request(request).await;
            connection.abort();
            let status = answer?.status();
            if status.is_success() { Ok(()) } else { Err(FetchError::Status { status }) }
        };
        tokio::time::timeout(limit, send).await.unwrap_or(Err(FetchError::Timeout { limit }))
    }

    async fn converse(&self) -> Result<String, FetchError> {
        let (mut sender, connection) = self.connect().await?;
        let connection = tokio::spawn(connection);
        let answer = async {
            let response = sender.send_request(self.request()?).await?;
            self.check(&response)?;
            let body = Limited::new(response.into_body(), LARGEST_PAGE).collect().await;
            Ok(String::from_utf8_lossy(&body.map_err(FetchError::Body)?.to_bytes()).into_owned())
        }
        .await;
        connection.abort();
        answer
    }

    async fn connect<B>(
        &self,
    ) -> Result<(SendRequest<B>, Connection<TokioIo<Box<dyn Stream>>, B>), FetchError>
    where
        B: hyper::body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let cannot = |source| FetchError::Connect { address: self.address(), source };
        let stream: Box<dyn Stream> = match &self.way {
            Way::Socket(path) => Box::new(UnixStream::connect(path).await.map_err(cannot)?),
            Way::Network { host, port, trust } => {
                let host = host.trim_start_matches('[').trim_end_matches(']');
                let stream = TcpStream::connect((host, *port)).await.map_err(cannot)?;
                match trust {
                    None => Box::new(stream),
                    Some(trust) => {
                        let no_tls = |source| FetchError::Tls { address: self.address(), source };
                        let name = self.asked.as_deref().map_or(host, without_port).to_owned();
                        let name = ServerName::try_from(name)
                            .map_err(|error| no_tls(std::io::Error::other(error)))?;
                        let connector = TlsConnector::from(trust.config());
                        Box::new(connector.connect(name, stream).await.map_err(no_tls)?)
                    }
                }
            }
        };
        Ok(hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?)
    }

    fn request(&self) -> Result<Request<Empty<Bytes>>, FetchError> {
        let request = self.head(Request::get(&self.path)).header(ACCEPT, "text/plain");
        request.body(Empty::new()).map_err(|error| FetchError::Body(Box::new(error)))
    }

    fn head(&self, request: Builder) -> Builder {
        let host = match (&self.asked, &self.way) {
            (Some(asked), _) => asked.clone(),
            (None, Way::Network { .. }) => self.instance(),
            (None, Way::Socket(_)) => "localhost".to_owned(),
        };
        let request = request
            .header(HOST, host)
            .header(USER_AGENT, concat!("rrd-collector/", env!("CARGO_PKG_VERSION")))
            // A persistent connection would occupy a worker of the very server that is monitored.
            .header(CONNECTION, "close");
        match &self.authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization),
            None => request,
        }
    }

    fn check<B>(&self, response: &hyper::Response<B>) -> Result<(), FetchError> {
        let status = response.status();
        let header = |name| {
            response.headers().get(name).map_or_else(String::new, |value| {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            })
        };
        match status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(FetchError::Denied { status });
            }
            StatusCode::NOT_FOUND => return Err(FetchError::NotFound { path: self.path.clone() }),
            status if status.is_redirection() => {
                return Err(FetchError::Moved { status, location: header(LOCATION) });
            }
            status => return Err(FetchError::Status { status }),
        }
        let found = header(CONTENT_TYPE);
        if found.starts_with("text/plain") { Ok(()) } else { Err(FetchError::NotText { found }) }
    }
}

const fn usual_port(trust: Option<&Trust>) -> u16 {
    if trust.is_some() { 443 } else { 80 }
}

/// The name in `name:port`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The part before the `@` of an address, as it is sent.
fn authorization(text: &str) -> Result<String, AddressError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    basic(&unescape(user)?, &unescape(password)?)
}

/// User and password as they are sent.
fn basic(user: &str, password: &str) -> Result<String, AddressError> {
    if user.contains(':') {
        return Err(AddressError::User);
    }
    Ok(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
}

/// Decodes `%40` and similar escapes.
fn unescape(text: &str) -> Result<String, AddressError> {
    let is_escape = |part: &&str| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if let Some(wrong) = text.split('%').skip(1).find(|part| !is_escape(part)) {
        let escape = format!("%{}", wrong.chars().take(2).collect::<String>());
        return Err(AddressError::Escape { escape });
    }
    let text = percent_decode_str(text).decode_utf8();
    text.map(Cow::into_owned).map_err(|_| AddressError::NotUtf8)
}

/// An address for messages: without user and password.
fn without_user(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    match rest.rsplit_once('@') {
        Some((_, rest)) if scheme.is_empty() => rest.to_owned(),
        Some((_, rest)) => format!("{scheme}://{rest}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// The result for a server that answers with these bytes, or not at all.
    async fn answer(bytes: &'static str) -> (Result<String, FetchError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            stream.write_all(bytes.as_bytes()).await.unwrap();
            if bytes.is_empty() {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            String::from_utf8_lossy(&request[..read]).into_owned()
        });
        let page = Page::parse(&format!("http://me:secret@127.0.0.1:{port}/server-status?auto"));
        let result = page.unwrap().fetch(Duration::from_millis(300)).await;
        let request = if bytes.is_empty() { String::new() } else { server.await.unwrap() };
        (result, request)
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_page_of_text_is_returned_and_was_asked_for_with_credentials() {
        let (page, request) = answer(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Length: 5\r\n\r\nhello",
        )
        .await;
        assert_eq!(page.unwrap(), "hello");
        assert!(request.starts_with("GET /server-status?auto HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("authorization: Basic bWU6c2VjcmV0\r\n"), "{request}");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn refusals_and_other_pages_are_told_apart() {
        let (page, _) = answer(
            "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
        )
        .await;
        assert!(matches!(page, Err(FetchError::Denied { status: StatusCode::UNAUTHORIZED })));
        let (page, _) = answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
        assert!(
            matches!(page, Err(FetchError::NotFound { path }) if path == "/server-status?auto")
        );
        let (page, _) =
            answer("HTTP/1.1 302 Found\r\nLocation: http://b/\r\nContent-Length: 0\r\n\r\n").await;
        assert!(matches!(page, Err(FetchError::Moved { location, .. }) if location == "http://b/"));
        let (page, _) =
            answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n").await;
        assert!(matches!(page, Err(FetchError::NotText { found }) if found == "text/html"));
        let (page, _) = answer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").await;
        assert!(matches!(page, Err(FetchError::Status { status }) if status.as_u16() == 503));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn silence_ends_at_the_deadline_and_a_closed_port_at_once() {
        let (page, _) = answer("").await;
        assert!(matches!(page, Err(FetchError::Timeout { limit }) if limit.as_millis() == 300));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let page = Page::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        let result = page.fetch(Duration::from_secs(5)).await;
        assert!(matches!(result, Err(FetchError::Connect { .. })));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_answer_that_is_no_http_is_a_broken_conversation() {
        let (page, _) = answer("hello there\r\n\r\n").await;
        assert!(matches!(page, Err(FetchError::Broken(_))));
    }

    #[test]
    fn addresses_that_cannot_work_are_refused_with_the_way_to_write_them() {
        assert_eq!(
            Page::parse("gopher://localhost/").unwrap_err().to_string(),
            "unsupported scheme gopher: use http, https or unix"
        );
        assert_eq!(
            Page::parse("server-status").unwrap_err().to_string(),
            "invalid address \"server-status\": expected http[s]://host[:port]/path or unix:/socket:/path"
        );
        assert!(Page::parse("unix:www.sock:/status").is_err());
        assert_eq!(
            Page::parse("http://a/").unwrap().trusting(Trust::anybody()),
            Err(AddressError::NoTls)
        );
        assert_eq!(Page::parse("https://a/").unwrap().address(), "a:443");
        assert_eq!(Page::parse("https://a/").unwrap().instance(), "a");
        assert_eq!(Page::parse("http://[::1]:8080/s").unwrap().address(), "[::1]:8080");
    }

    #[test]
    fn user_and_password_of_an_address_may_be_escaped() {
        let sent = |address: &str| {
            let authorization = Page::parse(address).unwrap().authorization.unwrap();
            let said = BASE64_STANDARD.decode(authorization.strip_prefix("Basic ").unwrap());
            String::from_utf8(said.unwrap()).unwrap()
        };
        assert_eq!(sent("http://me:p%40ss%3Aw%2Frd%25@host/"), "me:p@ss:w/rd%");
        assert_eq!(sent("http://gr%C3%B6%c3%9fe:x@host/"), "größe:x");
        assert_eq!(sent("http://me:a:b@host/"), "me:a:b");
        assert_eq!(sent("http://me@host/"), "me:");
        assert_eq!(Page::parse("http://host/a%40b").unwrap().authorization, None);
    }

    #[test]
    fn a_wrong_escape_is_told_without_the_password() {
        for (address, escape) in [
            ("http://me:50%@host/", "%"),
            ("http://m%2:x@host/", "%2"),
            ("http://me:a%+1@h/", "%+1"),
        ] {
            let escape = escape.to_owned();
            assert_eq!(Page::parse(address), Err(AddressError::Escape { escape }), "{address}");
        }
        assert_eq!(
            Page::parse("http://me:secret%zz@host/").unwrap_err().to_string(),
            "\"%zz\" in user or password is not an escape: write %25 for a percent sign, %40 for @, %3A for a colon"
        );
        assert_eq!(Page::parse("http://me:%ff@host/"), Err(AddressError::NotUtf8));
        assert_eq!(Page::parse("http://a%3Ab:x@host/"), Err(AddressError::User));
        for address in ["gopher://me:secret@host/", "http://me:sec ret@host/", "me:secret@host"] {
            let error = Page::parse(address).unwrap_err().to_string();
            assert!(error.contains("host") && !error.contains("sec"), "{error}");
        }
    }

    /// A server with its own certificate for `www.example`, which answers one request with the head
    /// of that request.
    async fn tls_server(folder: &std::path::Path) -> u16 {
        let (certificate, key) = crate::net::tls::trial::certificate(folder, "www.example");
        let identity = crate::net::tls::Identity::read(&certificate, &key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = tokio_rustls::TlsAcceptor::from(identity.config());
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let head =
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(&request[..read]).await.unwrap();
                let _ = stream.shutdown().await;
            }
        });
        port
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_server_with_tls_is_believed_by_its_certificate_and_its_name_only() {
        let folder = tempfile::tempdir().unwrap();
        let port = tls_server(folder.path()).await;
        let limit = Duration::from_secs(5);
        let page = Page::parse(&format!("https://127.0.0.1:{port}/status")).unwrap();
        let stranger = page.fetch(limit).await.unwrap_err();
        assert!(matches!(stranger, FetchError::Tls { .. }));
        assert!(stranger.to_string().contains("invalid peer certificate"), "{stranger}");

        let believed = Trust::only(&folder.path().join("www.example.pem")).unwrap();
        let page = page.trusting(believed).unwrap();
        let misnamed = page.fetch(limit).await.unwrap_err().to_string();
        assert!(misnamed.contains("not valid for name \"127.0.0.1\""), "{misnamed}");
        let page = page.for_host("www.example:8443").for_user("me", "s:e c").unwrap();
        let request = page.fetch(limit).await.unwrap();
        assert!(request.contains("host: www.example:8443\r\n"), "{request}");
        assert!(request.contains("authorization: Basic bWU6czplIGM=\r\n"), "{request}");

        let page = Page::parse(&format!("https://127.0.0.1:{port}/")).unwrap();
        let page = page.trusting(Trust::anybody()).unwrap();
        assert!(page.fetch(limit).await.unwrap().starts_with("GET / HTTP/1.1\r\n"));
        assert!(page.post("{}".to_owned(), limit).await.is_ok());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_server_behind_a_socket_of_this_host_is_asked_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("www.sock");
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&request[..read]).await.unwrap();
        });
        let page = Page::parse(&format!("unix:{}:/status?auto", path.display())).unwrap();
        let request = page.fetch(Duration::from_secs(5)).await.unwrap();
        assert!(
            request.starts_with("GET /status?auto HTTP/1.1\r\nhost: localhost\r\n"),
            "{request}"
        );
        let error = Page::parse("unix:/nonexistent.sock:/").unwrap();
        let error = error.fetch(Duration::from_secs(5)).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Connect { address, .. } if address == "/nonexistent.sock")
        );
    }
}

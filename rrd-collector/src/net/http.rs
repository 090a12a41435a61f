//! Fetches one status page over HTTP, TLS or a Unix socket: limited in size, with a deadline, and
//! with distinct errors.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Full, Limited};
use hyper::body::{Buf, Bytes};
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderName, LOCATION, USER_AGENT,
};
use hyper::http::request::Builder;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::{TcpStream, UnixStream};

use crate::net::endpoint::Stream;
use crate::net::page::{Page, Transport, bare};
use crate::net::proxy::{Proxy, ProxyError};
use crate::net::tls::Shown;

/// Limit on the size of a page: a scoreboard has one letter per possible worker.
const MAX_PAGE: usize = 8 << 20;
/// That of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a page could not be fetched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The connection failed.
    #[error("cannot connect to {address}")]
    Connect {
        /// Host and port.
        address: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The server's certificate is not trusted, or it does not use TLS.
    #[error(
        "no TLS with {address} (`ca` names a file of certificates to accept, `verify = false` accepts any)"
    )]
    Tls {
        /// Host and port.
        address: String,
        /// The error.
        source: std::io::Error,
    },
    /// The proxy cannot be reached, or does not connect to the server.
    #[error("the proxy {host}")]
    Proxy {
        /// The proxy.
        host: String,
        /// The error.
        source: ProxyError,
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
    #[error(
        "the answer, of content type {content_type:?}, is not the status page of {of}: check the address"
    )]
    NotStatus {
        /// The kind of server expected.
        of: &'static str,
        /// The content type; empty without one.
        content_type: String,
    },
    /// The connection broke.
    #[error("connection lost")]
    Broken(#[from] hyper::Error),
    /// The page is larger than what is read of it.
    #[error("the page has more than {most} bytes")]
    TooLarge {
        /// The limit.
        most: u64,
    },
    /// The page is larger than its limit, or ended early.
    #[error("the page is too large or ended early")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The answer of a server, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its bytes, without a byte order mark.
    pub bytes: Bytes,
    /// What the server says it is; empty if it does not say.
    pub content_type: String,
}

/// The answer of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its text, without a byte order mark.
    pub text: String,
    /// What the server says it is; empty if it does not say. Proxies get it wrong.
    pub content_type: String,
}

impl Page {
    /// Fetches the text of the page.
    ///
    /// # Errors
    ///
    /// [`FetchError`], after `limit` at the latest.
    pub async fn fetch(&self, limit: Duration) -> Result<String, FetchError> {
        self.document(limit).await.map(|document| document.text)
    }

    /// Fetches the page.
    ///
    /// # Errors
    ///
    /// [`FetchError`], after `limit` at the latest.
    pub async fn document(&self, limit: Duration) -> Result<Document, FetchError> {
        let Content { bytes, content_type } = self.content(limit, MAX_PAGE).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Document { text, content_type })
    }

    /// Fetches the page as bytes, at most this many.
    ///
    /// # Errors
    ///
    /// [`FetchError`], after `limit` at the latest.
    pub async fn content(&self, limit: Duration, most: usize) -> Result<Content, FetchError> {
        tokio::time::timeout(limit, self.converse(most))
            .await
            .unwrap_or(Err(FetchError::Timeout { limit }))
    }

    /// Posts JSON to the page; any successful status is accepted and returned.
    ///
    /// # Errors
    ///
    /// [`FetchError`], after `limit` at the latest.
    pub async fn post(&self, json: String, limit: Duration) -> Result<StatusCode, FetchError> {
        let request = self.head(Request::post(self.target(&self.path))).header(CONNECTION, "close");
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(Bytes::from(json)));
        let send = async {
            let request = request.map_err(|error| FetchError::Body(Box::new(error)))?;
            let (mut sender, connection) = self.connect().await?;
            let connection = tokio::spawn(connection);
            let answer = sender.send_request(request).await;
            connection.abort();
            let status = answer?.status();
            if status.is_success() { Ok(status) } else { Err(FetchError::Status { status }) }
        };
        tokio::time::timeout(limit, send).await.unwrap_or(Err(FetchError::Timeout { limit }))
    }

    async fn converse(&self, most: usize) -> Result<Content, FetchError> {
        let (mut sender, connection) = self.connect().await?;
        let connection = tokio::spawn(connection);
        let answer = async {
            let response = sender.send_request(self.request()?).await?;
            self.check(&response)?;
            let content_type = header(&response, CONTENT_TYPE);
            let body = Limited::new(response.into_body(), most).collect().await;
            let mut bytes = body.map_err(FetchError::Body)?.to_bytes();
            if bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.advance(BYTE_ORDER_MARK.len());
            }
            Ok(Content { bytes, content_type })
        }
        .await;
        connection.abort();
        answer
    }

    /// Connects to the server, and begins TLS where the address asks for it.
    pub(super) async fn connect<B>(
        &self,
    ) -> Result<(SendRequest<B>, Connection<TokioIo<Box<dyn Stream>>, B>), FetchError>
    where
        B: hyper::body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = self.reach().await?;
        Self::handshake(self.secure(stream, None).await?).await
    }

    /// Finds the server and connects to it.
    pub(super) async fn reach(&self) -> Result<Box<dyn Stream>, FetchError> {
        if let Some(proxy) = &self.proxy {
            let failed = |source| FetchError::Proxy { host: proxy.host.clone(), source };
            return if self.is_secure() {
                proxy.connect_to(&self.address()).await.map_err(failed)
            } else {
                Ok(Box::new(proxy.connect().await.map_err(failed)?))
            };
        }
        let cannot = |source| FetchError::Connect { address: self.address(), source };
        Ok(match &self.transport {
            Transport::Socket(path) => Box::new(UnixStream::connect(path).await.map_err(cannot)?),
            Transport::Network { host, port, .. } => {
                Box::new(TcpStream::connect((bare(host), *port)).await.map_err(cannot)?)
            }
        })
    }

    /// Begins TLS where the address asks for it; the certificates are kept in `shown`.
    pub(super) async fn secure(
        &self,
        stream: Box<dyn Stream>,
        shown: Option<&Shown>,
    ) -> Result<Box<dyn Stream>, FetchError> {
        let Transport::Network { host, trust: Some(trust), .. } = &self.transport else {
            return Ok(stream);
        };
        let name = self.asked.as_deref().map_or(bare(host), without_port);
        let stream = match shown {
            Some(shown) => trust.connect_shown(name, stream, shown).await,
            None => trust.connect(name, stream).await,
        };
        let no_tls = |source| FetchError::Tls { address: self.address(), source };
        Ok(Box::new(stream.map_err(no_tls)?))
    }

    /// The proxy, if the requests are for it: with TLS they are for the server.
    fn asked_proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|_| !self.is_secure())
    }

    /// What a request for a path names.
    pub(super) fn target(&self, path: &str) -> String {
        match self.asked_proxy() {
            Some(_) => format!("http://{}{path}", self.address()),
            None => path.to_owned(),
        }
    }

    /// Whether the address asks for TLS.
    pub fn is_secure(&self) -> bool {
        matches!(self.transport, Transport::Network { trust: Some(_), .. })
    }

    pub(super) async fn handshake<B>(
        stream: Box<dyn Stream>,
    ) -> Result<(SendRequest<B>, Connection<TokioIo<Box<dyn Stream>>, B>), FetchError>
    where
        B: hyper::body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Ok(hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?)
    }

    pub(super) fn request(&self) -> Result<Request<Empty<Bytes>>, FetchError> {
        let mut request =
            self.head(Request::get(self.target(&self.path))).header(ACCEPT, self.accept);
        // A persistent connection would occupy a worker of the very server that is monitored.
        request = request.header(CONNECTION, "close");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Empty::new()).map_err(|error| FetchError::Body(Box::new(error)))
    }

    /// A request with the headers that each has.
    pub(super) fn head(&self, request: Builder) -> Builder {
        let host = match (&self.asked, &self.transport) {
            (Some(asked), _) => asked.clone(),
            (None, Transport::Network { .. }) => self.instance(),
            (None, Transport::Socket(_)) => "localhost".to_owned(),
        };
        let request = match self.asked_proxy() {
            Some(proxy) => proxy.authorize(request),
            None => request,
        };
        let request = request
            .header(HOST, host)
            .header(USER_AGENT, concat!("rrd-collector/", env!("CARGO_PKG_VERSION")));
        match &self.authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization),
            None => request,
        }
    }

    fn check<B>(&self, response: &hyper::Response<B>) -> Result<(), FetchError> {
        match response.status() {
            StatusCode::OK => Ok(()),
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                Err(FetchError::Denied { status })
            }
            StatusCode::NOT_FOUND => Err(FetchError::NotFound { path: self.path.clone() }),
            status if status.is_redirection() => {
                Err(FetchError::Moved { status, location: header(response, LOCATION) })
            }
            status => Err(FetchError::Status { status }),
        }
    }
}

/// The text of a header; empty without that header.
fn header<B>(response: &hyper::Response<B>, name: HeaderName) -> String {
    let value = response.headers().get(name).map_or(&[][..], |value| value.as_bytes());
    String::from_utf8_lossy(value).into_owned()
}

/// The name in `name:port`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::fault::chain;
    use crate::net::tls::Trust;

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
        let limit = Duration::from_millis(if bytes.is_empty() { 300 } else { 60_000 });
        let result = page.unwrap().fetch(limit).await;
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
    async fn a_page_counts_by_its_text_whatever_its_type_and_its_byte_order_mark() {
        for head in
            ["Content-Type: text/html\r\n", "Content-Type: application/octet-stream\r\n", ""]
        {
            let text = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: 8\r\n\r\n\u{feff}hello");
            let (page, _) = answer(text.leak()).await;
            assert_eq!(page.unwrap(), "hello", "{head}");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn refusals_and_other_pages_are_distinguished() {
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
        let stranger = chain(&stranger);
        assert!(stranger.contains("invalid peer certificate"), "{stranger}");

        let believed = Trust::only(&folder.path().join("www.example.pem")).unwrap();
        let page = page.trusting(believed).unwrap();
        let misnamed = chain(&page.fetch(limit).await.unwrap_err());
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

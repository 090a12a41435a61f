//! One status page over HTTP: bounded, with a deadline, and with the ways to fail told apart.

use std::fmt::Write as _;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use hyper::http::request::Builder;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;

/// The largest page that is read: a scoreboard has one letter for each worker that could be.
const LARGEST_PAGE: usize = 8 << 20;

/// Where a page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    host: String,
    /// The name that the server is asked by, if not the one it is reached by.
    asked: Option<String>,
    port: u16,
    path: String,
    authorization: Option<String>,
}

/// Why text is no address of a page.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// It is no address at all.
    #[error("{text:?} is no address; write http://host[:port]/path")]
    Malformed {
        /// What was given.
        text: String,
    },
    /// It asks for another protocol.
    #[error("{text:?} asks for {scheme}; only http is spoken")]
    Scheme {
        /// What was given.
        text: String,
        /// The protocol.
        scheme: String,
    },
}

/// Why a page did not come.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Nobody answers there.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The answer took too long: with all workers busy, this request waits too.
    #[error("no answer within {} s; are all workers busy?", limit.as_secs_f64())]
    Timeout {
        /// How long was waited.
        limit: Duration,
    },
    /// 401 or 403.
    #[error("{status}: the server wants other credentials, or another address for this host")]
    Denied {
        /// The status.
        status: StatusCode,
    },
    /// 404.
    #[error("404 Not Found: no status page at {path}")]
    NotFound {
        /// The path that was asked for.
        path: String,
    },
    /// 3xx.
    #[error("{status}: the page has moved to {location}")]
    Moved {
        /// The status.
        status: StatusCode,
        /// Where to.
        location: String,
    },
    /// Any other status but 200.
    #[error("the server answered {status}")]
    Status {
        /// The status.
        status: StatusCode,
    },
    /// Some other page, as a wrong virtual host or a front controller answers.
    #[error("the answer is {found:?}, not text/plain; is the address right?")]
    NotText {
        /// The content type.
        found: String,
    },
    /// Text that is no status page.
    #[error("the answer is not a status page of {of}")]
    NotStatus {
        /// Whose page was expected.
        of: &'static str,
    },
    /// The conversation broke.
    #[error("the conversation broke: {0}")]
    Broken(#[from] hyper::Error),
    /// The page is larger than 8 MiB, or ended early.
    #[error("the page is too large or ended early: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
}

impl Page {
    /// Reads an address `http://[user:password@]host[:port]/path[?query]`.
    ///
    /// ```
    /// use rrd_collector::probe::fetch::Page;
    /// let page = Page::parse("http://127.0.0.1/server-status?auto").unwrap();
    /// assert_eq!(page.address(), "127.0.0.1:80");
    /// assert!(Page::parse("127.0.0.1").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`AddressError`] if it is none, or asks for another protocol than HTTP.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let malformed = || AddressError::Malformed { text: text.to_owned() };
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        match uri.scheme_str() {
            Some("http") => {}
            Some(scheme) => {
                let scheme = scheme.to_owned();
                return Err(AddressError::Scheme { text: text.to_owned(), scheme });
            }
            None => return Err(malformed()),
        }
        let authority = uri.authority().ok_or_else(malformed)?;
        let user = authority.as_str().rsplit_once('@').map(|(user, _)| user);
        Ok(Self {
            host: authority.host().to_owned(),
            asked: None,
            port: authority.port_u16().unwrap_or(80),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            authorization: user.map(|user| format!("Basic {}", base64(user.as_bytes()))),
        })
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The page of a virtual host: reached at the same address, asked for by this name.
    #[must_use]
    pub fn for_host(self, host: &str) -> Self {
        Self { asked: Some(host.to_owned()), ..self }
    }

    /// What the server is called where nobody gave it a name: its address, without the usual port.
    pub fn instance(&self) -> String {
        if self.port == 80 { self.host.clone() } else { self.address() }
    }

    /// The text of the page.
    ///
    /// # Errors
    ///
    /// [`FetchError`], after `limit` at the latest.
    pub async fn fetch(&self, limit: Duration) -> Result<String, FetchError> {
        tokio::time::timeout(limit, self.converse())
            .await
            .unwrap_or(Err(FetchError::Timeout { limit }))
    }

    /// Sends JSON to the page; any status of success will do.
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
    ) -> Result<(SendRequest<B>, Connection<TokioIo<TcpStream>, B>), FetchError>
    where
        B: hyper::body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let plain_host = self.host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((plain_host, self.port))
            .await
            .map_err(|source| FetchError::Connect { address: self.address(), source })?;
        Ok(hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?)
    }

    fn request(&self) -> Result<Request<Empty<Bytes>>, FetchError> {
        let request = self.head(Request::get(&self.path)).header(ACCEPT, "text/plain");
        request.body(Empty::new()).map_err(|error| FetchError::Body(Box::new(error)))
    }

    fn head(&self, request: Builder) -> Builder {
        let host = self.asked.clone().unwrap_or_else(|| self.instance());
        let request = request
            .header(HOST, host)
            .header(USER_AGENT, concat!("rrd-collector/", env!("CARGO_PKG_VERSION")))
            // A kept connection would hold a worker of the very server that is watched.
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

/// Base 64 as credentials are sent.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for letter in 0..4 {
            let six = (bits >> (18 - 6 * letter)) & 63;
            let sign = LETTERS.get(six as usize).copied().filter(|_| letter <= three.len());
            let _ = text.write_char(sign.map_or('=', char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// What comes of a server that answers with these bytes, or with silence.
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
            Page::parse("https://localhost/").unwrap_err().to_string(),
            "\"https://localhost/\" asks for https; only http is spoken"
        );
        assert_eq!(
            Page::parse("server-status").unwrap_err().to_string(),
            "\"server-status\" is no address; write http://host[:port]/path"
        );
        assert_eq!(Page::parse("http://[::1]:8080/s").unwrap().address(), "[::1]:8080");
    }

    #[test]
    fn credentials_are_written_in_base_64() {
        assert_eq!(base64(b"Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(base64(b"ab:"), "YWI6");
        assert_eq!(base64(b"a:bcd"), "YTpiY2Q=");
    }
}

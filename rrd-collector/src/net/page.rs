//! The address of a page: the server, the path, and the user.

use std::borrow::Cow;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::Uri;
use hyper::header::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use thiserror::Error;

use crate::net::proxy::Proxy;
use crate::net::tls::Trust;

/// Headers that are sent anyway, or would break the request.
const OURS: [&str; 5] =
    ["host", "authorization", "connection", "content-length", "transfer-encoding"];

/// The address of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub(super) transport: Transport,
    /// What it is reached through.
    pub(super) proxy: Option<Proxy>,
    /// The name for the `Host` header, if not that of the address.
    pub(super) asked: Option<String>,
    pub(super) path: String,
    pub(super) authorization: Option<String>,
    /// The content types that are asked for.
    pub(super) accept: &'static str,
    /// Further headers.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// Over the network; `trust` for TLS.
    Network { host: String, port: u16, trust: Option<Trust> },
    /// Over a Unix socket.
    Socket(PathBuf),
}

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
    #[error("ca, verify and certificate require an https address")]
    NoTls,
    /// Not the address of a proxy, or nothing that a proxy reaches.
    #[error(
        "invalid proxy: expected http://[user:password@]host[:port], for an http or https address"
    )]
    Proxy,
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
    /// A bearer token has a character that cannot be sent.
    #[error("invalid token: expected one line of visible characters")]
    Token,
    /// A header that cannot be sent.
    #[error(
        "invalid header {name:?}: expected a name such as X-Api-Key, one line of text, and none of \
         host, authorization, connection, content-length and transfer-encoding"
    )]
    Header {
        /// Its name.
        name: String,
    },
    /// The decoded bytes are not valid UTF-8.
    #[error("user or password is not UTF-8 after decoding its escapes")]
    NotUtf8,
}

impl Page {
    /// Parses `http[s]://[user:password@]host[:port]/path[?query]` or `unix:/socket:/path[?query]`.
    ///
    /// In user and password, escapes such as `%40` represent characters with a meaning in
    /// addresses. For https, the system's certificates are trusted.
    ///
    /// ```
    /// use rrd_collector::net::page::Page;
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
        Self::parse_trusting(text, Trust::system)
    }

    /// The same with the certificates that `system` gives for https.
    pub(crate) fn parse_trusting(
        text: &str,
        system: impl FnOnce() -> Trust,
    ) -> Result<Self, AddressError> {
        let malformed = || AddressError::Malformed { text: without_user(text) };
        if let Some(rest) = text.strip_prefix("unix:") {
            let (socket, path) = rest.split_once(":/").ok_or_else(malformed)?;
            if !socket.starts_with('/') {
                return Err(malformed());
            }
            let uri: Uri = format!("/{path}").parse().map_err(|_| malformed())?;
            let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
            let transport = Transport::Socket(socket.into());
            return Ok(Self::new(transport, path, None));
        }
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        let trust = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(system()),
            Some(scheme) => {
                let scheme = scheme.to_owned();
                return Err(AddressError::Scheme { text: without_user(text), scheme });
            }
            None => return Err(malformed()),
        };
        let authority = uri.authority().ok_or_else(malformed)?;
        let user = authority.as_str().rsplit_once('@').map(|(user, _)| user);
        let port = authority.port_u16().unwrap_or(usual_port(trust.as_ref()));
        let transport = Transport::Network { host: authority.host().to_owned(), port, trust };
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self::new(transport, path, user.map(authorization).transpose()?))
    }

    fn new(transport: Transport, path: String, authorization: Option<String>) -> Self {
        let (proxy, asked, headers) = (None, None, Vec::new());
        Self { transport, proxy, asked, path, authorization, accept: "text/plain", headers }
    }

    /// Host and port, or the socket.
    pub fn address(&self) -> String {
        match &self.transport {
            Transport::Network { host, port, .. } => format!("{host}:{port}"),
            Transport::Socket(path) => path.display().to_string(),
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

    /// Sets a bearer token, in place of user and password.
    ///
    /// # Errors
    ///
    /// [`AddressError::Token`] if it has characters that a header cannot have.
    pub fn for_bearer(self, token: &str) -> Result<Self, AddressError> {
        let authorization = format!("Bearer {token}");
        HeaderValue::from_str(&authorization).map_err(|_| AddressError::Token)?;
        Ok(Self { authorization: Some(authorization), ..self })
    }

    /// Sets the content types that are asked for; otherwise that is plain text.
    #[must_use]
    pub fn accepting(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    /// Adds a header.
    ///
    /// # Errors
    ///
    /// [`AddressError::Header`] if its name or value cannot be sent, or its name is that of one
    /// that is sent anyway; the message does not repeat the value.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError::Header { name: name.to_owned() };
        let parsed = HeaderName::try_from(name).map_err(|_| wrong())?;
        if OURS.contains(&parsed.as_str()) {
            return Err(wrong());
        }
        self.headers.push((parsed, HeaderValue::from_str(value).map_err(|_| wrong())?));
        Ok(self)
    }

    /// Sets which certificates are trusted.
    ///
    /// # Errors
    ///
    /// [`AddressError::NoTls`] if the address does not use https.
    pub fn trusting(self, believed: Trust) -> Result<Self, AddressError> {
        match self.transport {
            Transport::Network { host, port, trust: Some(_) } => Ok(Self {
                transport: Transport::Network { host, port, trust: Some(believed) },
                ..self
            }),
            _ => Err(AddressError::NoTls),
        }
    }

    /// Sets the proxy at `http://[user:password@]host[:port]` that the page is reached through. For
    /// https the proxy is asked to connect to the server, and sees nothing of what is sent.
    ///
    /// ```
    /// use rrd_collector::net::page::Page;
    /// let page = Page::parse("http://engine/write").unwrap();
    /// assert!(page.clone().through("http://proxy:3128").is_ok());
    /// assert!(page.through("https://proxy").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`AddressError`] for another form of address, and for a page at a Unix socket. It does not
    /// repeat the password.
    pub fn through(self, proxy: &str) -> Result<Self, AddressError> {
        let is_network = matches!(self.transport, Transport::Network { .. });
        let Self { transport, path, authorization, .. } =
            Self::parse_trusting(proxy, Trust::anybody)?;
        match transport {
            Transport::Network { host, port, trust: None } if path == "/" && is_network => {
                let host = bare(&host).to_owned();
                Ok(Self { proxy: Some(Proxy { host, port, authorization }), ..self })
            }
            _ => Err(AddressError::Proxy),
        }
    }

    /// The default name of the server: its address, without the default port.
    pub fn instance(&self) -> String {
        match &self.transport {
            Transport::Network { host, port, trust } if *port == usual_port(trust.as_ref()) => {
                host.clone()
            }
            _ => self.address(),
        }
    }

    /// The default name of the page itself: that of its server, and its path.
    ///
    /// ```
    /// use rrd_collector::net::page::Page;
    /// let name = |url| Page::parse(url).unwrap().name();
    /// assert_eq!(name("https://www.example/"), "www.example");
    /// assert_eq!(name("http://[::1]:8080/health?full"), "[::1]:8080/health?full");
    /// ```
    pub fn name(&self) -> String {
        let server = self.asked.clone().unwrap_or_else(|| self.instance());
        if self.path == "/" { server } else { format!("{server}{}", self.path) }
    }
}

/// The host of an address, without the brackets of IPv6.
pub(super) fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

const fn usual_port(trust: Option<&Trust>) -> u16 {
    if trust.is_some() { 443 } else { 80 }
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
    use super::*;

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
    fn tokens_and_headers_that_cannot_be_sent_are_refused_without_their_text() {
        let page = || Page::parse("http://a/").unwrap();
        assert_eq!(page().for_bearer("a\nsecret"), Err(AddressError::Token));
        let bearer = page().for_bearer("abc").unwrap();
        assert_eq!(bearer.authorization.as_deref(), Some("Bearer abc"));
        for (name, value) in [("a b", "x"), ("Host", "x"), ("X-Key", "a\r\nb"), ("", "x")] {
            let name_of = AddressError::Header { name: name.to_owned() };
            assert_eq!(page().with_header(name, value), Err(name_of), "{name}");
        }
        assert_eq!(page().with_header("X-Key", "a b").unwrap().headers.len(), 1);
    }

    #[test]
    fn a_wrong_escape_is_reported_without_the_password() {
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
        for address in ["http://me:sec ret@host/", "me:secret@host"] {
            let error = Page::parse(address).unwrap_err().to_string();
            assert!(error.contains("host") && !error.contains("sec"), "{error}");
        }
        let error = Page::parse("gopher://me:secret@host/").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("sec"), "{error:?}");
    }
}

//! HTTP proxies: servers that are reached through another one.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::{HOST, PROXY_AUTHORIZATION};
use hyper::http::request::Builder;
use hyper::{Request, upgrade};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::endpoint::Stream;
use super::http::{FetchError, bare};
use super::page::{AddressError, Page, Transport};
use super::tls::Trust;

/// A proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    host: String,
    port: u16,
    authorization: Option<String>,
}

impl Page {
    /// The page as it is reached through the proxy at `http://[user:password@]host[:port]`. For
    /// https the proxy is asked to connect to the server, so that it sees neither side's secrets.
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
    pub fn through(mut self, proxy: &str) -> Result<Self, AddressError> {
        let parsed = Self::parse_trusting(proxy, Trust::anybody)?;
        let Self { transport, path, authorization, .. } = parsed;
        let is_network = matches!(self.transport, Transport::Network { .. });
        self.proxy = match transport {
            Transport::Network { host, port, trust: None } if path == "/" && is_network => {
                Some(Proxy { host, port, authorization })
            }
            _ => return Err(AddressError::Proxy),
        };
        Ok(self)
    }

    /// The proxy, if it is the one that gets the requests: with TLS, the server does.
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

    /// A request with what a proxy wants to know.
    pub(super) fn head_for_proxy(&self, request: Builder) -> Builder {
        match self.asked_proxy() {
            Some(proxy) => proxy.authorize(request),
            None => request,
        }
    }
}

impl Proxy {
    /// Connects to the proxy, and to the server behind it if that speaks TLS.
    pub(super) async fn reach(
        &self,
        server: &str,
        is_secure: bool,
    ) -> Result<Box<dyn Stream>, FetchError> {
        let address = || format!("{}:{}", self.host, self.port);
        let cannot = |source| FetchError::Connect { address: address(), source };
        let stream = TcpStream::connect((bare(&self.host), self.port)).await.map_err(cannot)?;
        if !is_secure {
            return Ok(Box::new(stream));
        }
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the sender, or hands the connection over.
        tokio::spawn(connection.with_upgrades());
        let request = self.authorize(Request::connect(server).header(HOST, server));
        let request = request.body(Empty::<Bytes>::new());
        let request = request.map_err(|error| FetchError::Body(Box::new(error)))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(FetchError::Proxy { address: address(), status });
        }
        Ok(Box::new(TokioIo::new(upgrade::on(response).await?)))
    }

    fn authorize(&self, request: Builder) -> Builder {
        match &self.authorization {
            Some(authorization) => request.header(PROXY_AUTHORIZATION, authorization),
            None => request,
        }
    }
}

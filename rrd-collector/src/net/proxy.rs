//! HTTP proxies: how a server is reached through another one.

use std::io;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::{HOST, PROXY_AUTHORIZATION};
use hyper::http::request::Builder;
use hyper::{Request, StatusCode, upgrade};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;

use super::endpoint::Stream;

/// A proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    /// Its name, or its address without the brackets of IPv6.
    pub(super) host: String,
    pub(super) port: u16,
    /// What is sent to it as authorization.
    pub(super) authorization: Option<String>,
}

/// Why a proxy does not lead to a server.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// It cannot be reached.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// It does not connect to the server.
    #[error("answered {status}: does it allow this host and port?")]
    Refused {
        /// The status.
        status: StatusCode,
    },
    /// The name of the server cannot be sent.
    #[error("it cannot be asked")]
    Request(#[from] hyper::http::Error),
    /// The connection broke.
    #[error("connection lost")]
    Broken(#[from] hyper::Error),
}

impl Proxy {
    /// Connects to the proxy.
    pub(super) async fn connect(&self) -> Result<TcpStream, ProxyError> {
        TcpStream::connect((&*self.host, self.port)).await.map_err(ProxyError::Connect)
    }

    /// Connects to the proxy, and lets it connect to the server at `host:port`.
    pub(super) async fn connect_to(&self, server: &str) -> Result<Box<dyn Stream>, ProxyError> {
        let stream = TokioIo::new(self.connect().await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        // It ends with the sender, or hands the connection over.
        tokio::spawn(connection.with_upgrades());
        let request = self.authorize(Request::connect(server).header(HOST, server));
        let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(ProxyError::Refused { status });
        }
        Ok(Box::new(TokioIo::new(upgrade::on(response).await?)))
    }

    /// Adds what the proxy wants to know to a request.
    pub(super) fn authorize(&self, request: Builder) -> Builder {
        match &self.authorization {
            Some(authorization) => request.header(PROXY_AUTHORIZATION, authorization),
            None => request,
        }
    }
}

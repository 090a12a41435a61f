//! The address of a server that is no page: `host:port` or a Unix socket, with or without TLS.

use std::fmt;
use std::io;
use std::path::PathBuf;

use rustix::fs::{Access, access};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::net::tls::Trust;

/// What bytes go over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `host:port`.
    Network(String),
    /// A Unix socket.
    Socket(PathBuf),
}

impl Endpoint {
    /// Parses a path, with or without `unix:`, or `host:port`.
    ///
    /// ```
    /// use rrd_collector::net::endpoint::Endpoint;
    /// assert_eq!(Endpoint::parse("unix:/run/m.sock"), Endpoint::Socket("/run/m.sock".into()));
    /// assert_eq!(Endpoint::parse("/run/m.sock").to_string(), "unix:/run/m.sock");
    /// assert_eq!(Endpoint::parse("db:3306"), Endpoint::Network("db:3306".to_owned()));
    /// ```
    pub fn parse(text: &str) -> Self {
        let path = text.strip_prefix("unix:").unwrap_or(text);
        if path.starts_with('/') {
            Self::Socket(path.into())
        } else {
            Self::Network(text.to_owned())
        }
    }

    /// Why nobody can be reached at its socket, as a line for `check`.
    pub(crate) fn fault(&self) -> Option<String> {
        let Self::Socket(path) = self else { return None };
        match access(path, Access::WRITE_OK) {
            Ok(()) => None,
            Err(error) => Some(format!("{}: {}", path.display(), io::Error::from(error))),
        }
    }

    /// The host without its port, for the name in a certificate; `None` for a socket.
    pub(crate) fn host(&self) -> Option<&str> {
        let Self::Network(address) = self else { return None };
        let host = address.rsplit_once(':').map_or(&**address, |(host, _)| host);
        Some(host.trim_start_matches('[').trim_end_matches(']'))
    }

    /// Connects without TLS.
    pub(crate) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Network(address) => Box::new(TcpStream::connect(address).await?),
            Self::Socket(path) => Box::new(UnixStream::connect(path).await?),
        })
    }

    /// Begins TLS on a connection, if the server is reached over the network and somebody is to be
    /// trusted.
    pub(crate) async fn secure(
        &self,
        stream: Box<dyn Stream>,
        trust: Option<&Trust>,
    ) -> io::Result<Box<dyn Stream>> {
        match (trust, self.host()) {
            (Some(trust), Some(host)) => Ok(Box::new(trust.connect(host, stream).await?)),
            _ => Ok(stream),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => f.write_str(address),
            Self::Socket(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_that_of_its_certificate() {
        assert_eq!(Endpoint::parse("db.example:6380").host(), Some("db.example"));
        assert_eq!(Endpoint::parse("[::1]:6380").host(), Some("::1"));
        assert_eq!(Endpoint::parse("/run/m.sock").host(), None);
    }
}

//! The address of a server that is no page: `host:port` or a Unix socket.

use std::fmt;
use std::io;
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

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

    /// Connects.
    pub(crate) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Network(address) => Box::new(TcpStream::connect(address).await?),
            Self::Socket(path) => Box::new(UnixStream::connect(path).await?),
        })
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

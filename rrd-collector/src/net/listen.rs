//! Listen addresses: an address and port of this host, or a Unix socket; for the page also whether
//! TLS is spoken there.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// An address to listen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// An address and port of this host.
    Network(SocketAddr),
    /// A Unix socket.
    Socket(PathBuf),
}

/// A text that is not a listen address.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "invalid address {text:?}: expected an address and a port, e.g. 127.0.0.1:7300 or [::1]:7300, or unix:/path"
)]
pub struct InvalidListenAddress {
    /// The text.
    pub text: String,
}

/// ```
/// use rrd_collector::net::listen::ListenAddress;
/// assert_eq!("unix:/run/page.sock".parse(), Ok(ListenAddress::Socket("/run/page.sock".into())));
/// assert!("7300".parse::<ListenAddress>().is_err());
/// ```
impl FromStr for ListenAddress {
    type Err = InvalidListenAddress;

    fn from_str(text: &str) -> Result<Self, InvalidListenAddress> {
        let invalid = || InvalidListenAddress { text: text.to_owned() };
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Socket(path.into())),
            Some(_) => Err(invalid()),
            None => text.parse().map(Self::Network).map_err(|_| invalid()),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => address.fmt(formatter),
            Self::Socket(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

impl ListenAddress {
    /// Whether other machines can reach it.
    pub fn is_exposed(&self) -> bool {
        matches!(self, Self::Network(address) if !address.ip().is_loopback())
    }
}

/// An address of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageAddress {
    /// Where.
    pub address: ListenAddress,
    /// Whether TLS is spoken if the page has a certificate; `None` for the default, which is that
    /// Unix sockets are plain.
    pub tls: Option<bool>,
}

impl PageAddress {
    /// Whether TLS is spoken if the page has a certificate.
    pub fn wants_tls(&self) -> bool {
        self.tls.unwrap_or(matches!(self.address, ListenAddress::Network(_)))
    }
}

impl From<ListenAddress> for PageAddress {
    fn from(address: ListenAddress) -> Self {
        Self { address, tls: None }
    }
}

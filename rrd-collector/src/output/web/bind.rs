//! Where requests come in: an address, or a socket in a folder. Connections are accepted in `accept`.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::Path;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::net::listen::ListenAddress;
use crate::net::socket_file::SocketFile;

/// Where the page is served unless something else is configured.
const DEFAULT_ADDRESS: &str = "127.0.0.1:7300";

/// What bytes go over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Why there is no listening.
#[derive(Debug, Error)]
#[error("cannot listen at {listen}")]
pub struct BindError {
    /// Where.
    pub listen: ListenAddress,
    /// What the system said: it is taken, not of this host, or not allowed.
    pub source: io::Error,
}

/// A place that listens. A socket in a folder is gone when this is.
#[derive(Debug)]
pub enum BoundSocket {
    /// At an address.
    Network(TcpListener, SocketAddr),
    /// At a socket.
    Socket(UnixListener, SocketFile),
}

impl BoundSocket {
    /// Listens where it was chosen; without a choice at the default address, or any free port of the loopback.
    ///
    /// # Errors
    ///
    /// [`BindError`] with the place.
    pub fn bind(chosen: Option<&ListenAddress>) -> Result<Self, BindError> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let default = DEFAULT_ADDRESS.parse().unwrap_or(any);
        let bound = match chosen {
            Some(ListenAddress::Network(address)) => network(*address),
            Some(ListenAddress::Socket(path)) => socket(path),
            None => network(default).or_else(|_| network(any)),
        };
        let listen = || chosen.cloned().unwrap_or(ListenAddress::Network(default));
        bound.map_err(|source| BindError { listen: listen(), source })
    }

    /// Where it listens: the port is the one that the system gave.
    pub fn address(&self) -> ListenAddress {
        match self {
            Self::Network(_, address) => ListenAddress::Network(*address),
            Self::Socket(_, file) => ListenAddress::Socket(file.path().to_owned()),
        }
    }

    /// The same, for the runtime that we run in.
    ///
    /// # Errors
    ///
    /// The runtime refuses it.
    pub fn into_listener(self) -> io::Result<Listener> {
        Ok(match self {
            Self::Network(listener, _) => {
                Listener::Network(tokio::net::TcpListener::from_std(listener)?)
            }
            Self::Socket(listener, file) => {
                Listener::Socket(tokio::net::UnixListener::from_std(listener)?, file)
            }
        })
    }
}

/// A listener of the runtime.
#[derive(Debug)]
pub enum Listener {
    /// At an address.
    Network(tokio::net::TcpListener),
    /// At a socket.
    Socket(tokio::net::UnixListener, SocketFile),
}

impl Listener {
    /// Whether only this machine can reach it, by a name or an address.
    pub(super) fn is_local(&self) -> bool {
        let Self::Network(listener) = self else { return false };
        listener.local_addr().is_ok_and(|address| address.ip().is_loopback())
    }

    /// The next conversation, and the address or the socket that it came from.
    pub(super) async fn accept(&self) -> io::Result<(Box<dyn Stream>, String)> {
        match self {
            Self::Network(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Box::new(stream), peer.ip().to_string()))
            }
            Self::Socket(listener, file) => {
                let (stream, _) = listener.accept().await?;
                Ok((Box::new(stream), file.path().display().to_string()))
            }
        }
    }
}

fn network(address: SocketAddr) -> io::Result<BoundSocket> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok(BoundSocket::Network(listener, address))
}

fn socket(path: &Path) -> io::Result<BoundSocket> {
    let (listener, file) = SocketFile::bind(path)?;
    Ok(BoundSocket::Socket(listener, file))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_socket_in_use_is_reported_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.sock");
        let listen = ListenAddress::Socket(path.clone());
        let first = BoundSocket::bind(Some(&listen)).unwrap();
        assert_eq!(first.address(), listen);
        let error = BoundSocket::bind(Some(&listen)).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen at unix:{}", path.display()));
        assert_eq!(error.source.kind(), io::ErrorKind::AddrInUse);
        drop(first);
        assert!(fs::metadata(&path).is_err());
    }
}

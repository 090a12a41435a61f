//! Binds listen addresses: an IP address or a Unix socket. `accept` accepts connections.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::Path;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::net::connections::Origin;
use crate::net::holder::Protocol;
use crate::net::listen::ListenAddress;
use crate::net::listen_error::ListenError;
use crate::net::socket_file::SocketFile;

/// Clients that may wait until their connection is accepted; the kernel may have a lower limit.
const BACKLOG: i32 = 4096;

/// A stream of bytes.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The client of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    /// Its address, or the socket.
    pub(super) name: String,
    /// Where it comes from.
    pub(super) origin: Origin,
}

/// A bound socket. A Unix socket is removed when this is dropped.
#[derive(Debug)]
pub(super) enum BoundSocket {
    /// An IP address.
    Network(TcpListener, SocketAddr),
    /// A Unix socket.
    Socket(UnixListener, SocketFile),
}

impl BoundSocket {
    /// Binds an address.
    ///
    /// # Errors
    ///
    /// [`ListenError`] with the address.
    pub(super) fn bind(address: &ListenAddress) -> Result<Self, ListenError> {
        let bound = match address {
            ListenAddress::Network(address) => network(*address),
            ListenAddress::Socket(path) => socket(path),
        };
        bound.map_err(|source| ListenError::new(address.clone(), Protocol::Tcp, source))
    }

    /// The bound address, with the port assigned by the system.
    pub(super) fn address(&self) -> ListenAddress {
        match self {
            Self::Network(_, address) => ListenAddress::Network(*address),
            Self::Socket(_, file) => ListenAddress::Socket(file.path().to_owned()),
        }
    }

    /// Converts it for the current async runtime.
    ///
    /// # Errors
    ///
    /// The runtime refuses the socket.
    pub(super) fn into_listener(self) -> io::Result<Listener> {
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

/// A listener of the async runtime.
#[derive(Debug)]
pub(super) enum Listener {
    /// An IP address.
    Network(tokio::net::TcpListener),
    /// A Unix socket.
    Socket(tokio::net::UnixListener, SocketFile),
}

impl Listener {
    /// Whether only this machine can connect, by name or address.
    pub(super) fn is_local(&self) -> bool {
        let Self::Network(listener) = self else { return false };
        listener.local_addr().is_ok_and(|address| address.ip().is_loopback())
    }

    /// Accepts the next connection.
    pub(super) async fn accept(&self) -> io::Result<(Box<dyn Stream>, Peer)> {
        match self {
            Self::Network(listener) => {
                let (stream, peer) = listener.accept().await?;
                let (name, origin) = (peer.ip().to_string(), Origin::of(peer.ip()));
                Ok((Box::new(stream), Peer { name, origin }))
            }
            Self::Socket(listener, file) => {
                let (stream, _) = listener.accept().await?;
                let (name, origin) = (file.path().display().to_string(), Origin::SOCKET);
                Ok((Box::new(stream), Peer { name, origin }))
            }
        }
    }
}

fn network(address: SocketAddr) -> io::Result<BoundSocket> {
    let listener = TcpListener::bind(address)?;
    // The standard library lets only 128 wait; the others would try again after seconds.
    rustix::net::listen(&listener, BACKLOG)?;
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
        let first = BoundSocket::bind(&listen).unwrap();
        assert_eq!(first.address(), listen);
        let error = BoundSocket::bind(&listen).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen at unix:{}", path.display()));
        assert_eq!(error.source.kind(), io::ErrorKind::AddrInUse);
        drop(first);
        assert!(fs::metadata(&path).is_err());
    }
}

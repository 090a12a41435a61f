//! Connections, and how they move from one thread to another.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// A stream of bytes to a client.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection that the runtime of this thread looks after.
#[derive(Debug)]
pub(super) enum Client {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A connection that no runtime looks after.
#[derive(Debug)]
pub(super) enum Detached {
    Tcp(std::net::TcpStream),
    Unix(std::os::unix::net::UnixStream),
}

impl Client {
    /// Takes the connection from the runtime of this thread.
    pub(super) fn detach(self) -> io::Result<Detached> {
        Ok(match self {
            Self::Tcp(stream) => Detached::Tcp(stream.into_std()?),
            Self::Unix(stream) => Detached::Unix(stream.into_std()?),
        })
    }
}

impl Detached {
    /// Gives the connection to the runtime of this thread.
    pub(super) fn attach(self) -> io::Result<Client> {
        Ok(match self {
            Self::Tcp(stream) => Client::Tcp(TcpStream::from_std(stream)?),
            Self::Unix(stream) => Client::Unix(UnixStream::from_std(stream)?),
        })
    }
}

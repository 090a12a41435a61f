//! Where requests come in: an address, or a socket in a folder. What is asked there lives in `server`.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::config::{DEFAULT_LISTEN, Listen};

/// Who may write to the socket in a folder: its owner and group, such as a web server in front of us.
const SOCKET_MODE: u32 = 0o660;

/// What bytes go over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Why there is no listening.
#[derive(Debug, Error)]
#[error("cannot listen at {listen}")]
pub struct BindError {
    /// Where.
    pub listen: Listen,
    /// What the system said: it is taken, not of this host, or not allowed.
    pub source: io::Error,
}

/// A place that listens. A socket in a folder is gone when this is.
#[derive(Debug)]
pub enum Listener {
    /// At an address.
    Network(TcpListener, SocketAddr),
    /// At a socket.
    Socket(UnixListener, SocketFile),
}

/// A socket in a folder, until it is dropped.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Best effort: what is left behind is taken over by the next run.
        let _ = fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Listens where it was chosen; without a choice at the default address, or any free port of the loopback.
    ///
    /// # Errors
    ///
    /// [`BindError`] with the place.
    pub fn bind(chosen: Option<&Listen>) -> Result<Self, BindError> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let default = DEFAULT_LISTEN.parse().unwrap_or(any);
        let bound = match chosen {
            Some(Listen::Network(address)) => network(*address),
            Some(Listen::Socket(path)) => socket(path),
            None => network(default).or_else(|_| network(any)),
        };
        let listen = || chosen.cloned().unwrap_or(Listen::Network(default));
        bound.map_err(|source| BindError { listen: listen(), source })
    }

    /// Where it listens: the port is the one that the system gave.
    pub fn place(&self) -> Listen {
        match self {
            Self::Network(_, address) => Listen::Network(*address),
            Self::Socket(_, SocketFile(path)) => Listen::Socket(path.clone()),
        }
    }

    /// The same, for the runtime that we run in.
    ///
    /// # Errors
    ///
    /// The runtime refuses it.
    pub fn into_ear(self) -> io::Result<Ear> {
        Ok(match self {
            Self::Network(listener, _) => {
                Ear::Network(tokio::net::TcpListener::from_std(listener)?)
            }
            Self::Socket(listener, file) => {
                Ear::Socket(tokio::net::UnixListener::from_std(listener)?, file)
            }
        })
    }
}

/// A listener of the runtime.
#[derive(Debug)]
pub enum Ear {
    /// At an address.
    Network(tokio::net::TcpListener),
    /// At a socket.
    Socket(tokio::net::UnixListener, SocketFile),
}

impl Ear {
    /// The next conversation, and who began it.
    pub(super) async fn accept(&self) -> io::Result<(Box<dyn Stream>, String)> {
        match self {
            Self::Network(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Box::new(stream), peer.to_string()))
            }
            Self::Socket(listener, SocketFile(path)) => {
                let (stream, _) = listener.accept().await?;
                Ok((Box::new(stream), path.display().to_string()))
            }
        }
    }
}

fn network(address: SocketAddr) -> io::Result<Listener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok(Listener::Network(listener, address))
}

fn socket(path: &Path) -> io::Result<Listener> {
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_left_behind(path) => {
            fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    let file = SocketFile(path.to_owned());
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
    listener.set_nonblocking(true)?;
    Ok(Listener::Socket(listener, file))
}

/// Whether a path is a socket at which nobody listens any more.
fn is_left_behind(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    is_socket && UnixStream::connect(path).is_err_and(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_was_left_behind_is_taken_over_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.sock");
        let listen = Listen::Socket(path.clone());
        drop(UnixListener::bind(&path).unwrap());
        let first = Listener::bind(Some(&listen)).unwrap();
        assert_eq!(first.place(), listen);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, SOCKET_MODE);
        let error = Listener::bind(Some(&listen)).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen at unix:{}", path.display()));
        assert_eq!(error.source.kind(), io::ErrorKind::AddrInUse);
        drop(first);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_in_the_way_is_not_taken_for_a_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.sock");
        fs::write(&path, "precious").unwrap();
        assert!(Listener::bind(Some(&Listen::Socket(path.clone()))).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }
}

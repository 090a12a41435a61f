//! A Unix socket in a folder: created, taken over from a previous run, and removed.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Permissions of the socket: owner and group, such as a web server in front of this daemon, may
/// write.
const MODE: u32 = 0o660;

/// The file of a socket, until it is dropped.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Best effort: a leftover socket is taken over by the next run.
        let _ = fs::remove_file(&self.0);
    }
}

impl SocketFile {
    /// Listens at a path, for an async runtime (non-blocking).
    ///
    /// # Errors
    ///
    /// Another process listens there, the path is something else, or the folder is not writable.
    pub fn bind(path: &Path) -> io::Result<(UnixListener, Self)> {
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_left_behind(path) => {
                fs::remove_file(path)?;
                UnixListener::bind(path)?
            }
            bound => bound?,
        };
        let file = Self(path.to_owned());
        fs::set_permissions(path, fs::Permissions::from_mode(MODE))?;
        listener.set_nonblocking(true)?;
        Ok((listener, file))
    }

    /// The path of the socket.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// Whether a path is a socket without a listener.
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
        drop(UnixListener::bind(&path).unwrap());
        let (_listener, file) = SocketFile::bind(&path).unwrap();
        assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(SocketFile::bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_in_the_way_is_not_taken_for_a_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.sock");
        fs::write(&path, "precious").unwrap();
        assert!(SocketFile::bind(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }
}

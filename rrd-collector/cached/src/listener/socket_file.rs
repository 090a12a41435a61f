//! A unix socket in a folder: its mode and group, what was there before, and its removal.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, lchown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::bind_error::BindError;

/// Clients that may wait until their connection is accepted; the kernel may have a lower limit.
pub(super) const BACKLOG: i32 = 4096;

/// Who may connect to a unix socket.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileAccess {
    /// The mode of its file (`-m`); `None` for what the umask of the process leaves.
    pub mode: Option<u32>,
    /// The group of its file (`-s`).
    pub group: Option<u32>,
}

/// The file of a socket; removed when this is dropped, unless it is another one by then.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Its device and inode.
    identity: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| identity(&found) == self.identity) {
            // Best effort: the next run takes the place of a socket without a listener.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl SocketFile {
    /// Listens at a path. Missing folders are made; a socket at which nobody listens any more is
    /// removed, anything else in its place is left.
    pub(super) fn bind(path: &Path, access: FileAccess) -> Result<(UnixListener, Self), BindError> {
        let failed = |source| BindError::Bind { place: path.display().to_string(), source };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)
                .map_err(|source| BindError::Folder { folder: folder.to_owned(), source })?;
        }
        match bind(path, access) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_left_behind(path) => {
                fs::remove_file(path).map_err(failed)?;
                bind(path, access)
            }
            bound => bound,
        }
        .map_err(failed)
    }
}

fn bind(path: &Path, access: FileAccess) -> io::Result<(UnixListener, SocketFile)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    if access.mode.is_some() || access.group.is_some() {
        // The file begins with the mode of the socket: nobody's, until group and mode are right.
        rustix::fs::fchmod(&socket, Mode::empty())?;
    }
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    let identity = identity(&fs::symlink_metadata(path)?);
    let file = SocketFile { path: path.to_owned(), identity };
    if let Some(group) = access.group {
        lchown(path, None, Some(group))?;
    }
    if access.mode.is_some() || access.group.is_some() {
        let mode = access.mode.unwrap_or(DEFAULT_MODE);
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    // Until here nobody can connect.
    rustix::net::listen(&socket, BACKLOG)?;
    Ok((socket.into(), file))
}

/// The mode with a group and without `-m`: that of the usual umask, writable for the group.
const DEFAULT_MODE: u32 = 0o775;

fn identity(file: &fs::Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
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

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn a_socket_without_a_listener_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b/s.sock");
        let access = FileAccess { mode: Some(0o660), group: None };
        drop(SocketFile::bind(&path, access).expect("a missing folder is made").1);
        assert!(!path.exists());
        drop(UnixListener::bind(&path).expect("a socket that nobody removes"));
        let (_listener, file) = SocketFile::bind(&path, access).expect("it is left behind");
        assert_eq!(mode(&path), 0o660);
        let refused = SocketFile::bind(&path, access).expect_err("it is in use");
        assert_eq!(
            refused.to_string(),
            format!("bind({}) failed: Address already in use.", path.display())
        );
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_socket_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.sock");
        fs::write(&path, "precious").expect("a file");
        assert!(SocketFile::bind(&path, FileAccess::default()).is_err());
        assert_eq!(fs::read_to_string(&path).expect("it stays"), "precious");
    }

    #[test]
    fn the_socket_of_another_daemon_is_not_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.sock");
        let (_listener, file) = SocketFile::bind(&path, FileAccess::default()).expect("free");
        fs::remove_file(&path).expect("somebody removes it");
        let _other = UnixListener::bind(&path).expect("another daemon");
        drop(file);
        assert!(path.exists());
    }

    #[test]
    fn a_socket_has_its_mode_before_anybody_can_connect() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.sock");
        for wanted in [0o600, 0o777, 0o000] {
            let access = FileAccess { mode: Some(wanted), group: None };
            let _bound = SocketFile::bind(&path, access).expect("free");
            assert_eq!(mode(&path), wanted);
        }
    }
}

//! The files of the original's journal: which they are, whose, and where they go.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::geteuid;

/// How their names begin.
const PREFIX: &[u8] = b"rrd.journal.";
/// Others may write.
const FOREIGN: u32 = 0o022;

/// A file of the journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JournalFile {
    /// When it was begun: seconds and microseconds.
    begun: (u64, u64),
    path: PathBuf,
}

impl JournalFile {
    /// Opens it, if it is a file that the original could have written: a regular file of this
    /// user, in which no other one can write.
    pub(super) fn open(&self) -> io::Result<File> {
        // What is no regular file must neither block nor lead elsewhere.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(open(&self.path, flags, Mode::empty())?);
        let status = file.metadata()?;
        let fault = if !status.is_file() {
            "it is not a regular file"
        } else if status.uid() != geteuid().as_raw() {
            "it belongs to another user"
        } else if status.mode() & FOREIGN != 0 {
            "other users can write to it"
        } else {
            return Ok(file);
        };
        Err(io::Error::new(io::ErrorKind::PermissionDenied, fault))
    }
}

/// The files in a folder, oldest first. Those that cannot be trusted are reported and left out.
pub(super) fn find(folder: &Path) -> io::Result<Vec<JournalFile>> {
    let mut files = Vec::new();
    for item in fs::read_dir(folder)? {
        let item = item?;
        if let Some(begun) = begun(&item.file_name()) {
            files.push(JournalFile { begun, path: item.path() });
        }
    }
    files.sort();
    files.retain(|file| {
        let opened = file.open();
        if let Err(error) = &opened {
            log::error!("'{}' is not replayed: {error}", file.path.display());
        }
        opened.is_ok()
    });
    Ok(files)
}

/// The seconds and microseconds in the name of a file of a journal.
fn begun(name: &OsStr) -> Option<(u64, u64)> {
    let numbers = name.as_bytes().strip_prefix(PREFIX)?;
    let (seconds, microseconds) = std::str::from_utf8(numbers).ok()?.split_once('.')?;
    // Any number of digits, but no sign.
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    Some((number(seconds)?, number(microseconds)?))
}

/// Moves files into a subfolder, oldest first: those that are left after a kill are still a journal
/// in which all that was written or forgotten is marked so.
pub(super) fn set_aside(folder: &Path, name: &str, files: &[JournalFile]) -> io::Result<()> {
    let aside = folder.join(name);
    fs::create_dir_all(&aside)?;
    for file in files {
        if let Some(name) = file.path.file_name() {
            fs::rename(&file.path, aside.join(name))?;
        }
    }
    File::open(aside)?.sync_all()?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let files = find(folder).unwrap().into_iter();
        files.map(|file| file.path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    fn write(folder: &Path, name: &str, mode: u32) {
        fs::write(folder.join(name), b"").unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn files_are_in_the_order_of_their_times_whatever_the_number_of_digits() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["5.000000", "10.7", "10.000030", "10.000001", "x.1", "10", "10.1.2", "10.-1"] {
            write(folder.path(), &format!("rrd.journal.{name}"), 0o644);
        }
        write(folder.path(), "rrd.journal", 0o644);
        write(folder.path(), "old.rrd.journal.5.5", 0o644);
        let expected = ["5.000000", "10.000001", "10.7", "10.000030"];
        assert_eq!(names(folder.path()), expected.map(|name| format!("rrd.journal.{name}")));
    }

    #[test]
    fn links_folders_and_files_in_which_others_can_write_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "rrd.journal.1.000000", 0o600);
        write(folder.path(), "rrd.journal.2.000000", 0o664);
        write(folder.path(), "rrd.journal.3.000000", 0o602);
        symlink("rrd.journal.1.000000", folder.path().join("rrd.journal.4.000000")).unwrap();
        fs::create_dir(folder.path().join("rrd.journal.5.000000")).unwrap();
        assert_eq!(names(folder.path()), ["rrd.journal.1.000000"]);
    }

    #[test]
    fn files_are_set_aside_beside_those_of_earlier_times() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["rrd.journal.1.000000", "rrd.journal.2.000000"] {
            write(folder.path(), name, 0o644);
            set_aside(folder.path(), "replayed", &find(folder.path()).unwrap()).unwrap();
            assert!(names(folder.path()).is_empty());
        }
        assert_eq!(names(&folder.path().join("replayed")).len(), 2);
    }
}

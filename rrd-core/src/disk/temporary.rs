//! Temporary files next to their target. Each is locked by the command that writes it, so that the
//! next command for the same target can tell those of killed commands and remove them.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Disk, DiskFile, Locking, OpenMode};

/// Commands that may write the same target at the same time.
const MOST: u32 = 1000;

/// Creates a locked file under a free name next to `target`.
pub(super) fn create(
    disk: &dyn Disk,
    target: &Path,
    mode: Option<u32>,
) -> io::Result<(Box<dyn DiskFile>, PathBuf)> {
    next_to(target, |beside| {
        let file = match disk.create_new(beside, mode) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                remove_leftover(disk, beside);
                disk.create_new(beside, mode)?
            }
            created => created?,
        };
        // Until it is locked, another command may take it for that of a killed one and remove it.
        if is_taken(&*file) || file.status()?.names == 0 {
            return Err(ErrorKind::AlreadyExists.into());
        }
        Ok(file)
    })
}

/// Gives a nameless file a free name next to `target`, under which it is locked.
pub(super) fn link(file: &dyn DiskFile, target: &Path) -> io::Result<PathBuf> {
    // File systems without locks have no leftovers that can be told, either.
    let _ = file.lock(Locking::Try);
    next_to(target, |beside| file.link(beside)).map(|((), beside)| beside)
}

/// Removes what killed commands left next to `target`.
pub(super) fn remove_leftovers(disk: &dyn Disk, target: &Path) {
    let Some(name) = target.file_name() else { return };
    let mut missing = 0;
    for number in 0..MOST {
        missing = match remove_leftover(disk, &target.with_file_name(temporary_name(name, number)))
        {
            Some(()) => 0,
            None => missing + 1,
        };
        // A number is free while the next one is not if its command has ended.
        if missing == 2 {
            break;
        }
    }
}

/// Removes a file unless a live command holds it; `None` if there is no such file.
fn remove_leftover(disk: &dyn Disk, beside: &Path) -> Option<()> {
    let file = disk.open(beside, OpenMode::WriteOwn).ok()?;
    let same = |status: super::Status| {
        let now = disk.open(beside, OpenMode::WriteOwn).and_then(|file| file.status());
        now.is_ok_and(|now| now.identity == status.identity)
    };
    // Whoever holds the lock of the file that has the name may remove the name, nobody else.
    if file.lock(Locking::Try).unwrap_or(false) && file.status().is_ok_and(same) {
        // If that fails, the next name is used.
        let _ = disk.remove(beside);
    }
    Some(())
}

/// Whether another command holds the lock. Where there are no locks, no command removes anything.
fn is_taken(file: &dyn DiskFile) -> bool {
    matches!(file.lock(Locking::Try), Ok(false))
}

/// Makes something under a free name next to `target`.
fn next_to<T>(target: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    let name = target.file_name().ok_or(ErrorKind::NotFound)?;
    for number in 0..MOST {
        let beside = target.with_file_name(temporary_name(name, number));
        match make(&beside) {
            Ok(made) => return Ok((made, beside)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// The same names for every command that writes this target, short for any target. That two targets
/// may share them does no harm.
fn temporary_name(target: &OsStr, number: u32) -> String {
    format!(".rrd-{:08x}-{number}.new", crc32fast::hash(target.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::OsDisk;

    #[test]
    fn what_a_live_command_writes_stays_and_what_a_dead_one_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x".repeat(255));
        let count = || fs::read_dir(folder.path()).unwrap().count();
        let (dead, first) = create(&OsDisk, &target, None).unwrap();
        let (live, second) = create(&OsDisk, &target, None).unwrap();
        assert_ne!(first, second);
        remove_leftovers(&OsDisk, &target);
        assert_eq!(count(), 2, "both are locked");
        drop(dead);
        remove_leftovers(&OsDisk, &target);
        assert!(!first.exists() && second.exists());
        drop(live);
        remove_leftovers(&OsDisk, &target);
        assert_eq!(count(), 0);
    }

    #[test]
    fn what_is_no_file_under_a_temporary_name_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x");
        let victim = folder.path().join("victim");
        fs::write(&victim, "safe").unwrap();
        let planted = folder.path().join(temporary_name(target.file_name().unwrap(), 0));
        std::os::unix::fs::symlink(&victim, &planted).unwrap();
        let (file, beside) = create(&OsDisk, &target, None).unwrap();
        file.write_at(0, b"new").unwrap();
        assert_ne!(beside, planted);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "safe");
    }
}

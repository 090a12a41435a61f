//! What every system can do, also an old Linux: facts about files without `statx`, and names that
//! replace no other without a call for that.

use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::facts::Facts;
use super::request::Links;

const NANOSECONDS: i128 = 1_000_000_000;
/// The unit in which systems count the blocks of a file.
const BLOCK: u64 = 512;

/// Facts about an open file. `born` tells when it was made.
pub(super) fn facts_of(file: BorrowedFd<'_>, born: fn(&Stat) -> i64) -> io::Result<Facts> {
    let stat = rustix::fs::fstat(file)?;
    Ok(facts(&stat, born(&stat)))
}

/// Facts about the file to which a path leads from this folder on.
pub(super) fn facts_at(
    folder: BorrowedFd<'_>,
    path: &Path,
    links: Links,
    born: fn(&Stat) -> i64,
) -> io::Result<Facts> {
    let stat = rustix::fs::statat(folder, path, flags(links))?;
    Ok(facts(&stat, born(&stat)))
}

pub(super) fn flags(links: Links) -> AtFlags {
    match links {
        Links::Followed => AtFlags::empty(),
        Links::Kept => AtFlags::SYMLINK_NOFOLLOW,
    }
}

fn facts(stat: &Stat, born: i64) -> Facts {
    let small = |value| u32::try_from(value).unwrap_or(0);
    Facts {
        kind: FileType::from_raw_mode(stat.st_mode),
        mode: small(unsigned(stat.st_mode) & 0o7777),
        owner: stat.st_uid,
        group: stat.st_gid,
        names: unsigned(stat.st_nlink),
        length: unsigned(stat.st_size),
        allocated: unsigned(stat.st_blocks).saturating_mul(BLOCK),
        device: unsigned(stat.st_dev),
        number: unsigned(stat.st_ino),
        born,
        changed: moment(stat.st_ctime, stat.st_ctime_nsec),
    }
}

/// A number of the system, whose width and sign differ. What is negative only looks so: a device of
/// macOS has all 32 bits.
pub(super) fn unsigned(number: impl Into<i128>) -> u64 {
    u64::try_from(number.into().rem_euclid(1 << 64)).unwrap_or(0)
}

/// A time in nanoseconds.
pub(super) fn moment(seconds: impl Into<i128>, nanoseconds: impl Into<i128>) -> i64 {
    i64::try_from(seconds.into() * NANOSECONDS + nanoseconds.into()).unwrap_or(i64::MAX)
}

/// Gives a file another name of the same folder, which must be free: hard links never replace
/// anything. A kill may leave both names.
pub(super) fn rename_by_link(folder: BorrowedFd<'_>, from: &Path, to: &Path) -> io::Result<()> {
    rustix::fs::linkat(folder, from, folder, to, AtFlags::empty())?;
    Ok(rustix::fs::unlinkat(folder, from, AtFlags::empty())?)
}

/// Opens a pipe or device for writing, and waits for its other end if need be.
pub(in crate::disk) fn open_stream(path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
    loop {
        match rustix::fs::open(path, flags, Mode::empty()) {
            Err(Errno::INTR) => {}
            opened => return Ok(File::from(opened?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::AsFd;
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::super::{Asked, facts_at as new_facts_at, facts_of as new_facts_of};
    use super::*;

    #[test]
    fn the_facts_of_any_system_are_those_that_only_this_one_tells() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, [1; 5000]).unwrap();
        fs::hard_link(&path, folder.path().join("other")).unwrap();
        symlink("file", folder.path().join("link")).unwrap();
        let top = File::open(folder.path()).unwrap();
        for (name, links) in
            [("file", Links::Followed), ("link", Links::Followed), ("link", Links::Kept)]
        {
            let old = facts_at(top.as_fd(), Path::new(name), links, |_| 7).unwrap();
            let new = new_facts_at(top.as_fd(), Path::new(name), links, Asked::Look).unwrap();
            assert_eq!((old.kind, old.length), (new.kind, new.length));
            assert_eq!((old.device, old.number), (new.device, new.number));
            assert_eq!((old.changed, old.born), (new.changed, 7));
            assert_eq!(old.kind == FileType::Symlink, links == Links::Kept);
        }
        let file = File::open(&path).unwrap();
        let old = facts_of(file.as_fd(), |_| 0).unwrap();
        let new = new_facts_of(file.as_fd(), Asked::Status).unwrap();
        assert_eq!(Facts { born: 0, changed: 0, ..old }, Facts { born: 0, changed: 0, ..new });
        let metadata = file.metadata().unwrap();
        assert_eq!((old.mode, old.names, old.length), (metadata.mode() & 0o7777, 2, 5000));
    }

    #[test]
    fn numbers_of_any_width_and_sign_are_unsigned() {
        assert_eq!(unsigned(7_u16), 7);
        assert_eq!(unsigned(u64::MAX), u64::MAX);
        assert_eq!(unsigned(-1_i32), u64::MAX);
        assert_eq!(moment(2_i64, 5_u32), 2_000_000_005);
        assert_eq!(moment(i64::MAX, 0_i64), i64::MAX);
    }

    #[test]
    fn a_name_that_is_taken_is_not_given_to_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| fs::write(folder.path().join(name), name).unwrap();
        write("new");
        write("taken");
        let top = File::open(folder.path()).unwrap();
        let rename = |to: &str| rename_by_link(top.as_fd(), Path::new("new"), Path::new(to));
        assert_eq!(rename("taken").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(folder.path().join("taken")).unwrap(), "taken");
        rename("free").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("free")).unwrap(), "new");
        assert!(!folder.path().join("new").exists());
    }
}

//! What tells a file from others and from earlier states of itself, in one call of the system.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::system::{self, Asked, Facts, Links};
use super::{Identity, Look, Status};

/// A path that leads to something else than a file.
#[derive(Debug, thiserror::Error)]
#[error("not a regular file")]
struct NotRegular;

/// Looks at an open file.
#[inline]
pub(super) fn look_at(file: &impl AsFd) -> io::Result<Look> {
    look(&system::facts_of(file.as_fd(), Asked::Look)?)
}

/// Looks at the file to which a path leads from this folder on.
#[inline]
pub(super) fn look_by_name(folder: &impl AsFd, path: &Path) -> io::Result<Look> {
    look(&system::facts_at(folder.as_fd(), path, Links::Followed, Asked::Look)?)
}

/// Looks at a file of which these are the facts.
#[inline]
pub(super) fn look(facts: &Facts) -> io::Result<Look> {
    match facts.kind {
        FileType::RegularFile => Ok(Look {
            identity: Identity { device: facts.device, number: facts.number, born: facts.born },
            length: facts.length,
            changed: facts.changed,
        }),
        FileType::Directory => Err(Errno::ISDIR.into()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, NotRegular)),
    }
}

/// The status of an open file.
#[inline]
pub(super) fn status_of(file: &impl AsFd) -> io::Result<Status> {
    let facts = system::facts_of(file.as_fd(), Asked::Status)?;
    Ok(Status {
        length: facts.length,
        allocated: facts.allocated,
        names: facts.names,
        identity: (facts.device, facts.number),
        born: facts.born,
        mode: facts.mode,
        owner: facts.owner,
        is_folder: facts.kind == FileType::Directory,
    })
}

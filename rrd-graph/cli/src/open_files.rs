//! Files that remote mode keeps open between lines.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rrd_core::{OpenError, Rrd, WriteOptions};
use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

/// Limit on open files, well below the usual limit of a process.
const LIMIT: usize = 200;
/// The share of the files that the process may open: charts, outputs and connections need the rest.
const SHARE: u64 = 2;

/// Files open for writing, by the names used for them.
pub(crate) struct OpenFiles {
    limit: usize,
    /// Sorted by name: few enough to be faster than a hash table.
    kept: Vec<Kept>,
    /// Counts requests, to identify the least recently used file.
    requests: u64,
}

struct Kept {
    name: OsString,
    rrd: Box<Rrd>,
    /// Device and inode of the file: another one may get the name at any time.
    identity: (u64, u64),
    requested: u64,
}

impl Default for OpenFiles {
    fn default() -> Self {
        let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) / SHARE;
        let limit = usize::try_from(allowed).unwrap_or(LIMIT).clamp(1, LIMIT);
        Self { limit, kept: Vec::new(), requests: 0 }
    }
}

impl OpenFiles {
    /// The file that currently has this name.
    pub(crate) fn get(
        &mut self,
        path: &Path,
        options: WriteOptions,
    ) -> Result<&mut Rrd, OpenError> {
        self.requests += 1;
        let here = identity(path).ok();
        let usable = |kept: &Kept| Some(kept.identity) == here;
        let name = path.as_os_str();
        let at = match self.place(name) {
            Ok(at) if self.kept.get(at).is_some_and(usable) => at,
            found => {
                if let Ok(at) = found {
                    self.kept.remove(at);
                }
                self.make_room();
                let (rrd, identity) = match open(path, &options) {
                    Err(OpenError::Open { source, .. })
                        if is_too_many(&source) && !self.kept.is_empty() =>
                    {
                        self.clear();
                        open(path, &options)?
                    }
                    opened => opened?,
                };
                let at = self.place(name).unwrap_or_else(|free| free);
                let (name, rrd) = (name.to_owned(), Box::new(rrd));
                self.kept.insert(at, Kept { name, rrd, identity, requested: 0 });
                at
            }
        };
        let kept = &mut self.kept[at];
        kept.requested = self.requests;
        kept.rrd.set_options(options);
        Ok(&mut kept.rrd)
    }

    /// Closes all files, because names refer to other files now.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }

    /// The index of the file with this name, or the position to insert it.
    fn place(&self, name: &OsStr) -> Result<usize, usize> {
        self.kept.binary_search_by(|kept| kept.name.as_os_str().cmp(name))
    }

    fn make_room(&mut self) {
        if self.kept.len() < self.limit {
            return;
        }
        let by_request = self.kept.iter().enumerate().min_by_key(|(_, kept)| kept.requested);
        if let Some((longest_ago, _)) = by_request {
            self.kept.remove(longest_ago);
        }
    }
}

/// Whether this process or the system has too many open files.
fn is_too_many(error: &io::Error) -> bool {
    [Errno::MFILE, Errno::NFILE]
        .iter()
        .any(|errno| errno.raw_os_error() == error.raw_os_error().unwrap_or(0))
}

/// Opens a file and returns its identity.
fn open(path: &Path, options: &WriteOptions) -> Result<(Rrd, (u64, u64)), OpenError> {
    loop {
        let before = identity(path);
        let rrd = Rrd::open_with(path, options.clone())?;
        // If the file was replaced meanwhile, the new one is opened.
        match (before, identity(path)) {
            (Ok(before), Ok(after)) if before == after => return Ok((rrd, after)),
            (_, Ok(_)) => {}
            (_, Err(source)) => return Err(OpenError::Open { path: path.to_owned(), source }),
        }
    }
}

/// Device and inode of the file with this name.
///
/// Times are not requested, unlike in `metadata`: that would make the next write store new ones.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    match statx(CWD, path, AtFlags::empty(), StatxFlags::INO) {
        Ok(status) => Ok((makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino)),
        // Before Linux 4.11 and in some sandboxes.
        Err(Errno::NOSYS | Errno::PERM) => {
            let meta = fs::metadata(path)?;
            Ok((meta.dev(), meta.ino()))
        }
        Err(errno) => Err(errno.into()),
    }
}

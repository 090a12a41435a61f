//! Files that remote mode keeps open between its lines.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rrd_core::{OpenError, Rrd, WriteOptions};
use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
use rustix::io::Errno;

/// So many files stay open, well below what a process may have.
const LIMIT: usize = 200;

/// Files open for writing, by the names they were asked for.
#[derive(Default)]
pub(crate) struct OpenFiles {
    /// In the order of the names: few enough to be found faster so than by a hash.
    kept: Vec<Kept>,
    /// Counts requests, to know which file was asked for longest ago.
    requests: u64,
}

struct Kept {
    name: OsString,
    rrd: Box<Rrd>,
    /// Device and number of the file: another one may take the name at any time.
    identity: (u64, u64),
    requested: u64,
}

impl OpenFiles {
    /// The file that has this name now.
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
                let (rrd, identity) = open(path, &options)?;
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

    /// Lets go of all files: names mean other files now.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }

    /// Where the file of this name is, or else belongs.
    fn place(&self, name: &OsStr) -> Result<usize, usize> {
        self.kept.binary_search_by(|kept| kept.name.as_os_str().cmp(name))
    }

    fn make_room(&mut self) {
        if self.kept.len() < LIMIT {
            return;
        }
        let by_request = self.kept.iter().enumerate().min_by_key(|(_, kept)| kept.requested);
        if let Some((longest_ago, _)) = by_request {
            self.kept.remove(longest_ago);
        }
    }
}

/// Opens a file and says which one it is.
fn open(path: &Path, options: &WriteOptions) -> Result<(Rrd, (u64, u64)), OpenError> {
    loop {
        let before = identity(path);
        let rrd = Rrd::open_with(path, options.clone())?;
        // A file that was put in place meanwhile is opened instead.
        match (before, identity(path)) {
            (Ok(before), Ok(after)) if before == after => return Ok((rrd, after)),
            (_, Ok(_)) => {}
            (_, Err(source)) => return Err(OpenError::Open { path: path.to_owned(), source }),
        }
    }
}

/// Device and number of the file that has this name.
///
/// The times are not asked for, as `metadata` does: that would make the next write store new ones.
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

//! New files and files that replace others: written beside under another name, then renamed, so that nobody sees a
//! file that is not whole and a full disk leaves the old one as it was.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Disk, DiskFile};

/// Whether a file of the name may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// It is replaced.
    Yes,
    /// It stays, and nothing is made.
    No,
}

/// A file in the making; dropped before [`finish`](Self::finish) it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct NewFile<'a> {
    disk: &'a dyn Disk,
    file: Option<Box<dyn DiskFile>>,
    beside: PathBuf,
    target: PathBuf,
}

impl<'a> NewFile<'a> {
    /// Begins a file that will be called `target`. With `mode` exactly that mode, else what the umask leaves.
    pub(crate) fn begin(disk: &'a dyn Disk, target: &Path, mode: Option<u32>) -> io::Result<Self> {
        let name = target.file_name().ok_or(ErrorKind::NotFound)?;
        for attempt in 0_u32..1000 {
            let beside = target.with_file_name(beside_name(name, attempt));
            match disk.create_new(&beside, mode) {
                Ok(file) => {
                    return Ok(Self { disk, file: Some(file), beside, target: target.to_owned() });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// The file to write to.
    pub(crate) fn file(&self) -> io::Result<&dyn DiskFile> {
        self.file.as_deref().ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Gives the file its name. With `synced` it and its name survive a power loss from here on.
    pub(crate) fn finish(
        mut self,
        overwrite: Overwrite,
        synced: bool,
    ) -> io::Result<Box<dyn DiskFile>> {
        if synced {
            self.file()?.sync()?;
        }
        self.disk.rename(&self.beside, &self.target, overwrite)?;
        // From here on the name belongs to the file and is not taken back.
        let file = self.file.take().ok_or(ErrorKind::NotFound)?;
        if synced {
            self.disk.sync_folder(&self.target)?;
        }
        Ok(file)
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // What could not be removed is a hidden file that the next attempt steps around.
            let _ = self.disk.remove(&self.beside);
        }
    }
}

/// `.NAME.PROCESS-ATTEMPT.new`, shortened where the name leaves no room.
fn beside_name(name: &OsStr, attempt: u32) -> OsString {
    const LONGEST: usize = 200;
    let mut beside = OsString::from(".");
    if name.len() <= LONGEST {
        beside.push(name);
    }
    beside.push(format!(".{}-{attempt}.new", std::process::id()));
    beside
}

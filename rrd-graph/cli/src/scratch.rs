//! A temporary folder for a file that is only created to be passed on.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A private temporary folder, which is removed with its content when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Creates the folder; only this user can access it.
    pub(crate) fn new() -> io::Result<Self> {
        let base = std::env::temp_dir();
        for attempt in 0..100_u32 {
            let folder = base.join(format!("rrd-{}-{attempt}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Ok(Self(folder)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &Path) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // If it cannot be removed, it does no harm.
        drop(fs::remove_dir_all(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_folder_goes_with_all_it_holds() {
        let scratch = Scratch::new().unwrap();
        let file = scratch.file(Path::new("new.rrd"));
        fs::write(&file, "bytes").unwrap();
        drop(scratch);
        assert!(!file.parent().unwrap().exists());
    }
}

//! New and replacement files: written without a name, or next to the target under another one, and
//! named when they are complete, so that nobody sees half a file and a full disk leaves the old
//! file unchanged.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Disk, DiskFile, Overwrite};
use crate::number::length_to_u64;

/// Block size for copying where a file cannot be given a name.
const COPIED_AT_ONCE: usize = 256 << 10;

/// A new file; dropped before [`finish`](Self::finish) it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct NewFile<'a> {
    disk: &'a dyn Disk,
    file: Option<Box<dyn DiskFile>>,
    /// Its temporary name; `None` while it has none.
    beside: Option<PathBuf>,
    target: PathBuf,
}

/// Why there is an open file: only `finish` takes it, and ends with that.
const IN_THE_MAKING: &str = "a file in the making is open";

impl<'a> NewFile<'a> {
    /// Begins a file for `target`. With `mode` exactly that mode, else the default restricted by
    /// the umask.
    pub(crate) fn begin(disk: &'a dyn Disk, target: &Path, mode: Option<u32>) -> io::Result<Self> {
        let (file, beside) = create_next_to(target, |beside| disk.create_new(beside, mode))?;
        Ok(Self { disk, file: Some(file), beside: Some(beside), target: target.to_owned() })
    }

    /// Begins a file whose name is free. If the file system supports nameless files, it is one:
    /// naming it once is cheaper than renaming it, and a killed process leaves nothing behind.
    pub(crate) fn begin_new(disk: &'a dyn Disk, target: &Path) -> io::Result<Self> {
        match disk.create_nameless(target)? {
            Some(file) => {
                Ok(Self { disk, file: Some(file), beside: None, target: target.to_owned() })
            }
            None => Self::begin(disk, target, None),
        }
    }

    /// The file to write to.
    pub(crate) fn file(&self) -> &dyn DiskFile {
        self.file.as_deref().expect(IN_THE_MAKING)
    }

    /// Gives the file its name. With `synced` it and its name survive a power loss from here on.
    pub(crate) fn finish(
        mut self,
        overwrite: Overwrite,
        synced: bool,
    ) -> io::Result<Box<dyn DiskFile>> {
        if synced {
            self.file().sync()?;
        }
        if self.beside.is_none() {
            match self.file().link(&self.target) {
                // /proc is not mounted, and the kernel cannot do without.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    self.copy_to_named_file(synced)?;
                }
                // Another process has used the name meanwhile, and is replaced.
                Err(error)
                    if error.kind() == ErrorKind::AlreadyExists && overwrite == Overwrite::Yes =>
                {
                    self.file().sync()?;
                    let ((), name) =
                        create_next_to(&self.target, |beside| self.file().link(beside))?;
                    self.beside = Some(name);
                }
                named => named?,
            }
        }
        if let Some(beside) = &self.beside {
            self.disk.rename(beside, &self.target, overwrite)?;
        }
        // From here on the name belongs to the file and is not removed.
        let file = self.file.take().expect(IN_THE_MAKING);
        if synced {
            self.disk.sync_folder(&self.target)?;
        }
        Ok(file)
    }
}

impl NewFile<'_> {
    /// Copies the nameless file to one with a name.
    fn copy_to_named_file(&mut self, synced: bool) -> io::Result<()> {
        let (named, beside) =
            create_next_to(&self.target, |beside| self.disk.create_new(beside, None))?;
        let nameless = self.file.replace(named);
        self.beside = Some(beside);
        let mut piece = vec![0; COPIED_AT_ONCE];
        let mut offset = 0;
        loop {
            let read = nameless.as_ref().map_or(Ok(0), |file| file.read_at(offset, &mut piece))?;
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            self.file().write_at(offset, bytes)?;
            offset += length_to_u64(read);
        }
        if synced { self.file().sync() } else { Ok(()) }
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if self.file.take().is_some()
            && let Some(beside) = &self.beside
        {
            // If it could not be removed, it is a hidden file that the next attempt avoids.
            let _ = self.disk.remove(beside);
        }
    }
}

/// Creates something under a free name next to `target`.
fn create_next_to<T>(
    target: &Path,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(T, PathBuf)> {
    let name = target.file_name().ok_or(ErrorKind::NotFound)?;
    for attempt in 0_u32..1000 {
        let beside = target.with_file_name(temporary_name(name, attempt));
        match make(&beside) {
            Ok(made) => return Ok((made, beside)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// `.NAME.PROCESS-ATTEMPT.new`, shortened if the name is too long.
fn temporary_name(name: &OsStr, attempt: u32) -> OsString {
    const MAX_LENGTH: usize = 200;
    let mut beside = OsString::from(".");
    if name.len() <= MAX_LENGTH {
        beside.push(name);
    }
    beside.push(format!(".{}-{attempt}.new", std::process::id()));
    beside
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::fake::MemoryDisk;
    use crate::disk::{Access, OsDisk};

    #[test]
    fn a_name_that_is_taken_meanwhile_is_replaced_or_kept_as_asked() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new");
        for (overwrite, left) in [(Overwrite::Yes, "ours"), (Overwrite::No, "theirs")] {
            let _ = fs::remove_file(&target);
            let new = NewFile::begin_new(&OsDisk, &target).unwrap();
            new.file().write_at(0, b"ours").unwrap();
            assert!(!target.exists(), "half a file has no name");
            fs::write(&target, "theirs").unwrap();
            let finished = new.finish(overwrite, false).map(drop).map_err(|error| error.kind());
            let refused = (overwrite == Overwrite::No).then_some(ErrorKind::AlreadyExists);
            assert_eq!(finished.err(), refused);
            assert_eq!(fs::read_to_string(&target).unwrap(), left);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_file_that_cannot_be_named_is_copied() {
        let disk = MemoryDisk::without_links();
        let content: Vec<u8> = (0..=250).cycle().take(COPIED_AT_ONCE + 5).collect();
        let new = NewFile::begin_new(&disk, Path::new("new")).unwrap();
        new.file().write_at(0, &content).unwrap();
        drop(new.finish(Overwrite::Yes, false).unwrap());
        let mut read = vec![0; content.len() + 1];
        let file = disk.open(Path::new("new"), Access::Read).unwrap();
        assert_eq!(file.read_at(0, &mut read).unwrap(), content.len());
        assert_eq!(read[..content.len()], content);
    }

    #[test]
    fn a_file_that_is_given_up_leaves_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new");
        drop(NewFile::begin_new(&OsDisk, &target).unwrap());
        drop(NewFile::begin(&OsDisk, &target, None).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

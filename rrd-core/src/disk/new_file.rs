//! New and replaced files: complete before anybody sees them. A free name is given to a finished
//! file, an existing file is replaced by one with the same owner and attributes, or written in
//! place where that is not possible, and what is no regular file is written as it is.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::attributes::Attributes;
use super::in_place::write_over;
use super::memory::MemoryFile;
use super::target::{Stream, Target};
use super::{Disk, DiskFile, FileLock, Locking, OpenMode, Overwrite, temporary};
use crate::number::length_to_u64;

/// Block size for copying.
const COPIED_AT_ONCE: usize = 256 << 10;
/// The mode of a replacement until it has that of the old file.
const PRIVATE: u32 = 0o600;

/// Why a database is not created in a device or pipe.
const NO_FILE: &str = "not a regular file: a database needs one";

/// How a file that exists is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Replacing {
    /// What happens to other names of the file.
    pub(crate) hard_links: HardLinks,
    /// How a file that is written in place is locked.
    pub(crate) locking: Locking,
    /// What happens if there is no regular file but a device or pipe.
    pub(crate) streams: Streams,
}

/// What happens to the other names of a file that is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HardLinks {
    /// They stay names of the same file, which is written in place. A file that the caller may not
    /// write is not replaced.
    Kept,
    /// They keep the old file.
    Cut,
}

/// What happens to output for a device or pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Streams {
    /// It is written there.
    Written,
    /// It is an error: the caller needs a file that can be read.
    Refused,
}

/// A new file; dropped before [`finish`](Self::finish) it leaves nothing behind and an existing
/// file unchanged.
#[derive(Debug)]
pub(crate) struct NewFile<'a> {
    disk: &'a dyn Disk,
    replacing: Replacing,
    body: Body,
    target: PathBuf,
    /// The file that has the name.
    old: Option<Attributes>,
    /// The same file, open, if it is to be written in place.
    in_place: Option<Box<dyn DiskFile>>,
    /// Bytes written so far.
    length: u64,
}

/// Why a file is not finished.
#[derive(Debug)]
pub(crate) enum Unfinished {
    /// It does not get its name.
    Name(io::Error),
    /// The existing file does not get its content.
    Content(io::Error),
}

impl From<Unfinished> for io::Error {
    fn from(unfinished: Unfinished) -> Self {
        match unfinished {
            Unfinished::Name(error) | Unfinished::Content(error) => error,
        }
    }
}

/// Where the content is until the file is complete.
#[derive(Debug)]
enum Body {
    /// In a file of the same folder; with a temporary name if it has one.
    File { file: Box<dyn DiskFile>, beside: Option<PathBuf> },
    /// In memory, because the folder or the disk takes no other file; at most this many bytes.
    Memory { file: Box<dyn DiskFile>, room: u64 },
    /// It is written at once. What has a name may be a regular file after all, whose end is set.
    Stream { file: File, named: bool },
    /// It has been taken out.
    Finished,
}

impl<'a> NewFile<'a> {
    /// Begins a file for `target`.
    pub(crate) fn begin(
        disk: &'a dyn Disk,
        target: &Path,
        replacing: Replacing,
    ) -> io::Result<Self> {
        let (target, old) = match disk.target(target)? {
            Target::Free(path) => (path, None),
            Target::File(path, old) => (path, Some(old)),
            Target::Stream(_) if replacing.streams == Streams::Refused => {
                return Err(io::Error::new(ErrorKind::InvalidInput, NO_FILE));
            }
            Target::Stream(stream) => {
                let named = matches!(stream, Stream::Named(_));
                let body = Body::Stream { file: stream.open()?, named };
                return Ok(Self::new(disk, target.to_owned(), replacing, body, None));
            }
        };
        if old.is_some() {
            temporary::remove_leftovers(disk, &target);
        }
        let keeps_links = replacing.hard_links == HardLinks::Kept;
        if keeps_links && old.as_ref().is_some_and(|old| !old.writable) {
            return Err(Errno::ACCESS.into());
        }
        let mode = old.as_ref().map(|_| PRIVATE);
        let body = match begin_body(disk, &target, mode) {
            Ok((file, beside)) => Body::File { file, beside },
            Err(error) if old.is_some() && goes_in_place(&error) => Body::Finished,
            Err(error) => return Err(error),
        };
        let mut new = Self::new(disk, target, replacing, body, old);
        let Some(old) = new.old.clone() else { return Ok(new) };
        match &new.body {
            Body::File { file, .. } => {
                let taken = file.take_over(&old);
                if keeps_links && old.names > 1 {
                    new.open_old()?;
                } else if taken.is_err() && new.open_old().is_err() {
                    // It changes its owner, as all files do that are renamed over others.
                    new.content()?.set_mode(old.mode)?;
                }
            }
            _ => new.move_to_memory()?,
        }
        Ok(new)
    }

    fn new(
        disk: &'a dyn Disk,
        target: PathBuf,
        replacing: Replacing,
        body: Body,
        old: Option<Attributes>,
    ) -> Self {
        Self { disk, replacing, body, target, old, in_place: None, length: 0 }
    }

    /// Takes permissions from a new file that the owner of another one did not give to that one.
    pub(crate) fn restrict(&self, mode: u32) -> io::Result<()> {
        if self.old.is_some() {
            return Ok(());
        }
        let file = self.content()?;
        file.set_mode(file.status()?.mode & mode)
    }

    /// Forgets what was written so far.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.length) > 0 {
            self.content()?.set_length(0)?;
        }
        Ok(())
    }

    /// Reserves the space for the whole content before any of it is written, so that a disk that is
    /// too small is not filled first.
    pub(crate) fn reserve(&mut self, length: u64) -> io::Result<()> {
        match &self.body {
            Body::File { file, .. } => match file.reserve(length) {
                Err(error) if self.old.is_some() && is_full(&error) => {
                    self.move_to_memory()?;
                    self.reserve(length)
                }
                reserved => reserved,
            },
            Body::Memory { room, .. } if length > *room => Err(Errno::NOSPC.into()),
            Body::Memory { .. } | Body::Stream { .. } | Body::Finished => Ok(()),
        }
    }

    /// Gives the file its name, or the existing file its content. With `synced` both survive a
    /// power loss from here on. Returns the file if it is a regular one.
    pub(crate) fn finish(
        mut self,
        overwrite: Overwrite,
        synced: bool,
    ) -> Result<Option<Box<dyn DiskFile>>, Unfinished> {
        if let Body::Stream { file, named } = &self.body {
            if *named && file.metadata().map_err(Unfinished::Content)?.is_file() {
                file.set_len(self.length).map_err(Unfinished::Content)?;
            }
            return Ok(None);
        }
        if self.in_place.is_none() {
            match self.name(overwrite, synced) {
                Err(error) if self.old.is_some() && goes_in_place(&error) => {
                    self.open_old().map_err(|_| Unfinished::Name(error))?;
                }
                named => return named.map(Some).map_err(Unfinished::Name),
            }
        }
        self.fill_old(synced).map(Some).map_err(Unfinished::Content)
    }

    /// Gives the file its name.
    fn name(&mut self, overwrite: Overwrite, synced: bool) -> io::Result<Box<dyn DiskFile>> {
        if synced {
            self.content()?.sync()?;
        }
        let Body::File { file, beside } = &mut self.body else {
            return Err(ErrorKind::PermissionDenied.into());
        };
        if beside.is_none() {
            let linked = match self.old {
                None => file.link(&self.target),
                Some(_) => Err(ErrorKind::AlreadyExists.into()),
            };
            let linked = match linked {
                // The old file is replaced, or one that another process has created meanwhile.
                Err(error)
                    if error.kind() == ErrorKind::AlreadyExists && overwrite == Overwrite::Yes =>
                {
                    if self.old.is_none() {
                        // A power loss must not replace data by nothing.
                        file.sync()?;
                    }
                    temporary::link(&**file, &self.target).map(|name| *beside = Some(name))
                }
                linked => linked,
            };
            match linked {
                // /proc is not mounted and the kernel cannot do without, or links are forbidden.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::NotFound | ErrorKind::PermissionDenied
                    ) =>
                {
                    self.copy_to_named_file(synced)?;
                }
                linked => linked?,
            }
        }
        if let Body::File { beside: Some(beside), .. } = &self.body {
            self.disk.rename(beside, &self.target, overwrite)?;
        }
        // From here on the name belongs to the file and is not removed.
        let Body::File { file, .. } = std::mem::replace(&mut self.body, Body::Finished) else {
            return Err(ErrorKind::NotFound.into());
        };
        file.unlock();
        if synced {
            self.disk.sync_folder(&self.target)?;
        }
        Ok(file)
    }

    /// Puts the content into the existing file.
    fn fill_old(&mut self, synced: bool) -> io::Result<Box<dyn DiskFile>> {
        let file = self.in_place.take().ok_or(ErrorKind::NotFound)?;
        let Some(locked) = FileLock::take(&*file, self.replacing.locking)? else {
            return Err(io::Error::new(ErrorKind::WouldBlock, "locked by another writer"));
        };
        write_over(&*locked, self.content()?, self.length, synced)?;
        drop(locked);
        Ok(file)
    }

    /// Opens the existing file, to be written in place.
    fn open_old(&mut self) -> io::Result<()> {
        let file = match self.disk.open(&self.target, OpenMode::WriteOwn) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                self.disk.open(&self.target, OpenMode::OverwriteOnly)?
            }
            opened => opened?,
        };
        self.in_place = Some(file);
        Ok(())
    }

    /// Goes on in memory, to write the existing file in place: it may have the space that the disk
    /// does not have for a second one.
    fn move_to_memory(&mut self) -> io::Result<()> {
        if self.in_place.is_none() {
            self.open_old()?;
        }
        let memory = MemoryFile::default();
        if let Body::File { file, .. } = &self.body {
            copy(&**file, &memory, self.length)?;
        }
        self.discard();
        let room = match &self.in_place {
            Some(file) => file.room()?,
            None => 0,
        };
        self.body = Body::Memory { file: Box::new(memory), room };
        Ok(())
    }

    /// Copies a nameless file to one with a name.
    fn copy_to_named_file(&mut self, synced: bool) -> io::Result<()> {
        let mode = self.old.as_ref().map(|_| PRIVATE);
        let (named, beside) = temporary::create(self.disk, &self.target, mode)?;
        let nameless =
            std::mem::replace(&mut self.body, Body::File { file: named, beside: Some(beside) });
        let named = self.content()?;
        if let Some(old) = &self.old {
            named.take_over(old).or_else(|_| named.set_mode(old.mode))?;
        }
        if let Body::File { file, .. } = &nameless {
            copy(&**file, named, self.length)?;
        }
        if synced { named.sync() } else { Ok(()) }
    }

    /// The file that holds the content so far.
    fn content(&self) -> io::Result<&dyn DiskFile> {
        match &self.body {
            Body::File { file, .. } | Body::Memory { file, .. } => Ok(&**file),
            Body::Stream { .. } | Body::Finished => Err(ErrorKind::NotFound.into()),
        }
    }

    fn discard(&mut self) {
        if let Body::File { beside: Some(beside), .. } =
            std::mem::replace(&mut self.body, Body::Finished)
        {
            // If it cannot be removed, the next command tries again.
            let _ = self.disk.remove(&beside);
        }
    }
}

impl Write for NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Body::Stream { file, .. } = &mut self.body {
            let count = file.write(bytes)?;
            self.length += length_to_u64(count);
            return Ok(count);
        }
        let end = self.length + length_to_u64(bytes.len());
        if let Body::Memory { room, .. } = &self.body
            && end > *room
        {
            return Err(Errno::NOSPC.into());
        }
        match self.content()?.write_at(self.length, bytes) {
            Err(error)
                if self.old.is_some()
                    && is_full(&error)
                    && matches!(self.body, Body::File { .. }) =>
            {
                self.move_to_memory().map_err(|_| error)?;
                return self.write(bytes);
            }
            written => written?,
        }
        self.length = end;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        self.discard();
    }
}

/// A nameless file in the folder of `target`, or one with a temporary name. A file without a name
/// is cheaper to name than to rename, and a killed process leaves nothing behind.
fn begin_body(
    disk: &dyn Disk,
    target: &Path,
    mode: Option<u32>,
) -> io::Result<(Box<dyn DiskFile>, Option<PathBuf>)> {
    if let Some(file) = disk.create_nameless(target, mode)? {
        return Ok((file, None));
    }
    temporary::create(disk, target, mode).map(|(file, beside)| (file, Some(beside)))
}

fn copy(from: &dyn DiskFile, to: &dyn DiskFile, length: u64) -> io::Result<()> {
    let mut piece = vec![0; COPIED_AT_ONCE];
    let mut offset = 0;
    while offset < length {
        let read = from.read_at(offset, &mut piece)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        to.write_at(offset, bytes)?;
        offset += length_to_u64(read);
    }
    Ok(())
}

/// Whether a folder refuses a new file or name although a file in it may be writable: the folder
/// is not, the file is mounted, or it is somebody else's in a folder for everybody.
fn goes_in_place(error: &io::Error) -> bool {
    let kinds = [
        ErrorKind::PermissionDenied,
        ErrorKind::ReadOnlyFilesystem,
        ErrorKind::ResourceBusy,
        ErrorKind::CrossesDevices,
        ErrorKind::InvalidFilename,
    ];
    kinds.contains(&error.kind()) || is_full(error)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::OsDisk;
    use crate::disk::fake::MemoryDisk;

    const REPLACING: Replacing =
        Replacing { hard_links: HardLinks::Cut, locking: Locking::Try, streams: Streams::Written };

    #[test]
    fn a_name_that_is_taken_meanwhile_is_replaced_or_kept_as_asked() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new");
        for (overwrite, left) in [(Overwrite::Yes, "ours"), (Overwrite::No, "theirs")] {
            let _ = fs::remove_file(&target);
            let mut new = NewFile::begin(&OsDisk, &target, REPLACING).unwrap();
            new.write_all(b"ours").unwrap();
            assert!(!target.exists(), "half a file has no name");
            fs::write(&target, "theirs").unwrap();
            let finished = new.finish(overwrite, false).map(drop).map_err(io::Error::from);
            let refused = (overwrite == Overwrite::No).then_some(ErrorKind::AlreadyExists);
            assert_eq!(finished.err().map(|error| error.kind()), refused);
            assert_eq!(fs::read_to_string(&target).unwrap(), left);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_file_that_cannot_be_named_is_copied() {
        let disk = MemoryDisk::without_links();
        let content: Vec<u8> = (0..=250).cycle().take(COPIED_AT_ONCE + 5).collect();
        let mut new = NewFile::begin(&disk, Path::new("new"), REPLACING).unwrap();
        new.write_all(&content).unwrap();
        drop(new.finish(Overwrite::Yes, false).unwrap());
        assert_eq!(disk.bytes("new").unwrap(), content);
        assert_eq!(disk.names(), ["new"]);
    }

    #[test]
    fn a_file_that_is_given_up_leaves_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new");
        drop(NewFile::begin(&OsDisk, &target, REPLACING).unwrap());
        fs::write(&target, "old").unwrap();
        drop(NewFile::begin(&OsDisk, &target, REPLACING).unwrap());
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

//! The journal of a single file: `.NAME.journal` next to it, which exists only while a writer may
//! need it.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::apply::replay;
use super::image::Image;
use super::record::{Durability, Record};
use crate::disk::{Access, Disk, DiskFile};
use crate::number::to_index;

/// A journal that is longer than its file by more than this cannot be ours.
const SPARE: u64 = 16 << 20;

/// The journal of the file at `path`.
pub(crate) fn sidecar_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".journal");
    path.with_file_name(name)
}

/// The journal of one open file, created when first needed. All of it happens under the write lock
/// of the file.
#[derive(Debug)]
pub(crate) struct Sidecar {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: Option<Box<dyn DiskFile>>,
    generation: u64,
    buffer: Vec<u8>,
}

impl Sidecar {
    /// The journal of the file at `path`.
    pub(crate) fn new(disk: Arc<dyn Disk>, path: &Path) -> Self {
        let path = sidecar_path(path);
        Self { disk, path, file: None, generation: 0, buffer: Vec::new() }
    }

    /// Writes the record, replacing the previous one, which is complete in the file.
    pub(crate) fn write(
        &mut self,
        file: &dyn DiskFile,
        head: &[u8],
        record: &Record,
        durability: Durability,
    ) -> io::Result<()> {
        let synced = durability == Durability::Synced;
        // Another handle may have removed the name when it was closed.
        let kept = self.file.take();
        let journal = match kept.filter(|journal| journal.status().is_ok_and(|now| now.names > 0)) {
            Some(journal) => journal,
            None => self.acquire(file, synced)?,
        };
        let journal = self.file.insert(journal);
        self.generation = self.generation.wrapping_add(1);
        Image::encode(&mut self.buffer, self.generation, synced, head, record);
        let written = journal.write_at(0, &self.buffer);
        let written = written.and_then(|()| if synced { journal.sync() } else { Ok(()) });
        if written.is_err() {
            // Half a record would be recognised as such, but an empty one need not be read.
            let _ = journal.set_length(0);
        }
        written
    }

    fn acquire(&self, file: &dyn DiskFile, synced: bool) -> io::Result<Box<dyn DiskFile>> {
        // Whoever may write the file may complete its changes.
        let mode = file.status()?.mode;
        let journal = match self.disk.create_new(&self.path, Some(mode)) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.disk.open(&self.path, Access::WriteOwn)?
            }
            other => other?,
        };
        if synced {
            self.disk.sync_folder(&self.path)?;
        }
        Ok(journal)
    }

    /// Removes the journal if there is one; called under the lock when every change is complete.
    pub(crate) fn remove(&mut self) {
        if let Some(file) = self.file.take()
            && file.status().is_ok_and(|now| now.names > 0)
        {
            // One that stays behind is recognised as complete by the next writer.
            let _ = self.disk.remove(&self.path);
        }
    }

    /// Whether a journal is open.
    pub(crate) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Where the journal lives.
    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }
}

/// Whether there is a journal beside the file at `path`.
pub(crate) fn sidecar_exists(disk: &dyn Disk, path: &Path) -> io::Result<bool> {
    match disk.open(&sidecar_path(path), Access::ReadOwn) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The whole journal beside the file at `path`, if there is one; a torn one counts as none.
pub(crate) fn read_image(
    disk: &dyn Disk,
    path: &Path,
    file_length: u64,
) -> io::Result<Option<Image>> {
    let journal = match disk.open(&sidecar_path(path), Access::ReadOwn) {
        Ok(journal) => journal,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = journal.status()?.length;
    if length > file_length.saturating_mul(2).saturating_add(SPARE) {
        return Ok(None);
    }
    let mut bytes = vec![0; to_index(length).unwrap_or_default()];
    let read = journal.read_at(0, &mut bytes)?;
    Ok(bytes.get(..read).and_then(|bytes| Image::decode(bytes, file_length)))
}

/// What a writer found beside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// A change was completed.
    Replayed,
    /// The journal was torn or belonged to another state of the file.
    Dropped,
}

/// Completes the change that a dead writer left, or drops it where it does not fit; `None` without
/// a journal. Called under the write lock.
pub(crate) fn recover(
    disk: &dyn Disk,
    path: &Path,
    file: &dyn DiskFile,
) -> io::Result<Option<Recovery>> {
    if !sidecar_exists(disk, path)? {
        return Ok(None);
    }
    let length = file.status()?.length;
    let mut found = Recovery::Dropped;
    if let Some(image) = read_image(disk, path, length)?
        && replay(file, &image)?
    {
        found = Recovery::Replayed;
    }
    disk.remove(&sidecar_path(path))?;
    Ok(Some(found))
}

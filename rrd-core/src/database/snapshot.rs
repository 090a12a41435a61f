//! The head of a file as it was read, and reading that is consistent without a lock: head, rows, head again.

use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::OpenError;
use crate::format::{Geometry, Head, HeadError, STAT_HEAD, VALUE, decode, decode_live, geometry};
use crate::number::{length_to_u64, to_index};
use crate::storage::DiskFile;

/// How much of a file is read at once to find its head.
const FIRST_READ: usize = 8 << 10;
/// Rows are decoded in pieces of this many bytes, which stay in the processor's cache.
const PIECE: usize = 64 << 10;
/// How long a reader gives a writer that is at work to end its commit.
const PATIENCE: Duration = Duration::from_millis(100);

/// A head with the bytes it was decoded from.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) bytes: Vec<u8>,
    pub(crate) geometry: Geometry,
    pub(crate) head: Head,
    /// The length of the file when the head was read.
    pub(crate) length: u64,
}

/// Why a head cannot be had.
#[derive(Debug)]
pub(crate) enum LoadError {
    Read(io::Error),
    Folder,
    Head(HeadError),
}

impl LoadError {
    pub(crate) fn at(self, path: &Path) -> OpenError {
        let path = path.to_owned();
        match self {
            Self::Read(source) => OpenError::Read { path, source },
            Self::Folder => OpenError::Folder { path },
            Self::Head(HeadError::Truncated { length: 0, .. }) => OpenError::Empty { path },
            Self::Head(fault) => OpenError::Head { path, fault },
        }
    }
}

impl From<io::Error> for LoadError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<HeadError> for LoadError {
    fn from(fault: HeadError) -> Self {
        Self::Head(fault)
    }
}

impl Snapshot {
    /// Reads and decodes the head.
    pub(crate) fn load(file: &dyn DiskFile) -> Result<Self, LoadError> {
        let status = file.status()?;
        if status.is_folder {
            return Err(LoadError::Folder);
        }
        let length = status.length;
        let first = to_index(length).unwrap_or(usize::MAX).min(FIRST_READ);
        let mut bytes = vec![0; first];
        let read = file.read_at(0, &mut bytes)?;
        bytes.truncate(read);
        let prefix = bytes.get(..STAT_HEAD.min(read)).unwrap_or_default();
        let candidates = geometry(prefix, length)?;
        let needed = candidates.iter().map(Geometry::rows).max().unwrap_or_default();
        bytes.resize(needed, 0);
        if needed > read
            && let Some(rest) = bytes.get_mut(read..)
        {
            file.read_exact_at(length_to_u64(read), rest)?;
        }
        let (geometry, head) = decode(&bytes, length)?;
        bytes.truncate(geometry.rows());
        Ok(Self { bytes, geometry, head, length })
    }

    /// Whether the file still begins with this head; if not, takes the new one over. `buffer` is working memory.
    pub(crate) fn refresh(
        &mut self,
        file: &dyn DiskFile,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, LoadError> {
        buffer.resize(self.bytes.len(), 0);
        let read = file.read_at(0, buffer)?;
        if buffer.get(..read) == Some(self.bytes.as_slice()) {
            return Ok(true);
        }
        let live = self.geometry.live();
        let same_shape = read == self.bytes.len() && buffer.get(..live) == self.bytes.get(..live);
        if same_shape {
            self.head.live = decode_live(&self.geometry, &self.head.schema, buffer)?;
            std::mem::swap(&mut self.bytes, buffer);
        } else {
            *self = Self::load(file)?;
        }
        Ok(false)
    }

    /// Where a row begins.
    pub(crate) fn row_offset(&self, archive: usize, row: u64) -> u64 {
        let before: u64 =
            self.head.schema.archives().iter().take(archive).map(|rra| rra.rows).sum();
        let row_size = length_to_u64(self.geometry.row_size());
        length_to_u64(self.geometry.rows()) + (before + row) * row_size
    }

    /// Reads whole rows from `row` on.
    pub(crate) fn read_rows(
        &self,
        file: &dyn DiskFile,
        archive: usize,
        row: u64,
        values: &mut [f64],
    ) -> io::Result<()> {
        let mut offset = self.row_offset(archive, row);
        let mut buffer = [0; PIECE];
        for piece in values.chunks_mut(PIECE / VALUE) {
            let Some(bytes) = buffer.get_mut(..piece.len() * VALUE) else { continue };
            file.read_exact_at(offset, bytes)?;
            self.geometry.layout.doubles_into(bytes, piece);
            offset += length_to_u64(bytes.len());
        }
        Ok(())
    }
}

/// Runs `read` on a state of the file that existed: again and again until the head did not change meanwhile and no
/// writer was at work. A writer that keeps its lock longer than a commit can last is not waited for.
pub(crate) fn consistently<T, E: From<LoadError>>(
    file: &dyn DiskFile,
    snapshot: &mut Snapshot,
    buffer: &mut Vec<u8>,
    mut read: impl FnMut(&Snapshot) -> Result<T, E>,
) -> Result<T, E> {
    let mut since: Option<Instant> = None;
    snapshot.refresh(file, buffer)?;
    loop {
        let result = read(snapshot);
        let busy = file.is_locked_elsewhere();
        let unchanged = snapshot.refresh(file, buffer)?;
        let waited = since.get_or_insert_with(Instant::now).elapsed();
        if (unchanged && !busy) || waited > PATIENCE {
            return result;
        }
        if busy {
            sleep(Duration::from_micros(50));
        }
    }
}

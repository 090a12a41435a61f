//! The bytes before the rows of a file and the record behind them, read so that they belong
//! together although others write to the file.

use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::OpenError;
use crate::commit::{Heads, Image, Record, Tail, has_vanished};
use crate::disk::DiskFile;
use crate::format::{Geometry, HeadError, STAT_HEAD, decode, geometry};
use crate::number::{length_to_u64, to_index};

/// Number of bytes that are first read to find the head.
const FIRST_READ: usize = 8 << 10;
/// Time that a reader gives an active writer to complete its commit.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

/// Why a head cannot be read.
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

/// Who may write to a file while its head is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    Nobody,
    Writers,
}

/// What a file holds besides its rows.
pub(super) struct HeadBytes {
    /// The bytes before the rows, in the longest layout that the first ones allow.
    pub(super) bytes: Vec<u8>,
    /// Length of the file.
    pub(super) length: u64,
    /// Number of allocated bytes of the file.
    pub(super) allocated: u64,
    /// Number of names of the file: none if another one has got its name.
    pub(super) names: u64,
    /// The sizes of the parts, and where the rows end, if files of this layout are written.
    native: Option<(Geometry, u64)>,
    /// What follows the rows.
    pub(super) tail: Tail,
    /// The change left unfinished by a killed writer.
    pub(super) unfinished: Option<Image>,
}

impl HeadBytes {
    /// Reads them. A writer that is active meanwhile is waited for, unless it holds on for longer
    /// than a commit takes.
    pub(super) fn read(file: &dyn DiskFile) -> Result<Self, LoadError> {
        let mut start: Option<Instant> = None;
        loop {
            let (found, is_settled) = Self::read_once(file, Beside::Writers)?;
            if is_settled || start.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                return Ok(found);
            }
            sleep(Duration::from_micros(20));
        }
    }

    /// Reads them once. Unless the file begins with the same head afterwards, when no writer is
    /// active, they may not belong together.
    pub(super) fn guess(file: &dyn DiskFile) -> Result<Self, LoadError> {
        match Self::read_once(file, Beside::Nobody) {
            Ok((found, true)) => Ok(found),
            _ => Self::read(file),
        }
    }

    /// Reads them under the write lock of the file: no writer is active.
    pub(super) fn read_locked(file: &dyn DiskFile) -> Result<Self, LoadError> {
        match Self::read_once(file, Beside::Nobody)? {
            (found, true) => Ok(found),
            (_, false) => Self::read(file),
        }
    }

    /// Reads them once; also returns whether they belong together: either nobody else writes, or a
    /// whole record says so, or there was none while the head stayed the same.
    fn read_once(file: &dyn DiskFile, beside: Beside) -> Result<(Self, bool), LoadError> {
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
        let native = candidates.into_iter().find(|geometry| geometry.layout.is_native());
        let native = native.and_then(|geometry| {
            let end = geometry.rows_end(&bytes)?;
            Some((geometry, end))
        });
        let rows_end = native.as_ref().map_or(length, |(_, end)| *end);
        let behind = if native.is_some() {
            Tail::read(file, rows_end, length)
        } else {
            Ok((Tail::none(length), None))
        };
        let (tail, image, vanished) = match behind {
            Ok((tail, image)) => (tail, image, false),
            Err(error) if has_vanished(&error) => (Tail::none(rows_end), None, true),
            Err(error) => return Err(error.into()),
        };
        let (allocated, names) = (status.allocated, status.names);
        let mut found = Self { bytes, length, allocated, names, native, tail, unfinished: None };
        found.unfinished = image.filter(|image| found.accepts(image));
        let is_settled = !vanished
            && (beside == Beside::Nobody
                || found.unfinished.is_some()
                || found.is_unchanged(file)?);
        Ok((found, is_settled))
    }

    /// Whether the file still begins with these bytes.
    fn is_unchanged(&self, file: &dyn DiskFile) -> io::Result<bool> {
        let mut again = vec![0; self.bytes.len()];
        let read = file.read_at(0, &mut again)?;
        Ok(again.get(..read) == Some(self.bytes.as_slice()))
    }

    /// Whether a record belongs to the state of the file and leaves it a valid database in which
    /// all parts are where they were.
    pub(super) fn accepts(&self, image: &Image) -> bool {
        let fits = |(geometry, _): &(Geometry, u64)| image.fits(&self.bytes, geometry.live());
        self.native.as_ref().is_some_and(fits) && self.after(image.record()).is_some()
    }

    /// The head after a change that leaves the file a valid database in which all parts are where
    /// they were.
    pub(super) fn after(&self, record: &Record) -> Option<Vec<u8>> {
        let (geometry, end) = self.native.as_ref()?;
        let mut after = self.bytes.clone();
        record.patch(&mut after, 0);
        let (decoded, head) = decode(&after, self.length).ok()?;
        let stays = decoded == *geometry && geometry.rows_end(&after) == Some(*end);
        let is_possible = decoded.impossible_definitions(&head).is_empty();
        (stays && is_possible).then_some(after)
    }

    /// The bytes of the head before and after a change, if files of this layout are written.
    pub(super) fn heads<'a>(&'a self, after: &'a [u8]) -> Option<Heads<'a>> {
        let (geometry, _) = self.native.as_ref()?;
        Some(Heads { before: &self.bytes, after, live: geometry.live() })
    }

    /// Where the rows end, if files of this layout are written.
    pub(super) fn rows_end(&self) -> Option<u64> {
        self.native.as_ref().map(|(_, end)| *end)
    }
}

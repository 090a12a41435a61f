//! The journal that earlier versions kept beside a file, `.NAME.journal`: nothing else reads it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use byteorder::{ByteOrder, LittleEndian};

use crate::commit::Record;
use crate::database::{OpenError, UpdateError, complete_with};
use crate::disk::{Disk, DiskFile, FileLock, Locking, OpenMode, OsDisk};
use crate::number::to_index;

/// Why the change in a journal cannot be completed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SidecarError {
    /// There is no journal.
    #[error("there is no journal '{}'", path.display())]
    Missing {
        /// The journal.
        path: PathBuf,
    },
    /// The journal cannot be opened, read or removed.
    #[error("cannot use the journal '{}'", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Somebody else may have put the journal there.
    #[error("'{}' does not belong to the owner of the database: remove it", path.display())]
    Owner {
        /// The journal.
        path: PathBuf,
    },
    /// The journal is incomplete, or the database has changed since.
    #[error("'{}' does not fit the present state of the database: remove it", path.display())]
    Unfit {
        /// The journal.
        path: PathBuf,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be written.
    #[error(transparent)]
    Update(#[from] UpdateError),
}

/// The journal of the file at `path`.
pub(super) fn sidecar_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".journal");
    path.with_file_name(name)
}

/// Completes the change that a killed writer of an earlier version left in the journal beside the
/// file, and removes the journal. A change that is already complete is not made again.
///
/// # Errors
///
/// There is no journal, it does not belong to the owner of the file, or it does not fit. Then
/// nothing is changed.
pub fn finish_sidecar(path: impl AsRef<Path>) -> Result<(), SidecarError> {
    let path = path.as_ref();
    let beside = sidecar_path(path);
    let fault = |source| SidecarError::Journal { path: beside.clone(), source };
    let open = |source| OpenError::Open { path: path.to_owned(), source };
    let journal = match OsDisk.open(&beside, OpenMode::ReadOwn) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SidecarError::Missing { path: beside });
        }
        opened => opened.map_err(fault)?,
    };
    let file = OsDisk.open(path, OpenMode::Write).map_err(open)?;
    let Some(file) = FileLock::take(&*file, Locking::default()).map_err(open)? else {
        return Err(OpenError::Locked { path: path.to_owned() }.into());
    };
    if journal.status().map_err(fault)?.owner != file.status().map_err(open)?.owner {
        return Err(SidecarError::Owner { path: beside });
    }
    let bytes = read(&*journal, file.status().map_err(open)?.length).map_err(fault)?;
    let find = |head: &[u8], rows_end| OldImage::decode(&bytes, rows_end)?.record_for(head);
    if !complete_with(path, &*file, find)? {
        return Err(SidecarError::Unfit { path: beside });
    }
    OsDisk.remove(&beside).map_err(fault)
}

/// A journal that is longer than its file by more than this cannot be one.
const SPARE: u64 = 16 << 20;

/// The whole journal; nothing if it is too long.
fn read(journal: &dyn DiskFile, file_length: u64) -> io::Result<Vec<u8>> {
    let length = journal.status()?.length;
    if length > file_length.saturating_mul(2).saturating_add(SPARE) {
        return Ok(Vec::new());
    }
    let mut bytes = vec![0; to_index(length).unwrap_or_default()];
    let read = journal.read_at(0, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

const MAGIC: [u8; 8] = *b"RRDREDO1";
const LENGTH: usize = MAGIC.len();
const CHECKSUM: usize = LENGTH + 8;
/// The checksum covers everything from here on.
const COVERED: usize = CHECKSUM + 4;
const HEAD_LENGTH: usize = COVERED + 12;
const RANGES: usize = HEAD_LENGTH + 8;
const FIXED: usize = RANGES + 8;
/// The pages that have a checksum before and one after, of 4 bytes each.
const PAGE: usize = 4096;
const PAGE_ENTRY: usize = 8;
const RANGE_ENTRY: usize = 16;

/// A journal that was read completely.
struct OldImage {
    head_length: usize,
    pages: Vec<(u32, u32)>,
    record: Record,
}

impl OldImage {
    /// Decodes the journal of a file whose rows end at `rows_end`.
    fn decode(bytes: &[u8], rows_end: u64) -> Option<Self> {
        let count = |at: usize| bytes.get(at..at + 8).map(LittleEndian::read_u64);
        if !bytes.starts_with(&MAGIC) {
            return None;
        }
        let bytes = bytes.get(..to_index(count(LENGTH)?)?)?;
        let checksum = LittleEndian::read_u32(bytes.get(CHECKSUM..COVERED)?);
        if crc32fast::hash(bytes.get(COVERED..)?) != checksum {
            return None;
        }
        let head_length = to_index(count(HEAD_LENGTH)?)?;
        let (pages, rest) = bytes
            .get(FIXED..)?
            .split_at_checked(head_length.div_ceil(PAGE).checked_mul(PAGE_ENTRY)?)?;
        let pages = pages.chunks_exact(PAGE_ENTRY).map(|entry| {
            let (before, after) = entry.split_at(PAGE_ENTRY / 2);
            (LittleEndian::read_u32(before), LittleEndian::read_u32(after))
        });
        let ranges = to_index(count(RANGES)?)?.checked_mul(RANGE_ENTRY)?;
        let (ranges, mut data) = rest.split_at_checked(ranges)?;
        let mut record = Record::default();
        for entry in ranges.chunks_exact(RANGE_ENTRY) {
            let (offset, length) = entry.split_at(RANGE_ENTRY / 2);
            let (offset, length) = (LittleEndian::read_u64(offset), LittleEndian::read_u64(length));
            if offset.checked_add(length)? > rows_end {
                return None;
            }
            let (range, after) = data.split_at_checked(to_index(length)?)?;
            record.push(offset, range);
            data = after;
        }
        // Only the order that a redo record has is safe for any change.
        record.set_in_place();
        data.is_empty().then(|| Self { head_length, pages: pages.collect(), record })
    }

    /// The change, if a file that begins with `head` is in a state between its beginning and its
    /// end.
    fn record_for(self, head: &[u8]) -> Option<Record> {
        let fits = head.len() == self.head_length
            && head.chunks(PAGE).zip(&self.pages).all(|(page, (before, after))| {
                let now = crc32fast::hash(page);
                now == *before || now == *after
            });
        fits.then_some(self.record)
    }
}

//! Looks at a file and tells what is wrong with it; saves what can be saved of a damaged one.

use std::fmt;
use std::io;
use std::path::Path;

use crate::database::{CreateError, CreateOptions, FetchError, OpenError, RrdReader, write_file};
use crate::format::{Geometry, Head, HeadError, Layout, STAT_HEAD, VALUE, decode, geometry};
use crate::journal::read_image;
use crate::number::{UNKNOWN, length_to_u64, to_index};
use crate::storage::{Access, Disk, DiskFile, OsDisk, Overwrite};

/// Something about a file that its owner should know.
#[derive(Debug)]
#[non_exhaustive]
pub enum Finding {
    /// The file cannot be opened as a database: [`OpenError::Head`] tells field, value and place.
    Unreadable(OpenError),
    /// Another kind of machine made it: it can be read, not updated.
    ForeignLayout(Layout),
    /// Bytes follow the last row. RRDtool ignores them, too.
    TrailingBytes {
        /// How many.
        bytes: u64,
    },
    /// A writer was killed in the middle of a change; the next one completes it.
    UnfinishedChange,
    /// A journal lies beside the file that does not belong to its present state; the next writer removes it.
    StaleJournal,
}

impl Finding {
    /// Whether data is or may be lost, as opposed to something that is merely worth knowing.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(OpenError::Head { path, fault }) => {
                let path = path.display();
                match fault {
                    HeadError::TooShort { needed, length } => write!(
                        f,
                        "truncated: '{path}' has {length} bytes, but its head asks for {needed}"
                    ),
                    HeadError::Truncated { part, needed, length } => write!(
                        f,
                        "truncated: '{path}' has {length} bytes and ends in {part}, which needs {needed}"
                    ),
                    HeadError::UnknownSourceKind { source, name, offset } => write!(
                        f,
                        "impossible field: '{path}': ds[{source}].type is '{name}' at byte {offset}"
                    ),
                    HeadError::UnknownFunction { archive, name, offset } => write!(
                        f,
                        "impossible field: '{path}': rra[{archive}].cf is '{name}' at byte {offset}"
                    ),
                    HeadError::Version { text, offset } => write!(
                        f,
                        "impossible field: '{path}': the version is '{text}' at byte {offset}"
                    ),
                    HeadError::Field { .. } | HeadError::TooLarge { .. } => {
                        write!(f, "impossible field: {}", fault.describe(&path.to_string()))
                    }
                    HeadError::NotRrd => {
                        write!(f, "not an RRD: {}", fault.describe(&path.to_string()))
                    }
                    HeadError::UnknownLayout { offset } => write!(
                        f,
                        "unknown layout: '{path}': the bytes at {offset} are those of no known machine"
                    ),
                }
            }
            Self::Unreadable(error) => write!(f, "unreadable: {error}"),
            Self::ForeignLayout(layout) => write!(f, "foreign layout: {layout}"),
            Self::TrailingBytes { bytes } => write!(f, "{bytes} bytes follow the last row"),
            Self::UnfinishedChange => {
                f.write_str("unfinished change: the next writer completes it from the journal")
            }
            Self::StaleJournal => f.write_str("stale journal beside the file"),
        }
    }
}

/// Looks at a file without changing a byte. A healthy one has no findings.
///
/// ```
/// use rrd_core::{Finding, Heartbeat, Rrd, Schema, Step, Timestamp, check};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.rrd");
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat(30))
///     .average(0.5, 1, 2)
///     .build()?;
/// Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
/// assert!(check(&path).is_empty());
///
/// std::fs::write(&path, &std::fs::read(&path)?[..590])?;
/// let findings = check(&path);
/// assert!(findings[0].is_damage());
/// assert!(findings[0].to_string().ends_with("has 590 bytes, but its head asks for 600"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(path: impl AsRef<Path>) -> Vec<Finding> {
    let path = path.as_ref();
    let mut findings = Vec::new();
    let length = OsDisk.open(path, Access::Read).and_then(|file| file.status());
    match RrdReader::open(path) {
        Ok(reader) => {
            if !reader.layout().is_native() {
                findings.push(Finding::ForeignLayout(reader.layout()));
            }
            let extra =
                length.as_ref().map_or(0, |file| file.length.saturating_sub(reader.length()));
            if extra > 0 {
                findings.push(Finding::TrailingBytes { bytes: extra });
            }
            if reader.sees_unfinished_change() {
                findings.push(Finding::UnfinishedChange);
                return findings;
            }
        }
        Err(error) => findings.push(Finding::Unreadable(error)),
    }
    let file_length = length.map_or(0, |file| file.length);
    let beside = crate::journal::sidecar_path(path).symlink_metadata().is_ok();
    if beside {
        let fits = read_image(&OsDisk, path, file_length).is_ok_and(|image| {
            image.is_some_and(|image| {
                let mut head = vec![0; image.head_length()];
                let file = OsDisk.open(path, Access::Read);
                let read = file.and_then(|file| file.read_exact_at(0, &mut head));
                read.is_ok() && image.is_complete_in(&head)
            })
        });
        // A writer that is alive keeps its journal, and what stands in it is in the file.
        if !fits {
            findings.push(Finding::StaleJournal);
        }
    }
    findings
}

/// What was done to make a damaged file readable, one line a repair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvage {
    /// Each field that was replaced, with what stood there.
    pub repairs: Vec<String>,
    /// Values that were missing because the file ended before them; they are unknown in the copy.
    pub lost_values: u64,
}

/// Why nothing could be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SalvageError {
    /// Nothing of the file can be made sense of.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy cannot be written.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] FetchError),
}

/// Writes a native copy of a damaged file: impossible fields are replaced by harmless ones, missing rows are unknown. The
/// file itself is not touched.
///
/// # Errors
///
/// Without step, time and sizes of the archives the rows have no meaning: where one of these is impossible nothing is
/// written.
pub fn salvage(
    path: impl AsRef<Path>,
    output: impl AsRef<Path>,
    overwrite: Overwrite,
) -> Result<Salvage, SalvageError> {
    let path = path.as_ref();
    let open = |source| OpenError::Open { path: path.to_owned(), source };
    let read = |source| OpenError::Read { path: path.to_owned(), source };
    let file = OsDisk.open(path, Access::Read).map_err(open)?;
    let length = file.status().map_err(read)?.length;
    let mut salvage = Salvage::default();
    let (geometry, head) =
        repaired_head(&*file, length, &mut salvage).map_err(|fault| match fault {
            Fault::Read(source) => read(source),
            Fault::Head(fault) => OpenError::Head { path: path.to_owned(), fault },
        })?;
    let mut offset = length_to_u64(geometry.rows());
    let options = CreateOptions { overwrite, synced: true, ..CreateOptions::default() };
    let native = Head { version: head.version.max(crate::format::FileVersion::V3), ..head };
    write_file(&OsDisk, output.as_ref(), &native, options, None, |_, values| {
        let bytes = bytemuck::cast_slice_mut(values);
        // What cannot be read is as lost as what is not there.
        let found = file.read_at(offset, bytes).unwrap_or(0) / VALUE;
        offset += length_to_u64(bytes.len());
        geometry.layout.read_doubles(values);
        for lost in values.get_mut(found..).unwrap_or_default() {
            *lost = UNKNOWN;
            salvage.lost_values += 1;
        }
        Ok(())
    })?;
    Ok(salvage)
}

enum Fault {
    Read(io::Error),
    Head(HeadError),
}

/// Decodes the head again and again, each time with the field replaced that was impossible the time before.
fn repaired_head(
    file: &dyn DiskFile,
    length: u64,
    salvage: &mut Salvage,
) -> Result<(Geometry, Head), Fault> {
    let mut prefix = vec![0; STAT_HEAD];
    let read = file.read_at(0, &mut prefix).map_err(Fault::Read)?;
    prefix.truncate(read);
    let candidates = geometry(&prefix, length).map_err(Fault::Head)?;
    let needed = candidates.iter().map(Geometry::rows).max().unwrap_or_default();
    let mut bytes = vec![0; needed];
    file.read_exact_at(0, &mut bytes).map_err(Fault::Read)?;
    let Some(layout) = candidates.first().map(|geometry| geometry.layout) else {
        return Err(Fault::Head(HeadError::NotRrd));
    };
    let mut whole = length;
    loop {
        let fault = match decode(&bytes, whole) {
            Ok(found) => return Ok(found),
            Err(fault) => fault,
        };
        let repaired = match &fault {
            HeadError::TooShort { needed, .. } if *needed > whole => {
                whole = *needed;
                Some(format!("the file ends at byte {length} of {needed}"))
            }
            _ => repair(&fault, layout, &mut bytes),
        };
        match repaired {
            // Every field is replaced at most once: what is written there is possible.
            Some(line) if salvage.repairs.len() <= bytes.len() => salvage.repairs.push(line),
            _ => return Err(Fault::Head(fault)),
        }
    }
}

/// Replaces the field at fault; `None` if it cannot be replaced without guessing the meaning of the rows.
fn repair(fault: &HeadError, layout: Layout, bytes: &mut [u8]) -> Option<String> {
    let (offset, replacement, words): (u64, Vec<u8>, String) = match fault {
        HeadError::UnknownSourceKind { source, name, offset } => {
            (*offset, b"GAUGE\0".to_vec(), format!("ds[{source}].type was '{name}', now GAUGE"))
        }
        HeadError::UnknownFunction { archive, name, offset } => {
            (*offset, b"AVERAGE\0".to_vec(), format!("rra[{archive}].cf was '{name}', now AVERAGE"))
        }
        HeadError::Field { field, value, offset, .. } => {
            let (_, name) = field.rsplit_once('.').unwrap_or(("", field));
            let index = field.split(['[', ']']).nth(1).unwrap_or_default();
            let count = |count: u32| layout.encode_count(count);
            let (replacement, now) = match name {
                "name" => (format!("ds{index}\0").into_bytes(), format!("ds{index}")),
                "last_ds" => (b"U\0".to_vec(), "U".to_owned()),
                "last_up_usec" | "cur_row" | "dependent_rra_idx" => (count(0), "0".to_owned()),
                "window_length" => (count(9), "9".to_owned()),
                "failure_threshold" => (count(7), "7".to_owned()),
                "smoothing_window" => (layout.encode_double(0.05), "0.05".to_owned()),
                _ => return None,
            };
            (*offset, replacement, format!("{field} was {value}, now {now}"))
        }
        _ => return None,
    };
    let start = to_index(offset)?;
    bytes.get_mut(start..start.checked_add(replacement.len())?)?.copy_from_slice(&replacement);
    Some(words)
}

//! Checks a file and reports what is wrong with it. `faults` finds impossible fields; `salvage`
//! recovers data from a damaged file, `sidecar` completes the change in a journal of an earlier
//! version.

mod faults;
mod salvage;
mod sidecar;

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::database::{OpenError, RrdReader};
use crate::format::{HeadError, Layout};
use faults::Examination;

pub use salvage::{Salvage, SalvageError, salvage};
use sidecar::sidecar_path;
pub use sidecar::{SidecarError, finish_sidecar};

/// A fact about a file that its owner should know.
#[derive(Debug)]
#[non_exhaustive]
pub enum Finding {
    /// The file cannot be opened as a database: [`OpenError::Head`] holds field, value and offset.
    /// There is one finding for each impossible field; after an impossible number of data sources
    /// or archives no other field can be located.
    Unreadable(OpenError),
    /// The file can be read, but a definition in it cannot be, and writers refuse it. There is one
    /// finding for each such definition.
    Unwritable(OpenError),
    /// The file fits two layouts of 32-bit machines equally well, and its values may be wrong.
    AmbiguousLayout {
        /// The layout that it is read in.
        read_as: Layout,
        /// The other one.
        other: Layout,
    },
    /// The file was written by another kind of machine: it can be read, not updated.
    ForeignLayout(Layout),
    /// Bytes of another program follow the last row. They are ignored and kept, as by RRDtool, but
    /// leave no place for redo records: a change can be half written after a kill.
    TrailingBytes {
        /// Number of bytes.
        bytes: u64,
    },
    /// A writer was killed in the middle of a change; the next writer completes it.
    UnfinishedChange,
    /// A journal of an earlier version lies beside the file; nothing reads it any more.
    Sidecar {
        /// The journal.
        path: PathBuf,
    },
}

impl Finding {
    /// Whether data is or may be lost. Other findings are for information.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::Unwritable(_))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(OpenError::Head { path, fault })
            | Self::Unwritable(OpenError::Head { path, fault }) => {
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
                    HeadError::Field { .. }
                    | HeadError::Expression { .. }
                    | HeadError::TooLarge { .. } => {
                        write!(f, "impossible field: '{path}': {fault}")
                    }
                    HeadError::NotRrd => write!(f, "not an RRD: '{path}': {fault}"),
                    HeadError::UnknownLayout { offset } => write!(
                        f,
                        "unknown layout: '{path}': the bytes at {offset} are those of no known machine"
                    ),
                }
            }
            Self::Unreadable(error) | Self::Unwritable(error) => {
                write!(f, "unreadable: {error}")?;
                let mut cause = error.source();
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
            Self::AmbiguousLayout { read_as, other } => {
                write!(f, "ambiguous layout: read as {read_as}, but {other} fits as well")
            }
            Self::ForeignLayout(layout) => write!(f, "foreign layout: {layout}"),
            Self::TrailingBytes { bytes } => write!(
                f,
                "{bytes} bytes of another program follow the last row: changes are written without a redo record"
            ),
            Self::UnfinishedChange => {
                f.write_str("unfinished change: the next writer completes it from the redo record")
            }
            Self::Sidecar { path } => write!(
                f,
                "'{}' is the journal of an earlier version and not read any more",
                path.display()
            ),
        }
    }
}

/// Checks a file without changing it. A healthy file has no findings.
///
/// ```
/// use rrd_core::{Finding, Heartbeat, Rrd, Schema, Step, Timestamp, check};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.rrd");
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat::from_seconds(30))
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
    let Examination { unreadable, unwritable, layouts } = faults::examine(path).unwrap_or_default();
    let at = |fault| OpenError::Head { path: path.to_owned(), fault };
    match RrdReader::open(path) {
        Ok(reader) => {
            if !reader.layout().is_native() {
                findings.push(Finding::ForeignLayout(reader.layout()));
            }
            if let Some((read_as, other)) = layouts {
                findings.push(Finding::AmbiguousLayout { read_as, other });
            }
            findings.extend(unwritable.into_iter().map(|fault| Finding::Unwritable(at(fault))));
            let bytes = reader.foreign_bytes();
            if bytes > 0 {
                findings.push(Finding::TrailingBytes { bytes });
            }
            if reader.sees_unfinished_change() {
                findings.push(Finding::UnfinishedChange);
            }
        }
        Err(OpenError::Head { fault, .. }) => {
            let faults = if unreadable.is_empty() { vec![fault] } else { unreadable };
            findings.extend(faults.into_iter().map(|fault| Finding::Unreadable(at(fault))));
            findings.extend(unwritable.into_iter().map(|fault| Finding::Unwritable(at(fault))));
        }
        Err(error) => findings.push(Finding::Unreadable(error)),
    }
    let beside = sidecar_path(path);
    if beside.symlink_metadata().is_ok() {
        findings.push(Finding::Sidecar { path: beside });
    }
    findings
}

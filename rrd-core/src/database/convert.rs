//! A native copy of a file of any layout.

use std::io;
use std::path::{Path, PathBuf};

use super::{CreateError, CreateOptions, FetchError, OpenError, REPLACING, RrdReader, write_file};
use crate::commit::Durability;
use crate::disk::{Disk, OsDisk, Overwrite};
use crate::file_version::FileVersion;
use crate::format::{Head, Layout};

/// Up to this size the rows are a consistent read; longer files are read piece by piece.
const AT_ONCE: usize = 1 << 26;

/// Why a file could not be copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// The file to be copied cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its rows cannot be read.
    #[error(transparent)]
    Read(#[from] FetchError),
    /// The copy cannot be written.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// Input and output are the same file.
    #[error("'{}' cannot be copied onto itself: name another output", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
}

/// Writes a native copy of `input`, which any machine may have written, so that this machine and
/// its RRDtool can update it. Returns the layout of `input`. Files of version 1 and 2 become
/// version 3.
///
/// ```
/// use rrd_core::{Heartbeat, Layout, Overwrite, Rrd, RrdReader, Schema, Step, Timestamp, convert};
///
/// let folder = tempfile::tempdir()?;
/// let (input, output) = (folder.path().join("in.rrd"), folder.path().join("out.rrd"));
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat::from_seconds(30))
///     .average(0.5, 1, 360)
///     .build()?;
/// Rrd::create(&input, &schema, Timestamp::from_seconds(1_000_000_000))?;
/// assert_eq!(convert(&input, &output, Overwrite::No)?, Layout::NATIVE);
/// assert_eq!(RrdReader::open(&output)?.last_update().seconds(), 1_000_000_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn convert(
    input: impl AsRef<Path>,
    output: impl AsRef<Path>,
    overwrite: Overwrite,
) -> Result<Layout, ConvertError> {
    let (input, output) = (input.as_ref(), output.as_ref());
    if let (Ok(from), Ok(to)) = (input.canonicalize(), output.canonicalize())
        && from == to
    {
        return Err(ConvertError::SameFile { path: input.to_owned() });
    }
    convert_on(&OsDisk, input, output, overwrite)
}

pub(super) fn convert_on(
    disk: &dyn Disk,
    input: &Path,
    output: &Path,
    overwrite: Overwrite,
) -> Result<Layout, ConvertError> {
    let reader = RrdReader::open_on(disk, input)?;
    let options = CreateOptions::new().overwrite(overwrite).durability(Durability::Synced);
    let native = |head: &Head| Head {
        version: head.version.max(FileVersion::V3),
        schema: head.schema.clone(),
        live: head.live.clone(),
    };
    if let Some((head, values)) = reader.read_whole(AT_ONCE)? {
        let mut values = values.into_iter();
        write_file(disk, output, &native(&head), options, REPLACING, |_, target| {
            for (target, value) in target.iter_mut().zip(&mut values) {
                *target = value;
            }
            Ok(())
        })?;
    } else {
        let width = reader.schema().sources().len();
        let (mut archive, mut row) = (0, 0);
        write_file(disk, output, &native(reader.head()), options, REPLACING, |index, target| {
            if index != archive {
                (archive, row) = (index, 0);
            }
            reader.read_rows(archive, row, target).map_err(io::Error::other)?;
            row += crate::number::length_to_u64(target.len() / width);
            Ok(())
        })?;
    }
    Ok(reader.layout())
}

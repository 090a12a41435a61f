//! A copy of a database with more or fewer rows in one archive.

use std::io;
use std::ops::Range;
use std::path::Path;

use crate::database::{CreateError, CreateOptions, FetchError, REPLACING, RrdReader, write_file};
use crate::disk::{OsDisk, Overwrite};
use crate::file_version::FileVersion;
use crate::number::{UNKNOWN, length_to_u64, to_index};

/// A change of the number of rows of an archive in a copy of the database.
///
/// The newest rows are kept. This is RRDtool's `resize`; [`Reshape::rows`](crate::Reshape::rows)
/// changes the file itself and fills new rows from other archives.
///
/// ```
/// use rrd_core::{Heartbeat, Resize, Rrd, RrdReader, Schema, Step, Timestamp};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.rrd");
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat::from_seconds(30))
///     .average(0.5, 1, 360)
///     .build()?;
/// Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
///
/// let copy = folder.path().join("resize.rrd");
/// Resize::Shrink(60).write(&RrdReader::open(&path)?, 0, &copy)?;
/// assert_eq!(RrdReader::open(&copy)?.schema().archives()[0].rows, 300);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    /// Adds this many unknown rows as the oldest ones.
    Grow(u64),
    /// Removes this many of the oldest rows; at least one must remain.
    Shrink(u64),
}

/// Why there is no resized copy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResizeError {
    /// The database has no such archive.
    #[error("the database has no archive {archive}")]
    NoArchive {
        /// Its number, from 0.
        archive: usize,
    },
    /// No row would be left.
    #[error("cannot remove {shrink} rows of an archive that has {rows}")]
    TooFewRows {
        /// Rows that there are.
        rows: u64,
        /// Rows that were to go.
        shrink: u64,
    },
    /// RRDtool resizes files of versions 3 and 4, and so do we: a changed file of version 5 comes
    /// from a [`Reshape`](crate::Reshape).
    #[error("cannot resize a file of version {}: expected 0003 or 0004", version.digits())]
    Version {
        /// The version of the file.
        version: FileVersion,
    },
    /// What would come out is not a database.
    #[error(transparent)]
    Schema(#[from] crate::schema::SchemaError),
    /// The database cannot be read.
    #[error(transparent)]
    Read(#[from] FetchError),
    /// The copy cannot be made.
    #[error(transparent)]
    Create(#[from] CreateError),
}

/// Rows of the copy in file order.
enum Piece {
    Old(Range<u64>),
    Unknown(u64),
}

impl Resize {
    /// Writes the copy. An existing file with its name is replaced.
    ///
    /// # Errors
    ///
    /// The archive does not exist or is too short, the version of the file is not 3 or 4, the file
    /// cannot be read, or the copy cannot be written. Then there is no copy.
    pub fn write(
        self,
        database: &RrdReader,
        archive: usize,
        copy: impl AsRef<Path>,
    ) -> Result<(), ResizeError> {
        let view = database.stable_view()?;
        let mut head = view.head().clone();
        let current = head.live.current_rows.get_mut(archive);
        let (Some(definition), Some(current)) = (head.schema.archives().get(archive), current)
        else {
            return Err(ResizeError::NoArchive { archive });
        };
        if let Self::Shrink(shrink) = self
            && shrink >= definition.rows
        {
            return Err(ResizeError::TooFewRows { rows: definition.rows, shrink });
        }
        if !matches!(head.version, FileVersion::V3 | FileVersion::V4) {
            return Err(ResizeError::Version { version: head.version });
        }
        let rows = match self {
            Self::Grow(rows) => definition.rows.saturating_add(rows),
            Self::Shrink(rows) => definition.rows - rows,
        };
        let mut pieces = self.pieces(*current, definition.rows);
        if let Self::Shrink(shrink) = self {
            // Removing rows from the beginning of the ring moves the current row.
            *current -= shrink.saturating_sub(definition.rows - 1 - *current);
        }
        head.schema = head.schema.with_rows(archive, rows)?;
        let width = head.schema.sources().len();
        let mut done = vec![0; head.schema.archives().len()];
        let mut fault = None;
        let mut read = |index: usize, row: u64, values: &mut [f64]| {
            view.read(index, row, values).map_err(|error| {
                fault = Some(error);
                io::Error::from(io::ErrorKind::UnexpectedEof)
            })
        };
        let result = write_file(
            &OsDisk,
            copy.as_ref(),
            &head,
            CreateOptions::new().overwrite(Overwrite::Yes),
            REPLACING,
            |index, values| {
                if index == archive {
                    return take(&mut pieces, width, values, |row, values| {
                        read(index, row, values)
                    });
                }
                let row = &mut done[index];
                read(index, *row, values)?;
                *row += length_to_u64(values.len() / width);
                Ok(())
            },
        );
        match fault {
            Some(error) => Err(error.into()),
            None => Ok(result.map(drop)?),
        }
    }

    fn pieces(self, current: u64, rows: u64) -> Vec<Piece> {
        let mut pieces = match self {
            Self::Grow(count) => vec![
                Piece::Old(0..current + 1),
                Piece::Unknown(count),
                Piece::Old(current + 1..rows),
            ],
            Self::Shrink(count) => {
                let behind = count.min(rows - 1 - current);
                let wrapped = count - behind;
                vec![Piece::Old(wrapped..current + 1), Piece::Old(current + 1 + behind..rows)]
            }
        };
        pieces.reverse();
        pieces
    }
}

/// Fills `values` with the next rows of the pieces; the next piece is the last in the list.
fn take(
    pieces: &mut Vec<Piece>,
    width: usize,
    mut values: &mut [f64],
    mut read: impl FnMut(u64, &mut [f64]) -> io::Result<()>,
) -> io::Result<()> {
    while !values.is_empty() {
        let wanted = length_to_u64(values.len() / width);
        let (count, old) = match pieces.last_mut() {
            None => break,
            Some(Piece::Old(range)) => {
                let first = range.start;
                let count = wanted.min(range.end - first);
                range.start += count;
                (count, Some(first))
            }
            Some(Piece::Unknown(rest)) => {
                let count = wanted.min(*rest);
                *rest -= count;
                (count, None)
            }
        };
        if count == 0 {
            pieces.pop();
            continue;
        }
        let length = to_index(count).expect("no more than the values in memory") * width;
        let (rows, rest) = std::mem::take(&mut values).split_at_mut(length);
        match old {
            Some(first) => read(first, rows)?,
            None => rows.fill(UNKNOWN),
        }
        values = rest;
    }
    Ok(())
}

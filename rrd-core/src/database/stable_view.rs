//! A consistent view of a database, read row by row while others continue to write.

use super::{FetchError, RrdReader};
use crate::format::Head;
use crate::number::to_index;

/// Up to this many values all rows are read at once, so that they are consistent.
const WHOLE: usize = 8 << 20;

/// Head and rows of one state of a file. In a file with more than 64 MiB of rows only the head is
/// consistent, and a concurrent update may replace the oldest rows by its new values.
pub(crate) struct StableView<'a> {
    reader: &'a RrdReader,
    head: Head,
    /// The rows of all archives, if there are not too many.
    values: Option<Vec<f64>>,
}

impl RrdReader {
    /// The current state of the database.
    pub(crate) fn stable_view(&self) -> Result<StableView<'_>, FetchError> {
        Ok(match self.read_whole(WHOLE)? {
            Some((head, values)) => StableView { reader: self, head, values: Some(values) },
            None => StableView { reader: self, head: self.head().clone(), values: None },
        })
    }
}

impl StableView<'_> {
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Copies complete rows of an archive from `row` on; all of them must exist.
    pub(crate) fn read(
        &self,
        archive: usize,
        row: u64,
        values: &mut [f64],
    ) -> Result<(), FetchError> {
        let Some(all) = &self.values else {
            return self.reader.read_rows(archive, row, values).map(drop);
        };
        let archives = self.head.schema.archives();
        let before: u64 = archives.iter().take(archive).map(|archive| archive.rows).sum();
        let row = to_index(before + row).expect("the rows are in memory, so their number fits");
        let first = row * self.head.schema.sources().len();
        values.copy_from_slice(&all[first..first + values.len()]);
        Ok(())
    }
}

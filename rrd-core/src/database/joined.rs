//! Reads the rows of a range from all archives that have a part of it.

use std::iter;

use super::reader::{Fault, Seen, read_state};
use super::snapshot::{Known, Touched, consistently};
use super::{FetchError, RrdReader};
use crate::fetch::{FetchRequest, Joined, Series};

impl RrdReader {
    /// The rows of a time range from all archives of a function, in order and by blocks: an archive
    /// of short rows for what it still has, one of longer rows for what is older.
    ///
    /// These are the rows whose end is after the start of the range and not after its end. At each
    /// time the next row comes from the archive with the longest rows that are not longer than the
    /// [resolution](FetchRequest::resolution); where none of these has the row, from the one with
    /// the shortest. So ends always ascend, and nothing that an archive has is left out. The newest
    /// rows may be shorter than the resolution: they are of the time for which a longer row is not
    /// complete. A range that ends with a complete row of the resolution has none of them.
    ///
    /// A block has at most 4,096 rows, all of one archive, and no unknown ones around them: all are
    /// [kept](Series::kept). It shows the state of the file at the time when it is read. Rows that
    /// an archive drops before that come from one that still has them. The first row of a block may
    /// begin before the last one of the block before ends: after such a drop, and where archives
    /// meet whose rows do not divide one another.
    ///
    /// ```
    /// use rrd_core::{ConsolidationFunction, FetchRequest, Heartbeat, Rrd, RrdReader, Sample};
    /// use rrd_core::{Schema, Step, TimeRange, Timestamp};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("load.rrd");
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 1, 3)
    ///     .average(0.5, 6, 60)
    ///     .build()?;
    /// let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(6000))?;
    /// for end in (6010..=6180).step_by(10) {
    ///     rrd.update(&Sample::new(Timestamp::from_seconds(end), [1.0]))?;
    /// }
    ///
    /// let range = TimeRange::from_seconds(6000, 7000);
    /// let request = FetchRequest::new(ConsolidationFunction::Average, range);
    /// let mut ends = Vec::new();
    /// for block in RrdReader::open(&path)?.joined(&request)? {
    ///     ends.extend(block?.rows().map(|(end, _)| end.seconds()));
    /// }
    /// assert_eq!(ends, [6060, 6120, 6180]);
    ///
    /// rrd.update(&Sample::new(Timestamp::from_seconds(6200), [1.0]))?;
    /// let reader = RrdReader::open(&path)?;
    /// let steps: Vec<_> =
    ///     reader.joined(&request)?.map(|block| block.map(|rows| (rows.len(), rows.step())))
    ///     .collect::<Result<_, _>>()?;
    /// # let step = |seconds| Step::from_seconds(seconds).unwrap();
    /// assert_eq!(steps, [(3, step(60)), (2, step(10))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No archive has the function, or the file can no longer be read. The iterator ends after an
    /// error.
    pub fn joined<'a>(
        &'a self,
        request: &FetchRequest,
    ) -> Result<impl Iterator<Item = Result<Series, FetchError>> + use<'a>, FetchError> {
        let mut joined = Joined::new(request);
        let mut blocks = iter::from_fn(move || joined.next(|at| self.block(at)));
        // The first one shows whether there are any.
        let first = blocks.next().transpose()?;
        Ok(first.map(Ok).into_iter().chain(blocks))
    }

    /// The next block of a joined read, in the current state of the file.
    pub(crate) fn block(&self, joined: &Joined) -> Result<Option<Series>, FetchError> {
        let mut series = Series::default();
        self.read(|Seen { snapshot, buffer }| {
            let rows = consistently(&*self.file, snapshot, buffer, Known::Guessed, |state| {
                let Some(rows) = joined.rows(&state.head)? else {
                    return Ok((None, Touched::All));
                };
                let touched = read_state(&*self.file, state, None, &rows, series.values_mut())?;
                Ok((Some(rows), touched))
            });
            let rows = rows.map_err(|fault: Fault| fault.at(&self.path, joined.function()))?;
            Ok(rows.map(|rows| {
                series.describe(&rows, &snapshot.head.schema);
                series
            }))
        })
    }
}

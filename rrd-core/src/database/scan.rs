//! Reads rows of any number by blocks, so that they take no memory.

use super::reader::{Fault, Seen, read_state};
use super::snapshot::{Known, consistently};
use super::{FetchError, RrdReader};
use crate::fetch::{FetchRequest, Selection, Series, rows_of, select};
use crate::time::TimeRange;

/// The most values of a block: a part of the processor's cache.
const BLOCK: usize = 1 << 15;

impl RrdReader {
    /// The archive that answers a request, and its rows as of opening the file.
    ///
    /// # Errors
    ///
    /// No archive has the requested function, or the time range has more than a billion rows.
    ///
    /// ```
    /// use rrd_core::{ConsolidationFunction, FetchRequest, Heartbeat, Rrd, RrdReader, Schema, Step};
    /// use rrd_core::{TimeRange, Timestamp};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("load.rrd");
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 1, 360)
    ///     .max(0.5, 60, 360)
    ///     .build()?;
    /// Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
    ///
    /// let day = TimeRange::from_seconds(999_914_400, 1_000_000_200);
    /// let request = FetchRequest::new(ConsolidationFunction::Max, day);
    /// let selection = RrdReader::open(&path)?.select(&request)?;
    /// assert_eq!((selection.archive(), selection.step().seconds()), (1, 600));
    /// assert_eq!(selection.rows(), 144);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select(&self, request: &FetchRequest) -> Result<Selection, FetchError> {
        select(self.head(), request)
            .map_err(|fault| Fault::from(fault).at(self.path(), request.function))
    }

    /// Shows `visit` the rows of an archive that overlap a range, some at a time and in order:
    /// thousands of rows, and none of them stays in memory. Together they are what
    /// [`fetch`](Self::fetch) returns.
    ///
    /// The rows are those at the time of the call. A row that the archive drops before it is read
    /// is unknown.
    ///
    /// ```
    /// use rrd_core::{Heartbeat, Rrd, RrdReader, Sample, Schema, Step, TimeRange, Timestamp};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("load.rrd");
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 1, 360)
    ///     .build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// let mut rrd = Rrd::create(&path, &schema, start)?;
    /// rrd.update(&Sample::new(Timestamp::from_seconds(1_000_000_010), [0.25]))?;
    /// rrd.update(&Sample::new(Timestamp::from_seconds(1_000_000_020), [0.75]))?;
    ///
    /// let mut sum = 0.0;
    /// let year = TimeRange::from_seconds(970_000_000, 1_000_000_019);
    /// RrdReader::open(&path)?.scan(0, year, |rows| {
    ///     sum += rows.kept().iter().filter(|value| !value.is_nan()).sum::<f64>();
    /// })?;
    /// assert_eq!(sum, 1.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no such archive, the time range has more than a billion rows, the file can no
    /// longer be read, or its structure changed meanwhile.
    pub fn scan(
        &self,
        archive: usize,
        range: TimeRange,
        mut visit: impl FnMut(&Series),
    ) -> Result<(), FetchError> {
        self.try_scan(archive, range, |rows| {
            visit(rows);
            Ok(())
        })
    }

    /// Like [`scan`](Self::scan), but ends with the first error of `visit`.
    pub fn try_scan<E: From<FetchError>>(
        &self,
        archive: usize,
        range: TimeRange,
        mut visit: impl FnMut(&Series) -> Result<(), E>,
    ) -> Result<(), E> {
        self.read(|seen| self.scan_from(seen, archive, range, &mut visit))
    }

    fn scan_from<E: From<FetchError>>(
        &self,
        Seen { snapshot, buffer }: &mut Seen,
        archive: usize,
        range: TimeRange,
        visit: &mut impl FnMut(&Series) -> Result<(), E>,
    ) -> Result<(), E> {
        let (file, path) = (&*self.file, self.path.as_path());
        let failed = |source| FetchError::Read { path: path.to_owned(), source };
        file.check_map().map_err(failed)?;
        snapshot.refresh(file, buffer).map_err(|error| error.at(path).into())?;
        let first = snapshot.clone();
        let schema = &first.head.schema;
        let Some(definition) = schema.archives().get(archive) else {
            return Err(FetchError::NoSuchArchive { archive }.into());
        };
        let at = |fault: Fault| fault.at(path, definition.function());
        let all = rows_of(&first.head, archive, range).map_err(|fault| at(fault.into()))?;
        // Rows of a forecast are written more than once, so they must be of one state.
        let is_written_once = definition.function().is_classic();
        let most = if is_written_once { BLOCK / schema.sources().len() } else { usize::MAX };
        let mut series = Series::default();
        let mut done = 0;
        while done < all.rows() {
            let end = done.max(all.before).saturating_add(most.max(1));
            let end = if end < all.before + all.kept { end } else { all.rows() };
            let part = consistently(file, snapshot, buffer, Known::Guessed, |state| {
                if !first.has_structure_of(state) {
                    return Err(Fault::Changed);
                }
                let part = all.part(&state.head, definition.rows, done..end);
                let touched = read_state(file, state, None, &part, series.values_mut())?;
                Ok((part, touched))
            });
            series.describe(&part.map_err(at)?, schema);
            visit(&series)?;
            done = end;
        }
        Ok(())
    }
}

//! Selects the archive for a request, and its rows.

use std::ops::Range;

use super::FetchRequest;
use crate::archive::Archive;
use crate::format::Head;
use crate::number::length_to_u64;
use crate::time::{Step, TimeRange, Timestamp};

/// Limit on the rows of a fetch. Rows that the archive does not hold take no memory, but printing
/// them takes time.
pub(crate) const MAX_ROWS: u64 = 1_000_000_000;

/// The archive that answers a request, and its rows in the requested range.
///
/// See [`RrdReader::select`](crate::RrdReader::select).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    pub(crate) archive: usize,
    /// Start of the first row, seconds since 1970; a multiple of the step.
    start: i64,
    step: Step,
    /// Rows before those in the archive.
    pub(crate) before: usize,
    /// Rows in the archive.
    pub(crate) kept: usize,
    /// Rows after those in the archive.
    pub(crate) after: usize,
    /// Rows of the archive that are older than the first of the kept ones; all if there are none.
    pub(crate) older: u64,
}

impl Selection {
    /// The index of the archive.
    pub fn archive(&self) -> usize {
        self.archive
    }

    /// The start of the first row.
    pub fn start(&self) -> Timestamp {
        Timestamp::from_seconds(self.start)
    }

    /// The end of the last row.
    pub fn end(&self) -> Timestamp {
        self.end_of(self.rows())
    }

    /// The length of a row.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.before + self.kept + self.after
    }

    /// This many rows of an archive from `start` on.
    pub(super) fn of(
        head: &Head,
        archive: usize,
        archive_rows: u64,
        step: Step,
        start: i64,
        rows: usize,
    ) -> Self {
        let update = head.live.last_update.seconds();
        let newest = i128::from(update) - i128::from(step.phase(update));
        // The rows of the archive, counted from `start`.
        let end_of_kept = (newest - i128::from(start)) / i128::from(step.seconds());
        let oldest = end_of_kept - i128::from(archive_rows);
        let wanted = i128::from(length_to_u64(rows));
        let before = oldest.clamp(0, wanted);
        let after = (wanted - end_of_kept).clamp(0, wanted - before);
        let kept = wanted - before - after;
        let older = if kept == 0 { i128::from(archive_rows) } else { before - oldest };
        let count = |rows: i128| usize::try_from(rows).unwrap_or(usize::MAX);
        Self {
            archive,
            start,
            step,
            before: count(before),
            kept: count(kept),
            after: count(after),
            older: u64::try_from(older).unwrap_or(u64::MAX),
        }
    }

    /// Some of these rows in a later state of the file. Rows that were written since are unknown.
    pub(crate) fn part(&self, head: &Head, archive_rows: u64, rows: Range<usize>) -> Self {
        let start = self.end_of(rows.start).seconds();
        let part = Self::of(head, self.archive, archive_rows, self.step, start, rows.len());
        let end_of_kept = (self.before + self.kept).saturating_sub(rows.start);
        let new = (part.before + part.kept).saturating_sub(end_of_kept).min(part.kept);
        Self { kept: part.kept - new, after: part.after + new, ..part }
    }

    /// The end of this many rows.
    fn end_of(&self, rows: usize) -> Timestamp {
        let length = self.step.seconds().saturating_mul(length_to_u64(rows));
        Timestamp::from_seconds(self.start.saturating_add_unsigned(length))
    }
}

/// Why no archive was selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSelection {
    /// No archive has the requested function.
    NoArchive,
    /// The range has more than [`MAX_ROWS`] rows.
    TooMany { rows: u128 },
}

/// The archive that covers the start with the resolution nearest to the requested one; if none
/// does, the one that covers most of the range. The first one among equals.
pub(crate) fn select(head: &Head, request: &FetchRequest) -> Result<Selection, NoSelection> {
    let (start, end) =
        (i128::from(request.range.start.seconds()), i128::from(request.range.end.seconds()));
    let step = head.schema.step();
    let last = head.live.last_update.seconds();
    // RRDtool compares in 64 bits; the wider type gives the same results without overflow.
    let mut full: Option<(usize, u64)> = None;
    let mut partial: Option<(usize, i128, u64)> = None;
    for (index, archive) in head.schema.archives().iter().enumerate() {
        if !archive.answers(request.function) {
            continue;
        }
        let row = row_length(archive, step);
        let newest = last - row.phase(last).cast_signed();
        let first = i128::from(newest) - i128::from(row.seconds()) * i128::from(archive.rows);
        let distance = request.row().seconds().abs_diff(row.seconds());
        if first <= start {
            if full.is_none_or(|(_, best)| distance < best) {
                full = Some((index, distance));
            }
        } else {
            let cover = (end - start) - (first - start);
            if partial.is_none_or(|(_, best, nearest)| {
                cover > best || (cover == best && distance < nearest)
            }) {
                partial = Some((index, cover, distance));
            }
        }
    }
    let index = full.map(|(index, _)| index).or(partial.map(|(index, ..)| index));
    rows_of(head, index.ok_or(NoSelection::NoArchive)?, request.range)
}

/// The rows of an archive that overlap a range.
pub(crate) fn rows_of(
    head: &Head,
    archive: usize,
    range: TimeRange,
) -> Result<Selection, NoSelection> {
    let definition = head.schema.archives().get(archive).ok_or(NoSelection::NoArchive)?;
    let step = row_length(definition, head.schema.step());
    let (first, last) = (range.start.seconds(), range.end.seconds());
    let start = i128::from(first) - i128::from(step.phase(first));
    let end = i128::from(last) + i128::from(step.seconds() - step.phase(last));
    let length = i128::from(step.seconds());
    let wanted = ((end - start) / length).max(0);
    let (Ok(first), Ok(_), true) =
        (i64::try_from(start), i64::try_from(end), wanted <= i128::from(MAX_ROWS))
    else {
        return Err(NoSelection::TooMany { rows: wanted.cast_unsigned() });
    };
    let count = usize::try_from(wanted).unwrap_or(usize::MAX);
    Ok(Selection::of(head, archive, definition.rows, step, first, count))
}

/// The length of one row of an archive.
pub(crate) fn row_length(archive: &Archive, step: Step) -> Step {
    // Heads with products above 2^60 are refused.
    Step::from_seconds(step.seconds().saturating_mul(archive.points_per_row())).unwrap_or(step)
}

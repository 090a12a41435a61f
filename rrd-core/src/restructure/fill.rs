//! The rows of a restructured database: old rows are copied, new ones are filled from the old
//! archives as far as those reach.

use std::io;

use super::reshape::Reshaped;
use crate::archive::{Archive, ArchiveKind, ClassicFunction, RowCursor};
use crate::cdp::{Arrival, CdpPrep, CdpState};
use crate::consolidation::ConsolidationFunction;
use crate::format::Head;
use crate::number::{UNKNOWN, count_to_f64, length_to_u64, to_index};

/// Rows are read in blocks of about this many values.
const BLOCK: usize = 1 << 12;

/// Produces the rows of the new database from those of the old one.
pub(super) struct Filler<'a, R> {
    old: &'a Head,
    new: &'a Reshaped,
    /// Reads complete rows of an archive from the given row on.
    rows: R,
    block: Vec<f64>,
}

/// Consecutive rows of an archive, possibly around the end of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    archive: usize,
    first: u64,
    count: u64,
}

impl<'a, R: FnMut(usize, u64, &mut [f64]) -> io::Result<()>> Filler<'a, R> {
    pub(super) fn new(old: &'a Head, new: &'a Reshaped, rows: R) -> Self {
        Self { old, new, rows, block: Vec::new() }
    }

    /// A row of an archive of the new database; row 0 is the oldest.
    pub(super) fn row(&mut self, archive: usize, row: u64, values: &mut [f64]) -> io::Result<()> {
        values.fill(UNKNOWN);
        let Some(definition) = self.new.head.schema.archives().get(archive) else { return Ok(()) };
        let age = definition.rows - 1 - row;
        let place = self.new.archives.get(archive).copied().flatten();
        let old = place.and_then(|place| Some((place, self.old.schema.archives().get(place)?)));
        if let Some((place, old)) = old.filter(|(_, old)| age < old.rows) {
            let row = self.cursor(place, old).ahead(old.rows - age);
            return self.carry_over(place, row, values);
        }
        let span = row_seconds(&self.new.head, definition);
        let end = latest_row(&self.new.head, span) - i128::from(age) * span;
        match definition.kind {
            ArchiveKind::Classic { function, .. } => {
                self.fill(function, definition.function(), end - span + 1, end, values)
            }
            _ => Ok(()),
        }
    }

    /// The open rows, including those of new archives.
    pub(super) fn open_rows(&mut self) -> io::Result<Vec<CdpPrep>> {
        let mut open = self.new.head.live.cdps.clone();
        let width = self.new.head.schema.sources().len();
        for (archive, open) in open.chunks_exact_mut(width).enumerate() {
            if self.new.archives.get(archive) == Some(&None) {
                open.copy_from_slice(&self.open_row(archive)?);
            }
        }
        Ok(open)
    }

    /// The open row of a new archive, one entry per data source.
    fn open_row(&mut self, archive: usize) -> io::Result<Vec<CdpPrep>> {
        let schema = &self.new.head.schema;
        let Some(definition) = schema.archives().get(archive) else { return Ok(Vec::new()) };
        let start = self.new.head.live.last_update;
        let mut open =
            vec![CdpPrep::fresh(definition, schema.step(), start); schema.sources().len()];
        let suits = |old: &Archive| {
            old.points_per_row() == 1 || old.function() == ConsolidationFunction::Average
        };
        let candidates = self.candidates(definition.function());
        let Some((place, candidate)) = candidates.into_iter().find(|(_, old)| suits(old)) else {
            return Ok(open);
        };
        let mut newest = vec![UNKNOWN; open.len()];
        self.row(archive, definition.rows - 1, &mut newest)?;
        for ((cdp, old), value) in open.iter_mut().zip(&self.new.sources).zip(newest) {
            if let Some(old) = *old {
                let index = place * self.old.schema.sources().len() + old;
                let before = self.old.live.cdps.get(index).map_or(UNKNOWN, |cdp| cdp.primary);
                *cdp = CdpPrep { state: emptied(cdp.state), primary: value, secondary: before };
            }
        }
        let span = row_seconds(&self.new.head, definition);
        let last = i128::from(start.seconds());
        let begin = round_up(last, span) - span + 1;
        if let Some(first) = self.row_of(place, candidate, begin) {
            let cursor = self.cursor(place, candidate);
            let before = RowCursor::new(first, candidate.rows).ahead(candidate.rows - 1);
            self.values_of(place, before, |source, value| {
                if let Some(cdp) = open.get_mut(source) {
                    cdp.secondary = value;
                }
            })?;
            let count = distance(first, cursor.row(), candidate.rows);
            let stretch = Stretch { archive: place, first, count };
            // As in RRDtool, a row of any length counts as one point, and MIN and MAX begin with 0.
            let arrival = Arrival { count: 1, until_row: 2, points_per_row: 2 };
            self.walk(stretch, |source, value| {
                if let (ArchiveKind::Classic { function, .. }, Some(cdp)) =
                    (&definition.kind, open.get_mut(source))
                {
                    function.consolidate(cdp, value, &arrival, 0.0);
                }
            })?;
        }
        Ok(open)
    }

    fn carry_over(&mut self, archive: usize, row: u64, values: &mut [f64]) -> io::Result<()> {
        self.values_of(archive, row, |source, value| {
            if let Some(target) = values.get_mut(source) {
                *target = value;
            }
        })
    }

    /// Fills the row over the seconds `start` to `end` from the old archives, the finest first.
    fn fill(
        &mut self,
        function: ClassicFunction,
        name: ConsolidationFunction,
        start: i128,
        end: i128,
        values: &mut [f64],
    ) -> io::Result<()> {
        for (place, old) in self.candidates(name) {
            if values
                .iter()
                .zip(&self.new.sources)
                .all(|(value, old)| old.is_none() || !value.is_nan())
            {
                break;
            }
            let current = self.cursor(place, old).row();
            let first = self.row_of(place, old, start);
            let last = self.row_of(place, old, end);
            let (first, last) = match (first, last) {
                (None, None) => continue,
                (None, Some(last)) => (current, last),
                (Some(first), None) => (first, previous(current, old.rows)),
                (Some(first), Some(last)) => (first, last),
            };
            // There is nothing between a row and the previous one.
            let count = if last + 1 == first { 0 } else { distance(first, last, old.rows) };
            let seconds =
                count_to_f64(old.points_per_row()) * count_to_f64(self.old.schema.step().seconds());
            let mut sums = vec![Sum::default(); values.len()];
            self.walk(Stretch { archive: place, first, count }, |source, value| {
                if let Some(sum) = sums.get_mut(source).filter(|_| !value.is_nan()) {
                    sum.take(function, value, seconds);
                }
            })?;
            for (value, sum) in values.iter_mut().zip(sums) {
                if value.is_nan() && sum.seconds > 0.0 {
                    *value = sum.value;
                }
            }
        }
        Ok(())
    }

    /// The old archives that can fill a row of this function, the finest first, and among those the
    /// longest.
    fn candidates(&self, function: ConsolidationFunction) -> Vec<(usize, &'a Archive)> {
        let suits = |archive: &Archive| {
            archive.function() == function || archive.function() == ConsolidationFunction::Average
        };
        let archives = self.old.schema.archives().iter().enumerate();
        let mut candidates: Vec<_> = archives.filter(|(_, archive)| suits(archive)).collect();
        candidates.sort_by_key(|(_, archive)| {
            (archive.points_per_row(), std::cmp::Reverse(archive.rows))
        });
        candidates
    }

    /// The row of an old archive that contains a second, if it exists.
    fn row_of(&self, place: usize, archive: &Archive, second: i128) -> Option<u64> {
        let span = row_seconds(self.old, archive);
        let last = i128::from(self.old.live.last_update.seconds());
        let end = round_up(second, span);
        if end > last || end <= last - i128::from(archive.rows) * span {
            return None;
        }
        let age = u64::try_from((last - end) / span).ok().filter(|age| *age < archive.rows)?;
        Some(self.cursor(place, archive).ahead(archive.rows - age))
    }

    fn cursor(&self, place: usize, archive: &Archive) -> RowCursor {
        let current = self.old.live.current_rows[place];
        RowCursor::new(current, archive.rows)
    }

    /// Passes on the values of a row of an old archive, each with the new index of its data source.
    fn values_of(
        &mut self,
        archive: usize,
        row: u64,
        each: impl FnMut(usize, f64),
    ) -> io::Result<()> {
        self.walk(Stretch { archive, first: row, count: 1 }, each)
    }

    /// Passes on the values of rows of an old archive, row by row.
    fn walk(&mut self, stretch: Stretch, mut each: impl FnMut(usize, f64)) -> io::Result<()> {
        let width = self.old.schema.sources().len();
        let Some(definition) = self.old.schema.archives().get(stretch.archive) else {
            return Ok(());
        };
        let rows_in_block = length_to_u64((BLOCK / width).max(1));
        let (mut row, mut left) = (stretch.first % definition.rows, stretch.count);
        while left > 0 {
            let count = left.min(rows_in_block).min(definition.rows - row);
            let count_in_block = to_index(count).expect("a block of rows is in memory");
            self.block.resize(count_in_block * width, UNKNOWN);
            (self.rows)(stretch.archive, row, &mut self.block)?;
            for values in self.block.chunks_exact(width) {
                for (new, old) in self.new.sources.iter().enumerate() {
                    if let Some(value) = old.and_then(|old| values.get(old)) {
                        each(new, *value);
                    }
                }
            }
            left -= count;
            row = (row + count) % definition.rows;
        }
        Ok(())
    }
}

/// A value aggregated from finer rows.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    total: f64,
    seconds: f64,
    value: f64,
}

impl Sum {
    fn take(&mut self, function: ClassicFunction, value: f64, seconds: f64) {
        let first = self.seconds == 0.0;
        self.total += value * seconds;
        self.seconds += seconds;
        self.value = match function {
            ClassicFunction::Average => self.total / self.seconds,
            ClassicFunction::Min if !first && self.value < value => self.value,
            ClassicFunction::Max if !first && self.value > value => self.value,
            ClassicFunction::Min | ClassicFunction::Max | ClassicFunction::Last => value,
        };
    }
}

/// A state of the same kind filled with zeros.
fn emptied(state: CdpState) -> CdpState {
    match state {
        CdpState::Classic { .. } => CdpState::Classic { value: 0.0, unknown_points: 0 },
        CdpState::Forecast { .. } => CdpState::Forecast {
            intercept: 0.0,
            last_intercept: 0.0,
            slope: 0.0,
            last_slope: 0.0,
            null_count: 0,
            last_null_count: 0,
        },
        CdpState::Seasonal { .. } => {
            CdpState::Seasonal { coefficient: 0.0, last_coefficient: 0.0, initialised: 0 }
        }
        CdpState::DevPredict { .. } => CdpState::DevPredict { unused: 0.0 },
        CdpState::Failures { .. } => CdpState::Failures { violations: [0; 28] },
    }
}

fn row_seconds(head: &Head, archive: &Archive) -> i128 {
    i128::from(archive.points_per_row()) * i128::from(head.schema.step().seconds())
}

/// The second at which the newest row ends.
fn latest_row(head: &Head, span: i128) -> i128 {
    let last = i128::from(head.live.last_update.seconds());
    last - last.rem_euclid(span)
}

fn round_up(second: i128, span: i128) -> i128 {
    second + (span - second.rem_euclid(span)) % span
}

fn previous(row: u64, rows: u64) -> u64 {
    if row == 0 { rows - 1 } else { row - 1 }
}

/// Number of rows from one to another, inclusive, around the end of the ring.
fn distance(first: u64, last: u64, rows: u64) -> u64 {
    if last >= first { last - first + 1 } else { last + rows + 1 - first }
}

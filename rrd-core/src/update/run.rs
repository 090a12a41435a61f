//! A run of primary data points, each a step after the one before with a value of its own: what regular samples come to.
//! The open rows take it up archive by archive.

use super::{Pipeline, Rows, WrittenRows};
use crate::archive::{ArchiveKind, ClassicFunction, RowCursor};
use crate::cdp::{Arrival, CdpPrep};
use crate::format::LiveHead;
use crate::number::{length_to_u64, to_index};
use crate::schema::Schema;

/// So many values wait at most, unless one point has more: they are to stay in the nearest memory.
const MOST_VALUES: u64 = 1024;

/// How many points of so many sources may wait.
pub(super) fn most_waiting(sources: usize) -> u64 {
    (MOST_VALUES / length_to_u64(sources).max(1)).max(1)
}

impl Pipeline {
    /// Lets the point of a step, or of none, wait for those of further samples.
    #[inline]
    pub(super) fn wait<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        first: i64,
        count: u64,
        rows: &mut R,
    ) {
        if self.waiting.count == 0 {
            self.waiting.first = first;
        }
        self.waiting.count += count;
        if self.waiting.count >= self.most_waiting {
            self.settle(schema, live, rows);
        }
    }

    /// Takes the points that wait into the open rows and writes the rows that have ended.
    #[inline]
    pub(crate) fn settle<R: Rows>(&mut self, schema: &Schema, live: &mut LiveHead, rows: &mut R) {
        if self.waiting.count > 0 {
            self.consolidate_run(schema, live, rows);
        }
    }

    /// Where the values of the next point that waits begin.
    #[inline]
    pub(super) fn waiting_values(&self) -> usize {
        let sources = self.row.len();
        sources + to_index(self.waiting.count).unwrap_or_default() * sources
    }

    #[inline(never)]
    fn consolidate_run<R: Rows>(&mut self, schema: &Schema, live: &mut LiveHead, rows: &mut R) {
        let run = std::mem::take(&mut self.waiting);
        self.find_open_rows(schema, &run);
        self.open_rows_at = run.first.checked_add_unsigned(run.count);
        let sources = self.row.len();
        let length = to_index(run.count).unwrap_or_default() * sources;
        let Some(points) = self.points.get(sources..sources + length) else { return };
        let mut open = live.cdps.as_mut_slice();
        for (archive, (definition, until_row)) in
            schema.archives().iter().zip(&mut self.until_row).enumerate()
        {
            let Some((cdps, others)) = open.split_at_mut_checked(sources) else { return };
            open = others;
            let ArchiveKind::Classic { function, points_per_row, xfiles_factor } = definition.kind
            else {
                continue;
            };
            if run.count < *until_row {
                *until_row -= run.count;
                function.add_points(cdps, points);
                continue;
            }
            let end = run.first.wrapping_add_unsigned(*until_row);
            let (count, values) = if points_per_row == 1 {
                let newest = points.get(length - sources..).unwrap_or_default();
                for (cdp, point) in cdps.iter_mut().zip(newest) {
                    cdp.primary = *point;
                }
                (run.count, points)
            } else {
                let ring = Ring { function, points_per_row, xfiles_factor };
                self.ended.clear();
                let count = ring.end_rows(cdps, points, run.count, until_row, &mut self.ended);
                (count, self.ended.as_slice())
            };
            let Some(current) = live.current_rows.get_mut(archive) else { return };
            let mut cursor = RowCursor::new(*current, definition.rows);
            let row = cursor.advance();
            *current = if count == 1 { row } else { cursor.ahead(count - 1) };
            let step = schema.step().seconds();
            rows.write(WrittenRows {
                archive,
                row,
                ring: definition.rows,
                label: Some(end.wrapping_mul(step.cast_signed())),
                span: points_per_row.saturating_mul(step),
                values,
            });
        }
    }
}

/// What makes rows of several points.
struct Ring {
    function: ClassicFunction,
    points_per_row: u64,
    xfiles_factor: f64,
}

impl Ring {
    /// Takes up `left` points, enough to end the open row, and puts the values of the rows that end into `ended`. Says how many.
    fn end_rows(
        &self,
        cdps: &mut [CdpPrep],
        points: &[f64],
        mut left: u64,
        until_row: &mut u64,
        ended: &mut Vec<f64>,
    ) -> u64 {
        let sources = cdps.len();
        let arrival = Arrival { count: 1, until_row: 1, points_per_row: self.points_per_row };
        let (mut points, mut count) = (points, 0);
        while left >= *until_row {
            let before_last = to_index(*until_row - 1).unwrap_or_default() * sources;
            let (before, rest) = points.split_at_checked(before_last).unwrap_or_default();
            let (last, rest) = rest.split_at_checked(sources).unwrap_or_default();
            self.function.add_points(cdps, before);
            for (cdp, point) in cdps.iter_mut().zip(last) {
                self.function.end_row(cdp, *point, &arrival, self.xfiles_factor);
                ended.push(cdp.primary);
            }
            points = rest;
            left -= *until_row;
            *until_row = self.points_per_row;
            count += 1;
        }
        *until_row -= left;
        self.function.add_points(cdps, points);
        count
    }
}

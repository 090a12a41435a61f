//! A run of primary data points, one step apart and each with its own value, as regular samples
//! produce them. It is added to the open rows archive by archive.

use super::{Pipeline, Rows, WrittenRows};
use crate::archive::{ArchiveKind, ClassicFunction, RowCursor};
use crate::cdp::{Arrival, CdpPrep};
use crate::format::LiveHead;
use crate::number::to_index;
use crate::schema::Schema;

impl Pipeline {
    /// Adds the point of a step, if any, to the pending points.
    #[inline]
    pub(super) fn add_pending<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        first: i64,
        count: u64,
        rows: &mut R,
    ) {
        if self.pending.count == 0 {
            self.pending.first = first;
        }
        self.pending.count += count;
        if self.pending.count >= self.max_pending {
            self.flush(schema, live, rows);
        }
    }

    /// Adds the pending points to the open rows and writes the rows that end.
    #[inline]
    pub(crate) fn flush<R: Rows>(&mut self, schema: &Schema, live: &mut LiveHead, rows: &mut R) {
        if self.pending.count > 0 {
            self.consolidate_run(schema, live, rows);
        }
    }

    /// Index of the first value of the next pending point.
    #[inline]
    pub(super) fn pending_values(&self) -> usize {
        let sources = self.row.len();
        sources + to_index(self.pending.count).expect("at most MAX_VALUES wait") * sources
    }

    #[inline(never)]
    fn consolidate_run<R: Rows>(&mut self, schema: &Schema, live: &mut LiveHead, rows: &mut R) {
        let run = std::mem::take(&mut self.pending);
        self.locate_open_rows(schema, &run);
        self.open_rows_at = run.first.checked_add_unsigned(run.count);
        let sources = self.row.len();
        let length = to_index(run.count).expect("at most MAX_VALUES wait") * sources;
        let points = &self.points[sources..sources + length];
        let mut open = live.cdps.as_mut_slice();
        for (archive, (definition, until_row)) in
            schema.archives().iter().zip(&mut self.until_row).enumerate()
        {
            // One open row of every source for each archive: the head was decoded or made so.
            let (cdps, others) = open.split_at_mut(sources);
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
                let newest = &points[length - sources..];
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
            let current = &mut live.current_rows[archive];
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
                copies: 1,
            });
        }
    }
}

/// The parameters of an archive with several points per row.
struct Ring {
    function: ClassicFunction,
    points_per_row: u64,
    xfiles_factor: f64,
}

impl Ring {
    /// Adds `left` points, enough to complete the open row, and appends the values of the completed
    /// rows to `ended`. Returns their number.
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
            let before_last = to_index(*until_row - 1).expect("no more than wait") * sources;
            let (before, rest) = points.split_at(before_last);
            let (last, rest) = rest.split_at(sources);
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

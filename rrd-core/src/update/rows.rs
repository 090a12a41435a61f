//! From primary data points to rows: points are added to open rows, complete rows are written.

use super::season::keeps_season;
use super::smoothing;
use super::{Applied, Part, Pipeline, Rows, WrittenRows};
use crate::archive::{Archive, ArchiveKind, RowCursor};
use crate::cdp::{Arrival, position_in_row};
use crate::format::LiveHead;
use crate::schema::Schema;
use crate::time::Step;

impl Pipeline {
    /// Adds complete points to the open rows and writes the rows that end.
    #[inline(never)]
    pub(super) fn consolidate<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        part: &Part,
        index: usize,
        rows: &mut R,
    ) -> Applied {
        let mut applied = Applied::default();
        self.locate_open_rows(schema, part);
        let sources = schema.sources().len();
        let points = &self.points[index * sources..];
        let mut open = live.cdps.chunks_exact_mut(sources);
        for ((definition, cursor), until_row) in
            schema.archives().iter().zip(&live.current_rows).zip(&self.until_row)
        {
            let cdps = open.next().expect("one open row for each archive");
            match definition.kind {
                ArchiveKind::Classic { function, points_per_row, xfiles_factor } => {
                    let arrival = arrival(part, definition, *until_row);
                    if points_per_row > 1 {
                        for (cdp, point) in cdps.iter_mut().zip(points) {
                            function.consolidate(cdp, *point, &arrival, xfiles_factor);
                        }
                    } else {
                        for (cdp, point) in cdps.iter_mut().zip(points) {
                            cdp.primary = *point;
                            if part.count > 1 {
                                cdp.secondary = *point;
                            }
                        }
                    }
                }
                ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_) => {
                    if let Some(first) = cdps.first_mut() {
                        let cursor = RowCursor::new(*cursor, definition.rows);
                        applied.smoothing_due |=
                            smoothing::is_due(definition, first, cursor, part.count);
                    }
                }
                _ => {}
            }
        }
        if self.forecasts {
            self.forecast(schema, live, part, index);
        }
        self.write_rows(schema, live, part, rows);
        applied
    }

    /// Finds the number of points until each open row is complete when the part begins. Divisions
    /// are slow, and points usually follow the previous ones directly.
    #[inline]
    pub(super) fn locate_open_rows(&mut self, schema: &Schema, part: &Part) {
        if self.open_rows_at != Some(part.first) {
            self.until_row.clear();
            self.until_row.extend(schema.archives().iter().map(|archive| {
                let points_per_row = archive.points_per_row();
                points_per_row - position_in_row(part.first, points_per_row)
            }));
        }
    }

    /// Writes the completed rows.
    fn write_rows<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        part: &Part,
        rows: &mut R,
    ) {
        self.open_rows_at = part.first.checked_add_unsigned(part.count);
        let sources = schema.sources().len();
        let mut open = live.cdps.chunks_exact(sources);
        let archives =
            schema.archives().iter().zip(&mut live.current_rows).zip(&mut self.until_row);
        for (archive, ((definition, current), until_row)) in archives.enumerate() {
            let cdps = open.next().expect("one open row for each archive");
            let arrival = arrival(part, definition, *until_row);
            *until_row = arrival.until_next_row();
            if !arrival.ends_row() {
                continue;
            }
            let (further, open_points) = arrival.beyond_row();
            let end = newest_end(part, schema.step(), open_points);
            let span = arrival.points_per_row.saturating_mul(schema.step().seconds());
            let count = further.saturating_add(1).min(definition.rows);
            let cursor = RowCursor::new(*current, definition.rows);
            *current = cursor.ahead(count);
            if keeps_season(definition) && count > 1 {
                continue;
            }
            // The first row contains the points before, all others are equal.
            for (number, copies) in [(1, 1), (2, count - 1)] {
                if copies == 0 {
                    continue;
                }
                for (value, cdp) in self.row.iter_mut().zip(cdps) {
                    *value = if number == 1 { cdp.primary } else { cdp.secondary };
                }
                rows.write(WrittenRows {
                    archive,
                    row: cursor.ahead(number),
                    ring: definition.rows,
                    label: Some(label(span, end, count, number)),
                    span,
                    values: &self.row,
                    copies,
                });
            }
        }
    }
}

/// How the points of a part are distributed over the rows of an archive whose open row needs
/// `until_row` more.
#[inline]
fn arrival(part: &Part, archive: &Archive, until_row: u64) -> Arrival {
    Arrival { count: part.count, until_row, points_per_row: archive.points_per_row() }
}

/// The end of the newest row, with `open_points` points after it.
#[inline]
fn newest_end(part: &Part, step: Step, open_points: u64) -> i64 {
    let points = part.count.wrapping_sub(open_points).cast_signed();
    part.first.wrapping_add(points).wrapping_mul(step.seconds().cast_signed())
}

/// The end of row `number` of `count`, the last of which ends at `end`.
#[inline]
fn label(span: u64, end: i64, count: u64, number: u64) -> i64 {
    end.saturating_sub_unsigned((count - number).saturating_mul(span))
}

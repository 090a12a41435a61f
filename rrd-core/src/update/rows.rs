//! From primary data points to rows: open rows take them up, ended rows are written.

use super::season::keeps_season;
use super::{Applied, Part, Pipeline, Rows, WrittenRow};
use crate::archive::{ArchiveKind, RowCursor, smoothing};
use crate::cdp::{Arrival, place_in_row};
use crate::format::LiveHead;
use crate::schema::Schema;
use crate::time::Step;

impl Pipeline {
    /// Takes complete points into the open rows.
    #[inline]
    pub(super) fn consolidate(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        part: &Part,
        index: usize,
        applied: &mut Applied,
    ) {
        let sources = schema.sources().len();
        let points = self.points.get(index * sources..).unwrap_or_default();
        let mut open = live.cdps.chunks_exact_mut(sources);
        self.arrivals.clear();
        for (definition, cursor) in schema.archives().iter().zip(&live.current_rows) {
            let Some(cdps) = open.next() else { return };
            let arrival = arrival(part, definition.points_per_row());
            self.arrivals.push(arrival);
            match definition.kind {
                ArchiveKind::Classic { function, points_per_row, xfiles_factor } => {
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
    }

    /// Writes the rows that have ended.
    #[inline]
    pub(super) fn write_rows<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        part: &Part,
        rows: &mut R,
    ) {
        let sources = schema.sources().len();
        let mut open = live.cdps.chunks_exact(sources);
        for (archive, ((definition, current), arrival)) in
            schema.archives().iter().zip(&mut live.current_rows).zip(&self.arrivals).enumerate()
        {
            let Some(cdps) = open.next() else { return };
            if !arrival.ends_row() {
                continue;
            }
            let (further, open_points) = arrival.beyond_row();
            let end = newest_end(part, schema.step(), open_points);
            let span = arrival.points_per_row.saturating_mul(schema.step().seconds());
            let count = further.saturating_add(1).min(definition.rows);
            let leaves_rows = keeps_season(definition) && count > 1;
            let mut cursor = RowCursor::new(*current, definition.rows);
            for number in 1..=count {
                let row = cursor.advance();
                if leaves_rows {
                    continue;
                }
                if number <= 2 {
                    for (value, cdp) in self.row.iter_mut().zip(cdps) {
                        *value = if number == 1 { cdp.primary } else { cdp.secondary };
                    }
                }
                let label = label(span, end, count, number);
                rows.write(WrittenRow { archive, row, label: Some(label), values: &self.row });
            }
            *current = cursor.row();
        }
    }
}

/// How the points of a part fall into the rows of an archive.
#[inline]
fn arrival(part: &Part, points_per_row: u64) -> Arrival {
    let passed = if points_per_row == 1 { 0 } else { place_in_row(part.first, points_per_row) };
    Arrival { count: part.count, until_row: points_per_row - passed, points_per_row }
}

/// Where the newest row ends, with so many points behind it.
#[inline]
fn newest_end(part: &Part, step: Step, open_points: u64) -> i64 {
    let points = part.count.wrapping_sub(open_points).cast_signed();
    part.first.wrapping_add(points).wrapping_mul(step.seconds().cast_signed())
}

/// The time that `updatev` names for a row.
#[inline]
fn label(span: u64, end: i64, count: u64, number: u64) -> i64 {
    let rows_back = if number == 1 { count - 1 } else { count.saturating_sub(number + 1) };
    let later = if number > 1 && number == count { span } else { 0 };
    end.saturating_sub_unsigned(rows_back.saturating_mul(span)).saturating_add_unsigned(later)
}

//! The forecasting archives: which stored coefficients they load, their steps, and smoothing at the
//! end of a season.

use super::forecast::OpenRows;
use super::smoothing;
use super::{Part, Pipeline, Rows, WrittenRows};
use crate::archive::{Archive, ArchiveKind, RowCursor, Seasonal};
use crate::cdp::CdpState;
use crate::file_version::FileVersion;
use crate::format::LiveHead;
use crate::number::{UNKNOWN, length_to_u64, to_index};
use crate::schema::Schema;

impl Pipeline {
    /// Replaces the coefficients of all seasons by their moving averages.
    ///
    /// After an error `live` is unchanged; rows written before the error are complete and valid.
    pub(crate) fn smooth<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        rows: &mut R,
    ) -> Result<(), R::Error> {
        let sources = schema.sources().len();
        for (index, archive) in schema.archives().iter().enumerate() {
            let (ArchiveKind::Seasonal(season) | ArchiveKind::DevSeasonal(season)) = &archive.kind
            else {
                continue;
            };
            let window = if self.version >= FileVersion::V4 {
                season.smoothing_window
            } else {
                Seasonal::DEFAULT_SMOOTHING_WINDOW
            };
            let half_width = smoothing::half_width(window, archive.rows).min(archive.rows);
            let (Some(half_width), Some(count)) = (to_index(half_width), to_index(archive.rows))
            else {
                continue;
            };
            if half_width == 0 {
                continue;
            }
            let mut columns = vec![Vec::with_capacity(count); sources];
            for row in 0..archive.rows {
                rows.read(index, row, &mut self.row)?;
                for (column, value) in columns.iter_mut().zip(&self.row) {
                    column.push(*value);
                }
            }
            if columns.iter().flatten().any(|value| value.is_nan()) {
                continue;
            }
            let parent = match (&archive.kind, schema.archives().get(season.forecast)) {
                (ArchiveKind::Seasonal(_), Some(parent)) => match parent.kind {
                    ArchiveKind::Forecast { season, .. } => Some(season),
                    _ => None,
                },
                _ => None,
            };
            for (source, column) in columns.iter_mut().enumerate() {
                let (smoothed, base) = smoothing::smooth(column, half_width, parent);
                *column = smoothed;
                let cdp_index = season.forecast.saturating_mul(sources).saturating_add(source);
                if parent.is_some()
                    && let Some(CdpState::Forecast { intercept, .. }) =
                        live.cdps.get_mut(cdp_index).map(|cdp| &mut cdp.state)
                {
                    *intercept += base;
                }
            }
            for row in 0..count {
                for (value, column) in self.row.iter_mut().zip(&columns) {
                    *value = column.get(row).copied().unwrap_or(UNKNOWN);
                }
                let row = length_to_u64(row);
                rows.write(WrittenRows {
                    archive: index,
                    row,
                    ring: archive.rows,
                    label: None,
                    span: 0,
                    values: &self.row,
                    copies: 1,
                });
            }
        }
        Ok(())
    }

    /// Reads the coefficients that the parts will use, before anything changes.
    pub(super) fn load_coefficients<R: Rows>(
        &mut self,
        schema: &Schema,
        live: &LiveHead,
        parts: &[Part; 2],
        rows: &mut R,
    ) -> Result<(), R::Error> {
        let mut passed = 0;
        for (index, part) in parts.iter().enumerate().filter(|(_, part)| part.count > 0) {
            for (archive, cursor) in seasons(schema, live) {
                for (which, row) in coefficient_rows(cursor, passed, part).into_iter().enumerate() {
                    let range = self.coefficient_range(schema, index, archive, which);
                    if let Some(values) = self.coefficients.get_mut(range) {
                        rows.read(archive, row, values)?;
                    }
                }
            }
            passed += part.count;
        }
        Ok(())
    }

    /// In a short season the second part may use a row that the first part has just written.
    pub(super) fn refresh_coefficients(&mut self, schema: &Schema, live: &LiveHead, part: &Part) {
        let sources = schema.sources().len();
        for (archive, cursor) in seasons(schema, live) {
            for (which, row) in coefficient_rows(cursor, 0, part).into_iter().enumerate() {
                let range = self.coefficient_range(schema, 1, archive, which);
                if row == cursor.row()
                    && let Some(values) = self.coefficients.get_mut(range)
                {
                    for (value, cdp) in
                        values.iter_mut().zip(live.cdps.iter().skip(archive * sources))
                    {
                        *value = cdp.primary;
                    }
                }
            }
        }
    }

    /// The forecasting archives: step by step for one or two points, in one operation for more.
    pub(super) fn forecast(
        &mut self,
        schema: &Schema,
        live: &mut LiveHead,
        part: &Part,
        index: usize,
    ) {
        let sources = schema.sources().len();
        let archives = schema.archives();
        let passes = if part.count > 2 { 1 } else { part.count };
        for pass in 0..passes {
            for (archive, definition) in archives.iter().enumerate() {
                if matches!(definition.kind, ArchiveKind::Classic { .. }) {
                    continue;
                }
                for source in 0..sources {
                    let [first, second] = [0, 1].map(|which| {
                        let range = self.coefficient_range(schema, index, archive, which);
                        self.coefficients.get(range.start + source).copied().unwrap_or(UNKNOWN)
                    });
                    let mut open = OpenRows { archives, cdps: &mut live.cdps, sources, source };
                    if part.count > 2 {
                        open.skip(archive, part.count, [first, second]);
                        continue;
                    }
                    let point_index = index * sources + source;
                    let point = self.points.get(point_index).copied().unwrap_or(UNKNOWN);
                    let next = if pass == 0 { first } else { second };
                    let value = open.step(archive, point, next);
                    if let Some(cdp) = live.cdps.get_mut(archive * sources + source) {
                        if pass == 0 {
                            cdp.primary = value;
                        } else {
                            cdp.secondary = value;
                        }
                    }
                }
            }
        }
    }

    fn coefficient_range(
        &self,
        schema: &Schema,
        part: usize,
        archive: usize,
        which: usize,
    ) -> std::ops::Range<usize> {
        let sources = self.row.len();
        let start = ((part * schema.archives().len() + archive) * 2 + which) * sources;
        start..start + sources
    }
}

/// The archives that store a season, with their cursors.
fn seasons(schema: &Schema, live: &LiveHead) -> impl Iterator<Item = (usize, RowCursor)> {
    let archives = schema.archives().iter().zip(&live.current_rows).enumerate();
    archives
        .filter(|(_, (archive, _))| keeps_season(archive))
        .map(|(index, (archive, row))| (index, RowCursor::new(*row, archive.rows)))
}

/// The two rows whose coefficients a part uses, `passed` points after the cursor's row.
fn coefficient_rows(cursor: RowCursor, passed: u64, part: &Part) -> [u64; 2] {
    let first = if part.count > 2 { part.count } else { part.count + 1 };
    [first, first.saturating_add(1)].map(|distance| cursor.ahead(passed.saturating_add(distance)))
}

pub(super) fn keeps_season(archive: &Archive) -> bool {
    matches!(archive.kind, ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_))
}

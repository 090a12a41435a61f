//! Smoothing of seasonal coefficients: when it is due, and the moving average.

use crate::archive::{Archive, ArchiveKind, RowCursor, Season};
use crate::cdp::{CdpPrep, CdpState};
use crate::number::{UNKNOWN, count_to_f64, truncate_to_u64};

/// Seasons after which smoothing happens at the archive's own smoothing row instead of the last
/// row.
const FIRST_SEASONS: u64 = 3;

/// Whether `points` more rows of a seasonal archive pass the row where it is smoothed. The seasons
/// seen so far are counted in the open row of the first data source.
pub(crate) fn is_due(archive: &Archive, cdp: &mut CdpPrep, cursor: RowCursor, points: u64) -> bool {
    let (ArchiveKind::Seasonal(season) | ArchiveKind::DevSeasonal(season)) = &archive.kind else {
        return false;
    };
    let CdpState::Seasonal { initialised, .. } = &mut cdp.state else { return false };
    let row = cursor.row();
    let reached = row.saturating_add(points);
    if *initialised > FIRST_SEASONS {
        let due_at = season.smoothing_index;
        reached >= if due_at > row { due_at } else { archive.rows.saturating_add(due_at) }
    } else {
        let due = reached >= archive.rows;
        if due {
            *initialised += 1;
        }
        due
    }
}

/// Half the width of the moving average over a season of `rows` rows.
pub(crate) fn half_width(window: f64, rows: u64) -> u64 {
    truncate_to_u64((window / 2.0 * count_to_f64(rows)).floor())
}

/// Replaces one column of a season by its moving average. For a SEASONAL archive with a parent the
/// mean is removed and returned, to be added to the parent's baseline.
///
/// The sums run in a fixed order, so that rounding is RRDtool's.
pub(crate) fn smooth(column: &[f64], half_width: usize, parent: Option<Season>) -> (Vec<f64>, f64) {
    let rows = column.len();
    let at = |row: usize, ahead: usize, back: usize| {
        column.get((row + ahead + (rows - back % rows)) % rows).copied().unwrap_or(UNKNOWN)
    };
    let width = count_to_f64(2 * crate::number::length_to_u64(half_width) + 1);
    let mut sum = 0.0;
    for row in 0..2 * half_width {
        sum += at(row, 0, half_width);
    }
    let mut base = 0.0;
    let mut smoothed = Vec::with_capacity(rows);
    for row in 0..rows {
        sum += at(row, half_width, 0);
        let mean = sum / width;
        smoothed.push(mean);
        base += mean;
        sum -= at(row, 0, half_width);
    }
    base /= count_to_f64(crate::number::length_to_u64(rows));
    match parent {
        None => {}
        Some(Season::Additive) => smoothed.iter_mut().for_each(|value| *value -= base),
        Some(Season::Multiplicative) => smoothed
            .iter_mut()
            .for_each(|value| *value = if base <= 0.0 { UNKNOWN } else { *value / base }),
    }
    (smoothed, base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moving_average_goes_round_the_season() {
        let (smoothed, base) = smooth(&[3.0, 0.0, 0.0, 0.0], 1, None);
        assert_eq!(smoothed, [1.0, 1.0, 0.0, 1.0]);
        assert_eq!(base, 0.75);
    }

    #[test]
    fn the_mean_is_taken_out_of_seasonal_coefficients() {
        let (smoothed, base) = smooth(&[3.0, 0.0, 0.0, 0.0], 1, Some(Season::Additive));
        assert_eq!((smoothed, base), (vec![0.25, 0.25, -0.75, 0.25], 0.75));
        let (smoothed, base) = smooth(&[6.0, 0.0, 0.0], 1, Some(Season::Multiplicative));
        assert_eq!((smoothed, base), (vec![1.0, 1.0, 1.0], 2.0));
    }

    #[test]
    fn the_usual_window_smooths_seasons_of_forty_rows_and_more() {
        assert_eq!(half_width(0.05, 39), 0);
        assert_eq!(half_width(0.05, 40), 1);
        assert_eq!(half_width(0.05, 200), 5);
    }
}

//! Consolidates rows of other archives into one row, by the seconds that each of them covers.

use super::donor::{Column, seconds_per_row};
use crate::archive::{Archive, ArchiveKind, ClassicFunction};
use crate::consolidation::ConsolidationFunction;
use crate::number::{UNKNOWN, count_to_f64, truncate_to_u64};

/// The value of a row of `span` seconds up to `end`.
pub(super) fn consolidated(
    archive: &Archive,
    columns: &[Column<'_>],
    span: i128,
    end: i128,
) -> f64 {
    let begin = end - span + 1;
    let seconds = count_to_f64(u64::try_from(span).unwrap_or(u64::MAX));
    let mut covered = Covered::default();
    let mut estimate = UNKNOWN;
    for column in columns {
        let Some(definition) = column.definition() else { continue };
        let length = seconds_per_row(&column.donor.head.schema, definition);
        for (row_end, value) in column.rows(begin, end) {
            if covered.count() >= span {
                break;
            }
            if value.is_nan() {
                continue;
            }
            let new = covered.add((row_end - length + 1).max(begin), row_end.min(end));
            if new == 0 {
                continue;
            }
            let share = count_to_f64(u64::try_from(new).unwrap_or(u64::MAX));
            estimate = match archive.kind {
                ArchiveKind::Classic { function: ClassicFunction::Min, .. }
                    if value >= estimate =>
                {
                    estimate
                }
                ArchiveKind::Classic { function: ClassicFunction::Max, .. }
                    if value <= estimate =>
                {
                    estimate
                }
                ArchiveKind::Classic {
                    function: ClassicFunction::Min | ClassicFunction::Max | ClassicFunction::Last,
                    ..
                } => value,
                _ => (if estimate.is_nan() { 0.0 } else { estimate }) + value / seconds * share,
            };
        }
    }
    let known = u64::try_from(covered.count()).unwrap_or(u64::MAX);
    let factor = match archive.kind {
        ArchiveKind::Classic { xfiles_factor, .. } => xfiles_factor,
        _ => 0.0,
    };
    if known <= truncate_to_u64(factor * seconds) {
        UNKNOWN
    } else if archive.function() == ConsolidationFunction::Average {
        estimate / count_to_f64(known) * seconds
    } else {
        estimate
    }
}

/// Known seconds, as sorted intervals.
#[derive(Default)]
struct Covered {
    stretches: Vec<(i128, i128)>,
}

impl Covered {
    /// Adds the seconds `first` to `last` and returns how many of them were new.
    fn add(&mut self, first: i128, last: i128) -> i128 {
        let before = self.count();
        let touching = |&(begin, end): &(i128, i128)| begin <= last + 1 && end >= first - 1;
        let joined = self
            .stretches
            .iter()
            .filter(|stretch| touching(stretch))
            .fold((first, last), |joined, stretch| {
                (joined.0.min(stretch.0), joined.1.max(stretch.1))
            });
        if first <= last {
            self.stretches.retain(|stretch| !touching(stretch));
            self.stretches.push(joined);
        }
        self.count() - before
    }

    fn count(&self) -> i128 {
        self.stretches.iter().map(|(first, last)| last - first + 1).sum()
    }
}

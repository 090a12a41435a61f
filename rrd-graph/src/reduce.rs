//! Merges many short rows into fewer, longer ones.

use rrd_core::number::{UNKNOWN, count_to_f64, length_to_u64, to_index};
use rrd_core::{ConsolidationFunction, Step, Timestamp};

use crate::rows::Rows;

/// Merges rows into rows of `factor` times their length, aligned to multiples of the new length.
///
/// Unknown rows are ignored. A new row that begins before the first or ends after the last row is
/// unknown.
///
/// ```
/// use rrd_core::{ConsolidationFunction, Step, Timestamp};
/// use rrd_graph::{Rows, reduce::reduce};
/// let (start, step) = (Timestamp::from_seconds(20), Step::from_seconds(10).unwrap());
/// let rows = Rows::new(start, step, vec![1.0, f64::NAN, 5.0, 7.0]);
/// let merged = reduce(&rows, 2, ConsolidationFunction::Average);
/// assert_eq!((merged.start, merged.step.seconds()), (start, 20));
/// assert_eq!(merged.values, [1.0, 6.0]);
/// ```
pub fn reduce(rows: &Rows, factor: u64, function: ConsolidationFunction) -> Rows {
    let factor = factor.max(1);
    let step = Step::from_seconds(rows.step.seconds().saturating_mul(factor)).unwrap_or(rows.step);
    let first = rows.start.seconds();
    let start = Timestamp::from_seconds(first.saturating_sub_unsigned(step.phase(first)));
    let skipped = match step.phase(first) / rows.step.seconds() {
        0 => 0,
        before => factor - before,
    };
    let unused = step.phase(rows.end().seconds()) / rows.step.seconds();
    let count = length_to_u64(rows.len());
    // Within a single new row there is only that one.
    let begins_earlier = skipped != 0 && count >= skipped;
    let used = count.saturating_sub(skipped).saturating_sub(unused);
    let index = |rows: u64| to_index(rows).unwrap_or(usize::MAX);
    let (skipped, factor) = (index(skipped), index(factor));
    let groups = index(used) / factor;
    // New rows without any of the values are unknown and need not be computed.
    let kept_end = rows.before + rows.values.len();
    let first = (rows.before.saturating_sub(skipped) / factor).min(groups);
    let end = kept_end.saturating_sub(skipped).div_ceil(factor).clamp(first, groups);
    let merged = |group: usize| {
        let from = (skipped + group * factor).saturating_sub(rows.before);
        let to = (skipped + (group + 1) * factor).min(kept_end) - rows.before;
        let values = rows.values.get(from..to).unwrap_or_default();
        consolidate(values.iter().copied().filter(|value| !value.is_nan()), function)
    };
    Rows {
        start,
        step,
        before: usize::from(begins_earlier) + first,
        values: (first..end).map(merged).collect(),
        after: groups - end + usize::from(unused != 0),
    }
}

/// Consolidates the known values.
#[inline]
fn consolidate(
    mut known: impl DoubleEndedIterator<Item = f64>,
    function: ConsolidationFunction,
) -> f64 {
    match function {
        ConsolidationFunction::Min => known.reduce(|a, b| if b < a { b } else { a }),
        ConsolidationFunction::Max | ConsolidationFunction::Failures => {
            known.reduce(|a, b| if b > a { b } else { a })
        }
        ConsolidationFunction::Last => known.next_back(),
        _ => mean(known),
    }
    .unwrap_or(UNKNOWN)
}

/// The mean in the order of the values; `None` if there are none. The sum begins with the first
/// value, so that a zero keeps its sign.
fn mean(mut values: impl Iterator<Item = f64>) -> Option<f64> {
    let first = values.next()?;
    let (sum, count) = values.fold((first, 1), |(sum, count), value| (sum + value, count + 1));
    Some(sum / count_to_f64(count))
}

/// One number from the finite rows of a series, as for PRINT of a series; unknown if there are
/// none.
pub fn summarize(rows: &Rows, function: ConsolidationFunction) -> f64 {
    consolidate(rows.values.iter().copied().filter(|value| value.is_finite()), function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(start: i64, values: &[f64]) -> Rows {
        let (start, step) = (Timestamp::from_seconds(start), Step::from_seconds(10).unwrap());
        Rows::collect(start, step, values.iter().copied())
    }

    fn merged(start: i64, values: &[f64], factor: u64, function: ConsolidationFunction) -> String {
        let rows = reduce(&rows(start, values), factor, function);
        let values: Vec<f64> = rows.iter().collect();
        format!("{} {} {values:?}", rows.start, rows.step.seconds())
    }

    #[test]
    fn each_function_merges_the_known_values() {
        let values = [f64::NAN, 3.0, 1.0, 2.0];
        for (function, value) in [
            (ConsolidationFunction::Average, "2.0"),
            (ConsolidationFunction::Min, "1.0"),
            (ConsolidationFunction::Max, "3.0"),
            (ConsolidationFunction::Last, "2.0"),
            (ConsolidationFunction::Failures, "3.0"),
            (ConsolidationFunction::Seasonal, "2.0"),
        ] {
            assert_eq!(merged(0, &values, 4, function), format!("0 40 [{value}]"));
        }
        let unknown = [f64::NAN; 4];
        assert_eq!(merged(0, &unknown, 4, ConsolidationFunction::Last), "0 40 [NaN]");
    }

    #[test]
    fn rows_at_the_ends_that_fill_no_new_row_make_it_unknown() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let function = ConsolidationFunction::Max;
        assert_eq!(merged(10, &values, 3, function), "0 30 [NaN, 5.0, NaN]");
        assert_eq!(merged(20, &values, 4, function), "0 40 [NaN, 6.0]");
    }

    #[test]
    fn a_window_inside_one_new_row_is_unknown() {
        assert_eq!(merged(20, &[1.0, 2.0], 6, ConsolidationFunction::Max), "0 60 [NaN]");
        assert_eq!(merged(0, &[1.0, 2.0], 6, ConsolidationFunction::Max), "0 60 [NaN]");
    }

    #[test]
    fn unknown_rows_around_the_values_count_as_if_they_were_written_out() {
        for (before, after) in [(0, 0), (1, 7), (13, 2), (29, 29), (40, 0)] {
            let unknown = |rows| vec![UNKNOWN; rows];
            let values = [unknown(before), vec![4.0, 1.0, UNKNOWN, 3.0, 2.0], unknown(after)];
            let compact = rows(70, &values.concat());
            let dense = Rows::new(compact.start, compact.step, values.concat());
            for factor in 1..=60 {
                let of = |rows| reduce(rows, factor, ConsolidationFunction::Average);
                let (compact, dense) = (of(&compact), of(&dense));
                assert_eq!((compact.start, compact.step), (dense.start, dense.step));
                let bits = |rows: Rows| rows.iter().map(f64::to_bits).collect::<Vec<_>>();
                assert_eq!(bits(compact), bits(dense), "{before} {after} {factor}");
            }
        }
    }

    #[test]
    fn a_summary_leaves_infinities_out() {
        let rows = rows(0, &[f64::INFINITY, 3.0, f64::NAN, 1.0]);
        assert_eq!(summarize(&rows, ConsolidationFunction::Average), 2.0);
        assert_eq!(summarize(&rows, ConsolidationFunction::Max), 3.0);
        assert_eq!(summarize(&rows, ConsolidationFunction::Last), 1.0);
    }
}

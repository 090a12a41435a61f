//! The rows of a series as samples: at which times, and where the series ends.

use super::super::wire::v1::{STALE, Sample};

/// `PromQL` shows a sample for five minutes. Longer rows are repeated at this distance, in
/// milliseconds.
const REPEAT: u64 = 240_000;

/// Makes samples of the rows of one series, which come in the order of their times.
#[derive(Clone, Debug)]
pub(super) struct Sampling {
    /// The first millisecond.
    first: i64,
    /// The last one.
    last: i64,
    /// Whether long rows are repeated within themselves.
    repeats: bool,
    /// The end of the row before, if its value is known.
    known: Option<i64>,
}

impl Sampling {
    /// The samples of these milliseconds.
    pub(super) fn new(first: i64, last: i64, repeats: bool) -> Self {
        Self { first, last, repeats, known: None }
    }

    /// Adds the samples of a row of `length` seconds that ends at `end`, seconds since 1970. An
    /// unknown row has none, but ends what was known before.
    pub(super) fn row(&mut self, end: i64, length: u64, value: f64, samples: &mut Vec<Sample>) {
        let end = end.saturating_mul(1000);
        if value.is_nan() {
            if let Some(known) = self.known.take() {
                self.add(known.saturating_add(1), STALE, samples);
            }
            return;
        }
        self.known = Some(end);
        if self.repeats {
            // Counted back from the end of the row: only those that are asked for.
            let steps = |since: i64| u64::try_from(end.saturating_sub(since)).ok();
            let from = steps(self.first).map(|distance| distance / REPEAT);
            let to = steps(self.last).map_or(0, |distance| distance.div_ceil(REPEAT)).max(1);
            let most = length.saturating_mul(1000).saturating_sub(1) / REPEAT;
            for repeat in (to..=from.unwrap_or(0).min(most)).rev() {
                self.add(end.saturating_sub_unsigned(repeat * REPEAT), value, samples);
            }
        }
        self.add(end, value, samples);
    }

    /// The most samples that so many rows of `length` seconds have.
    pub(super) fn most(&self, rows: u64, length: u64) -> u64 {
        let milliseconds = u64::try_from(self.last.saturating_sub(self.first)).unwrap_or(0);
        let in_row = length.saturating_mul(1000).div_ceil(REPEAT).max(1);
        if self.repeats {
            rows.saturating_mul(in_row).min(rows.saturating_add(milliseconds / REPEAT))
        } else {
            rows
        }
    }

    fn add(&self, timestamp: i64, value: f64, samples: &mut Vec<Sample>) {
        if (self.first..=self.last).contains(&timestamp) {
            samples.push(Sample { value, timestamp });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of the samples in seconds, with their values; `None` for the end of a series.
    fn samples(sampling: &mut Sampling, rows: &[(i64, u64, f64)]) -> Vec<(f64, Option<f64>)> {
        let mut samples = Vec::new();
        for (end, length, value) in rows {
            sampling.row(*end, *length, *value, &mut samples);
        }
        let is_end = |value: f64| value.to_bits() == STALE.to_bits();
        let shown = |sample: &Sample| {
            let seconds = f64::from(i32::try_from(sample.timestamp).unwrap()) / 1000.0;
            (seconds, Some(sample.value).filter(|value| !is_end(*value)))
        };
        samples.iter().map(shown).collect()
    }

    #[test]
    fn a_series_ends_a_millisecond_after_its_last_known_row() {
        let rows = [(60, 60, f64::NAN), (120, 60, 1.0), (180, 60, f64::NAN), (240, 60, f64::NAN)];
        let more = [(300, 60, 2.0), (360, 60, 3.0)];
        let mut sampling = Sampling::new(0, 360_000, true);
        let expected =
            [(120.0, Some(1.0)), (120.001, None), (300.0, Some(2.0)), (360.0, Some(3.0))];
        assert_eq!(samples(&mut sampling, &[&rows[..], &more].concat()), expected);
        // Both ends of the range belong to it.
        let mut sampling = Sampling::new(120_000, 300_000, true);
        assert_eq!(samples(&mut sampling, &[&rows[..], &more].concat()), expected[..3]);
        let mut sampling = Sampling::new(120_001, 299_999, true);
        assert_eq!(samples(&mut sampling, &[&rows[..], &more].concat()), expected[1..2]);
    }

    #[test]
    fn rows_of_more_than_four_minutes_are_repeated_within_themselves_if_so_wanted() {
        let hours = [(3600, 3600, 1.0), (7200, 3600, 2.0)];
        let times = |first, last, repeats| {
            let found = samples(&mut Sampling::new(first, last, repeats), &hours);
            found.into_iter().map(|(time, _)| time).collect::<Vec<_>>()
        };
        assert_eq!(times(0, 7_200_000, false), [3600.0, 7200.0]);
        let repeated = times(0, 7_200_000, true);
        assert_eq!(repeated.len(), 30);
        assert_eq!(repeated[..3], [240.0, 480.0, 720.0]);
        assert_eq!(repeated[14..16], [3600.0, 3840.0]);
        // The row that ends after the range has samples in it.
        assert_eq!(times(3_600_000, 4_000_000, true), [3600.0, 3840.0]);
        let rows = [(240, 240, 1.0), (540, 300, 1.0)];
        let found = samples(&mut Sampling::new(0, 540_000, true), &rows);
        assert_eq!(found.iter().map(|(time, _)| *time).collect::<Vec<_>>(), [240.0, 300.0, 540.0]);
    }

    #[test]
    fn rows_and_ranges_of_any_length_have_only_the_samples_that_are_asked_for() {
        let mut found = Vec::new();
        Sampling::new(1_000_000, 2_000_000, true).row(1 << 59, 1 << 60, 1.0, &mut found);
        let times: Vec<i64> = found.iter().map(|sample| sample.timestamp).collect();
        assert_eq!(times.len(), 5);
        assert!(times.iter().all(|time| (1_000_000..=2_000_000).contains(time)), "{times:?}");
        let all = Sampling::new(i64::MIN, i64::MAX, true);
        assert_eq!(all.most(3, 3600), 45);
        assert_eq!(all.most(u64::MAX, u64::MAX), u64::MAX);
        assert_eq!(Sampling::new(0, 300_000, true).most(1, 1 << 60), 2);
        assert_eq!(Sampling::new(0, 300_000, false).most(7, 3600), 7);
    }
}

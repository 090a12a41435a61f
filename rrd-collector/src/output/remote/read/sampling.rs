//! The rows of a series as samples: at which times, and where the series ends.

use super::super::wire::v1::{STALE, Sample};

/// Makes samples of the rows of one series, which come in the order of their times.
#[derive(Clone, Debug)]
pub(super) struct Sampling {
    /// The first millisecond.
    first: i64,
    /// The last one.
    last: i64,
    /// When long rows are repeated within themselves, if at all.
    repeats: Option<Repeats>,
    /// The end of the row before, if its value is known.
    known: Option<i64>,
}

/// The times at which long rows are repeated: one of them, and their distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeats {
    pub(super) anchor: i64,
    pub(super) distance: u64,
}

impl Repeats {
    /// `PromQL` shows a sample for five minutes: rows that are longer than this have holes between
    /// their ends.
    pub(super) const LONG: u64 = 240_000;

    /// Those after `start` and before `end`.
    fn between(self, start: i64, end: i64) -> impl Iterator<Item = i64> {
        let Self { anchor, distance } = self;
        let begin = i128::from(anchor)
            + (i128::from(start) - i128::from(anchor)).div_euclid(i128::from(distance))
                * i128::from(distance);
        let times = (1..).map(move |number| begin + number * i128::from(distance));
        times
            .take_while(move |time| *time < i128::from(end))
            .filter_map(|time| time.try_into().ok())
    }
}

impl Sampling {
    /// The samples of these milliseconds.
    pub(super) fn new(first: i64, last: i64, repeats: Option<Repeats>) -> Self {
        Self { first, last, repeats, known: None }
    }

    /// Adds the samples of a row of `length` seconds that ends at `end`, seconds since 1970. An
    /// unknown row has none, but ends what was known before.
    pub(super) fn row(&mut self, end: i64, length: u64, value: f64, samples: &mut Vec<Sample>) {
        let (end, length) = (end.saturating_mul(1000), length.saturating_mul(1000));
        if value.is_nan() {
            if let Some(known) = self.known.take() {
                self.add(known.saturating_add(1), STALE, samples);
            }
            return;
        }
        self.known = Some(end);
        if let Some(repeats) = self.repeats.filter(|_| length > Repeats::LONG) {
            let start = end.saturating_sub_unsigned(length).max(self.first.saturating_sub(1));
            let before = end.min(self.last.saturating_add(1));
            for timestamp in repeats.between(start, before) {
                self.add(timestamp, value, samples);
            }
        }
        self.add(end, value, samples);
    }

    /// The most samples that this many rows of `length` seconds have.
    pub(super) fn most(&self, rows: u64, length: u64) -> u64 {
        let length = length.saturating_mul(1000);
        let Some(repeats) = self.repeats.filter(|_| length > Repeats::LONG) else { return rows };
        let milliseconds = self.last.abs_diff(self.first).min(rows.saturating_mul(length));
        rows.saturating_add(milliseconds / repeats.distance)
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

    const EVERY: Option<Repeats> = Some(Repeats { anchor: 0, distance: Repeats::LONG });

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
        let mut sampling = Sampling::new(0, 360_000, EVERY);
        let expected =
            [(120.0, Some(1.0)), (120.001, None), (300.0, Some(2.0)), (360.0, Some(3.0))];
        assert_eq!(samples(&mut sampling, &[&rows[..], &more].concat()), expected);
        // Both ends of the range belong to it.
        let mut sampling = Sampling::new(120_000, 300_000, EVERY);
        assert_eq!(samples(&mut sampling, &[&rows[..], &more].concat()), expected[..3]);
        let mut sampling = Sampling::new(120_001, 299_999, EVERY);
        assert_eq!(samples(&mut sampling, &[&rows[..], &more].concat()), expected[1..2]);
    }

    #[test]
    fn rows_of_more_than_four_minutes_are_repeated_within_themselves_if_so_wanted() {
        let hours = [(3600, 3600, 1.0), (7200, 3600, 2.0)];
        let times = |first, last, repeats| {
            let found = samples(&mut Sampling::new(first, last, repeats), &hours);
            found.into_iter().map(|(time, _)| time).collect::<Vec<_>>()
        };
        assert_eq!(times(0, 7_200_000, None), [3600.0, 7200.0]);
        let repeated = times(0, 7_200_000, EVERY);
        assert_eq!(repeated.len(), 30);
        assert_eq!(repeated[..3], [240.0, 480.0, 720.0]);
        assert_eq!(repeated[14..16], [3600.0, 3840.0]);
        // The row that ends after the range has samples in it.
        assert_eq!(times(3_600_000, 4_080_000, EVERY), [3600.0, 3840.0, 4080.0]);
        let hourly = Some(Repeats { anchor: 7_000_000, distance: 3_600_000 });
        assert_eq!(times(0, 7_200_000, hourly), [3400.0, 3600.0, 7000.0, 7200.0]);
        let short = [(240, 240, 1.0), (540, 300, 1.0)];
        let found = samples(&mut Sampling::new(0, 540_000, EVERY), &short);
        assert_eq!(found.iter().map(|(time, _)| *time).collect::<Vec<_>>(), [240.0, 480.0, 540.0]);
    }

    #[test]
    fn rows_and_ranges_of_any_length_have_only_the_samples_that_are_asked_for() {
        let mut found = Vec::new();
        Sampling::new(1_000_000, 2_000_000, EVERY).row(1 << 59, 1 << 60, 1.0, &mut found);
        let times: Vec<i64> = found.iter().map(|sample| sample.timestamp).collect();
        assert_eq!(times, [1_200_000, 1_440_000, 1_680_000, 1_920_000]);
        found.clear();
        Sampling::new(i64::MIN, i64::MIN + 240_000, EVERY).row(i64::MIN, 1, 1.0, &mut found);
        assert_eq!(found.len(), 1);
        let all = Sampling::new(i64::MIN, i64::MAX, EVERY);
        assert_eq!(all.most(3, 3600), 48);
        assert_eq!(all.most(7, 240), 7);
        assert_eq!(all.most(u64::MAX, u64::MAX), u64::MAX);
        assert_eq!(Sampling::new(0, 300_000, EVERY).most(1, 1 << 60), 2);
        assert_eq!(Sampling::new(0, 300_000, None).most(7, 3600), 7);
    }
}

//! Compares the pipeline with a model that shares no code with it: every second of a gauge is
//! stored, and rows are the mean, smallest, largest and last value of their seconds.
//!
//! The model has no open points, carried sums or partial steps. It is valid for whole seconds,
//! whole rows and a heartbeat of more than two steps.

use std::time::Duration;

use proptest::prelude::*;
use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Reading, Rrd, Sample, Schema, Step, TimeRange,
    Timestamp,
};

const START: i64 = 1_000_000_000;
const STEP: i64 = 10;
const ROWS: u64 = 40;

/// Consecutive seconds: the value (`None` is unknown) and the sample that provided it.
struct Seconds(Vec<(Option<f64>, usize)>);

impl Seconds {
    fn of(samples: &[(i64, Option<f64>)]) -> Self {
        let mut seconds = Vec::new();
        for (number, (length, value)) in samples.iter().enumerate() {
            let within = if *length <= HEARTBEAT { *value } else { None };
            seconds
                .extend(std::iter::repeat_n((within, number), usize::try_from(*length).unwrap()));
        }
        Self(seconds)
    }

    /// The value of a step: the mean of its known seconds. At most half of the seconds may be
    /// unknown because of samples within the step; unknown seconds from the sample that ends the
    /// step do not count.
    fn point(&self, step: usize) -> Option<f64> {
        let length = usize::try_from(STEP).unwrap();
        let seconds = self.0.get(step * length..(step + 1) * length)?;
        let (_, ending) = *seconds.last()?;
        let lost = seconds.iter().filter(|(value, sample)| value.is_none() && *sample != ending);
        let known: Vec<f64> = seconds.iter().filter_map(|(value, _)| *value).collect();
        (!known.is_empty() && 2 * lost.count() <= length)
            .then(|| known.iter().sum::<f64>() / count(known.len()))
    }

    /// The value of a row of `steps` steps: `function` of the known ones, if at most half are
    /// unknown.
    fn row(&self, function: ConsolidationFunction, row: usize, steps: usize) -> Option<f64> {
        let points: Vec<Option<f64>> =
            (row * steps..(row + 1) * steps).map(|step| self.point(step)).collect();
        let known: Vec<f64> = points.iter().copied().flatten().collect();
        if 2 * (steps - known.len()) > steps {
            return None;
        }
        match function {
            ConsolidationFunction::Average => Some(known.iter().sum::<f64>() / count(known.len())),
            ConsolidationFunction::Min => known.into_iter().reduce(f64::min),
            ConsolidationFunction::Max => known.into_iter().reduce(f64::max),
            _ => points.last().copied().flatten(),
        }
    }

    fn steps(&self) -> usize {
        self.0.len() / usize::try_from(STEP).unwrap()
    }
}

/// Longer silences are unknown.
const HEARTBEAT: i64 = 25;

fn count(items: usize) -> f64 {
    f64::from(u32::try_from(items).unwrap())
}

fn close(ours: f64, model: Option<f64>) -> bool {
    match model {
        None => ours.is_nan(),
        Some(model) => (ours - model).abs() <= 1e-9 * model.abs().max(1.0),
    }
}

fn samples() -> impl Strategy<Value = Vec<(i64, Option<f64>)>> {
    let length = prop_oneof![4 => 1..=12_i64, 3 => Just(STEP), 2 => 13..=25_i64, 1 => 26..=90_i64];
    let value =
        prop_oneof![8 => (-1000..1000_i32).prop_map(|v| Some(f64::from(v) / 8.0)), 1 => Just(None)];
    prop::collection::vec((length, value), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_what_the_seconds_they_cover_say(samples in samples(), steps in 1_usize..6) {
        let folder = tempfile::tempdir().unwrap();
        let points = steps as u64;
        let schema = Schema::builder(Step::from_seconds(STEP.unsigned_abs()).unwrap())
            .gauge("value", Heartbeat::from_seconds(HEARTBEAT.unsigned_abs()))
            .average(0.5, points, ROWS)
            .min(0.5, points, ROWS)
            .max(0.5, points, ROWS)
            .last(0.5, points, ROWS)
            .build()
            .unwrap();
        // A row of every length up to five begins here.
        let start = START - START % (STEP * 60);
        let mut rrd =
            Rrd::create(folder.path().join("x.rrd"), &schema, Timestamp::from_seconds(start)).unwrap();
        let mut now = start;
        for (length, value) in &samples {
            now += length;
            let reading = value.map_or(Reading::Unknown, Reading::Number);
            rrd.update(&Sample::new(Timestamp::from_seconds(now), [reading])).unwrap();
        }
        let seconds = Seconds::of(&samples);
        let span = STEP * steps.cast_signed() as i64;
        let complete = seconds.steps() / steps;
        for function in [
            ConsolidationFunction::Average,
            ConsolidationFunction::Min,
            ConsolidationFunction::Max,
            ConsolidationFunction::Last,
        ] {
            for row in complete.saturating_sub(usize::try_from(ROWS).unwrap())..complete {
                let begin = start + span * row.cast_signed() as i64;
                let range = TimeRange::from_seconds(begin, begin);
                let request = FetchRequest::new(function, range).resolution(Duration::from_secs(span.unsigned_abs()));
                let ours = rrd.fetch(&request).unwrap().kept()[0];
                let model = seconds.row(function, row, steps);
                prop_assert!(close(ours, model), "{function} row {row}: {ours} is not {model:?}");
            }
        }
    }
}

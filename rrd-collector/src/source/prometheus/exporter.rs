//! What is kept of an exporter between two readings of its page, and the groups that become of one.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use super::drawing::chart;
use super::kinds::{PROMETHEUS, SPREAD};
use super::selection::{Reading, Selection, Taken};
use super::spread::Spread;
use crate::group::Kind;
use crate::section::InstanceFilter;
use crate::source::meter::{Meter, Moment};
use crate::source::sample::{SampleBatch, SampleSink};

/// A value with a time of its own that is further away than this is not that of now.
const MAX_AWAY: f64 = 300.0;

/// The time of a reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    /// Since 1970.
    pub(super) wall: Duration,
    /// On our monotonic clock.
    pub(super) clock: Duration,
}

/// An exporter.
#[derive(Debug)]
pub(super) struct Exporter {
    instance: String,
    series: BTreeMap<String, Series>,
    spreads: BTreeMap<String, Spread>,
}

/// A single series.
#[derive(Debug)]
struct Series {
    meter: Meter,
    /// Has its chart, which is the same for all series of a name.
    kind: Kind,
    metric: String,
}

impl Exporter {
    pub(super) fn new(instance: String) -> Self {
        Self { instance, series: BTreeMap::new(), spreads: BTreeMap::new() }
    }

    /// The instance of a series.
    pub(super) fn full(&self, name: &str) -> String {
        format!("{}/{name}", self.instance)
    }

    /// The begin of a reading of at most `cap` values.
    pub(super) fn selection<'f>(&self, cap: usize, filter: &'f InstanceFilter) -> Selection<'f> {
        let held = |kind: &'static Kind| move |name: &String| (name.clone(), kind.metrics.len());
        let series = self.series.keys().map(held(&PROMETHEUS));
        let held = series.chain(self.spreads.keys().map(held(&SPREAD))).collect();
        Selection::new(filter, cap, held)
    }

    /// Adds a group for all that was taken; the number of values. What was not there begins again
    /// when it returns.
    pub(super) fn store(&mut self, taken: Taken, round: Round, batch: &mut SampleBatch) -> usize {
        let before = batch.groups.len();
        self.series.retain(|name, _| taken.series.contains_key(name));
        self.spreads.retain(|name, _| taken.spreads.contains_key(name));
        for (name, reading) in taken.series {
            let full = self.full(&name);
            let series = self.series_of(name, &reading);
            let value = match round.moment(reading.at) {
                Some(moment) => series.meter.read(moment, reading.value),
                None => f64::NAN,
            };
            let value = if value.is_finite() { value } else { f64::NAN };
            batch.group(&series.kind, &full, &[value]);
        }
        for (name, observed) in taken.spreads {
            let full = self.full(&name);
            let spread = self.spreads.entry(name).or_default();
            let values = match round.moment(observed.at) {
                Some(moment) => spread.values(moment, observed),
                None => [f64::NAN; 5],
            };
            batch.group(&SPREAD, &full, &values);
        }
        batch.groups.iter().skip(before).map(|(_, _, values)| values.len()).sum()
    }

    fn series_of(&mut self, name: String, reading: &Reading) -> &mut Series {
        let metric = &reading.metric;
        // Series of one name are next to each other.
        let from = (Bound::Included(&**metric), Bound::Unbounded);
        let near = self.series.range::<str, _>(from).next().map(|(_, series)| series);
        let known = near.filter(|near| near.metric == *metric).map(|near| near.kind.clone());
        self.series.entry(name).or_insert_with(|| {
            let chart = || chart(metric, reading.help.as_deref(), reading.is_counter);
            let kind =
                known.unwrap_or_else(|| Kind { chart: Some(chart().into()), ..PROMETHEUS.clone() });
            let meter = Meter::of_series(reading.is_counter);
            Series { meter, kind, metric: metric.clone() }
        })
    }
}

impl Round {
    /// The moment of a value with this time of its own; `None` if that is too far away.
    fn moment(self, own: Option<f64>) -> Option<Moment> {
        let is_now = |own: &f64| (own - self.wall.as_secs_f64()).abs() <= MAX_AWAY;
        match own {
            Some(own) => {
                Some(own).filter(is_now).map(|own| Moment { own: Some(own), clock: self.clock })
            }
            None => Some(Moment { own: None, clock: self.clock }),
        }
    }
}

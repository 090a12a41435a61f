//! What `StatsD` packets say between two samples.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::packet::{Line, Value};

/// Limit on the number of metrics; a further one takes the place of the one unsent for longest.
const MAX_METRICS: usize = 10_000;
/// Limit on new metrics between two samples: each creates a file, while the host must still be
/// sampled.
const MAX_NEW: usize = 250;
/// Limit on the length of a name with its tags, in bytes; a longer one cannot have a file.
const MAX_NAME_LENGTH: usize = 200;
/// Limit on the stored measurements of one metric between two samples, for its percentile.
const MAX_MEASUREMENTS: usize = 10_000;
/// Limit on the stored measurements of all metrics, and on the distinguished members of all sets.
const MAX_KEPT: usize = 1_000_000;
/// Initial capacity for the measurements of a metric.
const KEPT_ROOM: usize = 64;

/// Metrics by name and tags, collected from one sample to the next; memory is limited to a few
/// megabytes for any input.
#[derive(Debug, Default)]
pub struct Collected {
    metrics: BTreeMap<String, Known>,
    /// Metrics whose place was taken since the last sample.
    replaced: Vec<(String, Summary)>,
    /// Time until the last sample.
    time: Duration,
    /// Measurements and members stored since the last sample.
    kept: usize,
    /// New metrics since the last sample.
    new: usize,
    dropped: u64,
}

/// A metric, and when it was sent last.
#[derive(Debug)]
struct Known {
    collecting: Collecting,
    sent: Duration,
}

/// One metric between two samples.
#[derive(Debug)]
enum Collecting {
    Count(f64),
    Gauge(f64),
    Measurements {
        values: Vec<f64>,
        weight: f64,
        sum: f64,
        least: f64,
        most: f64,
    },
    /// Hashes of the members: the members themselves are never needed.
    Members(HashSet<u64>),
}

/// The result for a metric between two samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Summary {
    /// Events per second.
    Rate(f64),
    /// The last value.
    Gauge(f64),
    /// Measurements; timings are in seconds. Everything but the rate is NaN if there was none.
    Measurements {
        /// Measurements per second.
        rate: f64,
        /// Their mean, weighted by the sample rates.
        mean: f64,
        /// The smallest.
        least: f64,
        /// The largest.
        most: f64,
        /// The 95th percentile: the nearest rank among at most the first 10,000 measurements.
        percentile_95: f64,
    },
    /// Number of different members.
    Members(u32),
}

impl Collected {
    /// Processes one line. A metric keeps the type of its first line until it is removed; lines
    /// with another type are dropped.
    pub fn take(&mut self, line: &Line<'_>) {
        let key = key(line);
        let is_new = !self.metrics.contains_key(&key);
        let is_refused = || self.new >= MAX_NEW || key.len() > MAX_NAME_LENGTH;
        if is_new && (is_refused() || !self.make_room()) {
            self.dropped += 1;
            return;
        }
        self.new += usize::from(is_new);
        let metric = self.metrics.entry(key).or_insert_with(|| Known {
            collecting: Collecting::for_value(line.value),
            sent: self.time,
        });
        match metric.collecting.take(line.value, self.kept < MAX_KEPT) {
            Some(kept) => {
                metric.sent = self.time;
                self.kept += usize::from(kept);
            }
            None => self.dropped += 1,
        }
    }

    /// Makes room for one more metric; `false` if all others were sent since the last sample.
    fn make_room(&mut self) -> bool {
        if self.metrics.len() < MAX_METRICS {
            return true;
        }
        let unsent = self.metrics.iter().filter(|(_, metric)| metric.sent < self.time);
        let Some(name) = unsent.min_by_key(|(_, metric)| metric.sent).map(|(name, _)| name.clone())
        else {
            return false;
        };
        let removed = self.metrics.remove(&name);
        self.replaced.extend(removed.map(|mut metric| (name, metric.collecting.finish(0.0))));
        true
    }

    /// Lines dropped so far: too many new metrics, too long a name, or another type.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Passes on each metric's summary and whether it was sent since the last call, in the order of
    /// names, and starts again. Gauges keep their value.
    ///
    /// `elapsed` is the time since the last call; rates are unknown if it is zero.
    pub fn summarise(&mut self, elapsed: Duration, mut each: impl FnMut(&str, Summary, bool)) {
        let seconds = elapsed.as_secs_f64();
        (self.kept, self.new) = (0, 0);
        for (name, metric) in &mut self.metrics {
            each(name, metric.collecting.finish(seconds), metric.sent == self.time);
        }
        self.time = self.time.saturating_add(elapsed);
    }

    /// Removes the metrics that were not sent for this long, and passes them on with those whose
    /// place was taken.
    pub fn forget(&mut self, unsent: Duration, mut each: impl FnMut(&str, Summary)) {
        self.metrics.retain(|name, metric| {
            let stays = self.time.saturating_sub(metric.sent) < unsent;
            if !stays {
                self.replaced.push((name.clone(), metric.collecting.finish(0.0)));
            }
            stays
        });
        for (name, summary) in self.replaced.drain(..) {
            each(&name, summary);
        }
    }
}

/// The name with its sorted tags, as one text.
fn key(line: &Line<'_>) -> String {
    if line.tags.is_empty() {
        return line.name.to_owned();
    }
    let mut tags = line.tags.clone();
    tags.sort_unstable();
    format!("{},{}", line.name, tags.join(","))
}

impl Collecting {
    fn for_value(value: Value<'_>) -> Self {
        match value {
            Value::Count(_) => Self::Count(0.0),
            Value::Gauge(_) | Value::GaugeChange(_) => Self::Gauge(0.0),
            Value::Timing(..) | Value::Measurement(..) => Self::no_measurements(Vec::new()),
            Value::Member(_) => Self::Members(HashSet::new()),
        }
    }

    fn no_measurements(values: Vec<f64>) -> Self {
        Self::Measurements {
            values,
            weight: 0.0,
            sum: 0.0,
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
        }
    }

    /// Adds a value and returns whether it needs memory, for which there must be `room`; `None` for
    /// a value of another type.
    fn take(&mut self, value: Value<'_>, room: bool) -> Option<bool> {
        match (self, value) {
            (Self::Count(count), Value::Count(more)) => *count += more,
            (Self::Gauge(gauge), Value::Gauge(now)) => *gauge = now,
            (Self::Gauge(gauge), Value::GaugeChange(change)) => *gauge += change,
            (measurements @ Self::Measurements { .. }, Value::Timing(time, weight)) => {
                return Some(measurements.measure(time.as_secs_f64(), weight, room));
            }
            (measurements @ Self::Measurements { .. }, Value::Measurement(value, weight)) => {
                return Some(measurements.measure(value, weight, room));
            }
            (Self::Members(members), Value::Member(member)) => {
                let mut hasher = DefaultHasher::new();
                member.hash(&mut hasher);
                return Some(room && members.insert(hasher.finish()));
            }
            _ => return None,
        }
        Some(false)
    }

    fn measure(&mut self, value: f64, more: f64, room: bool) -> bool {
        let Self::Measurements { values, weight, sum, least, most } = self else { return false };
        let kept = room && values.len() < MAX_MEASUREMENTS;
        if kept {
            values.push(value);
        }
        *weight += more;
        *sum += value * more;
        *least = least.min(value);
        *most = most.max(value);
        kept
    }

    fn finish(&mut self, seconds: f64) -> Summary {
        let rate = |count: f64| if seconds > 0.0 { count / seconds } else { f64::NAN };
        match self {
            Self::Count(count) => Summary::Rate(rate(std::mem::take(count))),
            Self::Gauge(gauge) => Summary::Gauge(*gauge),
            Self::Members(members) => {
                let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
                members.clear();
                members.shrink_to(KEPT_ROOM);
                Summary::Members(count)
            }
            Self::Measurements { values, weight, sum, least, most } => {
                values.sort_by(f64::total_cmp);
                let known = |value: f64| if *weight > 0.0 { value } else { f64::NAN };
                // Nearest rank: the smallest value that 95 % of the values do not exceed.
                let rank = (values.len() * 95).div_ceil(100).saturating_sub(1);
                let summary = Summary::Measurements {
                    rate: rate(*weight),
                    mean: known(*sum / *weight),
                    least: known(*least),
                    most: known(*most),
                    percentile_95: values.get(rank).copied().unwrap_or(f64::NAN),
                };
                let mut emptied = std::mem::take(values);
                emptied.clear();
                emptied.shrink_to(KEPT_ROOM);
                *self = Self::no_measurements(emptied);
                summary
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::packet::parse_line;
    use super::*;

    fn collect(lines: &[&str], seconds: u64) -> Vec<(String, Summary)> {
        let mut collected = Collected::default();
        for line in lines {
            collected.take(&parse_line(line).unwrap());
        }
        let mut summaries = Vec::new();
        collected.summarise(Duration::from_secs(seconds), |name, summary, _| {
            summaries.push((name.to_owned(), summary));
        });
        summaries
    }

    #[test]
    fn counts_are_summed_divided_by_their_rates_and_by_the_time() {
        let summaries = collect(&["a:1|c", "a:3|c|@0.1", "b:-1|c"], 10);
        assert_eq!(
            summaries,
            [("a".to_owned(), Summary::Rate(3.1)), ("b".to_owned(), Summary::Rate(-0.1))]
        );
    }

    #[test]
    fn a_gauge_is_set_changed_and_kept_over_samples() {
        let mut collected = Collected::default();
        for line in ["g:10|g", "g:-4|g", "g:+1|g"] {
            collected.take(&parse_line(line).unwrap());
        }
        for _ in 0..2 {
            collected.summarise(Duration::from_secs(1), |_, summary, _| {
                assert_eq!(summary, Summary::Gauge(7.0));
            });
        }
    }

    #[test]
    fn what_was_not_sent_since_the_last_sample_is_told_from_what_was() {
        let mut collected = Collected::default();
        let mut sent = Vec::new();
        for line in ["a:1|c", "b:1|g", "a:1|c"] {
            collected.take(&parse_line(line).unwrap());
            collected.summarise(Duration::from_secs(10), |name, _, is_sent| {
                sent.push((name.to_owned(), is_sent));
            });
        }
        let expected = [("a", true), ("a", false), ("b", true), ("a", true), ("b", false)];
        assert_eq!(sent, expected.map(|(name, is_sent)| (name.to_owned(), is_sent)));
    }

    #[test]
    fn timings_are_seconds_and_weighted_by_their_sample_rate() {
        let summaries = collect(&["t:100|ms", "t:200|ms|@0.5"], 2);
        let Summary::Measurements { rate, mean, least, most, percentile_95 } = summaries[0].1
        else {
            panic!("{summaries:?}");
        };
        assert_eq!((rate, least, most, percentile_95), (1.5, 0.1, 0.2, 0.2));
        assert!((mean - 0.5 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_metric_without_measurements_has_a_rate_of_zero_and_no_mean() {
        let mut collected = Collected::default();
        collected.take(&parse_line("t:1|h").unwrap());
        collected.summarise(Duration::from_secs(1), |_, _, _| ());
        collected.summarise(Duration::from_secs(1), |_, summary, _| {
            let Summary::Measurements { rate, mean, percentile_95, .. } = summary else { panic!() };
            assert_eq!(rate, 0.0);
            assert!(mean.is_nan() && percentile_95.is_nan());
        });
    }

    #[test]
    fn members_of_a_set_count_once_and_tags_distinguish_metrics() {
        let summaries =
            collect(&["s:a|s", "s:b|s", "s:a|s", "s:a|s|#x:2,a:1", "s:b|s|#a:1,x:2"], 1);
        assert_eq!(
            summaries,
            [("s".to_owned(), Summary::Members(2)), ("s,a:1,x:2".to_owned(), Summary::Members(2))]
        );
    }

    #[test]
    fn a_flood_of_names_members_and_measurements_stays_small() {
        let mut collected = Collected::default();
        let mut names = 0;
        for interval in 0..50 {
            for number in 0..1000 {
                let line = format!("name.{interval}.{number}:1|g");
                collected.take(&parse_line(&line).unwrap());
            }
            names = 0;
            collected.summarise(Duration::from_secs(10), |_, _, _| names += 1);
            assert_eq!(names, 250 * (interval + 1).min(40));
        }
        assert_eq!((names, collected.dropped()), (10_000, 50 * 750));
        let long = format!("{}:1|c", "n".repeat(201));
        collected.take(&parse_line(&long).unwrap());
        assert_eq!(collected.dropped(), 50 * 750 + 1);

        let mut collected = Collected::default();
        for number in 0..1_100_000 {
            let line = format!("set.{}:{number}|s", number % 3);
            collected.take(&parse_line(&line).unwrap());
            let line = format!("time.{}:{number}|ms", number % 200);
            collected.take(&parse_line(&line).unwrap());
        }
        assert_eq!(collected.kept, MAX_KEPT);
        collected.summarise(Duration::from_secs(10), |name, summary, _| match summary {
            Summary::Members(members) => assert!(members < 400_000, "{name}: {members}"),
            Summary::Measurements { rate, .. } => assert_eq!(rate, 550.0, "{name}"),
            other => panic!("{name}: {other:?}"),
        });
        for metric in collected.metrics.values() {
            let room = match &metric.collecting {
                Collecting::Measurements { values, .. } => values.capacity(),
                Collecting::Members(members) => members.capacity(),
                other => panic!("{other:?}"),
            };
            assert!(room <= 2 * KEPT_ROOM, "{room}");
        }
    }

    fn send(collected: &mut Collected, name: &str) {
        collected.take(&parse_line(&format!("{name}:1|c")).unwrap());
    }

    fn names(collected: &Collected) -> Vec<&str> {
        collected.metrics.keys().map(|name| &**name).collect()
    }

    fn forgotten(collected: &mut Collected, unsent: u64) -> Vec<String> {
        let mut names = Vec::new();
        collected.forget(Duration::from_secs(unsent), |name, _| names.push(name.to_owned()));
        names
    }

    #[test]
    fn a_metric_that_is_not_sent_for_a_day_is_forgotten() {
        let mut collected = Collected::default();
        for name in ["a", "b"] {
            send(&mut collected, name);
        }
        for _ in 0..2 {
            collected.summarise(Duration::from_secs(43_200), |_, _, _| ());
            assert_eq!(forgotten(&mut collected, 86_401), [""; 0]);
            send(&mut collected, "b");
            // A line of another type is not the metric.
            collected.take(&parse_line("a:1|g").unwrap());
        }
        assert_eq!(forgotten(&mut collected, 86_400), ["a"]);
        assert_eq!(names(&collected), ["b"]);
        collected.take(&parse_line("a:1|g").unwrap());
        assert_eq!((names(&collected), collected.dropped()), (vec!["a", "b"], 2));
    }

    #[test]
    fn after_ten_thousand_names_a_new_one_takes_the_place_of_the_one_unsent_for_longest() {
        let mut collected = Collected::default();
        for number in 0..MAX_METRICS {
            send(&mut collected, &format!("name.{number}"));
            if number % MAX_NEW == MAX_NEW - 1 {
                collected.summarise(Duration::from_secs(10), |_, _, _| ());
            }
        }
        // The first one is sent all the time.
        send(&mut collected, "name.0");
        send(&mut collected, "new");
        assert_eq!(collected.dropped(), 0);
        assert_eq!(collected.metrics.len(), MAX_METRICS);
        assert!(collected.metrics.contains_key("new") && collected.metrics.contains_key("name.0"));
        let removed = forgotten(&mut collected, 86_400);
        assert_eq!(removed, ["name.1"]);
        assert_eq!(forgotten(&mut collected, 86_400), [""; 0]);
    }

    #[test]
    fn a_metric_that_changes_its_type_is_dropped_and_counted() {
        let mut collected = Collected::default();
        collected.take(&parse_line("a:1|c").unwrap());
        collected.take(&parse_line("a:1|g").unwrap());
        assert_eq!(collected.dropped(), 1);
    }
}

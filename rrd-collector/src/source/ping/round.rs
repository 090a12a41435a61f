//! The echo requests of one interval: when they are sent, and what their times say.

use std::time::Duration;

use rrd_core::Step;

use crate::group::{Kind, Metric, Unit};
use crate::source::counter::per;

/// A host that is pinged.
pub static PING: Kind = Kind::new("ping", "Ping", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("median", Unit::Seconds, "median of the round trips"),
    Metric::new("loss", Unit::Share, "share of echo requests without a reply in time"),
    Metric::new("lowest", Unit::Seconds, "the shortest round trip"),
    Metric::new("p10", Unit::Seconds, "10th percentile of the round trips"),
    Metric::new("p25", Unit::Seconds, "25th percentile"),
    Metric::new("p75", Unit::Seconds, "75th percentile"),
    Metric::new("p90", Unit::Seconds, "90th percentile"),
    Metric::new("highest", Unit::Seconds, "the longest round trip"),
];

/// The most echo requests of one interval.
pub(super) const MOST_REQUESTS: u16 = 50;
/// The shortest time between two of them.
const CLOSEST: Duration = Duration::from_millis(100);
/// The longest that a reply is waited for.
const LONGEST: Duration = Duration::from_secs(5);

/// When the echo requests of an interval are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// Their number.
    pub(super) count: u16,
    /// The time between two of them.
    pub(super) spacing: Duration,
    /// How late a reply may come; as long may the name of the host take to be looked up.
    pub(super) deadline: Duration,
}

impl Pace {
    /// Echo requests that are spread over the step, so that the last reply comes before its end.
    pub(super) fn of(step: Step, count: u16) -> Self {
        let deadline = deadline(step);
        Self { count, spacing: time_to_send(step) / u32::from(count.max(1)), deadline }
    }
}

/// The most echo requests that fit in a step.
pub(super) fn most_requests(step: Step) -> u16 {
    let most = time_to_send(step).as_millis() / CLOSEST.as_millis();
    u16::try_from(most).unwrap_or(u16::MAX).min(MOST_REQUESTS)
}

fn deadline(step: Step) -> Duration {
    (Duration::from_secs(step.seconds()) / 4).min(LONGEST)
}

/// What is left of a step after looking up the name and waiting for the last reply.
fn time_to_send(step: Step) -> Duration {
    Duration::from_secs(step.seconds()).saturating_sub(2 * deadline(step))
}

/// The values of the metrics, from the round trip of each echo request or `None` if it was lost.
/// Without any request all are unknown.
pub(super) fn values(times: &[Option<Duration>]) -> [f64; METRICS.len()] {
    let mut sorted: Vec<f64> = times.iter().flatten().map(Duration::as_secs_f64).collect();
    sorted.sort_by(f64::total_cmp);
    let lost = f64::from(count(times.len() - sorted.len()));
    let at = |share| quantile(&sorted, share);
    [
        at(0.5),
        per(lost, f64::from(count(times.len()))),
        at(0.0),
        at(0.1),
        at(0.25),
        at(0.75),
        at(0.9),
        at(1.0),
    ]
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A quantile of sorted values: between two of them on the straight line; NaN without any.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share * f64::from(count(last));
    let mut below = (0..=last).rev().skip_while(|index| f64::from(count(*index)) > place);
    let index = below.next().unwrap_or_default();
    let (Some(low), Some(high)) = (sorted.get(index), sorted.get((index + 1).min(last))) else {
        return f64::NAN;
    };
    low + (high - low) * (place - f64::from(count(index)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(times: &[Option<Duration>], metric: &str) -> f64 {
        values(times)[PING.position(metric).unwrap()]
    }

    /// Round trips in units of 1/1024 s, which need no rounding.
    fn times(units: &[u32]) -> Vec<Option<Duration>> {
        units.iter().map(|units| Some(Duration::from_nanos(976_562_500) * *units / 1000)).collect()
    }

    #[test]
    fn quantiles_are_on_straight_lines_between_the_sorted_times() {
        let times = times(&[1024, 0, 256, 512, 768]);
        let names = PING.metrics.iter().map(|metric| &*metric.name);
        let values: Vec<(&str, f64)> = names.zip(values(&times)).collect();
        assert_eq!(
            values,
            [
                ("median", 0.5),
                ("loss", 0.0),
                ("lowest", 0.0),
                ("p10", 0.1),
                ("p25", 0.25),
                ("p75", 0.75),
                ("p90", 0.9),
                ("highest", 1.0),
            ]
        );
    }

    #[test]
    fn lost_requests_are_a_share_and_no_round_trip() {
        let times: Vec<_> = [times(&[512, 1024]), vec![None; 6]].concat();
        assert_eq!((value(&times, "loss"), value(&times, "median")), (0.75, 0.75));
        assert_eq!(value(&times, "p25"), 0.625);
    }

    #[test]
    fn of_a_host_that_does_not_reply_only_the_loss_is_known() {
        assert_eq!(value(&[None; 3], "loss"), 1.0);
        assert!(value(&[None; 3], "median").is_nan() && value(&[None; 3], "highest").is_nan());
        assert!(values(&[]).iter().all(|value| value.is_nan()));
        assert_eq!(value(&times(&[512]), "p90"), 0.5);
    }

    #[test]
    fn requests_are_spread_over_the_step_and_answered_before_its_end() {
        let step = |seconds| Step::from_seconds(seconds).unwrap();
        let minute = Pace::of(step(60), 10);
        assert_eq!((minute.spacing, minute.deadline), (Duration::from_secs(5), LONGEST));
        let second = Pace::of(step(1), 5);
        assert_eq!((second.spacing, second.deadline), (CLOSEST, Duration::from_millis(250)));
        assert_eq!([1, 2, 10, 60].map(|seconds| most_requests(step(seconds))), [5, 10, 50, 50]);
        for seconds in [1, 7, 60, 3600] {
            let pace = Pace::of(step(seconds), most_requests(step(seconds)));
            let last = pace.spacing * u32::from(pace.count - 1);
            assert!(last + 2 * pace.deadline < Duration::from_secs(seconds), "{pace:?}");
            assert!(pace.spacing >= CLOSEST, "{pace:?}");
        }
    }
}

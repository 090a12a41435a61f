//! What a time service says of the clock, whichever it is, and the metrics made of it.

use std::time::Duration;

use crate::group::{Kind, Metric, Unit};
use crate::source::counter::{at_most, per, to_f64};

/// The clock compared with the time servers.
pub static TIME_SERVER: Kind = Kind::new("time_server", "Time servers", METRICS);

const METRICS: &[Metric] = &[
    Metric::new(
        "synchronized",
        Unit::Share,
        "1 if the clock follows a time server or a reference clock, else 0",
    ),
    Metric::new(
        "offset",
        Unit::SignedSeconds,
        "time of the servers minus that of the clock: above 0 the clock is slow",
    ),
    Metric::new("error", Unit::Seconds, "the same without its sign"),
    Metric::new(
        "root_delay",
        Unit::Seconds,
        "round trip to the reference clock: half of it is a possible error",
    ),
    Metric::new("root_dispersion", Unit::Seconds, "further possible error, as estimated"),
    Metric::new(
        "frequency",
        Unit::Any,
        "share by which the uncorrected clock gains; below 0 it loses",
    ),
    Metric::new("stratum", Unit::Count, "distance from a reference clock; 1 is next to it"),
    Metric::new("sources", Unit::Count, "configured time servers and reference clocks"),
    Metric::new(
        "reachable",
        Unit::Share,
        "share of them that answered one of the last eight times; unknown if none is in use",
    ),
];

/// The longest time that a clock can be wrong by: a time of 32 bits, and some.
const LONGEST: f64 = 1e10;

/// What a time service says of the clock. NaN is unknown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ClockState {
    /// What it follows; `None` if the clock is not synchronised.
    pub(super) reference: Option<Reference>,
    /// Gain of the uncorrected clock, in parts of one.
    pub(super) frequency: f64,
    /// What it may follow.
    pub(super) sources: Option<Sources>,
}

/// The reference of a synchronised clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reference {
    /// Seconds by which the clock is slow.
    pub(super) offset: f64,
    /// In seconds.
    pub(super) root_delay: f64,
    /// In seconds.
    pub(super) root_dispersion: f64,
    /// 1 to 15.
    pub(super) stratum: u64,
    /// When it last confirmed the clock, since 1970.
    pub(super) confirmed: Duration,
}

/// Time servers and reference clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sources {
    /// All of them.
    pub(super) all: u64,
    /// Those that answered one of the last eight times.
    pub(super) reachable: u64,
    /// Those that are not switched off.
    pub(super) in_use: u64,
}

impl ClockState {
    /// That of a service that does not answer.
    pub(super) const UNKNOWN: Self = Self { reference: None, frequency: f64::NAN, sources: None };

    /// The values of the metrics.
    pub(super) fn values(&self) -> [f64; METRICS.len()] {
        let of = |value: fn(&Reference) -> f64| self.reference.as_ref().map_or(f64::NAN, value);
        let offset = within(LONGEST, of(|reference| reference.offset));
        let sources = self.sources.map_or(f64::NAN, |sources| to_f64(sources.all));
        let reachable =
            self.sources.filter(|sources| sources.in_use > 0).map_or(f64::NAN, |sources| {
                per(to_f64(sources.reachable.min(sources.all)), to_f64(sources.all))
            });
        [
            f64::from(u8::from(self.reference.is_some())),
            offset,
            offset.abs(),
            not_negative(of(|reference| reference.root_delay)),
            not_negative(of(|reference| reference.root_dispersion)),
            within(1.0, self.frequency),
            at_most(17.0, self.reference.map(|reference| reference.stratum)),
            sources,
            reachable,
        ]
    }
}

/// A value of either sign; NaN if it is larger than what is possible.
fn within(most: f64, value: f64) -> f64 {
    if value.abs() <= most { value } else { f64::NAN }
}

/// A time that cannot be below zero, but as far below it as it was rounded.
fn not_negative(seconds: f64) -> f64 {
    if seconds < 0.0 { 0.0 } else { within(LONGEST, seconds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(state: ClockState, metric: &str) -> f64 {
        state.values()[TIME_SERVER.position(metric).unwrap()]
    }

    fn state(offset: f64) -> ClockState {
        let confirmed = Duration::from_secs(1);
        let reference =
            Reference { offset, root_delay: 0.5, root_dispersion: 0.25, stratum: 2, confirmed };
        let sources = Some(Sources { all: 4, reachable: 3, in_use: 4 });
        ClockState { reference: Some(reference), frequency: -2e-6, sources }
    }

    #[test]
    fn a_clock_that_is_fast_has_a_negative_offset_and_a_positive_error() {
        let names = TIME_SERVER.metrics.iter().map(|metric| &*metric.name);
        let values: Vec<(&str, f64)> = names.zip(state(-0.125).values()).collect();
        assert_eq!(
            values,
            [
                ("synchronized", 1.0),
                ("offset", -0.125),
                ("error", 0.125),
                ("root_delay", 0.5),
                ("root_dispersion", 0.25),
                ("frequency", -2e-6),
                ("stratum", 2.0),
                ("sources", 4.0),
                ("reachable", 0.75),
            ]
        );
    }

    #[test]
    fn impossible_numbers_are_unknown_and_the_others_are_not() {
        let odd = state(f64::INFINITY);
        assert!(value(odd, "offset").is_nan() && value(odd, "error").is_nan());
        assert_eq!(value(odd, "root_delay"), 0.5);
        let unknown = state(0.0).reference.map(|reference| Reference {
            root_delay: f64::NAN,
            root_dispersion: -1e-9,
            ..reference
        });
        let unknown = ClockState { reference: unknown, ..odd };
        assert!(value(unknown, "root_delay").is_nan());
        assert_eq!(value(unknown, "root_dispersion"), 0.0);
        let odd = ClockState { frequency: 1.5, ..odd };
        assert!(value(odd, "frequency").is_nan());
    }

    #[test]
    fn without_a_reference_or_sources_in_use_most_is_unknown() {
        let lost = ClockState { reference: None, ..state(0.0) };
        assert_eq!((value(lost, "synchronized"), value(lost, "reachable")), (0.0, 0.75));
        assert!(value(lost, "error").is_nan() && value(lost, "stratum").is_nan());
        let sources = Some(Sources { all: 4, reachable: 0, in_use: 0 });
        let offline = ClockState { sources, ..lost };
        assert_eq!(value(offline, "sources"), 4.0);
        assert!(value(offline, "reachable").is_nan());
        assert!(value(ClockState::UNKNOWN, "sources").is_nan());
    }
}

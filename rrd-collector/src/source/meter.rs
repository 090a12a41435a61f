//! The meaning of a reading from another program: the value itself, or the growth of a counter per
//! second since the previous one.

use std::time::Duration;

use crate::source::counter::Limits;

/// How readings become values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeterKind {
    /// The value itself.
    Gauge,
    /// A counter that wraps.
    Counter,
    /// A counter that may fall.
    Derive,
    /// A counter that each reading resets.
    Absolute,
}

/// One source of readings.
#[derive(Clone, Debug)]
pub struct Meter {
    /// How its readings are interpreted.
    pub kind: MeterKind,
    /// The smallest valid value; NaN if there is none.
    pub least: f64,
    /// The largest valid value; NaN if there is none.
    pub most: f64,
    /// The previous reading.
    pub before: Option<Before>,
}

/// A reading and its time.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    moment: Moment,
    value: f64,
}

/// When a value was read: seconds since 1970 as given by the program, and the time on our monotonic
/// clock.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// As given by the program, if it gave a time.
    pub own: Option<f64>,
    /// On our monotonic clock.
    pub clock: Duration,
}

impl MeterKind {
    /// The kind with this RRDtool name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        [
            ("GAUGE", Self::Gauge),
            ("COUNTER", Self::Counter),
            ("DERIVE", Self::Derive),
            ("ABSOLUTE", Self::Absolute),
        ]
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, kind)| kind)
    }
}

impl Meter {
    /// The meter of a series in Prometheus' text format or of a similar value: a gauge, or a
    /// counter that starts at zero when its program starts.
    pub(crate) fn of_series(is_counter: bool) -> Self {
        let (kind, least) =
            if is_counter { (MeterKind::Derive, 0.0) } else { (MeterKind::Gauge, f64::NAN) };
        Self { kind, least, most: f64::NAN, before: None }
    }

    /// The value of a reading. A reading outside its limits is unknown, and so are the first one of
    /// a counter and a rate that nothing reaches.
    ///
    /// ```
    /// use rrd_collector::source::meter::{Meter, MeterKind, Moment};
    /// use std::time::Duration;
    /// let mut meter = Meter { kind: MeterKind::Derive, least: 0.0, most: f64::NAN, before: None };
    /// let at = |second| Moment { own: None, clock: Duration::from_secs(second) };
    /// assert!(meter.read(at(10), 100.0).is_nan());
    /// assert_eq!(meter.read(at(20), 150.0), 5.0);
    /// assert!(meter.read(at(30), 0.0).is_nan());
    /// ```
    pub fn read(&mut self, moment: Moment, reading: f64) -> f64 {
        let elapsed = self.before.map_or(f64::NAN, |before| moment.since(before.moment));
        let before = self.before.map_or(f64::NAN, |before| before.value);
        // A repeated reading does not change the counter. Time that goes back begins again.
        if elapsed != 0.0 {
            self.before = Some(Before { moment, value: reading });
        }
        let per_second = |amount: f64| {
            let rate = if elapsed > 0.0 { amount / elapsed } else { f64::NAN };
            Limits::ANY.rate(rate)
        };
        let value = match self.kind {
            MeterKind::Gauge => reading,
            MeterKind::Absolute => per_second(reading),
            MeterKind::Derive => per_second(reading - before),
            MeterKind::Counter => per_second(wrapped(before, reading)),
        };
        // Comparisons with NaN are false.
        if value < self.least || value > self.most { f64::NAN } else { value }
    }
}

impl Moment {
    /// The seconds since an earlier moment.
    pub(crate) fn since(self, before: Self) -> f64 {
        match (before.own, self.own) {
            (Some(then), Some(now)) => now - then,
            _ => self.clock.saturating_sub(before.clock).as_secs_f64(),
        }
    }
}

/// The growth of a counter of 32 or 64 bits.
fn wrapped(before: f64, now: f64) -> f64 {
    const WORD: f64 = 4_294_967_296.0;
    let gained = now - before;
    if gained >= 0.0 || gained.is_nan() {
        gained
    } else if gained + WORD >= 0.0 {
        gained + WORD
    } else {
        gained + WORD * WORD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(kind: MeterKind, before: f64, now: f64) -> f64 {
        let mut meter = Meter { kind, least: f64::NAN, most: f64::NAN, before: None };
        let at = |second| Moment { own: Some(second), clock: Duration::ZERO };
        meter.read(at(10.0), before);
        meter.read(at(12.5), now)
    }

    #[test]
    fn counters_become_rates_by_their_kind() {
        assert_eq!(second(MeterKind::Gauge, 5.0, 7.0), 7.0);
        assert_eq!(second(MeterKind::Derive, 100.0, 110.0), 4.0);
        assert_eq!(second(MeterKind::Derive, 110.0, 100.0), -4.0);
        assert_eq!(second(MeterKind::Counter, 4_294_967_290.0, 4.0), 4.0);
        assert_eq!(second(MeterKind::Counter, 18_446_744_073_709_551_616.0, 0.0), 0.0);
        assert_eq!(second(MeterKind::Absolute, 999.0, 10.0), 4.0);
        assert!(second(MeterKind::Derive, f64::NAN, 100.0).is_nan());
    }

    #[test]
    fn rates_that_nothing_reaches_are_unknown() {
        // A counter beyond 32 bits that started again.
        assert!(second(MeterKind::Counter, 1e12, 5.0).is_nan());
        assert!(second(MeterKind::Derive, 0.0, 9.2e18).is_nan());
        assert!(second(MeterKind::Derive, 9.2e18, 0.0).is_nan());
        assert_eq!(second(MeterKind::Gauge, 0.0, 9.2e18), 9.2e18);
    }

    #[test]
    fn a_counter_goes_on_after_the_clock_of_its_program_was_set_back() {
        let mut meter = Meter { kind: MeterKind::Derive, least: 0.0, most: f64::NAN, before: None };
        let times = [260_000.0, 260_010.0, 10.0, 10.0, 20.0];
        let read = times.map(|second| {
            let moment = Moment { own: Some(second), clock: Duration::ZERO };
            meter.read(moment, if second == 20.0 { 130.0 } else { 100.0 })
        });
        assert_eq!((read[1], read[4]), (0.0, 3.0));
        assert!(read[2].is_nan());
    }

    #[test]
    fn names_of_kinds_are_rrdtools() {
        assert_eq!(MeterKind::parse("derive"), Some(MeterKind::Derive));
        assert_eq!(MeterKind::parse("COMPUTE"), None);
    }
}

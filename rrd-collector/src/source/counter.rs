//! The difference of two counter readings. The probes know which counters wrap where.

use std::time::Duration;

/// The change of a counter between two readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It grew by this much, possibly 0.
    Grown(u64),
    /// It fell and cannot have wrapped: it was reset.
    Reset,
}

impl Change {
    /// The growth; NaN after a reset.
    pub(crate) fn growth(self) -> f64 {
        match self {
            Self::Grown(growth) => to_f64(growth),
            Self::Reset => f64::NAN,
        }
    }
}

/// The change of a counter that cannot wrap in practice (64 bits).
pub(crate) fn wide(before: u64, now: u64) -> Change {
    now.checked_sub(before).map_or(Change::Reset, Change::Grown)
}

/// The change of a 32-bit counter; a lower value counts as a wrap if the resulting growth is at
/// most `plausible`.
pub(crate) fn narrow(before: u64, now: u64, plausible: u64) -> Change {
    let (Ok(low), Ok(high)) = (u32::try_from(now), u32::try_from(before)) else {
        return wide(before, now);
    };
    if low >= high {
        return Change::Grown(u64::from(low - high));
    }
    let wrapped = u64::from(low.wrapping_sub(high));
    if wrapped <= plausible { Change::Grown(wrapped) } else { Change::Reset }
}

/// A counter as a number for calculations.
#[expect(clippy::cast_precision_loss, reason = "differences of counters stay far below 2^53")]
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}

/// A quotient; NaN if the divisor is zero.
pub(crate) fn per(amount: f64, each: f64) -> f64 {
    if each > 0.0 { amount / each } else { f64::NAN }
}

/// Rates of counters that are read together. A counter that is missing or fell is unknown for the
/// interval.
#[derive(Debug)]
pub(crate) struct Counters<const N: usize> {
    before: Option<(Duration, [Option<u64>; N])>,
}

impl<const N: usize> Default for Counters<N> {
    fn default() -> Self {
        Self { before: None }
    }
}

impl<const N: usize> Counters<N> {
    /// Growth per second since the last call; NaN for all in the first call.
    pub(crate) fn rates(&mut self, clock: Duration, now: [Option<u64>; N]) -> [f64; N] {
        let mut rates = [f64::NAN; N];
        if let Some((then, before)) = self.before.replace((clock, now)) {
            let seconds = clock.saturating_sub(then).as_secs_f64();
            for (rate, (was, is)) in rates.iter_mut().zip(before.into_iter().zip(now)) {
                if let (Some(was), Some(is)) = (was, is) {
                    *rate = per(wide(was, is).growth(), seconds);
                }
            }
        }
        rates
    }
}

/// The numbers of the given names from lines `NAME NUMBER`.
pub(crate) fn named<const N: usize>(text: &str, names: &[&str; N]) -> [Option<u64>; N] {
    let mut found = [None; N];
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next() else { continue };
        let position = names.iter().position(|wanted| *wanted == name.trim_end_matches(':'));
        if let Some(slot) = position.and_then(|position| found.get_mut(position)) {
            *slot = words.next().and_then(|word| word.parse().ok());
        }
    }
    found
}

/// An optional number as a value; NaN if it is missing.
pub(crate) fn known(count: Option<u64>) -> f64 {
    count.map_or(f64::NAN, to_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_of_32_bits_that_wraps_keeps_its_growth() {
        assert_eq!(narrow(4_294_967_290, 10, 1000), Change::Grown(16));
    }

    #[test]
    fn a_counter_of_32_bits_that_falls_too_far_to_have_wrapped_was_reset() {
        assert_eq!(narrow(5000, 10, 1_000_000), Change::Reset);
    }

    #[test]
    fn a_counter_beyond_32_bits_never_wraps() {
        assert_eq!(narrow(1 << 40, 10, u64::MAX), Change::Reset);
        assert_eq!(wide(7, 5), Change::Reset);
        assert_eq!(wide(5, 7), Change::Grown(2));
    }

    #[test]
    fn counters_that_are_missing_or_fell_are_unknown_and_the_others_are_not() {
        let mut counters = Counters::default();
        assert!(
            counters
                .rates(Duration::from_secs(1), [Some(5), Some(5), None])
                .iter()
                .all(|r| r.is_nan())
        );
        let rates = counters.rates(Duration::from_secs(3), [Some(9), Some(4), Some(1)]);
        assert_eq!(rates[0], 2.0);
        assert!(rates[1].is_nan() && rates[2].is_nan());
    }
}

//! Two readings of a counter to a difference. Which counter wraps where is known by the probes.

/// What a counter did between two readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It grew by this much, or not at all.
    Grown(u64),
    /// It is lower than before and cannot have wrapped: it started anew.
    Reset,
}

impl Change {
    /// The growth, or NaN after a reset.
    pub(crate) fn growth(self) -> f64 {
        match self {
            Self::Grown(growth) => to_f64(growth),
            Self::Reset => f64::NAN,
        }
    }
}

/// The change of a counter that cannot wrap in our time (64 bits).
pub(crate) fn wide(before: u64, now: u64) -> Change {
    now.checked_sub(before).map_or(Change::Reset, Change::Grown)
}

/// The change of a counter of 32 bits; a fall is a wrap if the growth it means is at most `plausible`.
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

/// A counter as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "differences of counters stay far below 2^53")]
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}

/// A quotient that is unknown when nothing is there to divide by.
pub(crate) fn per(amount: f64, each: f64) -> f64 {
    if each > 0.0 { amount / each } else { f64::NAN }
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
}

//! Computes the share of a primary data point and the rate from two readings and the time between
//! them.

use super::digits::Digits;
use super::last::LastReading;
use super::{MeasuredSource, RateKind};
use crate::number::{self, NumberError, UNKNOWN};
use crate::sample::Reading;

/// Why a reading is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// A GAUGE, ABSOLUTE, DCOUNTER or DDERIVE reading is no number.
    #[error("invalid reading of a {} data source", kind.name())]
    Number {
        /// What the data source is.
        kind: RateKind,
        /// What is wrong with the text.
        #[source]
        error: NumberError,
    },
    /// A COUNTER reading is something else than digits.
    #[error("invalid reading '{text}': a COUNTER takes whole numbers without a sign")]
    NotUnsigned {
        /// The reading.
        text: String,
    },
    /// A DERIVE reading is something else than digits with an optional minus.
    #[error("invalid reading '{text}': a DERIVE takes whole numbers")]
    NotSigned {
        /// The reading.
        text: String,
    },
}

/// What a reading within the heartbeat adds to the open point: the integral of the rate over
/// `interval` seconds; NaN for unknown.
#[inline]
pub(crate) fn share(
    source: &MeasuredSource,
    reading: &Reading,
    last: &LastReading,
    interval: f64,
) -> Result<f64, RateError> {
    match (source.rate, reading) {
        (RateKind::Gauge, Reading::Number(value)) => {
            Ok(within_limits(source, *value * interval, *value))
        }
        _ => share_of_any(source, reading, last, interval),
    }
}

/// Not inlined, to keep the path of usual readings short.
#[inline(never)]
fn share_of_any(
    source: &MeasuredSource,
    reading: &Reading,
    last: &LastReading,
    interval: f64,
) -> Result<f64, RateError> {
    if reading.is_unknown() {
        return Ok(UNKNOWN);
    }
    let (share, rate) = match source.rate {
        RateKind::Gauge => {
            let value = value(source.rate, reading)?;
            (value * interval, value)
        }
        RateKind::Absolute => {
            let value = value(source.rate, reading)?;
            (value, value / interval)
        }
        RateKind::Counter => {
            let digits = unsigned(reading)?;
            let growth =
                if last.is_unknown() { UNKNOWN } else { unwrapped(digits.minus(last.digits())) };
            (growth, growth / interval)
        }
        RateKind::Derive => {
            let digits = signed(reading)?;
            let growth = if last.is_unknown() { UNKNOWN } else { digits.minus(last.digits()) };
            (growth, growth / interval)
        }
        RateKind::DCounter | RateKind::DDerive => {
            let growth = if last.is_unknown() {
                UNKNOWN
            } else {
                let new = value(source.rate, reading)?;
                let old = last
                    .number()
                    .map_err(|error| RateError::Number { kind: source.rate, error })?;
                let reset = (new > 0.0 && old > new) || (new < 0.0 && new > old);
                if reset && source.rate == RateKind::DCounter { UNKNOWN } else { new - old }
            };
            (growth, growth / interval)
        }
    };
    Ok(within_limits(source, share, rate))
}

/// The share, if its rate is within the limits, else NaN.
#[inline]
fn within_limits(source: &MeasuredSource, share: f64, rate: f64) -> f64 {
    let outside = rate > source.maximum || rate < source.minimum;
    if outside { UNKNOWN } else { share }
}

fn value(kind: RateKind, reading: &Reading) -> Result<f64, RateError> {
    match reading {
        Reading::Unknown => Ok(UNKNOWN),
        Reading::Integer(value) => Ok(number::whole_to_f64(*value)),
        Reading::Number(value) => Ok(*value),
        Reading::Text(text) => {
            number::parse(text).map_err(|error| RateError::Number { kind, error })
        }
    }
}

fn unsigned(reading: &Reading) -> Result<Digits, RateError> {
    let refuse = || RateError::NotUnsigned { text: LastReading::of(reading).text() };
    match reading {
        Reading::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Digits::scan(text.as_bytes()))
        }
        Reading::Text(text) => Err(RateError::NotUnsigned { text: text.clone() }),
        _ => match Digits::whole(reading) {
            Some(digits) if !digits.negative => Ok(digits),
            _ => Err(refuse()),
        },
    }
}

fn signed(reading: &Reading) -> Result<Digits, RateError> {
    match reading {
        Reading::Text(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.bytes().all(|byte| byte.is_ascii_digit()) {
                Ok(Digits::scan(text.as_bytes()))
            } else {
                Err(RateError::NotSigned { text: text.clone() })
            }
        }
        _ => Digits::whole(reading)
            .ok_or_else(|| RateError::NotSigned { text: LastReading::of(reading).text() }),
    }
}

/// A counter that fell has wrapped at 32 bits or else at 64. Both corrections are too small by one,
/// like RRDtool's.
fn unwrapped(growth: f64) -> f64 {
    const WRAP_32: f64 = 4_294_967_295.0;
    const WRAP_64: f64 = 18_446_744_069_414_584_320.0;
    if growth >= 0.0 || growth.is_nan() {
        return growth;
    }
    let growth = growth + WRAP_32;
    if growth < 0.0 { growth + WRAP_64 } else { growth }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_source::Heartbeat;

    fn source(rate: RateKind) -> MeasuredSource {
        MeasuredSource {
            rate,
            heartbeat: Heartbeat::from_seconds(600),
            minimum: f64::NAN,
            maximum: f64::NAN,
        }
    }

    fn growth(rate: RateKind, last: &str, reading: impl Into<Reading>) -> Result<f64, RateError> {
        share(&source(rate), &reading.into(), &LastReading::of(&last.into()), 10.0)
    }

    #[test]
    fn a_counter_that_wraps_grows_by_one_less_than_it_did() {
        assert_eq!(growth(RateKind::Counter, "4294967290", "4"), Ok(9.0));
        // Near 2^64 doubles are 2048 apart.
        assert_eq!(growth(RateKind::Counter, "18446744073709551610", 4_u64), Ok(0.0));
        assert_eq!(growth(RateKind::Counter, "18446744073709500000", 40_960_u64), Ok(96_256.0));
        assert_eq!(growth(RateKind::Counter, "100", 90_u64), Ok(4_294_967_285.0));
    }

    #[test]
    fn a_sign_change_makes_a_derive_unknown() {
        assert!(growth(RateKind::Derive, "5", -5_i64).unwrap().is_nan());
        assert_eq!(growth(RateKind::Derive, "-5", -7_i64), Ok(-2.0));
        assert_eq!(growth(RateKind::Derive, "-7", "-5"), Ok(2.0));
    }

    #[test]
    fn typed_readings_mean_what_their_texts_mean() {
        assert_eq!(growth(RateKind::Counter, "1", 5.0), Ok(4.0));
        let error = RateError::NotUnsigned { text: "1.5".to_owned() };
        assert_eq!(growth(RateKind::Counter, "1", 1.5), Err(error));
        let error = RateError::NotUnsigned { text: "-1".to_owned() };
        assert_eq!(growth(RateKind::Counter, "1", -1_i64), Err(error));
        let error = RateError::NotSigned { text: "2.25".to_owned() };
        assert_eq!(growth(RateKind::Derive, "1", 2.25), Err(error));
    }

    #[test]
    fn thirty_digits_are_compared_and_thirty_one_are_unknown() {
        let last = "12345678901234567890123456789";
        let next = "012345678901234567890123456799";
        assert_eq!(growth(RateKind::Counter, last, next), Ok(10.0));
        let next = "0012345678901234567890123456799";
        assert!(growth(RateKind::Counter, last, next).unwrap().is_nan());
    }

    #[test]
    fn limits_act_on_the_rate_and_let_their_own_values_pass() {
        let mut gauge = source(RateKind::Gauge);
        (gauge.minimum, gauge.maximum) = (0.0, 100.0);
        let share = |value: f64| {
            share(&gauge, &value.into(), &LastReading::of(&Reading::Unknown), 10.0).unwrap()
        };
        assert_eq!(share(100.0), 1000.0);
        assert_eq!(share(0.0), 0.0);
        assert!(share(100.1).is_nan());
        assert!(share(-0.1).is_nan());
    }

    #[test]
    fn a_text_that_is_no_number_is_named_with_the_kind_of_its_source() {
        assert_eq!(
            growth(RateKind::Gauge, "U", "5x").unwrap_err().to_string(),
            "invalid reading of a GAUGE data source"
        );
        assert_eq!(
            growth(RateKind::Counter, "U", "-5").unwrap_err().to_string(),
            "invalid reading '-5': a COUNTER takes whole numbers without a sign"
        );
    }
}

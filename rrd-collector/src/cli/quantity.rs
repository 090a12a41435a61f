//! Values as people write them: in few digits, in the unit that suits their size.

use crate::alert::bytes;
use crate::group::Unit;

/// The number and its unit: `3.2` and `GiB`.
pub(super) fn quantity(value: f64, unit: Unit) -> (String, String) {
    if value.is_nan() {
        return ("unknown".to_owned(), String::new());
    }
    let (number, unit) = match unit {
        Unit::Share => (rounded(value * 100.0), "%"),
        Unit::Cores => (rounded(value), "cores"),
        Unit::PerSecond => (rounded(value), "/s"),
        Unit::Count | Unit::Any => (rounded(value), ""),
        Unit::Seconds => time(value),
        Unit::Bytes | Unit::BytesPerSecond => {
            let text = bytes(value);
            let (number, size) = text.split_once(' ').unwrap_or((&text, ""));
            let each = if unit == Unit::Bytes { "" } else { "/s" };
            return (number.to_owned(), format!("{size}{each}"));
        }
    };
    (number, unit.to_owned())
}

fn time(seconds: f64) -> (String, &'static str) {
    let units = [(1e-3, 1e-6, "µs"), (1.0, 1e-3, "ms"), (120.0, 1.0, "s"), (7200.0, 60.0, "min")];
    let (_, scale, unit) = match seconds.abs() {
        0.0 => (0.0, 1.0, "s"),
        size => units
            .into_iter()
            .find(|(limit, ..)| size < *limit)
            .unwrap_or(if size < 172_800.0 { (0.0, 3600.0, "h") } else { (0.0, 86_400.0, "d") }),
    };
    (rounded(seconds / scale), unit)
}

/// Three digits, but every digit before the point.
fn rounded(value: f64) -> String {
    if value.abs() >= 1000.0 {
        return format!("{value:.0}");
    }
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_people_write_them() {
        for (value, unit, text) in [
            (0.410_2, Unit::Share, "41 %"),
            (0.782_178, Unit::Share, "78.2 %"),
            (0.000_03, Unit::Share, "0.003 %"),
            (0.009_846, Unit::Cores, "0.00985 cores"),
            (20_178_231_296.0, Unit::Bytes, "18.8 GiB"),
            (3_919_635.2, Unit::BytesPerSecond, "3.7 MiB/s"),
            (0.0, Unit::BytesPerSecond, "0 B/s"),
            (19_564.83, Unit::PerSecond, "19565 /s"),
            (476.49, Unit::PerSecond, "476 /s"),
            (2.965_7, Unit::PerSecond, "2.97 /s"),
            (16_313_187.0, Unit::Count, "16313187 "),
            (2.0, Unit::Count, "2 "),
            (-1.5, Unit::Any, "-1.5 "),
            (0.0, Unit::Seconds, "0 s"),
            (0.000_201, Unit::Seconds, "201 µs"),
            (0.012_34, Unit::Seconds, "12.3 ms"),
            (90.0, Unit::Seconds, "90 s"),
            (3_000.0, Unit::Seconds, "50 min"),
            (12_475.49, Unit::Seconds, "3.47 h"),
            (1_000_000.0, Unit::Seconds, "11.6 d"),
            (f64::NAN, Unit::Bytes, "unknown "),
        ] {
            let (number, unit) = quantity(value, unit);
            assert_eq!(format!("{number} {unit}"), text);
        }
    }
}

//! SI prefixes: the letter of each power of the base, and the prefix that suits a number.

use rrd_core::number::{fixed, logarithm, power};

/// The factor from one unit prefix to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// 1000, as for bits, packets and seconds.
    #[default]
    Decimal,
    /// 1024, as for memory.
    Binary,
}

impl Base {
    pub(crate) const fn number(self) -> f64 {
        match self {
            Self::Decimal => 1000.0,
            Self::Binary => 1024.0,
        }
    }

    /// The base to the given power.
    pub(crate) fn power(self, exponent: i32) -> f64 {
        power(self.number(), f64::from(exponent))
    }

    /// The power of the base that a number reaches: 0 for 1 to 999, -1 for 0.5.
    pub(crate) fn magnitude(self, number: f64) -> i32 {
        if number == 0.0 || !number.is_finite() {
            return 0;
        }
        let exponent = (logarithm(number.abs()) / logarithm(self.number())).floor();
        crate::number::whole(exponent)
    }
}

const LETTERS: [&str; 17] =
    ["y", "z", "a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"];

/// The letter of a power of the base: `k` for 1, `m` for -1, empty for 0, `?` if there is none.
pub(crate) fn symbol(exponent: i32) -> &'static str {
    exponent
        .checked_add(8)
        .and_then(|index| usize::try_from(index).ok())
        .and_then(|index| LETTERS.get(index))
        .copied()
        .unwrap_or("?")
}

/// Units that have no prefix yet, and the prefixes that others already have.
const BASES: [&str; 24] = [
    "s", "B", "b", "bit", "bits", "byte", "bytes", "bps", "Bps", "Hz", "W", "Wh", "V", "A", "Ah",
    "VA", "J", "g", "m", "l", "L", "Pa", "Ω", "N",
];
const PREFIXES: [&str; 20] = [
    "n", "u", "µ", "μ", "m", "c", "h", "k", "K", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti",
    "Pi", "Ei",
];
/// Units that take no prefix at all.
const UNSCALED: [&str; 12] =
    ["ppm", "ppb", "dB", "dBm", "min", "minutes", "h", "hours", "d", "days", "weeks", "years"];

/// Whether a prefix may stand before a unit: not before `%`, `°C` or `days`, nor before `ms`, which
/// has one.
pub(crate) fn takes_prefix(unit: &str) -> bool {
    let counted = unit.split('/').next().unwrap_or_default().trim();
    let has_prefix = PREFIXES
        .iter()
        .any(|prefix| counted.strip_prefix(prefix).is_some_and(|base| BASES.contains(&base)));
    !(has_prefix || counted.starts_with(['%', '‰', '°']) || UNSCALED.contains(&counted))
}

/// Appends a number with the prefix that leaves one to three digits before the decimal point.
///
/// Three significant digits are kept: `1.50 k`, `27.9 M`, `206 M`, `0`.
pub(crate) fn push_scaled(text: &mut String, number: f64, base: Base) {
    // Most numbers need no prefix; skip the logarithm, which is far from 1 here.
    if (1.0..999.0).contains(&number.abs()) {
        return fixed(number, decimals_for(number)).push_to(text);
    }
    if number == 0.0 || !number.is_finite() {
        return push_special(text, number);
    }
    let mut exponent = base.magnitude(number);
    let mut value = number / base.power(exponent);
    let mut decimals = decimals_for(value);
    // 999.6 rounds to 1000 and so takes the next prefix.
    let ceiling = if base == Base::Decimal { 999.5 } else { 1023.5 };
    if value.abs() >= ceiling {
        exponent += 1;
        value /= base.number();
        decimals = decimals_for(value);
    }
    fixed(value, decimals).push_to(text);
    let letter = symbol(exponent);
    if !letter.is_empty() {
        text.push(' ');
        text.push_str(letter);
    }
}

/// Appends a number without a prefix, for units that do not take one: `0.67`, `11.4`, `100`.
pub(crate) fn push_unscaled(text: &mut String, number: f64) {
    if number == 0.0 || !number.is_finite() {
        push_special(text, number);
    } else {
        fixed(number, decimals_for(number)).push_to(text);
    }
}

/// Appends zero or a value that is not finite.
fn push_special(text: &mut String, number: f64) {
    if number.is_nan() {
        text.push('–');
    } else {
        // Zero has neither decimals nor a sign.
        fixed(number + 0.0, 0).push_to(text);
    }
}

fn decimals_for(value: f64) -> usize {
    match value.abs() {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(number: f64, base: Base) -> String {
        let mut text = String::new();
        push_scaled(&mut text, number, base);
        text
    }

    #[test]
    fn numbers_take_the_prefix_that_leaves_three_digits() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (f64::NEG_INFINITY, "-inf"),
            (998.999_99, "999"),
            (-999.0, "-999"),
            (999.499_99, "999"),
            (1.0, "1.00"),
            (0.5, "500 m"),
            (1500.0, "1.50 k"),
            (999.7, "1.00 k"),
            (27.94e6, "27.9 M"),
            (-206.08e6, "-206 M"),
            (3.3e-7, "330 n"),
            (f64::NAN, "–"),
        ];
        for (number, text) in cases {
            assert_eq!(scaled(number, Base::Decimal), text);
        }
        assert_eq!(scaled(1536.0, Base::Binary), "1.50 k");
        assert_eq!(scaled(1000.0, Base::Binary), "1000");
    }

    #[test]
    fn a_unit_takes_one_prefix_at_most() {
        for unit in
            ["", "s", "B/s", "b/s", "req/s", "tasks", "pages", "/s", "m", "min/s", "cores", "Pa"]
        {
            assert_eq!(takes_prefix(unit), unit != "min/s", "{unit}");
        }
        for unit in
            ["ms", "µs", "ms/req", "kB", "MiB/s", "Mbit/s", "kW", "hPa", "%", "°C", "days", "dBm"]
        {
            assert!(!takes_prefix(unit), "{unit}");
        }
    }

    #[test]
    fn numbers_without_prefix_have_three_digits_while_they_are_small() {
        for (number, written) in [(0.0, "0"), (0.666, "0.67"), (11.44, "11.4"), (1e5, "100000")] {
            let mut text = String::new();
            push_unscaled(&mut text, number);
            assert_eq!(text, written);
        }
    }
}

//! Values as people write them: in three digits, with the prefix and the unit that suit their size.
//! Legends, axes, tiles and messages all ask here, so that they say the same. RRDtool's number
//! formats have their own rules, in `number_format`.

mod base;

use std::fmt::Write as _;

use rrd_core::number::fixed;

pub use base::Base;
pub(crate) use base::symbol;

/// The unit of values, and the base of its prefixes.
///
/// | unit | prefixes | example |
/// |---|---|---|
/// | `V`, `A`, `W`, `Hz`, `g`, `m` | all | `15 mV`, `2.4 GHz` |
/// | `s` | those below one; above, minutes, hours and days | `12.3 ms`, `3.47 h` |
/// | with a prefix already, `%`, `°C`, `rpm`, `days` | none | `0.054 ms`, `98.2 %` |
/// | all others, and those of rates | from kilo upwards | `97.4 MB/s`, `0.0991 /s`, `0.227 cores` |
///
/// Prefixes of the base 1024 are those of IEC 80000-13: `1.5 GiB`.
///
/// ```
/// use rrd_graph::{Base, Quantity};
/// assert_eq!(Quantity::new("B", Base::Binary).write(1_610_612_736.0), "1.5 GiB");
/// assert_eq!(Quantity::new("B/s", Base::Decimal).write(97_400_000.0), "97.4 MB/s");
/// assert_eq!(Quantity::new("cores", Base::Decimal).write(0.227), "0.227 cores");
/// assert_eq!(Quantity::new("", Base::Decimal).write(f64::NAN), "–");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity<'u> {
    unit: &'u str,
    base: Base,
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
const UNSCALED: [&str; 13] = [
    "ppm", "ppb", "rpm", "dB", "dBm", "min", "minutes", "h", "hours", "d", "days", "weeks", "years",
];
/// Units of which thousandths are said. Those of anything that is counted are not: 0.2 processes
/// are not 200 "milliprocesses".
const DIVIDED: [&str; 7] = ["s", "V", "A", "W", "Hz", "g", "m"];
/// The units of longer times: the seconds from which each is used, and those that it has.
const LONG: [(f64, f64, &str); 3] =
    [(172_800.0, 86_400.0, "d"), (7200.0, 3600.0, "h"), (120.0, 60.0, "min")];
/// The prefixes of IEC 80000-13, from the first power of 1024.
const BINARY: [&str; 8] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
/// The highest power of a base with a prefix.
const HIGHEST: i32 = 8;

/// The power of the base that the numbers of an axis are shown in, and the unit with its prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    /// `None` if each number has its own prefix.
    pub(crate) exponent: Option<i32>,
    pub(crate) unit: String,
}

impl<'u> Quantity<'u> {
    /// Numbers of anything with each prefix, as RRDtool writes them.
    pub(crate) const PREFIXED: Self = Self::new("V", Base::Decimal);

    /// Values of a unit, `B/s`; empty for plain numbers.
    pub const fn new(unit: &'u str, base: Base) -> Self {
        Self { unit, base }
    }

    /// A value with its prefix and unit, `1.5 GiB`; `–` if it is unknown.
    pub fn write(self, value: f64) -> String {
        let mut text = String::new();
        self.push_to(&mut text, value);
        text
    }

    /// The number and the unit with its prefix apart, for columns: `1.5` and `GiB`. An unknown
    /// value has no unit.
    ///
    /// ```
    /// use rrd_graph::{Base, Quantity};
    /// let (number, unit) = Quantity::new("s", Base::Decimal).parts(0.0123);
    /// assert_eq!((&*number, &*unit), ("12.3", "ms"));
    /// ```
    pub fn parts(self, value: f64) -> (String, String) {
        let mut number = String::new();
        if value.is_nan() {
            number.push('–');
            return (number, String::new());
        }
        let long = LONG.iter().find(|(from, ..)| self.unit == "s" && value.abs() >= *from);
        if let Some((_, seconds, unit)) = long.filter(|_| value.is_finite()) {
            push_digits(&mut number, value / seconds);
            return (number, (*unit).to_owned());
        }
        let exponent = self.exponent(value);
        push_digits(&mut number, value / self.base.power(exponent));
        (number, self.prefixed(exponent))
    }

    /// A number with its prefix and without its unit, which the axis names.
    pub(crate) fn write_prefixed(self, value: f64) -> String {
        if value.is_nan() {
            return self.write(value);
        }
        let exponent = self.exponent(value);
        let mut text = String::new();
        push_digits(&mut text, value / self.base.power(exponent));
        match self.prefix(exponent) {
            "" => text,
            prefix => format!("{text} {prefix}"),
        }
    }

    /// Appends what [`write`](Self::write) writes.
    pub(crate) fn push_to(self, text: &mut String, value: f64) {
        let (number, unit) = self.parts(value);
        text.push_str(&number);
        if !unit.is_empty() {
            text.push(' ');
            text.push_str(&unit);
        }
    }

    /// A value as a number in the unit of an axis, without that unit; with a prefix and a unit of
    /// its own where the number would have too few digits or too many.
    pub(crate) fn write_at(self, scale: &Scale, value: f64) -> String {
        let Some(exponent) = scale.exponent else { return self.write_prefixed(value) };
        let mut text = String::new();
        let number = value / self.base.power(exponent);
        let is_legible = (0.01..9999.5).contains(&number.abs());
        if number == 0.0 || is_legible || self.parts(value).1 == scale.unit {
            push_digits(&mut text, number);
        } else {
            self.push_to(&mut text, value);
        }
        text
    }

    /// The scale of an axis whose largest number this is.
    pub(crate) fn scale(self, largest: f64) -> Scale {
        let (lowest, highest) = self.powers();
        let mut exponent = self.base.magnitude(largest).clamp(lowest, highest);
        // 200, 400, ... 1000 MB/s reads better than 0.2, 0.4, ... 1.0 GB/s.
        let is_just_reached = || largest.abs() <= 1.2 * self.base.power(exponent);
        if self.base == Base::Decimal && exponent > lowest && is_just_reached() {
            exponent -= 1;
        }
        Scale { exponent: Some(exponent), unit: self.prefixed(exponent) }
    }

    /// The scale of an axis whose numbers have a prefix each.
    pub(crate) fn unscaled(self) -> Scale {
        Scale { exponent: None, unit: self.unit.to_owned() }
    }

    /// How programs write values other than zero in the same way, the largest first: the size from
    /// which on, what to divide by, and the unit with its prefix. Prefixes are those from nano to
    /// peta.
    pub(crate) fn steps(self) -> Vec<(f64, f64, String)> {
        let long = LONG.iter().filter(|_| self.unit == "s");
        let mut steps: Vec<_> =
            long.map(|(from, seconds, unit)| (*from, *seconds, (*unit).to_owned())).collect();
        let (lowest, highest) = self.powers();
        let lowest = lowest.max(-3);
        for exponent in (lowest..=highest.min(5)).rev() {
            let ceiling = self.base.number() - 0.5;
            let from =
                if exponent == lowest { 0.0 } else { ceiling * self.base.power(exponent - 1) };
            steps.push((from, self.base.power(exponent), self.prefixed(exponent)));
        }
        steps
    }

    /// The prefix of a power of the base: empty for 0.
    pub(crate) fn prefix(self, exponent: i32) -> &'static str {
        let binary = || BINARY.get(usize::try_from(exponent.checked_sub(1)?).ok()?).copied();
        match self.base {
            Base::Binary if exponent > 0 => binary().unwrap_or("?"),
            _ => symbol(exponent),
        }
    }

    /// The unit with the prefix of a power of the base: `MiB/s`, `k/s`, `k tasks`.
    fn prefixed(self, exponent: i32) -> String {
        let is_word = !(self.counted().is_empty() || BASES.contains(&self.counted()));
        match self.prefix(exponent) {
            "" => self.unit.to_owned(),
            prefix if is_word => format!("{prefix} {}", self.unit),
            prefix => format!("{prefix}{}", self.unit),
        }
    }

    /// The power of the base that leaves one to three digits before the point, as far as the unit
    /// takes a prefix.
    fn exponent(self, value: f64) -> i32 {
        let (lowest, highest) = self.powers();
        let exponent = self.base.magnitude(value).clamp(lowest, highest);
        // 999.6 rounds to 1000 and so takes the next prefix.
        let ceiling = self.base.number() - 0.5;
        let is_next = exponent < highest && value.abs() >= ceiling * self.base.power(exponent);
        if is_next && value.is_finite() { exponent + 1 } else { exponent }
    }

    /// The lowest and the highest power of the base that the unit takes a prefix of.
    fn powers(self) -> (i32, i32) {
        let counted = self.counted();
        let has_prefix = PREFIXES
            .iter()
            .any(|prefix| counted.strip_prefix(prefix).is_some_and(|base| BASES.contains(&base)));
        if has_prefix || counted.starts_with(['%', '‰', '°']) || UNSCALED.contains(&counted) {
            return (0, 0);
        }
        let lowest = if DIVIDED.contains(&self.unit) { -HIGHEST } else { 0 };
        (lowest, if self.unit == "s" { 0 } else { HIGHEST })
    }

    /// What is counted: `B` of `B/s`.
    fn counted(self) -> &'u str {
        self.unit.split('/').next().unwrap_or_default().trim()
    }
}

/// Appends a number in three digits, but with every digit before the point, and without zeros at
/// the end of its decimals: `0.0991`, `1.5`, `206`, `19565`.
fn push_digits(text: &mut String, number: f64) {
    let size = number.abs();
    if number == 0.0 {
        // Without a sign.
        return text.push('0');
    }
    if size < 1e-6 || (1e21..f64::INFINITY).contains(&size) {
        let rounded: f64 = format!("{number:.2e}").parse().unwrap_or(number);
        let _ = write!(text, "{rounded:e}");
        return;
    }
    let (mut decimals, mut edge) = (0, 99.95);
    while size < edge {
        decimals += 1;
        edge /= 10.0;
    }
    let start = text.len();
    fixed(number, decimals).push_to(text);
    if decimals > 0 {
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept.max(start));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(unit: &str, value: f64) -> String {
        Quantity::new(unit, Base::Decimal).write(value)
    }

    #[test]
    fn numbers_have_three_digits_and_the_prefix_that_leaves_one_to_three_before_the_point() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "–"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (998.999_99, "999"),
            (999.499_99, "999"),
            (999.7, "1 k"),
            (1500.0, "1.5 k"),
            (27.94e6, "27.9 M"),
            (-206.08e6, "-206 M"),
            (0.5, "0.5"),
            (0.099_12, "0.0991"),
            (0.000_012_345, "0.0000123"),
            (3.3e-7, "3.3e-7"),
            (1e-300, "1e-300"),
            (1e300, "1e276 Y"),
        ];
        for (number, text) in cases {
            assert_eq!(decimal("", number), text);
        }
    }

    #[test]
    fn steps_are_where_the_prefix_of_a_value_changes() {
        for (unit, base) in
            [("B", Base::Binary), ("s", Base::Decimal), ("%", Base::Decimal), ("W", Base::Decimal)]
        {
            let quantity = Quantity::new(unit, base);
            let steps = quantity.steps();
            for value in [1e-8, 0.02, 0.999, 1.0, 119.0, 121.0, 999.6, 1023.4, 7300.0, 2e5, 3e12] {
                let (_, divisor, unit) = steps.iter().find(|(from, ..)| value >= *from).unwrap();
                let mut number = String::new();
                push_digits(&mut number, value / divisor);
                assert_eq!((number, unit.clone()), quantity.parts(value), "{value} {unit}");
            }
        }
        let (from, divisor, unit) = &Quantity::new("B/s", Base::Decimal).steps()[0];
        assert_eq!((*from, *divisor, &**unit), (999.5e12, 1e15, "PB/s"));
    }

    #[test]
    fn prefixes_below_one_are_those_of_measured_units_only() {
        for (unit, text) in [
            ("s", "50 ms"),
            ("V", "50 mV"),
            ("A", "50 mA"),
            ("W", "50 mW"),
            ("Hz", "50 mHz"),
            ("g", "50 mg"),
            ("m", "50 mm"),
            ("m/s", "0.05 m/s"),
            ("s/s", "0.05 s/s"),
            ("/s", "0.05 /s"),
            ("B", "0.05 B"),
            ("cores", "0.05 cores"),
            ("tasks", "0.05 tasks"),
            ("%", "0.05 %"),
        ] {
            assert_eq!(decimal(unit, 0.05), text);
        }
    }

    #[test]
    fn a_unit_takes_one_prefix_at_most_and_a_word_stands_apart() {
        for (unit, text) in [
            ("B/s", "12.3 kB/s"),
            ("b/s", "12.3 kb/s"),
            ("/s", "12.3 k/s"),
            ("req/s", "12.3 k req/s"),
            ("tasks", "12.3 k tasks"),
            ("Pa", "12.3 kPa"),
            ("ms", "12346 ms"),
            ("ms/req", "12346 ms/req"),
            ("kB", "12346 kB"),
            ("MiB/s", "12346 MiB/s"),
            ("hPa", "12346 hPa"),
            ("%", "12346 %"),
            ("°C", "12346 °C"),
            ("rpm", "12346 rpm"),
            ("min/s", "12346 min/s"),
            ("dBm", "12346 dBm"),
        ] {
            assert_eq!(decimal(unit, 12_345.6), text);
        }
    }

    #[test]
    fn prefixes_of_1024_are_called_so() {
        let binary = |value| Quantity::new("B", Base::Binary).write(value);
        let written = [0.0, 999.0, 1000.0, 1023.7, 1536.0, 150_000.0, 5e9, 3e13, -5e9].map(binary);
        assert_eq!(
            written,
            [
                "0 B",
                "999 B",
                "1000 B",
                "1 KiB",
                "1.5 KiB",
                "146 KiB",
                "4.66 GiB",
                "27.3 TiB",
                "-4.66 GiB"
            ]
        );
        assert_eq!(Quantity::new("", Base::Binary).write(3_145_728.0), "3 Mi");
    }

    #[test]
    fn long_times_are_minutes_hours_and_days() {
        for (seconds, text) in [
            (0.000_201, "201 µs"),
            (90.0, "90 s"),
            (3000.0, "50 min"),
            (12_475.49, "3.47 h"),
            (-1_000_000.0, "-11.6 d"),
            (f64::INFINITY, "inf s"),
        ] {
            assert_eq!(decimal("s", seconds), text);
        }
    }

    #[test]
    fn numbers_at_an_axis_share_its_unit_where_they_stay_legible() {
        let of = |unit: &'static str, base, largest: f64, values: [f64; 4]| {
            let quantity = Quantity::new(unit, base);
            let scale = quantity.scale(largest);
            let texts = values.map(|value| quantity.write_at(&scale, value));
            format!("{}: {}", scale.unit, texts.join(", "))
        };
        assert_eq!(
            of("B/s", Base::Decimal, 120e6, [97.4e6, 34_000.0, 1234.0, 12.3e9]),
            "MB/s: 97.4, 0.034, 1.23 kB/s, 12.3 GB/s"
        );
        assert_eq!(
            of("B", Base::Binary, 2_147_483_648.0, [1_610_612_736.0, 0.0, 524_288.0, f64::NAN]),
            "GiB: 1.5, 0, 512 KiB, –"
        );
        assert_eq!(
            of("B/s", Base::Decimal, 1e9, [1e9, 5e8, 1.0, 0.0]),
            "MB/s: 1000, 500, 1 B/s, 0"
        );
        assert_eq!(
            of("/s", Base::Decimal, 0.2, [0.0991, 1e-4, 2.0, 3e4]),
            "/s: 0.0991, 0.0001, 2, 30 k/s"
        );
        assert_eq!(
            of("s", Base::Decimal, 4000.0, [90.0, 3600.0, 0.02, 1e5]),
            "s: 90, 3600, 0.02, 27.8 h"
        );
        assert_eq!(
            of("s", Base::Decimal, 0.04, [0.02, 1e-7, 1.0, 3.0]),
            "ms: 20, 100 ns, 1000, 3000"
        );
    }
}

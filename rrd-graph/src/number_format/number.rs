//! Formats a number: `%6.2lf %sB`.

use rrd_core::number::{fixed, general, scientific};

use super::Unit;

/// Limit on width and precision, in characters.
const MAX_FIELD: usize = 1000;

/// A format for one number and an optional unit prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    before: String,
    conversion: Conversion,
    between: String,
    /// Whether the prefix is written before `after`.
    writes_letter: bool,
    after: String,
    mark: Option<UnitPrefix>,
}

/// The kind of unit prefix in a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitPrefix {
    /// `%s`: the prefix that suits the value.
    Own,
    /// `%S`: the prefix shared by all values.
    Shared,
}

/// A text that is not a number format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid number format \"{format}\": expected one %lf, %le or %lg, e.g. %6.2lf")]
pub struct NumberFormatError {
    /// The format given.
    pub format: String,
    /// The pattern of valid formats.
    pub pattern: &'static str,
}

/// The pattern of formats for a number with a prefix.
const PATTERN: &str =
    "^(?:[^%]+|%%)*%[-+ 0#]?[0-9]*(?:[.][0-9]+)?l[eEfFgG](?:[^%]+|%%)*(?:%[sS])?(?:[^%]+|%%)*$";
/// The pattern of formats for a number only.
const PLAIN_PATTERN: &str = "^(?:[^%]+|%%)*%[-+ 0#]?[0-9]*(?:[.][0-9]+)?l[eEfFgG](?:[^%]+|%%)*$";

impl NumberFormat {
    /// Parses a format with one `%lf`, `%le` or `%lg` followed by at most one `%s` or `%S`.
    ///
    /// ```
    /// use rrd_graph::number_format::{NumberFormat, Unit, UnitPrefix};
    /// let format = NumberFormat::parse("in %6.2lf %sB").unwrap();
    /// assert_eq!(format.unit_prefix(), Some(UnitPrefix::Own));
    /// assert_eq!(format.write(1500.0, Unit::suiting(1500.0, 1000.0)), "in   1.50 kB");
    /// assert!(NumberFormat::parse("%d").is_err());
    /// ```
    pub fn parse(format: &str) -> Result<Self, NumberFormatError> {
        let mark = if format.contains("%S") {
            Some(UnitPrefix::Shared)
        } else if format.contains("%s") {
            Some(UnitPrefix::Own)
        } else {
            None
        };
        let lowered = format.replacen("%S", "%s", 1);
        Self::read(&lowered, true)
            .map(|read| Self { mark, ..read })
            .ok_or(NumberFormatError { format: lowered, pattern: PATTERN })
    }

    /// Parses a format with one `%lf`, `%le` or `%lg` and no other conversion.
    pub fn parse_plain(format: &str) -> Result<Self, NumberFormatError> {
        Self::read(format, false)
            .ok_or_else(|| NumberFormatError { format: format.to_owned(), pattern: PLAIN_PATTERN })
    }

    /// The kind of unit prefix.
    pub fn unit_prefix(&self) -> Option<UnitPrefix> {
        self.mark
    }

    /// Formats a value; it is divided by the unit, whose prefix is inserted.
    pub fn write(&self, value: f64, unit: Unit) -> String {
        let mut text = self.before.clone();
        text.push_str(&self.conversion.write(unit.scale(value)));
        text.push_str(&self.between);
        if self.writes_letter {
            text.push(unit.letter);
        }
        text.push_str(&self.after);
        text
    }

    fn read(format: &str, with_letter: bool) -> Option<Self> {
        let (before, rest) = literal(format)?;
        let (conversion, rest) = Conversion::read(rest)?;
        let (between, rest) = literal(rest)?;
        if rest.is_empty() {
            let (writes_letter, after, mark) = (false, String::new(), None);
            return Some(Self { before, conversion, between, writes_letter, after, mark });
        }
        let rest = rest.strip_prefix("%s").or_else(|| rest.strip_prefix("%S"));
        let (after, rest) = literal(rest.filter(|_| with_letter)?)?;
        let mark = None;
        let read = Self { before, conversion, between, writes_letter: true, after, mark };
        rest.is_empty().then_some(read)
    }
}

/// The text up to the first conversion, with `%%` replaced by `%`; `None` if it ends in a single
/// `%`.
fn literal(format: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        text.push_str(rest.get(..at)?);
        match rest.get(at + 1..)?.strip_prefix('%') {
            Some(behind) => {
                text.push('%');
                rest = behind;
            }
            None => return Some((text, rest.get(at..)?)),
        }
    }
    text.push_str(rest);
    Some((text, ""))
}

/// One `%` conversion of a double.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Conversion {
    flag: Flag,
    width: usize,
    precision: usize,
    style: Style,
    upper: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    None,
    Left,
    Plus,
    Blank,
    Zeros,
    Alternative,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Scientific,
    Fixed,
    General,
}

impl Conversion {
    fn read(format: &str) -> Option<(Self, &str)> {
        let rest = format.strip_prefix('%')?;
        let flags = [
            ('-', Flag::Left),
            ('+', Flag::Plus),
            (' ', Flag::Blank),
            ('0', Flag::Zeros),
            ('#', Flag::Alternative),
        ];
        let found = flags.iter().find_map(|(sign, flag)| Some((*flag, rest.strip_prefix(*sign)?)));
        let (flag, rest) = found.unwrap_or((Flag::None, rest));
        let (width, rest) = field(rest);
        let (precision, rest) = match rest.strip_prefix('.') {
            None => (6, rest),
            Some(digits) => match field(digits) {
                (_, behind) if behind.len() == digits.len() => return None,
                field => field,
            },
        };
        let rest = rest.strip_prefix('l')?;
        let letter = rest.chars().next()?;
        let style = match letter.to_ascii_lowercase() {
            'e' => Style::Scientific,
            'f' => Style::Fixed,
            'g' => Style::General,
            _ => return None,
        };
        let upper = letter.is_ascii_uppercase();
        Some((Self { flag, width, precision, style, upper }, rest.get(1..)?))
    }

    fn write(&self, value: f64) -> String {
        let mut digits = self.magnitude(value.abs());
        if self.upper {
            digits.make_ascii_uppercase();
        }
        // An unknown value has a minus sign, as on the platforms that scripts rely on.
        let sign = if value.is_sign_negative() || value.is_nan() {
            "-"
        } else {
            match self.flag {
                Flag::Plus => "+",
                Flag::Blank => " ",
                _ => "",
            }
        };
        let missing = self.width.saturating_sub(sign.len() + digits.len());
        match self.flag {
            Flag::Left => format!("{sign}{digits}{:missing$}", ""),
            Flag::Zeros if value.is_finite() => format!("{sign}{:0<missing$}{digits}", ""),
            _ => format!("{:missing$}{sign}{digits}", ""),
        }
    }

    fn magnitude(&self, value: f64) -> String {
        if value.is_nan() {
            return "nan".to_owned();
        }
        if self.flag == Flag::Alternative && value.is_finite() {
            return self.with_point(value);
        }
        match self.style {
            Style::Scientific => scientific(value, self.precision).to_string(),
            Style::Fixed => fixed(value, self.precision).to_string(),
            Style::General => general(value, self.precision).to_string(),
        }
    }

    /// The flag `#`: always a decimal point, with all zeros after it.
    fn with_point(&self, value: f64) -> String {
        let pointed = |text: String, precision: usize| {
            if precision > 0 {
                return text;
            }
            let end = text.find('e').unwrap_or(text.len());
            let (digits, exponent) = text.split_at(end);
            format!("{digits}.{exponent}")
        };
        match self.style {
            Style::Scientific => {
                pointed(scientific(value, self.precision).to_string(), self.precision)
            }
            Style::Fixed => pointed(fixed(value, self.precision).to_string(), self.precision),
            Style::General => {
                let digits = self.precision.max(1);
                let text = scientific(value, digits - 1).to_string();
                let power: i32 =
                    text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
                let behind = i32::try_from(digits).unwrap_or(i32::MAX) - 1 - power;
                match usize::try_from(behind) {
                    Ok(behind) if power >= -4 => pointed(fixed(value, behind).to_string(), behind),
                    _ => pointed(text, digits - 1),
                }
            }
        }
    }
}

/// The number at the beginning of a text; 0 if there is none.
fn field(text: &str) -> (usize, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.get(..text.len() - rest.len()).unwrap_or_default();
    let size = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(MAX_FIELD) };
    (size.min(MAX_FIELD), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: &str, value: f64) -> String {
        NumberFormat::parse(format).unwrap().write(value, Unit::ONE)
    }

    #[test]
    fn flags_widths_and_precisions_work_as_in_c() {
        for (format, value, text) in [
            ("[%-20.3lf]", 1_234_567.0, "[1234567.000         ]"),
            ("[%+lf]", 1.5, "[+1.500000]"),
            ("[% lf]", 1.5, "[ 1.500000]"),
            ("[%021.3le]", 1_234_567.0, "[0000000000001.235e+06]"),
            ("[%lE]", 1_234_567.0, "[1.234567E+06]"),
            ("[%010lf]", f64::INFINITY, "[       inf]"),
            ("[%010lf]", -1.5, "[-01.500000]"),
            ("[%lF]", f64::INFINITY, "[INF]"),
            ("[%10lf]", f64::NAN, "[      -nan]"),
            ("[%#lg]", 1.5, "[1.50000]"),
            ("[%#.0lf]", 2.0, "[2.]"),
            ("[%#.0le]", 2.0, "[2.e+00]"),
            ("[%#lg]", 1e-7, "[1.00000e-07]"),
            ("%%%lf%%", 1.0, "%1.000000%"),
        ] {
            assert_eq!(written(format, value), text, "{format}");
        }
    }

    #[test]
    fn an_escaped_unit_mark_scales_and_prints_as_text() {
        let format = NumberFormat::parse("%%s %.3lf").unwrap();
        assert_eq!(format.unit_prefix(), Some(UnitPrefix::Own));
        assert_eq!(format.write(1234.5, Unit::suiting(1234.5, 1000.0)), "%s 1.234");
        let format = NumberFormat::parse("%.3lf %%S").unwrap();
        assert_eq!(format.unit_prefix(), Some(UnitPrefix::Shared));
        assert_eq!(format.write(1.0, Unit::ONE), "1.000 %s");
    }

    #[test]
    fn what_is_no_format_of_one_number_is_refused() {
        for format in ["", "%", "%d", "%f", "%lf%lf", "%lf%s%s", "%s%lf", "%.lf", "%-+lf", "%lf%"] {
            assert!(NumberFormat::parse(format).is_err(), "{format}");
        }
        assert!(NumberFormat::parse_plain("%lf%s").is_err());
        assert!(NumberFormat::parse_plain("%lf%%").is_ok());
    }

    #[test]
    fn absurd_fields_are_cut() {
        assert_eq!(written("%99999999999999999999lf", 1.0).len(), MAX_FIELD);
        assert_eq!(written("%.99999999999999999999lf", 1.0).len(), MAX_FIELD + 2);
    }
}

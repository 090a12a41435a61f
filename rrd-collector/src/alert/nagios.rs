//! Support for Nagios: threshold ranges and performance data.
//!
//! Source: the Monitoring Plugins development guidelines, "Threshold and Ranges" and "Performance
//! data".

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::rule::{Direction, Rule};
use super::unit::rule_minimum;

/// A range `[@]start:end` outside of which (with `@`: inside of which) a value is an alert.
///
/// ```
/// use rrd_collector::alert::NagiosRange;
/// let range: NagiosRange = "10".parse().unwrap();
/// assert!(!range.alerts(10.0));
/// assert!(range.alerts(10.5));
/// assert!(range.alerts(-1.0));
/// assert!("~:10".parse::<NagiosRange>().unwrap().alerts(11.0));
/// assert!("@10:20".parse::<NagiosRange>().unwrap().alerts(15.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NagiosRange {
    start: f64,
    end: f64,
    inside: bool,
}

/// Why a text is not a range.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{text}` is not a range: expected [@]START:END with START at most END, `~` for minus infinity"
)]
pub struct NagiosRangeError {
    /// The text.
    text: String,
}

impl NagiosRange {
    /// The ranges for a warning and for critical that the thresholds of a rule are.
    pub fn of_rule(rule: &Rule) -> [Option<Self>; 2] {
        let least = rule_minimum(rule).unwrap_or(f64::NEG_INFINITY);
        [rule.warning, rule.critical].map(|level| {
            let raise = level?.raise;
            let (start, end) = match rule.direction {
                Direction::Above => (least.min(raise), raise),
                Direction::Below => (raise, f64::INFINITY),
            };
            Some(Self { start, end, inside: false })
        })
    }

    /// Whether this value is an alert. An unknown one is not; the check then reports UNKNOWN.
    pub fn alerts(&self, value: f64) -> bool {
        let within = self.start <= value && value <= self.end;
        if self.inside { within } else { value < self.start || value > self.end }
    }
}

impl FromStr for NagiosRange {
    type Err = NagiosRangeError;

    fn from_str(text: &str) -> Result<Self, NagiosRangeError> {
        let wrong = || NagiosRangeError { text: text.to_owned() };
        let number =
            |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(wrong);
        let (inside, rest) = match text.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (start, end) = rest.split_once(':').unwrap_or(("", rest));
        let start = match start {
            "" => 0.0,
            "~" => f64::NEG_INFINITY,
            start => number(start)?,
        };
        // `10:` has no end; a single `:` or an empty text is not a range.
        let end = match end {
            "" if rest.contains(':') && rest.len() > 1 => f64::INFINITY,
            end => number(end)?,
        };
        if start > end {
            return Err(wrong());
        }
        Ok(Self { start, end, inside })
    }
}

impl fmt::Display for NagiosRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.inside {
            f.write_str("@")?;
        }
        if self.start == f64::NEG_INFINITY {
            f.write_str("~:")?;
        } else if self.start != 0.0 || self.end == f64::INFINITY {
            write!(f, "{}:", self.start)?;
        }
        if self.end == f64::INFINITY { Ok(()) } else { write!(f, "{}", self.end) }
    }
}

/// A value as performance data: `'label'=value[unit];warning;critical;;`. `U` is an unknown or
/// infinite value.
///
/// ```
/// use rrd_collector::alert::performance_data;
/// let warning = "10".parse().unwrap();
/// assert_eq!(performance_data("cpu.steal", 12.5, "%", Some(warning), None), "'cpu.steal'=12.5%;10;;;");
/// ```
pub fn performance_data(
    label: &str,
    value: f64,
    unit: &str,
    warning: Option<NagiosRange>,
    critical: Option<NagiosRange>,
) -> String {
    let label = label.replace('\'', "''").replace('=', "_");
    let range = |range: Option<NagiosRange>| range.map(|r| r.to_string()).unwrap_or_default();
    let (warning, critical) = (range(warning), range(critical));
    if value.is_finite() {
        format!("'{label}'={value}{unit};{warning};{critical};;")
    } else {
        format!("'{label}'=U;{warning};{critical};;")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_read_and_print_as_the_guidelines_have_them() {
        for text in ["10", "10:", "~:10", "10:20", "@10:20", "@~:5", "0:", "-5:5"] {
            let range: NagiosRange = text.parse().unwrap();
            assert_eq!(range.to_string(), text);
        }
        for (text, alerts, quiet) in
            [("10:", 9.0, 10.0), ("10:20", 21.0, 20.0), ("@10:20", 10.0, 9.0)]
        {
            let range: NagiosRange = text.parse().unwrap();
            assert!(range.alerts(alerts) && !range.alerts(quiet), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_range_is_refused() {
        for text in ["", ":", "@", "20:10", "a:b", "1:2:3", "nan"] {
            assert!(text.parse::<NagiosRange>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_thresholds_of_a_rule_are_ranges_outside_of_which_it_warns() {
        for (words, ranges) in [
            ("last of cpu.steal > 10, critical > 30", ["10", "30"]),
            ("min of memory.available < 1000", ["1000:", ""]),
            ("rise over 1d of load.tasks > 500", ["~:500", ""]),
            ("last of munin:t.outside > 30", ["~:30", ""]),
            ("hours to 0 over 3h of vm.free < 8, critical < 2", ["8:", "2:"]),
        ] {
            let found = NagiosRange::of_rule(&Rule::parse(words).unwrap());
            let found = found.map(|range| range.map_or_else(String::new, |r| r.to_string()));
            assert_eq!(found, ranges, "{words}");
        }
    }

    #[test]
    fn an_unknown_value_is_u_and_quotes_are_doubled() {
        assert_eq!(performance_data("it's", f64::NAN, "s", None, None), "'it''s'=U;;;;");
        assert_eq!(performance_data("full", f64::INFINITY, "", None, None), "'full'=U;;;;");
    }
}

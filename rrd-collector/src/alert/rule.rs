//! A rule: which value, aggregated how, is too much. What follows from a value lives in `state`.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use thiserror::Error;

/// When a value is worth a warning.
///
/// In words, as configuration files have it:
///
/// ```
/// use rrd_collector::alert::{Aggregate, Rule};
///
/// let rule = Rule::parse("average over 20m of cpu.steal > 10, critical > 30, clear below 5, for 2m").unwrap();
/// assert_eq!(rule.aggregate, Aggregate::Average);
/// assert_eq!(rule.over.as_secs(), 1200);
/// assert_eq!(rule.target.to_string(), "cpu.steal");
/// assert_eq!(rule.warning.unwrap().raise, 10.0);
/// assert_eq!(rule.warning.unwrap().clear, 5.0);
/// assert_eq!(rule.hold.as_secs(), 120);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Which value is looked at.
    pub target: Target,
    /// How the rows of the window become one number.
    pub aggregate: Aggregate,
    /// The window; zero looks at the newest row only.
    pub over: Duration,
    /// On which side trouble lies.
    pub direction: Direction,
    /// Where a warning begins and ends.
    pub warning: Option<Level>,
    /// Where it becomes critical and stops being so.
    pub critical: Option<Level>,
    /// How long a worse state must last before it counts.
    pub hold: Duration,
    /// How long a better state must last before it counts.
    pub hold_clear: Duration,
    /// What no data means.
    pub no_data: NoData,
}

/// A value by its group, instance and metric: `cpu.steal`, `disk:sda.util`, `disk:*.util`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The kind of group, `disk`.
    pub group: String,
    /// Which one of its kind; `*` for each by itself, `None` where there is only one.
    pub instance: Option<String>,
    /// The data source in the group.
    pub metric: String,
}

/// How the rows of a window become one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregate {
    /// The mean of the known rows: `average over 10m of cpu.busy`.
    Average,
    /// The smallest known row.
    Min,
    /// The largest known row.
    Max,
    /// The newest known row.
    Last,
    /// How far the newest row lies above the mean of the window: `rise over 1d of filesystem:*.read_only`.
    ///
    /// What was so all the time has not risen: a filesystem that is meant to be read-only gives 0, one that became so a
    /// moment ago 1, and less and less as that becomes the usual state.
    Rise,
    /// The hours until the value reaches this bound, if things go on like this: `hours to 100 over 3h of
    /// filesystem:*.used_share`.
    ///
    /// The window is cut into six parts, and a straight line laid through the known rows of each by least squares:
    /// slope = sum((t - mean t) (v - mean v)) / sum((t - mean t)^2). The hours are (bound - newest v) / slope, by the slope
    /// that leads there the slowest: what rises in all six is a trend, what rose once and stopped is none.
    /// Infinite where a part is level or leads away from the bound; 0 at the bound. Unknown while less than half of any part
    /// is known, or fewer than three rows of it.
    HoursTo(f64),
}

/// On which side of a threshold trouble lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Larger is worse.
    Above,
    /// Smaller is worse.
    Below,
}

/// A threshold with its hysteresis. Shares are in percent, everything else in the unit it is stored in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Beyond this the level is reached.
    pub raise: f64,
    /// On the good side of this it is over; equal to `raise` where nothing was said.
    pub clear: f64,
}

/// What it means when the window holds no known value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NoData {
    /// Nothing: the state stays as it is.
    #[default]
    Keep,
    /// All is well.
    Ok,
    /// A warning.
    Warning,
    /// Critical.
    Critical,
}

/// Why the text of a rule is none.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The text does not begin as a rule does.
    #[error(
        "`{text}` is no rule: expected `average|min|max|last [over DURATION] of GROUP.METRIC > NUMBER`, \
         `rise over DURATION of ...` or `hours to BOUND over DURATION of ...`"
    )]
    Shape {
        /// The text.
        text: String,
    },
    /// The name of a value has no dot or an empty part.
    #[error("`{text}` names no value: expected GROUP.METRIC or GROUP:INSTANCE.METRIC")]
    Target {
        /// The text.
        text: String,
    },
    /// A number cannot be read.
    #[error("`{text}` is no number")]
    Number {
        /// The text.
        text: String,
    },
    /// A duration cannot be read.
    #[error("`{text}` is no duration: expected a number with s, m, h, d or w")]
    Duration {
        /// The text.
        text: String,
    },
    /// A clause after the first is not known.
    #[error(
        "`{text}` is not known: expected `critical > N`, `clear below N`, `critical clear below N`, `for D`, `clear for D` or `no data ok|warning|critical|keep`"
    )]
    Clause {
        /// The clause.
        text: String,
    },
    /// Thresholds contradict each other.
    #[error("{what} {second} does not lie on the right side of {first}")]
    Order {
        /// Which of the numbers is wrong.
        what: &'static str,
        /// What it is compared with.
        first: f64,
        /// The number itself.
        second: f64,
    },
}

impl Rule {
    /// Reads a rule from its words; clauses are separated by commas.
    ///
    /// # Errors
    ///
    /// [`RuleError`], which names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let mut clauses = text.split(',').map(str::trim);
        let mut draft = Draft::first(clauses.next().unwrap_or_default())?;
        for clause in clauses.filter(|clause| !clause.is_empty()) {
            draft.clause(clause)?;
        }
        draft.finish()
    }
}

/// A rule of which not all clauses have been read.
struct Draft {
    rule: Rule,
    warning: f64,
    warning_clear: Option<f64>,
    critical: Option<f64>,
    critical_clear: Option<f64>,
}

impl Draft {
    fn first(text: &str) -> Result<Self, RuleError> {
        let shape = || RuleError::Shape { text: text.to_owned() };
        let words: Vec<&str> = text.split_whitespace().collect();
        let plain = |word: &str| match word {
            "average" | "avg" => Ok(Aggregate::Average),
            "min" => Ok(Aggregate::Min),
            "max" => Ok(Aggregate::Max),
            "last" => Ok(Aggregate::Last),
            _ => Err(shape()),
        };
        // What compares moments needs a window.
        let (aggregate, over, rest) = match words.as_slice() {
            ["hours", "to", bound, "over", over, "of", rest @ ..] => {
                (Aggregate::HoursTo(number(bound)?), duration(over)?, rest)
            }
            ["rise", "over", over, "of", rest @ ..] => (Aggregate::Rise, duration(over)?, rest),
            [word, "over", over, "of", rest @ ..] => (plain(word)?, duration(over)?, rest),
            [word, "of", rest @ ..] => (plain(word)?, Duration::ZERO, rest),
            _ => return Err(shape()),
        };
        let [target, comparison, threshold] = rest else { return Err(shape()) };
        let direction = direction(comparison).ok_or_else(shape)?;
        let rule = Rule {
            target: Target::parse(target)?,
            aggregate,
            over,
            direction,
            warning: None,
            critical: None,
            hold: Duration::ZERO,
            hold_clear: Duration::ZERO,
            no_data: NoData::default(),
        };
        let warning = number(threshold)?;
        Ok(Self { rule, warning, warning_clear: None, critical: None, critical_clear: None })
    }

    fn clause(&mut self, text: &str) -> Result<(), RuleError> {
        let unknown = || RuleError::Clause { text: text.to_owned() };
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["warning", "clear", side, value] | ["clear", side, value] if self.clears(side) => {
                self.warning_clear = Some(number(value)?);
            }
            ["critical", "clear", side, value] if self.clears(side) => {
                self.critical_clear = Some(number(value)?);
            }
            ["critical", side, value] if direction(side) == Some(self.rule.direction) => {
                self.critical = Some(number(value)?);
            }
            ["clear", "for", value] => self.rule.hold_clear = duration(value)?,
            ["for", value] => self.rule.hold = duration(value)?,
            ["no", "data", policy] => {
                self.rule.no_data = match *policy {
                    "keep" => NoData::Keep,
                    "ok" => NoData::Ok,
                    "warning" => NoData::Warning,
                    "critical" => NoData::Critical,
                    _ => return Err(unknown()),
                };
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }

    /// Whether `clear below 5` (or `above`) leads back to the good side.
    fn clears(&self, side: &str) -> bool {
        matches!(
            (direction(side), self.rule.direction),
            (Some(Direction::Below), Direction::Above) | (Some(Direction::Above), Direction::Below)
        )
    }

    fn finish(self) -> Result<Rule, RuleError> {
        let Self { mut rule, warning, warning_clear, critical, critical_clear } = self;
        let beyond = |a: f64, b: f64| match rule.direction {
            Direction::Above => a > b,
            Direction::Below => a < b,
        };
        let level = |what, raise: f64, clear: Option<f64>| {
            let clear = clear.unwrap_or(raise);
            if beyond(clear, raise) {
                return Err(RuleError::Order { what, first: raise, second: clear });
            }
            Ok(Level { raise, clear })
        };
        let warning = level("the clearing of a warning", warning, warning_clear)?;
        let critical = critical
            .map(|raise| level("the clearing of a critical state", raise, critical_clear))
            .transpose()?;
        if let Some(critical) = critical
            && !beyond(critical.raise, warning.raise)
        {
            return Err(RuleError::Order {
                what: "the critical threshold",
                first: warning.raise,
                second: critical.raise,
            });
        }
        rule.warning = Some(warning);
        rule.critical = critical;
        Ok(rule)
    }
}

impl Target {
    /// Reads `GROUP.METRIC` or `GROUP:INSTANCE.METRIC`; an instance may hold dots.
    ///
    /// # Errors
    ///
    /// [`RuleError::Target`] when a part is missing.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let wrong = || RuleError::Target { text: text.to_owned() };
        let (place, metric) = text.rsplit_once('.').ok_or_else(wrong)?;
        let (group, instance) = match place.split_once(':') {
            Some((group, instance)) => (group, Some(instance)),
            None => (place, None),
        };
        if group.is_empty() || metric.is_empty() || instance.is_some_and(str::is_empty) {
            return Err(wrong());
        }
        Ok(Self {
            group: group.to_owned(),
            instance: instance.map(str::to_owned),
            metric: metric.to_owned(),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.instance {
            Some(instance) => write!(f, "{}:{instance}.{}", self.group, self.metric),
            None => write!(f, "{}.{}", self.group, self.metric),
        }
    }
}

fn direction(word: &str) -> Option<Direction> {
    match word {
        ">" | "above" => Some(Direction::Above),
        "<" | "below" => Some(Direction::Below),
        _ => None,
    }
}

fn number(text: &str) -> Result<f64, RuleError> {
    let digits = text.strip_suffix('%').unwrap_or(text);
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(RuleError::Number { text: text.to_owned() }),
    }
}

fn duration(text: &str) -> Result<Duration, RuleError> {
    rrd_core::duration::parse(text, NonZeroU64::MIN)
        .map(Duration::from_secs)
        .map_err(|_| RuleError::Duration { text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_a_window_looks_at_the_newest_row() {
        let rule = Rule::parse("last of disk:*.util > 98%").unwrap();
        assert_eq!(rule.over, Duration::ZERO);
        assert_eq!(rule.target.instance.as_deref(), Some("*"));
        assert_eq!(rule.warning, Some(Level { raise: 98.0, clear: 98.0 }));
        assert_eq!(rule.critical, None);
    }

    #[test]
    fn a_rule_that_guards_against_too_little_clears_above() {
        let rule = Rule::parse(
            "min over 5m of memory.available < 1e9, critical < 2e8, critical clear above 4e8, clear above 2e9, clear for 1h, no data warning",
        )
        .unwrap();
        assert_eq!(rule.direction, Direction::Below);
        assert_eq!(rule.warning, Some(Level { raise: 1e9, clear: 2e9 }));
        assert_eq!(rule.critical, Some(Level { raise: 2e8, clear: 4e8 }));
        assert_eq!(rule.hold_clear, Duration::from_secs(3600));
        assert_eq!(rule.no_data, NoData::Warning);
    }

    #[test]
    fn what_compares_moments_has_a_window() {
        let rule = Rule::parse("hours to 100% over 3h of filesystem:*.used_share < 8").unwrap();
        assert_eq!(rule.aggregate, Aggregate::HoursTo(100.0));
        assert_eq!((rule.over.as_secs(), rule.direction), (10_800, Direction::Below));
        let rule = Rule::parse("rise over 1d of filesystem:*.read_only > 0.5").unwrap();
        assert_eq!((rule.aggregate, rule.over.as_secs()), (Aggregate::Rise, 86_400));
        for text in ["hours to 0 of vm.free < 8", "rise of vm.free > 1", "hours over 3h of a.b < 8"]
        {
            assert!(matches!(Rule::parse(text), Err(RuleError::Shape { .. })), "{text}");
        }
        assert!(matches!(
            Rule::parse("hours to full over 3h of vm.free < 8"),
            Err(RuleError::Number { text }) if text == "full"
        ));
    }

    #[test]
    fn an_instance_may_hold_dots_and_colons() {
        let target = Target::parse("apache:localhost:8080.busy").unwrap();
        assert_eq!(target.instance.as_deref(), Some("localhost:8080"));
        assert_eq!(target.to_string(), "apache:localhost:8080.busy");
    }

    #[test]
    fn a_rule_that_is_none_says_which_part_is_wrong() {
        for (text, message) in [
            (
                "",
                "`` is no rule: expected `average|min|max|last [over DURATION] of GROUP.METRIC > NUMBER`, \
                 `rise over DURATION of ...` or `hours to BOUND over DURATION of ...`",
            ),
            (
                "average over 20x of cpu.steal > 1",
                "`20x` is no duration: expected a number with s, m, h, d or w",
            ),
            (
                "average of cpu > 1",
                "`cpu` names no value: expected GROUP.METRIC or GROUP:INSTANCE.METRIC",
            ),
            ("average of cpu.steal > much", "`much` is no number"),
            ("average of cpu.steal > inf", "`inf` is no number"),
            (
                "average of cpu.steal > 10, clear below 20",
                "the clearing of a warning 20 does not lie on the right side of 10",
            ),
            (
                "average of cpu.steal > 10, critical > 5",
                "the critical threshold 5 does not lie on the right side of 10",
            ),
        ] {
            assert_eq!(Rule::parse(text).unwrap_err().to_string(), message, "{text}");
        }
        assert!(matches!(
            Rule::parse("average of cpu.steal > 10, clear above 5"),
            Err(RuleError::Clause { .. })
        ));
    }
}

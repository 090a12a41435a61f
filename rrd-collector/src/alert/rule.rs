//! A rule: a value, its aggregation and its thresholds. The resulting states are in `state`.

use std::time::Duration;

use thiserror::Error;

use crate::duration::{InvalidDuration, SPAN};
use crate::group::{IdError, TargetPattern};

/// A rule and its name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedRule {
    /// The name.
    pub name: String,
    /// The rule.
    pub rule: Rule,
}

/// When a value is worth a warning.
///
/// As text in configuration files:
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
    /// The value that is watched.
    pub target: TargetPattern,
    /// How the rows of the window become one number.
    pub aggregate: Aggregate,
    /// The window; zero means the newest row only.
    pub over: Duration,
    /// Which direction is worse.
    pub direction: Direction,
    /// The threshold for a warning.
    pub warning: Option<Level>,
    /// The threshold for critical.
    pub critical: Option<Level>,
    /// How long a worse state must last before it takes effect.
    pub hold: Duration,
    /// How long a better state must last before it takes effect.
    pub hold_clear: Duration,
    /// The meaning of missing data.
    pub no_data: NoData,
    /// What else must be the case.
    pub conditions: Vec<Condition>,
}

/// Something that must be the case for a rule to be reached: `while disk:*.util > 5`.
///
/// It is the average over the window of the rule. Of several instances one is enough, and a value
/// that this host does not have is not asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The value.
    pub target: TargetPattern,
    /// On which side of the threshold it must be.
    pub direction: Direction,
    /// The threshold; shares are in percent.
    pub threshold: f64,
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
    /// The difference between the newest row and the mean of the window:
    /// `rise over 1d of filesystem:*.read_only`.
    ///
    /// A constant value has not risen: a filesystem that is always read-only gives 0, one that has
    /// just become read-only gives 1, decreasing as that becomes the usual state.
    Rise,
    /// The hours until the value reaches this bound at its current rate:
    /// `hours to 100 over 3h of filesystem:*.used_share`.
    ///
    /// The window is divided into six parts, and a least-squares line is fitted to the known rows
    /// of each:
    /// `slope = sum((t - mean t) (v - mean v)) / sum((t - mean t)^2)`.
    /// The hours are `(bound - newest v) / slope`, with the slope that approaches the bound most
    /// slowly: a value that rises in all six parts is a trend, one that rose once and stopped is
    /// not. Infinite if a part is constant or moves away from the bound; 0 at the bound. Unknown if
    /// less than half of any part is known, or fewer than three rows of it.
    HoursTo(f64),
}

/// Which direction is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Larger is worse.
    Above,
    /// Smaller is worse.
    Below,
}

impl Direction {
    /// The words of a rule for its thresholds: that of a warning, that of its end.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Above => (">", "below"),
            Self::Below => ("<", "above"),
        }
    }
}

/// A threshold with hysteresis. Shares are in percent, everything else in the stored unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Beyond this value the level is reached.
    pub raise: f64,
    /// On the better side of this value it ends; defaults to `raise`.
    pub clear: f64,
}

/// The meaning of a window without known values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NoData {
    /// The state is unchanged.
    #[default]
    Keep,
    /// OK.
    Ok,
    /// A warning.
    Warning,
    /// Critical.
    Critical,
}

/// Why a text is not a rule.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The text does not begin like a rule.
    #[error(
        "invalid rule `{text}`: expected `average|min|max|last [over DURATION] of GROUP.METRIC > NUMBER`, \
         `rise over DURATION of ...` or `hours to BOUND over DURATION of ...`"
    )]
    Shape {
        /// The text.
        text: String,
    },
    /// The text does not contain a value.
    #[error(transparent)]
    Target(#[from] IdError),
    /// A number is malformed.
    #[error("invalid number `{text}`: expected e.g. 10, 10% or 1e9")]
    Number {
        /// The text.
        text: String,
    },
    /// A duration is malformed.
    #[error(transparent)]
    Duration(#[from] InvalidDuration),
    /// A later clause is unknown.
    #[error(
        "invalid clause `{text}`: expected `critical {worse} N`, `clear {better} N`, \
         `critical clear {better} N`, `for DURATION`, `clear for DURATION`, \
         `while GROUP.METRIC > N` or `no data ok|warning|critical|keep`",
        worse = .direction.words().0,
        better = .direction.words().1
    )]
    Clause {
        /// The clause.
        text: String,
        /// The direction of its rule.
        direction: Direction,
    },
    /// Thresholds contradict each other.
    #[error("invalid {what} {value}: expected {expected} {bound}")]
    Order {
        /// Which of the thresholds is wrong.
        what: &'static str,
        /// The threshold.
        value: f64,
        /// The expected relation: `at most`, `more than`, ...
        expected: &'static str,
        /// The threshold that it contradicts.
        bound: f64,
    },
}

impl Rule {
    /// Parses the text of a rule; clauses are separated by commas.
    ///
    /// # Errors
    ///
    /// [`RuleError`], which names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let shape = || {
            let begin = text.split(',').next().unwrap_or_default();
            RuleError::Shape { text: begin.to_owned() }
        };
        let (aggregate, rest) = around_of(text).ok_or_else(shape)?;
        let (target, rest) = split_target(rest);
        let (comparison, mut rest) = split_clause(rest);
        let mut draft = Draft::first(aggregate, target, comparison, shape)?;
        while !rest.is_empty() {
            // The name of a value may contain commas.
            let clause;
            if let Some(condition) = rest.strip_prefix("while ") {
                let (target, comparison) = split_target(condition.trim_start());
                (clause, rest) = split_clause(comparison);
                draft.condition(target, clause)?;
            } else {
                (clause, rest) = split_clause(rest);
                draft.clause(clause)?;
            }
        }
        draft.finish()
    }
}

/// The text before and after the word `of`.
fn around_of(text: &str) -> Option<(&str, &str)> {
    text.match_indices("of").find_map(|(at, word)| {
        let (before, after) = text.split_at(at);
        let after = after.strip_prefix(word)?;
        let is_word =
            before.ends_with(char::is_whitespace) && after.starts_with(char::is_whitespace);
        is_word.then(|| (before, after.trim_start()))
    })
}

/// The name of a value, which ends at a space outside quotation marks, and the rest. It may contain
/// commas.
fn split_target(text: &str) -> (&str, &str) {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = text.find(|character: char| {
        if std::mem::take(&mut is_escaped) {
            return false;
        }
        match character {
            '\\' => is_escaped = is_quoted,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        character.is_whitespace() && !is_quoted
    });
    text.split_at(end.unwrap_or(text.len()))
}

/// The text before the first comma, and what is between later ones.
fn split_clause(text: &str) -> (&str, &str) {
    let (clause, rest) = text.split_once(',').unwrap_or((text, ""));
    (clause.trim(), rest.trim_matches([',', ' ', '\t', '\n', '\r']))
}

/// A rule whose clauses have not all been parsed.
struct Draft {
    rule: Rule,
    warning: f64,
    warning_clear: Option<f64>,
    critical: Option<f64>,
    critical_clear: Option<f64>,
}

impl Draft {
    fn first(
        aggregate: &str,
        target: &str,
        comparison: &str,
        shape: impl Fn() -> RuleError,
    ) -> Result<Self, RuleError> {
        let words: Vec<&str> = aggregate.split_whitespace().collect();
        let plain = |word: &str| match word {
            "average" | "avg" => Ok(Aggregate::Average),
            "min" => Ok(Aggregate::Min),
            "max" => Ok(Aggregate::Max),
            "last" => Ok(Aggregate::Last),
            _ => Err(shape()),
        };
        // Aggregates that compare times need a window.
        let (aggregate, over) = match *words.as_slice() {
            ["hours", "to", bound, "over", over] => {
                (Aggregate::HoursTo(number(bound)?), SPAN.parse(over)?)
            }
            ["rise", "over", over] => (Aggregate::Rise, SPAN.parse(over)?),
            [word, "over", over] => (plain(word)?, SPAN.parse(over)?),
            [word] => (plain(word)?, Duration::ZERO),
            _ => return Err(shape()),
        };
        let words: Vec<&str> = comparison.split_whitespace().collect();
        let [side, threshold] = *words.as_slice() else { return Err(shape()) };
        let direction = direction(side).ok_or_else(&shape)?;
        let rule = Rule {
            target: target.parse()?,
            aggregate,
            over,
            direction,
            warning: None,
            critical: None,
            hold: Duration::ZERO,
            hold_clear: Duration::ZERO,
            no_data: NoData::default(),
            conditions: Vec::new(),
        };
        let warning = number(threshold)?;
        Ok(Self { rule, warning, warning_clear: None, critical: None, critical_clear: None })
    }

    fn condition(&mut self, target: &str, comparison: &str) -> Result<(), RuleError> {
        let unknown = || self.unknown(&format!("while {target} {comparison}"));
        let words: Vec<&str> = comparison.split_whitespace().collect();
        let [side, threshold] = *words.as_slice() else { return Err(unknown()) };
        let direction = direction(side).ok_or_else(unknown)?;
        let (target, threshold) = (target.parse()?, number(threshold)?);
        self.rule.conditions.push(Condition { target, direction, threshold });
        Ok(())
    }

    fn clause(&mut self, text: &str) -> Result<(), RuleError> {
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
            ["clear", "for", value] => self.rule.hold_clear = SPAN.parse(value)?,
            ["for", value] => self.rule.hold = SPAN.parse(value)?,
            ["no", "data", policy] => {
                self.rule.no_data = match *policy {
                    "keep" => NoData::Keep,
                    "ok" => NoData::Ok,
                    "warning" => NoData::Warning,
                    "critical" => NoData::Critical,
                    _ => return Err(self.unknown(text)),
                };
            }
            _ => return Err(self.unknown(text)),
        }
        Ok(())
    }

    fn unknown(&self, clause: &str) -> RuleError {
        RuleError::Clause { text: clause.to_owned(), direction: self.rule.direction }
    }

    /// Whether `clear below 5` (or `above`) is on the better side.
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
        let (at_most, more_than) = match rule.direction {
            Direction::Above => ("at most", "more than"),
            Direction::Below => ("at least", "less than"),
        };
        let level = |what, raise: f64, clear: Option<f64>| {
            let clear = clear.unwrap_or(raise);
            if beyond(clear, raise) {
                return Err(RuleError::Order {
                    what,
                    value: clear,
                    expected: at_most,
                    bound: raise,
                });
            }
            Ok(Level { raise, clear })
        };
        let warning = level("clearing threshold", warning, warning_clear)?;
        let critical = critical
            .map(|raise| level("critical clearing threshold", raise, critical_clear))
            .transpose()?;
        if let Some(Level { raise: value, .. }) = critical
            && !beyond(value, warning.raise)
        {
            let (what, expected, bound) = ("critical threshold", more_than, warning.raise);
            return Err(RuleError::Order { what, value, expected, bound });
        }
        rule.warning = Some(warning);
        rule.critical = critical;
        Ok(rule)
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

#[cfg(test)]
mod tests;

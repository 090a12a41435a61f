//! What a rule says about a value: in words for people and as fields for programs. The page, JSON,
//! notices, the log, mails and Nagios' answers say it in the same way.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::rule::{Aggregate, Direction, Level, NamedRule, Rule};
use super::state::Status;
use super::unit::{quantity, rule_quantity, rule_scale, span};
use crate::group::TargetPattern;

/// A rule with its state for one value.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The rule.
    pub rule: &'a NamedRule,
    /// The value it watches.
    pub target: &'a TargetPattern,
    /// Its state.
    pub status: Status,
    /// Since when, seconds since 1970; 0 if that is not known.
    pub since: i64,
    /// The number that the rule computed, in its unit: percent for shares; infinite for hours if
    /// the bound is not approached, NaN if too little is known.
    pub value: f64,
}

impl Finding<'_> {
    /// What is said after the name of the value, as it is at `now`, in seconds since 1970:
    /// `averages 12.3 % over 5 min (warning above 10 %) since 14:02`.
    pub fn predicate(&self, now: i64, zone: &TimeZone) -> String {
        let mut words = self.says();
        if let Some(limit) = self.limit() {
            let _ = write!(words, " ({limit})");
        }
        if self.since > 0 {
            let _ = write!(words, " since {}", moment(self.since, now, zone));
        }
        words
    }

    /// The number that the rule computed, with its window: `averages 12.3 % over 5 min`.
    pub(super) fn says(&self) -> String {
        let Rule { target, aggregate, over, .. } = &self.rule.rule;
        let (value, over) = (rule_quantity(&self.rule.rule).write(self.value), span(*over));
        let has_window = !over.is_empty();
        match aggregate {
            _ if self.value.is_nan() && has_window => format!("has too few data for {over}"),
            _ if self.value.is_nan() => "has no data".to_owned(),
            Aggregate::Average if has_window => format!("averages {value} over {over}"),
            Aggregate::Min if has_window => format!("was never below {value} in {over}"),
            Aggregate::Max if has_window => format!("reached {value} within {over}"),
            Aggregate::Average | Aggregate::Min | Aggregate::Max | Aggregate::Last => {
                format!("is {value}")
            }
            Aggregate::Rise if self.value < 0.0 => {
                let value = rule_quantity(&self.rule.rule).write(-self.value);
                format!("is {value} below its average over {over}")
            }
            Aggregate::Rise => format!("is {value} above its average over {over}"),
            Aggregate::HoursTo(bound) => {
                let bound = quantity(target.kind(), target.metric()).write(*bound);
                if self.value.is_infinite() {
                    format!("does not approach {bound}, by the last {over}")
                } else {
                    format!("reaches {bound} in {value}, by the last {over}")
                }
            }
        }
    }

    /// The threshold of the state, in the rule's unit; of a warning if all is well.
    pub fn threshold(&self) -> Option<f64> {
        self.level().map(|(_, level)| level.raise)
    }

    /// The fields for programs; `null` for numbers that are not known.
    pub(super) fn fields(&self, now: i64, zone: &TimeZone) -> Vec<(&'static str, Value)> {
        let rule = &self.rule.rule;
        let instance = match self.target {
            TargetPattern::One(target) => Some(target.group.instance()),
            TargetPattern::Each { .. } => None,
        };
        vec![
            ("rule", json!(self.rule.name)),
            ("target", json!(self.target.to_string())),
            ("kind", json!(self.target.kind())),
            ("instance", json!(instance)),
            ("metric", json!(self.target.metric())),
            ("value", json!(Some(self.value).filter(|value| value.is_finite()))),
            ("unit", json!(rule_scale(rule).1)),
            ("threshold", json!(self.threshold())),
            ("direction", json!(direction_name(rule.direction))),
            ("aggregate", json!(aggregate_name(rule.aggregate))),
            ("window", json!(rule.over.as_secs())),
            ("since", json!(self.since)),
            ("summary", json!(format!("{} {}", self.target, self.predicate(now, zone)))),
        ]
    }

    /// The level of the state; that of a warning if all is well.
    fn level(&self) -> Option<(Status, Level)> {
        let Rule { warning, critical, .. } = self.rule.rule;
        let warning = warning.map(|level| (Status::Warning, level));
        let critical = critical.map(|level| (Status::Critical, level));
        if self.status == Status::Critical { critical } else { warning.or(critical) }
    }

    /// What the value is compared with: `warning above 10 %`. A state that lasts although its
    /// threshold is no longer exceeded also says when it ends.
    pub(super) fn limit(&self) -> Option<String> {
        let Rule { direction, no_data, .. } = self.rule.rule;
        let quantity = rule_quantity(&self.rule.rule);
        if self.value.is_nan() && no_data.status() == Some(self.status) {
            return (self.status != Status::Ok).then(|| format!("{} without data", self.status));
        }
        let (name, Level { raise, clear }) = self.level()?;
        let (is_beyond, beyond, back) = match direction {
            Direction::Above => (self.value > raise, "above", "below"),
            Direction::Below => (self.value < raise, "below", "above"),
        };
        let limit = format!("{name} {beyond} {}", quantity.write(raise));
        let lasts = self.status != Status::Ok && !self.value.is_nan() && !is_beyond;
        Some(if lasts && clear != raise {
            format!("{limit}, until {back} {}", quantity.write(clear))
        } else {
            limit
        })
    }
}

fn aggregate_name(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Average => "average",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Last => "last",
        Aggregate::Rise => "rise",
        Aggregate::HoursTo(_) => "hours_to",
    }
}

fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Above => "above",
        Direction::Below => "below",
    }
}

/// Day and time of this time zone.
pub(super) fn full_moment(at: i64, zone: &TimeZone) -> String {
    let Ok(at) = jiff::Timestamp::from_second(at) else { return "an unknown time".to_owned() };
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M (%Z)").to_string()
}

/// A time on the clock of this time zone: with the day if it is another one than that of `now`.
pub fn moment(at: i64, now: i64, zone: &TimeZone) -> String {
    let zoned =
        |seconds: i64| Some(jiff::Timestamp::from_second(seconds).ok()?.to_zoned(zone.clone()));
    let (Some(at), Some(now)) = (zoned(at), zoned(now)) else {
        return "an unknown time".to_owned();
    };
    let form = if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said at 14:07 of a day about a state since 14:02.
    fn said(when: &str, status: Status, value: f64) -> String {
        let rule = NamedRule { name: "x".to_owned(), rule: Rule::parse(when).unwrap() };
        let (target, now) = (rule.rule.target.clone(), 1_800_000_420);
        let finding = Finding { rule: &rule, target: &target, status, since: now - 300, value };
        let zone = TimeZone::fixed(jiff::tz::offset(6));
        format!("{target} {}", finding.predicate(now, &zone))
    }

    #[test]
    fn a_finding_says_value_window_threshold_and_since_when() {
        use Status::{Critical, Ok, Warning};
        let steal = "average over 5m of cpu.steal > 10, critical > 30, clear below 5";
        for (when, status, value, words) in [
            (
                steal,
                Warning,
                12.345,
                "cpu.steal averages 12.3 % over 5 min (warning above 10 %) since 14:02",
            ),
            (
                steal,
                Critical,
                31.0,
                "cpu.steal averages 31 % over 5 min (critical above 30 %) since 14:02",
            ),
            (
                steal,
                Ok,
                0.5,
                "cpu.steal averages 0.5 % over 5 min (warning above 10 %) since 14:02",
            ),
            // It holds until the value is below the clearing threshold.
            (
                steal,
                Warning,
                7.0,
                "cpu.steal averages 7 % over 5 min (warning above 10 %, until below 5 %) since 14:02",
            ),
            (
                steal,
                Warning,
                f64::NAN,
                "cpu.steal has too few data for 5 min (warning above 10 %) since 14:02",
            ),
            (
                "last of load.tasks > 4, no data critical",
                Critical,
                f64::NAN,
                "load.tasks has no data (critical without data) since 14:02",
            ),
            (
                "last of load.tasks > 4",
                Warning,
                1e6,
                "load.tasks is 1 M (warning above 4) since 14:02",
            ),
            (
                "min over 1h of memory.available < 1e9",
                Warning,
                5e8,
                "memory.available was never below 477 MiB in 1 h (warning below 954 MiB) since 14:02",
            ),
            (
                "max over 90s of vm.oom_kills > 0",
                Warning,
                1.0,
                "vm.oom_kills reached 1 /s within 90 s (warning above 0 /s) since 14:02",
            ),
            (
                "rise over 1d of filesystem:/a.read_only > 0.5",
                Warning,
                1.0,
                "filesystem:/a.read_only is 1 above its average over 1 d (warning above 0.5) since 14:02",
            ),
            (
                "rise over 1d of link:eth0.carrier < -50",
                Warning,
                -100.0,
                "link:eth0.carrier is 100 % below its average over 1 d (warning below -50 %) since 14:02",
            ),
            (
                "hours to 100 over 3h of filesystem:/a.used_share < 8, critical < 2",
                Critical,
                1.25,
                "filesystem:/a.used_share reaches 100 % in 1.25 h, by the last 3 h (critical below 2 h) since 14:02",
            ),
            (
                "hours to 100 over 3h of filesystem:/a.used_share < 8",
                Ok,
                f64::INFINITY,
                "filesystem:/a.used_share does not approach 100 %, by the last 3 h (warning below 8 h) since 14:02",
            ),
        ] {
            assert_eq!(said(when, status, value), words);
        }
    }

    #[test]
    fn a_moment_of_another_day_has_its_date() {
        let (now, zone) = (1_800_000_420, TimeZone::UTC);
        assert_eq!(moment(now - 300, now, &zone), "08:02");
        assert_eq!(moment(now - 9 * 3600, now, &zone), "2027-01-14 23:07");
        assert_eq!(moment(i64::MAX, now, &zone), "an unknown time");
    }
}

//! `check WHAT`: the state of a rule or a value as a Nagios plugin reports it, read from the
//! archives, with or without a daemon.

use std::time::Duration;

use jiff::tz::TimeZone;
use thiserror::Error;

use crate::alert::{
    Aggregate, Direction, Finding, KnownSince, MeasureError, NagiosRange, NamedRule, NoData, Rule,
    RuleProblem, RuleState, Status, Window, conditions_are_met, measure, performance_data,
    rule_scale, scale, window,
};
use crate::config::Config;
use crate::group::{IdError, NamesFileError, Target, TargetPattern, UnknownTarget};
use crate::source::{described_kinds, kinds};
use crate::store::archives::{Archives, stored};

/// The request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NagiosCheck {
    /// The name of a rule, or a value: `cpu.steal`, `disk:vda.util`.
    pub what: String,
    /// The range for a warning.
    pub warning: Option<NagiosRange>,
    /// The range for critical.
    pub critical: Option<NagiosRange>,
    /// The time over which the value is averaged.
    pub over: Duration,
}

/// The answer: exit code and line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// 0 to 3.
    pub code: u8,
    /// The line.
    pub line: String,
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// Neither a rule nor a value.
    #[error("no rule {what:?}, there are {known}")]
    Unknown {
        /// The name given.
        what: String,
        /// The names of the rules.
        known: String,
        /// Why it is not a value either.
        source: IdError,
    },
    /// No group has this value.
    #[error(transparent)]
    NoValue(#[from] UnknownTarget),
    /// The existing groups cannot be listed.
    #[error(transparent)]
    FullNames(#[from] NamesFileError),
    /// The archive cannot be read.
    #[error(transparent)]
    Measure(#[from] MeasureError),
}

impl Verdict {
    fn new(code: u8, text: &str) -> Self {
        let word = ["OK", "WARNING", "CRITICAL"].get(usize::from(code)).unwrap_or(&"UNKNOWN");
        Self { code, line: format!("{word} - {text}") }
    }
}

/// The answer at `now`, in seconds since 1970. If there is none, it is UNKNOWN (3).
pub fn check(config: &Config, asked: &NagiosCheck, now: i64) -> Verdict {
    let rule = config.alerts.rules.iter().find(|rule| rule.name == asked.what);
    let verdict = match rule {
        Some(rule) => check_rule(config, rule, now),
        None => check_value(config, asked, now),
    };
    verdict.unwrap_or_else(|error| Verdict::new(3, &crate::fault::chain(&error)))
}

fn check_rule(config: &Config, named: &NamedRule, now: i64) -> Result<Verdict, CheckError> {
    let mut rule = named.rule.clone();
    // A single check cannot wait, and does not know previous states.
    (rule.hold, rule.hold_clear) = (Duration::ZERO, Duration::ZERO);
    let (scale, unit) = rule_scale(&rule);
    let (mut worst, mut known) = (Status::Ok, false);
    let (mut texts, mut data) = (Vec::new(), Vec::new());
    let [warning, critical] = NagiosRange::of_rule(&rule);
    let since = KnownSince::read(&config.data);
    let is_of_each = matches!(rule.target, TargetPattern::Each { .. });
    let archives = Archives::Folder(config.data.clone());
    // Without files there is nothing to ask for.
    let stored = |pattern: &TargetPattern| stored_targets(config, pattern).unwrap_or_default();
    let is_met = conditions_are_met(&rule, &archives, now, stored);
    for target in stored_targets(config, &rule.target)? {
        let value = match measure(&archives, &window(&rule, &target), now) {
            // Groups described by programs have different metrics.
            Err(error) if error.is_absent() && is_of_each => continue,
            measured => measured?,
        };
        let mut state = RuleState::default();
        if is_met {
            state.advance(&rule, scale, value, now);
        }
        worst = worst.max(state.status);
        known |= !value.is_nan();
        let (status, value) = (state.status, value / scale);
        let since = since.of(&named.name, &target, status);
        let (name, target) = (target.to_string(), TargetPattern::One(target));
        let finding = Finding { rule: named, target: &target, status, since, value };
        texts.push(format!("{name} {}", finding.predicate(now, &TimeZone::system())));
        data.push(performance_data(&name, value, nagios_unit(unit), warning, critical));
    }
    if texts.is_empty() {
        let (name, problem) = (&named.name, RuleProblem::NoValue);
        return Ok(Verdict::new(3, &format!("{name}: {}: {problem}", rule.target)));
    }
    let text = format!("{}: {} | {}", named.name, texts.join(", "), data.join(" "));
    let code = match worst {
        Status::Ok if !known => 3,
        Status::Ok => 0,
        Status::Warning => 1,
        Status::Critical => 2,
    };
    Ok(Verdict::new(code, &text))
}

fn check_value(config: &Config, asked: &NagiosCheck, now: i64) -> Result<Verdict, CheckError> {
    let target: Target = asked.what.parse().map_err(|source| CheckError::Unknown {
        what: asked.what.clone(),
        known: config.alerts.rules.iter().map(|rule| &*rule.name).collect::<Vec<_>>().join(", "),
        source,
    })?;
    TargetPattern::One(target.clone()).check(kinds(), &described_kinds())?;
    let aggregate = if asked.over.is_zero() { Aggregate::Last } else { Aggregate::Average };
    let window = Window { target: &target, aggregate, over: asked.over };
    let (scale, unit) = scale(target.group.kind(), &target.metric);
    let value = measure(&Archives::Folder(config.data.clone()), &window, now)? / scale;
    let says = says(&target, aggregate, asked.over, value, now);
    let beyond = |range: Option<NagiosRange>| range.is_some_and(|range| range.alerts(value));
    let code = if value.is_nan() {
        3
    } else if beyond(asked.critical) {
        2
    } else {
        u8::from(beyond(asked.warning))
    };
    let data =
        performance_data(&asked.what, value, nagios_unit(unit), asked.warning, asked.critical);
    let ranges = [("warning", asked.warning), ("critical", asked.critical)];
    let ranges = ranges.into_iter().filter_map(|(name, range)| Some(format!("{name} {}", range?)));
    let ranges = ranges.collect::<Vec<_>>().join(", ");
    let ranges = if ranges.is_empty() { ranges } else { format!(" ({ranges})") };
    Ok(Verdict::new(code, &format!("{} {says}{ranges} | {data}", asked.what)))
}

/// What a rule without thresholds says about a value.
fn says(target: &Target, aggregate: Aggregate, over: Duration, value: f64, now: i64) -> String {
    let target = TargetPattern::One(target.clone());
    let rule = Rule {
        target: target.clone(),
        aggregate,
        over,
        direction: Direction::Above,
        warning: None,
        critical: None,
        hold: Duration::ZERO,
        hold_clear: Duration::ZERO,
        no_data: NoData::Keep,
        conditions: Vec::new(),
    };
    let rule = NamedRule { name: String::new(), rule };
    let finding = Finding { rule: &rule, target: &target, status: Status::Ok, since: 0, value };
    finding.predicate(now, &TimeZone::system())
}

/// The units known to plugins; others are omitted.
fn nagios_unit(unit: &str) -> &str {
    match unit {
        "%" | "s" => unit,
        "bytes" => "B",
        _ => "",
    }
}

/// The values of a pattern, by the existing files.
fn stored_targets(config: &Config, pattern: &TargetPattern) -> Result<Vec<Target>, CheckError> {
    match pattern {
        TargetPattern::One(target) => Ok(vec![target.clone()]),
        TargetPattern::Each { kind, metric } => {
            let groups = stored(&config.data, kind)?.into_iter().map(|(group, _)| group);
            Ok(groups.map(|group| Target { group, metric: metric.clone() }).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

    use super::*;

    fn config(folder: &std::path::Path, file: &str, metric: &str, value: f64) -> Config {
        let schema = Schema::builder(Step::from_seconds(1).unwrap())
            .gauge(metric, Heartbeat::from_seconds(5))
            .average(0.5, 1, 100)
            .build()
            .unwrap();
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut rrd = Rrd::create(path, &schema, Timestamp::from_seconds(1000)).unwrap();
        rrd.update(&Sample::new(Timestamp::from_seconds(1001), [value])).unwrap();
        Config::new(folder.to_owned())
    }

    fn asked(what: &str, warning: Option<&str>, critical: Option<&str>) -> NagiosCheck {
        let range = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        NagiosCheck {
            what: what.to_owned(),
            warning: range(warning),
            critical: range(critical),
            over: Duration::ZERO,
        }
    }

    #[test]
    fn a_share_is_shown_in_percent_with_performance_data() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), "cpu.rrd", "steal", 0.125);
        let verdict = |warning, critical| {
            check(&config, &asked("cpu.steal", Some(warning), Some(critical)), 1001)
        };
        assert_eq!(
            verdict("20", "50"),
            Verdict {
                code: 0,
                line:
                    "OK - cpu.steal is 12.5 % (warning 20, critical 50) | 'cpu.steal'=12.5%;20;50;;"
                        .to_owned()
            }
        );
        assert_eq!(verdict("10", "50").code, 1);
        assert_eq!(verdict("5", "10").code, 2);
    }

    #[test]
    fn a_rule_answers_for_every_instance_that_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), "filesystem/%2Fhome.rrd", "used_share", 0.95);
        let verdict = check(&config, &asked("filesystem", None, None), 1001);
        assert_eq!(verdict.code, 1);
        assert_eq!(
            verdict.line,
            "WARNING - filesystem: filesystem:/home.used_share is 95 % (warning above 90 %) | \
             'filesystem:/home.used_share'=95%;90;98;;"
        );
    }

    #[test]
    fn what_cannot_be_answered_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), "cpu.rrd", "steal", 0.1);
        let line = |what| check(&config, &asked(what, None, None), 1001).line;
        assert_eq!(line("disk-queue"), "UNKNOWN - disk-queue: disk:*.queue: no such value yet");
        let nonsense = line("nonsense");
        assert!(nonsense.starts_with("UNKNOWN - no rule \"nonsense\", there are steal, cpu, "));
        assert!(nonsense.contains(": invalid value \"nonsense\": expected GROUP.METRIC or "));
        assert_eq!(line("cpu.stael"), "UNKNOWN - cpu has no metric \"stael\": did you mean steal?");
        assert_eq!(check(&config, &asked("nonsense", None, None), 1001).code, 3);
        let stale = check(&config, &asked("cpu.steal", None, None), 2000);
        assert_eq!(
            (stale.code, &*stale.line),
            (3, "UNKNOWN - cpu.steal has no data | 'cpu.steal'=U;;;;")
        );
    }
}

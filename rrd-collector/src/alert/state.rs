//! The state of one rule: what a new value changes, and when a change takes effect. Pure; actions
//! are elsewhere.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::rule::{Direction, Level, NoData, Rule};

/// The severity of a state.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All is well.
    #[default]
    Ok,
    /// Needs attention.
    Warning,
    /// Needs action.
    Critical,
}

impl Status {
    /// The name in logs, scripts and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl NoData {
    /// The state of a rule without data; `None` if it stays as it is.
    pub(super) const fn status(self) -> Option<Status> {
        match self {
            Self::Keep => None,
            Self::Ok => Some(Status::Ok),
            Self::Warning => Some(Status::Warning),
            Self::Critical => Some(Status::Critical),
        }
    }
}

/// The state of a rule from one evaluation to the next, including restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleState {
    /// The effective status.
    pub status: Status,
    /// Since when, seconds since 1970; 0 before the first evaluation.
    pub since: i64,
    /// A status that has not lasted long enough yet, and since when.
    pub pending: Option<(Status, i64)>,
}

/// A change that takes effect and triggers actions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition {
    /// The previous status.
    pub from: Status,
    /// Since when it lasted, seconds since 1970.
    pub from_since: i64,
    /// The new status.
    pub to: Status,
    /// The time of the change, seconds since 1970.
    pub at: i64,
    /// The aggregated value that caused it; NaN for no data.
    pub value: f64,
}

impl RuleState {
    /// Processes an aggregated value. `scale` is one of the rule's unit in stored units: 0.01 for
    /// shares, whose thresholds are percentages, else 1.
    ///
    /// Returns the change of state, if any. A change takes effect after it has lasted for the
    /// rule's `hold` (worse) or `hold_clear` (better). Every evaluation with another result
    /// restarts the waiting.
    pub fn advance(&mut self, rule: &Rule, scale: f64, value: f64, now: i64) -> Option<Transition> {
        let wanted = self.wanted(rule, scale, value);
        self.turn(rule, wanted, value, now)
    }

    /// Whether the rule is reached by an aggregated value, apart from its conditions.
    pub fn is_reached(&self, rule: &Rule, scale: f64, value: f64) -> bool {
        self.wanted(rule, scale, value) > Status::Ok
    }

    /// Processes an aggregated value of a rule whose conditions are not met: all is well.
    pub fn clear(&mut self, rule: &Rule, value: f64, now: i64) -> Option<Transition> {
        self.turn(rule, Status::Ok, value, now)
    }

    /// The clock was set by these seconds: what has lasted so far has still lasted as long.
    pub fn shift(&mut self, seconds: i64) {
        let pending = self.pending.as_mut().map(|(_, since)| since);
        for since in pending.into_iter().chain(Some(&mut self.since).filter(|since| **since != 0)) {
            *since = since.saturating_add(seconds);
        }
    }

    fn turn(&mut self, rule: &Rule, wanted: Status, value: f64, now: i64) -> Option<Transition> {
        // A time of the future is from before the clock was set back.
        if self.since == 0 || self.since > now {
            self.since = now;
        }
        if wanted == self.status {
            self.pending = None;
            return None;
        }
        let begun = match self.pending {
            Some((status, since)) if status == wanted && since <= now => since,
            _ => now,
        };
        let hold = if wanted > self.status { rule.hold } else { rule.hold_clear };
        let hold = i64::try_from(hold.as_secs()).unwrap_or(i64::MAX);
        if now.saturating_sub(begun) < hold {
            self.pending = Some((wanted, begun));
            return None;
        }
        let (from, from_since) = (self.status, self.since);
        let transition = Transition { from, from_since, to: wanted, at: now, value };
        *self = Self { status: wanted, since: now, pending: None };
        Some(transition)
    }

    fn wanted(&self, rule: &Rule, scale: f64, value: f64) -> Status {
        if value.is_nan() {
            return rule.no_data.status().unwrap_or(self.status);
        }
        let reached = |level: Option<Level>, held: bool| {
            let Some(level) = level else { return false };
            let threshold = if held { level.clear } else { level.raise } * scale;
            match (rule.direction, held) {
                (Direction::Above, false) => value > threshold,
                // Held until the value is below (above) the clearing threshold.
                (Direction::Above, true) => value >= threshold,
                (Direction::Below, false) => value < threshold,
                (Direction::Below, true) => value <= threshold,
            }
        };
        // A level whose clearing threshold equals its raising threshold ends where it began.
        let holds = |level: Option<Level>, status: Status| {
            self.status >= status && level.is_some_and(|level| level.clear != level.raise)
        };
        if reached(rule.critical, holds(rule.critical, Status::Critical)) {
            Status::Critical
        } else if reached(rule.warning, holds(rule.warning, Status::Warning)) {
            Status::Warning
        } else {
            Status::Ok
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rule: &str, scale: f64, values: &[f64]) -> Vec<Status> {
        let rule = Rule::parse(rule).unwrap();
        let mut state = RuleState::default();
        (1000..)
            .step_by(60)
            .zip(values)
            .map(|(now, value)| {
                state.advance(&rule, scale, *value, now);
                state.status
            })
            .collect()
    }

    #[test]
    fn a_warning_stays_until_the_clearing_threshold_is_passed() {
        use Status::{Ok, Warning};
        let states =
            run("last of cpu.steal > 10, clear below 5", 0.01, &[0.1, 0.11, 0.07, 0.05, 0.04]);
        assert_eq!(states, [Ok, Warning, Warning, Warning, Ok]);
    }

    #[test]
    fn each_level_clears_by_itself() {
        use Status::{Critical, Ok, Warning};
        let states = run(
            "last of load.short > 4, critical > 8, clear below 2, critical clear below 6",
            1.0,
            &[5.0, 9.0, 7.0, 5.0, 3.0, 1.0],
        );
        assert_eq!(states, [Warning, Critical, Critical, Warning, Warning, Ok]);
    }

    #[test]
    fn a_change_counts_only_after_it_has_lasted() {
        use Status::{Ok, Warning};
        let states =
            run("last of load.short > 4, for 2m", 1.0, &[5.0, 5.0, 1.0, 5.0, 5.0, 5.0, 1.0]);
        assert_eq!(states, [Ok, Ok, Ok, Ok, Ok, Warning, Ok]);
    }

    #[test]
    fn no_data_keeps_the_state_unless_the_rule_says_otherwise() {
        use Status::{Critical, Ok, Warning};
        let nan = f64::NAN;
        assert_eq!(
            run("last of load.short > 4", 1.0, &[5.0, nan, 1.0, nan]),
            [Warning, Warning, Ok, Ok]
        );
        assert_eq!(
            run("last of load.short > 4, no data critical", 1.0, &[nan, 5.0]),
            [Critical, Warning]
        );
    }

    #[test]
    fn a_change_is_reported_once_with_its_value() {
        let rule = Rule::parse("last of load.short > 4").unwrap();
        let mut state = RuleState::default();
        assert_eq!(state.advance(&rule, 1.0, 1.0, 60), None);
        let (from, to) = (Status::Ok, Status::Warning);
        let transition = Transition { from, from_since: 60, to, at: 70, value: 5.0 };
        assert_eq!(state.advance(&rule, 1.0, 5.0, 70), Some(transition));
        assert_eq!(state.advance(&rule, 1.0, 6.0, 80), None);
        assert_eq!(state.since, 70);
    }

    #[test]
    fn a_change_is_waited_for_as_long_when_the_clock_is_set() {
        let rule = Rule::parse("last of load.short > 4, for 1m").unwrap();
        let mut state = RuleState::default();
        assert_eq!(state.advance(&rule, 1.0, 5.0, 1000), None);
        state.shift(260_000);
        assert_eq!(state.advance(&rule, 1.0, 5.0, 261_010), None);
        state.shift(-260_000);
        assert_eq!(state.advance(&rule, 1.0, 5.0, 1059), None);
        assert_eq!(state.advance(&rule, 1.0, 5.0, 1060).unwrap().from_since, 1000);
    }

    #[test]
    fn a_change_is_waited_for_again_after_the_clock_was_set_back() {
        let rule = Rule::parse("last of load.short > 4, for 1m").unwrap();
        let mut state = RuleState::default();
        for (now, status) in
            [(260_000, Status::Ok), (40, Status::Ok), (90, Status::Ok), (100, Status::Warning)]
        {
            state.advance(&rule, 1.0, 5.0, now);
            assert_eq!((state.status, state.since <= now), (status, true), "{now}");
        }
    }

    #[test]
    fn the_state_survives_a_restart_as_json() {
        let state =
            RuleState { status: Status::Warning, since: 5, pending: Some((Status::Critical, 9)) };
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(text, r#"{"status":"warning","since":5,"pending":["critical",9]}"#);
        assert_eq!(serde_json::from_str::<RuleState>(&text).unwrap(), state);
    }
}

//! Alerts: rules over consolidated data, their states, and the actions for changes.
//!
//! Pure except for `action`: the caller provides the aggregated value and the time.

pub mod action;
mod condition;
mod default_rules;
mod evaluator;
mod finding;
mod history;
mod kept;
pub mod mail;
mod measure;
mod nagios;
mod notice;
mod rule;
mod settings;
mod state;
mod trend;
pub mod trial;
mod unit;

pub use condition::conditions_are_met;
pub use default_rules::default_rule_texts;
pub use evaluator::Evaluator;
pub use finding::{Finding, moment};
pub use history::{Event, Happening, History, HistoryError, WarnedSpan};
pub use kept::KnownSince;
pub use measure::{MeasureError, Window, measure};
pub use nagios::{NagiosRange, NagiosRangeError, performance_data};
pub use notice::{AlertStatus, Notice, RuleProblem};
pub use rule::{Aggregate, Condition, Direction, Level, NamedRule, NoData, Rule, RuleError};
pub use settings::AlertSettings;
pub use state::{RuleState, Status, Transition};
pub use unit::{rule_quantity, rule_scale, scale, window};

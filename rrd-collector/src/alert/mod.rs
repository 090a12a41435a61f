//! Warnings: rules over consolidated data, what state each is in, and what is done when that changes.
//!
//! Pure but for `action`: who evaluates hands in the aggregated value and the time.

pub mod action;
mod default_rules;
pub mod evaluator;
mod kept;
mod measure;
mod nagios;
mod rule;
mod settings;
mod state;
mod trend;

pub use default_rules::DEFAULT_RULES;
pub use measure::{MeasureError, Window, measure};
pub use nagios::{NagiosRange, NagiosRangeError, performance_data};
pub use rule::{Aggregate, Direction, Level, NoData, Rule, RuleError};
pub use settings::{AlertSettings, NamedRule};
pub use state::{RuleState, Status, Transition};

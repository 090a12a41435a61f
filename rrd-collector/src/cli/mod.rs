//! The command line: arguments, and what each command prints.

mod alert_test;
mod arguments;
mod charts;
mod check;
mod command;
mod connect;
mod doctor;
mod export;
mod file_plan;
mod generate;
mod help;
mod munin;
mod once;
mod options;
mod plan;
mod probes;
mod table;
mod unmatched;
mod usage;

pub use alert_test::{AlertTestError, alert_test, alert_test_here};
pub use arguments::Invocation;
pub use charts::{NoChart, charts, description};
pub use check::{CheckError, NagiosCheck, Verdict, check};
pub use command::Command;
pub use connect::connect;
pub use doctor::{Complaint, Left, Machine, Space, doctor};
pub use export::{ExportError, Streams, export};
pub use generate::generate;
pub use help::help;
pub use munin::{CallError, call_plugin};
pub use once::once;
pub use plan::plan;
pub use probes::probes;
pub use unmatched::unmatched;
pub use usage::UsageError;

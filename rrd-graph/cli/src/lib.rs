//! The command-line tool `rrd` as a library: arguments and streams in, an exit status out.
//!
//! It accepts the command lines of `rrdtool`, prints the same answers and returns the same
//! statuses, so that scripts written for `rrdtool` work with `rrd`. The binary of this package is
//! [`run`] with the streams of the process; other front ends pass their own.
//!
//! ```
//! use std::ffi::OsString;
//! use rrd_cli::{Environment, Settings};
//! use rrd_core::{Clock, Timestamp};
//!
//! let folder = tempfile::tempdir().unwrap();
//! let file = folder.path().join("load.rrd").display().to_string();
//! let clock = Clock::new(|| Timestamp::from_seconds(1_600_000_000));
//! let environment = Environment::new(clock, Settings::default());
//! let mut output = Vec::new();
//! let mut rrd = |line: &str| {
//!     let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
//!     rrd_cli::run(&arguments, &environment, &mut &b""[..], &mut output, &mut std::io::sink())
//! };
//! let shape = "--step 60 DS:load:GAUGE:120:0:U RRA:LAST:0.5:1:60";
//! assert_eq!(rrd(&format!("rrd create {file} {shape}")), 0);
//! assert_eq!(rrd(&format!("rrd update {file} yesterday:0.25")), 1);
//! assert_eq!(rrd(&format!("rrd update {file} 1600000060:0.25")), 0);
//! assert_eq!(rrd(&format!("rrd last {file}")), 0);
//! assert_eq!(String::from_utf8(output).unwrap(), "1600000060\n");
//! ```

mod answered;
mod cached_databases;
mod calls;
mod commands;
mod context;
mod described;
mod dispatch;
mod drawing;
mod environment;
mod failure;
mod hint;
mod leading_number;
mod locking;
mod moment;
mod new_file;
mod open_files;
#[doc(hidden)]
pub mod option_words;
mod options;
mod pipe_mode;
mod program_names;
mod readings;
#[doc(hidden)]
pub mod reference;
mod release;
mod rows_of_program;
mod rrdcached;
mod rrdtool_words;
mod scratch;
mod still_locked;
mod system;
mod terminal;
mod tool;
mod up_to_mark;
mod usage;
mod written_value;

pub use answered::{Answered, CallError};
pub use calls::{Calls, VerboseUpdate};
pub use commands::{GraphAnswer, GraphFact, InfoAnswer, XportAnswer};
#[doc(hidden)]
pub use commands::{UnknownFunction, consolidation_function, page_pieces, tuning_of};
pub use drawing::Drawing;
pub use environment::{Environment, Settings};
pub use locking::locking_mode;
pub use new_file::NewFile;
pub use readings::{ReadingError, Readings};
pub use release::commit_note;
pub use rows_of_program::{RowsOfProgram, asks_program};
#[doc(hidden)]
pub use rrdcached::{
    AddressError, Daemon, DaemonError, Depth, InfoKind, InfoLine, Link, Linked, Statistic,
    StatisticValue, ask_over, at_present,
};
#[doc(hidden)]
pub use rrdtool_words::reason as rrdtool_words;
pub use terminal::Terminal;
pub use tool::run;
pub use written_value::WrittenValue;

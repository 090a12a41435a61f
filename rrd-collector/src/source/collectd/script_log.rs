//! What programs and scripts cause to be logged.

use std::cell::RefCell;

use log::Level;

use crate::fault::LineBudget;
use crate::schedule::clock;

/// The log of a program, or of all scripts of a socket: limited, whatever they print.
#[derive(Debug, Default)]
pub(super) struct ScriptLog(RefCell<LineBudget>);

impl ScriptLog {
    /// Logs a line.
    pub(super) fn log(&self, level: Level, concern: &str, message: &str) {
        let line = format!("{concern}: {message}");
        if let Some(line) = self.0.borrow_mut().line(line, clock::now().clock) {
            log::log!(level, "{line}");
        }
    }
}

/// The level of a notification with this severity.
pub(super) fn level(severity: &str) -> Level {
    match severity {
        "failure" => Level::Error,
        "warning" => Level::Warn,
        _ => Level::Info,
    }
}

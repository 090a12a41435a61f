//! Why a daemon does not start.

use thiserror::Error;

/// Why a daemon does not start: what standard error shows, and the status of the process.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text}")]
pub(super) struct StartError {
    /// One line or more.
    pub(super) text: String,
    pub(super) status: u8,
}

impl StartError {
    /// An error of an option, with the status that it has in rrdcached.
    pub(super) fn option(status: u8, text: impl Into<String>) -> Self {
        Self { text: text.into(), status }
    }

    /// An error after the options were read.
    pub(super) fn start(text: impl Into<String>) -> Self {
        let text = format!("{}\nrrdcached: daemonize failed, exiting.", text.into());
        Self { text, status: 1 }
    }
}

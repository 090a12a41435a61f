//! The login to a server, and why there is no answer.

use std::io;
use std::time::Duration;

use thiserror::Error;

use super::denied::Denied;
use crate::net::endpoint::Endpoint;

/// The address of a server and the login.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Where.
    pub address: Endpoint,
    /// The user.
    pub user: String,
    /// The password; empty for none.
    pub password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("address", &self.address)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MysqlError {
    /// Nobody answers at the address, or the connection broke.
    #[error("cannot talk to {address}")]
    Io {
        /// Where.
        address: Endpoint,
        /// The system's error.
        source: io::Error,
    },
    /// The answer took too long.
    #[error("no answer from {address} within {} s", limit.as_secs_f64())]
    Timeout {
        /// Where.
        address: Endpoint,
        /// The time limit.
        limit: Duration,
    },
    /// The server refuses.
    #[error("{address} refuses: {message} (error {code})")]
    Refused {
        /// Where.
        address: Endpoint,
        /// The error number.
        code: u16,
        /// The server's message.
        message: String,
    },
    /// The user must authenticate by a method that is not supported.
    #[error("{address} lets the user in by {method} only; {help}")]
    Method {
        /// Where.
        address: Endpoint,
        /// The authentication plugin.
        method: String,
        /// What to do.
        help: &'static str,
    },
    /// The user may not see everything.
    #[error("{address}: {denied}")]
    Denied {
        /// Where.
        address: Endpoint,
        /// What is hidden, and what to do.
        denied: Denied,
    },
    /// The data received do not follow the protocol.
    #[error("{address} does not speak MySQL's protocol: {problem}")]
    Protocol {
        /// Where.
        address: Endpoint,
        /// The error.
        problem: &'static str,
    },
}

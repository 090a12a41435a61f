//! The address of a server and the login, and why there is no answer.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::net::endpoint::Endpoint;
use crate::net::tls::Trust;

/// The address of a server and the login.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Where.
    pub address: Endpoint,
    /// The user.
    pub user: String,
    /// The password; empty for none.
    pub password: String,
    /// The database to connect to.
    pub database: String,
    /// Whom to trust, if TLS is asked for.
    pub trust: Option<Trust>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("address", &self.address)
            .field("user", &self.user)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// Nobody answers at the address, or the connection broke.
    #[error("cannot talk to {address}")]
    Io {
        /// Where.
        address: Endpoint,
        /// The system's error.
        source: io::Error,
    },
    /// The server's certificate is not trusted.
    #[error(
        "no TLS with {address} (`ca` names a file of certificates to accept, `verify = false` accepts any)"
    )]
    Tls {
        /// Where.
        address: Endpoint,
        /// The error.
        source: io::Error,
    },
    /// The server does not use TLS.
    #[error(
        "{address} does not use TLS: set `ssl = on` there, or leave out `tls`, `ca` and `verify`"
    )]
    NoTls {
        /// Where.
        address: Endpoint,
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
    #[error("{address} refuses: {message} (SQLSTATE {code})")]
    Refused {
        /// Where.
        address: Endpoint,
        /// The SQLSTATE.
        code: String,
        /// The server's message.
        message: String,
    },
    /// The server lets users in by the name of their system user.
    #[error(
        "{address} refuses: {message}; the user must have the name of the system user, rrd-collector for the service"
    )]
    Peer {
        /// Where.
        address: Endpoint,
        /// The server's message.
        message: String,
    },
    /// The user must authenticate by a method that is not supported.
    #[error("{address} lets the user in by {method} only: {help}")]
    Method {
        /// Where.
        address: Endpoint,
        /// The method.
        method: String,
        /// What to do.
        help: &'static str,
    },
    /// The server could not prove that it knows the password.
    #[error("{address} does not know the password either: it is another server")]
    Stranger {
        /// Where.
        address: Endpoint,
    },
    /// The user may not see everything.
    #[error(
        "{address}: sessions and replicas of other users are hidden: run GRANT pg_monitor TO {user}"
    )]
    Denied {
        /// Where.
        address: Endpoint,
        /// The user, as a statement names it.
        user: String,
    },
    /// The data received do not follow the protocol.
    #[error("{address} does not speak PostgreSQL's protocol: {problem}")]
    Protocol {
        /// Where.
        address: Endpoint,
        /// The error.
        problem: &'static str,
    },
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

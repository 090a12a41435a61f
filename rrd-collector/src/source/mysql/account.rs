//! The address of a server, the login, and why there is no answer.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::denied::Denied;

/// The address of a server and the login.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Where.
    pub address: ServerAddress,
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

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerAddress {
    /// `host:port`.
    Network(String),
    /// A Unix socket.
    Socket(PathBuf),
}

impl ServerAddress {
    /// Parses a path, with or without `unix:`, or `host:port`.
    pub fn parse(text: &str) -> Self {
        let path = text.strip_prefix("unix:").unwrap_or(text);
        if path.starts_with('/') {
            Self::Socket(path.into())
        } else {
            Self::Network(text.to_owned())
        }
    }
}

impl std::fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Network(address) => f.write_str(address),
            Self::Socket(path) => write!(f, "unix:{}", path.display()),
        }
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
        address: ServerAddress,
        /// The system's error.
        source: io::Error,
    },
    /// The answer took too long.
    #[error("no answer from {address} within {} s", limit.as_secs_f64())]
    Timeout {
        /// Where.
        address: ServerAddress,
        /// The time limit.
        limit: Duration,
    },
    /// The server refuses.
    #[error("{address} refuses: {message} (error {code})")]
    Refused {
        /// Where.
        address: ServerAddress,
        /// The error number.
        code: u16,
        /// The server's message.
        message: String,
    },
    /// The user must authenticate by a method that is not supported.
    #[error("{address} lets the user in by {method} only; {help}")]
    Method {
        /// Where.
        address: ServerAddress,
        /// The authentication plugin.
        method: String,
        /// What to do.
        help: &'static str,
    },
    /// The user may not see everything.
    #[error("{address}: {denied}")]
    Denied {
        /// Where.
        address: ServerAddress,
        /// What is hidden, and what to do.
        denied: Denied,
    },
    /// The data received do not follow the protocol.
    #[error("{address} does not speak MySQL's protocol: {problem}")]
    Protocol {
        /// Where.
        address: ServerAddress,
        /// The error.
        problem: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path_or_an_address() {
        assert_eq!(
            ServerAddress::parse("unix:/run/m.sock"),
            ServerAddress::Socket("/run/m.sock".into())
        );
        assert_eq!(ServerAddress::parse("/run/m.sock").to_string(), "unix:/run/m.sock");
        assert_eq!(ServerAddress::parse("db:3306"), ServerAddress::Network("db:3306".to_owned()));
    }
}

//! Why a configuration is not valid: the file, the key, and the error in its value.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::net::listen::ListenAddress;

/// Why a configuration is not valid.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not TOML, or has an unknown key. The source contains line and column.
    #[error("{}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// The error and its position.
        source: Box<toml::de::Error>,
    },
    /// A section or a key outside all sections that nothing reads.
    #[error("{}:{line}: unknown key or section {name:?}: expected one of {known}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key.
        name: String,
        /// The known keys.
        known: String,
    },
    /// A value is not valid.
    #[error("{}: {key}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A value is not valid, and the file has several of the same key.
    #[error("{}:{line}: {key}", path.display())]
    ValueAt {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// The error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// TLS is asked for at an address, but the page has no certificate.
    #[error("tls at {listen}: there is no certificate; give tls.certificate and tls.key")]
    NoCertificate {
        /// Where.
        listen: ListenAddress,
    },
    /// A password would be sent over the network unencrypted.
    #[error(
        "auth without tls at {listen}: the password would be sent in the clear; give tls.certificate and tls.key, \
         or listen at 127.0.0.1 or unix:/path"
    )]
    ClearPassword {
        /// Where.
        listen: ListenAddress,
    },
}

/// Errors of values that have no error type of their own.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueError {
    /// Not the address of a socket.
    #[error("invalid address {text:?}: expected an address and a port, e.g. 127.0.0.1:7300")]
    Socket {
        /// The text.
        text: String,
    },
    /// A variable or a credential that does not exist.
    #[error("${{{name}}} is not set")]
    Unset {
        /// The name.
        name: String,
    },
    /// A password that everybody who can read the file would know.
    #[error(
        "a password is not written here; write ${{credential:NAME}}, ${{file:/PATH}} or ${{VARIABLE}}"
    )]
    PlainPassword,
    /// A user without a password, or a password without a user.
    #[error("user and password are given together or not at all")]
    UserWithoutPassword,
    /// A command without a program.
    #[error("the name of a program is missing")]
    NoProgram,
}

//! Why a configuration is not valid: the file, the key, and the error in its value.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::net::listen::ListenAddress;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The byte at which the key or its value is, or the section if that does not have the key.
    pub(super) byte: usize,
    /// Whether it is a key or its value.
    pub(super) is_key: bool,
}

/// What the parser says of a place, without the place.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ParserMessage(pub(super) String);

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
    /// A file is not TOML, or a section has an unknown key or lacks one.
    #[error("{}:{}", path.display(), place.line)]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// What the parser says.
        source: ParserMessage,
    },
    /// A section or a key outside all sections that nothing reads.
    #[error(
        "{}:{}: unknown key or section {name:?}: expected one of {known}",
        path.display(),
        place.line
    )]
    Unknown {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// The key.
        name: String,
        /// The known keys.
        known: String,
    },
    /// A section that may be repeated is written as one that may not, or the other way round.
    #[error("{}:{}: expected {expected} instead of {written}", path.display(), place.line)]
    Brackets {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// How it is written.
        written: String,
        /// How it is to be written.
        expected: String,
    },
    /// A value is not valid.
    #[error("{}:{}: {key}", path.display(), place.line)]
    Value {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
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

impl ConfigError {
    /// The byte of the file at which something is wrong.
    pub(crate) fn byte(&self) -> usize {
        match self {
            Self::Toml { place, .. }
            | Self::Unknown { place, .. }
            | Self::Brackets { place, .. }
            | Self::Value { place, .. } => place.byte,
            _ => 0,
        }
    }

    /// Whether that is a key or its value.
    pub(super) fn is_of_key(&self) -> bool {
        match self {
            Self::Unknown { place, .. } | Self::Value { place, .. } => place.is_key,
            _ => matches!(self, Self::Toml { .. }),
        }
    }
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
    /// A file or a credential that cannot be read.
    #[error("${{{name}}} cannot be read: {why}")]
    Unreadable {
        /// The name.
        name: String,
        /// What the system said.
        why: String,
    },
    /// A password that everybody who can read the file would know.
    #[error(
        "a password is not written here; write ${{credential:NAME}}, ${{file:/PATH}} or ${{VARIABLE}}"
    )]
    PlainPassword,
    /// A user without a password, or a password without a user.
    #[error("user and password are given together or not at all")]
    UserWithoutPassword,
    /// A certificate without its key, or a key without its certificate.
    #[error("certificate and key are given together or not at all")]
    CertificateWithoutKey,
    /// Both a token and a user are given, and only one can be sent.
    #[error("give either bearer, or user and password")]
    TwoAuthorizations,
    /// A command without a program.
    #[error("the name of a program is missing")]
    NoProgram,
}

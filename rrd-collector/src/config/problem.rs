//! Why files are no configuration: the file, the key and what is wrong with its value.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::{ExposureError, ListenError};
use crate::alert::RuleError;
use crate::duration::InvalidDuration;
use crate::group::UnknownTarget;
use crate::group::retention::RetentionError;
use crate::net::http::AddressError;
use crate::net::tls::TlsError;
use crate::process::child::RunAsError;

/// Why files are no configuration.
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
    /// A file is no TOML, or has a key that means nothing. The message has line and column.
    #[error("{}: {source}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        source: Box<toml::de::Error>,
    },
    /// A value cannot be what it should.
    #[error("{}: {key}: {problem}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is wrong.
        #[source]
        problem: Box<ValueProblem>,
    },
    /// A rule is not one, or looks at something that no group has.
    #[error("{}:{line}: rule {rule:?}", path.display())]
    Rule {
        /// The file.
        path: PathBuf,
        /// The line of its words, from 1.
        line: usize,
        /// The name of the rule.
        rule: String,
        /// What is wrong.
        #[source]
        problem: Box<ValueProblem>,
    },
    /// Files and options together would serve the page in a way that is not safe.
    #[error(transparent)]
    Exposure(#[from] ExposureError),
}

/// What is wrong with a value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ValueProblem {
    /// No duration.
    #[error(transparent)]
    Duration(#[from] InvalidDuration),
    /// No address of a socket.
    #[error("{text:?} is no address and port, such as \"127.0.0.1:7300\"")]
    Socket {
        /// The text.
        text: String,
    },
    /// A variable or a credential that is not there.
    #[error("${{{name}}} is not set")]
    Unset {
        /// The name.
        name: String,
    },
    /// A password that everybody who reads the file would know.
    #[error(
        "a password is not written here; write ${{credential:NAME}}, ${{file:/PATH}} or ${{VARIABLE}}"
    )]
    Bare,
    /// No place to listen at.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// No certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Of a user and a password there is only one.
    #[error("a user has a password, and a password a user")]
    Half,
    /// No retention.
    #[error(transparent)]
    Retention(#[from] RetentionError),
    /// No address of a page.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No rule.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Nothing that a rule could look at.
    #[error(transparent)]
    Target(#[from] UnknownTarget),
    /// No program.
    #[error("the name of a program is missing")]
    NoProgram,
    /// Nobody.
    #[error(transparent)]
    RunAs(#[from] RunAsError),
}

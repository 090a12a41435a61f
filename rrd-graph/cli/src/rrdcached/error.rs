//! Errors between us and a daemon.

use std::io;

use super::address::AddressError;

/// The daemon truncates or refuses longer lines.
pub(super) const MAX_REQUEST_LENGTH: usize = 4000;

/// What can go wrong between us and a daemon.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages tell what their fields are")]
pub enum DaemonError {
    /// The address is invalid.
    #[error("Unable to connect to rrdcached")]
    Address(#[from] AddressError),
    /// No answer at this address.
    #[error("Unable to connect to rrdcached")]
    Connect(#[source] io::Error),
    /// The daemon refuses.
    #[error("rrdcached@{address}: {text}")]
    Refused { address: String, text: String },
    /// The daemon is too old for the request.
    #[error(
        "rrdcached@{address}: {text}: the daemon is too old; update it, or run the command on the daemon's machine, on the file itself and without a daemon"
    )]
    UnknownCommand { address: String, text: String },
    /// The connection broke off.
    #[error("rrdcached@{address}: connection lost")]
    Lost { address: String, source: io::Error },
    /// The answer does not follow the protocol.
    #[error("rrdcached@{address}: answer not understood: '{line}'")]
    Puzzled { address: String, line: String },
    /// A request that the daemon would truncate.
    #[error(
        "a request of {bytes} bytes is longer than the {MAX_REQUEST_LENGTH} that rrdcached reads"
    )]
    TooLong { bytes: usize },
    /// A name that would break the lines of the protocol.
    #[error("'{0}' contains a line break, which the protocol of rrdcached does not allow")]
    LineBreak(String),
    /// The daemon's folders are not ours.
    #[error("absolute path names not allowed when talking to a remote daemon")]
    AbsolutePath,
    /// The folder that is left out of names is not part of this one.
    #[error(
        "'{file}' is not below RRDCACHED_STRIPPATH '{strip_path}', so the remote daemon has no name for it"
    )]
    OutsideStripPath { file: String, strip_path: String },
    /// The path of a file cannot be made absolute.
    #[error("finding the absolute path of '{file}'")]
    Path { file: String, source: io::Error },
}

impl DaemonError {
    /// The number of the system's error, if there is no daemon to connect to.
    pub fn errno(&self) -> Option<i32> {
        match self {
            Self::Connect(error) => error.raw_os_error(),
            _ => None,
        }
    }

    /// Whether the daemon is too old to know the command.
    pub(crate) fn is_unknown_command(&self) -> bool {
        matches!(self, Self::UnknownCommand { .. })
    }
}

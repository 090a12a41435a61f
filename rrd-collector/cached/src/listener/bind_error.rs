//! Why an address cannot be listened at.

use std::io;
use std::path::PathBuf;

use nix::errno::Errno;
use thiserror::Error;

/// Why an address cannot be listened at, in the words of rrdcached.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BindError {
    /// The name of the host is unknown.
    #[error("getaddrinfo({host}) failed: {reason}")]
    Host {
        /// The host as it was typed.
        host: String,
        /// The resolver's reason.
        reason: String,
    },
    /// The address is in use, not of this host, or not permitted.
    #[error("bind({place}) failed: {}.", reason(source))]
    Bind {
        /// The path of the socket, or the address.
        place: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The folder of the socket cannot be made.
    #[error("Failed to create socket directory '{}': {}", folder.display(), reason(source))]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// What was handed over as a socket cannot be used.
    #[error("socket {number} that was handed over cannot be used: {}", reason(source))]
    Inherited {
        /// Which one, from 0.
        number: usize,
        /// The system's reason.
        source: io::Error,
    },
}

/// The text of the C library, without the number that the standard library adds.
fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => Errno::from_raw(number).desc().to_owned(),
        None => error.to_string(),
    }
}

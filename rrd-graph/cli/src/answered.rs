//! What a call returns: an answer, perhaps not the daemon's, or an error in RRDtool's words.

use crate::failure::Failure;
use crate::rrdcached::DaemonError;
use crate::still_locked;

/// A call that failed, in RRDtool's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct CallError {
    reason: String,
    errno: Option<i32>,
}

impl CallError {
    /// A call that fails for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), errno: None }
    }

    /// The number of the system's error, if the daemon could not be connected to.
    pub fn errno(&self) -> Option<i32> {
        self.errno
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        let reason = still_locked::in_short(&failure);
        Self {
            reason: reason.map_or_else(|| failure.reason(), str::to_owned),
            errno: failure.error().downcast_ref().and_then(DaemonError::errno),
        }
    }
}

/// What was asked for, and why the daemon was not asked, if one was named: then the answer is that
/// of the file, which lacks what the daemon has not written yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// Why the daemon did not give it.
    pub unreachable: Option<CallError>,
}

impl<T> Answered<T> {
    pub(crate) fn new(value: T, unreachable: Option<DaemonError>) -> Self {
        Self { value, unreachable: unreachable.map(|error| Failure::from(error).into()) }
    }
}

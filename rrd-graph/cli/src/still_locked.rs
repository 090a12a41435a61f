//! The failure of a command that gave up waiting for a lock.

use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Failure;

/// How long a process waits for locks in all, unless it waits without limit: in remote mode a
/// program that keeps the locks of many files holds up the other commands once, not once a file.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Why a command gave up waiting. RRDtool's words are its beginning: scripts look for them.
#[derive(Debug, thiserror::Error)]
#[error(
    "could not lock RRD '{0}': another program holds its lock ({waited}); try again when that program is done, or look for it with `fuser '{0}'`",
    path.display()
)]
pub(crate) struct StillLocked {
    pub(crate) path: PathBuf,
    pub(crate) waited: Waited,
}

/// Whether it waited.
#[derive(Debug)]
pub(crate) enum Waited {
    /// The mode is `try`.
    Not,
    This(Duration),
    /// Earlier commands have waited for all of the time.
    Before,
}

impl std::fmt::Display for Waited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Not => write!(f, "not waited for, because the locking mode is 'try'"),
            Self::This(time) => write!(f, "waited for {:.1} s", time.as_secs_f64()),
            Self::Before => write!(
                f,
                "not waited for, because earlier commands have waited for {} s",
                LONGEST_WAIT.as_secs()
            ),
        }
    }
}

/// RRDtool's words for a lock that was waited for, which are the whole error for a program.
pub(crate) fn in_short(failure: &Failure) -> Option<&'static str> {
    failure.error().is::<StillLocked>().then_some("could not lock RRD")
}

//! How a file is locked, and what happens to an existing file.

use std::time::{Duration, Instant};

/// How a writer treats another writer of the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// Fails immediately if another writer holds the lock.
    Try,
    /// Waits up to this long.
    Wait(Duration),
    /// Waits up to this moment: one limit for several locks.
    Until(Instant),
    /// Waits without limit.
    Block,
    /// Takes no lock: the caller knows that there is no other writer.
    None,
}

impl Default for Locking {
    /// Waits up to ten seconds: longer than any update, short enough to notice a stuck program.
    fn default() -> Self {
        Self::Wait(Duration::from_secs(10))
    }
}

/// What happens to an existing file with the name of a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overwrite {
    /// It is replaced.
    Yes,
    /// It is kept, and nothing is created.
    #[default]
    No,
}

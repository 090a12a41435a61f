//! What fonts remember of texts and glyphs.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Limit on the number of remembered texts and glyphs; beyond it all are forgotten.
pub(super) const REMEMBERED: usize = 4096;

/// What a thread that panicked has left is as good as before: entries are inserted whole.
pub(super) fn locked<T>(memory: &Mutex<T>) -> MutexGuard<'_, T> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

//! An amount of memory that all connections share.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that are left of the amount.
#[derive(Debug)]
pub(crate) struct SharedMemory(AtomicUsize);

impl SharedMemory {
    /// A limit of this many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    /// Takes bytes from what is left; whether there were as many.
    pub(crate) fn borrow(&self, bytes: usize) -> bool {
        let rest = |left: usize| left.checked_sub(bytes);
        bytes == 0 || self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok()
    }

    /// Puts bytes back.
    pub(crate) fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

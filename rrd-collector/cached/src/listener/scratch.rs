//! Buffers of a thread, lent to the connection that is just being served: an idle one has none.

use std::sync::Mutex;

/// How much is read at once.
pub(super) const READ: usize = 32 << 10;

/// Answers are sent when they are this long, before the next line is looked at.
pub(super) const SEND: usize = 32 << 10;

/// Larger buffers are not kept.
const KEPT: usize = 256 << 10;

/// What was received and what is to be sent.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) input: Vec<u8>,
    pub(super) output: Vec<u8>,
}

/// The buffers of a thread.
#[derive(Debug, Default)]
pub(super) struct Lender(Mutex<Option<Scratch>>);

impl Lender {
    /// Lends empty buffers: those of the thread, or new ones while another connection waits with
    /// them.
    pub(super) fn lend(&self) -> Scratch {
        let mut scratch = self.lock().take().unwrap_or_default();
        scratch.input.reserve(READ);
        scratch
    }

    /// Takes buffers back.
    pub(super) fn take_back(&self, mut scratch: Scratch) {
        if scratch.input.capacity() <= KEPT && scratch.output.capacity() <= KEPT {
            scratch.input.clear();
            scratch.output.clear();
            *self.lock() = Some(scratch);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Scratch>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

//! When files are written, and what writing one comes to.

use std::sync::Arc;
use std::time::Duration;

use rrd_core::StoreError;

/// When files are written.
#[derive(Clone, Copy, Debug)]
pub struct WriteBackOptions {
    /// A file is written when its oldest unwritten value is this old (`-w`).
    pub delay: Duration,
    /// A random delay of less than this is added (`-z`).
    pub jitter: Duration,
    /// How often unused files are forgotten (`-f`).
    pub interval: Duration,
}

/// The result of FLUSH; clients that wait for the same file share an error.
pub(crate) type Flushed = Result<(), Arc<StoreError>>;

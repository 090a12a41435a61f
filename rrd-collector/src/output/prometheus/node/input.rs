//! What the collectors read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::group::catalog::Catalog;
use crate::process::HostName;
use crate::rootfs::{Host, ReadError};

/// The highest readings of a CPU: the kernel's may decrease, which Prometheus would take for a
/// restart.
pub(super) type CpuSeconds = [f64; 10];

/// The source of the collectors' data.
pub(super) struct Source<'a> {
    /// The name of this host.
    pub(super) name: &'a HostName,
    pub(super) host: &'a Host,
    pub(super) catalog: &'a Catalog,
    /// The folder of text files.
    pub(super) text_files: Option<&'a Path>,
    /// The readings up to the previous scrape.
    pub(super) cpus: &'a Mutex<BTreeMap<usize, CpuSeconds>>,
}

impl Source<'_> {
    /// The text of a file below `/proc`.
    pub(super) fn proc(&self, name: &str) -> Result<String, ReadError> {
        self.host.proc(name).read().map(str::to_owned)
    }

    /// The number in a file below `/sys` or `/proc/sys`.
    pub(super) fn number(&self, name: &str) -> Result<Option<f64>, ReadError> {
        Ok(self.proc(name)?.trim().parse().ok())
    }

    pub(super) fn cpus(&self) -> MutexGuard<'_, BTreeMap<usize, CpuSeconds>> {
        self.cpus.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

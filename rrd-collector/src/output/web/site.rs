//! What the page is made from, and who may see it.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::access::Access;
use super::overview::Overview;
use super::refusals::Refusals;
use crate::output::live::Shared;
use crate::output::prometheus::node::Node;
use crate::rootfs::Host;
use crate::store::archives::Archives;

/// What the page is made from.
pub struct Site {
    /// The name of the host.
    pub host: String,
    /// The databases.
    pub archives: Archives,
    /// Where the kernel's files are.
    pub files: Host,
    /// The kernel's counters under other names.
    pub node: Node,
    /// What the sampler shows.
    pub shared: Arc<Shared>,
    /// Who is let in, and how; may change at any moment.
    pub access: RwLock<Access>,
    /// Who was refused recently.
    pub refusals: Mutex<Refusals>,
}

impl Site {
    /// Applies another configuration from the next connection on.
    pub fn replace_access(&self, access: Access) {
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = access;
    }

    /// The protocol of its addresses.
    pub fn scheme(&self) -> &'static str {
        if self.access().identity().is_some() { "https" } else { "http" }
    }

    pub(super) fn access(&self) -> Access {
        self.access.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is known at this moment.
    pub(super) fn overview<T>(&self, now: i64, look: impl FnOnce(&Overview<'_>) -> T) -> T {
        let (alerts, faults) = (self.shared.alerts().clone(), self.shared.faults().clone());
        let catalog = self.shared.catalog();
        look(&Overview { catalog: &catalog, alerts: &alerts, faults: &faults, now })
    }
}

//! The data of the page, and its access rules.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::access::Access;
use super::address::{Query, QueryError};
use super::first_sample::FirstSample;
use super::page::overview::{Overview, Parts};
use super::refusals::Refusals;
use super::span::Shown;
use super::traffic::Traffic;
use super::workers::Workers;
use crate::group::GroupId;
use crate::output::live::Shared;
use crate::output::prometheus::node::Node;
use crate::output::remote::read::RemoteRead;
use crate::process::HostName;
use crate::rootfs::Host;
use crate::schedule::clock;
use crate::source::host::CPU_TOTAL;
use crate::store::archives::Archives;

/// The data of the page.
pub struct Site {
    /// The name of the host.
    pub host: String,
    /// The databases.
    pub archives: Archives,
    /// The locations of the kernel's files.
    pub files: Host,
    /// The kernel's counters under `node_exporter`'s names.
    pub node: Node,
    /// The state shared by the sampler.
    pub shared: Arc<Shared>,
    /// The access rules, which may change at any time.
    pub access: RwLock<Access>,
    /// Recently refused clients.
    pub refusals: Mutex<Refusals>,
    /// The threads that compute answers.
    pub workers: Workers,
    /// What has been answered.
    pub traffic: Traffic,
    /// When this run began, seconds since 1970.
    pub started: i64,
    /// How far back there are samples.
    pub first_sample: FirstSample,
    /// What Prometheus may ask for.
    pub remote_read: RemoteRead,
}

impl Site {
    /// A site without samples, for everybody.
    pub fn new(host: HostName, archives: Archives) -> Self {
        Self {
            host: host.to_string(),
            remote_read: RemoteRead::default(),
            archives,
            files: Host::at("/"),
            node: Node::new(host),
            shared: Arc::default(),
            access: RwLock::default(),
            refusals: Mutex::default(),
            workers: Workers::default(),
            traffic: Traffic::default(),
            started: clock::unix_now(),
            first_sample: FirstSample::default(),
        }
    }

    /// Applies other access rules to further connections.
    pub fn replace_access(&self, access: Access) {
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = access;
    }

    pub(super) fn access(&self) -> Access {
        self.access.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a query asks the page to show.
    pub(super) fn shown(&self, query: &Query, now: i64) -> Result<Shown, QueryError> {
        // That of the CPU is there from the beginning, unless the host is not sampled.
        let cpu = GroupId::of(&CPU_TOTAL, "");
        let group = {
            let catalog = self.shared.catalog();
            let mut groups = catalog.groups().map(|(id, _)| id);
            let other = groups.next().filter(|_| catalog.find(cpu.kind(), "").is_none());
            other.cloned().unwrap_or(cpu)
        };
        Shown::asked(query, now, self.first_sample.of(&group, &self.archives, now))
    }

    /// The current overview with some of its parts.
    pub(super) fn overview<T>(
        &self,
        now: i64,
        parts: Parts,
        look: impl FnOnce(&Overview<'_>) -> T,
    ) -> T {
        let (alerts, faults) = (self.shared.alerts().clone(), self.shared.faults());
        // A copy, so that nobody waits for it while rows are read.
        let catalog = self.shared.catalog().clone();
        let archives = parts.sparks.then_some(&self.archives);
        let history = parts.history.then(|| self.shared.history().clone());
        look(&Overview {
            catalog: &catalog,
            alerts: &alerts,
            faults: &faults,
            now,
            archives,
            history: history.as_ref(),
        })
    }
}

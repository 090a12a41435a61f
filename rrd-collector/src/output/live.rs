//! State shared by the tasks and the servers: newest values, faults, the states of rules, their
//! history, and what was sent to other hosts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::remote_status::RemoteStatus;
use crate::alert::{AlertStatus, History};
use crate::fault::{AllFaults, Fault};
use crate::group::catalog::Catalog;

/// The question at the control socket whether the daemon is ready. No rule has this name.
pub const READINESS: &str = "\0ready";

/// What a daemon that is ready says of itself.
pub const READY: &str = "sampling\n";

/// The state that is shown.
#[derive(Debug, Default)]
pub struct Shared {
    catalog: Mutex<Catalog>,
    faults: AllFaults,
    alerts: Mutex<Vec<AlertStatus>>,
    history: Mutex<History>,
    remote_writes: Mutex<BTreeMap<String, RemoteStatus>>,
}

impl Shared {
    /// The newest values of every group.
    pub fn catalog(&self) -> MutexGuard<'_, Catalog> {
        self.catalog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present faults.
    pub fn faults(&self) -> Vec<Fault> {
        self.faults.present()
    }

    /// Why this daemon is not ready at `now`, in seconds since 1970, a line for each reason. It is
    /// ready if any group was sampled recently, and nothing keeps samples from being stored.
    pub fn unready(&self, now: i64) -> Vec<String> {
        let faults = self.faults().into_iter().filter(|fault| fault.stops_storing);
        let mut lines: Vec<String> = faults
            .map(|fault| format!("not storing: {}: {}\n", fault.concern, fault.message))
            .collect();
        if lines.is_empty() && !self.catalog().groups().any(|(_, group)| group.is_current(now)) {
            lines.push("no recent sample\n".to_owned());
        }
        lines
    }

    /// Where tasks report them.
    pub fn all_faults(&self) -> &AllFaults {
        &self.faults
    }

    /// The changes of the rules' states, and the starts of the collector and the host.
    pub fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The states of the alert rules.
    pub fn alerts(&self) -> MutexGuard<'_, Vec<AlertStatus>> {
        self.alerts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The states of the endpoints of remote write, by their names.
    pub fn remote_writes(&self) -> MutexGuard<'_, BTreeMap<String, RemoteStatus>> {
        self.remote_writes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

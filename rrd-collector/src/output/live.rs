//! State shared by the tasks and the servers: newest values, faults and the states of rules.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::alert::AlertStatus;
use crate::fault::{AllFaults, Fault};
use crate::group::catalog::Catalog;

/// The state that is shown.
#[derive(Debug, Default)]
pub struct Shared {
    catalog: Mutex<Catalog>,
    faults: AllFaults,
    alerts: Mutex<Vec<AlertStatus>>,
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

    /// Where tasks report them.
    pub fn all_faults(&self) -> &AllFaults {
        &self.faults
    }

    /// The states of the alert rules.
    pub fn alerts(&self) -> MutexGuard<'_, Vec<AlertStatus>> {
        self.alerts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

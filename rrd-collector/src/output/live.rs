//! State shared by the sampling thread and the servers: newest values, faults and the states of
//! rules.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::alert::AlertStatus;
use crate::group::catalog::Catalog;

/// The shared view of the sampling thread.
#[derive(Debug, Default)]
pub struct Shared {
    catalog: Mutex<Catalog>,
    faults: Mutex<Vec<(String, String)>>,
    alerts: Mutex<Vec<AlertStatus>>,
}

impl Shared {
    /// The newest values of every group.
    pub fn catalog(&self) -> MutexGuard<'_, Catalog> {
        self.catalog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current faults: subject and message.
    pub fn faults(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The states of the alert rules.
    pub fn alerts(&self) -> MutexGuard<'_, Vec<AlertStatus>> {
        self.alerts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What the sampling thread shares with those that serve: newest values, faults and the states of rules.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::alert::watch::Standing;
use crate::group::catalog::Catalog;

/// What others see of the sampling.
#[derive(Debug, Default)]
pub struct Shared {
    catalog: Mutex<Catalog>,
    faults: Mutex<Vec<(String, String)>>,
    standings: Mutex<Vec<Standing>>,
}

impl Shared {
    /// The newest values of every group.
    pub fn catalog(&self) -> MutexGuard<'_, Catalog> {
        self.catalog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The faults that there are: what each concerns and what it says.
    pub fn faults(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the rules of warnings stand.
    pub fn standings(&self) -> MutexGuard<'_, Vec<Standing>> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

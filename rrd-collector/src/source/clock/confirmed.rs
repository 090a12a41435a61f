//! When a time server last confirmed the clock, as the thread that withdraws samples of a wrong
//! clock asks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::state::ClockState;
use super::timesyncd::last_synchronized;
use crate::rootfs::Host;

/// A clock that is further from its reference is not confirmed by it.
const NEAR: f64 = 1.0;

/// What is known of confirmations, shared by clones.
#[derive(Clone, Debug)]
pub struct Confirmations {
    files: Host,
    /// What chrony or ntpd said, if it answers.
    said: Arc<Mutex<Option<Duration>>>,
}

impl Confirmations {
    /// Those of a host whose time service has not been asked yet.
    pub fn new(files: &Host) -> Self {
        Self { files: files.clone(), said: Arc::default() }
    }

    /// The time of the last one, since 1970.
    pub fn last(&self) -> Option<Duration> {
        let said = *self.said();
        said.or_else(|| last_synchronized(&self.files).ok())
    }

    /// Takes what chrony or ntpd says.
    pub(super) fn note(&self, state: &ClockState) {
        let near = state.reference.filter(|reference| reference.offset.abs() < NEAR);
        *self.said() = near.map(|reference| reference.confirmed);
    }

    fn said(&self) -> MutexGuard<'_, Option<Duration>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::Reference;
    use super::*;

    #[test]
    fn a_service_confirms_a_clock_that_is_near_its_reference() {
        let folder = tempfile::tempdir().unwrap();
        let confirmations = Confirmations::new(&Host::at(folder.path()));
        let after = |offset| {
            let reference = Reference {
                offset,
                root_delay: 0.0,
                root_dispersion: 0.0,
                stratum: 2,
                confirmed: Duration::from_secs(1_800_000_000),
            };
            confirmations.note(&ClockState { reference: Some(reference), ..ClockState::UNKNOWN });
            confirmations.last()
        };
        assert_eq!(after(-0.5), Some(Duration::from_secs(1_800_000_000)));
        assert_eq!(after(-259_200.0), None);
        assert_eq!(after(f64::NAN), None);
    }

    #[test]
    fn a_service_that_stopped_leaves_it_to_the_file_of_systemd() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("run/systemd/timesync")).unwrap();
        let file = folder.path().join("run/systemd/timesync/synchronized");
        let touched = std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        std::fs::File::create(file).unwrap().set_modified(touched).unwrap();
        let confirmations = Confirmations::new(&Host::at(folder.path()));
        confirmations.note(&ClockState::UNKNOWN);
        assert_eq!(confirmations.last(), Some(Duration::from_secs(1_700_000_000)));
    }
}

//! The store of the data folder, which is opened again when the folder was removed, replaced or
//! restored from a copy while the daemon runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rrd_core::{RecoveryReport, Store, StoreError, StoreOptions, StorePlace};
use thiserror::Error;

use crate::fault::chain;

/// The data folder and its store.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    options: StoreOptions,
    state: Mutex<State>,
}

/// Why there is no store at present.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum DataFolderError {
    /// Its path leads to no folder.
    #[error(
        "{} was removed, renamed or unmounted: samples are not stored until it is there again",
        path.display()
    )]
    Gone {
        /// The folder.
        path: PathBuf,
    },
    /// Its path leads to another folder, or its content is another.
    #[error("{} was replaced: samples are not stored until it is opened again", path.display())]
    Replaced {
        /// The folder.
        path: PathBuf,
    },
    /// It is there again, but cannot be used.
    #[error("samples are not stored")]
    Open(#[source] Arc<StoreError>),
}

#[derive(Debug)]
struct State {
    store: Result<Arc<Store>, DataFolderError>,
    /// How often it was opened.
    opened: u64,
    /// The number of the opening after which a round was stored.
    written: u64,
    /// A store whose folder was moved, with samples that belong in its files.
    moved: Option<Arc<Store>>,
    /// Whether nobody has tried to open it since it was lost.
    is_newly_lost: bool,
}

impl DataFolder {
    /// Opens the store in a folder, which is created if necessary.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: it cannot be used, or another process uses it.
    pub fn open(path: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let store = open(path, &options)?;
        let (opened, written, moved, is_newly_lost) = (1, 0, None, false);
        let state = State { store: Ok(store), opened, written, moved, is_newly_lost };
        Ok(Self { path: path.to_owned(), options, state: Mutex::new(state) })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The store if its folder is still there, and how often the folder was opened.
    ///
    /// # Errors
    ///
    /// [`DataFolderError`]: the folder is missing, or is not the one that was opened.
    pub fn store(&self) -> Result<(Arc<Store>, u64), DataFolderError> {
        let mut state = self.state();
        let store = state.store.clone()?;
        let place = store.place();
        if place == StorePlace::Same {
            return Ok((store, state.opened));
        }
        let path = self.path.clone();
        let error = if self.path.is_dir() {
            DataFolderError::Replaced { path }
        } else {
            DataFolderError::Gone { path }
        };
        state.moved = (place == StorePlace::Moved).then_some(store);
        state.is_newly_lost = true;
        state.store = Err(error.clone());
        Err(error)
    }

    /// A round was stored after the folder was opened this often.
    pub(super) fn note_written(&self, opened: u64) {
        self.state().written = opened;
    }

    /// Whether the folder is there and a round was stored since it was opened.
    pub(super) fn is_in_use(&self) -> bool {
        let opened = self.store().map(|(_, opened)| opened);
        opened.is_ok_and(|opened| self.state().written == opened)
    }

    /// Opens the folder again if it was lost and is there. A folder that has just been lost is left
    /// alone until the next call: another program is removing or copying it.
    pub fn restore(&self) {
        let moved = self.state().moved.take();
        if let Some(store) = moved {
            for (name, error) in store.flush_all().failed {
                log::warn!(
                    "writing {} in the folder that was moved: {}",
                    name.display(),
                    chain(&error)
                );
            }
        }
        let is_left_alone = {
            let mut state = self.state();
            state.store.is_ok() || std::mem::replace(&mut state.is_newly_lost, false)
        };
        if is_left_alone {
            return;
        }
        let path = self.path.clone();
        let store = if self.path.is_dir() {
            open(&self.path, &self.options).map_err(|error| DataFolderError::Open(Arc::new(error)))
        } else {
            Err(DataFolderError::Gone { path })
        };
        let mut state = self.state();
        state.opened += u64::from(store.is_ok());
        state.store = store;
    }

    /// Empties the journal, so that any version can go on with the folder and files that are
    /// removed meanwhile are not missed. If a file cannot be written, or the store is still in use,
    /// the journal is left to the next start.
    pub fn close(this: Arc<Self>) {
        let state = Arc::into_inner(this).map(|data| data.state.into_inner());
        let state = state.map(|state| state.unwrap_or_else(PoisonError::into_inner));
        // A file that could not be written was reported when the sampler ended.
        if let Some(store) = state.and_then(|state| state.store.ok()).and_then(Arc::into_inner)
            && let Err(error) = store.close()
        {
            log::debug!("the journal is kept: {}", chain(&error));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The store in a folder, with everything that an earlier run has acknowledged.
fn open(path: &Path, options: &StoreOptions) -> Result<Arc<Store>, StoreError> {
    let store = Store::open(path, options.clone())?;
    report(store.recovery());
    Ok(Arc::new(store))
}

fn report(recovery: &RecoveryReport) {
    if recovery.applied > 0 {
        log::info!("stored {} samples of an earlier run", recovery.applied);
    }
    if recovery.damaged_bytes > 0 {
        log::warn!("skipped {} damaged bytes of the journal", recovery.damaged_bytes);
    }
    for (name, error) in &recovery.failed {
        let name = name.display();
        log::error!("samples of {name} could not be stored: {}", chain(error));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_that_is_moved_gets_its_samples_and_the_one_in_its_place_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("data"), folder.path().join("old"));
        let data = DataFolder::open(&path, StoreOptions::default()).unwrap();
        assert_eq!(data.store().unwrap().1, 1);
        fs::rename(&path, &old).unwrap();
        assert!(matches!(data.store(), Err(DataFolderError::Gone { .. })));
        data.restore();
        data.restore();
        assert!(!path.exists());
        assert!(matches!(data.store(), Err(DataFolderError::Gone { .. })));
        fs::create_dir(&path).unwrap();
        data.restore();
        assert_eq!(data.store().unwrap().1, 2);
        fs::remove_dir_all(&path).unwrap();
        fs::rename(&old, &path).unwrap();
        assert!(matches!(data.store(), Err(DataFolderError::Replaced { .. })));
        data.restore();
        assert!(data.store().is_err());
        data.restore();
        assert_eq!(data.store().unwrap().1, 3);
    }

    #[test]
    fn a_folder_that_is_cleared_or_overwritten_in_place_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let data = DataFolder::open(&path, StoreOptions::default()).unwrap();
        let own = path.join(".rrd-store");
        let is_lost = || {
            let lost = matches!(data.store(), Err(DataFolderError::Replaced { .. }));
            data.restore();
            data.restore();
            assert!(data.store().is_ok());
            lost
        };
        assert!(!is_lost());
        fs::remove_dir_all(&own).unwrap();
        assert!(is_lost());
        fs::File::create(own.join("0.log")).unwrap();
        assert!(is_lost());
        let copy = fs::read(own.join("1.log")).unwrap();
        let damaged = copy.iter().map(|byte| byte ^ 1).collect::<Vec<_>>();
        fs::write(own.join("1.log"), damaged).unwrap();
        assert!(is_lost());
    }
}

//! Takes back what was written ahead of a time.

use std::path::Path;
use std::slice;

use super::entry::{Entry, State};
use super::locks::guard;
use super::{Store, StoreError};
use crate::database::{CreateOptions, Rrd, RrdReader, WriteOptions};
use crate::restructure::Rewound;
use crate::time::Timestamp;

/// How often other threads may add samples while those before are written.
const ATTEMPTS: usize = 8;

impl Store {
    /// Takes a database back to an earlier time, as [`Rrd::rewind`] does, also in the journal. If
    /// `keep` is a name in this store, the file as it was is first copied there, unless there is
    /// such a file.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{Sample, Schema, Store, StoreOptions, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(folder.path(), StoreOptions::default())?;
    /// let step = Duration::from_secs(10);
    /// let schema = Schema::builder(step).gauge("load", 3 * step).average(0.5, 1, 360).build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// store.open_or_create("load.rrd", &schema, start)?;
    /// store.update("load.rrd", &Sample::new(start + 100 * step, [0.5]))?;
    ///
    /// store.rewind("load.rrd", start, Some("load.ahead.rrd"))?;
    /// store.update("load.rrd", &Sample::new(start + step, [0.25]))?;
    /// assert_eq!(store.list()?, ["load.ahead.rrd", "load.rrd"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name is not within the folder, or the file cannot be copied, read, locked or written. Then
    /// it is unchanged, and so is what was acknowledged.
    pub fn rewind(
        &self,
        name: impl AsRef<Path>,
        to: Timestamp,
        keep: Option<&str>,
    ) -> Result<Rewound, StoreError> {
        let keep = keep.map(|keep| self.name(Path::new(keep))).transpose()?;
        let entry = self.files.entry(name.as_ref())?;
        // Here other writers of the file are waited for.
        if let Some((_, error)) = self.write_back(slice::from_ref(&entry)).into_iter().next() {
            return Err(error);
        }
        let mut writer = guard(&self.writer);
        for _ in 0..ATTEMPTS {
            if let Some((_, error)) =
                self.write_with(&mut writer, slice::from_ref(&entry)).into_iter().next()
            {
                return Err(error);
            }
            let mut state = entry.state();
            if state.unwritten.count == 0 {
                return self.rewind_written(&entry, &mut state, to, keep.as_deref());
            }
        }
        Err(entry.locked())
    }

    /// Takes back a file that has all samples.
    fn rewind_written(
        &self,
        entry: &Entry,
        state: &mut State,
        to: Timestamp,
        keep: Option<&Path>,
    ) -> Result<Rewound, StoreError> {
        let disk = &self.files.context().disk;
        let keep = keep.filter(|keep| !disk.exists(keep));
        if let Some(keep) = keep {
            let fault = |source| StoreError::Folder { folder: self.folder.join(keep), source };
            disk.make_folders(keep).map_err(fault)?;
            RrdReader::open_on(&**disk, entry.path())?.copy_on(
                &**disk,
                keep,
                CreateOptions::new().durability(self.options.durability()),
            )?;
        }
        let options = WriteOptions::new()
            .locking(self.options.locking)
            .durability(self.options.durability())
            .clock(self.options.clock.clone());
        let mut rrd = Rrd::open_on(disk.clone(), entry.path(), options)?;
        // After a kill, samples of the journal that are later than the file are applied again.
        self.forget_samples(entry, state)?;
        Ok(rrd.rewind(to)?)
    }
}

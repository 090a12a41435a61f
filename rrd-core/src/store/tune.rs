//! Changes the definition of a file.

use std::path::Path;
use std::slice;

use super::entry::{Entry, State};
use super::locks::guard;
use super::{Store, StoreError};
use crate::database::{Rrd, WriteOptions};
use crate::restructure::Tuning;

/// How often other threads may add samples while those before are written.
const ATTEMPTS: usize = 8;

impl Store {
    /// Changes a database as [`Tuning::apply`] does, after its samples are written to it, also
    /// those of a [suspended](Self::suspend) file. Further samples are those of the changed one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{
    ///     Reshape, RowChange, Sample, Schema, Store, StoreOptions, Timestamp, Tuning,
    /// };
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(folder.path(), StoreOptions::default())?;
    /// let step = Duration::from_secs(10);
    /// let schema = Schema::builder(step).gauge("load", 3 * step).average(0.5, 1, 360).build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// store.open_or_create("load.rrd", &schema, start)?;
    /// store.update("load.rrd", &Sample::new(start + step, [0.25]))?;
    ///
    /// let more_rows = Tuning::new().reshape(Reshape::new().rows(0, RowChange::Add(360)));
    /// store.tune("load.rrd", &more_rows)?;
    /// store.update("load.rrd", &Sample::new(start + 2 * step, [0.75]))?;
    /// assert_eq!(store.head("load.rrd")?.schema.archives()[0].rows, 720);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name may not be used, a change is not possible, or the file cannot be read, locked or
    /// written. Then it is unchanged, and so is what was acknowledged.
    pub fn tune(&self, name: impl AsRef<Path>, tuning: &Tuning) -> Result<(), StoreError> {
        let name = name.as_ref();
        // A name without a file gets no entry.
        let entry = self.file(name)?.0;
        let mut writer = guard(&self.writer);
        for _ in 0..ATTEMPTS {
            let failed = self.write_with(&mut writer, slice::from_ref(&entry));
            if let Some((_, error)) = failed.into_iter().next() {
                return Err(error);
            }
            let mut state = entry.state();
            if state.unwritten.count == 0 {
                return self.tune_written(&entry, &mut state, tuning);
            }
        }
        Err(entry.locked())
    }

    /// Changes a file that has all samples.
    fn tune_written(
        &self,
        entry: &Entry,
        state: &mut State,
        tuning: &Tuning,
    ) -> Result<(), StoreError> {
        let disk = &self.files.context().disk;
        let options = WriteOptions::new()
            .locking(self.options.locking)
            .durability(self.options.durability())
            .clock(self.options.clock.clone());
        let mut rrd = Rrd::open_on(disk.clone(), entry.path(), options)?;
        let tuned = tuning.apply(&mut rrd);
        drop(rrd);
        if tuning.replaces_file() && tuned.is_ok() {
            // The samples before are in the new file, which is on the disk; they must not be
            // applied to it after a kill.
            self.forget_samples(entry, state)?;
            self.files.remove(entry, state);
        } else {
            self.files.drop_state(state);
        }
        tuned.map_err(|error| StoreError::Tune(Box::new(error)))
    }
}

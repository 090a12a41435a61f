//! Replaces a database by one with another structure: under the lock of the old one, by a file that
//! is written completely first.

use std::io;
use std::path::Path;

use super::{CreateError, CreateOptions, EditedRows, REPLACING, Rrd, UpdateError, write_file};
use crate::commit::Durability;
use crate::disk::{Disk, Locking, Overwrite, Replacing};
use crate::format::Head;

/// A database that is being replaced.
pub(crate) struct Replacement<'a> {
    head: &'a Head,
    rows: EditedRows<'a>,
    disk: &'a dyn Disk,
    path: &'a Path,
}

impl Rrd {
    /// Lets `work` write a database that replaces this one, while no other writer holds the lock.
    pub(crate) fn replace<E: From<UpdateError>>(
        &mut self,
        work: impl FnOnce(&Replacement<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.lock()?.replace_locked(work)?;
        let disk = self.disk.clone();
        *self = Self::open_on(disk, &self.path, self.options.clone()).map_err(UpdateError::from)?;
        Ok(())
    }

    fn replace_locked<E: From<UpdateError>>(
        &mut self,
        work: impl FnOnce(&Replacement<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        work(&Replacement {
            head: &self.snapshot.head,
            rows: EditedRows::new(&*self.file, &self.snapshot, &mut self.pending),
            disk: &*self.disk,
            path: &self.path,
        })
    }
}

impl Replacement<'_> {
    /// The head of the database.
    pub(crate) fn head(&self) -> &Head {
        self.head
    }

    /// Copies rows of an archive of the database from `row` on.
    pub(crate) fn read(&self, archive: usize, row: u64, values: &mut [f64]) -> io::Result<()> {
        self.rows.read(archive, row, values)
    }

    /// Writes the new database and replaces the old one.
    pub(crate) fn write(
        &self,
        head: &Head,
        rows: impl FnMut(usize, &mut [f64]) -> io::Result<()>,
    ) -> Result<(), CreateError> {
        let options = CreateOptions::new().overwrite(Overwrite::Yes).durability(Durability::Synced);
        // The caller holds the lock.
        let replacing = Replacing { locking: Locking::None, ..REPLACING };
        write_file(self.disk, self.path, head, options, replacing, rows).map(drop)
    }
}

//! A copy of a database in one state, made at any moment.

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::create::RESERVED;
use super::{
    ConvertError, CreateError, CreateOptions, FetchError, OpenError, REPLACING, RrdReader, Snapshot,
};
use crate::commit::Durability;
use crate::disk::{
    Disk, DiskFile, FileLock, Locking, NewFile, OpenMode, OsDisk, Overwrite, Replacing, Streams,
};
use crate::number::{length_to_u64, to_index};

/// Bytes that are copied at once.
const PIECE: usize = 256 << 10;
/// Time for copies between two changes, without keeping anybody from writing.
const WITHOUT_LOCK: Duration = Duration::from_millis(10);

impl RrdReader {
    /// Copies the database as it is now to a file with this name, whoever is writing to it.
    ///
    /// The copy has the state before or after any update, never a mixture. It is byte-identical but
    /// for a change that a killed writer left unfinished, which is complete in the copy. What other
    /// programs keep behind the rows is copied, too. A
    /// database that changes faster than it can be read is locked for the time of one copy; readers
    /// are never locked out. A new file has at most the permissions of the database. The version in
    /// `options` does not apply.
    ///
    /// ```
    /// use rrd_core::{CreateOptions, Heartbeat, Rrd, RrdReader, Schema, Step, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (path, copy) = (folder.path().join("load.rrd"), folder.path().join("copy.rrd"));
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 1, 360)
    ///     .build()?;
    /// Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
    /// RrdReader::open(&path)?.copy_to(&copy, CreateOptions::new())?;
    /// assert_eq!(std::fs::read(&copy)?, std::fs::read(&path)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read, another program keeps its lock, the copy is the same file, exists
    /// and is to be kept, or cannot be written. Then nothing has changed.
    pub fn copy_to(
        &self,
        path: impl AsRef<Path>,
        options: CreateOptions,
    ) -> Result<(), ConvertError> {
        self.copy_on(&OsDisk, path.as_ref(), options)
    }

    pub(crate) fn copy_on(
        &self,
        disk: &dyn Disk,
        path: &Path,
        options: CreateOptions,
    ) -> Result<(), ConvertError> {
        let read = |source| FetchError::Read { path: self.path().to_owned(), source };
        let write = |source| CreateError::Write { path: path.to_owned(), source };
        let source = self.file.status().map_err(read)?;
        let exists = disk.exists(path);
        if exists && options.overwrite == Overwrite::No {
            return Err(CreateError::Exists { path: path.to_owned() }.into());
        }
        let other = disk.open(path, OpenMode::Read).and_then(|file| file.status());
        if other.is_ok_and(|other| other.identity == source.identity) {
            return Err(ConvertError::SameFile { path: path.to_owned() });
        }
        let replacing = Replacing { streams: Streams::Refused, ..REPLACING };
        let mut new = NewFile::begin(disk, path, replacing)
            .map_err(|source| CreateError::Temporary { path: path.to_owned(), source })?;
        new.restrict(source.mode).map_err(write)?;
        let (start, mut buffer) = (Instant::now(), Vec::new());
        let mut lock = None;
        loop {
            let state = Snapshot::load(&*self.file).map_err(|error| error.at(self.path()))?;
            new.restart().map_err(write)?;
            if state.kept_length() > RESERVED {
                new.reserve(state.kept_length()).map_err(write)?;
            }
            copy_state(&*self.file, &state, &mut new).map_err(|fault| match fault {
                Fault::Read(source) => ConvertError::from(read(source)),
                Fault::Write(source) => write(source).into(),
            })?;
            // As with other reads: nobody is writing, and the head is what it was.
            let whole = !self.file.is_locked_elsewhere()
                && state.is_current(&*self.file, &mut buffer).map_err(read)?;
            if whole || lock.is_some() {
                break;
            }
            if start.elapsed() > WITHOUT_LOCK {
                lock = FileLock::share(&*self.file, Locking::default()).map_err(read)?;
                if lock.is_none() {
                    return Err(OpenError::Locked { path: self.path().to_owned() }.into());
                }
            }
        }
        drop(lock);
        let synced = exists || options.durability == Durability::Synced;
        new.finish(options.overwrite, synced)
            .map_err(|error| CreateError::unfinished(path, error))?;
        Ok(())
    }
}

enum Fault {
    Read(io::Error),
    Write(io::Error),
}

/// Copies a state of a file, without the record of a change.
fn copy_state(file: &dyn DiskFile, state: &Snapshot, new: &mut NewFile<'_>) -> Result<(), Fault> {
    let mut piece = vec![0; PIECE];
    let mut offset = 0;
    while offset < state.kept_length() {
        let count = to_index(state.kept_length() - offset).map_or(PIECE, |rest| rest.min(PIECE));
        let bytes = piece.get_mut(..count).unwrap_or_default();
        file.read_exact_at(offset, bytes).map_err(Fault::Read)?;
        state.complete(bytes, offset);
        new.write_all(bytes).map_err(Fault::Write)?;
        offset += length_to_u64(count);
    }
    Ok(())
}

//! Writes the state in memory to the files: in groups, with each change first written to a file of
//! images, so that a kill or a power loss between two writes is completed when the store is next
//! opened.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, Weak};

use super::StoreError;
use super::entry::{Entry, Name, State, StoreContext};
use super::images::{self, IMAGES};
use super::log::Log;
use crate::commit::{CommitError, Durability, Image, NoRecord, Record, commit, needs_record};
use crate::database::{HeadPart, OpenError};
use crate::disk::{Disk, DiskFile, FileLock, OpenMode};
use crate::number::length_to_u64;

/// Number of files that are written together and blocked for updates meanwhile.
const GROUP: usize = 64;
/// The same if each of them is a wait for the disk.
const SYNCED_GROUP: usize = 8;

/// Number of attempts for a file that others keep writing.
const ATTEMPTS: usize = 8;
/// Space for the images is reserved in steps of this, so that a full disk is noticed before any
/// file is modified.
const RESERVED: u64 = 1 << 20;

/// The buffers of write-back; there is only one set, so that one thread at a time writes.
#[derive(Debug)]
pub(super) struct Writer {
    images: Box<dyn DiskFile>,
    reserved: u64,
    group: Vec<u8>,
    image: Vec<u8>,
    /// Images of changes that failed, by the names of their files: each group of images has them
    /// until they are made again.
    interrupted: Vec<(Name, Weak<[u8]>)>,
}

/// One file being written, locked against other threads and programs.
struct Job<'a> {
    entry: &'a Entry,
    state: MutexGuard<'a, State>,
    file: FileLock<Box<dyn DiskFile>>,
    record: Record,
    head: Vec<u8>,
}

impl Writer {
    /// Opens the file of images, with space for those of a few files; what was in it is completed.
    pub(super) fn open(disk: &dyn Disk, path: &Path, room: usize) -> io::Result<Self> {
        let images = match disk.open(path, OpenMode::WriteOwn) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => disk.create_new(path, None)?,
            other => other?,
        };
        images.set_length(0)?;
        let room = length_to_u64(room);
        // A full disk may have space at the next attempt.
        let reserved = images.allocate(room).map_or(0, |()| room);
        Ok(Self { images, reserved, group: Vec::new(), image: Vec::new(), interrupted: Vec::new() })
    }

    /// Writes the files of these entries; every failure is reported, none stops the others.
    pub(super) fn write_back(
        &mut self,
        entries: &[Arc<Entry>],
        context: &StoreContext,
        log: &Log,
        durability: Durability,
    ) -> Vec<(Arc<Entry>, StoreError)> {
        let mut failures = Vec::new();
        let group = match durability {
            Durability::Process => GROUP,
            Durability::Synced => SYNCED_GROUP,
        };
        for entries in entries.chunks(group) {
            let mut jobs = Vec::new();
            for entry in entries {
                match prepare(entry, context, log) {
                    Ok(job) => jobs.extend(job),
                    Err(error) => failures.push((entry.clone(), error)),
                }
            }
            // If there is no space for the images of all, there may be for one file at a time.
            let together = self.write_images(&jobs, durability).is_ok();
            for mut job in jobs {
                let written_ahead = if together {
                    Ok(())
                } else {
                    self.write_images(std::slice::from_ref(&job), durability)
                };
                if let Err(error) = job.write(durability, written_ahead, context) {
                    self.keep_image(&mut job, durability, &error);
                    // Memory and file may differ now: the file is read again next time.
                    job.state.unload(context);
                    let entry = entries.iter().find(|entry| entry.id == job.entry.id);
                    failures.extend(entry.cloned().map(|entry| (entry, error)));
                }
            }
        }
        failures
    }

    /// If writing a file failed, its change is begun, or all of it is in the memory of the system
    /// but not on the disk, where another sync would not take it. Before anything else, it is made
    /// again.
    fn keep_image(&mut self, job: &mut Job<'_>, durability: Durability, error: &StoreError) {
        let is_begun = !matches!(error, StoreError::Journal { .. });
        if is_begun && job.needs_image(durability) {
            job.encode(&mut self.image, durability == Durability::Synced);
            let image = Arc::<[u8]>::from(&*self.image);
            self.interrupted.push((job.entry.name.clone(), Arc::downgrade(&image)));
            job.state.interrupted = Some(image);
        }
    }

    fn write_images(&mut self, jobs: &[Job<'_>], durability: Durability) -> io::Result<()> {
        images::begin(&mut self.group);
        let synced = durability == Durability::Synced;
        for job in jobs.iter().filter(|job| job.needs_image(durability)) {
            job.encode(&mut self.image, synced);
            for name in [&job.entry.name].into_iter().chain(&job.state.others) {
                images::push(&mut self.group, name, &self.image);
            }
        }
        if self.group.len() == IMAGES {
            return Ok(());
        }
        self.interrupted.retain(|(_, image)| image.strong_count() > 0);
        for (name, image) in &self.interrupted {
            images::push(&mut self.group, name, &image.upgrade().unwrap_or_default());
        }
        images::finish(&mut self.group);
        let length = length_to_u64(self.group.len());
        if length > self.reserved {
            let ample = length.next_multiple_of(RESERVED);
            let mut reserved = self.images.allocate(ample).map(|()| ample);
            if matches!(&reserved, Err(error) if error.kind() == io::ErrorKind::StorageFull) {
                reserved = self.images.allocate(length).map(|()| length);
            }
            self.reserved = match reserved {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => ample,
                other => other?,
            };
        }
        self.images.write_at(0, &self.group)?;
        if synced { self.images.sync() } else { Ok(()) }
    }
}

impl Job<'_> {
    fn encode(&self, image: &mut Vec<u8>, synced: bool) {
        let loaded = self.state.loaded.as_ref().expect("a job is made of a loaded state");
        image.clear();
        Image::encode(image, synced, loaded.snapshot.heads(&self.head), &self.record);
    }

    fn needs_image(&self, durability: Durability) -> bool {
        needs_record(&self.record, self.head.len(), durability)
    }

    /// Commits the change; its image, if it needs one, was written ahead with this result.
    fn write(
        &mut self,
        durability: Durability,
        written_ahead: io::Result<()>,
        context: &StoreContext,
    ) -> Result<(), StoreError> {
        let loaded = self.state.loaded.as_mut().expect("a job is made of a loaded state");
        let file = &*self.file;
        let write_ahead =
            || written_ahead.and_then(|()| loaded.snapshot.allocate(file)).map_err(NoRecord::Io);
        let written = commit(file, self.head.len(), &self.record, durability, write_ahead);
        let unprotected = written.map_err(|error| match error {
            CommitError::Record(source) => StoreError::Journal { source },
            CommitError::File(source) => self.entry.cannot_write(source),
        })?;
        if unprotected.is_some() {
            context.unprotected.fetch_add(1, Ordering::Relaxed);
        }
        loaded.snapshot.committed(&mut self.head);
        loaded.rows.shrink();
        // If that fails, the next look at the file finds out that nobody else has changed it.
        if context.reach.is_wide()
            && let Ok(look) = file.look()
        {
            loaded.look = look;
        }
        self.state.base = loaded.snapshot.head.live.last_update.seconds();
        let refused = std::mem::take(&mut self.state.refused);
        context.losses.add(self.entry.path(), refused);
        let samples = std::mem::take(&mut self.state.unwritten).count.saturating_sub(refused);
        context.files_written.fetch_add(1, Ordering::Relaxed);
        context.samples_written.fetch_add(samples, Ordering::Relaxed);
        Ok(())
    }
}

/// Locks a file and computes what is to be written; `None` if nothing is, or if the file is
/// suspended.
fn prepare<'a>(
    entry: &'a Entry,
    context: &StoreContext,
    log: &Log,
) -> Result<Option<Job<'a>>, StoreError> {
    let mut state = entry.state();
    if state.suspended || state.unwritten.count == 0 {
        return Ok(None);
    }
    let open = |source| OpenError::Open { path: entry.path().to_owned(), source };
    let mut head = Vec::new();
    for _ in 0..ATTEMPTS {
        state.load(entry, context, log)?;
        let file = context.disk.open(entry.path(), OpenMode::Write).map_err(open)?;
        let Some(file) = FileLock::take(file, context.locking).map_err(open)? else {
            return Err(entry.locked());
        };
        match is_unchanged(&state, &*file, &mut head) {
            Ok(true) => {
                let loaded = state.load(entry, context, log)?;
                loaded.snapshot.encode_live(&mut head);
                let mut record = Record::default();
                loaded.snapshot.record(&loaded.rows, &head, HeadPart::Live, &mut record);
                return Ok(Some(Job { entry, state, file, record, head }));
            }
            // Another program has written to the file: its samples are kept, and ours that are
            // later are added.
            Ok(false) => {
                drop(file);
                state.reload(context);
            }
            Err(source) => return Err(entry.cannot_read(source)),
        }
    }
    Err(entry.locked())
}

/// Whether the file is still the one on which memory is based.
fn is_unchanged(state: &State, file: &dyn DiskFile, head: &mut Vec<u8>) -> io::Result<bool> {
    let Some(loaded) = &state.loaded else { return Ok(false) };
    let look = file.look()?;
    Ok(loaded.snapshot.is_current(file, head)?
        && look.identity == loaded.look.identity
        && look.length >= loaded.snapshot.length)
}

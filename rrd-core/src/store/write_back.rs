//! Writes the state in memory to the files: in groups, with each change first written to a file of
//! images, so that a kill or a power loss between two writes is completed when the store is next
//! opened.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::StoreError;
use super::entry::{Entry, Found, Name, StoreContext, at_once};
use super::images::{self, IMAGES, complete};
use super::log::Log;
use super::next_state::Draft;
use super::shape::Shape;
use crate::commit::{CommitError, Durability, Image, NoRecord, begin_commit, needs_record};
use crate::database::{OpenError, settled_native};
use crate::disk::{Disk, DiskFile, FileLock, Identity, Look, OpenMode, Status};
use crate::number::length_to_u64;

/// Number of files whose buffers are kept for the next.
const KEPT: usize = 64;

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
    interrupted: Vec<(Name, Identity, Weak<[u8]>)>,
    /// Buffers for the next files.
    drafts: Vec<Draft>,
}

/// One file being written, locked against other programs. Its state in memory is not: updates go
/// on meanwhile.
struct Job<'a> {
    entry: &'a Arc<Entry>,
    found: Found,
    file: FileLock<Box<dyn DiskFile>>,
    draft: Draft,
    /// Samples that the file did not take, because another program has changed it.
    lost: u64,
    /// How the file looks with the change.
    look: Option<Look>,
}

/// Number of files that are written together, and locked against other programs meanwhile. Those
/// that are synced share their waits for the disk.
pub(super) const fn group(durability: Durability) -> usize {
    match durability {
        Durability::Process => 64,
        Durability::Synced => 256,
    }
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
        let (group, image) = (Vec::new(), Vec::new());
        Ok(Self { images, reserved, group, image, interrupted: Vec::new(), drafts: Vec::new() })
    }

    /// Writes the files of these entries; every failure is reported, none stops the others. A file
    /// that another writer has locked is a failure: nobody waits here.
    pub(super) fn write_back(
        &mut self,
        entries: &[Arc<Entry>],
        context: &StoreContext,
        log: &Log,
        durability: Durability,
    ) -> Vec<(Arc<Entry>, StoreError)> {
        // Shapes that no file has any more go.
        self.drafts.retain(|draft| Arc::strong_count(&draft.shape) > 1);
        let mut failures = Vec::new();
        for entries in entries.chunks(group(durability)) {
            let mut jobs = Vec::new();
            for entry in entries {
                match self.prepare(entry, context, log) {
                    Ok(job) => jobs.extend(job),
                    Err(error) => {
                        let mut state = entry.state();
                        state.writing = false;
                        if !error.is_locked() {
                            // What a bad file takes is found out with the next sample.
                            state.unload(context);
                        }
                        drop(state);
                        failures.push((entry.clone(), error));
                    }
                }
            }
            self.write_group(jobs, context, durability, &mut failures);
        }
        failures
    }

    /// Writes files together: first their images, then the changes, then all wait for the disk.
    fn write_group(
        &mut self,
        mut jobs: Vec<Job<'_>>,
        context: &StoreContext,
        durability: Durability,
        failures: &mut Vec<(Arc<Entry>, StoreError)>,
    ) {
        let mut written_ahead = self.write_images(&jobs, durability);
        if written_ahead.is_err() && jobs.len() > 1 {
            // There may be space for the image of one file at a time.
            for job in jobs {
                self.write_group(vec![job], context, durability, failures);
            }
            return;
        }
        let write = |job: &mut Job<'_>| {
            job.write(durability, std::mem::replace(&mut written_ahead, Ok(())), context)
        };
        let mut results = jobs.iter_mut().map(write).collect::<Vec<_>>();
        if durability == Durability::Synced {
            let written = |(job, result): (_, &Result<(), _>)| result.is_ok().then_some(job);
            let written = jobs.iter().zip(&results).filter_map(written);
            let files = written.map(|job: &Job<'_>| &*job.file).collect::<Vec<_>>();
            let mut synced = context.disk.sync_files(&files).into_iter();
            for (job, result) in jobs.iter().zip(&mut results).filter(|(_, result)| result.is_ok())
            {
                if let Some(Err(source)) = synced.next() {
                    *result = Err(job.entry.cannot_write(source));
                }
            }
        }
        for (job, result) in jobs.into_iter().zip(results) {
            match result {
                Ok(()) => job.finish(context),
                Err(error) => {
                    self.keep_image(&job, durability, &error);
                    let mut state = job.entry.state();
                    state.writing = false;
                    state.unload(context);
                    drop(state);
                    failures.push((job.entry.clone(), error));
                }
            }
            self.put_back(job.draft);
        }
    }

    /// If writing a file failed, its change is begun, or all of it is in the memory of the system
    /// but not on the disk, where another sync would not take it. Before anything else, it is made
    /// again.
    fn keep_image(&mut self, job: &Job<'_>, durability: Durability, error: &StoreError) {
        let is_begun = !matches!(error, StoreError::Journal { .. });
        if is_begun && job.needs_image(durability) {
            job.encode(&mut self.image, durability == Durability::Synced);
            let image = Arc::<[u8]>::from(&*self.image);
            let Entry { name, identity, .. } = &**job.entry;
            self.interrupted.push((name.clone(), *identity, Arc::downgrade(&image)));
            job.entry.state().interrupted = Some(image);
        }
    }

    fn write_images(&mut self, jobs: &[Job<'_>], durability: Durability) -> io::Result<()> {
        images::begin(&mut self.group);
        let synced = durability == Durability::Synced;
        for job in jobs.iter().filter(|job| job.needs_image(durability)) {
            job.encode(&mut self.image, synced);
            for name in [&job.entry.name].into_iter().chain(&job.found.others) {
                images::push(&mut self.group, name, job.entry.identity, &self.image);
            }
        }
        if self.group.len() == IMAGES {
            return Ok(());
        }
        self.interrupted.retain(|(.., image)| image.strong_count() > 0);
        for (name, file, image) in &self.interrupted {
            images::push(&mut self.group, name, *file, &image.upgrade().unwrap_or_default());
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
        let Draft { next, head, record, .. } = &self.draft;
        image.clear();
        Image::encode(image, synced, next.snapshot.heads(head), record);
    }

    fn needs_image(&self, durability: Durability) -> bool {
        needs_record(&self.draft.record, self.draft.head.len(), durability)
    }

    /// Writes the change; its image, if it needs one, was written ahead with this result.
    fn write(
        &mut self,
        durability: Durability,
        written_ahead: io::Result<()>,
        context: &StoreContext,
    ) -> Result<(), StoreError> {
        let (file, Draft { next, head, record, .. }) = (&*self.file, &mut self.draft);
        let write_ahead =
            || written_ahead.and_then(|()| next.snapshot.allocate(file)).map_err(NoRecord::Io);
        let written = begin_commit(file, head.len(), record, durability, write_ahead);
        let unprotected = written.map_err(|error| match error {
            CommitError::Record(source) => StoreError::Journal { source },
            CommitError::File(source) => self.entry.cannot_write(source),
        })?;
        if unprotected.is_some() {
            context.unprotected.fetch_add(1, Ordering::Relaxed);
        }
        self.look = if context.reach.is_wide() { file.look().ok() } else { None };
        if durability == Durability::Synced {
            // No other writer has to wait for the disk.
            file.unlock();
        }
        Ok(())
    }

    /// Notes in memory what the file has now.
    fn finish(&self, context: &StoreContext) {
        let samples = self.found.unwritten.count.saturating_sub(self.lost);
        context.losses.add(self.entry.path(), self.lost);
        context.files_written.fetch_add(1, Ordering::Relaxed);
        context.samples_written.fetch_add(samples, Ordering::Relaxed);
        let live = &self.draft.next.snapshot.head.live;
        let mut state = self.entry.state();
        if !self.found.is_valid(&state) {
            return;
        }
        state.note_written(&self.found);
        state.writing = false;
        state.base = live.last_update.seconds();
        let has_newer = state.unwritten.count > 0;
        let Some(loaded) = &mut state.loaded else { return };
        let is_same = Arc::ptr_eq(&loaded.shape, &self.draft.shape);
        if !is_same || (has_newer && self.lost > 0) {
            // What came meanwhile was accepted for another state of the file.
            state.reload(context);
            return;
        }
        loaded.checksum = crc32fast::hash(&self.draft.head);
        // If that fails, the next look at the file finds out that nobody else has changed it.
        if let Some(look) = self.look {
            loaded.look = look;
        }
        if !has_newer {
            loaded.open.renew(live);
        }
    }
}

impl Writer {
    /// Locks a file and computes what is to be written; `None` if nothing is, or if the file is
    /// suspended.
    fn prepare<'a>(
        &mut self,
        entry: &'a Arc<Entry>,
        context: &StoreContext,
        log: &Log,
    ) -> Result<Option<Job<'a>>, StoreError> {
        let Some(found) = Found::of(&mut entry.state()) else { return Ok(None) };
        let locking = at_once(context.locking);
        if let Some(image) = &found.interrupted {
            complete(&*context.disk, entry.path(), Some(entry.identity), image, locking)?;
        }
        let open = |source| OpenError::Open { path: entry.path().to_owned(), source };
        let file = context.disk.open(entry.path(), OpenMode::Write).map_err(open)?;
        let Some(file) = FileLock::take(file, locking).map_err(open)? else {
            return Err(entry.locked());
        };
        let status = file.status().map_err(|source| entry.cannot_read(source))?;
        if status.whole_identity() != entry.identity {
            return Err(StoreError::Replaced { name: entry.path().to_owned(), samples: 0 });
        }
        let mut draft = self.draft(entry, found.shape.as_ref(), &*file, &status, context)?;
        let samples = log.samples(found.unwritten.last, found.written);
        // Since then the file may have been replaced by one of the same name, which the samples
        // are not for.
        if !found.is_valid(&entry.state()) {
            return Ok(None);
        }
        let is_changed = found.is_changed(&draft.next.snapshot);
        let applied = draft.next.catch_up(&*file, &context.clock, &samples);
        let applied = applied.map_err(|source| entry.cannot_read(source))?;
        let lost = if is_changed {
            length_to_u64(samples.len()).saturating_sub(applied)
        } else {
            found.refused
        };
        draft.complete();
        Ok(Some(Job { entry, found, file, draft, lost, look: None }))
    }

    /// Buffers that contain the head of a locked file, which probably has this shape.
    fn draft(
        &mut self,
        entry: &Entry,
        shape: Option<&Arc<Shape>>,
        file: &dyn DiskFile,
        status: &Status,
        context: &StoreContext,
    ) -> Result<Draft, StoreError> {
        if let Some(shape) = shape {
            let idle = self.drafts.iter().position(|draft| Arc::ptr_eq(&draft.shape, shape));
            let idle = idle.map(|index| self.drafts.swap_remove(index));
            let mut draft = idle.unwrap_or_else(|| Draft::new(shape.clone(), shape.head().clone()));
            let known = draft.next.snapshot.read_other(file, status, shape.head());
            if known.map_err(|error| error.at(entry.path()))? {
                return Ok(draft);
            }
        }
        let snapshot = settled_native(file, entry.path())?;
        Ok(Draft::new(context.shapes.of(&snapshot), snapshot))
    }

    /// Keeps buffers for the next file.
    fn put_back(&mut self, mut draft: Draft) {
        if draft.clear() {
            if self.drafts.len() >= KEPT {
                self.drafts.remove(0);
            }
            self.drafts.push(draft);
        }
    }
}

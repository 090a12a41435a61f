//! Start after a crash: writes the content of the journal to the files before the store accepts
//! samples.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use byteorder::{ByteOrder, LittleEndian};

use super::changes::has_history;
use super::old_journal::{self, OldJournal};
use super::record::{self, BatchPosition, JournalRecord, Mark};
use super::shape::has_seasons;
use super::{RecoveryReport, Store, StoreError};
use crate::commit::Durability;
use crate::database::{BatchError, Ending, REPLACING, Rrd, RrdReader, UpdateError, WriteOptions};
use crate::disk::{Disk, NewFile, OpenMode, Overwrite};
use crate::number::{length_to_u64, to_index};
use crate::sample::Sample;

const MAGIC: [u8; 8] = *b"RRDKEPT1";
const FRAME: usize = 8;

/// What the journal has of one file.
#[derive(Debug, Default)]
struct Kept {
    /// Its names, the one that was written last at the end.
    names: Vec<PathBuf>,
    mark: Option<Mark>,
    /// Its samples, oldest first.
    samples: Vec<(Sample, BatchPosition)>,
}

/// The files by one of their names, and what else tells them apart.
type Places = HashMap<(PathBuf, Option<(u64, i64)>), usize>;

impl Store {
    /// Writes the records of an earlier run to their files and starts a new journal.
    pub(super) fn recover(
        &mut self,
        records: Vec<JournalRecord>,
        mut old: OldJournal,
    ) -> Result<(), StoreError> {
        let fault = |source| StoreError::Journal { source };
        let mut report = std::mem::take(&mut self.recovery);
        let disk = self.files.context().disk.clone();
        let own = self.own.clone();
        let old_orphans = read_orphans(&*disk, Path::new(old_journal::ORPHANS)).map_err(fault)?;
        let orphans = read_orphans(&*own.disk, &own.orphans).map_err(fault)?;
        let had_orphans = !orphans.is_empty();
        let mut files = Vec::new();
        let mut places = Places::new();
        for records in [old_orphans, std::mem::take(&mut old.records), orphans, records] {
            add_records(records, &mut files, &mut places);
        }
        let marks = files.iter().filter_map(|file: &Kept| file.mark);
        let marks = marks.map(|mark| (mark.number, mark.born)).collect::<HashSet<_>>();
        let mut left = Vec::new();
        for file in files.into_iter().filter(|file: &Kept| !file.samples.is_empty()) {
            let (name, found) = self.find_kept(&file, &marks);
            let done = found.and_then(|()| self.catch_up(&name, &file.samples, &mut report));
            let Err(error) = done else { continue };
            if error.is_elsewhere() {
                let samples = length_to_u64(file.samples.len());
                self.files.context().losses.add(&name, samples);
            // A name that cannot be one was never acknowledged: it is damage.
            } else if self.name(&name).is_ok() {
                left.push((name.clone(), file));
            }
            report.failed.push((name, error));
        }
        if !left.is_empty() {
            write_orphans(&*own.disk, &own.orphans, &left).map_err(fault)?;
        }
        self.log.restart()?;
        for (name, file) in &left {
            let entry = self.files.entry(name);
            let entry = entry.or_else(|_| self.files.expected(name, file.mark))?;
            let mut state = entry.state();
            self.write_again(&entry, &mut state, &file.samples)?;
        }
        if self.options.durability() == Durability::Synced {
            self.log.sync()?;
            for path in &own.parents {
                own.disk.sync_folder(path).map_err(fault)?;
            }
        }
        if had_orphans || !left.is_empty() {
            own.disk.remove(&own.orphans).map_err(fault)?;
        }
        old.remove(&*disk).map_err(fault)?;
        self.recovery = report;
        Ok(())
    }

    /// The name under which the file of these samples is now. Within the folder of the store, which
    /// may be a copy, names decide; elsewhere it must be the same file, or continue it.
    fn find_kept(
        &self,
        file: &Kept,
        marks: &HashSet<(u64, i64)>,
    ) -> (PathBuf, Result<(), StoreError>) {
        let disk = &self.files.context().disk;
        let valid = || file.names.iter().rev().filter(|name| self.name(name).is_ok());
        let found = || valid().filter_map(|name| Some((name, disk.look(name).ok()?)));
        let Some(last) = valid().next() else {
            let name = file.names.last().cloned().unwrap_or_default();
            return (name.clone(), Err(StoreError::Name { name }));
        };
        // Of a file that cannot be found, opening it says why.
        let first = found().next().map_or(last, |(name, _)| name);
        let Some(mark) = file.mark.filter(|_| self.options.reach.is_wide()) else {
            return (first.clone(), Ok(()));
        };
        if let Some((name, _)) = found().find(|(_, look)| mark.is_of(look.identity)) {
            return (name.clone(), Ok(()));
        }
        let Some((_, look)) = found().next() else { return (first.clone(), Ok(())) };
        // One that has samples of its own took the place of this one before.
        let is_known = marks.contains(&(look.identity.number, look.identity.born));
        if !is_known && self.continues_kept(first, mark, &file.samples) {
            return (first.clone(), Ok(()));
        }
        let samples = length_to_u64(file.samples.len());
        (first.clone(), Err(StoreError::Replaced { name: first.clone(), samples }))
    }

    /// Whether a file that is not the one of these samples has what that one had: it was copied or
    /// restored.
    fn continues_kept(&self, name: &Path, mark: Mark, samples: &[(Sample, BatchPosition)]) -> bool {
        let Ok(reader) = RrdReader::open_on(&*self.files.context().disk, name) else { return true };
        let last = reader.head().live.last_update;
        has_history(reader.head())
            && (last.seconds() == mark.base || samples.iter().any(|(sample, _)| sample.at == last))
    }

    /// Writes the samples that a file does not have yet.
    fn catch_up(
        &self,
        name: &Path,
        samples: &[(Sample, BatchPosition)],
        report: &mut RecoveryReport,
    ) -> Result<(), StoreError> {
        let options = WriteOptions::new()
            .locking(self.options.locking)
            .durability(self.options.durability())
            .clock(self.options.clock.clone());
        let mut rrd = Rrd::open_on(self.files.context().disk.clone(), name, options)
            .map_err(|error| StoreError::opening(name, error))?;
        let seasons = has_seasons(rrd.schema());
        for batch in
            samples.chunk_by(|(_, position), _| *position == BatchPosition::More || !seasons)
        {
            let ending = match batch.last() {
                // The batch was not acknowledged; half of it could not be completed later as if
                // nothing had happened.
                Some((_, BatchPosition::More)) if seasons => break,
                Some((_, BatchPosition::BrokenOff)) => Ending::BrokenOff,
                _ => Ending::Whole,
            };
            let mut batch = batch.iter().map(|(sample, _)| sample.clone()).collect::<Vec<_>>();
            loop {
                let (last, before) = (rrd.last_update(), batch.len());
                batch.retain(|sample| sample.at > last);
                report.present += length_to_u64(before - batch.len());
                match rrd.update_batch_to(&batch, ending) {
                    Ok(()) => {
                        report.applied += length_to_u64(batch.len());
                        break;
                    }
                    // Another program has written to the file since: samples that are no longer
                    // valid are dropped.
                    Err(BatchError { applied, source: UpdateError::Sample { .. } }) => {
                        report.applied += length_to_u64(applied);
                        report.present += 1;
                        batch.drain(..=applied);
                    }
                    Err(BatchError { applied, source }) => {
                        report.applied += length_to_u64(applied);
                        return Err(StoreError::Update(source));
                    }
                }
            }
        }
        if self.options.durability() == Durability::Synced {
            // Samples that were present may be in the memory of the system only: their writer was
            // killed before it synced the file.
            let file = self.files.context().disk.open(name, OpenMode::Read);
            let synced = file.and_then(|file| file.sync());
            synced.map_err(|source| UpdateError::Write { path: name.to_owned(), source })?;
        }
        Ok(())
    }
}

/// Adds the samples of each file that were not forgotten, with files in the order of their first
/// sample; `places` maps names to files. File numbers only have a meaning within these records,
/// where each number has one file, so its names may come after its samples.
fn add_records(records: Vec<JournalRecord>, files: &mut Vec<Kept>, places: &mut Places) {
    let mut labels = HashMap::<u32, (Vec<PathBuf>, Option<Mark>)>::new();
    for record in &records {
        if let JournalRecord::Name { file, name, mark } = record {
            let (names, last) = labels.entry(*file).or_default();
            names.retain(|known| known != name);
            names.push(name.clone());
            *last = *mark;
        }
    }
    let mut numbers = HashMap::new();
    for record in records {
        match record {
            JournalRecord::Name { .. } => {}
            JournalRecord::Sample { file, position, sample, .. } => {
                let place = match (numbers.entry(file), labels.remove(&file)) {
                    (Slot::Occupied(place), _) => *place.get(),
                    (Slot::Vacant(slot), Some((names, mark))) => {
                        *slot.insert(place_of(names, mark, files, places))
                    }
                    (Slot::Vacant(_), None) => continue,
                };
                if let Some(kept) = files.get_mut(place) {
                    kept.samples.push((sample, position));
                }
            }
            JournalRecord::End { file, position: end, .. } => {
                let kept = numbers.get(&file).and_then(|place| files.get_mut(*place));
                if let Some((_, position)) = kept.and_then(|kept| kept.samples.last_mut()) {
                    *position = end;
                }
            }
            JournalRecord::Forget { file } => {
                let kept = numbers.get(&file).and_then(|place| files.get_mut(*place));
                if let Some(kept) = kept {
                    kept.samples.clear();
                }
            }
        }
    }
}

/// The place of the file with one of these names and this mark, which is added if necessary.
fn place_of(
    names: Vec<PathBuf>,
    mark: Option<Mark>,
    files: &mut Vec<Kept>,
    places: &mut Places,
) -> usize {
    let identity = mark.map(|mark| (mark.number, mark.born));
    let known = names.iter().find_map(|name| places.get(&(name.clone(), identity)).copied());
    let place = known.unwrap_or_else(|| {
        files.push(Kept::default());
        files.len() - 1
    });
    if let Some(kept) = files.get_mut(place) {
        kept.mark = mark;
        for name in names {
            places.insert((name.clone(), identity), place);
            kept.names.retain(|known| *known != name);
            kept.names.push(name);
        }
    }
    place
}

/// Keeps the samples of files that currently cannot be written, while the journal starts again.
fn write_orphans(disk: &dyn Disk, path: &Path, left: &[(PathBuf, Kept)]) -> io::Result<()> {
    let mut bytes = MAGIC.to_vec();
    let mut payload = Vec::new();
    let mut push = |payload: &[u8]| {
        bytes.extend_from_slice(
            &u32::try_from(payload.len()).expect("a record of at most 1 MiB").to_le_bytes(),
        );
        bytes.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
        bytes.extend_from_slice(payload);
    };
    for (file, (_, kept)) in (0..).zip(left) {
        for name in &kept.names {
            record::encode_name(&mut payload, file, name.as_os_str().as_bytes(), kept.mark);
            push(&payload);
        }
        for (sample, position) in &kept.samples {
            record::encode_sample(&mut payload, file, 0, *position, sample);
            push(&payload);
            if *position == BatchPosition::BrokenOff {
                record::encode_end(&mut payload, file, 0, *position);
                push(&payload);
            }
        }
    }
    let mut new = NewFile::begin(disk, path, REPLACING)?;
    new.write_all(&bytes)?;
    new.finish(Overwrite::Yes, true)?;
    Ok(())
}

/// What [`write_orphans`] kept; empty unless the previous start was interrupted.
fn read_orphans(disk: &dyn Disk, path: &Path) -> io::Result<Vec<JournalRecord>> {
    let file = match disk.open(path, OpenMode::ReadOwn) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut bytes = vec![0; to_index(file.status()?.length).unwrap_or_default()];
    let read = file.read_at(0, &mut bytes)?;
    let mut rest =
        bytes.get(..read).and_then(|bytes| bytes.strip_prefix(&MAGIC)).unwrap_or_default();
    let mut records = Vec::new();
    while let Some((frame, after)) = rest.split_at_checked(FRAME)
        && let Some(length) = to_index(LittleEndian::read_u32(frame).into())
        && let Some((payload, after)) = after.split_at_checked(length)
    {
        let checksum = frame.get(4..).map(LittleEndian::read_u32);
        if checksum == Some(crc32fast::hash(payload)) {
            records.extend(record::decode(payload));
        }
        rest = after;
    }
    Ok(records)
}

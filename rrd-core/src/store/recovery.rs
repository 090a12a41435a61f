//! Start after a crash: writes the content of the journal to the files before the store accepts
//! samples.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use byteorder::{ByteOrder, LittleEndian};

use super::entry::has_seasons;
use super::names::plain_name;
use super::old_journal::{self, OldJournal};
use super::own_files::{FOLDER, ORPHANS, SEGMENTS};
use super::record::{self, BatchPosition, JournalRecord};
use super::{RecoveryReport, Store, StoreError};
use crate::commit::Durability;
use crate::database::{BatchError, Ending, REPLACING, Rrd, UpdateError, WriteOptions};
use crate::disk::{Disk, NewFile, OpenMode, Overwrite};
use crate::number::{length_to_u64, to_index};
use crate::sample::Sample;

const MAGIC: [u8; 8] = *b"RRDKEPT1";
const FRAME: usize = 8;

/// The samples of one file, oldest first.
type Samples = Vec<(Sample, BatchPosition)>;

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
        let old_orphans = read_orphans(&*disk, old_journal::ORPHANS).map_err(fault)?;
        let orphans = read_orphans(&*disk, ORPHANS).map_err(fault)?;
        let had_orphans = !orphans.is_empty();
        let mut files = Vec::new();
        let mut places = HashMap::new();
        for records in [old_orphans, std::mem::take(&mut old.records), orphans, records] {
            by_name(records, &mut files, &mut places);
        }
        let mut left = HashMap::new();
        for (name, samples) in files.into_iter().filter(|(_, samples)| !samples.is_empty()) {
            if let Err(error) = self.catch_up(&name, &samples, &mut report) {
                // A name that is not within the folder was never acknowledged: it is damage.
                if !is_gone(&error) && plain_name(&name).is_ok() {
                    left.insert(name.clone(), samples);
                }
                report.failed.push((name, error));
            }
        }
        if !left.is_empty() {
            write_orphans(&*disk, &left).map_err(fault)?;
        }
        self.log.restart()?;
        for (name, samples) in &left {
            let entry = self.files.entry(name)?;
            let mut state = entry.state();
            self.write_again(&entry, &mut state, samples)?;
        }
        if self.options.durability() == Durability::Synced {
            self.log.sync()?;
            for path in [FOLDER, SEGMENTS[0]] {
                disk.sync_folder(Path::new(path)).map_err(fault)?;
            }
        }
        if had_orphans || !left.is_empty() {
            disk.remove(Path::new(ORPHANS)).map_err(fault)?;
        }
        old.remove(&*disk).map_err(fault)?;
        self.recovery = report;
        Ok(())
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
        let mut rrd = Rrd::open_on(self.files.context().disk.clone(), name, options)?;
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
/// sample; `places` maps positions to files. File numbers only have a meaning within these records,
/// where each number has one name, so a name may come after its samples.
fn by_name(
    records: Vec<JournalRecord>,
    files: &mut Vec<(PathBuf, Samples)>,
    places: &mut HashMap<PathBuf, usize>,
) {
    let named = records.iter().filter_map(|record| match record {
        JournalRecord::Name { file, name } => Some((*file, name.clone())),
        _ => None,
    });
    let names: HashMap<u32, PathBuf> = named.collect();
    for record in records {
        match record {
            JournalRecord::Name { .. } => {}
            JournalRecord::Sample { file, position, sample, .. } => {
                let Some(name) = names.get(&file) else { continue };
                let place = *places.entry(name.clone()).or_insert_with(|| {
                    files.push((name.clone(), Samples::new()));
                    files.len() - 1
                });
                if let Some((_, samples)) = files.get_mut(place) {
                    samples.push((sample, position));
                }
            }
            JournalRecord::End { file, position: end, .. } => {
                let place = names.get(&file).and_then(|name| places.get(name));
                let samples = place.and_then(|place| files.get_mut(*place));
                if let Some((_, position)) = samples.and_then(|(_, samples)| samples.last_mut()) {
                    *position = end;
                }
            }
            JournalRecord::Forget { file } => {
                let place = names.get(&file).and_then(|name| places.get(name));
                if let Some((_, samples)) = place.and_then(|place| files.get_mut(*place)) {
                    samples.clear();
                }
            }
        }
    }
}

/// Keeps the samples of files that currently cannot be written, while the journal starts again.
fn write_orphans(disk: &dyn Disk, left: &HashMap<PathBuf, Samples>) -> io::Result<()> {
    let mut bytes = MAGIC.to_vec();
    let mut payload = Vec::new();
    let mut push = |payload: &[u8]| {
        bytes.extend_from_slice(
            &u32::try_from(payload.len()).expect("a record of at most 1 MiB").to_le_bytes(),
        );
        bytes.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
        bytes.extend_from_slice(payload);
    };
    for (file, (name, samples)) in (0..).zip(left) {
        record::encode_name(&mut payload, file, name);
        push(&payload);
        for (sample, position) in samples {
            record::encode_sample(&mut payload, file, 0, *position, sample);
            push(&payload);
            if *position == BatchPosition::BrokenOff {
                record::encode_end(&mut payload, file, 0, *position);
                push(&payload);
            }
        }
    }
    let mut new = NewFile::begin(disk, Path::new(ORPHANS), REPLACING)?;
    new.write_all(&bytes)?;
    new.finish(Overwrite::Yes, true)?;
    Ok(())
}

/// What [`write_orphans`] kept; empty unless the previous start was interrupted.
fn read_orphans(disk: &dyn Disk, path: &str) -> io::Result<Vec<JournalRecord>> {
    let file = match disk.open(Path::new(path), OpenMode::ReadOwn) {
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

/// Whether the file no longer exists, so that there is nothing to write to.
pub(super) fn is_gone(error: &StoreError) -> bool {
    error.is_not_found()
}

//! The log after a power loss that keeps any subset of the pages that were not synced.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::chances;
use super::crash::{START, options, sample, schema};
use crate::database::{Access, CreateOptions};
use crate::disk::fake::{MemoryDisk, PAGE};
use crate::store::journal::Journal;
use crate::store::log::Log;
use crate::store::log_sync::LogSync;
use crate::store::own_files::SEGMENTS;
use crate::store::record::{self, JournalRecord};
use crate::store::segment::needed_records;
use crate::store::{Store, StoreError, tests::ON_REQUEST};
use crate::time::{Clock, Timestamp};

/// Unsynced pages at the moment of the power loss.
const UNSYNCED: usize = 12;
/// How many histories are tried; `RRD_HISTORIES` says another number. 200 take half a minute.
const HISTORIES: u64 = 30;

/// What was appended until the power went: record 0, record 1 and so on.
struct History {
    disk: MemoryDisk,
    /// The first record of each generation.
    generations: Vec<usize>,
    /// The first record that was still needed.
    needed: usize,
    /// Number of records that were synced.
    synced: usize,
    count: usize,
}

impl History {
    /// Appends, syncs, switches and cleans until enough pages are not synced.
    fn new(seed: u64, sync: LogSync) -> Self {
        let mut below = chances(seed);
        let disk = MemoryDisk::default();
        let size = (UNSYNCED - 4 + below(8)) * PAGE;
        let opened =
            Journal::open(&disk, SEGMENTS.map(Path::new), size, Access::Mapped).expect("a disk");
        let log = Log::new(opened.expect("no other store").0, size, sync, Clock::SYSTEM);
        log.restart().expect("started");
        let mut history = Self { disk, generations: vec![0], needed: 0, synced: 0, count: 0 };
        let mut bytes = Vec::new();
        // A quarter of the histories has a beginning in which nothing is synced.
        let mut syncs = if sync == LogSync::Never { 0 } else { below(4) };
        let longest = [300, 1500, 4000][below(3)];
        while history.disk.unsynced_pages() < UNSYNCED || syncs > 0 {
            if below(40) == 0 && syncs > 0 {
                syncs -= 1;
                log.sync().expect("synced");
                history.synced = history.count;
            }
            let number = u32::try_from(history.count).expect("small");
            let name = "x".repeat(below(longest));
            record::encode_name(&mut bytes, number, name.as_bytes(), None);
            match log.append(&bytes) {
                Ok(_) => history.count += 1,
                Err(StoreError::JournalFull { .. }) => {
                    if let Some(inactive) = log.unclean() {
                        log.set_clean(inactive).expect("cleaned");
                        history.needed = *history.generations.last().expect("the active one");
                    }
                    assert!(log.switch_from(log.generation()).expect("switched"));
                    history.generations.push(history.count);
                }
                Err(error) => panic!("{error}"),
            }
        }
        history
    }

    /// Passes the records that are found with each subset of the unsynced pages to `check`.
    fn lose_power(&self, mut check: impl FnMut(Range<usize>)) {
        let torn = SEGMENTS.map(|path| self.disk.torn(path));
        let mut bytes = torn.clone().map(|torn| torn.durable);
        let pages = |segment: usize| torn[segment].pages.iter().map(move |page| (segment, *page));
        let pages: Vec<_> = pages(0).chain(pages(1)).collect();
        // The order of Gray: from one subset to the next a single page changes.
        for step in 1..=1_u32 << pages.len() {
            let found = needed_records(bytes.each_ref().map(Vec::as_slice)).records;
            let mut numbers = found.iter().map(|record| match record {
                JournalRecord::Name { file, .. } => usize::try_from(*file).expect("small"),
                other => panic!("{other:?} was not written"),
            });
            let first = numbers.next().unwrap_or(self.needed);
            let last = numbers.try_fold(first, |last, next| (next == last + 1).then_some(next));
            let last = last.expect("records follow each other");
            check(if found.is_empty() { first..first } else { first..last + 1 });
            let place = usize::try_from(step.trailing_zeros()).expect("small");
            let Some((segment, page)) = pages.get(place) else { break };
            let is_kept = (step >> (place + 1)) & 1 == 0;
            let place = page * PAGE..(page + 1) * PAGE;
            let from = if is_kept { &torn[*segment].bytes } else { &torn[*segment].durable };
            bytes[*segment][place.clone()].copy_from_slice(&from[place]);
        }
    }
}

fn histories() -> u64 {
    let wanted = std::env::var("RRD_HISTORIES").ok();
    wanted.and_then(|number| number.parse().ok()).unwrap_or(HISTORIES)
}

/// Runs a trial for each number, on all processors.
fn in_parallel(numbers: Range<u64>, trial: impl Fn(u64) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (numbers, trial) = (numbers.clone(), &trial);
            scope.spawn(move || numbers.skip(thread).step_by(threads).for_each(trial));
        }
    });
}

#[test]
fn every_subset_of_twelve_unsynced_pages_leaves_a_log_without_a_hole_and_with_all_that_was_synced()
{
    in_parallel(0..histories(), |seed| {
        let history = History::new(seed, ON_REQUEST);
        let mut most = 0;
        history.lose_power(|found| {
            assert_eq!(found.start, history.needed, "history {seed}");
            let synced = history.synced.max(history.needed);
            assert!(found.end >= synced, "history {seed}: {found:?} of {synced} synced");
            most = most.max(found.end);
        });
        assert_eq!(most, history.count, "history {seed}: with all pages there is nothing missing");
    });
}

#[test]
fn a_record_is_on_the_disk_before_it_is_acknowledged_whoever_syncs_it() {
    let disk = MemoryDisk::default();
    let store = Store::open_on(Arc::new(disk.clone()), Path::new("/"), options(LogSync::Each));
    let store = store.expect("a store");
    let names = ["a.rrd", "b.rrd", "c.rrd", "d.rrd"];
    for name in names {
        let start = Timestamp::from_seconds(START);
        store.create(name, &schema(name), start, CreateOptions::new()).expect("created");
    }
    let update = |file: i64, name: &str| {
        for number in 1..=60 {
            let mut sample = sample(&schema(name), number);
            sample.at += Duration::from_micros(file.unsigned_abs());
            store.update(name, &sample).expect("acknowledged");
            let durable = SEGMENTS.map(|path| disk.torn(path).durable);
            let found = needed_records(durable.each_ref().map(Vec::as_slice)).records;
            let is_it = |record: &JournalRecord| matches!(record, JournalRecord::Sample { sample: found, .. } if *found == sample);
            assert!(found.iter().any(is_it), "sample {number} of {name}");
        }
    };
    std::thread::scope(|scope| {
        for (file, name) in (0..).zip(names) {
            scope.spawn(move || update(file, name));
        }
    });
}

#[test]
fn a_log_that_was_never_synced_has_no_hole_either() {
    in_parallel(0..histories() / 4, |seed| {
        let history = History::new(seed, LogSync::Never);
        history.lose_power(|found| {
            let is_beginning = history.generations.contains(&found.start);
            assert!(is_beginning, "history {seed}: {found:?} of {:?}", history.generations);
        });
    });
}

//! The store on a disk that is killed, fails or loses power at every operation in turn.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::{ON_REQUEST, chances};
use crate::archive::Season;
use crate::commit::Durability;
use crate::data_source::Heartbeat;
use crate::database::{CreateOptions, Rrd, UpdateError, WriteOptions};
use crate::disk::fake::{Fault, MemoryDisk};
use crate::sample::Sample;
use crate::schema::Schema;
use crate::store::handle::Accepted;
use crate::store::record::{self, BatchPosition};
use crate::store::{LogSync, Store, StoreError, StoreOptions};
use crate::time::{Step, Timestamp};

const NAMES: [&str; 3] = ["a.rrd", "b.rrd", "c.rrd"];
pub(super) const START: i64 = 1_000_000_000;

pub(super) fn schema(name: &str) -> Schema {
    let mut shape = Schema::builder(Step::from_seconds(10).expect("positive"));
    // The head of "b.rrd" lies in two pages.
    for source in 0..if name == "b.rrd" { 12 } else { 1 } {
        shape = shape.gauge(&format!("source{source}"), Heartbeat::from_seconds(60));
    }
    shape.average(0.5, 1, 6).max(0.5, 2, 5).last(0.5, 3, 4).build().expect("shape")
}

pub(super) fn sample(schema: &Schema, number: i64) -> Sample {
    let value = f64::from(i32::try_from(number * 5 % 11).expect("small"));
    let readings = vec![value; schema.measured_sources()];
    Sample::new(Timestamp::from_seconds(START + number * 10), readings)
}

pub(super) fn options(sync: LogSync) -> StoreOptions {
    StoreOptions { segment_size: 64 << 10, sync, ..StoreOptions::default() }
}

fn open(disk: &MemoryDisk, sync: LogSync) -> Result<Store, StoreError> {
    Store::open_on(Arc::new(disk.clone()), Path::new("/"), options(sync))
}

/// A disk with three new files, all synced.
fn prepared() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let store = open(&disk, ON_REQUEST).expect("a store");
    let synced = CreateOptions::new().durability(Durability::Synced);
    for name in NAMES {
        let start = Timestamp::from_seconds(START);
        store.create(name, &schema(name), start, synced).expect("created");
    }
    store.close().expect("closed");
    crate::disk::Disk::sync_folder(&disk, Path::new("/a.rrd")).expect("synced");
    disk
}

/// The bytes of each file after each number of samples.
fn states() -> HashMap<&'static str, Vec<Vec<u8>>> {
    let disk = prepared();
    let all = NAMES.map(|name| {
        let path = Path::new(name);
        let open =
            || Rrd::open_on(Arc::new(disk.clone()), path, WriteOptions::default()).expect("opened");
        let mut states = vec![disk.bytes(name).expect("bytes")];
        for number in 1..=SAMPLES {
            open().update(&sample(&schema(name), number)).expect("updated");
            states.push(disk.bytes(name).expect("bytes"));
        }
        (name, states)
    });
    all.into_iter().collect()
}

const SAMPLES: i64 = 9;

/// What a program knows about its own run.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    /// Number of acknowledged samples per file.
    acknowledged: usize,
    /// Number of them that were acknowledged before a successful sync.
    synced: usize,
}

/// Updates all files, with occasional syncs and flushes, until an operation fails.
fn run(disk: &MemoryDisk, sync: LogSync) -> Run {
    let mut run = Run::default();
    let Ok(store) = open(disk, sync) else { return run };
    for number in 1..=SAMPLES {
        for name in NAMES {
            if store.update(name, &sample(&schema(name), number)).is_err() {
                return run;
            }
        }
        run.acknowledged += 1;
        if sync == LogSync::Each {
            run.synced = run.acknowledged;
        } else if number % 2 == 0 {
            if store.sync().is_err() {
                return run;
            }
            run.synced = run.acknowledged;
        }
        if number % 3 == 0 && !store.flush_all().failed.is_empty() {
            return run;
        }
    }
    run
}

/// Opens the store again; then each file must be in the state after at least this many samples.
fn check(disk: &MemoryDisk, states: &HashMap<&str, Vec<Vec<u8>>>, least: usize, what: &str) {
    let store = open(disk, LogSync::Never).expect("a store starts whatever it finds");
    assert!(store.recovery().failed.is_empty(), "{what}: {:?}", store.recovery());
    for name in NAMES {
        let mut found = disk.bytes(name).expect("a file");
        // A void chunk may lie behind the rows.
        found.truncate(states[name][0].len());
        let state = states[name].iter().position(|state| *state == found);
        assert!(state.is_some_and(|state| state >= least), "{what}: {name} is in {state:?}");
    }
}

#[test]
fn a_kill_at_any_operation_loses_nothing_that_was_acknowledged() {
    let (prepared, states) = (prepared(), states());
    for sync in [LogSync::Never, ON_REQUEST, LogSync::Each] {
        for at in 0.. {
            let disk = prepared.copy();
            disk.plan(at, Fault::Kill);
            let run = run(&disk, sync);
            let complete = disk.is_untouched();
            disk.revive();
            // Killed again during the start.
            for again in (at % 5..).step_by(29) {
                let disk = disk.copy();
                disk.plan(again, Fault::Kill);
                drop(open(&disk, sync));
                let complete = disk.is_untouched();
                disk.revive();
                check(&disk, &states, run.acknowledged, &format!("killed at {at}, {again}"));
                if complete {
                    break;
                }
            }
            check(&disk, &states, run.acknowledged, &format!("killed at {at}"));
            if complete {
                break;
            }
        }
    }
}

/// Power loss that keeps any content of any page, or sector, that is not synced.
fn lose_power(disk: &MemoryDisk, by_sectors: bool, mut below: impl FnMut(usize) -> usize) {
    let names = below(disk.unsynced_name_changes() + 1);
    if by_sectors {
        disk.lose_sectors(names, |versions| below(versions + 1));
    } else {
        disk.lose_power(names, |versions| below(versions + 1));
    }
}

/// Does something again that has failed: the single fault is over then.
fn retried<T, E: std::fmt::Debug>(mut action: impl FnMut() -> Result<T, E>) -> T {
    action().unwrap_or_else(|_| action().expect("the fault is over"))
}

#[test]
fn a_failure_costs_nothing_that_is_acknowledged_after_it_not_even_with_a_power_loss() {
    let (prepared, states) = (prepared(), states());
    let mut below = chances(6);
    for sync in [ON_REQUEST, LogSync::Each] {
        for at in 0.. {
            let disk = prepared.copy();
            disk.plan(at, Fault::Error(ErrorKind::Other));
            let store = retried(|| open(&disk, sync));
            for number in 1..=SAMPLES {
                for name in NAMES {
                    // A refused sample has changed nothing, so it can be given again.
                    retried(|| store.update(name, &sample(&schema(name), number)));
                }
                if sync == ON_REQUEST && number % 2 == 0 {
                    retried(|| store.sync());
                }
                if number % 3 == 0 {
                    retried(|| match store.flush_all().failed.pop() {
                        Some(failed) => Err(Box::new(failed)),
                        None => Ok(()),
                    });
                }
            }
            retried(|| store.sync());
            let complete = disk.is_untouched();
            for by_sectors in [true, false, true] {
                let lost = disk.copy();
                lose_power(&lost, by_sectors, &mut below);
                let samples = usize::try_from(SAMPLES).expect("small");
                check(&lost, &states, samples, &format!("{sync}: failed at {at}"));
            }
            if complete {
                break;
            }
        }
    }
}

#[test]
fn a_power_loss_loses_nothing_that_was_synced() {
    let (prepared, states) = (prepared(), states());
    let mut below = chances(5);
    for sync in [ON_REQUEST, LogSync::Each] {
        for at in 0.. {
            let disk = prepared.copy();
            disk.plan(at, Fault::Kill);
            let run = run(&disk, sync);
            let complete = disk.is_untouched();
            for again in 0..8 {
                let lost = disk.copy();
                // First a kill and another start, which may be killed, too.
                if again >= 5 {
                    lost.plan(below(60), Fault::Kill);
                    drop(open(&lost, sync));
                }
                lose_power(&lost, again % 2 == 0, &mut below);
                check(&lost, &states, run.synced, &format!("{sync}: power lost at {at}"));
            }
            if complete {
                break;
            }
        }
    }
}

#[test]
fn an_operation_that_fails_is_reported_and_nothing_acknowledged_is_lost() {
    let (prepared, states) = (prepared(), states());
    for at in 0.. {
        let disk = prepared.copy();
        disk.plan(at, Fault::Error(ErrorKind::StorageFull));
        let run = run(&disk, LogSync::Never);
        let complete = disk.is_untouched();
        disk.revive();
        check(&disk, &states, run.acknowledged, &format!("failed at {at}"));
        if complete {
            break;
        }
    }
}

/// Samples of a file with seasons, in batches that end at seasons and elsewhere; some end with a
/// refused sample, which prevents the smoothing of the season that they complete.
fn seasonal_batches() -> Vec<Vec<Sample>> {
    let mut batches = Vec::new();
    let mut number = BEFORE;
    for size in [2, 4, 1, 9, 12, 13, 1, 1, 2, 4] {
        let numbers = number + 1..=number + size;
        let mut batch = numbers.map(|number| sample(&seasonal(), number)).collect::<Vec<_>>();
        number += size;
        if batches.len() % 3 != 0 {
            let mut refused = sample(&seasonal(), number);
            refused.at = Timestamp::from_seconds(refused.at.seconds() + 1);
            refused.readings.clear();
            batch.push(refused);
        }
        batches.push(batch);
    }
    batches
}

fn seasonal() -> Schema {
    let shape = Schema::builder(Step::from_seconds(10).expect("positive"));
    shape
        .gauge("a", Heartbeat::from_seconds(60))
        .forecast(Season::Additive, 60, 0.1, 0.003, SEASON)
        .build()
        .expect("shape")
}

/// The shortest season that the default window smooths.
const SEASON: u16 = 40;
/// Samples that are in the file before the test: not quite three seasons, so that the first batches
/// complete the third.
const BEFORE: i64 = 117;

/// A disk with a file that has seasons.
fn seasonal_disk() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let store = open(&disk, ON_REQUEST).expect("a store");
    let synced = CreateOptions::new().durability(Durability::Synced);
    let start = Timestamp::from_seconds(START);
    store.create(NAMES[0], &seasonal(), start, synced).expect("created");
    for number in 1..=BEFORE {
        store.update(NAMES[0], &sample(&seasonal(), number)).expect("acknowledged");
    }
    store.close().expect("closed");
    disk
}

/// The bytes of the file after this many of the batches, each passed as a whole to a handle of the
/// single file.
fn seasonal_states() -> Vec<Vec<u8>> {
    let disk = seasonal_disk();
    let path = Path::new(NAMES[0]);
    let open =
        || Rrd::open_on(Arc::new(disk.clone()), path, WriteOptions::default()).expect("opened");
    let mut states = vec![disk.bytes(NAMES[0]).expect("bytes")];
    for batch in seasonal_batches() {
        let refused = open().update_batch(&batch).is_err();
        assert_eq!(refused, batch.last().is_some_and(|sample| sample.readings.is_empty()));
        states.push(disk.bytes(NAMES[0]).expect("bytes"));
    }
    states
}

/// Passes the batches from `first` on to the store, as far as their samples are new to it, and
/// returns the number accepted.
fn feed(store: &Store, first: usize) -> usize {
    for (number, batch) in seasonal_batches().into_iter().enumerate().skip(first) {
        let last = store.last_update(NAMES[0]).map_or(START, Timestamp::seconds);
        let news = batch.into_iter().filter(|sample| sample.at.seconds() > last);
        let news = news.collect::<Vec<_>>();
        match store.update_batch(NAMES[0], &news).map_err(|error| *error.source) {
            Ok(()) | Err(StoreError::Update(UpdateError::Sample { .. })) => {}
            Err(_) => return number,
        }
        if number % 4 == 3 && !store.flush_all().failed.is_empty() {
            return number + 1;
        }
    }
    seasonal_batches().len()
}

#[test]
fn batches_cut_at_the_end_of_a_season_are_there_whole_or_not_at_all() {
    let (prepared, states) = (seasonal_disk(), seasonal_states());
    for sync in [LogSync::Never, ON_REQUEST, LogSync::Each] {
        for at in 0.. {
            let disk = prepared.copy();
            disk.plan(at, Fault::Kill);
            let taken = open(&disk, sync).map_or(0, |store| feed(&store, 0));
            let complete = disk.is_untouched();
            disk.revive();
            let store = open(&disk, sync).expect("a store starts whatever it finds");
            let found = disk.bytes(NAMES[0]).expect("a file");
            let state = states.iter().position(|state| *state == found);
            assert!(
                state.is_some_and(|state| state >= taken),
                "killed at {at}: {state:?}, {taken}"
            );
            // The result of the retry is the same as without the fault.
            assert_eq!(feed(&store, taken), states.len() - 1);
            store.close().expect("closed");
            let found = disk.bytes(NAMES[0]).expect("a file");
            assert!(found == states[states.len() - 1], "killed at {at}: the retry");
            if complete {
                break;
            }
        }
    }
}

#[test]
fn seasons_in_memory_are_those_of_the_file_after_batches_that_were_refused() {
    let states = seasonal_states();
    // Nothing stays in memory, so that each batch builds on what the journal contains of the
    // previous ones.
    let disk = seasonal_disk();
    let options = StoreOptions { most_loaded: 0, ..options(LogSync::Never) };
    let store = Store::open_on(Arc::new(disk.clone()), Path::new("/"), options).expect("a store");
    assert_eq!(feed(&store, 0), states.len() - 1);
    store.close().expect("closed");
    assert!(disk.bytes(NAMES[0]).expect("a file") == states[states.len() - 1]);
}

#[test]
fn a_name_that_leads_out_of_the_folder_does_not_keep_the_store_from_starting() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), options(LogSync::Never)).expect("a store");
    let mut bytes = Vec::new();
    for (file, name) in [(77, "../outside.rrd"), (78, "/etc/passwd"), (79, "")] {
        record::encode_name(&mut bytes, file, name.as_bytes(), None);
        store.log.append(&bytes).expect("written down");
        record::encode_sample(
            &mut bytes,
            file,
            0,
            BatchPosition::End,
            &sample(&schema("a.rrd"), 1),
        );
        store.log.append(&bytes).expect("written down");
    }
    drop(store);
    let store = Store::open(folder.path(), options(LogSync::Never)).expect("it starts");
    let failed = store.recovery().failed.iter().map(|(name, _)| name.to_str().expect("UTF-8"));
    assert_eq!(failed.collect::<Vec<_>>(), ["../outside.rrd", "/etc/passwd", ""]);
    drop(store);
    let store = Store::open(folder.path(), options(LogSync::Never)).expect("it starts");
    assert!(store.recovery().failed.is_empty(), "told once");
}

#[test]
fn a_database_of_a_synced_store_survives_a_power_loss_with_its_samples() {
    for sync in [ON_REQUEST, LogSync::Each] {
        let disk = MemoryDisk::default();
        let store = open(&disk, sync).expect("a store");
        let start = Timestamp::from_seconds(START);
        for name in ["a.rrd", "deep/in/folders/b.rrd"] {
            let created = store.create(name, &schema(name), start, CreateOptions::new());
            created.expect("created");
            store.update(name, &sample(&schema(name), 1)).expect("acknowledged");
        }
        store.sync().expect("synced");
        disk.lose_power(0, |_| 0);
        let store = open(&disk, sync).expect("a store");
        assert_eq!(store.recovery().applied, 2, "{sync}: {:?}", store.recovery());
    }
}

#[test]
fn a_sample_that_waits_while_its_name_is_forgotten_is_not_lost() {
    let disk = prepared();
    let store = open(&disk, LogSync::Never).expect("a store");
    let waiting = store.files.entry(Path::new(NAMES[0])).expect("an entry");
    store.forget(NAMES[0]).expect("forgotten");
    let sample = sample(&schema(NAMES[0]), 1);
    store
        .apply(&waiting, std::slice::from_ref(&sample), &mut Accepted::default())
        .expect("acknowledged");
    store.close().expect("closed");
    let path = Path::new(NAMES[0]);
    let rrd = Rrd::open_on(Arc::new(disk), path, WriteOptions::default()).expect("opened");
    assert_eq!(rrd.last_update(), sample.at);
}

//! A file with several names on a disk that is killed or loses power at every operation in turn,
//! and that has lost some of the names when the store starts again.

use std::path::Path;
use std::sync::Arc;

use super::crash::{START, options, sample, schema};
use super::{ON_REQUEST, chances};
use crate::commit::Durability;
use crate::database::{CreateOptions, Rrd, WriteOptions};
use crate::disk::fake::{Fault, MemoryDisk};
use crate::disk::{Disk, Reach};
use crate::store::{LogSync, Store, StoreError, StoreOptions};
use crate::time::Timestamp;

/// Three names of one file. Its head lies in two pages.
const NAMES: [&str; 3] = ["b.rrd", "link/b.rrd", "/far/b.rrd"];
const SAMPLES: i64 = 9;

fn open(disk: &MemoryDisk, sync: LogSync) -> Result<Store, StoreError> {
    let options = StoreOptions { reach: Reach::Anywhere, ..options(sync) };
    Store::open_on(Arc::new(disk.clone()), Path::new("/"), options)
}

/// A disk with the file, all synced.
fn prepared() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let store = open(&disk, ON_REQUEST).expect("a store");
    let synced = CreateOptions::new().durability(Durability::Synced);
    let start = Timestamp::from_seconds(START);
    store.create(NAMES[0], &schema(NAMES[0]), start, synced).expect("created");
    store.close().expect("closed");
    for name in &NAMES[1..] {
        disk.link(NAMES[0], name);
    }
    disk.sync_folder(Path::new(NAMES[0])).expect("synced");
    disk
}

/// The bytes of the file after each number of samples.
fn states() -> Vec<Vec<u8>> {
    let disk = prepared();
    let bytes = || disk.bytes(NAMES[0]).expect("bytes");
    let mut states = vec![bytes()];
    for number in 1..=SAMPLES {
        let path = Path::new(NAMES[0]);
        let rrd = Rrd::open_on(Arc::new(disk.clone()), path, WriteOptions::default());
        rrd.expect("opened").update(&sample(&schema(NAMES[0]), number)).expect("updated");
        states.push(bytes());
    }
    states
}

/// The name of each sample.
fn name_of(number: usize) -> &'static str {
    NAMES[number % NAMES.len()]
}

/// Gives samples to the file under all its names, until an operation fails; returns how many were
/// acknowledged, and how many of them before a sync.
fn run(disk: &MemoryDisk, sync: LogSync) -> (usize, usize) {
    let (mut acknowledged, mut synced) = (0, 0);
    let Ok(store) = open(disk, sync) else { return (0, 0) };
    for number in 1..=SAMPLES {
        let name = name_of(usize::try_from(number).expect("small"));
        if store.update(name, &sample(&schema(NAMES[0]), number)).is_err() {
            break;
        }
        acknowledged += 1;
        if number % 2 == 0 {
            if store.sync().is_err() {
                break;
            }
            synced = acknowledged;
        }
        if number % 4 == 0 && !store.flush_all().failed.is_empty() {
            break;
        }
    }
    (acknowledged, synced)
}

/// Opens the store again when only one name is left; then the file must be in the state after at
/// least this many samples.
fn check(disk: &MemoryDisk, states: &[Vec<u8>], least: usize, left: &str, what: &str) {
    for name in NAMES.into_iter().filter(|name| *name != left) {
        disk.unlink(name);
    }
    let store = open(disk, LogSync::Never).expect("a store starts whatever it finds");
    assert!(store.recovery().failed.is_empty(), "{what}: {:?}", store.recovery());
    let mut found = disk.bytes(left).expect("a file");
    found.truncate(states[0].len());
    let state = states.iter().position(|state| *state == found);
    assert!(state.is_some_and(|state| state >= least), "{what}: {state:?} of {least}");
}

#[test]
fn after_a_kill_at_any_operation_a_file_has_all_samples_under_the_name_that_is_left() {
    let (prepared, states) = (prepared(), states());
    for sync in [LogSync::Never, ON_REQUEST] {
        for at in 0.. {
            let disk = prepared.copy();
            disk.plan(at, Fault::Kill);
            let (acknowledged, _) = run(&disk, sync);
            let complete = disk.is_untouched();
            disk.revive();
            // The last name that was used, and any if all were.
            let last = name_of(acknowledged.max(1));
            for left in NAMES.into_iter().filter(|name| acknowledged >= 4 || *name == last) {
                let what = format!("killed at {at}, {left} is left");
                // The sample that was not acknowledged may have had a new name, and be there.
                check(&disk.copy(), &states, acknowledged, left, &what);
            }
            if complete {
                break;
            }
        }
    }
}

#[test]
fn after_a_power_loss_a_file_has_all_synced_samples_under_the_name_that_is_left() {
    let (prepared, states) = (prepared(), states());
    let mut below = chances(7);
    for at in 0.. {
        let disk = prepared.copy();
        disk.plan(at, Fault::Kill);
        let (_, synced) = run(&disk, ON_REQUEST);
        let complete = disk.is_untouched();
        for _ in 0..6 {
            let lost = disk.copy();
            let names = below(lost.unsynced_name_changes() + 1);
            lost.lose_sectors(names, |versions| below(versions + 1));
            let left = name_of(synced.max(1));
            check(&lost, &states, synced, left, &format!("power lost at {at}"));
        }
        if complete {
            break;
        }
    }
}

#[test]
fn a_file_that_cannot_be_looked_at_keeps_its_samples_until_it_can() {
    let disk = prepared();
    let store = open(&disk, ON_REQUEST).expect("a store");
    (1..=3).for_each(|number| {
        store.update(NAMES[0], &sample(&schema(NAMES[0]), number)).expect("acknowledged");
    });
    drop(store);
    let entry = |store: &Store, name: &str| store.files.known(Path::new(name)).expect("an entry");
    let mark = {
        let store = open(&disk, ON_REQUEST).expect("a store");
        assert_eq!(store.recovery().applied, 3);
        let look = disk.look(Path::new(NAMES[0])).expect("a file").identity;
        let label = store.file(NAMES[0]).expect("a file");
        assert_eq!(entry(&store, NAMES[0]).identity, look);
        label.0.label(&[], START + 30).mark()
    };
    for mark in [Some(mark), None] {
        let disk = disk.copy();
        let store = open(&disk, ON_REQUEST).expect("a store");
        let expected = store.files.expected(Path::new(NAMES[0]), mark).expect("an entry");
        let sample = sample(&schema(NAMES[0]), 4);
        let mut state = expected.state();
        let kept = [(sample.clone(), crate::store::record::BatchPosition::End)];
        store.write_again(&expected, &mut state, &kept).expect("written");
        drop(state);
        assert!(store.flush_all().failed.is_empty());
        assert_eq!(store.last_update(NAMES[0]).expect("a time"), sample.at, "{mark:?}");
        let real = disk.look(Path::new(NAMES[0])).expect("a file").identity;
        assert_eq!(entry(&store, NAMES[0]).identity, real);
    }
}

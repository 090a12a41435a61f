//! The store on a disk that is killed, fails or loses its power at every operation in turn.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::{Store, StoreError, StoreOptions};
use crate::data_source::Heartbeat;
use crate::database::{CreateOptions, Rrd, WriteOptions};
use crate::journal::Durability;
use crate::sample::Sample;
use crate::schema::Schema;
use crate::storage::memory::{Fault, MemoryDisk};
use crate::time::{Step, Timestamp};

const NAMES: [&str; 3] = ["a.rrd", "b.rrd", "c.rrd"];
const START: i64 = 1_000_000_000;

fn schema(name: &str) -> Schema {
    let mut shape = Schema::builder(Step::from_seconds(10).expect("positive"));
    // The head of "b.rrd" lies in two pages.
    for source in 0..if name == "b.rrd" { 12 } else { 1 } {
        shape = shape.gauge(&format!("source{source}"), Heartbeat(60));
    }
    shape.average(0.5, 1, 6).max(0.5, 2, 5).last(0.5, 3, 4).build().expect("shape")
}

fn sample(schema: &Schema, number: i64) -> Sample {
    let value = f64::from(i32::try_from(number * 5 % 11).expect("small"));
    let readings = vec![value; schema.measured_sources()];
    Sample::new(Timestamp::from_seconds(START + number * 10), readings)
}

fn options(durability: Durability) -> StoreOptions {
    StoreOptions { segment_size: 64 << 10, durability, ..StoreOptions::default() }
}

fn open(disk: &MemoryDisk, durability: Durability) -> Result<Store, StoreError> {
    Store::open_on(Arc::new(disk.clone()), Path::new("/"), options(durability))
}

/// A disk with three fresh files, all of it safe.
fn prepared() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let store = open(&disk, Durability::Synced).expect("a store");
    let synced = CreateOptions { synced: true, ..CreateOptions::default() };
    for name in NAMES {
        let start = Timestamp::from_seconds(START);
        store.create(name, &schema(name), start, synced).expect("created");
    }
    store.close().expect("closed");
    crate::storage::Disk::sync_folder(&disk, Path::new("/a.rrd")).expect("synced");
    disk
}

/// The bytes of each file after each number of samples.
fn states() -> HashMap<&'static str, Vec<Vec<u8>>> {
    let disk = prepared();
    let all = NAMES.map(|name| {
        let path = Path::new(name);
        let mut rrd =
            Rrd::open_on(Arc::new(disk.clone()), path, WriteOptions::default()).expect("opened");
        let mut states = vec![disk.bytes(name).expect("bytes")];
        for number in 1..=SAMPLES {
            rrd.update(&sample(&schema(name), number)).expect("updated");
            states.push(disk.bytes(name).expect("bytes"));
        }
        (name, states)
    });
    all.into_iter().collect()
}

const SAMPLES: i64 = 9;

/// What a program knows of its own run.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    /// Samples of each file that were acknowledged.
    acknowledged: usize,
    /// Those of them that were acknowledged before a sync that succeeded.
    synced: usize,
}

/// Feeds all files, syncs and flushes now and then, until an operation fails.
fn run(disk: &MemoryDisk, durability: Durability) -> Run {
    let mut run = Run::default();
    let Ok(store) = open(disk, durability) else { return run };
    for number in 1..=SAMPLES {
        for name in NAMES {
            if store.update(name, &sample(&schema(name), number)).is_err() {
                return run;
            }
        }
        run.acknowledged += 1;
        if number % 2 == 0 {
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

/// Opens the store again; then each file must be in the state after at least so many samples.
fn check(disk: &MemoryDisk, states: &HashMap<&str, Vec<Vec<u8>>>, least: usize, what: &str) {
    let store = open(disk, Durability::Process).expect("a store starts whatever it finds");
    assert!(store.recovery().failed.is_empty(), "{what}: {:?}", store.recovery());
    for name in NAMES {
        let found = disk.bytes(name).expect("a file");
        let state = states[name].iter().position(|state| *state == found);
        assert!(state.is_some_and(|state| state >= least), "{what}: {name} is in {state:?}");
    }
}

#[test]
fn a_kill_at_any_operation_loses_nothing_that_was_acknowledged() {
    let (prepared, states) = (prepared(), states());
    for durability in [Durability::Process, Durability::Synced] {
        for at in 0.. {
            let disk = prepared.copy();
            disk.plan(at, Fault::Kill);
            let run = run(&disk, durability);
            let complete = disk.is_untouched();
            disk.revive();
            // Killed again while it starts.
            for again in (at % 5..).step_by(29) {
                let disk = disk.copy();
                disk.plan(again, Fault::Kill);
                drop(open(&disk, durability));
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

#[test]
fn a_power_loss_loses_nothing_that_was_synced() {
    let (prepared, states) = (prepared(), states());
    let mut chance = 5_u64;
    let mut below = |limit: usize| {
        chance =
            chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(chance >> 33).expect("small") % limit
    };
    for at in 0.. {
        let disk = prepared.copy();
        disk.plan(at, Fault::Kill);
        let run = run(&disk, Durability::Synced);
        let complete = disk.is_untouched();
        for _ in 0..8 {
            let lost = disk.copy();
            let names = below(lost.unsynced_name_changes() + 1);
            lost.lose_power(names, |versions| below(versions + 1));
            check(&lost, &states, run.synced, &format!("power lost at {at}"));
        }
        if complete {
            break;
        }
    }
}

#[test]
fn an_operation_that_fails_is_told_and_nothing_acknowledged_is_lost() {
    let (prepared, states) = (prepared(), states());
    for at in 0.. {
        let disk = prepared.copy();
        disk.plan(at, Fault::Error(ErrorKind::StorageFull));
        let run = run(&disk, Durability::Process);
        let complete = disk.is_untouched();
        disk.revive();
        check(&disk, &states, run.acknowledged, &format!("failed at {at}"));
        if complete {
            break;
        }
    }
}

//! Files that replace others, on a disk that is killed, fails or loses power at every operation in
//! turn: created, restored, converted, restructured. The name always refers to the old file or to
//! the new one, each complete.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::crash::{Chance, NAME, for_each_power_loss, open, prepared, sample, small, wide};
use crate::commit::Durability;
use crate::database::convert::convert_on;
use crate::database::{CreateOptions, Rrd, RrdReader, create};
use crate::disk::Overwrite;
use crate::disk::fake::{Fault, MemoryDisk};
use crate::schema::Schema;
use crate::text::{Dump, Restore};
use crate::time::Timestamp;

const OTHER: &str = "other.rrd";

/// The operation; returns whether it reported success.
type Work = fn(&MemoryDisk) -> bool;

fn create_over(disk: &MemoryDisk) -> bool {
    let start = Timestamp::from_seconds(1_000_000_000);
    let options = CreateOptions::new().overwrite(Overwrite::Yes);
    create::create(disk, Path::new(NAME), &wide(), start, options).is_ok()
}

fn restore_over(disk: &MemoryDisk) -> bool {
    let other = RrdReader::open_on(disk, Path::new(OTHER)).expect("readable");
    let mut dump = Vec::new();
    Dump::of(&other).write_to(&mut dump).expect("dumped");
    let restore = Restore::new().overwrite(Overwrite::Yes);
    restore.read_on(disk, &*dump, Path::new(NAME)).is_ok()
}

fn convert_over(disk: &MemoryDisk) -> bool {
    convert_on(disk, Path::new(OTHER), Path::new(NAME), Overwrite::Yes).is_ok()
}

/// The same rows, rotated in their rings: what every restructuring does at least.
fn restructure(disk: &MemoryDisk) -> bool {
    let rrd = Rrd::open_on(
        Arc::new(disk.clone()),
        Path::new(NAME),
        crate::database::WriteOptions::default(),
    );
    let Ok(mut rrd) = rrd else { return false };
    let replaced = rrd.replace(|old| {
        let mut head = old.head().clone();
        let rows = head.schema.archives().iter().map(|archive| archive.rows);
        for (row, rows) in head.live.current_rows.iter_mut().zip(rows) {
            *row = (*row + 1) % rows;
        }
        let written = old.write(&head, |archive, values| {
            old.read(archive, 0, values)?;
            values.rotate_right(old.head().schema.sources().len());
            Ok(())
        });
        written.map_err(|error| crate::database::UpdateError::Write {
            path: NAME.into(),
            source: std::io::Error::other(error),
        })
    });
    replaced.is_ok()
}

/// Bytes before the rows of the file of [`wide`].
const HEAD: usize = 8960;

/// The previous file: with some updates; or with a change that a killed writer left behind its
/// rows; or just created with such a change, so that a new file with the same structure begins like
/// it.
fn olds(shape: &Schema) -> Vec<(&'static str, MemoryDisk)> {
    let unfinished = |first: i64| {
        let disk = prepared(shape, first);
        let whole = prepared(shape, first);
        let mut at = 0;
        loop {
            let trial = disk.copy();
            let mut rrd = open(&trial, Durability::Synced);
            trial.plan(at, Fault::Kill);
            let batch = [sample(shape, first), sample(shape, first + 1)];
            drop(rrd.update_batch(&batch));
            drop(rrd);
            trial.revive();
            let head = |disk: &MemoryDisk| disk.bytes(NAME).map(|bytes| bytes[..HEAD].to_vec());
            if head(&trial) != head(&whole) {
                return trial;
            }
            at += 1;
        }
    };
    vec![
        ("fed for a while", prepared(shape, 8)),
        ("with an unfinished change", unfinished(6)),
        ("fresh with an unfinished change", unfinished(1)),
    ]
}

/// The database as seen by its next writer.
fn settled(disk: &MemoryDisk) -> Option<Vec<u8>> {
    let disk = disk.copy();
    let rrd = open(&disk, Durability::Process);
    let end = usize::try_from(rrd.snapshot.length).expect("small");
    disk.bytes(NAME).map(|bytes| bytes[..end].to_vec())
}

#[test]
fn a_file_that_is_replaced_is_the_old_or_the_new_one() {
    let works: [(&str, Work); 4] = [
        ("created", create_over),
        ("restored", restore_over),
        ("converted", convert_over),
        ("restructured", restructure),
    ];
    let mut chance = Chance(11);
    for (story, old) in olds(&wide()) {
        // Another file, to restore and to convert from: as new as the one that it replaces, or with
        // updates.
        let start = Timestamp::from_seconds(1_000_000_000);
        let synced = CreateOptions::new().durability(Durability::Synced);
        create::create(&old, Path::new(OTHER), &wide(), start, synced).expect("created");
        let before = settled(&old);
        for (what, work) in works {
            let undisturbed = old.copy();
            assert!(work(&undisturbed), "{what} {story}");
            let after = settled(&undisturbed);
            assert_ne!(before, after, "{what} {story}");
            for fault in [Fault::Kill, Fault::Error(ErrorKind::StorageFull)] {
                for at in 0.. {
                    let disk = old.copy();
                    disk.plan(at, fault);
                    let done = work(&disk);
                    let complete = disk.is_untouched();
                    disk.revive();
                    let check = |disk: &MemoryDisk| {
                        let found = settled(disk);
                        let right = found == after || found == before && !done;
                        assert!(right, "{what} over one {story}, {fault:?} at {at}");
                    };
                    check(&disk);
                    if fault == Fault::Kill {
                        for_each_power_loss(&disk, &mut chance, check);
                    } else {
                        assert_eq!(disk.names().len(), 2, "{what} {story} at {at}");
                    }
                    if complete {
                        break;
                    }
                }
            }
        }
    }
}

#[test]
fn a_file_that_is_replaced_at_once_is_the_old_or_the_new_one_after_a_kill_and_waits_for_no_disk() {
    let start = Timestamp::from_seconds(1_000_000_000);
    let options = CreateOptions::new().overwrite(Overwrite::Yes).replacing_at_once();
    let replace = |disk: &MemoryDisk| {
        create::create(disk, Path::new(NAME), &wide(), start, options).map(drop)
    };
    for (name, old) in olds(&wide()) {
        let whole = old.copy();
        replace(&whole).expect("replaced");
        let (before, after) = (old.bytes(NAME), whole.bytes(NAME));
        // What was never synced is lost.
        assert!(whole.unsynced_pages() > 0, "{name}");
        for at in 0.. {
            let disk = old.copy();
            disk.plan(at, Fault::Kill);
            let is_done = replace(&disk).is_ok();
            let complete = disk.is_untouched();
            disk.revive();
            let found = disk.bytes(NAME);
            assert!(found == before || found == after, "{name}, killed at {at}");
            assert!(!is_done || found == after, "{name}, killed at {at}: lost");
            if complete {
                break;
            }
        }
    }
}

#[test]
fn a_file_of_a_new_name_is_whole_or_not_there() {
    let mut chance = Chance(9);
    let start = Timestamp::from_seconds(1_000_000_000);
    let options = CreateOptions::new().durability(Durability::Synced);
    let create =
        |disk: &MemoryDisk| create::create(disk, Path::new(NAME), &small(), start, options).is_ok();
    let fresh = MemoryDisk::default();
    assert!(create(&fresh));
    for fault in [Fault::Kill, Fault::Error(ErrorKind::StorageFull)] {
        for at in 0.. {
            let disk = MemoryDisk::default();
            disk.plan(at, fault);
            let done = create(&disk);
            let complete = disk.is_untouched();
            let check = |disk: &MemoryDisk| {
                let found = disk.bytes(NAME);
                assert!(found == fresh.bytes(NAME) || found.is_none() && !done, "at {at}");
            };
            disk.revive();
            check(&disk);
            if fault == Fault::Kill {
                for_each_power_loss(&disk, &mut chance, check);
            } else if !done {
                // The name may be kept if only its durability is in doubt.
                let names = disk.names();
                assert!(names.is_empty() || names == [NAME], "at {at}: {names:?}");
            }
            if complete {
                break;
            }
        }
    }
}

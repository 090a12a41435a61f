//! What follows the rows of a file: records of changes, whole, torn, foreign and forged.

use std::path::Path;

use super::crash::{NAME, forecast, open, prepared, sample, seen, wide};
use crate::commit::{Durability, Heads, Image, Record, Unprotected};
use crate::disk::fake::{Fault, MemoryDisk};
use crate::disk::{Disk, Locking};
use crate::schema::Schema;

/// Number of samples in the files here.
const FIRST: i64 = 14;

/// A disk with a file of these bytes.
fn disk_with(bytes: &[u8]) -> MemoryDisk {
    let disk = MemoryDisk::default();
    let file = disk.create_new(Path::new(NAME), None).expect("created");
    file.write_at(0, bytes).expect("written");
    disk
}

fn bytes(disk: &MemoryDisk) -> Vec<u8> {
    disk.bytes(NAME).expect("a file")
}

/// The file before an update, after it, and at each kill while it is being updated.
fn killed(schema: &Schema, number: i64) -> (Vec<u8>, Vec<u8>, Vec<Vec<u8>>) {
    let prepared = prepared(schema, number);
    let mut all = Vec::new();
    for at in 0.. {
        let disk = prepared.copy();
        let mut rrd = open(&disk, Durability::Process);
        disk.plan(at, Fault::Kill);
        let _ = rrd.update(&sample(schema, number));
        let complete = disk.is_untouched();
        drop(rrd);
        if complete {
            return (bytes(&prepared), bytes(&disk), all);
        }
        all.push(bytes(&disk));
    }
    unreachable!("an update has an end")
}

/// The chunk of an update of the file of `wide`, behind an unchanged file.
fn begun() -> (Vec<u8>, Vec<u8>) {
    let (before, _, killed) = killed(&wide(), FIRST);
    let whole = killed.into_iter().rfind(|bytes| bytes.starts_with(&before));
    (before, whole.expect("the chunk is written first"))
}

/// A chunk of a kind that this version does not know.
fn unknown_chunk(payload: &[u8]) -> Vec<u8> {
    let mut chunk = b"RRDCHUNK".to_vec();
    chunk.extend_from_slice(&u64::try_from(payload.len()).expect("small").to_le_bytes());
    chunk.extend_from_slice(&7_u32.to_le_bytes());
    let covered = [&chunk[8..], payload].concat();
    chunk.extend_from_slice(&crc32fast::hash(&covered).to_le_bytes());
    chunk.extend_from_slice(payload);
    chunk.resize(chunk.len().next_multiple_of(8), 0);
    chunk
}

#[test]
fn bytes_of_another_program_stay_and_leave_no_place_for_a_record() {
    let (before, after, _) = killed(&wide(), FIRST);
    let zeros = [0; 5000];
    for foreign in [&b"x"[..], b"RRDCHUNX", b"RRDVOID1 and more", &zeros, &[7; 9000]] {
        for durability in [Durability::Process, Durability::Synced] {
            let disk = disk_with(&[&before, foreign].concat());
            let mut rrd = open(&disk, durability);
            rrd.update(&sample(&wide(), FIRST)).expect("updated");
            assert_eq!(rrd.unprotected(), Some(Unprotected::ForeignBytes));
            drop(rrd);
            assert!(bytes(&disk) == [&after, foreign].concat());
        }
    }
}

#[test]
fn a_chunk_that_is_torn_or_void_is_overwritten_and_removed() {
    let (before, whole) = begun();
    let (_, after, _) = killed(&wide(), FIRST);
    let chunk = &whole[before.len()..];
    let mut damaged = chunk.to_vec();
    *damaged.last_mut().expect("bytes") ^= 1;
    damaged[40] ^= 1;
    let void = [b"RRDVOID\0", &chunk[8..]].concat();
    let lengths = [1, 7, 8, 23, 24, chunk.len() - 8].map(|length| chunk[..length].to_vec());
    for tail in lengths.into_iter().chain([damaged, void]) {
        let disk = disk_with(&[&before[..], &tail].concat());
        let mut rrd = open(&disk, Durability::Process);
        assert!(rrd.snapshot.is_plain(), "{} bytes", tail.len());
        rrd.update(&sample(&wide(), FIRST)).expect("updated");
        assert_eq!(rrd.unprotected(), None);
        assert!(bytes(&disk) == after, "{} bytes", tail.len());
    }
}

#[test]
fn zero_bytes_give_place_to_a_record_and_are_there_again() {
    let (before, after, _) = killed(&wide(), FIRST);
    for count in [1, 8, 100] {
        let zeros = vec![0; count];
        for durability in [Durability::Process, Durability::Synced] {
            let disk = disk_with(&[&before[..], &zeros].concat());
            let mut rrd = open(&disk, durability);
            rrd.update(&sample(&wide(), FIRST)).expect("updated");
            assert_eq!(rrd.unprotected(), None);
            assert!(bytes(&disk) == [&after[..], &zeros].concat(), "{count} zeros");
        }
    }
}

#[test]
fn chunks_of_another_kind_stay_and_the_record_follows_them() {
    let (before, after, _) = killed(&wide(), FIRST);
    let kept = [unknown_chunk(b"a label"), unknown_chunk(&vec![5; 100_000])].concat();
    for at in 0.. {
        let disk = disk_with(&[&before[..], &kept].concat());
        let mut rrd = open(&disk, Durability::Process);
        disk.plan(at, Fault::Kill);
        let _ = rrd.update(&sample(&wide(), FIRST));
        let complete = disk.is_untouched();
        drop(rrd);
        disk.revive();
        let mut rrd = open(&disk, Durability::Process);
        if rrd.last_update() < sample(&wide(), FIRST).at {
            rrd.update(&sample(&wide(), FIRST)).expect("retried");
        }
        drop(rrd);
        assert!(bytes(&disk) == [&after[..], &kept].concat(), "killed at {at}");
        if complete {
            break;
        }
    }
}

#[test]
fn more_than_64_chunks_are_not_followed() {
    let (before, ..) = killed(&wide(), FIRST);
    for (count, unprotected) in [(63, None), (64, Some(Unprotected::ForeignBytes))] {
        let disk = disk_with(&[&before[..], &unknown_chunk(b"x").repeat(count)].concat());
        let mut rrd = open(&disk, Durability::Process);
        rrd.update(&sample(&wide(), FIRST)).expect("updated");
        assert_eq!(rrd.unprotected(), unprotected);
    }
}

#[test]
fn a_copy_that_falls_into_one_commit_is_completed() {
    for (schema, number) in [(wide(), FIRST), (forecast(), 100)] {
        let (before, after, killed) = killed(&schema, number);
        let head = open(&disk_with(&before), Durability::Process).snapshot.geometry.rows();
        let wanted = seen(&disk_with(&after));
        let end = before.len();
        // From the first whole record to the last one before it is removed.
        let begun = killed.iter().position(|now| now[..head] != before[..head]).expect("begun") - 1;
        let during = &killed[begun..];
        for (first, heads) in during.iter().enumerate() {
            for (second, rows) in during.iter().enumerate().skip(first) {
                for tails in during.iter().skip(second) {
                    let copy = [&heads[..head], &rows[head..end], &tails[end..]].concat();
                    let disk = disk_with(&copy);
                    assert!(seen(&disk) == wanted, "a reader");
                    drop(open(&disk, Durability::Process));
                    assert!(bytes(&disk) == after, "a writer");
                }
            }
        }
    }
}

#[test]
fn a_record_of_another_state_is_ignored_and_removed() {
    let (_, whole) = begun();
    let (earlier, ..) = killed(&wide(), FIRST - 1);
    let (later, ..) = killed(&wide(), FIRST + 2);
    let chunk = &whole[earlier.len()..];
    for database in [earlier, later] {
        let disk = disk_with(&[&database[..], chunk].concat());
        assert!(seen(&disk) == seen(&disk_with(&database)));
        drop(open(&disk, Durability::Process));
        assert!(bytes(&disk) == database);
    }
}

#[test]
fn a_damaged_byte_in_a_record_never_gives_a_third_state() {
    let (before, whole) = begun();
    let (_, after, _) = killed(&wide(), FIRST);
    let (old, new) = (seen(&disk_with(&before)), seen(&disk_with(&after)));
    for at in (before.len()..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        let found = seen(&disk_with(&damaged));
        assert!(found == old || found == new && at + 8 > whole.len(), "byte {at}");
    }
}

/// A file with a forged record: `forge` changes the head and adds ranges.
fn forged(forge: impl FnOnce(&mut Vec<u8>, &mut Record)) -> (Vec<u8>, Vec<u8>) {
    let (before, ..) = killed(&wide(), FIRST);
    let snapshot = &open(&disk_with(&before), Durability::Process).snapshot;
    let (mut after, mut record) = (snapshot.bytes.clone(), Record::default());
    forge(&mut after, &mut record);
    let mut payload = Vec::new();
    let heads = Heads { after: &after, ..snapshot.heads(&snapshot.bytes) };
    Image::encode(&mut payload, false, heads, &record);
    let mut chunk = unknown_chunk(&payload);
    chunk[16..20].copy_from_slice(&1_u32.to_le_bytes());
    let checksum = crc32fast::hash(&[&chunk[8..20], &payload].concat());
    chunk[20..24].copy_from_slice(&checksum.to_le_bytes());
    (before.clone(), [before, chunk].concat())
}

#[test]
fn a_forged_record_is_ignored() {
    let (before, whole) = forged(|after, record| {
        after[168] = 77;
        record.push(168, &[77]);
    });
    let differs = seen(&disk_with(&whole)) != seen(&disk_with(&before));
    assert!(differs, "another heartbeat is a change");
    let end = u64::try_from(before.len()).expect("small");
    let forgeries: [fn(&mut Vec<u8>, &mut Record, u64); 7] = [
        // Beyond the rows, across their end, and far beyond.
        |_, record, end| record.push(end, &[1]),
        |_, record, end| record.push(end - 1, &[1, 2]),
        |_, record, _| record.push(u64::MAX, &[1]),
        // More bytes than the file has.
        |_, record, end| {
            let half = vec![0; usize::try_from(end).expect("small") / 2 + 1];
            record.push(end / 2 - 1, &half);
            record.push(end / 2 - 1, &half);
        },
        // A head that is not valid: no data source.
        |after, record, _| {
            after[24] = 0;
            record.push(24, &[0]);
        },
        // A definition for which writers refuse the file: an xff of 2.
        |after, record, _| {
            let xff = 128 + 10 * 120 + 40;
            after[xff..xff + 8].copy_from_slice(&2_f64.to_le_bytes());
            record.push(u64::try_from(xff).expect("small"), &2_f64.to_le_bytes());
        },
        // Rows that move.
        |after, record, _| {
            let rows = 128 + 10 * 120 + 24;
            after[rows] = 4;
            record.push(u64::try_from(rows).expect("small"), &[4]);
        },
    ];
    for (number, forge) in forgeries.into_iter().enumerate() {
        let (before, whole) = forged(|after, record| forge(after, record, end));
        let disk = disk_with(&whole);
        assert!(seen(&disk) == seen(&disk_with(&before)), "{number}");
        let rrd = open(&disk, Durability::Process);
        assert!(rrd.snapshot.is_plain(), "{number}");
        drop(rrd);
        assert!(bytes(&disk)[..before.len()] == before, "{number}");
    }
}

#[test]
fn a_handle_leaves_nothing_behind_the_rows_when_it_is_closed() {
    let (before, ..) = killed(&wide(), FIRST);
    for changes in 1..4 {
        let disk = disk_with(&before);
        let mut rrd = open(&disk, Durability::Process);
        for number in 0..changes {
            rrd.update(&sample(&wide(), FIRST + number)).expect("updated");
            // From the second change on the space is kept.
            assert_eq!(bytes(&disk).len() > before.len(), number > 0);
        }
        drop(rrd);
        assert_eq!(bytes(&disk).len(), before.len());
    }
}

#[test]
fn a_handle_that_is_closed_neither_waits_nor_touches_what_is_not_its_own() {
    let (before, ..) = killed(&wide(), FIRST);
    let (_, whole) = begun();
    let kept = || {
        let disk = disk_with(&before);
        let mut rrd = open(&disk, Durability::Process);
        for number in 0..2 {
            rrd.update(&sample(&wide(), FIRST + number)).expect("updated");
        }
        (disk, rrd)
    };
    // Another program holds the lock.
    let (disk, rrd) = kept();
    let other = disk.open(Path::new(NAME), crate::disk::OpenMode::Write).expect("opened");
    assert!(other.lock(Locking::Try).expect("a lock"));
    let length = bytes(&disk).len();
    drop(rrd);
    assert_eq!(bytes(&disk).len(), length);
    drop(other);
    // It has put a record of its own there, or bytes that are none.
    for foreign in [whole[before.len()..].to_vec(), vec![9; 8]] {
        let (disk, rrd) = kept();
        let other = disk.open(Path::new(NAME), crate::disk::OpenMode::Write).expect("opened");
        let end = u64::try_from(before.len()).expect("small");
        other.write_at(end, &foreign).expect("written");
        let now = bytes(&disk);
        drop(rrd);
        assert!(bytes(&disk) == now);
    }
}

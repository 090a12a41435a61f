//! A segment of the journal of a store. If it begins like one, the checksums of its head and its
//! records are corrected, so that the fuzzer gets past them. The store must start, and its file
//! must stay valid.
#![no_main]

use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use rrd_core::{RrdReader, Store, StoreOptions};

const FILE: &[u8] = include_bytes!("../journal_base.rrd");
const SEQUENCE: std::ops::Range<usize> = 8..12;
const CHECKSUM: std::ops::Range<usize> = 16..20;
/// Where the records begin. Each is preceded by its length and its checksum and begins at a
/// multiple of this.
const RECORDS: usize = 64;
const FRAME: usize = 8;
/// The checksum of a record covers its bytes and is combined with the generation, multiplied by
/// this.
const SALT: u32 = 0x9e37_79b1;

fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = folder.join(format!("rrd-fuzz-segment-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a place to write");
    folder
}

fn put_right(segment: &mut [u8]) {
    let Some(head) = segment.get(..CHECKSUM.start) else { return };
    let checksum = crc32fast::hash(head);
    let turn = u32::from_le_bytes(head[SEQUENCE].try_into().expect("four bytes"));
    let Some(place) = segment.get_mut(CHECKSUM) else { return };
    place.copy_from_slice(&checksum.to_le_bytes());
    let mut rest = segment.get_mut(RECORDS..).unwrap_or_default();
    while let Some((frame, after)) = rest.split_first_chunk_mut::<FRAME>() {
        let length = u32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize;
        let Some(payload) = after.get(..length) else { return };
        let checksum = crc32fast::hash(payload) ^ turn.wrapping_mul(SALT);
        frame[4..].copy_from_slice(&checksum.to_le_bytes());
        rest = after.get_mut(length.next_multiple_of(FRAME)..).unwrap_or_default();
    }
}

fuzz_target!(|data: &[u8]| {
    let mut segment = data.to_vec();
    if segment.first() == Some(&b'R') {
        put_right(&mut segment);
    }
    let folder = folder();
    std::fs::write(folder.join("x.rrd"), FILE).expect("a place to write");
    std::fs::write(folder.join(".store-0.journal"), segment).expect("a place to write");
    for other in [".store-1.journal", ".store-images.journal", ".store-orphans.journal"] {
        let _ = std::fs::remove_file(folder.join(other));
    }
    let options = StoreOptions::new().segment_size(64 << 10);
    let store = Store::open(&folder, options).expect("a store starts whatever it finds");
    drop(store);
    assert!(RrdReader::open(folder.join("x.rrd")).is_ok(), "the file was damaged");
});

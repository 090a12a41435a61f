//! A segment of the log of a store, of this version or of an earlier one. If it begins like one,
//! the checksums of its head and its records are corrected, so that the fuzzer gets past them. The
//! store must start, and its file must stay valid.
#![no_main]

use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use rrd_core::{RrdReader, Store, StoreOptions};

const FILE: &[u8] = include_bytes!("../journal_base.rrd");
const GENERATION: std::ops::Range<usize> = 8..12;
/// Makes the checksums of one generation differ from those of another.
const FACTOR: u32 = 0x9e37_79b1;

/// Where things are in a segment.
struct Layout {
    magic: &'static [u8],
    /// The checksum of the head covers what is before it.
    checksum: usize,
    records: usize,
    /// Length, checksum, and chain unless it is an old one; records begin at a multiple of 4 or 8.
    frame: usize,
    alignment: usize,
}

const NEW: Layout =
    Layout { magic: b"RRDSTOR2", checksum: 36, records: 1024, frame: 12, alignment: 4 };
const OLD: Layout =
    Layout { magic: b"RRDSTOR1", checksum: 16, records: 64, frame: 8, alignment: 8 };

fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = folder.join(format!("rrd-fuzz-segment-{}", std::process::id()));
    std::fs::create_dir_all(folder.join(".rrd-store")).expect("a place to write");
    folder
}

fn put_right(segment: &mut [u8], layout: &Layout) {
    let Some((head, rest)) = segment.split_at_mut_checked(layout.checksum) else { return };
    let Some(checksum) = rest.first_chunk_mut() else { return };
    *checksum = crc32fast::hash(head).to_le_bytes();
    let generation = u32::from_le_bytes(head[GENERATION].try_into().expect("four bytes"));
    let mut chain = generation;
    let mut rest = segment.get_mut(layout.records..).unwrap_or_default();
    while let Some((frame, after)) = rest.split_at_mut_checked(layout.frame) {
        let length = u32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize;
        let Some(payload) = after.get(..length) else { return };
        let checksum = crc32fast::hash(payload) ^ generation.wrapping_mul(FACTOR);
        frame[4..8].copy_from_slice(&checksum.to_le_bytes());
        chain = (chain ^ checksum).wrapping_mul(FACTOR).rotate_left(5);
        if let Some(place) = frame.get_mut(8..12) {
            place.copy_from_slice(&chain.to_le_bytes());
        }
        let next = (layout.frame + length).next_multiple_of(layout.alignment) - layout.frame;
        rest = after.get_mut(next..).unwrap_or_default();
    }
}

fuzz_target!(|data: &[u8]| {
    let mut segment = data.to_vec();
    let is_old = segment.starts_with(OLD.magic);
    if is_old {
        put_right(&mut segment, &OLD);
    } else if segment.starts_with(NEW.magic) {
        put_right(&mut segment, &NEW);
    }
    let folder = folder();
    std::fs::write(folder.join("x.rrd"), FILE).expect("a place to write");
    let own = ["0.log", "1.log", "images", "orphans"].map(|name| format!(".rrd-store/{name}"));
    let old = ["0", "1", "images", "orphans"].map(|name| format!(".store-{name}.journal"));
    for name in own.iter().chain(&old) {
        let _ = std::fs::remove_file(folder.join(name));
    }
    let name = if is_old { &old[0] } else { &own[0] };
    std::fs::write(folder.join(name), segment).expect("a place to write");
    let options = StoreOptions::new().segment_size(64 << 10);
    let store = Store::open(&folder, options).expect("a store starts whatever it finds");
    drop(store);
    assert!(RrdReader::open(folder.join("x.rrd")).is_ok(), "the file was damaged");
});

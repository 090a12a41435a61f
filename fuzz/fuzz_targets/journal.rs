//! A redo journal next to a file. Length and checksum are corrected, so that the fuzzer gets past
//! them.
#![no_main]

use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use rrd_core::{Dump, Rrd, RrdReader, check};

/// The file that the journals of the corpus belong to.
const FILE: &[u8] = include_bytes!("../journal_base.rrd");
const LENGTH: std::ops::Range<usize> = 8..16;
const CHECKSUM: std::ops::Range<usize> = 16..20;

fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = folder.join(format!("rrd-fuzz-journal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a place to write");
    folder
}

fuzz_target!(|data: &[u8]| {
    let mut journal = data.to_vec();
    if journal.len() >= CHECKSUM.end {
        let length = journal.len() as u64;
        journal[LENGTH].copy_from_slice(&length.to_le_bytes());
        let checksum = crc32fast::hash(&journal[CHECKSUM.end..]);
        journal[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
    }
    let folder = folder();
    let path = folder.join("x.rrd");
    std::fs::write(&path, FILE).expect("a place to write");
    std::fs::write(folder.join(".x.rrd.journal"), journal).expect("a place to write");
    let _ = check(&path);
    if let Ok(reader) = RrdReader::open(&path) {
        Dump::of(&reader).write_to(std::io::sink()).expect("a sink takes everything");
    }
    let _ = Rrd::open(&path);
    assert_eq!(std::fs::metadata(&path).expect("the file").len(), FILE.len() as u64);
});

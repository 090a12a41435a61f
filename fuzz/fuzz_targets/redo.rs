//! What follows the rows of a file, and the journal that an earlier version left beside it. Lengths
//! and checksums are corrected, so that the fuzzer gets past them.
#![no_main]

use std::ops::Range;
use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use rrd_core::{Dump, Rrd, RrdReader, check, finish_sidecar};

/// The file that the records of the corpus belong to.
const FILE: &[u8] = include_bytes!("../journal_base.rrd");

/// Where a container has its length and its checksum, and what these cover.
struct Container {
    magic: &'static [u8],
    length: Range<usize>,
    /// Bytes that the length does not count.
    uncounted: usize,
    checksum: Range<usize>,
    covered: [Range<usize>; 2],
}

const CHUNK: Container = Container {
    magic: b"RRDCHUNK",
    length: 8..16,
    uncounted: 24,
    checksum: 20..24,
    covered: [8..20, 24..usize::MAX],
};

const SIDECAR: Container = Container {
    magic: b"RRDREDO1",
    length: 8..16,
    uncounted: 0,
    checksum: 16..20,
    covered: [20..24, 24..usize::MAX],
};

impl Container {
    fn correct(&self, bytes: &mut [u8]) {
        if !bytes.starts_with(self.magic) || bytes.len() < self.uncounted.max(self.checksum.end) {
            return;
        }
        let length = (bytes.len() - self.uncounted) as u64;
        bytes[self.length.clone()].copy_from_slice(&length.to_le_bytes());
        let mut checksum = crc32fast::Hasher::new();
        for covered in &self.covered {
            let (start, end) = (covered.start.min(bytes.len()), covered.end.min(bytes.len()));
            checksum.update(&bytes[start..end]);
        }
        bytes[self.checksum.clone()].copy_from_slice(&checksum.finalize().to_le_bytes());
    }
}

fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = folder.join(format!("rrd-fuzz-redo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a place to write");
    folder
}

fuzz_target!(|data: &[u8]| {
    let mut data = data.to_vec();
    let folder = folder();
    let (path, beside) = (folder.join("x.rrd"), folder.join(".x.rrd.journal"));
    if data.starts_with(SIDECAR.magic) {
        SIDECAR.correct(&mut data);
        std::fs::write(&path, FILE).expect("a place to write");
        std::fs::write(&beside, &data).expect("a place to write");
        let _ = finish_sidecar(&path);
        let _ = std::fs::remove_file(&beside);
        assert_eq!(std::fs::metadata(&path).expect("the file").len(), FILE.len() as u64);
    } else {
        CHUNK.correct(&mut data);
        // The padding.
        data.resize(data.len().next_multiple_of(8), 0);
        std::fs::write(&path, [FILE, &data].concat()).expect("a place to write");
    }
    assert!(!check(&path).iter().any(rrd_core::Finding::is_damage));
    let reader = RrdReader::open(&path).expect("what follows the rows does no harm");
    Dump::of(&reader).write_to(std::io::sink()).expect("a sink takes everything");
    drop(Rrd::open(&path).expect("nor to a writer"));
    let length = std::fs::metadata(&path).expect("the file").len() as usize;
    assert!((FILE.len()..=FILE.len() + data.len()).contains(&length));
});

//! A whole file through opening and reading, as any command begins. The file lives in memory where the system has such a place.
#![no_main]

use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, TimeRange};

fn path() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    folder.join(format!("rrd-fuzz-header-{}.rrd", std::process::id()))
}

fuzz_target!(|data: &[u8]| {
    let path = path();
    std::fs::write(&path, data).expect("a place to write");
    if let Ok(reader) = RrdReader::open(&path) {
        let end = reader.last_update().seconds();
        for function in ConsolidationFunction::ALL {
            let range = TimeRange { start: end.saturating_sub(3600), end };
            let _ = reader.fetch(&FetchRequest { function, range, resolution: 1 });
        }
    }
});

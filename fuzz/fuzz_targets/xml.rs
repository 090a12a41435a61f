//! The XML of a dump. A file that is restored must open, and its dump must restore to the same
//! bytes.
#![no_main]

use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use rrd_core::{Dump, Overwrite, Restore, RrdReader};

fn path(name: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    folder.join(format!("rrd-fuzz-xml-{name}-{}.rrd", std::process::id()))
}

fuzz_target!(|data: &[u8]| {
    let (first, second) = (path("first"), path("second"));
    let restore = Restore::new().overwrite(Overwrite::Yes);
    if restore.read(data, &first).is_err() {
        return;
    }
    let reader = RrdReader::open(&first).expect("what was restored opens");
    let mut dump = Vec::new();
    Dump::of(&reader).write_to(&mut dump).expect("memory takes everything");
    restore.read(dump.as_slice(), &second).expect("a dump restores");
    let mut again = Vec::new();
    let reader = RrdReader::open(&second).expect("what was restored opens");
    Dump::of(&reader).write_to(&mut again).expect("memory takes everything");
    assert_eq!(dump.len(), again.len());
});

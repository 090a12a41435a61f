//! The lines of `rrd -`: their words, and those of `updatev` with its template. Each line uses the
//! same file, and each has one answer.
#![no_main]

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use rrd_cli::{Environment, Settings};
use rrd_core::{Clock, RrdReader, Timestamp};

const FILE: &[u8] = include_bytes!("../journal_base.rrd");

fn path() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    folder.join(format!("rrd-fuzz-pipe-{}.rrd", std::process::id()))
}

fuzz_target!(|data: &[u8]| {
    let path = path();
    std::fs::write(&path, FILE).expect("a place to write");
    let mut input = Vec::new();
    let mut lines = 0;
    for line in data.split(|byte| *byte == b'\n') {
        input.extend_from_slice(format!("updatev {} ", path.display()).as_bytes());
        input.extend_from_slice(line);
        input.push(b'\n');
        lines += 1;
    }
    let clock = Clock::new(|| Timestamp::from_seconds(1_700_000_000));
    let environment = Environment::new(clock, Settings::default());
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = ["rrd", "-"].map(OsString::from);
    let status = rrd_cli::run(&arguments, &environment, &mut &input[..], &mut output, &mut errors);
    assert_eq!((status, &*errors), (0, &b""[..]));
    let answers = output.split(|byte| *byte == b'\n');
    let answers = answers.filter(|line| line.starts_with(b"OK u:") || line.starts_with(b"ERROR: "));
    assert!(answers.count() >= lines, "a line without an answer");
    assert!(RrdReader::open(&path).is_ok(), "the file was damaged");
});

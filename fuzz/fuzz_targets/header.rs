//! A whole file: open, check, read, join, dump, and one update. The file is in memory where the
//! system has a memory file system.
#![no_main]

use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use rrd_core::{
    ConsolidationFunction, Dump, FetchRequest, Finding, Info, Reading, Rrd, RrdReader, Sample,
    TimeRange, Timestamp, check,
};

fn path() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    folder.join(format!("rrd-fuzz-header-{}.rrd", std::process::id()))
}

/// The first rows of all time, and those of the last hour.
fn join(reader: &RrdReader, function: ConsolidationFunction) {
    let newest = reader.last_update().seconds();
    for range in [
        TimeRange::from_seconds(i64::MIN, i64::MAX),
        TimeRange::from_seconds(newest.saturating_sub(3600), newest),
    ] {
        let Ok(blocks) = reader.joined(&FetchRequest::new(function, range)) else { continue };
        let mut last = range.start;
        for rows in blocks.take(64).map_while(Result::ok) {
            assert!(
                !rows.is_empty() && rows.len() <= 4096 && rows.kept_rows().count() == rows.len()
            );
            let first = rows.kept_rows().next().map(|(end, _)| end);
            assert!(first.is_some_and(|end| end > last), "{first:?} after {last}");
            last = rows.end();
        }
        assert!(last <= range.end);
    }
}

fuzz_target!(|data: &[u8]| {
    let path = path();
    std::fs::write(&path, data).expect("a place to write");
    let findings = check(&path);
    let unreadable = findings.iter().any(|found| matches!(found, Finding::Unreadable(_)));
    let Ok(reader) = RrdReader::open(&path) else {
        assert!(unreadable, "refused, but found readable");
        assert!(Rrd::open(&path).is_err(), "refused for reading, not for writing");
        return;
    };
    assert!(!unreadable, "opened, but found unreadable");
    if findings.iter().any(|found| matches!(found, Finding::Unwritable(_))) {
        assert!(Rrd::open(&path).is_err(), "opened for writing, but found unwritable");
    }
    let end = reader.last_update().seconds();
    for function in ConsolidationFunction::ALL {
        let range = TimeRange::from_seconds(end.saturating_sub(3600), end);
        let _ = reader.fetch(&FetchRequest::new(function, range));
        join(&reader, function);
    }
    Info::of(&reader, "x.rrd").entries(|_, _| {});
    Dump::of(&reader).write_to(std::io::sink()).expect("a sink takes everything");
    if let Ok(mut rrd) = Rrd::open(&path) {
        let readings = vec![Reading::Number(1.5); rrd.schema().measured_sources()];
        let at = Timestamp::from_seconds(end.saturating_add(10_000));
        let _ = rrd.update(&Sample { at, readings });
    }
});

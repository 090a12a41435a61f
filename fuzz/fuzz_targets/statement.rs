//! Chart statements, one per line.
#![no_main]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use libfuzzer_sys::fuzz_target;
use rrd_core::{TimeRange, TimeZone, Timestamp};
use rrd_graph::Codeset;
use rrd_graph::statement::{self, StatementContext};

fuzz_target!(|data: &[u8]| {
    let lines: Vec<&OsStr> = data.split(|byte| *byte == b'\n').map(OsStr::from_bytes).collect();
    let context = StatementContext {
        range: TimeRange::from_seconds(1_600_000_000, 1_600_086_400),
        now: Timestamp::from_seconds(1_600_086_400),
        zone: &TimeZone::UTC,
        codeset: Codeset::Latin1,
    };
    let _ = statement::parse(&lines, context);
});

//! Chart statements, one per line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_core::{TimeRange, TimeZone, Timestamp};
use rrd_graph::statement::{self, StatementContext};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lines: Vec<&str> = text.lines().collect();
    let context = StatementContext {
        range: TimeRange::from_seconds(1_600_000_000, 1_600_086_400),
        now: Timestamp::from_seconds(1_600_086_400),
        zone: &TimeZone::UTC,
    };
    let _ = statement::parse(&lines, context);
});

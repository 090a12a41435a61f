//! Formats of GPRINT: numbers, durations, times.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_core::TimeZone;
use rrd_graph::TimeLocale;
use rrd_graph::number_format::{DurationFormat, NumberFormat, Unit, strftime, strftime_unknown};

const VALUES: [f64; 7] = [0.0, -1.5, 1e300, 5e-324, f64::NAN, f64::NEG_INFINITY, 123_456_789.0];

fuzz_target!(|data: &[u8]| {
    let Ok(format) = std::str::from_utf8(data) else { return };
    for parsed in
        [NumberFormat::parse(format), NumberFormat::parse_plain(format)].into_iter().flatten()
    {
        for value in VALUES {
            let _ = parsed.write(value, Unit::suiting(value, 1000.0));
        }
    }
    if let Ok(parsed) = DurationFormat::parse(format) {
        for value in VALUES {
            let _ = parsed.write(value);
        }
    }
    for moment in [0, 1_600_000_000, i64::MIN, i64::MAX] {
        let _ = strftime(format, moment, &TimeZone::UTC, TimeLocale::named("ja_JP"));
    }
    let _ = strftime_unknown(format);
});

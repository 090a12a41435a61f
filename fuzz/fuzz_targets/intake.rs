//! What other programs hand over: Munin, Prometheus, collectd, StatsD.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_collector::collectd::Types;
use rrd_collector::intake::{collectd, munin, prometheus, statsd};
use rrd_collector::munin::Settings;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = munin::parse(text);
    let _ = prometheus::parse(text);
    let _ = prometheus::counters(text);
    Types::default().parse(text);
    Settings::default().parse(text);
    for line in text.lines() {
        let _ = collectd::parse_line(line);
        let _ = statsd::parse_lines(line);
    }
});

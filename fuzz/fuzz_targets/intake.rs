//! What other programs hand over: Munin, Prometheus, collectd, StatsD.
#![no_main]

use std::time::Duration;

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
    let mut collected = statsd::Collected::default();
    for line in text.lines() {
        let _ = collectd::parse_line(line);
        if let Ok(lines) = statsd::parse_lines(line) {
            lines.iter().for_each(|line| collected.take(line));
        }
    }
    for elapsed in [Duration::from_secs(10), Duration::ZERO] {
        collected.summarise(elapsed, |name, _| assert!(!name.is_empty()));
    }
});

//! Input from other programs: Munin, Prometheus, collectd, StatsD.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rrd_collector::source::collectd::{self, Types};
use rrd_collector::source::munin::{self, Settings};
use rrd_collector::source::statsd::packet;
use rrd_collector::source::textfile::exposition;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = munin::protocol::parse(text);
    let _ = exposition::parse(text);
    let _ = exposition::counters(text);
    Types::default().parse(text);
    Settings::default().parse(text);
    let mut collected = packet::Collected::default();
    for line in text.lines() {
        let _ = collectd::protocol::parse_line(line);
        if let Ok(lines) = packet::parse_lines(line) {
            lines.iter().for_each(|line| collected.take(line));
        }
    }
    for elapsed in [Duration::from_secs(10), Duration::ZERO] {
        collected.summarise(elapsed, |name, _| assert!(!name.is_empty()));
    }
});

//! Answers to probes: the status pages of Apache and nginx, memcached's statistics, the kernel's
//! list of sockets, certificates, messages of D-Bus, and what engines answer to samples.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rrd_collector::group::Kind;
use rrd_collector::net::certificate::expiry;
use rrd_collector::output::remote::write::fuzz_answer;
use rrd_collector::source::memcached::Memcached;
use rrd_collector::source::network::count_answer;
use rrd_collector::source::sample::SampleSink;
use rrd_collector::source::server::ServerState;
use rrd_collector::source::systemd::read_message;
use rrd_collector::source::{apache, nginx};

struct Seen(usize);

impl SampleSink for Seen {
    fn group(&mut self, kind: &Kind, _instance: &str, values: &[f64]) {
        assert_eq!(kind.metrics.len(), values.len());
        self.0 += 1;
    }
}

fuzz_target!(|data: &[u8]| {
    let mut counts = [0; 10];
    let _ = count_answer(data, &mut counts);
    assert!(counts.iter().sum::<u64>() <= data.len() as u64 / 16, "more sockets than messages");
    let _ = expiry(data);
    read_message(data);
    fuzz_answer(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = apache::Status::parse(text);
    let _ = nginx::Status::parse(text);
    // Two answers, because rates need two readings.
    let (first, second) = text.split_once('\0').unwrap_or((text, text));
    let mut server = Memcached::new("x".to_owned());
    let mut seen = Seen(0);
    for (answer, clock) in [(first, 1), (second, 11)] {
        let took = Duration::from_millis(1);
        server.take(Some(answer.to_owned()), Duration::from_secs(clock), took, &mut seen);
    }
    assert_eq!(seen.0, 2);
});

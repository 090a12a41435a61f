//! The collector: the cost of one sample for each probe of this machine.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rrd_collector::Host;
use rrd_collector::group::Kind;
use rrd_collector::schedule::Tick;
use rrd_collector::source::host_probes;
use rrd_collector::source::sample::SampleSink;
use rrd_core::Timestamp;

/// A sink that discards all groups.
struct NullSink;

impl SampleSink for NullSink {
    fn group(&mut self, _kind: &Kind, _instance: &str, _values: &[f64]) {}
}

fn probes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("probe");
    for mut probe in host_probes(&Host::at("/")) {
        let name = probe.name();
        let mut seconds = 0;
        let mut sample = || {
            seconds += 1;
            let at = Timestamp::from_seconds(1_700_000_000 + seconds);
            let tick = Tick { at, clock: Duration::from_secs(seconds.unsigned_abs()) };
            probe.sample(tick, &mut NullSink)
        };
        // Probes of missing hardware cost next to nothing.
        if sample().is_ok() {
            group.bench_function(name, |bench| bench.iter(|| sample().is_ok()));
        }
    }
    group.finish();
}

criterion_group!(benches, probes);
criterion_main!(benches);

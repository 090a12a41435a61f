//! What each probe costs in a minute at its default interval: CPU time of its thread, on this
//! machine or the recorded host where it costs most. The files of a recorded host are files of a
//! disk, whose reads cost about what those of the kernel do without the work of making their text.
//!
//! With `--test`, which is how CI runs it, each probe is sampled once.

use std::cell::Cell;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rrd_collector::Host;
use rrd_collector::group::Kind;
use rrd_collector::schedule::Tick;
use rrd_collector::source::host_probes;
use rrd_collector::source::probe::Probe;
use rrd_collector::source::sample::SampleSink;
use rrd_core::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// The limit of a source, in CPU seconds a minute.
const LIMIT: f64 = 0.002;

/// Counts groups.
struct Counted<'a>(&'a Cell<usize>);

impl SampleSink for Counted<'_> {
    fn group(&mut self, _kind: &Kind, _instance: &str, _values: &[f64]) {
        self.0.set(self.0.get() + 1);
    }
}

/// What one probe costs on one host.
struct Cost {
    probe: &'static str,
    host: String,
    interval: u64,
    groups: usize,
    seconds_a_minute: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = if std::env::args().any(|word| word == "--test") { 1 } else { 50 };
    let recorded = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../rrd-collector/tests/hosts");
    let mut hosts = vec![("this machine".to_owned(), PathBuf::from("/"))];
    for entry in fs::read_dir(recorded)? {
        let entry = entry?;
        let folder = entry.path().join("1");
        if folder.is_dir() {
            hosts.push((entry.file_name().to_string_lossy().into_owned(), folder));
        }
    }
    let mut costs: Vec<Cost> = Vec::new();
    for (host, folder) in hosts {
        for (place, mut probe) in host_probes(&Host::at(&folder)).into_iter().enumerate() {
            let cost = measure(&mut *probe, &host, rounds);
            match costs.get_mut(place) {
                None => costs.push(cost),
                Some(known) if known.seconds_a_minute < cost.seconds_a_minute => *known = cost,
                Some(_) => {}
            }
        }
    }
    println!("| probe | highest on | every | groups | CPU seconds a minute | of the limit |");
    println!("|---|---|---|---|---|---|");
    for Cost { probe, host, interval, groups, seconds_a_minute } in costs {
        let share = seconds_a_minute / LIMIT;
        println!(
            "| {probe} | {host} | {interval} s | {groups} | {seconds_a_minute:.5} | {share:.2} |"
        );
    }
    Ok(())
}

fn measure(probe: &mut dyn Probe, host: &str, rounds: u32) -> Cost {
    let groups = Cell::new(0);
    let interval = probe.default_interval().seconds();
    let mut seconds = 0;
    let mut sample = || {
        groups.set(0);
        seconds += interval;
        let at = Timestamp::from_seconds(1_700_000_000) + Duration::from_secs(seconds);
        let tick = Tick { at, clock: Duration::from_secs(seconds) };
        // A host that lacks something costs what looking for it costs.
        let _ = probe.sample(tick, &mut Counted(&groups));
    };
    // The first sample opens the files.
    sample();
    let begun = cpu_time();
    (0..rounds).for_each(|_| sample());
    let used = cpu_time().saturating_sub(begun).as_secs_f64() / f64::from(rounds);
    #[expect(clippy::cast_precision_loss, reason = "an interval of a few seconds")]
    let seconds_a_minute = used * 60.0 / interval as f64;
    let (probe, host) = (probe.name(), host.to_owned());
    Cost { probe, host, interval, groups: groups.get(), seconds_a_minute }
}

/// CPU time of this thread.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    Duration::from_secs(part(time.tv_sec)) + Duration::from_nanos(part(time.tv_nsec))
}

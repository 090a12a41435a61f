//! What the samples of each second allocate.

use std::path::PathBuf;
use std::time::Duration;

use allocation_counter::measure;
use rrd_collector::Host;
use rrd_collector::group::Kind;
use rrd_collector::schedule::Tick;
use rrd_collector::section::{InstanceFilter, Pattern};
use rrd_collector::source::collector::{Counts, OwnUsage};
use rrd_collector::source::host_probes;
use rrd_collector::source::sample::SampleSink;
use rrd_core::Timestamp;

/// The groups seen.
struct Seen(usize);

impl SampleSink for Seen {
    fn group(&mut self, _kind: &Kind, _instance: &str, _values: &[f64]) {
        self.0 += 1;
    }
}

fn tick(second: u64) -> Tick {
    Tick { at: Timestamp::from_seconds(1_800_000_000), clock: Duration::from_secs(second) }
}

/// The number of allocations after the files were read twice.
fn allocations(mut sample: impl FnMut(Tick, &mut Seen)) -> u64 {
    let mut seen = Seen(0);
    sample(tick(1), &mut seen);
    sample(tick(2), &mut seen);
    let counted = measure(|| sample(tick(3), &mut seen)).count_total;
    assert!(seen.0 > 0, "no group was sampled");
    counted
}

#[test]
fn the_probes_of_each_second_allocate_nothing_once_they_have_read_their_files() {
    let hosts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/hosts");
    let probes = |host| host_probes(&Host::at(hosts.join(host)));
    // The guest was recorded without its list of CPUs, which belongs to the load.
    let load = probes("big/1").into_iter().filter(|probe| probe.name() == "load");
    let others = probes("guest/1").into_iter().filter(|probe| probe.name() != "load");
    let mut names = Vec::new();
    for mut probe in others.chain(load) {
        if probe.default_interval().seconds() > 1 {
            continue;
        }
        let name = probe.name();
        let counted = allocations(|tick, seen| {
            // A guest without swap has no such group.
            seen.0 += usize::from(name == "swap");
            probe.sample(tick, seen).unwrap_or_else(|error| panic!("{name}: {error}"));
        });
        assert_eq!(counted, 0, "{name}");
        names.push(name);
    }
    let expected = "cpu disk memory vm swap processes pressure network sockets load";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn the_collectors_own_values_allocate_nothing() {
    let mut own = OwnUsage::default();
    let counted = allocations(|tick, seen| own.sample(tick.clock, Counts::default(), seen));
    assert_eq!(counted, 0);
}

#[test]
fn the_patterns_of_a_configuration_allocate_nothing() {
    let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text)).collect();
    let filter = InstanceFilter {
        include: patterns(&["nvme?n*", "é*1"]),
        also: patterns(&["veth*", "*o*o*"]),
        exclude: patterns(&["cali*", "*x?z"]),
    };
    let mut taken = 0;
    let counted = measure(|| {
        for names in [["veth3f", "-"], ["eui.00253", "nvme0n1"], ["élan-1", "-"], ["cali1", "-"]] {
            taken += usize::from(filter.takes(&names, true));
        }
    });
    assert_eq!((counted.count_total, taken), (0, 3));
}

//! `once`: samples for one second and prints every value.

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use rrd_core::{Step, Timestamp};

use crate::config::Config;
use crate::fault::chain;
use crate::group::catalog::Catalog;
use crate::group::{Kind, Target};
use crate::schedule::Tick;
use crate::schedule::clock;
use crate::section::InstanceFilter;
use crate::source::host::host_probes;
use crate::source::probe::Probe;
use crate::source::sample::SampleSink;

/// Receives the values of one round.
struct Taken<'a> {
    catalog: &'a mut Catalog,
    instances: &'a InstanceFilter,
    at: Timestamp,
    step: Step,
}

impl SampleSink for Taken<'_> {
    fn takes(&mut self, names: &[&str], by_default: bool) -> bool {
        self.instances.takes(names, by_default)
    }

    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        self.catalog.put(self.at, self.step, kind, instance, values);
    }
}

/// The values of the host's probes after two samples one second apart, and the errors.
pub(super) fn sample(config: &Config) -> (Catalog, Vec<String>) {
    let mut catalog = Catalog::default();
    let mut faults = Vec::new();
    let mut probes: Vec<Box<dyn Probe>> = host_probes(&config.host.files);
    probes.retain(|probe| config.host.probe(probe.name()).enabled);
    for round in 0..2 {
        if round > 0 {
            thread::sleep(Duration::from_secs(1));
            faults.clear();
        }
        for probe in &mut probes {
            let now = clock::now();
            let at = Timestamp::from_seconds(i64::try_from(now.wall.as_secs()).unwrap_or(i64::MAX));
            let step = config.host.step_of(&**probe);
            let instances = &config.host.probe(probe.name()).instances;
            let mut taken = Taken { catalog: &mut catalog, instances, at, step };
            if let Err(error) = probe.sample(Tick { at, clock: now.clock }, &mut taken) {
                faults.push(format!("{}: {}", probe.name(), chain(&error)));
            }
        }
    }
    (catalog, faults)
}

/// The name of the host, and one line per value: name, value, unit.
pub fn once(config: &Config) -> String {
    let (catalog, faults) = sample(config);
    let mut text = format!("# host {}\n", config.host_name);
    for (id, group) in catalog.groups() {
        for (metric, value) in group.kind.metrics.iter().zip(&group.values) {
            let name = Target { group: id.clone(), metric: metric.name.to_string() }.to_string();
            let _ = writeln!(text, "{name:<40} {value:>18.6} {}", metric.unit.symbol());
        }
    }
    for fault in faults {
        let _ = writeln!(text, "# {fault}");
    }
    text
}

//! `once`: samples for one second and prints every value.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use rrd_core::{Step, Timestamp};

use crate::config::Config;
use crate::fault::chain;
use crate::group::catalog::Catalog;
use crate::group::{Kind, Target, Unit};
use crate::schedule::Tick;
use crate::schedule::clock;
use crate::section::InstanceFilter;
use crate::source::host_probes;
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
            probe.watch(&config.host.processes);
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

/// The name of the host, and one line per value: name, value, unit. Kinds are apart.
pub fn once(config: &Config) -> String {
    let (catalog, faults) = sample(config);
    let mut text = format!("# host {}\n", config.host_name);
    for kind in catalog.groups().map(|(id, _)| id.kind()).collect::<BTreeSet<_>>() {
        text.push('\n');
        text.push_str(&lines(&catalog, kind));
    }
    if !faults.is_empty() {
        text.push('\n');
    }
    for fault in faults {
        let _ = writeln!(text, "# {fault}");
    }
    text
}

/// A value's number and unit.
fn parts(value: f64, unit: Unit) -> (String, String) {
    if value.is_nan() {
        return ("unknown".to_owned(), String::new());
    }
    unit.quantity().parts(value * unit.factor())
}

/// The values of all groups of a kind, aligned.
fn lines(catalog: &Catalog, kind: &str) -> String {
    let values = catalog.instances(kind).into_iter().flat_map(|(id, group)| {
        group.kind.metrics.iter().zip(&group.values).map(|(metric, value)| {
            let target = Target { group: id.clone(), metric: metric.name.to_string() };
            (target.to_string(), parts(*value, metric.unit))
        })
    });
    let values: Vec<(String, (String, String))> = values.collect();
    let width = values.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, (number, unit)) in values {
        let line = format!("{name:<width$} {number:>9} {unit}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::catalog::trial::put;
    use crate::source::host::{DISK, LOAD};

    #[test]
    fn names_values_and_units_are_aligned_and_what_is_unknown_is_called_so() {
        let mut catalog = Catalog::default();
        let kind = Kind { metrics: DISK.metrics[..2].to_vec().into(), ..DISK.clone() };
        put(&mut catalog, &kind, "sda", 2048.0);
        put(&mut catalog, &kind, "nvme0n1", f64::NAN);
        put(&mut catalog, &LOAD, "", 1.0);
        assert_eq!(
            lines(&catalog, "disk"),
            "disk:nvme0n1.read_bytes    unknown\ndisk:nvme0n1.write_bytes   unknown\n\
             disk:sda.read_bytes           2.05 kB/s\ndisk:sda.write_bytes          2.05 kB/s\n"
        );
    }
}

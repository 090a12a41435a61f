//! The power of processors and memory: counters of energy below `/sys/class/powercap`, described in
//! the kernel's `Documentation/power/powercap/powercap.rst`.
//!
//! Since Linux 5.10 only root may read them, because they tell an attacker what is computed.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use super::super::files::{self, count, text};
use super::kinds::POWER;
use crate::rootfs::Host;
use crate::source::counter::{Counters, Limits};
use crate::source::sample::SampleSink;

/// The most zones: a package, its cores and its memory on each of some sockets.
const ZONES: usize = 64;

/// The zones of a host.
#[derive(Default)]
pub(super) struct Energy {
    zones: Vec<Zone>,
}

/// A part of the host whose energy is counted.
struct Zone {
    instance: String,
    file: PathBuf,
    /// Where the counter starts again.
    range: u64,
    before: Option<u64>,
    /// Microjoules since the first reading.
    total: u64,
    counters: Counters<1>,
}

impl Energy {
    /// Looks for zones.
    pub(super) fn list(&mut self, host: &Host) {
        let folder = host.sys("class/powercap");
        let names = files::names(&folder).unwrap_or_default();
        let zones = names.iter().filter(|name| name.starts_with("intel-rapl:")).take(ZONES);
        let mut found = Vec::new();
        for zone in zones {
            let path = folder.join(zone);
            let Some(name) = files::name(&path.join("name")) else { continue };
            // `intel-rapl:1:0` is a part of `intel-rapl:1`, which has the number in its name.
            let parent = zone.rsplit_once(':').map(|(parent, _)| folder.join(parent).join("name"));
            let instance = match parent.and_then(|parent| files::name(&parent)) {
                Some(parent) => format!("rapl/{parent}/{name}"),
                None => format!("rapl/{name}"),
            };
            let known = self.zones.iter().position(|zone| zone.instance == instance);
            found.push(match known {
                Some(known) => self.zones.swap_remove(known),
                None => Zone {
                    instance,
                    file: path.join("energy_uj"),
                    range: count(&path.join("max_energy_range_uj")).unwrap_or(0),
                    before: None,
                    total: 0,
                    counters: Counters::default(),
                },
            });
        }
        self.zones = found;
    }

    /// Passes on the power of each zone that may be read.
    pub(super) fn sample(&mut self, clock: Duration, sink: &mut dyn SampleSink) {
        for zone in &mut self.zones {
            if !sink.takes(&[&zone.instance], true) {
                continue;
            }
            let now = count(&zone.file).filter(|now| *now <= zone.range);
            let Some(now) = now else { continue };
            let before = zone.before.replace(now);
            let growth = before.map_or(0, |before| growth(before, now, zone.range));
            zone.total = zone.total.saturating_add(growth);
            // Microjoules per second are microwatts.
            let [rate] = zone.counters.rates(clock, [Some(zone.total)], &[Limits::EVENTS], sink);
            sink.group(&POWER, &zone.instance, &[rate / 1e6]);
        }
    }
}

/// The growth of a counter that starts again at `range`.
fn growth(before: u64, now: u64, range: u64) -> u64 {
    now.checked_sub(before).unwrap_or_else(|| range.saturating_sub(before).saturating_add(now))
}

/// What cannot be measured on this host without the right to read the counters.
pub(in super::super) fn lacking(host: &Host) -> Option<String> {
    let file = host.sys("class/powercap/intel-rapl:0/energy_uj");
    let denied = text(&file).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
    let file = file.display();
    denied.then(|| format!("{file} cannot be read, so the power of processors is not measured"))
}

#[cfg(test)]
mod tests {
    use super::super::super::files::made::files;
    use super::*;
    use crate::source::sample::recorder::Recorder;

    #[test]
    fn energy_becomes_power_also_where_the_counter_starts_again() {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::at(folder.path());
        let mut energy = Energy::default();
        let mut sampled = |second, lines: &str| {
            files(&folder.path().join("sys/class/powercap"), lines);
            energy.list(&host);
            let mut recorder = Recorder::default();
            energy.sample(Duration::from_secs(second), &mut recorder);
            recorder
        };
        let first = sampled(
            10,
            "intel-rapl/enabled 1
             intel-rapl:0/name package-0
             intel-rapl:0/max_energy_range_uj 262143328850
             intel-rapl:0/energy_uj 100000000000
             intel-rapl:0:0/name dram
             intel-rapl:0:0/max_energy_range_uj 65712999613
             intel-rapl:0:0/energy_uj 65712999612
             intel-rapl:1/name package-1
             intel-rapl:1/energy_uj x",
        );
        let names = ["rapl/package-0", "rapl/package-0/dram"];
        assert_eq!(first.instances(&POWER), names);
        assert!(first.groups[0].2[0].is_nan());
        let second = sampled(
            20,
            "intel-rapl:0/energy_uj 100450000000
             intel-rapl:0:0/energy_uj 49999999",
        );
        assert_eq!(second.value(&POWER, names[0], "power"), 45.0);
        assert_eq!(second.value(&POWER, names[1], "power"), 5.0);
        // Numbers that the counter cannot have, and more than any host takes.
        let third = sampled(
            30,
            "intel-rapl:0/energy_uj 18446744073709551615
             intel-rapl:0:0/max_energy_range_uj 18446744073709551615
             intel-rapl:0:0/energy_uj 60049999999",
        );
        assert_eq!(third.instances(&POWER), [names[1]]);
        assert_eq!(third.value(&POWER, names[1], "power"), 6000.0);
    }
}

//! Asks systemd each minute, and keeps in mind which units failed.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use rrd_core::Step;

use super::bus::{BusError, Manager, ask};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::section::is_machine_made;
use crate::source::counter::{THINGS, at_most, to_f64};
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;

/// systemd itself.
pub static SYSTEMD: Kind = Kind::new("systemd", "systemd", SYSTEMD_METRICS);

const SYSTEMD_METRICS: &[Metric] = &[
    Metric::new("failed", Unit::Count, "units that have failed"),
    Metric::new("jobs", Unit::Count, "units that are being started or stopped, or wait for it"),
];

/// A unit that failed.
pub static FAILED_UNIT: Kind = Kind::new("failed_unit", "Failed units", FAILED_METRICS);

const FAILED_METRICS: &[Metric] = &[Metric::new(
    "failed",
    Unit::Count,
    "1 while it has failed; 0 for a day after it was started again or reset",
)];

/// The folder that exists where systemd manages the host.
pub(super) const MANAGES: &str = "run/systemd/system";
/// The socket of the system bus.
pub(super) const SOCKET: &str = "run/dbus/system_bus_socket";
/// How long a unit is stored after it had failed.
const REMEMBERED: Duration = Duration::from_secs(86_400);
/// Units that are stored; all are counted.
const MOST: usize = 100;

/// Samples the units that failed.
pub struct SystemdProbe {
    host: Host,
    /// When each unit was seen as failed last.
    failed: BTreeMap<String, Duration>,
}

impl SystemdProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { host: host.clone(), failed: BTreeMap::new() }
    }

    fn take(&mut self, manager: &Manager, clock: Duration, sink: &mut dyn SampleSink) {
        let counted = manager.failed.iter().filter(|unit| sink.takes(&[unit.as_str()], true));
        let counted = u64::try_from(counted.count()).ok();
        self.failed.retain(|_, last| clock.saturating_sub(*last) < REMEMBERED);
        for unit in &manager.failed {
            let is_known = self.failed.contains_key(unit);
            let by_default = !is_machine_made(unit);
            if sink.takes(&[unit], by_default) && (is_known || self.failed.len() < MOST) {
                self.failed.insert(unit.clone(), clock);
            }
        }
        let jobs = at_most(THINGS, manager.jobs.map(u64::from));
        sink.group(&SYSTEMD, "", &[at_most(THINGS, counted), jobs]);
        for (unit, last) in &self.failed {
            sink.group(&FAILED_UNIT, unit, &[to_f64(u64::from(*last == clock))]);
        }
    }
}

impl Probe for SystemdProbe {
    fn name(&self) -> &'static str {
        "systemd"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let manages = self.host.root(MANAGES);
        if let Err(source) = std::fs::metadata(&manages) {
            return Err(ReadError::Io { path: manages, source }.into());
        }
        let socket = self.host.root(SOCKET);
        match ask(&socket) {
            Ok(manager) => self.take(&manager, tick.clock, sink),
            // A host may have no bus.
            Err(BusError::Io(source)) if source.kind() == io::ErrorKind::NotFound => {
                return Err(ReadError::Io { path: socket, source }.into());
            }
            Err(error) => {
                return Err(ProbeError::Content { file: SOCKET, problem: error.to_string() });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::Timestamp;

    use super::*;
    use crate::section::Pattern;
    use crate::source::sample::recorder::Recorder;

    fn manager(failed: &[&str]) -> Manager {
        let failed = failed.iter().map(|unit| (*unit).to_owned()).collect();
        Manager { failed, jobs: Some(3) }
    }

    #[test]
    fn a_unit_that_failed_is_one_and_zero_for_a_day_after_that() {
        let mut probe = SystemdProbe::new(&Host::at("/nonexistent"));
        let mut seen = Recorder::default();
        let mut take = |minute: u64, failed: &[&str]| {
            seen.groups.clear();
            probe.take(&manager(failed), Duration::from_secs(60 * minute), &mut seen);
            let values = seen.groups.iter().map(|(_, unit, values)| format!("{unit}={values:?}"));
            values.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(take(0, &[]), "=[0.0, 3.0]");
        let both = ["b.service", "a.mount"];
        assert_eq!(take(1, &both), "=[2.0, 3.0] a.mount=[1.0] b.service=[1.0]");
        assert_eq!(take(2, &["a.mount"]), "=[1.0, 3.0] a.mount=[1.0] b.service=[0.0]");
        assert_eq!(take(1440, &[]), "=[0.0, 3.0] a.mount=[0.0] b.service=[0.0]");
        assert_eq!(take(1441, &[]), "=[0.0, 3.0] a.mount=[0.0]");
        assert_eq!(take(1442, &[]), "=[0.0, 3.0]");
    }

    #[test]
    fn names_that_programs_make_up_are_counted_and_what_is_excluded_is_not() {
        let mut probe = SystemdProbe::new(&Host::at("/nonexistent"));
        let mut seen = Recorder::default();
        seen.filter.exclude = vec![Pattern::new("known.*")];
        let failed = ["run-u42.service", "known.service", "db.service"];
        probe.take(&manager(&failed), Duration::ZERO, &mut seen);
        assert_eq!(seen.value(&SYSTEMD, "", "failed"), 2.0);
        assert_eq!(seen.instances(&FAILED_UNIT), ["db.service"]);
        let many: Vec<String> = (0..500).map(|n| format!("a{n}.service")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        seen.groups.clear();
        probe.take(&manager(&many), Duration::ZERO, &mut seen);
        assert_eq!(seen.value(&SYSTEMD, "", "failed"), 500.0);
        assert_eq!(seen.instances(&FAILED_UNIT).len(), MOST);
    }

    #[test]
    fn a_host_without_systemd_or_without_a_bus_has_nothing_and_a_bus_that_ends_is_reported() {
        let root = tempfile::tempdir().unwrap();
        let mut probe = SystemdProbe::new(&Host::at(root.path()));
        let tick = Tick { at: Timestamp::default(), clock: Duration::ZERO };
        let mut sample = || probe.sample(tick, &mut Recorder::default()).unwrap_err();
        assert!(sample().is_missing());
        std::fs::create_dir_all(root.path().join(MANAGES)).unwrap();
        std::fs::create_dir_all(root.path().join("run/dbus")).unwrap();
        let missing = sample();
        assert!(missing.is_missing() && missing.to_string().contains(SOCKET), "{missing}");
        let socket = root.path().join(SOCKET);
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        drop(listener);
        let refused = sample().to_string();
        assert!(refused.starts_with("run/dbus/system_bus_socket: cannot be asked: "), "{refused}");
    }
}

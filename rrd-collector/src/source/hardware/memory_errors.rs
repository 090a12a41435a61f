//! Errors of the memory that its controllers corrected or could not correct:
//! `/sys/devices/system/edac/mc/mc*`, described in the kernel's `Documentation/admin-guide/RAS`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rrd_core::Step;

use super::files::{self, count};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// The errors of one controller of memory.
pub static MEMORY_ERRORS: Kind = Kind::new("memory_errors", "Memory errors", MEMORY_ERRORS_METRICS);

const MEMORY_ERRORS_METRICS: &[Metric] = &[
    Metric::new("corrected", Unit::PerSecond, "errors that were corrected"),
    Metric::new("uncorrected", Unit::PerSecond, "errors that could not be corrected"),
];

/// Samples the controllers.
pub struct MemoryErrorsProbe {
    folder: PathBuf,
    controllers: BTreeMap<String, Counters<2>>,
}

impl MemoryErrorsProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { folder: host.sys("devices/system/edac/mc"), controllers: BTreeMap::new() }
    }
}

impl Probe for MemoryErrorsProbe {
    fn name(&self) -> &'static str {
        "memory_errors"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        for folder in files::numbered(&self.folder, "mc")? {
            let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { continue };
            if !sink.takes(&[name], true) {
                self.controllers.remove(name);
                continue;
            }
            let now = ["ce_count", "ue_count"].map(|file| count(&folder.join(file)));
            if now == [None, None] {
                // It says why, which is not that the host has no such thing.
                let path = folder.join("ce_count");
                files::text(&path).map_err(|source| ReadError::Io { path, source })?;
            }
            let counters = self.controllers.entry(name.to_owned()).or_default();
            // Whoever resets them is counted from zero.
            let rates = counters.rates(tick.clock, now, &[Limits::EVENTS; 2], sink);
            sink.group(&MEMORY_ERRORS, name, &rates);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::super::files::made::files;
    use super::*;
    use crate::source::sample::recorder::Recorder;

    #[test]
    fn errors_are_counted_for_each_controller() {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = MemoryErrorsProbe::new(&Host::at(folder.path()));
        let mut sampled = |second, lines: &str| {
            files(&folder.path().join("sys/devices/system/edac/mc"), lines);
            let clock = Duration::from_secs(second);
            let mut recorder = Recorder::default();
            let tick = Tick { at: Timestamp::from_seconds(1_800_000_000), clock };
            probe.sample(tick, &mut recorder).map(|()| recorder.groups)
        };
        sampled(10, "mc0/ce_count 5\nmc0/ue_count 0\nmc1/ce_count 0\nmc1/ue_count 0\nreset 1")
            .unwrap();
        let groups = sampled(20, "mc0/ce_count 10\nmc1/ue_count 1").unwrap();
        let kind = || "memory_errors".to_owned();
        assert_eq!(groups[0], (kind(), "mc0".to_owned(), vec![0.5, 0.0]));
        assert_eq!(groups[1], (kind(), "mc1".to_owned(), vec![0.0, 0.1]));
        let groups = sampled(30, "mc0/ce_count x\nmc1/ue_count 99999999999999999999").unwrap();
        assert!(groups[0].2[0].is_nan() && groups[1].2[1].is_nan());
        assert_eq!((groups[0].2[1], groups[1].2[0]), (0.0, 0.0));
    }

    #[test]
    fn a_host_whose_memory_has_no_such_controller_has_no_group() {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = MemoryErrorsProbe::new(&Host::at(folder.path()));
        let tick = Tick { at: Timestamp::from_seconds(0), clock: Duration::ZERO };
        assert!(probe.sample(tick, &mut Recorder::default()).unwrap_err().is_missing());
        files(folder.path(), "sys/devices/system/edac/mc/power/control auto");
        let mut recorder = Recorder::default();
        probe.sample(tick, &mut recorder).unwrap();
        assert_eq!(recorder.groups.len(), 0);
    }
}

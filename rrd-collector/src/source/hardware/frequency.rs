//! The clock rates of the CPUs: `/sys/devices/system/cpu/cpufreq/policy*`, described in the
//! kernel's `Documentation/admin-guide/pm/cpufreq.rst`.
//!
//! One group for all CPUs. Some kernels interrupt a CPU to find its rate, so a host with many is
//! asked for 64 of them, once a minute.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rrd_core::Step;

use super::files::{self, number};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::probe::{MINUTE, Probe, ProbeError};
use crate::source::sample::SampleSink;

/// The clock rates of all CPUs.
pub static FREQUENCY: Kind = Kind::new("frequency", "CPU frequency", FREQUENCY_METRICS);

const FREQUENCY_METRICS: &[Metric] = &[
    Metric::new("average", Unit::Hertz, "average of the CPUs"),
    Metric::new("lowest", Unit::Hertz, "of the slowest CPU"),
    Metric::new("highest", Unit::Hertz, "of the fastest CPU"),
    Metric::new("allowed", Unit::Hertz, "highest rate that a CPU is allowed to have"),
];

/// The most CPUs that are asked.
const ASKED: usize = 64;

/// Samples clock rates.
pub struct FrequencyProbe {
    policies: PathBuf,
}

impl FrequencyProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { policies: host.sys("devices/system/cpu/cpufreq") }
    }
}

impl Probe for FrequencyProbe {
    fn name(&self) -> &'static str {
        "cpufreq"
    }

    fn default_interval(&self) -> Step {
        MINUTE
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let policies = files::numbered(&self.policies, "policy")?;
        if policies.is_empty() {
            // The kernel has the folder, and no driver for this processor.
            let (path, source) = (self.policies.join("policy0"), ErrorKind::NotFound.into());
            return Err(ReadError::Io { path, source }.into());
        }
        let stride = policies.len().div_ceil(ASKED);
        let asked = || policies.iter().step_by(stride);
        let current: Vec<f64> = asked().map(|policy| rate(policy, "scaling_cur_freq")).collect();
        let allowed = asked().map(|policy| rate(policy, "scaling_max_freq"));
        sink.group(&FREQUENCY, "", &values(&current, allowed.fold(f64::NAN, f64::max)));
        Ok(())
    }
}

/// A rate in Hz; the files are in kHz. Below 100 THz nothing is out of the question.
fn rate(policy: &Path, file: &str) -> f64 {
    let possible = |khz: &f64| (1.0..1e11).contains(khz);
    number(&policy.join(file)).filter(possible).map_or(f64::NAN, |khz| khz * 1000.0)
}

fn values(current: &[f64], allowed: f64) -> [f64; 4] {
    let known = || current.iter().copied().filter(|rate| !rate.is_nan());
    let (sum, count) = known().fold((0.0, 0.0), |(sum, count), rate| (sum + rate, count + 1.0));
    let lowest = known().fold(f64::NAN, f64::min);
    let highest = known().fold(f64::NAN, f64::max);
    [if count > 0.0 { sum / count } else { f64::NAN }, lowest, highest, allowed]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::super::files::made::files;
    use super::*;
    use crate::source::sample::recorder::Recorder;

    const TICK: Tick = Tick { at: Timestamp::from_seconds(1_800_000_000), clock: Duration::ZERO };

    #[test]
    fn the_rates_of_all_cpus_are_one_group() {
        let folder = tempfile::tempdir().unwrap();
        files(
            folder.path(),
            "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq 800000
             sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq 3400000
             sys/devices/system/cpu/cpufreq/policy1/scaling_cur_freq 2200000
             sys/devices/system/cpu/cpufreq/policy1/scaling_max_freq 2600000
             sys/devices/system/cpu/cpufreq/policy2/scaling_cur_freq <unknown>
             sys/devices/system/cpu/cpufreq/boost 1",
        );
        let mut recorder = Recorder::default();
        FrequencyProbe::new(&Host::at(folder.path())).sample(TICK, &mut recorder).unwrap();
        assert_eq!(recorder.groups[0].2, [1.5e9, 8e8, 2.2e9, 3.4e9]);
    }

    #[test]
    fn a_host_with_many_cpus_is_asked_for_some_of_them_and_a_guest_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let cpus = folder.path().join("sys/devices/system/cpu/cpufreq");
        let mut probe = FrequencyProbe::new(&Host::at(folder.path()));
        assert!(probe.sample(TICK, &mut Recorder::default()).unwrap_err().is_missing());
        std::fs::create_dir_all(&cpus).unwrap();
        assert!(probe.sample(TICK, &mut Recorder::default()).unwrap_err().is_missing());
        for cpu in 0..256 {
            files(&cpus, &format!("policy{cpu}/scaling_cur_freq {}", 1000 + cpu));
        }
        let mut recorder = Recorder::default();
        probe.sample(TICK, &mut recorder).unwrap();
        let value = |metric| recorder.value(&FREQUENCY, "", metric);
        assert_eq!((value("lowest"), value("highest")), (1_000_000.0, 1_252_000.0));
        assert!(value("allowed").is_nan());
        assert!(values(&[f64::NAN], f64::NAN).iter().all(|value| value.is_nan()));
    }
}

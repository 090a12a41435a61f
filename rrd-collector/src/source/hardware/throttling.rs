//! Processors that are slowed down because they are too hot, and a supply voltage that is too low.
//!
//! Intel's processors count it for each package: `/sys/devices/system/cpu/cpu*/thermal_throttle`;
//! the time is known since Linux 5.6. A Raspberry Pi shows its state: `get_throttled` in kernels of
//! its maker, the alarm of `rpi_volt` in all others.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rrd_core::Step;

use super::files::{self, count, number, text};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::counter::{Counters, Limits};
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// Throttling of this host.
pub static THROTTLING: Kind = Kind::new("throttling", "Throttling", THROTTLING_METRICS);

const THROTTLING_METRICS: &[Metric] = &[
    Metric::new(
        "time",
        Unit::Share,
        "share of time in which heat slowed the processors down, of the worst package",
    ),
    Metric::new("events", Unit::PerSecond, "times that heat slowed a package down"),
    Metric::new("under_voltage", Unit::Share, "1 while the supply voltage is too low, 0 if not"),
];

/// How long the list of packages is used; that of a host with many CPUs takes a while.
const LIST: Duration = Duration::from_secs(600);
/// The bits of `get_throttled` that are states, not memories: a voltage that is too low; a clock
/// that is limited, throttled, or limited by the temperature.
const UNDER_VOLTAGE: u64 = 1;
const SLOWED: u64 = 0b1110;
/// Counters of a package: events, milliseconds.
const LIMITS: [Limits; 2] = [Limits::EVENTS, Limits::SECONDS.counted_in(1000.0)];

/// Samples throttling.
pub struct ThrottlingProbe {
    host: Host,
    listed: Option<Duration>,
    packages: Vec<Package>,
    /// `get_throttled` of a Raspberry Pi.
    firmware: Option<PathBuf>,
    /// The alarm of its driver.
    alarm: Option<PathBuf>,
}

/// The counters of one package: those of one of its CPUs.
struct Package {
    folder: PathBuf,
    counters: Counters<2>,
}

impl ThrottlingProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        let (packages, firmware, alarm) = (Vec::new(), None, None);
        Self { host: host.clone(), listed: None, packages, firmware, alarm }
    }

    fn list(&mut self, clock: Duration) {
        if self.listed.is_some_and(|listed| clock.saturating_sub(listed) < LIST) {
            return;
        }
        self.listed = Some(clock);
        let folders = packages(&self.host.sys("devices/system/cpu"));
        self.packages.retain(|package| folders.contains(&package.folder));
        for folder in folders {
            if !self.packages.iter().any(|package| package.folder == folder) {
                self.packages.push(Package { folder, counters: Counters::default() });
            }
        }
        let platform = self.host.sys("devices/platform/soc");
        let firmware = files::names(&platform).unwrap_or_default().into_iter();
        self.firmware = firmware
            .filter(|name| name.ends_with("firmware"))
            .map(|name| platform.join(name).join("get_throttled"))
            .find(|file| file.exists());
        let chips = files::numbered(&self.host.sys("class/hwmon"), "hwmon").unwrap_or_default();
        self.alarm = chips
            .into_iter()
            .find(|chip| text(&chip.join("name")).is_ok_and(|name| name == "rpi_volt"))
            .map(|chip| chip.join("in0_lcrit_alarm"));
    }
}

/// The folder `thermal_throttle` of one CPU of each package.
fn packages(cpus: &Path) -> Vec<PathBuf> {
    // Other processors have no such counters; then only one CPU is looked at.
    let folders = files::numbered(cpus, "cpu").unwrap_or_default();
    let has_counters = |cpu: &&PathBuf| cpu.join("thermal_throttle").exists();
    if !folders.iter().take(2).any(|cpu| has_counters(&cpu)) {
        return Vec::new();
    }
    let mut known = BTreeSet::new();
    let counted = folders.iter().filter(has_counters);
    let first =
        counted.filter(|cpu| known.insert(text(&cpu.join("topology/physical_package_id")).ok()));
    first.map(|cpu| cpu.join("thermal_throttle")).collect()
}

impl Probe for ThrottlingProbe {
    fn name(&self) -> &'static str {
        "throttling"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        self.list(tick.clock);
        let state = self.firmware.as_deref().and_then(|file| state(&text(file).ok()?));
        let alarm = self.alarm.as_deref().and_then(number);
        if self.packages.is_empty() && self.firmware.is_none() && self.alarm.is_none() {
            let path = self.host.sys("devices/system/cpu/cpu0/thermal_throttle");
            return Err(ReadError::Io { path, source: ErrorKind::NotFound.into() }.into());
        }
        let mut time = state.map_or(f64::NAN, |state| as_share(state & SLOWED != 0));
        let mut events = f64::NAN;
        for Package { folder, counters } in &mut self.packages {
            let now = ["package_throttle_count", "package_throttle_total_time_ms"];
            let now = now.map(|file| count(&folder.join(file)));
            let [often, spent] = counters.rates(tick.clock, now, &LIMITS, sink);
            // The clock of the kernel and ours may differ slightly.
            time = time.max((spent / 1000.0).min(1.0 + spent * 0.0));
            events = if events.is_nan() { often } else { events + often };
        }
        let low = state.map(|state| as_share(state & UNDER_VOLTAGE != 0));
        let alarm = alarm.filter(|alarm| (0.0..=1.0).contains(alarm));
        sink.group(&THROTTLING, "", &[time, events, low.or(alarm).unwrap_or(f64::NAN)]);
        Ok(())
    }
}

fn as_share(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

/// The bits of `get_throttled`: a hexadecimal number.
fn state(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).ok()
}

#[cfg(test)]
mod tests {
    use rrd_core::Timestamp;

    use super::super::files::made::files;
    use super::*;
    use crate::source::sample::recorder::Recorder;

    /// The values after files that are written one after the other, ten seconds apart.
    fn after(moments: &[&str]) -> [f64; 3] {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = ThrottlingProbe::new(&Host::at(folder.path()));
        let mut recorder = Recorder::default();
        for (ten, moment) in (1..).zip(moments) {
            files(folder.path(), moment);
            let clock = Duration::from_secs(10 * ten);
            let tick = Tick { at: Timestamp::from_seconds(1_800_000_000), clock };
            probe.sample(tick, &mut recorder).unwrap();
        }
        let value = |metric| recorder.value(&THROTTLING, "", metric);
        [value("time"), value("events"), value("under_voltage")]
    }

    #[test]
    fn the_worst_package_says_how_long_heat_slowed_the_processors_down() {
        let cpus = |counts: [(u64, u64); 2]| {
            let lines = (0..4).map(|cpu| {
                let (count, time) = counts[cpu / 2];
                let folder = format!("sys/devices/system/cpu/cpu{cpu}");
                format!(
                    "{folder}/topology/physical_package_id {}\n\
                     {folder}/thermal_throttle/package_throttle_count {count}\n\
                     {folder}/thermal_throttle/package_throttle_total_time_ms {time}\n",
                    cpu / 2
                )
            });
            lines.collect::<String>()
        };
        let [time, events, voltage] =
            after(&[&cpus([(7, 100), (0, 0)]), &cpus([(9, 600), (3, 2500)])]);
        assert_eq!((time, events), (0.25, 0.5));
        assert!(voltage.is_nan());
        // The clock of the kernel is a little faster.
        assert_eq!(after(&[&cpus([(7, 0), (0, 0)]), &cpus([(9, 10_040), (0, 0)])])[0], 1.0);
    }

    #[test]
    fn kernels_before_5_6_only_count() {
        let file = "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count";
        let [time, events, _] = after(&[&format!("{file} 5"), &format!("{file} 25")]);
        assert!(time.is_nan());
        assert_eq!(events, 2.0);
    }

    #[test]
    fn a_raspberry_pi_shows_its_state_in_one_of_two_places() {
        let firmware = "sys/devices/platform/soc/soc:firmware/get_throttled";
        // The memories of the bits 16 to 19 are of an earlier time.
        assert_eq!(after(&[&format!("{firmware} f0000")])[0], 0.0);
        let [time, events, voltage] = after(&[&format!("{firmware} 0x50005")]);
        assert_eq!((time, voltage), (1.0, 1.0));
        assert!(events.is_nan());
        let alarm = "sys/class/hwmon/hwmon1/name rpi_volt\nsys/class/hwmon/hwmon1/in0_lcrit_alarm ";
        assert_eq!(after(&[&format!("{alarm}1")])[2], 1.0);
        assert_eq!(after(&[&format!("{alarm}0")])[2], 0.0);
        assert!(after(&[&format!("{alarm}-3")])[2].is_nan());
    }

    #[test]
    fn a_host_without_counters_has_none() {
        let folder = tempfile::tempdir().unwrap();
        files(folder.path(), "sys/devices/system/cpu/cpu0/online 1");
        let mut probe = ThrottlingProbe::new(&Host::at(folder.path()));
        let tick = Tick { at: Timestamp::from_seconds(0), clock: Duration::ZERO };
        assert!(probe.sample(tick, &mut Recorder::default()).unwrap_err().is_missing());
    }
}

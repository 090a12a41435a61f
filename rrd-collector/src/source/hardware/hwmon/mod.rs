//! Temperatures, fans, voltages and power as the chips of this host measure them.
//!
//! A disk that has had no request for a minute is not asked: some drives take the question for use,
//! and would never spin down (`Documentation/hwmon/drivetemp.rst`). Nor is a device that sleeps.

mod chip;
mod energy;
mod kinds;
mod reading;
#[cfg(test)]
mod tests;
mod zone;

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use rrd_core::Step;

use super::files::{number, text};
use crate::group::Kind;
use crate::rootfs::{Host, ReadError};
use crate::schedule::Tick;
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;
use chip::{Chip, Input, Quantity};
use energy::Energy;
pub(super) use energy::lacking;
pub use kinds::{FAN, POWER, TEMPERATURE, VOLTAGE};
pub(super) use reading::temperature;

/// How long the list of chips is used; making it takes as long as some samples.
const LIST: Duration = Duration::from_secs(300);
/// How long a disk without requests is still asked.
const AWAKE: Duration = Duration::from_secs(60);

/// Samples the chips and the thermal zones.
pub struct SensorsProbe {
    host: Host,
    chips: Vec<Chip>,
    listed: Option<Duration>,
    /// The folder that this host does not have.
    missing: Option<PathBuf>,
    /// What has had a value since the start. An input that nothing is connected to never has one,
    /// and gets no file.
    seen: BTreeSet<(Quantity, String)>,
    disks: BTreeMap<String, Requests>,
    energy: Energy,
}

/// The requests of a disk when they last changed.
struct Requests {
    count: String,
    changed: Duration,
}

impl SensorsProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self {
            host: host.clone(),
            chips: Vec::new(),
            listed: None,
            missing: None,
            seen: BTreeSet::new(),
            disks: BTreeMap::new(),
            energy: Energy::default(),
        }
    }

    fn list(&mut self, clock: Duration) -> Result<(), ReadError> {
        let is_due = |listed| clock.saturating_sub(listed) >= LIST;
        if self.listed.is_none_or(is_due) {
            self.listed = Some(clock);
            self.missing = None;
            self.chips.clear();
            self.energy.list(&self.host);
            let chips = chip::chips(&self.host);
            self.chips = zone::zones(&self.host, chips.as_deref().unwrap_or_default());
            match chips {
                Ok(chips) => self.chips.extend(chips),
                Err(ReadError::Io { path, source }) if source.kind() == ErrorKind::NotFound => {
                    self.missing = Some(path);
                }
                Err(error) => return Err(error),
            }
        }
        match &self.missing {
            // A host may have zones only.
            Some(path) if self.chips.is_empty() => {
                Err(ReadError::Io { path: path.clone(), source: ErrorKind::NotFound.into() })
            }
            _ => Ok(()),
        }
    }
}

impl Probe for SensorsProbe {
    fn name(&self) -> &'static str {
        "sensors"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        self.list(tick.clock)?;
        let Self { chips, seen, disks, energy, .. } = self;
        for chip in chips.iter() {
            if !chip.is_awake(disks, tick.clock) {
                continue;
            }
            for input in &chip.inputs {
                let label = input.label.as_deref().unwrap_or(&input.instance);
                if sink.takes(&[&input.instance, label, &chip.name], input.by_default) {
                    input.sample(seen, sink);
                }
            }
        }
        energy.sample(tick.clock, sink);
        Ok(())
    }
}

impl Chip {
    /// Whether it may be asked without waking its device or keeping it awake.
    fn is_awake(&self, disks: &mut BTreeMap<String, Requests>, clock: Duration) -> bool {
        if text(&self.power_state).is_ok_and(|state| state == "suspended") {
            return false;
        }
        let Some(requests) = &self.requests else { return true };
        let Ok(count) = text(requests) else { return true };
        let Some(name) = self.inputs.first().map(|input| &input.instance) else { return false };
        match disks.get_mut(name) {
            Some(known) if known.count == count => clock.saturating_sub(known.changed) <= AWAKE,
            Some(known) => {
                *known = Requests { count, changed: clock };
                true
            }
            None => {
                disks.insert(name.clone(), Requests { count, changed: clock });
                true
            }
        }
    }
}

impl Input {
    fn sample(&self, seen: &mut BTreeSet<(Quantity, String)>, sink: &mut dyn SampleSink) {
        let value = number(&self.file);
        let fault = self.fault.as_deref().and_then(number);
        let right = value.filter(|_| fault != Some(1.0));
        let (kind, values): (&Kind, Vec<f64>) = match self.quantity {
            Quantity::Temperature => {
                let degrees = reading::temperature(right);
                (&TEMPERATURE, vec![degrees, self.limit - degrees])
            }
            Quantity::Fan => {
                let speed = reading::speed(right);
                let drive = self.drive.as_deref().and_then(number);
                (&FAN, vec![speed, reading::stalled(&self.chip, speed, drive, fault)])
            }
            Quantity::Voltage => (&VOLTAGE, vec![reading::volts(right)]),
            Quantity::Power => (&POWER, vec![reading::watts(right)]),
        };
        let first = values.first().copied().unwrap_or(f64::NAN);
        // A fan that has never turned is a socket without a fan.
        let has_value = !first.is_nan() && (self.quantity != Quantity::Fan || first > 0.0);
        let known = (self.quantity, self.instance.clone());
        let is_new = has_value && seen.insert(known.clone());
        if let Some(label) = self.label.as_deref().filter(|_| is_new) {
            sink.label(kind, &self.instance, label);
        }
        if seen.contains(&known) {
            sink.group(kind, &self.instance, &values);
        }
    }
}

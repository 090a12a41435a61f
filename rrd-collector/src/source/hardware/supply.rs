//! Batteries, mains and power supplies: `/sys/class/power_supply/*/uevent`, which has all values of
//! one in one file. Described in the kernel's `Documentation/ABI/testing/sysfs-class-power`.

use std::collections::BTreeMap;

use rrd_core::Step;

use super::files::{self, text};
use crate::group::{Kind, Metric, Unit};
use crate::rootfs::Host;
use crate::schedule::Tick;
use crate::source::probe::{Probe, ProbeError, TEN_SECONDS};
use crate::source::sample::SampleSink;

/// A battery of this host.
pub static BATTERY: Kind = Kind::new("battery", "Battery", BATTERY_METRICS);

const BATTERY_METRICS: &[Metric] = &[
    Metric::new("charge", Unit::Share, "charge, of what it can still hold"),
    Metric::new("power", Unit::Watts, "power that goes into it or out of it"),
    Metric::new("health", Unit::Share, "what it can hold, of what it could when it was new"),
    Metric::new("discharging", Unit::Count, "1 while it is discharged, 0 if not"),
];

/// A connection to the mains.
pub static MAINS: Kind = Kind::new("mains", "Mains", MAINS_METRICS);

const MAINS_METRICS: &[Metric] =
    &[Metric::new("online", Unit::Count, "1 while it has power, 0 if not")];

/// Samples power supplies.
pub struct SupplyProbe {
    host: Host,
}

impl SupplyProbe {
    /// The probe of this host.
    pub fn new(host: &Host) -> Self {
        Self { host: host.clone() }
    }
}

impl Probe for SupplyProbe {
    fn name(&self) -> &'static str {
        "power_supply"
    }

    fn default_interval(&self) -> Step {
        TEN_SECONDS
    }

    fn sample(&mut self, _tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError> {
        let folder = self.host.sys("class/power_supply");
        for name in files::names(&folder)? {
            // One that was just unplugged, or a controller that does not answer.
            let Ok(text) = text(&folder.join(&name).join("uevent")) else { continue };
            let supply = Supply::parse(&text);
            match supply.get("TYPE") {
                Some("Battery" | "UPS") => {
                    // That of a mouse is not one of this host.
                    let is_own = supply.get("SCOPE") != Some("Device");
                    let is_there = supply.get("PRESENT") != Some("0");
                    if is_there && sink.takes(&[&name], is_own) {
                        sink.group(&BATTERY, &name, &supply.battery());
                    }
                }
                Some("Mains") if sink.takes(&[&name], true) => {
                    sink.group(&MAINS, &name, &[supply.flag("ONLINE")]);
                }
                // Ports that may be supplied, and are not on most hosts.
                _ => {}
            }
        }
        Ok(())
    }
}

/// The values of one supply by their names, `STATUS` for `POWER_SUPPLY_STATUS`.
struct Supply<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Supply<'a> {
    fn parse(text: &'a str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        Self(
            lines
                .filter_map(|(key, value)| Some((key.strip_prefix("POWER_SUPPLY_")?, value)))
                .collect(),
        )
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.0.get(key).copied()
    }

    /// A number, in whatever unit: some drivers write negative ones when it is discharged.
    fn number(&self, key: &str) -> f64 {
        let number = self.get(key).and_then(|value| value.parse::<f64>().ok());
        number.filter(|number| number.abs() < 1e12).map_or(f64::NAN, f64::abs)
    }

    fn flag(&self, key: &str) -> f64 {
        // 2 is a supply whose voltage or current is programmed.
        let number = self.number(key);
        if number.is_nan() { number } else { f64::from(u8::from(number > 0.0)) }
    }

    /// A share of two values, in energy or in charge, whatever the driver knows.
    fn share(&self, part: &str, whole: &str) -> f64 {
        let of = |quantity: &str| {
            let [part, whole] = [part, whole].map(|end| self.number(&format!("{quantity}_{end}")));
            Some(part / whole).filter(|share| share.is_finite())
        };
        of("ENERGY").or_else(|| of("CHARGE")).unwrap_or(f64::NAN)
    }

    fn battery(&self) -> [f64; 4] {
        let share =
            |share: f64| if (0.0..1.5).contains(&share) { share.min(1.0) } else { f64::NAN };
        let capacity = share(self.number("CAPACITY") / 100.0);
        let charge = if capacity.is_nan() { share(self.share("NOW", "FULL")) } else { capacity };
        let direct = self.number("POWER_NOW") / 1e6;
        // Millionths of amperes and of volts.
        let product = self.number("CURRENT_NOW") * self.number("VOLTAGE_NOW") / 1e12;
        let power = if direct.is_nan() { product } else { direct };
        let discharging = match self.get("STATUS") {
            Some("Discharging") => 1.0,
            Some("Charging" | "Not charging" | "Full") => 0.0,
            _ => f64::NAN,
        };
        [
            charge,
            if power < 1e5 { power } else { f64::NAN },
            share(self.share("FULL", "FULL_DESIGN")),
            discharging,
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rrd_core::Timestamp;

    use super::super::files::made::files;
    use super::*;
    use crate::source::sample::recorder::Recorder;

    const TICK: Tick = Tick { at: Timestamp::from_seconds(1_800_000_000), clock: Duration::ZERO };

    fn battery(text: &str) -> [f64; 4] {
        let text = text.replace(' ', "\nPOWER_SUPPLY_");
        Supply::parse(&format!("POWER_SUPPLY_{text}")).battery()
    }

    #[test]
    fn a_battery_tells_in_energy_or_in_charge() {
        let energy = "STATUS=Discharging CAPACITY=40 ENERGY_NOW=20000000 ENERGY_FULL=45000000 \
                      ENERGY_FULL_DESIGN=50000000 POWER_NOW=9500000";
        assert_eq!(battery(energy), [0.4, 9.5, 0.9, 1.0]);
        let charge = "STATUS=Charging CHARGE_NOW=1500000 CHARGE_FULL=3000000 \
                      CHARGE_FULL_DESIGN=4000000 CURRENT_NOW=-1000000 VOLTAGE_NOW=12000000";
        assert_eq!(battery(charge), [0.5, 12.0, 0.75, 0.0]);
    }

    #[test]
    fn what_no_battery_has_is_unknown() {
        for text in [
            "STATUS=Unknown CAPACITY=999 ENERGY_FULL=5 ENERGY_FULL_DESIGN=0 POWER_NOW=1e300",
            "CAPACITY=nan CHARGE_NOW=inf CHARGE_FULL=0 CURRENT_NOW=99999999999 VOLTAGE_NOW=99999999999",
            "",
        ] {
            assert!(battery(text).iter().all(|value| value.is_nan()), "{text}");
        }
        // A new one holds more than its maker promises.
        assert_eq!(battery("ENERGY_FULL=51 ENERGY_FULL_DESIGN=50")[2], 1.0);
    }

    #[test]
    fn batteries_of_mice_empty_bays_and_ports_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut probe = SupplyProbe::new(&Host::at(folder.path()));
        assert!(probe.sample(TICK, &mut Recorder::default()).unwrap_err().is_missing());
        files(
            &folder.path().join("sys/class/power_supply"),
            "AC/uevent POWER_SUPPLY_NAME=AC\\nPOWER_SUPPLY_TYPE=Mains\\nPOWER_SUPPLY_ONLINE=1
             BAT0/uevent POWER_SUPPLY_TYPE=Battery\\nPOWER_SUPPLY_PRESENT=1\\nPOWER_SUPPLY_CAPACITY=97
             BAT1/uevent POWER_SUPPLY_TYPE=Battery\\nPOWER_SUPPLY_PRESENT=0
             hid-1-battery/uevent POWER_SUPPLY_TYPE=Battery\\nPOWER_SUPPLY_SCOPE=Device
             ucsi-source-psy-1/uevent POWER_SUPPLY_TYPE=USB\\nPOWER_SUPPLY_ONLINE=0",
        );
        let mut recorder = Recorder::default();
        probe.sample(TICK, &mut recorder).unwrap();
        assert_eq!(recorder.instances(&BATTERY), ["BAT0"]);
        assert_eq!(recorder.value(&BATTERY, "BAT0", "charge"), 0.97);
        assert_eq!(recorder.value(&MAINS, "AC", "online"), 1.0);
        assert_eq!(recorder.groups.len(), 2);
    }
}

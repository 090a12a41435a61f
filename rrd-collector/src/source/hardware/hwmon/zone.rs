//! Thermal zones of the firmware: `/sys/class/thermal/thermal_zone*`, where they are not a chip as
//! well. Described in the kernel's `Documentation/driver-api/thermal/sysfs-api.rst`.

use super::super::files::{self, number};
use super::chip::{Chip, Input, Quantity};
use super::reading::limit;
use crate::rootfs::Host;

/// The most trip points of a zone that are looked at.
const TRIP_POINTS: u8 = 16;

/// The zones that no chip shows.
pub(super) fn zones(host: &Host, chips: &[Chip]) -> Vec<Chip> {
    let folders = files::numbered(&host.sys("class/thermal"), "thermal_zone").unwrap_or_default();
    let mut zones: Vec<Chip> = Vec::new();
    for folder in folders {
        let Some(name) = files::name(&folder.join("type")) else { continue };
        // The kernel names the chip of a zone after it, and the sensor of the whole processor is
        // one of coretemp's.
        let chip = name.replace('-', "_");
        let is_known = |other: &Chip| {
            other.name == chip || (name == "x86_pkg_temp" && other.name == "coretemp")
        };
        if chips.iter().any(is_known) {
            continue;
        }
        let alike = zones.iter().filter(|zone| zone.name == name).count();
        let instance = match alike {
            0 => format!("zone/{name}"),
            before => format!("zone/{name}-{}", before + 1),
        };
        let critical = (0..TRIP_POINTS).find_map(|point| {
            let file = |ending| folder.join(format!("trip_point_{point}_{ending}"));
            let is_critical = files::text(&file("type")).ok()? == "critical";
            number(&file("temp")).filter(|_| is_critical)
        });
        let input = Input {
            quantity: Quantity::Temperature,
            chip: name.clone(),
            instance,
            label: None,
            // The policies of Intel's firmware are zones of a constant temperature.
            by_default: !name.starts_with("INT34"),
            file: folder.join("temp"),
            fault: None,
            drive: None,
            limit: limit(&name, None, critical),
        };
        let power_state = folder.join("device/power/runtime_status");
        zones.push(Chip { name, power_state, requests: None, inputs: vec![input] });
    }
    zones
}

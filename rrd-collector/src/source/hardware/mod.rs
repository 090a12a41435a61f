//! The hardware of this host: temperatures and fans, clock rates, errors of the memory, the health
//! of disks, power.

mod files;
mod frequency;
mod hwmon;
mod memory_errors;
mod rules;
mod smart;
mod supply;
mod throttling;

use crate::source::input::{ManyInstances, PageSection, Source, TableColumn};
use crate::source::probe::{RegisteredProbe, probe};
use crate::source::right::Right;

pub use frequency::{FREQUENCY, FrequencyProbe};
pub use hwmon::{FAN, POWER, SensorsProbe, TEMPERATURE, VOLTAGE};
pub use memory_errors::{MEMORY_ERRORS, MemoryErrorsProbe};
pub use smart::{SMART, SmartProbe};
pub use supply::{BATTERY, MAINS, SupplyProbe};
pub use throttling::{THROTTLING, ThrottlingProbe};

/// The hardware of this host.
pub static SOURCE: Source = Source {
    probes: PROBES,
    rules: rules::RULES,
    rights: &[Right { name: "power", probe: Some("sensors"), lacking: hwmon::lacking }],
    charts: &[include_str!("hardware.toml")],
    part: "Host",
    many: &[
        ManyInstances {
            kind: "temperature",
            columns: &[
                TableColumn::new("Temperature", &["temperature"]),
                TableColumn::new("Below the limit", &["margin"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "fan",
            columns: &[TableColumn::new("Speed", &["speed"])],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "voltage",
            columns: &[TableColumn::new("Voltage", &["voltage"])],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "smart",
            columns: &[
                TableColumn::new("Failing", &["failing"]),
                TableColumn::new("Temperature", &["temperature"]),
                TableColumn::new("Bad sectors", &["reallocated", "pending"]),
                TableColumn::new("Errors", &["uncorrectable"]),
                TableColumn::new("Wear", &["wear"]),
                TableColumn::new("On", &["power_on"]),
            ],
            heat_maps: &[],
        },
    ],
    page: &[
        PageSection {
            heading: "Temperatures and fans",
            kinds: &["temperature", "fan", "throttling", "frequency"],
        },
        PageSection { heading: "Memory errors", kinds: &["memory_errors"] },
        PageSection { heading: "Disk health", kinds: &["smart"] },
        PageSection { heading: "Power", kinds: &["power", "battery", "mains", "voltage"] },
    ],
    fuzz: |text| {
        let _ = smart::Report::parse(text);
    },
    ..Source::EMPTY
};

/// The probes, and their names in the configuration.
const PROBES: &[RegisteredProbe] = &[
    probe!("sensors", SensorsProbe, TEMPERATURE, FAN, VOLTAGE, POWER).slow(),
    probe!("throttling", ThrottlingProbe, THROTTLING).slow(),
    probe!("cpufreq", FrequencyProbe, FREQUENCY).slow(),
    probe!("memory_errors", MemoryErrorsProbe, MEMORY_ERRORS).slow(),
    probe!("power_supply", SupplyProbe, BATTERY, MAINS).slow(),
    probe!("smart", SmartProbe, SMART).slow(),
];

//! The kinds of sensors.

use crate::group::{Kind, Metric, Unit};

/// A temperature.
pub static TEMPERATURE: Kind = Kind::new("temperature", "Temperature", TEMPERATURE_METRICS);

const TEMPERATURE_METRICS: &[Metric] = &[
    Metric::new("temperature", Unit::Celsius, "temperature"),
    Metric::new(
        "margin",
        Unit::Celsius,
        "degrees below the temperature that its maker specifies as too high",
    ),
];

/// A fan that has turned since the collector started.
pub static FAN: Kind = Kind::new("fan", "Fan", FAN_METRICS);

const FAN_METRICS: &[Metric] = &[
    Metric::new("speed", Unit::RevolutionsPerMinute, "speed"),
    Metric::new(
        "stalled",
        Unit::Count,
        "1 if it stands still though it is driven, 0 if not; unknown where only it knows",
    ),
];

/// A voltage.
pub static VOLTAGE: Kind = Kind::new("voltage", "Voltage", VOLTAGE_METRICS);

const VOLTAGE_METRICS: &[Metric] = &[Metric::new("voltage", Unit::Volts, "voltage")];

/// The power that a part of this host takes.
pub static POWER: Kind = Kind::new("power", "Power", POWER_METRICS);

const POWER_METRICS: &[Metric] = &[Metric::new("power", Unit::Watts, "power")];

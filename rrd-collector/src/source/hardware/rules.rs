//! The default rules about hardware: name and text.

pub(super) const RULES: &[(&str, &str)] = &[
    // What a maker specifies as too high is nothing that a healthy host comes near to for long.
    (
        "temperature",
        "average over 10m of temperature:*.margin < 3, critical < 0, clear above 6, critical clear above 3",
    ),
    ("fan", "min over 5m of fan:*.stalled > 0"),
    ("throttling", "average over 15m of throttling.time > 20, clear below 5, no data ok"),
    // Short dips happen when something is plugged in.
    (
        "under-voltage",
        "average over 10m of throttling.under_voltage > 5, clear below 1, no data ok",
    ),
    // Cosmic rays flip a bit now and then; a module that fails does it all the time.
    ("memory-errors", "average over 1h of memory_errors:*.corrected > 0.01, clear below 0.001"),
    ("memory-errors-uncorrected", "max over 1h of memory_errors:*.uncorrected > 0"),
    ("disk-failing", "last of smart:*.failing > 0, for 1m"),
    // Some solid state disks have a sector that is pending for some minutes now and then.
    ("disk-pending", "min over 6h of smart:*.pending > 0"),
    ("disk-errors", "rise over 1d of smart:*.uncorrectable > 0.5, clear below 0.05"),
    ("disk-reallocated", "rise over 1d of smart:*.reallocated > 4, clear below 0.5"),
    ("disk-wear", "last of smart:*.wear > 90, for 1m"),
    // Not that it is discharged: notebooks are unplugged all the time.
    (
        "battery",
        "average over 2m of battery:*.charge < 10, critical < 5, clear above 15, critical clear above 10, while battery:*.discharging > 0.5",
    ),
];

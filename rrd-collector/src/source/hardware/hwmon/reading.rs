//! What the numbers of sensors mean, and which of them no sensor can mean. Pure.
//!
//! The units are those of the kernel's `Documentation/hwmon/sysfs-interface.rst`: thousandths of a
//! degree and of a volt, millionths of a watt, revolutions per minute.

/// Drivers of the chips of mainboards. Their inputs are often not connected, and their limits are
/// what the firmware left there.
const MAINBOARD: &[&str] = &[
    "nct", "w83", "it8", "f71", "f81", "sch", "dme1737", "smsc", "lm7", "lm8", "lm9", "adt7",
    "asus", "gigabyte", "emc",
];

/// Whether the chip belongs to a mainboard.
pub(super) fn is_of_mainboard(chip: &str) -> bool {
    MAINBOARD.iter().any(|prefix| chip.starts_with(prefix))
}

/// Whether the chip is a disk, whose highest temperature is one that its maker specifies.
pub(super) fn is_disk(chip: &str) -> bool {
    matches!(chip, "nvme" | "drivetemp")
}

/// A temperature. Inputs that are not connected, and registers that are not set, read as the ends
/// of their range (-128, -62, 127, 255, 65261.85) or as no temperature at all (0 K).
pub(in super::super) fn temperature(thousandths: Option<f64>) -> f64 {
    let possible = |value: &f64| (-49_999.0..127_000.0).contains(value);
    thousandths.filter(possible).map_or(f64::NAN, |value| value / 1000.0)
}

/// The temperature that the chip itself must not reach; NaN if it gives none that can be meant.
///
/// Of most chips that is the critical one: below it, `max` is where fans begin, as with `coretemp`.
pub(super) fn limit(chip: &str, max: Option<f64>, crit: Option<f64>) -> f64 {
    if is_of_mainboard(chip) {
        return f64::NAN;
    }
    // A limit at the temperature of a warm room is a register that nobody has set.
    let possible = |value: &f64| (40_000.0..127_000.0).contains(value);
    let first = if is_disk(chip) { max.filter(possible) } else { None };
    first.or(crit.filter(possible)).map_or(f64::NAN, |value| value / 1000.0)
}

/// The speed of a fan; 65535 is a register of ones.
pub(super) fn speed(rpm: Option<f64>) -> f64 {
    rpm.filter(|rpm| (0.0..60_000.0).contains(rpm)).unwrap_or(f64::NAN)
}

/// Whether a fan that turned before stands still though a mainboard gives it a quarter of its power
/// (64 of 255) or more, or the chip itself says that it fails; NaN if that is not known.
///
/// Other drivers show a power that they do not give: a notebook's fan stands still when it is cool.
pub(super) fn stalled(chip: &str, speed: f64, power: Option<f64>, fault: Option<f64>) -> f64 {
    if fault == Some(1.0) {
        return 1.0;
    }
    match power.filter(|power| (0.0..=255.0).contains(power)) {
        Some(power) if is_of_mainboard(chip) && !speed.is_nan() => {
            f64::from(u8::from(speed == 0.0 && power >= 64.0))
        }
        _ => f64::NAN,
    }
}

/// A voltage.
pub(super) fn volts(thousandths: Option<f64>) -> f64 {
    let possible = |value: &f64| (-100_000.0..1_000_000.0).contains(value);
    thousandths.filter(possible).map_or(f64::NAN, |value| value / 1000.0)
}

/// A power, up to 100 kW.
pub(super) fn watts(millionths: Option<f64>) -> f64 {
    let possible = |value: &f64| (0.0..100_000_000_000.0).contains(value);
    millionths.filter(possible).map_or(f64::NAN, |value| value / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_sensor_measures_is_unknown() {
        assert_eq!(temperature(Some(41_850.0)), 41.85);
        assert_eq!(temperature(Some(-5150.0)), -5.15);
        for nothing in
            [-273_150.0, -128_000.0, -62_000.0, 127_000.0, 127_500.0, 255_000.0, 65_261_850.0]
        {
            assert!(temperature(Some(nothing)).is_nan(), "{nothing}");
        }
        assert!(temperature(None).is_nan() && temperature(Some(f64::MIN)).is_nan());
        assert!(speed(Some(65_535.0)).is_nan() && speed(Some(-1.0)).is_nan());
        assert_eq!((speed(Some(0.0)), speed(Some(1480.0))), (0.0, 1480.0));
        assert!(watts(Some(f64::MAX)).is_nan() && volts(Some(f64::MIN)).is_nan());
        assert_eq!((watts(Some(9_120_000.0)), volts(Some(-12_100.0))), (9.12, -12.1));
    }

    #[test]
    fn a_limit_is_what_the_maker_of_the_chip_specifies() {
        // Fans begin at the maximum of a processor; a disk must not reach it.
        assert_eq!(limit("coretemp", Some(84_000.0), Some(100_000.0)), 100.0);
        assert_eq!(limit("nvme", Some(80_850.0), Some(84_850.0)), 80.85);
        assert_eq!(limit("nvme", Some(65_261_850.0), Some(84_850.0)), 84.85);
        assert_eq!(limit("drivetemp", Some(60_000.0), None), 60.0);
        assert!(limit("k10temp", Some(70_000.0), None).is_nan());
        for nothing in [-273_150.0, 0.0, 20_800.0, 127_000.0, 255_000.0, 65_261_850.0] {
            assert!(limit("acpitz", None, Some(nothing)).is_nan(), "{nothing}");
        }
        assert!(limit("nct6798", Some(80_000.0), Some(100_000.0)).is_nan());
    }

    #[test]
    fn a_fan_fails_if_a_mainboard_drives_it_and_it_stands_still() {
        assert_eq!(stalled("nct6798", 0.0, Some(64.0), None), 1.0);
        assert_eq!(stalled("nct6798", 0.0, Some(63.0), None), 0.0);
        assert_eq!(stalled("it8688", 900.0, Some(255.0), Some(0.0)), 0.0);
        assert!(stalled("thinkpad", 0.0, Some(128.0), None).is_nan());
        assert!(stalled("nct6798", 0.0, None, None).is_nan());
        assert!(stalled("nct6798", 0.0, Some(-1.0), None).is_nan());
        assert_eq!(stalled("pwmfan", 0.0, None, Some(1.0)), 1.0);
    }
}

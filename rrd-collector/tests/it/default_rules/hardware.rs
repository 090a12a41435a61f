//! The rules about hardware.

use rrd_collector::alert::Status;
use rrd_collector::source::hardware::{
    BATTERY, FAN, MEMORY_ERRORS, SMART, TEMPERATURE, THROTTLING,
};

use super::{Trial, part};

/// The minutes at which a rule's state changes.
fn minutes(
    trial: &mut Trial,
    metric: &str,
    minutes: i64,
    value: impl Fn(i64) -> f64,
) -> Vec<(i64, Status)> {
    let changes = trial.run(metric, minutes, value);
    changes.into_iter().map(|(minute, status, _)| (minute, status)).collect()
}

#[test]
fn a_chip_that_stays_at_its_limit_is_reported_and_short_heat_is_not() {
    let mut trial = Trial::new("temperature", &TEMPERATURE, "coretemp/Package_id_0");
    // At the limit for two minutes of ten, and otherwise warm.
    let warm = |minute: i64| if minute % 10 < 2 { -1.0 } else { 15.0 };
    assert_eq!(minutes(&mut trial, "margin", 60, warm), []);
    assert_eq!(minutes(&mut trial, "margin", 10, |_| 15.0), []);
    let reported = [(78, Status::Warning), (80, Status::Critical)];
    assert_eq!(minutes(&mut trial, "margin", 30, |_| -1.0), reported);
    assert_eq!(minutes(&mut trial, "margin", 20, |_| 30.0).last().unwrap().1, Status::Ok);
}

#[test]
fn a_fan_that_stalls_is_reported_after_five_minutes_and_one_that_stops_when_cool_is_not() {
    let mut trial = Trial::new("fan", &FAN, "nct6798/fan2");
    assert_eq!(minutes(&mut trial, "stalled", 10, |_| 0.0), []);
    // It begins to turn a few minutes after it is driven.
    assert_eq!(minutes(&mut trial, "stalled", 4, |_| 1.0), []);
    assert_eq!(minutes(&mut trial, "stalled", 6, |_| 0.0), []);
    assert_eq!(minutes(&mut trial, "stalled", 10, |_| 1.0), [(25, Status::Warning)]);
    let mut trial = Trial::new("fan", &FAN, "thinkpad/fan1");
    assert_eq!(minutes(&mut trial, "stalled", 30, |_| f64::NAN), []);
}

#[test]
fn processors_that_heat_slows_down_for_long_are_reported() {
    let mut trial = Trial::new("throttling", &THROTTLING, "");
    assert_eq!(minutes(&mut trial, "time", 60, |minute| f64::from(u8::from(minute % 15 > 12))), []);
    assert_eq!(minutes(&mut trial, "time", 20, |_| 0.5), [(63, Status::Warning)]);
    assert_eq!(minutes(&mut trial, "time", 20, |_| 0.0).last().unwrap().1, Status::Ok);
}

#[test]
fn a_supply_voltage_that_is_too_low_again_and_again_is_reported() {
    let mut trial = Trial::new("under-voltage", &THROTTLING, "");
    assert_eq!(minutes(&mut trial, "under_voltage", 30, |_| 0.0), []);
    assert_eq!(minutes(&mut trial, "under_voltage", 5, |_| 0.5), [(32, Status::Warning)]);
}

#[test]
fn memory_that_fails_is_reported_and_a_bit_that_flips_is_not() {
    let mut trial = Trial::new("memory-errors", &MEMORY_ERRORS, "mc0");
    // One error in an hour, and then one in a minute.
    let hourly = |minute: i64| if minute % 60 == 0 { 1.0 / 60.0 } else { 0.0 };
    assert_eq!(minutes(&mut trial, "corrected", 300, hourly), []);
    assert_eq!(minutes(&mut trial, "corrected", 60, |_| 1.0 / 60.0).len(), 1);
    let mut trial = Trial::new("memory-errors-uncorrected", &MEMORY_ERRORS, "mc0");
    assert_eq!(minutes(&mut trial, "uncorrected", 60, |_| 0.0), []);
    let once = |minute: i64| if minute == 60 { 1.0 / 60.0 } else { 0.0 };
    let changes = minutes(&mut trial, "uncorrected", 120, once);
    assert_eq!((changes[0], changes.len()), ((61, Status::Warning), 2));
}

#[test]
fn a_battery_that_is_nearly_empty_is_reported_unless_it_is_charged() {
    let discharging = |value| {
        let trial = Trial::new("battery", &BATTERY, "BAT0");
        trial.beside(&BATTERY, "BAT1", "discharging", value)
    };
    let falls = |minute: i64| 0.2 - part(minute);
    let changes = minutes(&mut discharging(1.0), "charge", 200, falls);
    assert_eq!(changes, [(104, Status::Warning), (156, Status::Critical)]);
    assert_eq!(minutes(&mut discharging(0.0), "charge", 200, falls), []);
}

#[test]
fn a_disk_that_says_that_it_fails_is_reported() {
    let mut trial = Trial::new("disk-failing", &SMART, "ZDH00001");
    assert_eq!(minutes(&mut trial, "failing", 10, |_| 0.0), []);
    assert_eq!(minutes(&mut trial, "failing", 10, |_| 1.0), [(12, Status::Warning)]);
}

#[test]
fn sectors_that_stay_pending_are_reported_and_one_that_comes_and_goes_is_not() {
    let mut trial = Trial::new("disk-pending", &SMART, "ZDH00001");
    // A drive that has one for an hour each day.
    let flips = |minute: i64| f64::from(u8::from(minute % 1440 > 1380));
    assert_eq!(minutes(&mut trial, "pending", 2000, flips), []);
    let changes = minutes(&mut trial, "pending", 400, |_| 8.0);
    assert_eq!(changes, [(2000 + 360, Status::Warning)]);
}

#[test]
fn errors_that_a_disk_has_had_for_long_are_not_reported_and_new_ones_are() {
    let mut trial = Trial::new("disk-errors", &SMART, "ZDH00001");
    assert_eq!(minutes(&mut trial, "uncorrectable", 1440, |_| 12.0), []);
    assert_eq!(minutes(&mut trial, "uncorrectable", 5, |_| 13.0), [(1441, Status::Warning)]);
    let mut trial = Trial::new("disk-reallocated", &SMART, "ZDH00001");
    // Four sectors a day, as a large disk may lose them, and then forty.
    let slow = |minute: i64| 100.0 + f64::from(u16::try_from(minute / 360).unwrap());
    assert_eq!(minutes(&mut trial, "reallocated", 2000, slow), []);
    assert_eq!(minutes(&mut trial, "reallocated", 5, |_| 145.0), [(2001, Status::Warning)]);
}

#[test]
fn a_solid_state_disk_near_the_end_of_its_life_is_reported() {
    let mut trial = Trial::new("disk-wear", &SMART, "S64FNX0R1");
    assert_eq!(minutes(&mut trial, "wear", 10, |_| 0.9), []);
    assert_eq!(minutes(&mut trial, "wear", 5, |_| 0.91), [(12, Status::Warning)]);
}

//! A value of `UPDATE`, between whose words escapes may stand. What is printed of it must be read
//! as the same readings, at the same time within what its digits can tell.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_cached::typed_value;

fuzz_target!(|data: &[u8]| {
    let Some(printed) = typed_value(data) else { return };
    let again = typed_value(printed.as_bytes()).expect("a value is printed as one");
    let ((time, readings), (time_again, readings_again)) = (parts(&printed), parts(&again));
    assert_eq!(readings_again, readings);
    // Of more than 15 digits, a double does not keep all.
    let tolerance = 2e-6 + 16.0 * f64::EPSILON * time.abs();
    assert!((time_again - time).abs() <= tolerance, "{printed} is read as {again}");
    assert!(printed.len() < 3 * data.len() + 64, "a flood of a value");
});

fn parts(value: &str) -> (f64, &str) {
    let (time, readings) = value.split_once(':').expect("a time and readings");
    (time.parse().expect("a time is printed as a number"), readings)
}

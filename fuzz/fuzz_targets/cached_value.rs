//! A value of `UPDATE`, between whose words escapes may stand. What is printed of it must be read
//! as the same readings, and as the same time if it was typed with at most six decimals.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_cached::typed_value;

fuzz_target!(|data: &[u8]| {
    let Some(printed) = typed_value(data) else { return };
    let again = typed_value(printed.as_bytes()).expect("a value is printed as one");
    if is_exact(data) {
        assert_eq!(again, printed);
    }
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

/// Whether the time has at most six decimals, and so few digits that a double keeps them: seconds
/// until 2106, or a whole number of at most 15 digits.
fn is_exact(value: &[u8]) -> bool {
    let Ok(value) = str::from_utf8(value) else { return false };
    let time = value.split(':').next().unwrap_or_default();
    let unsigned = time.strip_prefix('-').unwrap_or(time);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let largest = if decimals.is_empty() { 10_u64.pow(15) } else { 1 << 32 };
    are_digits(whole)
        && are_digits(decimals)
        && decimals.len() <= 6
        && whole.parse().is_ok_and(|whole: u64| whole < largest)
}

//! A value of `UPDATE`, between whose words escapes may stand. What is printed of it must be read
//! as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_cached::typed_value;

fuzz_target!(|data: &[u8]| {
    let Some(printed) = typed_value(data) else { return };
    let time = printed.split([':', '.']).next().unwrap_or_default();
    if time.len() > 15 {
        // A double has no such seconds, and which one it is depends on the digits.
        return;
    }
    let again = typed_value(printed.as_bytes()).expect("a value is printed as one");
    assert_eq!(again, printed);
    assert!(printed.len() < 3 * data.len() + 64, "a flood of a value");
});

//! Apache's machine-readable status page.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_collector::probe::apache::Status;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Status::parse(text);
});

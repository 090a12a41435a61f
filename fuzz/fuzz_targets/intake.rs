//! What other programs hand over and what servers answer, as text: every source reads it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_collector::source::SOURCES;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for source in SOURCES {
        (source.fuzz)(text);
    }
});

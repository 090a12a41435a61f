//! Data sources and archives as arguments, one per line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_core::{SchemaText, Step};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut schema = SchemaText::new(Step::from_seconds(300).expect("not zero"), "x.rrd");
    for line in text.lines() {
        if schema.argument(line).is_err() {
            return;
        }
    }
    let _ = schema.finish();
});

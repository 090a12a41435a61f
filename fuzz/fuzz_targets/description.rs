//! Descriptions of charts, in TOML and in JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_graph::description::Description;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Description::from_toml(text);
    let _ = Description::from_json(text);
});

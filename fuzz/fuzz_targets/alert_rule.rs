//! Alert rules and their targets, threshold ranges of monitoring plugins, and labels of performance data.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_collector::alert::{NagiosRange, Rule, Target, performance_data};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Rule::parse(text);
    let _ = Target::parse(text);
    let range: Option<NagiosRange> = text.parse().ok();
    if let Some(range) = range {
        let printed = range.to_string();
        assert_eq!(printed.parse::<NagiosRange>().map(|range| range.to_string()), Ok(printed));
    }
    let _ = performance_data(text, 1.5, "%", range, None);
});

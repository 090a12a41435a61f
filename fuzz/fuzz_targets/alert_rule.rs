//! Alert rules and their targets, threshold ranges of monitoring plugins, and labels of performance
//! data.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_collector::alert::{NagiosRange, Rule, performance_data};
use rrd_collector::group::{GroupId, TargetPattern};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Rule::parse(text);
    if let Ok(pattern) = text.parse::<TargetPattern>() {
        assert_eq!(pattern.to_string().parse(), Ok(pattern));
    }
    if let Ok(group) = text.parse::<GroupId>() {
        assert_eq!(group.to_string().parse(), Ok(group.clone()));
        assert!(group.file_name().len() < 256 + group.kind().len());
    }
    let range: Option<NagiosRange> = text.parse().ok();
    if let Some(range) = range {
        let printed = range.to_string();
        assert_eq!(printed.parse::<NagiosRange>().map(|range| range.to_string()), Ok(printed));
    }
    let _ = performance_data(text, 1.5, "%", range, None);
});

//! Time expressions and durations: two lines are start and end of a range.
#![no_main]

use std::num::NonZeroU64;

use libfuzzer_sys::fuzz_target;
use rrd_core::{TimeZone, Timestamp, at_style, duration};

const NOW: Timestamp = Timestamp::from_seconds(1_584_275_696);

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (start, end) = text.split_once('\n').unwrap_or((text, "now"));
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
    if let (Ok(start), Ok(end)) = (at_style::parse(start), at_style::parse(end)) {
        for zone in [&zone, &TimeZone::UTC] {
            let _ = start.resolve(NOW, zone);
            let _ = at_style::resolve_pair(&start, &end, NOW, zone);
        }
    }
    let step = NonZeroU64::new(300).expect("not zero");
    if let (Ok(seconds), Ok(rows)) =
        (duration::parse(text, NonZeroU64::MIN), duration::parse(text, step))
    {
        assert!(seconds == rows || seconds / 300 == rows);
    }
});

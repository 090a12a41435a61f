//! A 32-bit counter: rates per second, a wrap, and a limit that prevents a restart from looking
//! like a wrap.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, Rrd, Sample, Schema, TimeRange, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (folder, start) = (tempfile::tempdir()?, Timestamp::from_seconds(1_700_000_000));
    let step = Duration::from_secs(10);
    let schema = Schema::builder(step)
        .counter("octets", 2 * step)
        .maximum(1e6)
        .last_for(step, 100 * step)
        .build()?;
    let mut rrd = Rrd::create(folder.path().join("eth0.rrd"), &schema, start)?;
    let readings: [u64; 5] = [4_294_960_000, 4_294_967_000, 3_705, 13_705, 17];
    for (number, octets) in (1..).zip(readings) {
        rrd.update(&Sample::new(start + number * step, [octets]))?;
    }
    let range = TimeRange::new(start + step, start + 4 * step);
    let series = rrd.fetch(&FetchRequest::new(ConsolidationFunction::Last, range))?;
    let rates = series.kept();
    println!("{rates:?} bytes per second");
    assert_eq!(rates[..3], [700.0, 400.0, 1000.0]);
    assert!(rates[3].is_nan());
    Ok(())
}

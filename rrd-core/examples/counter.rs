//! A 32-bit counter: rates per second, a wrap, and a limit that prevents a restart from looking
//! like a wrap.

use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, Sample, Schema, Step, TimeRange, Timestamp,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (folder, start) = (tempfile::tempdir()?, 1_700_000_000);
    let at = |seconds| Timestamp::from_seconds(start + seconds);
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .counter("octets", Heartbeat::from_seconds(20))
        .maximum(1e6)
        .last(0.0, 1, 100)
        .build()?;
    let mut rrd = Rrd::create(folder.path().join("eth0.rrd"), &schema, at(0))?;
    let readings: [u64; 5] = [4_294_960_000, 4_294_967_000, 3_705, 13_705, 17];
    for (step, octets) in (1..).zip(readings) {
        rrd.update(&Sample::new(at(step * 10), [octets]))?;
    }
    let range = TimeRange::from_seconds(start + 10, start + 49);
    let function = ConsolidationFunction::Last;
    let rates = rrd.fetch(&FetchRequest::new(function, range))?.into_values();
    println!("{rates:?} bytes per second");
    assert_eq!(rates[..3], [700.0, 400.0, 1000.0]);
    assert!(rates[3].is_nan());
    Ok(())
}

//! An interface counter of 32 bits: rates per second, a wrap, and a limit that keeps a restart from looking like a wrap.

use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, Sample, Schema, Step, TimeRange, Timestamp,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .counter("octets", Heartbeat(20))
        .maximum(1e6)
        .last(0.0, 1, 100)
        .build()?;
    let start = 1_700_000_000;
    let mut rrd =
        Rrd::create(folder.path().join("eth0.rrd"), &schema, Timestamp::from_seconds(start))?;
    let readings: [u64; 5] = [4_294_960_000, 4_294_967_000, 3_705, 13_705, 17];
    let samples = (1..).zip(readings);
    let samples: Vec<_> = samples
        .map(|(step, octets)| Sample::new(Timestamp::from_seconds(start + step * 10), [octets]))
        .collect();
    rrd.update_batch(&samples)?;
    let request = FetchRequest {
        function: ConsolidationFunction::Last,
        range: TimeRange { start: start + 10, end: start + 49 },
        resolution: 10,
    };
    let rates = rrd.fetch(&request)?.values;
    println!("{rates:?} bytes per second");
    assert_eq!(rates[..3], [700.0, 400.0, 1000.0]);
    assert!(rates[3].is_nan());
    Ok(())
}

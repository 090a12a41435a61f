//! A batch with an invalid sample: the preceding samples are in the file, and the error contains
//! their number.

use rrd_core::{Heartbeat, Reading, Rrd, Sample, Schema, Step, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let schema = Schema::builder(Step::from_seconds(1).expect("positive"))
        .gauge("volts", Heartbeat::from_seconds(5))
        .counter("pulses", Heartbeat::from_seconds(5))
        .average(0.5, 1, 3600)
        .build()?;
    let start = 1_700_000_000;
    let mut rrd =
        Rrd::create(folder.path().join("meter.rrd"), &schema, Timestamp::from_seconds(start))?;
    let sample = |seconds, pulses: Reading| {
        Sample::new(Timestamp::from_seconds(start + seconds), [Reading::Number(230.1), pulses])
    };
    let samples = [
        sample(1, Reading::from(1_u64)),
        sample(2, Reading::Unknown),
        sample(3, Reading::from("12,5")),
        sample(4, Reading::from(9_u64)),
    ];
    let error = rrd.update_batch(&samples).expect_err("a comma is no digit");
    println!("{} applied, then: {}", error.applied, error.source);
    assert_eq!((error.applied, rrd.last_update().seconds()), (2, start + 2));
    rrd.update_batch(&samples[3..])?;
    assert_eq!(rrd.last_update().seconds(), start + 4);
    Ok(())
}

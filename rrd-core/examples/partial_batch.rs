//! A batch with an invalid sample: the preceding samples are in the file, and the error contains
//! their number.

use std::time::Duration;

use rrd_core::{Reading, Rrd, Sample, Schema, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let second = Duration::from_secs(1);
    let schema = Schema::builder(second)
        .gauge("volts", 5 * second)
        .counter("pulses", 5 * second)
        .average_for(second, 3600 * second)
        .build()?;
    let start = Timestamp::from_seconds(1_700_000_000);
    let mut rrd = Rrd::create(folder.path().join("meter.rrd"), &schema, start)?;
    let sample = |number, pulses| Sample::new(start + number * second, [230.1.into(), pulses]);
    let samples = [
        sample(1, Reading::from(1_u64)),
        sample(2, Reading::Unknown),
        sample(3, Reading::from("12,5")),
        sample(4, Reading::from(9_u64)),
    ];
    let error = rrd.update_batch(&samples).expect_err("a comma is no digit");
    println!("{} applied, then: {}", error.applied, error.source);
    assert_eq!((error.applied, rrd.last_update()), (2, start + 2 * second));
    rrd.update_batch(&samples[3..])?;
    assert_eq!(rrd.last_update(), start + 4 * second);
    Ok(())
}

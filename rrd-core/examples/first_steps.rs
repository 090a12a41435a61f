//! A database with one gauge: create, update, fetch.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, Rrd, Sample, Schema, TimeRange, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let (step, hour) = (Duration::from_secs(10), Duration::from_secs(3600));
    let schema = Schema::builder(step)
        .gauge("temperature", 3 * step)
        .average_for(step, hour)
        .max_for(6 * step, 24 * hour)
        .build()?;
    let start = Timestamp::from_seconds(1_700_000_000);
    let (mut rrd, _) = Rrd::open_or_create(folder.path().join("room.rrd"), &schema, start)?;
    for (seconds, celsius) in [(10, 20.5), (20, 21.0), (35, 22.0), (50, 21.5)] {
        rrd.update(&Sample::new(start + Duration::from_secs(seconds), [celsius]))?;
    }
    let range = TimeRange::new(start, start + 4 * step);
    let series = rrd.fetch(&FetchRequest::new(ConsolidationFunction::Average, range))?;
    for (time, row) in series.rows() {
        println!("{time}: {:.2}", row[0]);
    }
    assert_eq!(series.kept(), [20.5, 21.0, 22.0, 21.75, 21.5]);
    Ok(())
}

//! A database with one gauge: create, update, fetch.

use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, Sample, Schema, Step, TimeRange, Timestamp,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let schema = Schema::builder(Step::from_seconds(10).expect("positive"))
        .gauge("temperature", Heartbeat::from_seconds(30))
        .average(0.5, 1, 360)
        .max(0.5, 6, 24 * 60)
        .build()?;
    let start = 1_700_000_000;
    let start_at = Timestamp::from_seconds(start);
    let (mut rrd, _) = Rrd::open_or_create(folder.path().join("room.rrd"), &schema, start_at)?;
    for (seconds, celsius) in [(10, 20.5), (20, 21.0), (35, 22.0), (50, 21.5)] {
        rrd.update(&Sample::new(Timestamp::from_seconds(start + seconds), [celsius]))?;
    }
    let range = TimeRange::from_seconds(start, start + 49);
    let function = ConsolidationFunction::Average;
    let series = rrd.fetch(&FetchRequest::new(function, range))?;
    for (time, row) in series.rows() {
        println!("{time}: {:.2}", row[0]);
    }
    assert_eq!(series.values(), [20.5, 21.0, 22.0, 21.75, 21.5]);
    Ok(())
}

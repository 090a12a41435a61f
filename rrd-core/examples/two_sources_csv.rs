//! Traffic in and out of an interface as CSV: a column for each data source.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, Rrd, Sample, Schema, TimeRange, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let step = Duration::from_secs(10);
    let schema = Schema::builder(step)
        .counter("in", 2 * step)
        .counter("out", 2 * step)
        .average_for(step, Duration::from_secs(3600))
        .build()?;
    let start = Timestamp::from_seconds(1_700_000_000);
    let mut rrd = Rrd::create(folder.path().join("eth0.rrd"), &schema, start)?;
    let octets: [[Option<u64>; 2]; 4] =
        [[Some(0), Some(0)], [Some(800), Some(50)], [Some(2400), None], [Some(3000), Some(90)]];
    let samples = (1..).zip(octets).map(|(n, octets)| Sample::new(start + n * step, octets));
    rrd.update_batch(&samples.collect::<Vec<_>>())?;

    let range = TimeRange::new(start + step, start + 3 * step);
    let series = rrd.fetch(&FetchRequest::new(ConsolidationFunction::Average, range))?;
    let mut csv = vec![format!("time,{}", series.names().join(","))];
    for (time, values) in series.rows() {
        let cell = |value: &f64| if value.is_nan() { String::new() } else { value.to_string() };
        let cells: Vec<_> = values.iter().map(cell).collect();
        csv.push(format!("{time},{}", cells.join(",")));
    }
    println!("{}", csv.join("\n"));
    assert_eq!(csv, ["time,in,out", "1700000020,80,5", "1700000030,160,", "1700000040,60,"]);
    Ok(())
}

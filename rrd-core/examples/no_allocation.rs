//! Reading many spans into the same memory.

use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, RrdReader, Sample, Schema, Step,
    TimeRange, Timestamp,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("load.rrd");
    let schema = Schema::builder(Step::from_seconds(1).expect("positive"))
        .gauge("load", Heartbeat(5))
        .average(0.5, 1, 1000)
        .build()?;
    let start = 1_700_000_000;
    let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(start))?;
    let samples: Vec<_> = (1..=600)
        .map(|second| Sample::new(Timestamp::from_seconds(start + second), [second]))
        .collect();
    rrd.update_batch(&samples)?;

    let reader = RrdReader::open(&path)?;
    let mut values = Vec::new();
    for minute in 0..10 {
        let range = TimeRange { start: start + minute * 60, end: start + minute * 60 + 59 };
        let request =
            FetchRequest { function: ConsolidationFunction::Average, range, resolution: 1 };
        let span = reader.fetch_into(&request, &mut values)?;
        println!("from {}: {:?}", span.start, values.last());
        assert_eq!(values.len(), 60);
    }
    Ok(())
}

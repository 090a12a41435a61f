//! Reading many time ranges into the same buffer.

use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, RrdReader, Sample, Schema, Series, Step,
    TimeRange, Timestamp,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (path, start) = (std::env::temp_dir().join("no_allocation.rrd"), 1_700_000_000);
    let schema = Schema::builder(Step::from_seconds(1).expect("positive"))
        .gauge("load", Heartbeat::from_seconds(5))
        .average(0.5, 1, 1000)
        .build()?;
    let at = |second| Timestamp::from_seconds(start + second);
    let samples: Vec<_> = (1..=600).map(|second| Sample::new(at(second), [second])).collect();
    Rrd::create(&path, &schema, at(0))?.update_batch(&samples)?;

    let reader = RrdReader::open(&path)?;
    let mut series = Series::default();
    for minute in 0..10 {
        let range = TimeRange::from_seconds(start + minute * 60, start + minute * 60 + 59);
        let function = ConsolidationFunction::Average;
        reader.fetch_into(&FetchRequest::new(function, range), &mut series)?;
        println!(
            "from {}: {:?} to {:?}",
            series.start(),
            series.values().first(),
            series.values().last()
        );
        assert_eq!(series.len(), 60);
    }
    Ok(())
}

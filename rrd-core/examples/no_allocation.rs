//! Reading many time ranges into the same buffer.

use std::time::Duration;

use rrd_core::{
    ConsolidationFunction, FetchRequest, Rrd, RrdReader, Sample, Schema, Series, TimeRange,
    Timestamp,
};

const SECOND: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let (path, start) = (folder.path().join("load.rrd"), Timestamp::from_seconds(1_700_000_000));
    let schema = Schema::builder(SECOND)
        .gauge("load", 5 * SECOND)
        .average_for(SECOND, 1000 * SECOND)
        .build()?;
    let samples: Vec<_> = (1..=600).map(|n| Sample::new(start + n * SECOND, [n])).collect();
    Rrd::create(&path, &schema, start)?.update_batch(&samples)?;

    let reader = RrdReader::open(&path)?;
    let mut series = Series::default();
    for minute in 0..10 {
        let first = start + minute * 60 * SECOND;
        let range = TimeRange::new(first, first + 59 * SECOND);
        let request = FetchRequest::new(ConsolidationFunction::Average, range);
        reader.fetch_into(&request, &mut series)?;
        println!("from {}: {:?} to {:?}", series.start(), series.kept()[0], series.kept()[59]);
        assert_eq!(series.len(), 60);
    }
    Ok(())
}

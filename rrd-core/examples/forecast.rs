//! A daily curve with a forecast: the hours that leave the confidence band are marked as failures.

use std::time::Duration;

use rrd_core::{
    ConsolidationFunction, FetchRequest, Rrd, Sample, Schema, Season, TimeRange, Timestamp,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (folder, start) = (tempfile::tempdir()?, Timestamp::from_seconds(1_699_999_200));
    let (hour, hours) = (Duration::from_secs(3600), 24 * 20_u32);
    let schema = Schema::builder(hour)
        .gauge("visitors", 2 * hour)
        .forecast(Season::Additive, 24 * 30, 0.1, 0.0035, 24)
        .build()?;
    let mut rrd = Rrd::create(folder.path().join("shop.rrd"), &schema, start)?;
    for number in 1..=hours {
        let usual = 100 + 10 * (number % 24).abs_diff(12) + number * 7919 % 11;
        let visitors = if number > hours - 10 { usual * 3 } else { usual };
        rrd.update(&Sample::new(start + number * hour, [visitors]))?;
    }
    let range = TimeRange::new(start + (hours - 24) * hour, start + (hours - 1) * hour);
    let series = rrd.fetch(&FetchRequest::new(ConsolidationFunction::Failures, range))?;
    let failures = series.kept();
    println!("{failures:?}");
    assert_eq!((failures[0], failures[23]), (0.0, 1.0));
    Ok(())
}

//! A daily curve with a forecast: the hours that leave the confidence band are marked as failures.

use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, Sample, Schema, Season, Step, TimeRange,
    Timestamp,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (folder, start, hours) = (tempfile::tempdir()?, 1_699_999_200, 24 * 20_i64);
    let schema = Schema::builder(Step::from_seconds(3600).expect("positive"))
        .gauge("visitors", Heartbeat::from_seconds(7200))
        .forecast(Season::Additive, 24 * 30, 0.1, 0.0035, 24)
        .build()?;
    let at = |hour| Timestamp::from_seconds(start + hour * 3600);
    let mut rrd = Rrd::create(folder.path().join("shop.rrd"), &schema, at(0))?;
    for hour in 1..=hours {
        let usual = 100 + 10 * (12 - hour % 24).abs() + hour * 7919 % 11;
        let visitors = if hour > hours - 10 { usual * 3 } else { usual };
        rrd.update(&Sample::new(at(hour), [visitors]))?;
    }
    let range = TimeRange::from_seconds(start + (hours - 24) * 3600, start + hours * 3600 - 1);
    let function = ConsolidationFunction::Failures;
    let failures = rrd.fetch(&FetchRequest::new(function, range))?.into_values();
    println!("{failures:?}");
    assert_eq!((failures[0], failures[23]), (0.0, 1.0));
    Ok(())
}

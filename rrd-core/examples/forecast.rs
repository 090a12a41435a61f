//! A daily curve with a forecast: the hour that leaves the confidence band is marked as a failure.

use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, Sample, Schema, Season, Step, TimeRange,
    Timestamp,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (hour, hours, folder) = (3600, 24 * 20, tempfile::tempdir()?);
    let schema = Schema::builder(Step::from_seconds(3600).expect("positive"))
        .gauge("visitors", Heartbeat(7200))
        .forecast(Season::Additive, 24 * 30, 0.1, 0.0035, 24)
        .build()?;
    let start = 1_699_999_200;
    let mut rrd =
        Rrd::create(folder.path().join("shop.rrd"), &schema, Timestamp::from_seconds(start))?;
    let visitors = |number: i64| {
        let daily =
            100.0 + 50.0 * (f64::from((number % 24) as i32) / 24.0 * std::f64::consts::TAU).sin();
        let noise = f64::from((number * 7919 % 11) as i32);
        if number > hours - 10 { daily * 3.0 } else { daily + noise }
    };
    for number in 1..=hours {
        let at = Timestamp::from_seconds(start + number * hour);
        rrd.update(&Sample::new(at, [visitors(number)]))?;
    }
    let range = TimeRange { start: start + (hours - 24) * hour, end: start + hours * hour - 1 };
    let function = ConsolidationFunction::Failures;
    let failures = rrd.fetch(&FetchRequest { function, range, resolution: 3600 })?.values;
    println!("{failures:?}");
    assert_eq!((failures[0], failures[23]), (0.0, 1.0));
    Ok(())
}

//! A program that starts every now and then: it opens its database or makes it, adds the readings
//! since the last time, and prints those of the last hour.

use std::time::Duration;

use rrd_core::{
    ConsolidationFunction, FetchRequest, LocalTime, Opened, Rrd, Sample, Schema, TimeRange,
    TimeZone, Timestamp,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or("room.rrd".to_owned());
    let schema = Schema::builder(MINUTE)
        .gauge("temperature", 2 * MINUTE)
        .average_for(MINUTE, 24 * HOUR)
        .max_for(HOUR, 365 * 24 * HOUR)
        .build()?;
    let now = Timestamp::now();
    let (mut rrd, opened) = Rrd::open_or_create(&path, &schema, now - HOUR)?;
    if let Opened::Different(differences) = opened {
        eprintln!("{path} differs from what is wanted: {differences:?}");
    }
    while rrd.last_update() + MINUTE <= now {
        let at = rrd.last_update() + MINUTE;
        let thermometer = 18 + at.seconds() / 600 % 6;
        rrd.update(&Sample::new(at, [thermometer]))?;
    }
    let last_hour = TimeRange::last(HOUR, now);
    let series = rrd.fetch(&FetchRequest::new(ConsolidationFunction::Average, last_hour))?;
    for (time, celsius) in series.column("temperature").ok_or("no such data source")? {
        if !celsius.is_nan() {
            println!("{}  {celsius:.1} °C", LocalTime::at(time, &TimeZone::system()));
        }
    }
    Ok(())
}

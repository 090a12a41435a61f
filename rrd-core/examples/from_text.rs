//! The forms of RRDtool's command line, for programs that take them from their users.

use rrd_core::{CreateOptions, Rrd, SchemaText, Step, Template, TimeZone, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = tempfile::tempdir()?.keep().join("traffic.rrd");
    let mut text = SchemaText::new(Step::from_seconds(300).expect("positive"), "traffic.rrd");
    for argument in [
        "DS:in:DERIVE:10m:0:U",
        "DS:out:DERIVE:10m:0:U",
        "DS:sum:COMPUTE:in,out,+",
        "RRA:AVERAGE:0.5:5m:10d",
    ] {
        text.argument(argument)?;
    }
    let definition = text.finish()?;
    let mut options = CreateOptions::default();
    options.version = Some(definition.version);
    let now = Timestamp::from_seconds(1_700_000_100);
    let mut rrd = Rrd::create_with(&path, &definition.schema, now, options)?;

    let template = Template::parse("out:in", rrd.schema())?;
    for reading in ["1700000400:500:100", "N:2000:U", "00:30 20231115@7000:0"] {
        let now = Timestamp::from_seconds(1_700_000_700);
        rrd.update(&template.sample(reading, now, &TimeZone::UTC)?)?;
        println!("{reading:25} -> last update {}", rrd.last_update());
    }
    assert_eq!(rrd.last_update(), Timestamp::from_seconds(1_700_008_200));
    let error = template.sample("N:1", now, &TimeZone::UTC).unwrap_err();
    assert_eq!(error.to_string(), "expected 2 data source readings (got 1) from N");
    Ok(())
}

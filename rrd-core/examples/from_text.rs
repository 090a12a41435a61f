//! The forms of RRDtool's command line, for programs that accept them from their users.

use std::time::Duration;

use rrd_core::{Rrd, SchemaText, Step, Template, TimeZone, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let mut text = SchemaText::new(Step::try_from(Duration::from_secs(300))?, "traffic.rrd");
    text.argument("DS:in:DERIVE:10m:0:U")?;
    text.argument("DS:out:DERIVE:10m:0:U")?;
    text.argument("DS:sum:COMPUTE:in,out,+")?;
    text.argument("RRA:AVERAGE:0.5:5m:10d")?;
    let schema = text.finish()?.schema;
    let now = Timestamp::from_seconds(1_700_000_700);
    let start = Timestamp::from_seconds(1_700_000_100);
    let mut rrd = Rrd::create(folder.path().join("traffic.rrd"), &schema, start)?;

    let template = Template::parse("out:in", rrd.schema())?;
    for reading in ["1700000400:500:100", "N:2000:U", "00:30 20231115@7000:0"] {
        rrd.update(&template.sample(reading, now, &TimeZone::UTC)?)?;
        println!("{reading:25} -> last update {}", rrd.last_update());
    }
    assert_eq!(rrd.last_update(), Timestamp::from_seconds(1_700_008_200));
    let error = template.sample("N:1", now, &TimeZone::UTC).unwrap_err();
    assert_eq!(error.to_string(), "expected 2 data source readings (got 1) from N");
    Ok(())
}

//! Samples as text: the first line is a template (empty for the order of the file), each following
//! line a sample.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rrd_core::rpn::CompactExpression;
use rrd_core::{
    DataSource, Heartbeat, Schema, SourceKind, SourceName, Step, Template, TimeZone, Timestamp,
};

const NOW: Timestamp = Timestamp::from_seconds(1_000_000_000);

fn schema() -> Schema {
    let sum = CompactExpression::parse("a,b,+", |name| {
        ["a", "b"].iter().position(|&known| known == name)
    });
    Schema::builder(Step::from_seconds(10).expect("not zero"))
        .gauge("a", Heartbeat::from_seconds(20))
        .counter("b", Heartbeat::from_seconds(20))
        .source(DataSource {
            name: SourceName::new("c").expect("a name"),
            kind: SourceKind::Computed(sum.expect("an expression")),
        })
        .dderive("d", Heartbeat::from_seconds(20))
        .average(0.5, 1, 10)
        .build()
        .expect("a schema")
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let schema = schema();
    let mut lines = text.lines();
    let names = lines.next().unwrap_or_default();
    let template = if names.is_empty() {
        Template::in_file_order(&schema)
    } else {
        let Ok(template) = Template::parse(names, &schema) else { return };
        template
    };
    for line in lines {
        let _ = template.sample(line, NOW, &TimeZone::UTC);
    }
});

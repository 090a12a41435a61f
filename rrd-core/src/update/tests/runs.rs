//! Runs of points compared with points processed one by one: both give the same bits for any schema
//! and samples.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::format::LiveHead;
use crate::sample::{Reading, Sample};
use crate::schema::{Schema, SchemaText};
use crate::time::{Step, Timestamp};
use crate::update::{Pipeline, Rows, WrittenRow, WrittenRows};

/// The last one has no value.
const COMPUTED: [&str; 4] = ["s0,2,*", "s0,UN,7,s0,IF", "s0,-1,*", "s0,+"];
const START: i64 = 1_000_000_000;

/// What was written to each archive.
#[derive(Debug, PartialEq)]
struct Written {
    sources: usize,
    archives: Vec<Vec<Row>>,
}

#[derive(Debug, PartialEq)]
struct Row {
    number: u64,
    label: Option<Timestamp>,
    /// The values as bits.
    values: Vec<u64>,
}

impl Written {
    fn new(schema: &Schema) -> Self {
        let archives = schema.archives().iter().map(|_| Vec::new()).collect();
        Self { sources: schema.sources().len(), archives }
    }
}

impl Rows for Written {
    type Error = std::convert::Infallible;

    fn read(&mut self, _: usize, _: u64, _: &mut [f64]) -> Result<(), Self::Error> {
        panic!("only forecasts read rows")
    }

    fn write(&mut self, rows: WrittenRows<'_>) {
        for row in rows.each(self.sources) {
            let WrittenRow { archive, row, label, values } = row;
            let values = values.iter().map(|value| bits(*value)).collect();
            self.archives[archive].push(Row { number: row, label, values });
        }
    }
}

/// All NaN count as equal.
fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

fn schema(step: u64, sources: &[String], computed: Option<&str>, archives: &[String]) -> Schema {
    let mut text = SchemaText::new(Step::from_seconds(step).unwrap(), "x.rrd");
    for (index, source) in sources.iter().enumerate() {
        text.argument(&format!("DS:s{index}:{source}")).unwrap();
    }
    if let Some(expression) = computed {
        text.argument(&format!("DS:c:COMPUTE:{expression}")).unwrap();
    }
    for archive in archives {
        text.argument(archive).unwrap();
    }
    text.finish().unwrap().schema
}

fn source() -> impl Strategy<Value = String> {
    let kind =
        prop::sample::select(vec!["GAUGE", "COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE"]);
    let limits = prop::sample::select(vec!["U:U", "U:U", "-50:1000", "0:U"]);
    (kind, 1..900_u64, limits)
        .prop_map(|(kind, heartbeat, limits)| format!("{kind}:{heartbeat}:{limits}"))
}

fn archive() -> impl Strategy<Value = String> {
    let function = prop::sample::select(vec!["AVERAGE", "MIN", "MAX", "LAST"]);
    let factor = prop::sample::select(vec!["0", "0.25", "0.5", "0.99"]);
    let points = prop::sample::select(vec![1_u64, 1, 2, 3, 5, 12, 100]);
    (function, factor, points, 1..9_u64).prop_map(|(function, factor, points, rows)| {
        format!("RRA:{function}:{factor}:{points}:{rows}")
    })
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        1 => Just(Reading::Unknown),
        1 => prop::sample::select(vec![0.0, -0.0, 1e300, -1e300, f64::INFINITY, f64::NAN])
            .prop_map(Reading::Number),
        8 => (-200.0..200.0).prop_map(Reading::Number),
        4 => (0..100_000_u64).prop_map(Reading::from),
        2 => (0..i64::MAX).prop_map(Reading::from),
        1 => (-1000..1000_i64).prop_map(|value| Reading::Text(value.to_string())),
    ]
}

/// Distance of a sample from the previous one in thousandths of a step, and its microseconds.
fn distance() -> impl Strategy<Value = (u64, u32)> {
    let steps = prop_oneof![
        12 => Just(1000_u64),
        4 => 0..1500_u64,
        1 => 1500..9000_u64,
    ];
    let microseconds = prop_oneof![6 => Just(0_u32), 1 => 0..1_000_000_u32];
    (steps, microseconds)
}

proptest! {
    #[test]
    fn points_that_waited_end_in_the_same_bits_as_points_taken_one_by_one(
        step in prop::sample::select(vec![1_u64, 7, 10, 300]),
        sources in vec(source(), 1..4),
        computed in prop::option::of(prop::sample::select(COMPUTED.to_vec())),
        archives in vec(archive(), 1..6),
        start in 0..2000_i64,
        max_pending in prop::option::of(1..40_u64),
        samples in vec((distance(), vec(reading(), 3), 0..50_u8), 1..250),
    ) {
        let schema = schema(step, &sources, computed, &archives);
        let version = schema.version();
        let fresh = LiveHead::fresh(&schema, Timestamp::from_seconds(START + start));
        let (mut live, mut expected_live) = (fresh.clone(), fresh);
        let (mut written, mut expected) = (Written::new(&schema), Written::new(&schema));
        let mut pipeline = Pipeline::new(version, &schema);
        pipeline.max_pending = max_pending.unwrap_or(pipeline.max_pending);
        let mut general = Pipeline::new(version, &schema);
        // Files with forecasts process every point at once; flushing without pending points does
        // nothing.
        general.forecasts = true;
        let mut seconds = START + start;
        for ((thousandths, microseconds), readings, pause) in samples {
            seconds += (thousandths * step / 1000).cast_signed();
            let at = Timestamp::new(seconds, microseconds).unwrap();
            let readings = readings.into_iter().take(sources.len()).collect();
            let sample = Sample { at, readings };
            let done = pipeline.apply_deferred(&schema, &mut live, &sample, || 0, &mut written);
            let wanted =
                general.advance(&schema, &mut expected_live, &sample, || 0, &mut expected);
            prop_assert_eq!(format!("{done:?}"), format!("{wanted:?}"));
            if pause == 0 {
                pipeline.flush(&schema, &mut live, &mut written);
                prop_assert_eq!(format!("{live:?}"), format!("{expected_live:?}"));
            }
        }
        pipeline.flush(&schema, &mut live, &mut written);
        prop_assert_eq!(format!("{live:?}"), format!("{expected_live:?}"));
        prop_assert_eq!(written, expected);
    }
}

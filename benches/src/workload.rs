//! The databases and samples that all benches work on.

use rrd_core::{Heartbeat, Reading, Sample, Schema, SchemaBuilder, Step, StoreOptions, Timestamp};

/// The start of every workload: 2023-11-14 22:13:20 UTC, which is not a multiple of a day's steps.
pub const START: i64 = 1_700_000_000;

/// Seconds between two samples of [`four_archives`] and [`wide`].
pub const STEP: u64 = 300;

/// The schema used for RRDtool's own published figures: one gauge at 300 s, averages of 5 minutes,
/// 30 minutes, 2 hours and a day.
///
/// # Panics
///
/// Never; the arguments are constant.
pub fn four_archives() -> Schema {
    wide(1)
}

/// The same with `sources` gauges `v0`, `v1`, ...
///
/// # Panics
///
/// If `sources` is zero.
pub fn wide(sources: usize) -> Schema {
    three_archives(sources).average(0.5, 288, 797).build().expect("a schema that is valid")
}

/// The first three archives of [`wide`] for `sources` gauges.
///
/// # Panics
///
/// If `sources` is zero.
pub fn pages(sources: usize) -> Schema {
    three_archives(sources).build().expect("a schema that is valid")
}

fn three_archives(sources: usize) -> SchemaBuilder {
    let builder = (0..sources).fold(Schema::builder(step(STEP)), |builder, index| {
        builder.gauge(&format!("v{index}"), Heartbeat::from_seconds(2 * STEP))
    });
    builder.average(0.5, 1, 600).average(0.5, 6, 700).average(0.5, 24, 775)
}

/// The same schema as [`four_archives`] as arguments for RRDtool.
pub const FOUR_ARCHIVES: [&str; 5] = [
    "DS:v0:GAUGE:600:U:U",
    "RRA:AVERAGE:0.5:1:600",
    "RRA:AVERAGE:0.5:6:700",
    "RRA:AVERAGE:0.5:24:775",
    "RRA:AVERAGE:0.5:288:797",
];

/// One archive of `rows` rows for each of `sources` gauges, one row per minute.
///
/// # Panics
///
/// If one of the arguments is zero.
pub fn minutes(sources: usize, rows: u64) -> Schema {
    let mut builder = Schema::builder(step(60));
    for index in 0..sources {
        builder = builder.gauge(&format!("v{index}"), Heartbeat::from_seconds(120));
    }
    builder.average(0.5, 1, rows).build().expect("a schema that is valid")
}

/// A database as collectd's plugin `rrdtool` makes it for a value a minute: an average, a minimum
/// and a maximum for each of its `spans` first time spans, at most five.
///
/// # Panics
///
/// If one of the arguments is zero.
pub fn collectd(sources: usize, spans: usize) -> Schema {
    // An hour, which is made longer to have 1,200 rows, a day, a week, a month and a year.
    const SPANS: [(u64, u64); 5] = [(1, 1200), (1, 1440), (8, 1260), (37, 1207), (439, 1201)];
    let mut builder = Schema::builder(step(60));
    for index in 0..sources {
        builder = builder.gauge(&format!("v{index}"), Heartbeat::from_seconds(120));
    }
    for (points, rows) in SPANS.into_iter().take(spans) {
        builder = builder.average(0.1, points, rows).min(0.1, points, rows).max(0.1, points, rows);
    }
    builder.build().expect("a schema that is valid")
}

/// The `number`th sample after [`START`] of a database with this step; each source is a sine with
/// its own period.
pub fn sample(number: u32, step: u64, sources: usize) -> Sample {
    let at = START + i64::from(number) * i64::try_from(step).unwrap_or(i64::MAX);
    Sample::new(
        Timestamp::from_seconds(at),
        (0..sources).map(|source| Reading::Number(value(number, source))),
    )
}

/// The same sample as RRDtool's `TIME:VALUE:...`.
pub fn sample_text(number: u32, step: u64, sources: usize) -> String {
    use std::fmt::Write as _;
    let at = START + i64::from(number) * i64::try_from(step).unwrap_or(i64::MAX);
    let mut text = at.to_string();
    for source in 0..sources {
        // Writing to a string cannot fail.
        let _ = write!(text, ":{}", value(number, source));
    }
    text
}

/// The value of `source` in the `number`th sample: a sine with its own period between 0 and 100.
#[expect(clippy::cast_precision_loss, reason = "a handful of sources")]
pub fn value(number: u32, source: usize) -> f64 {
    // Four decimals, as programs usually print them.
    let period = 40.0 + source as f64;
    ((50.0 + 50.0 * rrd_core::number::sine(f64::from(number) / period)) * 1e4).round() / 1e4
}

fn step(seconds: u64) -> Step {
    Step::from_seconds(seconds).expect("not zero")
}

/// Store options that accept samples of any time, because those of the workloads are old.
pub fn any_time() -> StoreOptions {
    StoreOptions::new().max_skew(None)
}

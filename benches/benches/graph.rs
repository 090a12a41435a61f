//! Charts and expressions.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rrd_benches::workload::{START, value};
use rrd_core::rpn::{ComputeRow, Evaluator, Expression};
use rrd_core::{Step, TimeRange, TimeZone, Timestamp};
use rrd_graph::{Chart, Curve, Legend, Samples, Summary};

/// A day of five stacked areas, one value per minute, with a legend of four numbers per row.
fn day(width: u32, height: u32, zoom: f64) -> Chart {
    let summaries = [Summary::Minimum, Summary::Average, Summary::Maximum, Summary::Last];
    let mut chart = Chart::new(TimeRange::from_seconds(START, START + 86_400))
        .title("CPU")
        .vertical_label("percent")
        .size(width, height)
        .zoom(zoom)
        .zone(TimeZone::UTC)
        .legend(Legend::Table(summaries.to_vec()));
    for source in 0..5 {
        let values = (0..1440).map(|minute| value(minute, source)).collect::<Vec<_>>();
        let step = Step::from_seconds(60).expect("not zero");
        let samples = Samples::new(Timestamp::from_seconds(START), step, values);
        let curve = Curve::area(samples).legend(format!("state{source}"));
        chart = chart.draw(if source == 0 { curve } else { curve.stacked() });
    }
    chart
}

fn charts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("chart");
    for (name, chart) in [
        ("400x100", day(400, 100, 1.0)),
        ("800x300", day(800, 300, 1.0)),
        ("1600x600 at 2x", day(1600, 600, 2.0)),
    ] {
        group.bench_function(format!("PNG {name}"), |bench| {
            bench.iter(|| chart.to_png().expect("a picture of a usual size"));
        });
        group.bench_function(format!("SVG {name}"), |bench| bench.iter(|| chart.to_svg()));
    }
    group.finish();
}

/// Each value is one result: the expressions have 3, 7 and 5 tokens.
fn expressions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("expression, per value");
    group.throughput(Throughput::Elements(1));
    let place = |name: &str| ["a", "b"].iter().position(|known| *known == name);
    for text in ["a,8,*", "a,b,+,2,/,100,MIN", "a,UN,0,a,IF"] {
        let expression = Expression::parse(text, place).expect("an expression");
        let mut evaluator = Evaluator::new();
        let row = ComputeRow { values: &[12.5, 99.0], now: START };
        group.bench_function(text, |bench| {
            bench.iter(|| evaluator.evaluate(&expression, black_box(&row)).expect("a value"));
        });
    }
    group.finish();
}

criterion_group!(benches, charts, expressions);
criterion_main!(benches);

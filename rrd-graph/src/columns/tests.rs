//! The values of charts by column.

use rrd_core::{Step, TimeRange, Timestamp};

use super::*;
use crate::font::Fonts;

fn minutes(values: &[f64]) -> Samples {
    Samples::new(Timestamp::from_seconds(0), Step::from_seconds(60).unwrap(), values)
}

fn columns(chart: &Chart) -> Columns {
    chart.columns(&chart.layout(&Fonts::new()))
}

#[test]
fn a_column_is_a_pixel_and_says_the_peak_within_it() {
    let mut values = vec![1.0; 6000];
    values[3000] = 701.0;
    values[4000..4100].fill(f64::NAN);
    let chart = Chart::new(TimeRange::from_seconds(0, 360_000)).size(700, 200);
    let columns = columns(&chart.draw(Curve::line(minutes(&values)).legend("v")));
    let width = usize::try_from(columns.canvas.2).unwrap();
    assert_eq!(columns.times.len(), width);
    assert_eq!(columns.times.last(), Some(&360_000));
    let series = &columns.series[0];
    let column = columns.times.iter().position(|end| *end > 180_000).unwrap();
    assert_eq!((series.least[column], series.most[column]), (1.0, 701.0));
    let length = columns.times[column] - columns.times[column - 1];
    let average = (number::seconds(length - 60) + 60.0 * 701.0) / number::seconds(length);
    assert_eq!(series.averages[column], average);
    let unknown = columns.times.iter().position(|end| *end > 243_000).unwrap();
    assert!(series.averages[unknown].is_nan() && series.most[unknown].is_nan());
    assert_eq!(columns.gaps.len(), 1);
}

#[test]
fn a_column_is_a_row_where_rows_are_longer() {
    let chart = Chart::new(TimeRange::from_seconds(90, 320))
        .draw(Curve::area(minutes(&[1.0, 2.0, f64::NAN, 4.0, 5.0, 6.0])).legend("a"))
        .draw(Curve::line(Samples::constant(7.0)).legend("b"));
    let columns = columns(&chart);
    assert_eq!(columns.times, [120, 180, 240, 300, 320]);
    assert_eq!(columns.step, Some(60));
    let known: Vec<f64> =
        columns.series[0].averages.iter().copied().filter(|value| !value.is_nan()).collect();
    assert_eq!(known, [2.0, 4.0, 5.0, 6.0]);
    assert_eq!(columns.series[1].most, [7.0; 5]);
}

#[test]
fn stacks_are_counted_and_colours_are_those_of_both_themes() {
    let level = |value| Curve::area(minutes(&[value; 5]));
    let red = Color::rgb(255, 0, 0);
    let chart = Chart::new(TimeRange::from_seconds(0, 300))
        .draw(level(1.0).legend("alone").color(red))
        .draw(level(2.0).legend("first"))
        .draw(level(3.0).legend("second").stacked())
        .draw(Element::Hidden(level(9.0).legend("gone").stacked()))
        .draw(level(4.0).legend("third").stacked())
        .draw(level(5.0))
        .draw(level(-1.0).legend("below"))
        .draw(level(-2.0).legend("lowest").stacked());
    let columns = columns(&chart);
    let stacks: Vec<(&str, usize, bool)> =
        columns.series.iter().map(|one| (&*one.label, one.stack, one.hidden)).collect();
    assert_eq!(
        stacks,
        [
            ("alone", 0, false),
            ("first", 1, false),
            ("second", 1, false),
            ("gone", 0, true),
            ("third", 1, false),
            ("below", 2, false),
            ("lowest", 2, false),
        ]
    );
    assert_eq!(columns.series[0].colors, Some((red, red)));
    let (light, dark) = columns.series[1].colors.unwrap();
    assert_ne!(light, dark);
}

#[test]
fn the_columns_are_json_whose_numbers_have_six_digits() {
    let chart = Chart::new(TimeRange::from_seconds(0, 300))
        .unit("\"B\"/s")
        .draw(Curve::line(minutes(&[123_456_789.0, -1.0 / 3.0, f64::NAN, 2e-10, 0.0])).legend("v"));
    let json: serde_json::Value = serde_json::from_str(&columns(&chart).to_json()).unwrap();
    assert_eq!(json["range"], serde_json::json!([0, 300]));
    assert_eq!(json["unit"], "\"B\"/s");
    assert_eq!(json["scales"].as_array().unwrap().len(), 6);
    assert_eq!(json["scales"][4], serde_json::json!([999.5, 1000, "k \"B\"/s"]));
    assert_eq!(
        json["series"][0]["avg"],
        serde_json::json!([123_457_000, -0.333_333, null, 2e-10, 0])
    );
    assert_eq!(json["series"][0].get("max"), None);
    assert_eq!(json["series"][0]["numbers"]["max"], serde_json::json!(123_457_000));
    assert_eq!(json["gaps"], serde_json::json!([[120, 180, "no data"]]));
    let extreme = [1e300, f64::MIN_POSITIVE, 5e-324, -1e300];
    let chart = Chart::new(TimeRange::from_seconds(0, 240));
    let text = columns(&chart.draw(Curve::line(minutes(&extreme)).legend("v"))).to_json();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (value, written) in extreme.iter().zip(json["series"][0]["avg"].as_array().unwrap()) {
        assert!((written.as_f64().unwrap() / value - 1.0).abs() < 1e-5, "{value} {written}");
    }
}

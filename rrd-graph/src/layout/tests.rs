//! Sizes and positions of pictures: those of RRDtool, and ours.

use rrd_core::{Step, TimeRange, Timestamp};

use super::*;
use crate::axis::LabelFormat;
use crate::chart::{Curve, Element, Legend, LegendPosition, Rule, Samples};
use crate::number_format::NumberFormat;
use crate::scene::Shape;

fn line(legend: &str) -> Curve {
    let step = Step::from_seconds(60).unwrap();
    let samples = Samples::new(Timestamp::from_seconds(0), step, vec![42.5; 60]);
    Curve::line(samples).legend(legend)
}

fn corners(chart: &Chart) -> Vec<[f64; 4]> {
    let fonts = Fonts::new();
    chart.layout(&fonts).legend(chart, &fonts).into_iter().map(|text| text.corners).collect()
}

const HOUR: TimeRange = TimeRange::from_seconds(0, 3600);

#[test]
fn a_classic_picture_has_the_measures_of_rrdtools() {
    let fonts = Fonts::new();
    let bare = Chart::classic(HOUR).draw(line(""));
    assert_eq!(bare.layout(&fonts).size(), (481, 141));
    assert_eq!(bare.layout(&fonts).canvas(), (51, 15, 400, 100));
    let full = Chart::classic(HOUR)
        .size(24, 50)
        .title("T")
        .vertical_label("V")
        .watermark("W")
        .draw(line("line"))
        .draw(Curve::area(Samples::constant(1.0)).legend("area"))
        .draw(Rule::at_value(30.0).legend("hrule"))
        .draw(Rule::at_time(Timestamp::from_seconds(60)).legend("vrule"))
        .draw(Element::Text("comment".to_owned()))
        .draw(Element::Text("99.375000".to_owned()));
    let layout = full.layout(&fonts);
    assert_eq!(layout.canvas(), (67, 28, 24, 50));
    assert_eq!(layout.size(), (121, 199));
    let texts = layout.legend(&full, &fonts);
    assert_eq!(texts[0].text, "  line");
    assert_eq!(texts[0].corners, [16.0, 97.0, 58.0, 111.0]);
    assert_eq!(texts[2].corners, [16.0, 125.0, 65.0, 139.0]);
}

#[test]
fn the_margin_of_a_classic_picture_grows_with_its_numbers() {
    let fonts = Fonts::new();
    let left = |format: &str, letters: Option<u32>| {
        let format = NumberFormat::parse_plain(format).unwrap();
        let chart = Chart::classic(HOUR).left_format(LabelFormat::numbers(format));
        let chart = match letters {
            Some(letters) => chart.label_letters(letters),
            None => chart,
        };
        chart.draw(line("")).layout(&fonts).canvas().0
    };
    assert_eq!(left("%.0lf", None), 51);
    // 30.00000: 8 letters of 6 pixels, 7 pixels to the axis and 2 to the edge.
    assert_eq!(left("%.5lf", None), 57);
    assert_eq!(left("%20.5lf", None), 57);
    assert_eq!(left("%.5lf", Some(4)), 39);
}

#[test]
fn an_empty_chart_has_numbers_where_its_limits_are_given() {
    let fonts = Fonts::new();
    let labels = |scale: ValueScale| {
        let empty = Samples::constant(f64::NAN);
        let chart = Chart::classic(HOUR).scale(scale).draw(Curve::line(empty));
        let scene = chart.scene(&chart.layout(&fonts), &fonts);
        let texts = scene.shapes.into_iter().filter_map(|shape| match shape {
            Shape::Text(text) if text.class == "y" => Some(text.text),
            _ => None,
        });
        texts.collect::<Vec<_>>()
    };
    let limits = ValueScale::default().limits(0.0, 100.0).rigid(true);
    assert_eq!(labels(limits), ["0", "20", "40", "60", "80", "100"]);
    assert!(labels(ValueScale::default()).is_empty());
}

#[test]
fn a_unit_with_a_prefix_gets_no_second_one() {
    let step = Step::from_seconds(60).unwrap();
    let samples = Samples::new(Timestamp::from_seconds(0), step, vec![0.0544, 1544.0]);
    let chart = |unit: &str| Chart::new(HOUR).unit(unit).draw(Curve::line(samples.clone()));
    let labels = |unit: &str| {
        let ticks = chart(unit).layout(&Fonts::new()).value_ticks.major;
        ticks.into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(chart("ms").number(0.0544), "0.05 ms");
    assert_eq!(chart("ms").number(54.4), "54.4 ms");
    assert_eq!(chart("s").number(0.0544), "54.4 ms");
    assert!(labels("ms").contains("1600") && !labels("ms").contains('k'), "{}", labels("ms"));
    assert!(labels("s").contains("1.6 k"), "{}", labels("s"));
}

#[test]
fn texts_of_a_legend_are_spread_over_the_line() {
    let chart = Chart::classic(HOUR).draw(line("one")).draw(line("two")).draw(line("three"));
    let left: Vec<f64> = corners(&chart).iter().map(|corners| corners[0]).collect();
    assert_eq!(left, [16.0, 216.0, 416.0]);
}

#[test]
fn control_marks_end_and_set_lines() {
    let text = |text: &str| Element::Text(text.to_owned());
    let chart =
        Chart::classic(HOUR).draw(text("left\\l")).draw(text("right\\r")).draw(text("middle\\c"));
    assert_eq!(
        corners(&chart),
        [[16.0, 134.0, 44.0, 148.0], [430.0, 148.0, 465.0, 162.0], [219.5, 162.0, 261.5, 176.0]]
    );
    assert!(Chart::classic(HOUR).draw(text("odd\\x")).check_legend().is_err());
}

#[test]
fn a_legend_beside_the_canvas_does_not_change_its_size() {
    let fonts = Fonts::new();
    for position in [LegendPosition::East, LegendPosition::West] {
        let chart = Chart::classic(HOUR).legend_position(position).draw(line("one\\l"));
        let (_, _, width, height) = chart.layout(&fonts).canvas();
        assert_eq!((width, height), (400, 100));
    }
}

#[test]
fn a_picture_of_a_given_size_keeps_it_whatever_its_legend() {
    let fonts = Fonts::new();
    for legend in [Legend::None, Legend::Lines, Legend::Table(vec![])] {
        let chart = Chart::new(HOUR).size(300, 150).legend(legend).draw(line("one"));
        assert_eq!(chart.layout(&fonts).size(), (300, 150));
    }
}

//! Sizes and positions of pictures: those of RRDtool, and ours.

use rrd_core::{Step, TimeRange, Timestamp};

use super::*;
use crate::axis::{LabelFormat, ValueScale};
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
    assert_eq!(chart("ms").number(0.0544), "0.0544 ms");
    assert_eq!(labels("ms"), "0 200 400 600 800 1000 1200 1400 1600");
    assert_eq!(labels("s"), labels("ms"));
    assert_eq!(labels(""), "0.0 0.2 k 0.4 k 0.6 k 0.8 k 1.0 k 1.2 k 1.4 k 1.6 k");
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

#[test]
fn the_axis_names_the_unit_of_its_numbers_and_of_the_legend_unless_its_label_is_given() {
    let samples = |value| Samples::constant(value);
    let texts = |chart: Chart| {
        let summaries = vec![crate::chart::Summary::Last];
        let chart = chart.legend(Legend::Table(summaries)).size(400, 200);
        let chart = chart.draw(Curve::line(samples(97.4e6)).legend("a"));
        let layout = chart.draw(Curve::line(samples(12.0)).legend("b")).layout(&Fonts::new());
        let numbers = layout.value_ticks.major.iter().map(|(_, text)| text.clone());
        let entries = layout.legend.iter().filter(|entry| entry.swatch.is_none());
        let entries = entries.map(|entry| entry.name.clone());
        let [numbers, entries]: [Vec<String>; 2] = [numbers.collect(), entries.collect()];
        format!("{}: {}; {}", layout.label, numbers.join(" "), entries.join(" "))
    };
    let decimal = Chart::new(HOUR).unit("B/s");
    assert_eq!(texts(decimal.clone()), "MB/s: 0 20 40 60 80 100; Last 97.4 Last 12 B/s");
    let logarithmic = decimal.clone().scale(ValueScale::default().logarithmic(true));
    let logarithmic = logarithmic.si_logarithm(true);
    assert!(texts(logarithmic.clone()).starts_with("B/s: "), "{}", texts(logarithmic.clone()));
    assert!(texts(logarithmic).ends_with("; Last 97.4 M Last 12"));
    let scale = ValueScale::default().base(crate::Base::Binary);
    let binary = Chart::new(HOUR).unit("B").scale(scale);
    assert_eq!(texts(binary.clone()), "MiB: 0 20 40 60 80 100; Last 92.9 Last 12 B");
    let labelled = "traffic: 0 20 M 40 M 60 M 80 M 100 M; Last 97.4 MB/s Last 12 B/s";
    assert_eq!(texts(decimal.vertical_label("traffic")), labelled);
    assert_eq!(
        texts(binary.vertical_label("memory")),
        "memory: 0 20 Mi 40 Mi 60 Mi 80 Mi 100 Mi; Last 92.9 MiB Last 12 B"
    );
}

//! Pictures by topic, byte for byte: the same input gives the same bytes on every machine. After a
//! change of the looks of charts, check the new pictures in `target/tmp/pictures` and copy them to
//! `tests/pictures`.

use std::fs;
use std::path::Path;

use rrd_core::{Step, TimeRange, Timestamp};
use rrd_graph::{
    Band, Chart, Color, Curve, Extent, Join, Legend, LegendPosition, Marks, RightAxis, Rule,
    Samples, Summary, Theme, ValueScale,
};

/// 2020-10-25 in Zurich: a day of 25 hours.
const DAY: TimeRange = TimeRange::from_seconds(1_603_576_800, 1_603_666_800);

/// Values computed without functions whose last bit depends on the machine.
fn wave(seed: u32, gap: bool) -> Samples {
    let values: Vec<f64> = (0..100_u32)
        .map(|row| {
            let noise = f64::from((row * 7919 + seed * 104_729) % 31);
            let hill = f64::from(row * (100 - row)) / 25.0;
            if gap && (40..55).contains(&row) { f64::NAN } else { hill + noise + f64::from(seed) }
        })
        .collect();
    let step = Step::from_seconds(900).unwrap();
    Samples::new(Timestamp::from_seconds(DAY.start.seconds()), step, values)
}

fn plain() -> Chart {
    Chart::new(DAY).size(280, 130).legend(Legend::None)
}

fn table(summaries: &[Summary]) -> Legend {
    Legend::Table(summaries.to_vec())
}

fn topics() -> Vec<(&'static str, Chart)> {
    let zurich = jiff::tz::TimeZone::get("Europe/Zurich").unwrap();
    let band = || Band::between(wave(2, false), wave(40, false)).legend("expected");
    vec![
        (
            "lines",
            plain().draw(Curve::line(wave(1, true))).draw(Curve::line(wave(9, false)).width(3.0)),
        ),
        ("steps", plain().join(Join::Steps).draw(Curve::line(wave(3, true)))),
        (
            "stack",
            plain()
                .draw(Curve::area(wave(1, true)))
                .draw(Curve::area(wave(5, true)).stacked())
                .draw(Curve::area(wave(7, true)).stacked()),
        ),
        ("unknown", plain().hatch_unknown(true).draw(Curve::line(wave(4, true)))),
        ("band", plain().draw(band()).draw(Curve::line(wave(20, false)))),
        (
            "rules-and-marks",
            plain()
                .draw(Marks::new(wave(0, true), 0.1).color(Color::rgb(200, 0, 0)))
                .draw(Curve::line(wave(2, false)))
                .draw(Rule::at_value(80.0))
                .draw(Rule::at_time(Timestamp::from_seconds(DAY.start.seconds() + 40_000))),
        ),
        (
            "dark",
            plain()
                .theme(Theme::Dark)
                .title("Dark")
                .vertical_label("per second")
                .draw(Curve::area(wave(6, true))),
        ),
        (
            "logarithmic",
            plain()
                .scale(ValueScale::default().logarithmic(true))
                .draw(Curve::line(wave(1, false))),
        ),
        (
            "right-axis",
            plain()
                .right_axis(RightAxis::new(0.5, -10.0))
                .right_label("degrees")
                .draw(Curve::line(wave(1, false))),
        ),
        ("a-day-of-25-hours", plain().zone(zurich).draw(Curve::line(wave(8, false)))),
        (
            "legend-table",
            Chart::new(DAY)
                .size(400, 190)
                .unit("B/s")
                .legend(table(&[Summary::Minimum, Summary::Average, Summary::Percentile95]))
                .draw(band())
                .draw(Curve::line(wave(20, false)).legend("received"))
                .draw(Rule::at_value(95.0).legend("limit")),
        ),
        (
            "legend-east",
            Chart::new(DAY)
                .size(400, 160)
                .legend_position(LegendPosition::East)
                .draw(Curve::area(wave(3, false)).legend("one\\l"))
                .draw(Curve::line(wave(30, false)).legend("two\\l")),
        ),
        (
            "classic",
            Chart::classic(DAY)
                .size(200, 60)
                .title("Classic")
                .draw(Curve::area(wave(3, true)).legend("in")),
        ),
        (
            "bare",
            Chart::new(DAY).extent(Extent::Bare).size(100, 30).draw(Curve::area(wave(3, false))),
        ),
        ("zoom", plain().size(140, 65).zoom(2.0).draw(Curve::line(wave(2, false)))),
    ]
}

#[test]
fn every_topic_is_drawn_to_the_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    let drawn = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&drawn).unwrap();
    let mut different = Vec::new();
    for (topic, chart) in topics() {
        let png = chart.to_png().unwrap();
        let name = format!("{topic}.png");
        if fs::read(folder.join(&name)).unwrap_or_default() != png {
            fs::write(drawn.join(&name), png).unwrap();
            different.push(topic);
        }
    }
    assert!(different.is_empty(), "look at {different:?} in {}", drawn.display());
    let kept = fs::read_dir(&folder).unwrap().count();
    assert_eq!(kept, topics().len(), "a picture in {} has no topic", folder.display());
}

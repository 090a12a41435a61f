//! The forms of curves: the same at every range of time, and told apart where several overlap.

use std::path::{Path, PathBuf};

use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, TimeRange, TimeZone, Timestamp};
use rrd_graph::data::Files;
use rrd_graph::description::{Description, Logarithmic, SeriesDescription, Shape};
use rrd_graph::{Chart, Clock, Color, Fonts, automatic};

use crate::pixels::pixels;

const DAY: i64 = 86_400;
const START: i64 = 1_600_000_200 - 1_600_000_200 % DAY;
const END: i64 = START + 3 * DAY;

/// Three days of minutes, 12 hours of them as they are, and their averages and extremes over half
/// an hour. Values go up and down between 10 and 30; one minute of `spiky` is 90,000, and `late`
/// begins a day later.
fn database(folder: &Path, sources: &[&str]) -> PathBuf {
    let (step, path) = (Step::from_seconds(60).unwrap(), folder.join("forms.rrd"));
    let schema = sources
        .iter()
        .fold(Schema::builder(step), |schema, name| {
            schema.gauge(name, Heartbeat::from_seconds(120))
        })
        .average(0.5, 1, 720)
        .average(0.5, 30, 200)
        .min(0.5, 30, 200)
        .max(0.5, 30, 200)
        .build()
        .unwrap();
    let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(START)).unwrap();
    let samples = (1..=3 * 24 * 60_u16).map(|minute| {
        let at = Timestamp::from_seconds(START + i64::from(minute) * 60);
        let value = |source: &&str| match (*source, minute) {
            ("spiky", 2000) => 90_000.0,
            ("late", ..=1440) => f64::NAN,
            _ => [10.0, 30.0, 20.0][usize::from(minute % 3)],
        };
        Sample::new(at, sources.iter().map(value).collect::<Vec<f64>>())
    });
    rrd.update_batch(&samples.collect::<Vec<_>>()).unwrap();
    path
}

fn described(file: &Path, sources: &[&str], draw: Shape) -> Description {
    let mut described = Description::new("Forms");
    described.file = Some(file.to_owned());
    described.lower = Some(0.0);
    described.legend.clear();
    for source in sources {
        let mut series = SeriesDescription::of(*source);
        (series.draw, series.envelope) = (draw, true);
        described.series.push(series);
    }
    described
}

fn chart(described: &Description, range: TimeRange) -> Chart {
    let zone = TimeZone::UTC;
    described.chart_of(range, &Files, Clock::new(Timestamp::from_seconds(END), &zone)).unwrap()
}

fn last(seconds: i64) -> TimeRange {
    TimeRange::from_seconds(END - seconds, END)
}

/// How many areas and lines an SVG has in its plot.
fn forms(chart: &Chart) -> (usize, usize) {
    let svg = chart.to_svg();
    let plot: Vec<&str> = svg.split("<g class=\"plot\"").skip(1).collect();
    let plot: String = plot.iter().filter_map(|part| part.split("</g>").next()).collect();
    let lines = plot.matches("fill=\"none\"").count();
    (plot.matches("<path").count() - lines, lines)
}

#[test]
fn a_series_has_the_same_form_at_every_range() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path(), &["in"]);
    let mut hill = described(&file, &["in"], Shape::Hill);
    hill.width = Some(300);
    // Eleven hours of minutes, which share pixels, and two days of half hours: the envelope, the
    // faint area and the line. In ten minutes the envelope has no height.
    assert_eq!(forms(&chart(&hill, last(11 * 3600))), (2, 1));
    assert_eq!(forms(&chart(&hill, last(2 * DAY))), (2, 1));
    assert_eq!(forms(&chart(&hill, last(600))), (1, 1));
    for range in [last(11 * 3600), last(2 * DAY)] {
        assert_eq!(
            forms(&automatic::chart(&[&file], range, 300, &Files).unwrap().size(300, 200)),
            (2, 1)
        );
        // The line is the mean, and the envelope reaches the highest value.
        assert_eq!(chart(&hill, range).layout(&Fonts::new()).value_range(), (0.0, 30.0));
    }
}

#[test]
fn more_than_two_envelopes_are_drawn_as_their_upper_edges() {
    let folder = tempfile::tempdir().unwrap();
    let sources = ["a", "b", "c"];
    let file = database(folder.path(), &sources);
    let of = |count: usize| chart(&described(&file, &sources[..count], Shape::Line), last(2 * DAY));
    assert_eq!(forms(&of(2)), (2, 2));
    assert_eq!(forms(&of(3)), (0, 6));
    // Between the extremes there is only the ground then.
    let white = Color::rgb(255, 255, 255);
    let middle = |chart: &Chart| {
        let (left, top, width, height) = chart.layout(&Fonts::new()).canvas();
        // 24 of 30, between the mean of 20 and the highest of 30, and away from the grid.
        let (x, y) = (left + width / 2 + 7, top + height / 5);
        pixels(chart).at(usize::try_from(x).unwrap(), usize::try_from(y).unwrap())
    };
    assert_eq!(middle(&of(3)), [white.red, white.green, white.blue]);
    assert_ne!(middle(&of(2)), [white.red, white.green, white.blue]);
}

#[test]
fn a_spike_that_would_flatten_all_else_makes_the_axis_logarithmic_whatever_the_width() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path(), &["in", "spiky"]);
    let upper = |logarithmic, width, range| {
        let mut described = described(&file, &["spiky"], Shape::Line);
        (described.logarithmic, described.width) = (logarithmic, Some(width));
        let svg = chart(&described, range).to_svg();
        // Labels of decades.
        [">10 k</text>", ">100</text>"].iter().all(|label| svg.contains(label))
    };
    for width in [200, 437, 800, 2000] {
        assert!(upper(Logarithmic::Auto, width, last(3 * DAY)), "{width}");
        assert!(!upper(Logarithmic::Auto, width, last(DAY)), "{width}");
        assert!(!upper(Logarithmic::No, width, last(3 * DAY)), "{width}");
    }
    let whole = automatic::chart(&[&file], last(3 * DAY), 600, &Files).unwrap().to_svg();
    assert!(whole.contains(">10 k</text>") && whole.contains(">100</text>"));
}

#[test]
fn time_before_the_first_sample_is_called_that() {
    let folder = tempfile::tempdir().unwrap();
    // What else is in the file does not count.
    let file = database(folder.path(), &["in", "late"]);
    let late =
        chart(&described(&file, &["late"], Shape::Line), TimeRange::from_seconds(START, END));
    let late: Vec<String> = late.gaps().into_iter().map(|gap| gap.words).collect();
    assert_eq!(late, ["before the first sample"]);
    let words = |range| {
        let drawn = chart(&described(&file, &["in"], Shape::Line), range);
        let whole = automatic::chart(&[&file], range, 600, &Files).unwrap();
        [drawn, whole].map(|chart| {
            let gaps = chart.gaps().into_iter();
            gaps.map(|gap| (gap.range.end.seconds() - START, gap.words)).collect::<Vec<_>>()
        })
    };
    let before = || vec![(0, "before the first sample".to_owned())];
    let range = TimeRange::from_seconds(START - DAY, START + DAY);
    assert_eq!(words(range), [before(), before()]);
    assert_eq!(words(last(DAY)), [vec![], vec![]]);
    // After the last sample there are none, and of the future none is expected.
    let later = words(TimeRange::from_seconds(END - DAY, END + DAY));
    assert_eq!(later[0], [(4 * DAY, "still to come".to_owned())]);
    assert_eq!(later[1], [(4 * DAY, "no data".to_owned())]);
    let after = TimeRange::from_seconds(END + DAY, END + 2 * DAY);
    let svg = automatic::chart(&[&file], after, 600, &Files).unwrap().to_svg();
    assert!(svg.contains(">no data</text>"), "{svg}");
    let after = words(after);
    assert_eq!(after[1], [(5 * DAY, "no data".to_owned())]);
}

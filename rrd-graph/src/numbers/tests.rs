//! The numbers of charts of files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use rrd_core::{
    ConsolidationFunction, FetchRequest, Heartbeat, Rrd, RrdReader, Sample, Schema, Step,
    TimeRange, TimeZone, Timestamp,
};

use crate::automatic;
use crate::cdef::Clock;
use crate::chart::{Chart, Curve, Element, Summary};
use crate::data::Files;
use crate::description::{Description, SeriesDescription, Shape};
use crate::font::Fonts;

const HOUR: u64 = 3600;
const DAY: i64 = 86_400;
const END: i64 = 1_700_006_400;
const YEAR: TimeRange = TimeRange::from_seconds(END - 365 * DAY, END);

fn hours(hours: u64) -> Step {
    Step::from_seconds(hours * HOUR).unwrap()
}

/// A value for each hour: small waves, some unknown hours.
fn wave(hour: u16) -> f64 {
    if hour % 1009 < 5 { f64::NAN } else { f64::from(hour * 7 % 131) / 8.0 }
}

/// A year of hours: 30 days as they are, then averages of 6 hours and of a day with their extremes.
/// One hour, 100 days before the end, is 701; another, four days before the end, is 300.
fn database(folder: &Path, name: &str, extremes: bool) -> PathBuf {
    let path = folder.join(name);
    let mut schema = Schema::builder(hours(1))
        .gauge("in", Heartbeat::from_seconds(2 * HOUR))
        .gauge("out", Heartbeat::from_seconds(2 * HOUR));
    schema = schema.average(0.5, 1, 720).average(0.5, 6, 1500).average(0.5, 24, 800);
    if extremes {
        schema = schema.max(0.5, 6, 1500).max(0.5, 24, 800).min(0.5, 6, 1500).min(0.5, 24, 800);
    }
    let begin = Timestamp::from_seconds(END - 365 * DAY);
    let mut rrd = Rrd::create(&path, &schema.build().unwrap(), begin).unwrap();
    let samples = (1..=365 * 24_u16).map(|hour| {
        let at = begin + Duration::from_secs(u64::from(hour) * HOUR);
        let value = match hour {
            6357 => 701.0,
            8660 => 300.0,
            _ => wave(hour),
        };
        Sample::new(at, [value, 50.0 - wave(hour)])
    });
    rrd.update_batch(&samples.collect::<Vec<_>>()).unwrap();
    path
}

fn described(file: &Path, width: u32, range: TimeRange) -> Chart {
    let mut description = Description::new("Traffic");
    description.file = Some(file.to_owned());
    description.width = Some(width);
    let formula = SeriesDescription {
        formula: Some("in,out,+".parse().unwrap()),
        name: Some("sum".to_owned()),
        ..SeriesDescription::default()
    };
    let below = SeriesDescription { factor: -2.0, shift: 1.0, ..SeriesDescription::of("out") };
    description.series = vec![SeriesDescription::of("in"), below, formula];
    let zone = TimeZone::UTC;
    let clock = Clock::new(Timestamp::from_seconds(END), &zone);
    description.chart_of(range, &Files, clock).unwrap()
}

fn automatic(file: &Path, width: u32, range: TimeRange) -> Chart {
    automatic::chart(&[file], range, width, &Files).unwrap()
}

fn stacked(file: &Path, width: u32, range: TimeRange) -> Chart {
    let mut description = Description::new("Traffic");
    (description.file, description.width) = (Some(file.to_owned()), Some(width));
    let area = |source: &str, stack, factor| SeriesDescription {
        draw: Shape::Area,
        hide_zero: true,
        stack,
        factor,
        ..SeriesDescription::of(source)
    };
    description.series =
        vec![area("in", false, 1.0), area("out", true, 1.0), area("out", true, 0.0)];
    let zone = TimeZone::UTC;
    let clock = Clock::new(Timestamp::from_seconds(END), &zone);
    description.chart_of(range, &Files, clock).unwrap()
}

/// The name and all numbers of each curve, as bits.
fn numbers(chart: &Chart) -> Vec<(&str, [u64; 5])> {
    let curves = chart.elements.iter().filter_map(|element| match element {
        Element::Curve(curve) if !curve.legend.is_empty() => Some(curve),
        _ => None,
    });
    let of = |curve: &Curve| Summary::ALL.map(|summary| chart.value(curve, summary).to_bits());
    curves.map(|curve| (&*curve.legend, of(curve))).collect()
}

fn value(chart: &Chart, curve: usize, summary: Summary) -> f64 {
    let place = Summary::ALL.iter().position(|known| *known == summary).unwrap();
    f64::from_bits(numbers(chart)[curve].1[place])
}

fn heads(chart: &Chart) -> [String; 2] {
    [Summary::Minimum, Summary::Maximum].map(|summary| chart.head(summary))
}

/// The known values of the first source as `rrd fetch -r` gives them.
fn fetched(file: &Path, function: ConsolidationFunction, step: Step, range: TimeRange) -> Vec<f64> {
    let request = FetchRequest::new(function, range).resolution(step);
    let series = RrdReader::open(file).unwrap().fetch(&request).unwrap();
    assert_eq!(series.step(), step);
    let rows = series.rows().filter(|(end, _)| *end <= range.end).map(|(_, values)| values[0]);
    rows.filter(|value| !value.is_nan()).collect()
}

#[test]
fn numbers_do_not_depend_on_the_width() {
    let folder = tempfile::tempdir().unwrap();
    for extremes in [true, false] {
        let file = database(folder.path(), &format!("{extremes}.rrd"), extremes);
        for days in [20, 365] {
            let range = TimeRange::from_seconds(END - days * DAY - 1234, END - 1000);
            for kind in [described, automatic, stacked] {
                let first = kind(&file, 200, range);
                for width in (200..=2000).step_by(37) {
                    let now = kind(&file, width, range);
                    assert_eq!(numbers(&now), numbers(&first), "{days} days at {width}");
                    assert_eq!(heads(&now), heads(&first));
                    assert_eq!(now.resolution(), first.resolution());
                }
            }
        }
    }
}

#[test]
fn the_peak_of_an_hour_is_drawn_and_in_a_column_at_any_width() {
    let folder = tempfile::tempdir().unwrap();
    let month = TimeRange::from_seconds(END - 29 * DAY, END);
    for extremes in [true, false] {
        let file = database(folder.path(), &format!("{extremes}.rrd"), extremes);
        for width in [60, 100, 200, 800, 3000] {
            for chart in [described(&file, width, month), automatic(&file, width, month)] {
                let layout = chart.layout(&Fonts::new());
                let columns = chart.columns(&layout);
                let highest = columns.series[0].most.iter().copied().fold(f64::NAN, f64::max);
                assert_eq!(
                    (highest, value(&chart, 0, Summary::Maximum)),
                    (300.0, 300.0),
                    "{width}"
                );
                assert!(layout.value_range().1 >= 300.0, "{width}");
            }
        }
        let year = automatic(&file, 60, YEAR);
        let columns = year.columns(&year.layout(&Fonts::new()));
        let highest = columns.series[0].most.iter().copied().fold(f64::NAN, f64::max);
        assert_eq!(highest, value(&year, 0, Summary::Maximum));
    }
}

#[test]
fn the_envelope_of_what_hangs_from_the_axis_keeps_its_peak_at_any_width() {
    let folder = tempfile::tempdir().unwrap();
    let mut description = Description::new("Traffic");
    description.file = Some(database(folder.path(), "kept.rrd", true));
    let below = SeriesDescription {
        factor: -1.0,
        envelope: true,
        draw: Shape::Hill,
        ..SeriesDescription::of("in")
    };
    description.series = vec![below];
    let zone = TimeZone::UTC;
    let clock = Clock::new(Timestamp::from_seconds(END), &zone);
    for width in [100, 300, 900] {
        description.width = Some(width);
        let chart = description.chart_of(YEAR, &Files, clock).unwrap();
        assert_eq!(value(&chart, 0, Summary::Minimum), -701.0);
        let lowest = chart.layout(&Fonts::new()).value_range().0;
        assert!(lowest <= -701.0, "{lowest} at {width}");
    }
}

#[test]
fn the_highest_of_a_year_is_the_spike_of_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path(), "kept.rrd", true);
    for chart in [described(&file, 400, YEAR), automatic(&file, 400, YEAR)] {
        assert_eq!(value(&chart, 0, Summary::Maximum), 701.0);
        assert_eq!(value(&chart, 0, Summary::Minimum), 0.0);
    }
    let chart = automatic(&file, 400, YEAR);
    assert_eq!(heads(&chart), ["Min", "Max"]);
    assert_eq!(chart.resolution(), "rows of 6 h, the highest from MAX rows");
    // Twice what is below the axis, and one: the smallest becomes the largest.
    let chart = described(&file, 400, YEAR);
    assert_eq!(value(&chart, 1, Summary::Maximum), 1.0 - 2.0 * (50.0 - 130.0 / 8.0));
    assert_eq!(value(&chart, 1, Summary::Minimum), 1.0 - 2.0 * 50.0);
    // A formula knows the averages only.
    assert!(value(&chart, 2, Summary::Maximum) < 200.0);
    assert_eq!(heads(&chart), ["Min of \u{2264} 6 h", "Max of \u{2264} 6 h"]);
}

#[test]
fn without_extremes_the_head_says_of_what_the_highest_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path(), "averages.rrd", false);
    let chart = automatic(&file, 900, YEAR);
    assert_eq!(heads(&chart), ["Min of 6 h", "Max of 6 h"]);
    assert_eq!(chart.resolution(), "rows of 6 h, the highest of their averages");
    let hours = fetched(&file, ConsolidationFunction::Average, hours(6), YEAR);
    let highest = hours.into_iter().fold(f64::NAN, f64::max);
    assert_eq!(value(&chart, 0, Summary::Maximum), highest);
    let week = automatic(&file, 900, TimeRange::from_seconds(END - 7 * DAY, END));
    assert_eq!(
        (heads(&week), week.resolution()),
        (["Min".to_owned(), "Max".to_owned()], "rows of 1 h".to_owned())
    );
}

#[test]
fn the_coarsest_archive_with_enough_rows_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("load.rrd");
    let schema = Schema::builder(Step::SECOND)
        .gauge("load", Heartbeat::from_seconds(10))
        .average(0.5, 1, 7200)
        .average(0.5, 2, 3600)
        .average(0.5, 4, 7200)
        .build()
        .unwrap();
    let begin = Timestamp::from_seconds(END - 10);
    Rrd::create(&path, &schema, begin)
        .unwrap()
        .update(&Sample::new(begin + Duration::from_secs(10), [1.0]))
        .unwrap();
    let of = |seconds: i64| {
        automatic(&path, 400, TimeRange::from_seconds(END - seconds, END)).resolution()
    };
    assert_eq!(of(8000), "rows of 4 s, the highest of their averages");
    assert_eq!(of(7999), "rows of 4 s, the highest of their averages");
    // Later than the start of the range, but by less than a hundredth of it.
    assert_eq!(of(7250), "rows of 2 s, the highest from MAX rows");
    assert_eq!(of(4000), "rows of 2 s, the highest from MAX rows");
    assert_eq!(of(3999), "rows of 1 s");
    assert_eq!(of(60), "rows of 1 s");
    assert_eq!(of(100_000), "rows of 4 s, the highest of their averages");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn numbers_are_those_of_the_rows_that_a_fetch_gives(
        values in proptest::collection::vec(prop_oneof![4 => 0.0..1000.0_f64, 1 => Just(f64::NAN)], 1..600),
        bands in proptest::collection::vec((1_u64..40, 10_u64..800, any::<bool>()), 1..5),
        (from, length) in (0_i64..40_000, 60_i64..40_000),
        width in 50_u32..1500,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("v.rrd");
        let minute = Step::from_seconds(60).unwrap();
        let mut schema = Schema::builder(minute).gauge("v", Heartbeat::from_seconds(120));
        for (points, rows, extremes) in bands {
            schema = schema.average(0.5, points, rows);
            if extremes {
                schema = schema.max(0.5, points, rows).min(0.5, points, rows);
            }
        }
        let begin = Timestamp::from_seconds(END - 36_000);
        let mut rrd = Rrd::create(&file, &schema.build().unwrap(), begin).unwrap();
        let samples = values.iter().enumerate().map(|(minute, value)| {
            let at = END - 36_000 + 60 * (i64::try_from(minute).unwrap() + 1);
            Sample::new(Timestamp::from_seconds(at), [*value])
        });
        rrd.update_batch(&samples.collect::<Vec<_>>()).unwrap();
        drop(rrd);
        let start = END - 36_000 + from / 2;
        let range = TimeRange::from_seconds(start, start + length);
        let chart = automatic(&file, width, range);
        let wider = automatic(&file, width + 777, range);
        prop_assert_eq!(numbers(&chart), numbers(&wider));
        let Some(Element::Curve(curve)) = chart.elements.last() else { panic!("no curve") };
        let step = curve.numbers.resolution.unwrap();
        let first = value(&chart, 0, Summary::Last);
        let reader = RrdReader::open(&file).unwrap();
        let from = |start| {
            let range = TimeRange::new(start, range.end);
            let request = FetchRequest::new(ConsolidationFunction::Average, range);
            reader.fetch(&request.resolution(step)).unwrap()
        };
        // Its first row may be later than the range by a hundredth.
        let mut series = from(range.start);
        if series.step() != step {
            series = from(range.start + Duration::from_secs(length.unsigned_abs() / 100));
        }
        prop_assert_eq!(series.step(), step);
        let inside = series.rows().filter(|(end, _)| end.seconds() < range.end.seconds() + i64::try_from(step.seconds()).unwrap());
        let known: Vec<f64> = inside.map(|(_, row)| row[0]).filter(|row| !row.is_nan()).collect();
        let last = known.last().copied();
        prop_assert_eq!(Some(first).filter(|value| !value.is_nan()), last);
        let highest = value(&chart, 0, Summary::Maximum);
        let lowest = value(&chart, 0, Summary::Minimum);
        for row in known {
            prop_assert!(lowest <= row && row <= highest);
        }
    }
}

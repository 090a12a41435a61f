//! A chart of one group over a time range, from its file to SVG.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange, Timestamp};
use rrd_graph::data::DataError;
use rrd_graph::description::{Description, DescriptionError, Peak};
use rrd_graph::evaluate::EvaluateError;
use rrd_graph::{Chart, Clock, Color, Gap};

use super::span::Shown;
use crate::group::{GroupChart, GroupId};
use crate::source::collector::OWN;
use crate::source::host::CPU_TOTAL;
use crate::store::archives::{ArchiveError, Archives};

/// A requested picture.
#[derive(Clone, Debug)]
pub(super) struct Picture<'a> {
    /// The chart.
    pub(super) chart: &'a GroupChart,
    /// The group.
    pub(super) group: &'a GroupId,
    /// The time range, and how it is shown.
    pub(super) shown: &'a Shown,
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels; `None` for the one that suits the width.
    pub(super) height: Option<u32>,
    /// The names of series that only the legend shows.
    pub(super) hide: Vec<String>,
    /// Whether the axis is logarithmic; `None` where the chart decides.
    pub(super) logarithmic: Option<bool>,
}

/// Transparent, so that the page's background shows through.
const CLEAR: Color = Color::rgba(0, 0, 0, 0);

/// The chart, ready for any format.
pub(super) fn draw(archives: &Archives, picture: &Picture<'_>) -> Result<Chart, DescriptionError> {
    let zone = picture.shown.zone();
    let now = picture.shown.range.end;
    let clock = Clock::new(now, &zone);
    let mut description = on_page(picture);
    loop {
        match description.chart_of(picture.shown.range, archives, clock) {
            // A file of an older version may lack a metric.
            Err(DescriptionError::Evaluate(EvaluateError::Data(DataError::NoSource {
                name,
                ..
            }))) => {
                description.series.retain(|series| series.source.as_deref() != Some(&*name));
                let known = |hidden: &String| {
                    description.series.iter().any(|series| series.known_name() == hidden)
                };
                description.hide.retain(known);
                if matches!(&description.peak, Peak::Stored(total) if total.source == name) {
                    description.peak = Peak::Sum;
                }
            }
            drawn => return drawn.map(|chart| with_reasons(chart, archives)),
        }
    }
}

/// The chart, whose gaps say whether the collector was running.
fn with_reasons(chart: Chart, archives: &Archives) -> Chart {
    let stopped = |gap: &Gap| gap.is_unexplained() && was_stopped(archives, gap.range);
    let gaps = chart.gaps().into_iter().filter(stopped);
    gaps.fold(chart, |chart, gap| chart.gap(gap.range, "collector not running"))
}

/// Whether the groups that the collector samples at each tick have rows in a range, but no known
/// one.
fn was_stopped(archives: &Archives, range: TimeRange) -> bool {
    let request = FetchRequest::new(ConsolidationFunction::Average, range);
    let mut unknown = 0;
    for kind in [&OWN, &CPU_TOTAL] {
        let Ok(series) = archives.fetch(&GroupId::of(kind, ""), &request) else { continue };
        let step = Duration::from_secs(series.step().seconds());
        // Rows that are partly outside may hold what was before or after.
        let inside = |end: Timestamp| range.start + step <= end && end <= range.end;
        for (_, row) in series.rows().filter(|(end, _)| inside(*end)) {
            if row.iter().any(|value| !value.is_nan()) {
                return false;
            }
            unknown += 1;
        }
    }
    unknown > 0
}

/// The archive error that caused a chart to fail, if any.
pub(super) fn archive_error(error: &DescriptionError) -> Option<&ArchiveError> {
    match error {
        DescriptionError::Evaluate(EvaluateError::Data(DataError::Other(error))) => {
            error.downcast_ref()
        }
        _ => None,
    }
}

/// The description as the page shows it: transparent, and without the title, which is next to the
/// picture.
fn on_page(picture: &Picture<'_>) -> Description {
    let mut description = picture.chart.description.clone();
    description.file = Some(picture.group.file_name().into());
    description.title.clear();
    description.theme = picture.shown.theme;
    description.before = picture.shown.before;
    description.width = Some(picture.width);
    description.height = picture.height;
    description.hide.clone_from(&picture.hide);
    if let Some(logarithmic) = picture.logarithmic {
        description.logarithmic = logarithmic.into();
    }
    description.colors.back = Some(CLEAR);
    description.colors.canvas = Some(CLEAR);
    description
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::path::Path;

    use rrd_cli::{Environment, Settings};
    use rrd_core::{Clock, Rrd, Sample, Step, Timestamp};
    use rrd_graph::Fonts;

    use super::super::address::read_query;
    use super::*;
    use crate::cli;
    use crate::config::Config;
    use crate::group::Kind;
    use crate::group::retention::Retention;
    use crate::source::charts::packaged;
    use crate::source::host::LOAD;
    use crate::source::kinds;

    const END: i64 = 1_700_000_000;

    /// A file of a kind with 40 minutes of samples, 100 s of them unknown if it has a gap; every
    /// fifth metric is zero.
    fn database(data: &Path, kind: &Kind, has_gap: bool) {
        let path = data.join(GroupId::of(kind, "").file_name());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let schema = Retention::default().schema(kind, Step::from_seconds(10).unwrap()).unwrap();
        let begin = Timestamp::from_seconds(END - 2410);
        let mut rrd = Rrd::create(&path, &schema, begin).unwrap();
        for row in 0..=240_u16 {
            let value = |metric: u16| match (metric % 5, row) {
                (_, 80..90) if has_gap => f64::NAN,
                (3, _) => 0.0,
                _ => f64::from((row * (7 + metric)) % 97 + 1) / 100.0,
            };
            let values: Vec<f64> = (0..).take(kind.metrics.len()).map(value).collect();
            let at = Timestamp::from_seconds(END - 2400 + i64::from(row) * 10);
            rrd.update(&Sample::new(at, values)).unwrap();
        }
    }

    #[test]
    fn rrd_chart_draws_each_packaged_chart_as_the_page_does() {
        let folder = tempfile::tempdir().unwrap();
        for kind in kinds() {
            database(folder.path(), kind, true);
        }
        let config = Config::new(folder.path().to_owned());
        let archives = Archives::Folder(folder.path().to_owned());
        let environment = Environment::new(Clock::SYSTEM, Settings::default());
        let query = format!("start={}&end={END}", END - 1800);
        let shown = Shown::asked(&read_query(&query), END, None).unwrap();
        for chart in packaged() {
            let group = &GroupId::new(&chart.kind, "").unwrap();
            let picture = Picture {
                chart,
                group,
                shown: &shown,
                width: 700,
                height: None,
                hide: vec![],
                logarithmic: None,
            };
            let page = draw(&archives, &picture).unwrap().to_svg();
            // With the page's background and without the title, which is next to the picture there.
            let printed = cli::description(&config, &chart.name, "").unwrap();
            let mut description = Description::from_toml(&printed).unwrap();
            description.title.clear();
            description.colors = on_page(&picture).colors;
            let file = folder.path().join("chart.toml");
            fs::write(&file, description.to_toml()).unwrap();
            let (start, end) = (format!("{}", END - 1800), END.to_string());
            let arguments = ["rrd", "chart", "-w", "700", "-s", &start, "-e", &end, "-f"];
            let mut arguments: Vec<OsString> = arguments.map(OsString::from).to_vec();
            arguments.push(file.into());
            let (mut svg, mut errors) = (Vec::new(), Vec::new());
            let status =
                rrd_cli::run(&arguments, &environment, &mut &b""[..], &mut svg, &mut errors);
            assert_eq!((status, String::from_utf8(errors)), (0, Ok(String::new())));
            let svg = String::from_utf8(svg).unwrap();
            let element = svg.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
            assert!(element == Some(&*page), "{} differs\n{printed}", chart.name);
        }
    }

    #[test]
    fn the_plots_of_all_packaged_charts_have_the_same_edges() {
        let folder = tempfile::tempdir().unwrap();
        for kind in kinds() {
            database(folder.path(), kind, true);
        }
        let archives = Archives::Folder(folder.path().to_owned());
        let query = read_query(&format!("start={}&end={END}", END - 1800));
        let shown = Shown::asked(&query, END, None).unwrap();
        let fonts = Fonts::new();
        for (width, edges) in [(280, (63, 205)), (640, (63, 565))] {
            for chart in packaged() {
                let group = &GroupId::new(&chart.kind, "").unwrap();
                let (shown, height, hide, logarithmic) = (&shown, None, vec![], None);
                let picture = Picture { chart, group, shown, width, height, hide, logarithmic };
                let drawn = draw(&archives, &picture).unwrap();
                let (left, _, plot_width, plot_height) = drawn.layout(&fonts).canvas();
                assert_eq!((left, plot_width), edges, "{} at {width}", chart.name);
                assert!(plot_height >= 120, "{} at {width}: {plot_height}", chart.name);
            }
        }
    }

    #[test]
    fn a_gap_says_whether_the_collector_was_running() {
        let words = |has_gap: bool, start: i64| {
            let folder = tempfile::tempdir().unwrap();
            for kind in [&OWN, &CPU_TOTAL] {
                database(folder.path(), kind, has_gap);
            }
            database(folder.path(), &LOAD, true);
            let archives = Archives::Folder(folder.path().to_owned());
            let query = read_query(&format!("start={}&end={END}", END - start));
            let shown = Shown::asked(&query, END, None).unwrap();
            let chart = packaged().iter().find(|chart| chart.name == "load").unwrap();
            let group = &GroupId::of(&LOAD, "");
            let (width, height, hide, logarithmic) = (700, None, vec![], None);
            let picture = Picture { chart, group, shown: &shown, width, height, hide, logarithmic };
            let gaps = draw(&archives, &picture).unwrap().gaps().into_iter();
            gaps.map(|gap| (END - gap.range.start.seconds(), gap.words)).collect::<Vec<_>>()
        };
        let gap = |words: &str| (1610, words.to_owned());
        assert_eq!(words(true, 1800), [gap("collector not running")]);
        assert_eq!(words(false, 1800), [gap("no data")]);
        let before = (3600, "before the first sample".to_owned());
        assert_eq!(words(true, 3600), [before, gap("collector not running")]);
    }
}

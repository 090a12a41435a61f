//! A chart of one group over a time range, from its file to SVG.

use rrd_graph::data::DataError;
use rrd_graph::description::{Description, DescriptionError};
use rrd_graph::evaluate::EvaluateError;
use rrd_graph::{Chart, Clock, Color};

use super::span::Shown;
use crate::group::{GroupChart, GroupId};
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
            }
            drawn => return drawn,
        }
    }
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

    use super::super::address::read_query;
    use super::*;
    use crate::cli;
    use crate::config::Config;
    use crate::group::Kind;
    use crate::group::retention::Retention;
    use crate::source::charts::packaged;
    use crate::source::kinds;

    const END: i64 = 1_700_000_000;

    /// A file of a kind with 40 minutes of samples, some of them unknown; every fifth metric is
    /// zero.
    fn database(data: &Path, kind: &Kind) {
        let path = data.join(GroupId::of(kind, "").file_name());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let schema = Retention::default().schema(kind, Step::from_seconds(10).unwrap()).unwrap();
        let begin = Timestamp::from_seconds(END - 2410);
        let mut rrd = Rrd::create(&path, &schema, begin).unwrap();
        for row in 0..=240_u16 {
            let value = |metric: u16| match (metric % 5, row) {
                (_, 80..90) => f64::NAN,
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
            database(folder.path(), kind);
        }
        let config = Config::new(folder.path().to_owned());
        let archives = Archives::Folder(folder.path().to_owned());
        let environment = Environment::new(Clock::SYSTEM, Settings::default());
        let query = format!("start={}&end={END}", END - 1800);
        let shown = Shown::asked(&read_query(&query), END, None).unwrap();
        for chart in packaged() {
            let group = &GroupId::new(&chart.kind, "").unwrap();
            let picture =
                Picture { chart, group, shown: &shown, width: 700, height: None, hide: vec![] };
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
}

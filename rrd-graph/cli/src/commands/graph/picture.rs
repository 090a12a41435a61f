//! What the options of a command line make of a picture. Those that act alone change its chart, the
//! others are kept until all are known.

use std::ffi::{OsStr, OsString};
use std::mem;

use rrd_core::at_style::TimeSpec;
use rrd_core::{TimeRange, TimeZone};
use rrd_graph::data::Missing;
use rrd_graph::window::{self, WindowError};
use rrd_graph::{
    Chart, Codeset, Every, Extent, Legend, Png, RightAxis, TimeGrid, TimeLocale, TimeUnit,
    ValueGrid, ValueScale, sound_markup,
};

use super::image_format::ImageFormat;
use super::labels::{AxisFormat, AxisText};
use super::style::{FontChoice, ImageInfo};
use super::values::{GraphRefusal, MAX_SIDE};
use crate::failure::Outcome;

/// Everything that the options say.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line of that name"
)]
pub(super) struct Picture {
    chart: Chart,
    /// Texts of the chart, which may turn out to be markup.
    texts: Vec<(String, SetText)>,
    /// The codeset of texts that are not UTF-8.
    pub(super) codeset: Codeset,
    pub(super) markup: bool,
    pub(super) start: TimeSpec,
    pub(super) end: TimeSpec,
    /// Seconds.
    pub(super) step: u64,
    pub(super) missing: Missing,
    pub(super) daemon: Option<OsString>,
    pub(super) utc: bool,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) extent: Extent,
    pub(super) zoom: f64,
    pub(super) mono: bool,
    pub(super) scale: ValueScale,
    pub(super) label_letters: Option<u32>,
    pub(super) si_logarithm: bool,
    pub(super) left: AxisText,
    pub(super) right: AxisText,
    pub(super) right_axis: Option<(f64, f64)>,
    pub(super) time_grid: TimeGrid,
    pub(super) week_format: Option<String>,
    pub(super) no_legend: bool,
    pub(super) fonts: FontChoice,
    /// That of the file's ending by default.
    pub(super) format: Option<ImageFormat>,
    pub(super) lazy: bool,
    pub(super) image_info: Option<ImageInfo>,
    pub(super) add_json_time: bool,
}

/// Puts a text into a chart.
type SetText = fn(Chart, &str) -> Chart;

/// A chart without a time.
fn blank() -> Chart {
    Chart::classic(TimeRange::from_seconds(0, 0))
}

impl Picture {
    /// The picture of a command line without options; `default_font` is the family that the
    /// environment names, `codeset` that of texts.
    pub(super) fn new(default_font: Option<&str>, codeset: Codeset) -> Result<Self, WindowError> {
        Ok(Self {
            codeset,
            chart: blank(),
            texts: Vec::new(),
            markup: false,
            start: window::parse_start("end-24h")?,
            end: window::parse_end("now")?,
            step: 0,
            missing: Missing::Refused,
            daemon: None,
            utc: false,
            width: 400,
            height: 100,
            extent: Extent::Canvas,
            zoom: 1.0,
            mono: false,
            scale: ValueScale::classic(),
            label_letters: None,
            si_logarithm: false,
            left: AxisText::default(),
            right: AxisText::default(),
            right_axis: None,
            time_grid: TimeGrid::Auto,
            week_format: None,
            no_legend: false,
            fonts: FontChoice::new(default_font),
            format: None,
            lazy: false,
            image_info: None,
            add_json_time: false,
        })
    }

    /// Changes the chart at once, for options that nothing else depends on.
    #[expect(clippy::unnecessary_wraps, reason = "options end with it")]
    pub(super) fn change(&mut self, change: impl FnOnce(Chart) -> Chart) -> Outcome {
        self.chart = change(mem::replace(&mut self.chart, blank()));
        Ok(())
    }

    /// Puts a text into the chart, read as markup if an option says so.
    #[expect(clippy::unnecessary_wraps, reason = "options end with it")]
    pub(super) fn text(&mut self, value: &OsStr, set: SetText) -> Outcome {
        self.texts.push((self.codeset.decode(value).into_owned(), set));
        Ok(())
    }

    /// Refuses a size that the format cannot have, before anything is read or computed for it. The
    /// canvas is a part of the picture, whose size is known later.
    pub(super) fn check_size(&self, format: ImageFormat) -> Result<(), GraphRefusal> {
        let (width, height) =
            (f64::from(self.width) * self.zoom, f64::from(self.height) * self.zoom);
        match format {
            ImageFormat::Png => Ok(Png::check_size(width, height)?),
            ImageFormat::Svg | ImageFormat::Pdf if width.max(height) > MAX_SIDE => {
                Err(GraphRefusal::TooLarge { width, height })
            }
            // The size of a table is that of its data.
            _ => Ok(()),
        }
    }

    /// Whether there is a legend.
    pub(super) fn has_legend(&self) -> bool {
        !self.no_legend && self.extent != Extent::Bare
    }

    /// The chart of a span of time, without elements.
    pub(super) fn chart(
        &self,
        range: TimeRange,
        zone: &TimeZone,
        locale: TimeLocale,
        left: Option<&AxisFormat>,
        right: Option<&AxisFormat>,
    ) -> Chart {
        let fonts = self.fonts.fonts();
        let mut chart = self
            .chart
            .clone()
            .range(range)
            .zone(zone.clone())
            .locale(locale)
            .first_weekday(locale.first_weekday())
            .size(self.width, self.height)
            .extent(self.extent)
            .zoom(self.zoom)
            .scale(self.scale.clone())
            .si_logarithm(self.si_logarithm)
            .time_grid(self.time_grid(range))
            .legend(if self.no_legend { Legend::None } else { Legend::Lines })
            .fonts(if self.markup { fonts.of_markup() } else { fonts })
            .smooth(!self.mono);
        for (text, set) in &self.texts {
            chart = if self.markup { set(chart, &sound_markup(text)) } else { set(chart, text) };
        }
        // Without numbers at the axis no space is reserved for them, unless requested.
        let no_numbers = (self.scale.grid == ValueGrid::None).then_some(0);
        if let Some(letters) = self.label_letters.or(no_numbers) {
            chart = chart.label_letters(letters);
        }
        if let Some(format) = left {
            chart = chart.left_format(format.labels(locale));
        }
        if let Some((scale, shift)) = self.right_axis {
            let format = right.map(|format| format.labels(locale));
            chart = chart.right_axis(RightAxis::new(scale, shift).format(format));
        }
        chart
    }

    /// Lines and labels of the time axis. The week format is used if a column is one to three hours
    /// wide, because RRDtool then labels weeks.
    fn time_grid(&self, range: TimeRange) -> TimeGrid {
        let span = range.end.seconds().saturating_sub(range.start.seconds());
        let column = span / i64::from(self.width);
        match (&self.time_grid, &self.week_format) {
            (TimeGrid::Auto, Some(format)) if (3600..12_000).contains(&column) => {
                TimeGrid::Custom {
                    minor: Every::new(1, TimeUnit::Day),
                    major: Every::new(1, TimeUnit::Week),
                    labels: Every::new(1, TimeUnit::Week),
                    centred_in: 7 * 86_400,
                    format: format.clone(),
                }
            }
            (grid, _) => grid.clone(),
        }
    }
}

//! A chart of one group over one span, from its file to SVG.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, Series, TimeRange, TimeZone};
use rrd_graph::{
    Band, Base, Chart, Color, Curve, Extent, Legend, Role, Samples, Summary, TimeGrid, ValueScale,
};

use super::span::Shown;
use crate::group::{GroupId, Target};
use crate::store::archives::{ArchiveError, Archives};
use crate::view::{Layer, Look, View};

/// Which picture is wanted.
#[derive(Clone, Debug)]
pub(super) struct Picture<'a> {
    /// What is drawn.
    pub(super) view: &'a View,
    /// Of which group.
    pub(super) group: &'a GroupId,
    /// Over which time.
    pub(super) shown: Shown,
    /// Pixels across.
    pub(super) width: u32,
    /// Pixels from top to bottom; `None` for as many as the legend needs beside a plot of a good shape.
    pub(super) height: Option<u32>,
}

/// The chart, ready for any format.
pub(super) fn draw(archives: &Archives, picture: &Picture<'_>) -> Result<Chart, ArchiveError> {
    let range = picture.shown.range;
    let resolution = (picture.shown.length() / u64::from(picture.width.max(1))).max(1);
    let fetch = |function| {
        let request =
            FetchRequest::new(function, range).resolution(Duration::from_secs(resolution));
        archives.fetch(picture.group, &request)
    };
    let rows = Rows {
        averages: fetch(ConsolidationFunction::Average)?,
        // A row of one step has neither; then the mean is all there is to know.
        extremes: fetch(ConsolidationFunction::Min)
            .and_then(|low| Ok((low, fetch(ConsolidationFunction::Max)?)))
            .ok(),
        scale: picture.view.scale,
    };
    Ok(chart(picture, range, &rows))
}

/// How long a small chart looks back, in seconds.
const SPARK_SPAN: i64 = 900;
/// Its pixels, which the page stretches.
const SPARK: (u32, u32) = (160, 32);
/// Red is for what is wrong.
const SPARK_COLOR: u32 = 0x003b_82f6;
const SPARK_STEAL: u32 = 0x00dc_2626;
const SPARK_WAIT: u32 = 0x00d9_7706;

/// A small chart of one metric over the last minutes: no axis, no words, and shares on a scale that ends at 100 %.
pub(super) fn draw_spark(
    archives: &Archives,
    target: &Target,
    now: i64,
) -> Result<Chart, ArchiveError> {
    let range = TimeRange::from_seconds(now.saturating_sub(SPARK_SPAN), now);
    let function = ConsolidationFunction::Average;
    let request = FetchRequest::new(function, range).resolution(Duration::from_secs(5));
    let averages = archives.fetch(&target.group, &request)?;
    let metric = &*target.metric;
    let position = averages.names().iter().position(|name| name == metric);
    let values: Vec<f64> = averages
        .rows()
        .map(|(_, row)| position.and_then(|at| row.get(at)).copied().unwrap_or(f64::NAN))
        .collect();
    let is_share = matches!(metric, "busy" | "used_share" | "util");
    // A little steal or waiting shall be seen, and noise shall not fill the picture.
    let floor = if matches!(metric, "steal" | "iowait") { Some(0.1) } else { None };
    let scale = ValueScale {
        lower: Some(0.0),
        upper: if is_share { Some(1.0) } else { floor },
        rigid: is_share,
        ..ValueScale::default()
    };
    let rgb = match metric {
        "steal" => SPARK_STEAL,
        "iowait" => SPARK_WAIT,
        _ => SPARK_COLOR,
    };
    let samples = Samples::new(averages.start(), averages.step(), values);
    Ok(Chart::new(range)
        .size(SPARK.0, SPARK.1)
        .extent(Extent::Bare)
        .hover(false)
        .legend(Legend::None)
        .time_grid(TimeGrid::None)
        .border(0.0)
        .color(Role::Back, color(0, 0))
        .color(Role::Canvas, color(0, 0))
        .color(Role::Grid, color(0, 0))
        .color(Role::MajorGrid, color(0, 0))
        .color(Role::Axis, color(0, 0))
        .color(Role::Arrow, color(0, 0))
        .scale(scale)
        .draw(Curve::area(samples.clone()).color(color(rgb, 0x38)))
        .draw(Curve::line(samples).color(color(rgb, 0xff))))
}

struct Rows {
    averages: Series,
    extremes: Option<(Series, Series)>,
    scale: f64,
}

impl Rows {
    fn averages(&self, layer: &Layer) -> Option<Samples> {
        self.column(&self.averages, layer)
    }

    fn column(&self, series: &Series, layer: &Layer) -> Option<Samples> {
        let position = series.names().iter().position(|name| *name == layer.metric)?;
        let shown = |value: &f64| value * self.scale * layer.factor + layer.shift;
        let values: Vec<f64> =
            series.rows().map(|(_, row)| row.get(position).map_or(f64::NAN, shown)).collect();
        Some(Samples::new(series.start(), series.step(), values))
    }

    /// Whether a metric is zero wherever it is known.
    fn is_nothing(&self, metric: &str) -> bool {
        let Some(position) = self.averages.names().iter().position(|name| name == metric) else {
            return true;
        };
        let mut values = self.averages.rows().filter_map(|(_, row)| row.get(position));
        values.all(|value| *value == 0.0 || value.is_nan())
    }

    /// Lowest and highest values, if their rows are as long as those of the averages.
    fn extremes(&self, layer: &Layer) -> Option<(Samples, Samples)> {
        let (low, high) = self.extremes.as_ref()?;
        if low.step() != self.averages.step() || high.step() != self.averages.step() {
            return None;
        }
        Some((self.column(low, layer)?, self.column(high, layer)?))
    }
}

fn chart(picture: &Picture<'_>, range: TimeRange, rows: &Rows) -> Chart {
    let view = picture.view;
    let scale = ValueScale {
        lower: view.bottom,
        upper: view.top,
        rigid: view.rigid,
        logarithmic: view.logarithmic,
        // Percentages are not said in thousandths, and memory comes in powers of two.
        exponent: (view.unit == "%").then_some(0),
        base: if view.binary { Base::Binary } else { Base::Decimal },
        ..ValueScale::default()
    };
    let drawn = |layer: &&Layer| !layer.rare || !rows.is_nothing(&layer.metric);
    let lines = u32::try_from(view.layers.iter().filter(drawn).count()).unwrap_or(0);
    let plot = (picture.width * 3 / 10).clamp(110, 200);
    let height = picture.height.unwrap_or(plot + 70 + 15 * lines);
    let mut chart = Chart::new(range)
        .zone(TimeZone::system())
        .size(picture.width, height)
        .unit(&*view.unit)
        // The page behind it is the paper.
        .color(Role::Back, color(0, 0))
        .color(Role::Canvas, color(0, 0))
        .scale(scale)
        .legend(Legend::Table(vec![Summary::Average, Summary::Maximum, Summary::Last]));
    if !view.label.is_empty() {
        chart = chart.vertical_label(&*view.label);
    }
    let stacked = view.layers.iter().any(|layer| matches!(layer.look, Look::Stack | Look::Area));
    let mut on_top = false;
    for layer in view.layers.iter().filter(drawn) {
        // A file of an older version may lack a metric.
        let Some(samples) = rows.averages(layer) else { continue };
        if !stacked {
            chart = with_band(chart, layer, rows);
        }
        let color = color(layer.color.0, 0xff);
        chart = match layer.look {
            Look::Area | Look::Stack => {
                let area = Curve::area(samples).color(color).legend(&*layer.legend);
                let area = if on_top && layer.look == Look::Stack { area.stacked() } else { area };
                on_top = true;
                chart.draw(area)
            }
            Look::Hill => chart
                .draw(Curve::area(samples.clone()).color(self::color(layer.color.0, 0x38)))
                .draw(Curve::line(samples).color(color).legend(&*layer.legend)),
            Look::Line => chart.draw(Curve::line(samples).color(color).legend(&*layer.legend)),
        };
    }
    chart
}

/// The range between lowest and highest values behind a line.
fn with_band(chart: Chart, layer: &Layer, rows: &Rows) -> Chart {
    match rows.extremes(layer) {
        Some((low, high)) => chart.draw(Band::between(low, high).color(color(layer.color.0, 0x30))),
        None => chart,
    }
}

fn color(rgb: u32, alpha: u8) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color { red, green, blue, alpha }
}

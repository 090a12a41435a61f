//! From a command line to a chart: statements with their data, and options with their effect.

use rrd_core::{TimeRange, TimeZone, Timestamp};
use rrd_graph::LegendError;
use rrd_graph::evaluate::{EvaluateError, Evaluated, Shown};
use rrd_graph::number_format::{Unit, greenwich, strftime};
use rrd_graph::statement::{Operand, Statement, TickLength};
use rrd_graph::texts::{Texts, cut};
use rrd_graph::{
    Autoscale, Every, LabelFormat, RightAxis, TimeGrid, TimeUnit, ValueGrid, ValueScale,
};
use rrd_graph::{Chart, Curve, Element, Extent, Join, Legend, Marks, Rule, Samples};

use super::markup;
use super::options::{AxisFormat, GraphOptions, ImageFormat};

/// The longest text of the legend, in bytes.
const LONGEST_LEGEND: usize = 200;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(super) enum PictureError {
    #[error(transparent)]
    Legend(#[from] LegendError),
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

/// The chart of a command line.
pub(super) fn chart(
    options: &GraphOptions,
    range: TimeRange,
    zone: &TimeZone,
    statements: &[Statement],
    evaluated: &Evaluated,
    texts: &Texts,
) -> Result<Chart, PictureError> {
    let mut chart = dressed(options, range, zone);
    let painter = Painter { markup: options.markup, evaluated };
    let mut printed = texts.legend.iter();
    for statement in statements {
        let text = match statement {
            Statement::LegendPrint(_) => printed.next().map_or("", String::as_str),
            _ => "",
        };
        if let Some(element) = painter.element(statement, text)? {
            chart = chart.draw(element);
        }
    }
    if !(options.no_legend || options.only_graph) {
        chart.check_legend()?;
    }
    Ok(chart)
}

struct Painter<'a> {
    markup: bool,
    evaluated: &'a Evaluated,
}

impl Painter<'_> {
    /// What a statement draws, if it draws.
    fn element(
        &self,
        statement: &Statement,
        printed: &str,
    ) -> Result<Option<Element>, PictureError> {
        Ok(Some(match statement {
            Statement::Line(line) => {
                let mut curve = Curve::line(self.samples(&line.value)?)
                    .width(line.width)
                    .legend(self.legend(&line.legend));
                if line.color.is_some() || line.legend.is_empty() {
                    curve = curve.color(line.color);
                }
                if let Some(dashes) = &line.dashes {
                    curve = curve.dashes(dashes.clone());
                }
                placed(curve, line.stack, line.skip_scale).into()
            }
            Statement::Area(area) => {
                let mut curve =
                    Curve::area(self.samples(&area.value)?).legend(self.legend(&area.legend));
                if area.color.is_some() || area.legend.is_empty() {
                    curve = curve.color(area.color);
                }
                if let Some(gradient) = area.gradient {
                    curve = curve.gradient(gradient);
                }
                placed(curve, area.stack, area.skip_scale).into()
            }
            Statement::Tick(tick) => {
                let fraction = match tick.length {
                    TickLength::Fraction(fraction) => fraction,
                    TickLength::Dynamic => 0.5,
                };
                let mut marks = Marks::new(self.samples(&tick.value)?, fraction)
                    .legend(self.legend(&tick.legend));
                if tick.color.is_some() || tick.legend.is_empty() {
                    marks = marks.color(tick.color);
                }
                marks.into()
            }
            Statement::HorizontalRule(rule) => {
                let value = match self.evaluated.shown(&rule.value)? {
                    Shown::Figure(figure) => figure.value,
                    Shown::Series(_) => f64::NAN,
                };
                let mut line = Rule::at_value(value).legend(self.legend(&rule.legend));
                if rule.color.is_some() || rule.legend.is_empty() {
                    line = line.color(rule.color);
                }
                if let Some(dashes) = &rule.dashes {
                    line = line.dashes(dashes.clone());
                }
                line.into()
            }
            Statement::VerticalRule(rule) => {
                let moment = self.evaluated.moment(&rule.time)?.unwrap_or(0);
                let mut line = Rule::at_time(Timestamp::from_seconds(moment))
                    .legend(self.legend(&rule.legend));
                if rule.color.is_some() || rule.legend.is_empty() {
                    line = line.color(rule.color);
                }
                if let Some(dashes) = &rule.dashes {
                    line = line.dashes(dashes.clone());
                }
                line.into()
            }
            Statement::LegendPrint(_) => Element::Print(self.legend(printed)),
            Statement::Comment(comment) => Element::Text(self.legend(&comment.text)),
            Statement::TextAlign(alignment) => Element::Align(*alignment),
            _ => return Ok(None),
        }))
    }

    fn samples(&self, operand: &Operand) -> Result<Samples, EvaluateError> {
        Ok(match self.evaluated.shown(operand)? {
            Shown::Figure(figure) => Samples::constant(figure.value),
            Shown::Series(rows) => {
                let start = Timestamp::from_seconds(rows.start);
                Samples::new(start, rows.step, rows.values.as_slice())
            }
        })
    }

    /// A text of the legend.
    fn legend(&self, text: &str) -> String {
        let text = cut(text, LONGEST_LEGEND);
        if self.markup { markup::plain(text) } else { text.to_owned() }
    }
}

fn placed(curve: Curve, stack: bool, skip_scale: bool) -> Curve {
    let curve = if stack { curve.stacked() } else { curve };
    if skip_scale { curve.skip_scale() } else { curve }
}

/// An empty chart with everything that options say.
fn dressed(options: &GraphOptions, range: TimeRange, zone: &TimeZone) -> Chart {
    let plain = |text: &str| if options.markup { markup::plain(text) } else { text.to_owned() };
    let extent = match (options.only_graph, options.full_size) {
        (true, _) => Extent::Bare,
        (false, true) => Extent::Picture,
        (false, false) => Extent::Canvas,
    };
    let mut chart = Chart::classic(range)
        .zone(zone.clone())
        .title(title(&plain(&options.title)))
        .vertical_label(plain(&options.vertical_label))
        .right_label(plain(&options.right_label))
        .watermark(plain(&options.watermark))
        .size(options.width, options.height)
        .extent(extent)
        .zoom(options.zoom)
        .join(if options.slope_mode { Join::Slopes } else { Join::Steps })
        .scale(scale(options))
        .si_logarithm(options.si_logarithm)
        .time_grid(time_grid(options, range))
        .minor_grid(!options.no_minor)
        .legend(if options.no_legend { Legend::None } else { Legend::Lines })
        .legend_position(options.legend_position)
        .legend_direction(options.legend_direction)
        .keep_rule_legends(options.force_rules_legend)
        .line_samples(options.dynamic_labels)
        .right_margin(!options.disable_tag)
        .fonts(options.fonts.fonts())
        .theme(options.theme)
        .smooth(!options.mono)
        .hover(options.format == ImageFormat::Svg);
    // Without numbers at the axis there is no room for them, unless it is asked for.
    let no_numbers = (options.y_grid == Some(ValueGrid::None)).then_some(0);
    if let Some(letters) = options.units_length.or(no_numbers) {
        chart = chart.label_letters(letters);
    }
    if let Some(format) = &options.left_format {
        chart = chart.left_format(labels(format));
    }
    if let Some((scale, shift)) = options.right_axis {
        let format = options.right_format.as_ref().map(labels);
        chart = chart.right_axis(RightAxis { scale, shift, format });
    }
    if let Some((mark, gap)) = options.grid_dash {
        chart = chart.grid_dash(mark, gap);
    }
    if let Some(width) = options.tab_width {
        chart = chart.tab_width(width);
    }
    if let Some(width) = options.border {
        chart = chart.border(width);
    }
    for (role, color) in &options.colors {
        chart = chart.color(*role, *color);
    }
    chart
}

/// Lines and labels of the time axis. A format for weeks takes effect where a column is one to three hours wide, so that
/// weeks are what RRDtool labels.
fn time_grid(options: &GraphOptions, range: TimeRange) -> TimeGrid {
    let column =
        range.end.seconds().saturating_sub(range.start.seconds()) / i64::from(options.width);
    match (&options.x_grid, &options.week_format) {
        (TimeGrid::Auto, Some(format)) if (3600..12_000).contains(&column) => TimeGrid::Custom {
            minor: Every::new(1, TimeUnit::Day),
            major: Every::new(1, TimeUnit::Week),
            labels: Every::new(1, TimeUnit::Week),
            centred_in: 7 * 86_400,
            format: format.clone(),
        },
        (grid, _) => grid.clone(),
    }
}

/// The lines of a title, whichever way they are told apart.
fn title(text: &str) -> String {
    text.replace("\\n", "\n").replace("<br>", "\n").replace("<br/>", "\n")
}

fn scale(options: &GraphOptions) -> ValueScale {
    let autoscale = match options {
        GraphOptions { alt_autoscale: true, .. } => Autoscale::Tight,
        GraphOptions { alt_autoscale_min: true, .. } => Autoscale::TightLower,
        GraphOptions { alt_autoscale_max: true, .. } => Autoscale::TightUpper,
        _ => Autoscale::Round,
    };
    let grid = match options.y_grid {
        Some(grid) => grid,
        None if options.alt_y_grid => ValueGrid::Dense,
        None => ValueGrid::Auto,
    };
    ValueScale {
        lower: options.lower_limit,
        upper: options.upper_limit,
        rigid: options.rigid,
        shrink: options.allow_shrink,
        autoscale,
        logarithmic: options.logarithmic,
        exponent: options.units_exponent,
        base: options.base,
        grid,
    }
}

/// Labels in a format of the command line.
fn labels(format: &AxisFormat) -> LabelFormat {
    match format.clone() {
        AxisFormat::Number(format) => {
            LabelFormat::scaled(move |value| format.write(value, Unit::ONE))
        }
        AxisFormat::Timestamp(format) => LabelFormat::new(move |value| {
            strftime(&format, rrd_core::number::truncate_to_i64(value), &greenwich())
        }),
        AxisFormat::Duration(Ok(format)) => LabelFormat::new(move |value| format.write(value)),
        AxisFormat::Duration(Err(_)) => LabelFormat::new(|_| String::new()),
    }
}

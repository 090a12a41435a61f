//! The options of `graph` and `graphv` as meant. Their effect on the picture lives in `picture`.

use std::ffi::{OsStr, OsString};

use rrd_core::at_style::TimeSpec;
use rrd_core::number::{self, NumberError};
use rrd_graph::Color;
use rrd_graph::number_format::{
    DurationFormat, DurationFormatError, NumberFormat, NumberFormatError,
};
use rrd_graph::window::{self, WindowError};
use rrd_graph::{Base, TimeGrid, ValueGrid};
use rrd_graph::{LegendDirection, LegendPosition};
use rrd_graph::{Role, Theme};

use super::grid::{self, GridError};
use super::style::{self, StyleError};
use crate::failure::{Failure, text};
use crate::leading_number::leading_decimal;
use crate::options::{Rule, Word, words};

/// What an option means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    Start,
    End,
    Step,
    Title,
    VerticalLabel,
    Width,
    Height,
    OnlyGraph,
    FullSize,
    UpperLimit,
    LowerLimit,
    Rigid,
    AllowShrink,
    AltAutoscale,
    AltAutoscaleMin,
    AltAutoscaleMax,
    XGrid,
    WeekFormat,
    YGrid,
    LeftFormatter,
    LeftFormat,
    AltYGrid,
    Logarithmic,
    UnitsExponent,
    UnitsLength,
    Units,
    RightAxis,
    RightLabel,
    RightFormatter,
    RightFormat,
    NoLegend,
    ForceRulesLegend,
    LegendPosition,
    LegendDirection,
    Lazy,
    Daemon,
    ImageInfo,
    Color,
    GridDash,
    Border,
    DynamicLabels,
    Zoom,
    Font,
    FontRenderMode,
    Markup,
    GraphRenderMode,
    SlopeMode,
    ImageFormat,
    TabWidth,
    Base,
    Watermark,
    UnknownForMissing,
    AddJsonTime,
    Utc,
    NoMinor,
    DisableTag,
    GraphType,
    Theme,
    /// Accepted, and without a meaning here.
    Ignored,
}

const RULES: [Rule<Means>; 62] = [
    Rule::value(Some('s'), "start", Means::Start),
    Rule::value(Some('e'), "end", Means::End),
    Rule::value(Some('S'), "step", Means::Step),
    Rule::value(Some('t'), "title", Means::Title),
    Rule::value(Some('v'), "vertical-label", Means::VerticalLabel),
    Rule::value(Some('w'), "width", Means::Width),
    Rule::value(Some('h'), "height", Means::Height),
    Rule::flag(Some('j'), "only-graph", Means::OnlyGraph),
    Rule::flag(Some('D'), "full-size-mode", Means::FullSize),
    Rule::value(Some('u'), "upper-limit", Means::UpperLimit),
    Rule::value(Some('l'), "lower-limit", Means::LowerLimit),
    Rule::flag(Some('r'), "rigid", Means::Rigid),
    Rule::flag(None, "allow-shrink", Means::AllowShrink),
    Rule::flag(Some('A'), "alt-autoscale", Means::AltAutoscale),
    Rule::flag(Some('J'), "alt-autoscale-min", Means::AltAutoscaleMin),
    Rule::flag(Some('M'), "alt-autoscale-max", Means::AltAutoscaleMax),
    Rule::flag(Some('N'), "no-gridfit", Means::Ignored),
    Rule::value(Some('x'), "x-grid", Means::XGrid),
    Rule::value(None, "week-fmt", Means::WeekFormat),
    Rule::value(Some('y'), "y-grid", Means::YGrid),
    Rule::value(None, "left-axis-formatter", Means::LeftFormatter),
    Rule::value(None, "left-axis-format", Means::LeftFormat),
    Rule::flag(Some('Y'), "alt-y-grid", Means::AltYGrid),
    Rule::flag(Some('o'), "logarithmic", Means::Logarithmic),
    Rule::value(Some('X'), "units-exponent", Means::UnitsExponent),
    Rule::value(Some('L'), "units-length", Means::UnitsLength),
    Rule::value(None, "units", Means::Units),
    Rule::value(None, "right-axis", Means::RightAxis),
    Rule::value(None, "right-axis-label", Means::RightLabel),
    Rule::value(None, "right-axis-formatter", Means::RightFormatter),
    Rule::value(None, "right-axis-format", Means::RightFormat),
    Rule::flag(Some('g'), "no-legend", Means::NoLegend),
    Rule::flag(Some('F'), "force-rules-legend", Means::ForceRulesLegend),
    Rule::value(None, "legend-position", Means::LegendPosition),
    Rule::value(None, "legend-direction", Means::LegendDirection),
    Rule::flag(Some('z'), "lazy", Means::Lazy),
    Rule::value(Some('d'), "daemon", Means::Daemon),
    Rule::value(Some('f'), "imginfo", Means::ImageInfo),
    Rule::value(Some('c'), "color", Means::Color),
    Rule::value(None, "grid-dash", Means::GridDash),
    Rule::value(None, "border", Means::Border),
    Rule::flag(None, "dynamic-labels", Means::DynamicLabels),
    Rule::value(Some('m'), "zoom", Means::Zoom),
    Rule::value(Some('n'), "font", Means::Font),
    Rule::value(Some('R'), "font-render-mode", Means::FontRenderMode),
    Rule::value(Some('B'), "font-smoothing-threshold", Means::Ignored),
    Rule::flag(Some('P'), "pango-markup", Means::Markup),
    Rule::value(Some('G'), "graph-render-mode", Means::GraphRenderMode),
    Rule::flag(Some('E'), "slope-mode", Means::SlopeMode),
    Rule::value(Some('a'), "imgformat", Means::ImageFormat),
    Rule::flag(Some('i'), "interlaced", Means::Ignored),
    Rule::value(Some('T'), "tabwidth", Means::TabWidth),
    Rule::value(Some('b'), "base", Means::Base),
    Rule::value(Some('W'), "watermark", Means::Watermark),
    Rule::flag(Some('Z'), "use-nan-for-all-missing-data", Means::UnknownForMissing),
    Rule::flag(None, "add-jsontime", Means::AddJsonTime),
    Rule::flag(None, "utc", Means::Utc),
    Rule::flag(Some('I'), "no-minor", Means::NoMinor),
    Rule::flag(None, "disable-rrdtool-tag", Means::DisableTag),
    Rule::flag(None, "alt-y-mrtg", Means::Ignored),
    Rule::value(None, "graph-type", Means::GraphType),
    // Not of RRDtool.
    Rule::value(None, "theme", Means::Theme),
];

/// The command line of a picture.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line of that name"
)]
pub(crate) struct GraphOptions {
    /// The first word that is no option.
    pub(crate) file: OsString,
    /// The words behind it.
    pub(crate) elements: Vec<String>,
    pub(crate) start: TimeSpec,
    pub(crate) end: TimeSpec,
    pub(crate) step: u64,
    pub(crate) title: String,
    pub(crate) vertical_label: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) only_graph: bool,
    pub(crate) full_size: bool,
    pub(crate) upper_limit: Option<f64>,
    pub(crate) lower_limit: Option<f64>,
    pub(crate) rigid: bool,
    pub(crate) allow_shrink: bool,
    pub(crate) alt_autoscale: bool,
    pub(crate) alt_autoscale_min: bool,
    pub(crate) alt_autoscale_max: bool,
    pub(crate) x_grid: TimeGrid,
    pub(crate) week_format: Option<String>,
    pub(crate) y_grid: Option<ValueGrid>,
    pub(crate) alt_y_grid: bool,
    pub(crate) left_format: Option<AxisFormat>,
    pub(crate) logarithmic: bool,
    pub(crate) units_exponent: Option<i32>,
    pub(crate) units_length: Option<u32>,
    pub(crate) si_logarithm: bool,
    pub(crate) right_axis: Option<(f64, f64)>,
    pub(crate) right_label: String,
    pub(crate) right_format: Option<AxisFormat>,
    pub(crate) no_legend: bool,
    pub(crate) force_rules_legend: bool,
    pub(crate) legend_position: LegendPosition,
    pub(crate) legend_direction: LegendDirection,
    pub(crate) lazy: bool,
    pub(crate) daemon: Option<OsString>,
    pub(crate) image_info: Option<style::ImageInfo>,
    pub(crate) colors: Vec<(Role, Color)>,
    pub(crate) grid_dash: Option<(f64, f64)>,
    pub(crate) border: Option<f64>,
    pub(crate) dynamic_labels: bool,
    pub(crate) zoom: f64,
    pub(crate) fonts: style::FontChoice,
    pub(crate) markup: bool,
    pub(crate) mono: bool,
    pub(crate) slope_mode: bool,
    pub(crate) format: ImageFormat,
    pub(crate) tab_width: Option<f64>,
    pub(crate) base: Base,
    pub(crate) watermark: String,
    pub(crate) unknown_for_missing: bool,
    pub(crate) add_json_time: bool,
    pub(crate) utc: bool,
    pub(crate) no_minor: bool,
    pub(crate) disable_tag: bool,
    pub(crate) theme: Theme,
}

impl GraphOptions {
    /// What is wrong with the labels of an axis although there can be a picture without them.
    pub(super) fn label_fault(&self) -> Option<DurationFormatError> {
        [&self.left_format, &self.right_format].into_iter().find_map(|format| match format {
            Some(AxisFormat::Duration(Err(fault))) => Some(*fault),
            _ => None,
        })
    }
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageFormat {
    Png,
    Svg,
    Pdf,
    Eps,
    Xml,
    XmlEnum,
    Json,
    JsonTime,
    Csv,
    Tsv,
    Ssv,
}

/// How the numbers of an axis are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AxisFormat {
    Number(NumberFormat),
    /// The value as seconds since 1970, by this format of strftime.
    Timestamp(String),
    /// The value as milliseconds; nothing where the format makes no sense.
    Duration(Result<DurationFormat, DurationFormatError>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Formatter {
    #[default]
    Numeric,
    Timestamp,
    Duration,
}

/// Why an option is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum GraphRefusal {
    #[error(transparent)]
    Time(#[from] WindowError),
    #[error("width below 10 pixels")]
    Width,
    #[error("height below 10 pixels")]
    Height,
    #[error("option -{letter} - {error}")]
    Number { letter: char, error: NumberError },
    #[error("the only sensible value for base apart from 1000 is 1024")]
    Base,
    #[error("for a logarithmic yaxis you must specify a lower-limit > 0")]
    LowerLimit,
    #[error("unsupported graphics format '{0}'")]
    Format(String),
    #[error("invalid argument for --units: {0}")]
    Units(String),
    #[error("{0} can only be used once!")]
    Twice(&'static str),
    #[error("You cannot specify --daemon more than once.")]
    DaemonTwice,
    #[error("unknown legend-position '{0}'")]
    Legend(String),
    #[error("unknown font-render-mode '{0}'")]
    FontRenderMode(String),
    #[error("unknown graph-render-mode '{0}'")]
    GraphRenderMode(String),
    #[error("unsupported graphics type '{0}'")]
    GraphType(String),
    #[error("XY diagram not implemented")]
    XyDiagram,
    #[error("Unknown {0} axis formatter")]
    Formatter(&'static str),
    #[error("zoom factor must be > 0")]
    Zoom,
    #[error("unknown theme '{0}': it is light, dark or auto")]
    Theme(String),
    #[error("missing filename")]
    NoFile,
    #[error(transparent)]
    Grid(#[from] GridError),
    #[error(transparent)]
    Style(#[from] StyleError),
    #[error(transparent)]
    AxisFormat(#[from] NumberFormatError),
}

/// The window, and everything else, of a command line that gives no options.
fn defaults(fonts: style::FontChoice) -> Result<GraphOptions, WindowError> {
    Ok(GraphOptions {
        file: OsString::new(),
        elements: Vec::new(),
        start: window::parse_start("end-24h")?,
        end: window::parse_end("now")?,
        step: 0,
        title: String::new(),
        vertical_label: String::new(),
        width: 400,
        height: 100,
        only_graph: false,
        full_size: false,
        upper_limit: None,
        lower_limit: None,
        rigid: false,
        allow_shrink: false,
        alt_autoscale: false,
        alt_autoscale_min: false,
        alt_autoscale_max: false,
        x_grid: TimeGrid::Auto,
        week_format: None,
        y_grid: None,
        alt_y_grid: false,
        left_format: None,
        logarithmic: false,
        units_exponent: None,
        units_length: None,
        si_logarithm: false,
        right_axis: None,
        right_label: String::new(),
        right_format: None,
        no_legend: false,
        force_rules_legend: false,
        legend_position: LegendPosition::South,
        legend_direction: LegendDirection::TopDown,
        lazy: false,
        daemon: None,
        image_info: None,
        colors: Vec::new(),
        grid_dash: None,
        border: None,
        dynamic_labels: false,
        zoom: 1.0,
        fonts,
        markup: false,
        mono: false,
        slope_mode: false,
        format: ImageFormat::Png,
        tab_width: None,
        base: Base::Decimal,
        watermark: String::new(),
        unknown_for_missing: false,
        add_json_time: false,
        utc: false,
        no_minor: false,
        disable_tag: false,
        theme: Theme::Light,
    })
}

/// Axis formats until it is known which formatter reads them.
#[derive(Default)]
struct AxisTexts {
    left: Option<String>,
    left_formatter: Formatter,
    right: Option<String>,
    right_formatter: Formatter,
}

/// Reads a command line; `default_font` is the family that the environment names.
pub(super) fn read(
    arguments: &[OsString],
    default_font: Option<&OsStr>,
) -> Result<GraphOptions, Failure> {
    let fonts = style::FontChoice::new(default_font.and_then(OsStr::to_str));
    let mut options = defaults(fonts)?;
    let mut axes = AxisTexts::default();
    let mut positional = Vec::new();
    for word in words(arguments, &RULES) {
        match word? {
            Word::Option(means, value) => take(&mut options, &mut axes, means, text(value)?)?,
            Word::Positional(word) => positional.push(word),
        }
    }
    if options.logarithmic && options.lower_limit.is_some_and(|limit| limit <= 0.0) {
        return Err(GraphRefusal::LowerLimit.into());
    }
    options.left_format = axis_format(axes.left, axes.left_formatter)?;
    options.right_format = axis_format(axes.right, axes.right_formatter)?;
    let Some((file, elements)) = positional.split_first() else {
        return Err(GraphRefusal::NoFile.into());
    };
    options.file = OsString::from(*file);
    for element in elements {
        options.elements.push(text(element)?.to_owned());
    }
    Ok(options)
}

fn take(
    options: &mut GraphOptions,
    axes: &mut AxisTexts,
    means: Means,
    value: &str,
) -> Result<(), GraphRefusal> {
    let owned = || value.to_owned();
    match means {
        Means::Start => options.start = window::parse_start(value)?,
        Means::End => options.end = window::parse_end(value)?,
        Means::Step => options.step = leading_decimal(value).max(0).unsigned_abs(),
        Means::Title => options.title = owned(),
        Means::VerticalLabel => options.vertical_label = owned(),
        Means::Width => options.width = pixels(value).ok_or(GraphRefusal::Width)?,
        Means::Height => options.height = pixels(value).ok_or(GraphRefusal::Height)?,
        Means::OnlyGraph => options.only_graph = true,
        Means::FullSize => options.full_size = true,
        Means::UpperLimit => options.upper_limit = limit('u', value)?,
        Means::LowerLimit => options.lower_limit = limit('l', value)?,
        Means::Rigid => options.rigid = true,
        Means::AllowShrink => options.allow_shrink = true,
        Means::AltAutoscale => options.alt_autoscale = true,
        Means::AltAutoscaleMin => options.alt_autoscale_min = true,
        Means::AltAutoscaleMax => options.alt_autoscale_max = true,
        Means::XGrid => options.x_grid = grid::time(value)?,
        Means::WeekFormat => options.week_format = Some(owned()),
        Means::YGrid => options.y_grid = Some(grid::value(value)?),
        Means::AltYGrid => options.alt_y_grid = true,
        Means::LeftFormatter => axes.left_formatter = formatter(value, "left")?,
        Means::LeftFormat => axes.left = Some(owned()),
        Means::RightFormatter => axes.right_formatter = formatter(value, "right")?,
        Means::RightFormat => axes.right = Some(owned()),
        Means::Logarithmic => options.logarithmic = true,
        Means::UnitsExponent => {
            let exponent = i32::try_from(leading_decimal(value)).ok();
            options.units_exponent = exponent.filter(|exponent| *exponent != 9999);
        }
        Means::UnitsLength => {
            options.units_length = Some(u32::try_from(leading_decimal(value)).unwrap_or(0));
        }
        Means::Units if options.si_logarithm => return Err(GraphRefusal::Twice("--units")),
        Means::Units if value == "si" => options.si_logarithm = true,
        Means::Units => return Err(GraphRefusal::Units(owned())),
        Means::RightAxis => options.right_axis = Some(grid::right_axis(value)?),
        Means::RightLabel => options.right_label = owned(),
        Means::NoLegend => options.no_legend = true,
        Means::ForceRulesLegend => options.force_rules_legend = true,
        Means::LegendPosition => options.legend_position = position(value)?,
        Means::LegendDirection => options.legend_direction = direction(value)?,
        Means::Lazy => options.lazy = true,
        Means::Daemon if options.daemon.is_some() => return Err(GraphRefusal::DaemonTwice),
        Means::Daemon => options.daemon = Some(value.into()),
        Means::ImageInfo => options.image_info = Some(style::ImageInfo::parse(value)?),
        Means::Color => options.colors.push(style::color(value)?),
        Means::GridDash => options.grid_dash = Some(grid::dash(value)?),
        Means::Border => options.border = Some(number::seconds_to_f64(leading_decimal(value))),
        Means::DynamicLabels => options.dynamic_labels = true,
        Means::Zoom => {
            options.zoom = real('m', value)?;
            if options.zoom.is_nan() || options.zoom <= 0.0 {
                return Err(GraphRefusal::Zoom);
            }
        }
        Means::Font => options.fonts.choose(value)?,
        Means::FontRenderMode if matches!(value, "normal" | "light" | "mono") => {}
        Means::FontRenderMode => return Err(GraphRefusal::FontRenderMode(owned())),
        Means::Markup => options.markup = true,
        Means::GraphRenderMode if value == "normal" => options.mono = false,
        Means::GraphRenderMode if value == "mono" => options.mono = true,
        Means::GraphRenderMode => return Err(GraphRefusal::GraphRenderMode(owned())),
        Means::SlopeMode => options.slope_mode = true,
        Means::ImageFormat => options.format = image_format(value)?,
        Means::TabWidth => options.tab_width = Some(real('T', value)?),
        Means::Base => {
            options.base = match leading_decimal(value) {
                1000 => Base::Decimal,
                1024 => Base::Binary,
                _ => return Err(GraphRefusal::Base),
            }
        }
        Means::Watermark => options.watermark = owned(),
        Means::UnknownForMissing => options.unknown_for_missing = true,
        Means::AddJsonTime if options.add_json_time => {
            return Err(GraphRefusal::Twice("--add-jsontime"));
        }
        Means::AddJsonTime => options.add_json_time = true,
        Means::Utc => options.utc = true,
        Means::NoMinor => options.no_minor = true,
        Means::DisableTag => options.disable_tag = true,
        Means::GraphType if value == "TIME" => {}
        Means::GraphType if value == "XY" => return Err(GraphRefusal::XyDiagram),
        Means::GraphType => return Err(GraphRefusal::GraphType(owned())),
        Means::Theme => options.theme = theme(value)?,
        Means::Ignored => {}
    }
    Ok(())
}

/// A width or height in pixels.
fn pixels(value: &str) -> Option<u32> {
    u32::try_from(leading_decimal(value)).ok().filter(|pixels| *pixels >= 10)
}

fn real(letter: char, value: &str) -> Result<f64, GraphRefusal> {
    number::parse(value).map_err(|error| GraphRefusal::Number { letter, error })
}

/// An end of the value axis; `nan` is none.
fn limit(letter: char, value: &str) -> Result<Option<f64>, GraphRefusal> {
    real(letter, value).map(|limit| Some(limit).filter(|limit| !limit.is_nan()))
}

fn formatter(value: &str, side: &'static str) -> Result<Formatter, GraphRefusal> {
    match value {
        "numeric" => Ok(Formatter::Numeric),
        "timestamp" => Ok(Formatter::Timestamp),
        "duration" => Ok(Formatter::Duration),
        _ => Err(GraphRefusal::Formatter(side)),
    }
}

/// The format of an axis, once it is known which formatter reads it.
fn axis_format(
    format: Option<String>,
    formatter: Formatter,
) -> Result<Option<AxisFormat>, NumberFormatError> {
    let format = format.unwrap_or_default();
    Ok(match formatter {
        Formatter::Numeric if format.is_empty() => None,
        Formatter::Numeric => Some(AxisFormat::Number(NumberFormat::parse_plain(&format)?)),
        Formatter::Timestamp if format.is_empty() => {
            Some(AxisFormat::Timestamp("%Y-%m-%d %H:%M:%S".to_owned()))
        }
        Formatter::Timestamp => Some(AxisFormat::Timestamp(format)),
        Formatter::Duration => Some(AxisFormat::Duration(DurationFormat::parse(&format))),
    })
}

fn position(value: &str) -> Result<LegendPosition, GraphRefusal> {
    match value {
        "north" => Ok(LegendPosition::North),
        "south" => Ok(LegendPosition::South),
        "west" => Ok(LegendPosition::West),
        "east" => Ok(LegendPosition::East),
        _ => Err(GraphRefusal::Legend(value.to_owned())),
    }
}

fn direction(value: &str) -> Result<LegendDirection, GraphRefusal> {
    match value {
        "topdown" => Ok(LegendDirection::TopDown),
        "bottomup" => Ok(LegendDirection::BottomUp),
        "bottomup2" => Ok(LegendDirection::BottomUpSeries),
        _ => Err(GraphRefusal::Legend(value.to_owned())),
    }
}

fn theme(value: &str) -> Result<Theme, GraphRefusal> {
    match value {
        "light" => Ok(Theme::Light),
        "dark" => Ok(Theme::Dark),
        "auto" => Ok(Theme::Auto),
        _ => Err(GraphRefusal::Theme(value.to_owned())),
    }
}

fn image_format(value: &str) -> Result<ImageFormat, GraphRefusal> {
    Ok(match value {
        "PNG" => ImageFormat::Png,
        "SVG" => ImageFormat::Svg,
        "PDF" => ImageFormat::Pdf,
        "EPS" => ImageFormat::Eps,
        "XML" => ImageFormat::Xml,
        "XMLENUM" => ImageFormat::XmlEnum,
        "JSON" => ImageFormat::Json,
        "JSONTIME" => ImageFormat::JsonTime,
        "CSV" => ImageFormat::Csv,
        "TSV" => ImageFormat::Tsv,
        "SSV" => ImageFormat::Ssv,
        _ => return Err(GraphRefusal::Format(value.to_owned())),
    })
}

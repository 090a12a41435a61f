//! `rrd chart`: a picture of whole databases, or of a description in TOML or JSON.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::Path;

use rrd_core::OutputFile;
use rrd_graph::automatic;
use rrd_graph::description::Description;
use rrd_graph::window::{self, WindowError};
use rrd_graph::{Bitmap, Chart, Clock, Pdf, Png, Render, Svg, Theme, UnknownWord};

use crate::cached_databases::{CachedDatabases, Unreachable};
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse, text};
use crate::leading_number::leading_decimal;
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::terminal::{Graphics, Page, Terminal, braille, kitty, sixels};

pub(crate) const COMMAND: Command = Command {
    name: "chart",
    about: "draw whole databases, with no further words",
    usage: &[
        "chart FILE... [OPTION]...",
        "chart --file|-f DESCRIPTION.toml|.json [FILE] [OPTION]..., which holds:",
        "title about file start end zone width height zoom unit vertical_label binary lower upper rigid",
        "logarithmic peak steps hatch_unknown before theme legend legend_position watermark hide",
        "[colors] back canvas font axis grid major_grid   [right_axis] scale shift label",
        "[[series]] file source function name formula factor shift label draw stack hide_zero color",
        "           fade width dashes envelope band = { lower upper label color }",
        "[[marks]] series height label color   [[rules]] value time label color dashes",
    ],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database],
    manual: include_str!("../../manual/chart.md"),
    related: &["graph"],
    run,
};

#[derive(Default)]
struct ChartOptions {
    start: Option<String>,
    end: Option<String>,
    output: Option<OsString>,
    width: Option<u32>,
    height: Option<u32>,
    zoom: Option<f64>,
    title: Option<OsString>,
    theme: Option<Theme>,
    terminal: Option<TerminalPicture>,
    description: Option<OsString>,
    daemon: Option<OsString>,
}

const OPTIONS: &[OptionSpec<ChartOptions>] = &[
    OptionSpec::value(
        Some('s'),
        "start",
        "TIME",
        "Start of the time range; at most a day before its end by default.",
        |chart, time| {
            chart.start = Some(text(time)?.to_owned());
            Ok(())
        },
    ),
    OptionSpec::end(|chart, time| {
        chart.end = Some(text(time)?.to_owned());
        Ok(())
    }),
    OptionSpec::value(
        Some('o'),
        "output",
        "PICTURE",
        "A file named .svg, .png or .pdf; without one a terminal is drawn in, else SVG is printed.",
        |chart, file| {
            chart.output = Some(file.to_owned());
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('w'),
        "width",
        "PIXELS",
        "The width of the picture, 800 by default.",
        |chart, width| {
            chart.width = Some(pixels(text(width)?, "width")?);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('h'),
        "height",
        "PIXELS",
        "The height of the picture, 300 by default.",
        |chart, height| {
            chart.height = Some(pixels(text(height)?, "height")?);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('m'),
        "zoom",
        "FACTOR",
        "Draw the picture larger by this factor.",
        |chart, factor| {
            let zoom = rrd_core::number::parse(text(factor)?).ok();
            let zoom = zoom.filter(|zoom| *zoom > 0.0 && zoom.is_finite());
            chart.zoom = Some(zoom.ok_or(ChartRefusal::Zoom)?);
            Ok(())
        },
    ),
    OptionSpec::value(Some('t'), "title", "TEXT", "The line above the chart.", |chart, title| {
        chart.title = Some(title.to_owned());
        Ok(())
    }),
    OptionSpec::value(
        None,
        "theme",
        "light|dark|auto",
        "The colours; with auto an SVG follows the viewer's setting.",
        |chart, name| {
            chart.theme = Some(text(name)?.parse().map_err(ChartRefusal::from)?);
            Ok(())
        },
    ),
    OptionSpec::attached(
        "term",
        "braille|sixel|kitty",
        "Draw in the terminal, in the best way that it supports.",
        |chart, kind| {
            chart.terminal = Some(terminal(text(kind)?)?);
            Ok(())
        },
    ),
    OptionSpec::value(
        Some('f'),
        "file",
        "DESCRIPTION",
        "Draw what this file in TOML or JSON describes.",
        |chart, file| {
            chart.description = Some(file.to_owned());
            Ok(())
        },
    ),
    OptionSpec::daemon(|chart, address| {
        chart.daemon = Some(address.to_owned());
        Ok(())
    }),
];

/// The default size of a picture in pixels.
const SIZE: (u32, u32) = (800, 300);
/// The default size of a text picture in characters, if the size of the screen is unknown.
const LETTERS: (u16, u16) = (80, 20);

#[derive(Debug, thiserror::Error)]
enum ChartRefusal {
    #[error("--{0} takes a number of pixels from 10 to 10000")]
    Size(&'static str),
    #[error("--zoom takes a number above 0")]
    Zoom,
    #[error(transparent)]
    Theme(#[from] UnknownWord),
    #[error("a description takes one database at most")]
    Databases,

    #[error("unknown terminal '{0}': it is braille, sixel or kitty")]
    Terminal(String),
    #[error("reading '{file}'")]
    Description { file: String, source: std::io::Error },
    #[error("'{0}' does not say what it is: name the picture .svg, .png or .pdf")]
    Extension(String),
    #[error("writing '{file}'")]
    Output { file: String, source: std::io::Error },
}

/// The output for a terminal.
#[derive(Clone, Copy)]
enum TerminalPicture {
    /// The best kind that the terminal supports.
    Asked,
    Of(Graphics),
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut options = ChartOptions::default();
    let files = options::parse(arguments, OPTIONS, &mut options)?;
    let chart = options.chart(&files, context)?;
    let fonts = &context.drawing.fonts;
    let scene = || chart.scene(&chart.layout(fonts), fonts);
    let terminal = context.environment.terminal();
    let graphics = match (options.terminal, &options.output) {
        (Some(TerminalPicture::Of(graphics)), _) => Some(graphics),
        (Some(TerminalPicture::Asked), Some(_)) => Some(Graphics::Letters),
        (Some(TerminalPicture::Asked), None) => Some(context.environment.graphics()),
        // Nobody reads SVG in a terminal.
        (None, None) => terminal.map(|_| context.environment.graphics()),
        (None, Some(_)) => None,
    };
    let bytes = match (graphics, &options.output) {
        (Some(Graphics::Letters), _) => {
            let known = terminal.filter(|_| options.output.is_none()).and_then(Terminal::letters);
            let (columns, rows) = known.map_or(LETTERS, fitting);
            let has_colors = context.environment.has_colors();
            braille(&chart, fonts, Page { columns, rows, has_colors })?.into_bytes()
        }
        (Some(Graphics::Sixel), _) => sixels(&Bitmap::draw(&scene(), fonts)?).into_bytes(),
        (Some(Graphics::Kitty), _) => kitty(&Png::default().render(&scene(), fonts)?).into_bytes(),
        (None, None) => Svg::default().document(&scene()).into_bytes(),
        (None, Some(file)) => match Path::new(file).extension().and_then(OsStr::to_str) {
            Some("svg") => Svg::default().document(&scene()).into_bytes(),
            Some("png") => Png::default().render(&scene(), fonts)?,
            Some("pdf") => match Pdf.render(&scene(), fonts) {
                Ok(bytes) => bytes,
                Err(never) => match never {},
            },
            _ => {
                let file = file.to_string_lossy().into_owned();
                return Err(ChartRefusal::Extension(file).into());
            }
        },
    };
    context.report_fonts();
    match &options.output {
        None => context.out.write_all(&bytes)?,
        Some(file) => {
            let written = OutputFile::begin(file).and_then(|mut out| {
                out.write_all(&bytes)?;
                out.finish()
            });
            written.map_err(|source| {
                let file = file.to_string_lossy().into_owned();
                ChartRefusal::Output { file, source }
            })?;
        }
    }
    Ok(())
}

impl ChartOptions {
    fn chart(&self, files: &[&OsStr], context: &Context<'_>) -> Result<Chart, Failure> {
        let databases = CachedDatabases::new(context, self.daemon.as_deref(), Unreachable::Refused);
        let (now, zone) = (context.environment.now(), context.environment.zone());
        let (codeset, locale) = (context.environment.codeset(), context.environment.time_locale());
        let title = self.title.as_deref().map(|title| codeset.decode(title).into_owned());
        let mut chart = if let Some(file) = &self.description {
            let mut described = description(file)?;
            match *files {
                [] => {}
                [file] => described.file = Some(file.into()),
                _ => return Err(ChartRefusal::Databases.into()),
            }
            if let Some(start) = &self.start {
                described.start = Some(start.parse().map_err(WindowError::Start)?);
            }
            if let Some(end) = &self.end {
                described.end = Some(end.parse().map_err(WindowError::End)?);
            }
            described.title = title.unwrap_or(described.title);
            described.width = self.width.or(described.width);
            described.height = self.height.or(described.height);
            let first_weekday = locale.first_weekday();
            described.chart(&databases, Clock { now, zone, first_weekday })?
        } else {
            if files.is_empty() {
                return Err(WrongUse("name the databases, or a description with --file").into());
            }
            let range = match (self.start.as_deref(), self.end.as_deref()) {
                (None, None) => automatic::recent(files, now, &databases)?,
                (start, end) => {
                    let start = window::parse_start(start.unwrap_or("end-1d"))?;
                    let end = window::parse_end(end.unwrap_or("now"))?;
                    window::resolve(&start, &end, now, zone)?
                }
            };
            let (width, height) = (self.width.unwrap_or(SIZE.0), self.height.unwrap_or(SIZE.1));
            let mut chart = automatic::chart(files, range, width, &databases)?;
            chart = chart.size(width, height).zone(zone.clone());
            if let Some(title) = &title {
                chart = chart.title(title);
            }
            chart
        };
        chart = chart.locale(locale).first_weekday(locale.first_weekday());
        if let Some(theme) = self.theme {
            chart = chart.theme(theme);
        }
        if let Some(zoom) = self.zoom {
            chart = chart.zoom(zoom);
        }
        Ok(chart)
    }
}

fn description(file: &OsStr) -> Result<Description, Failure> {
    let read = fs::read_to_string(file).map_err(|source| ChartRefusal::Description {
        file: file.to_string_lossy().into_owned(),
        source,
    })?;
    match Path::new(file).extension() {
        Some(extension) if extension == "json" => Ok(Description::from_json(&read)?),
        _ => Ok(Description::from_toml(&read)?),
    }
}

fn pixels(text: &str, option: &'static str) -> Result<u32, ChartRefusal> {
    let pixels = u32::try_from(leading_decimal(text)).ok();
    pixels.filter(|pixels| (10..=10_000).contains(pixels)).ok_or(ChartRefusal::Size(option))
}

/// The size of a text picture on a screen, with space for title, times, names and a prompt.
fn fitting((columns, rows): (u16, u16)) -> (u16, u16) {
    (columns.clamp(20, 200), rows.saturating_sub(6).clamp(4, 24))
}

fn terminal(name: &str) -> Result<TerminalPicture, ChartRefusal> {
    match name {
        "" => Ok(TerminalPicture::Asked),
        "braille" => Ok(TerminalPicture::Of(Graphics::Letters)),
        "sixel" => Ok(TerminalPicture::Of(Graphics::Sixel)),
        "kitty" => Ok(TerminalPicture::Of(Graphics::Kitty)),
        _ => Err(ChartRefusal::Terminal(name.to_owned())),
    }
}

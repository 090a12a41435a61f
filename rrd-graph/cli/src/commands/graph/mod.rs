//! `rrd graph` and `rrd graphv`: a picture or a table of series. Each aspect has its own file; this
//! one defines the order of work.

mod answer;
mod command_line;
mod elements;
mod grid;
mod image_format;
mod labels;
mod options;
mod picture;
mod style;
mod values;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use rrd_core::{OutputFile, Step, TimeRange, TimeZone, Timestamp};
use rrd_graph::Clock;
use rrd_graph::data::Window;
use rrd_graph::evaluate::{Evaluated, evaluate};
use rrd_graph::export::{
    Cells, ColumnsOf, Export, Json, RowTimes, Separated, Table, TableError, TimeFormat, Xml,
};
use rrd_graph::number_format::greenwich;
use rrd_graph::statement::{self, Statement, StatementContext};
use rrd_graph::texts::{TextSettings, Texts, texts};
use rrd_graph::window;
use rrd_graph::{Base, Pdf, Png, Render, Scene, Svg, TimeGrid, TimeLocale};

use self::options::OPTIONS;
use crate::cached_databases::{CachedDatabases, Unreachable};
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome};
use crate::options::{descriptions, places};
use crate::reference::Operand;
use answer::{DrawnFacts, PictureFacts, TableFacts};
pub use answer::{GraphAnswer, GraphFact};
use command_line::CommandLine;
use image_format::ImageFormat;

pub(crate) const GRAPH: Command = Command {
    name: "graph",
    about: "draw series as a picture",
    usage: &[
        "graph FILE [OPTION]... ELEMENT...",
        "The format is that of --imgformat, else that of the file's ending.",
        "[DEF:NAME=FILE:SOURCE:CF] [CDEF:NAME=RPN] [VDEF:NAME=SERIES,FUNCTION]",
        "[LINE2:NAME#COLOR:LEGEND] [AREA:NAME#COLOR:LEGEND:STACK] [GPRINT:NAME:FORMAT] [...]",
    ],
    options: || descriptions(OPTIONS),
    operands: &[Operand::File, Operand::Beginnings(ELEMENTS)],
    manual: include_str!("../../../manual/graph.md"),
    related: &["graphv", "chart", "xport"],
    run: graph,
};

pub(crate) const GRAPHV: Command = Command {
    name: "graphv",
    about: "draw series, and print where everything is in the picture",
    usage: &["graphv FILE [OPTION]... ELEMENT...", "with the options and elements of graph"],
    options: || descriptions(OPTIONS),
    operands: &[Operand::File, Operand::Beginnings(ELEMENTS)],
    manual: include_str!("../../../manual/graphv.md"),
    related: &["graph"],
    run: graphv,
};

/// How elements begin.
const ELEMENTS: &[&str] = &[
    "DEF:",
    "CDEF:",
    "VDEF:",
    "LINE1:",
    "LINE2:",
    "LINE3:",
    "AREA:",
    "TICK:",
    "HRULE:",
    "VRULE:",
    "SHIFT:",
    "GPRINT:",
    "PRINT:",
    "COMMENT:",
    "TEXTALIGN:",
];

/// Why a picture cannot be output.
#[derive(Debug, thiserror::Error)]
enum OutputError {
    #[error("Could not save {format} to '{file}'")]
    Save {
        format: &'static str,
        file: String,
        /// Why, if RRDtool does not have this reason.
        #[source]
        refusal: Option<io::Error>,
    },
    #[error("a picture on a page needs a file: standard output is the page")]
    NoFile,
    #[error("EPS is not supported: use PDF or SVG")]
    Eps,
}

fn graph(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let to_output = arguments.first().is_some_and(|first| first == "-");
    // The image info text replaces the size if its option is a separate argument.
    let sized = !arguments.iter().any(|word| word == "-f" || word == "--imginfo");
    let (answer, fault) = find(arguments, context)?;
    if let Some(image) = answer.image() {
        context.out.write_all(image)?;
    }
    if !to_output {
        answer.print_lines(sized, &mut context.out)?;
    }
    fault.map_or(Ok(()), Err)
}

fn graphv(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let (answer, fault) = find(arguments, context)?;
    answer.print_facts(&mut context.out)?;
    fault.map_or(Ok(()), Err)
}

/// Draws the picture of a command line. An error that leaves something to tell is returned with it.
pub(crate) fn find(
    arguments: &[OsString],
    context: &mut Context<'_>,
) -> Result<(GraphAnswer, Option<Failure>), Failure> {
    let line = CommandLine::read(arguments, context)?;
    answer_and_warn(&line, context.environment.time_locale(), context)
}

/// A picture on a web page.
pub(crate) struct OnPage {
    /// The text that shows it there.
    pub(crate) image: String,
    pub(crate) prints: Vec<String>,
}

/// Draws a picture for a web page into its file.
pub(crate) fn on_page(
    arguments: &[OsString],
    context: &mut Context<'_>,
) -> Result<OnPage, Failure> {
    let line = CommandLine::read(arguments, context)?;
    // As in RRDtool, pages are in English, whatever the locale.
    let (answer, fault) = answer_and_warn(&line, TimeLocale::default(), context)?;
    if let Some(fault) = fault {
        return Err(fault);
    }
    if answer.image.is_some() {
        return Err(OutputError::NoFile.into());
    }
    Ok(OnPage { image: answer.image_info.unwrap_or_default(), prints: answer.prints })
}

/// Which of these arguments would be read as options.
pub(crate) fn places_of_options(arguments: &[OsString]) -> Vec<usize> {
    places(arguments, OPTIONS)
}

/// The facts about a picture, and its bytes unless they are in a file.
type Picture = (PictureFacts, Option<Vec<u8>>);

/// A command line with its data.
struct Job<'a> {
    line: &'a CommandLine,
    range: TimeRange,
    now: Timestamp,
    /// The time zone of labels and printed times.
    zone: &'a TimeZone,
    /// The user's time zone.
    local: &'a TimeZone,
    locale: TimeLocale,
    statements: Vec<Statement>,
    evaluated: Evaluated,
    texts: Texts,
}

/// Does everything except printing the answer, with the fonts that the command line names.
fn answer_and_warn(
    line: &CommandLine,
    locale: TimeLocale,
    context: &mut Context<'_>,
) -> Result<(GraphAnswer, Option<Failure>), Failure> {
    context.drawing.fonts.substitutes(line.picture.fonts.substitutes());
    let answered = answer(line, locale, context);
    context.report_fonts();
    answered
}

/// Does everything except printing. An error that leaves something to print is returned with it.
fn answer(
    line: &CommandLine,
    locale: TimeLocale,
    context: &Context<'_>,
) -> Result<(GraphAnswer, Option<Failure>), Failure> {
    let picture = &line.picture;
    let (now, local) = (context.environment.now(), context.environment.zone());
    let range = window::resolve(&picture.start, &picture.end, now, local)?;
    let codeset = picture.codeset;
    let statements =
        statement::parse(&line.elements, StatementContext { range, now, zone: local, codeset })?;
    if line.format == ImageFormat::Eps {
        return Err(OutputError::Eps.into());
    }
    let address = picture.daemon.as_deref();
    let databases = CachedDatabases::new(context, address, Unreachable::ReadFile);
    let window = Window::new(range, picture.width, Step::from_seconds(picture.step));
    let clock = Clock { now, zone: local, first_weekday: locale.first_weekday() };
    let evaluated = evaluate(&statements, window, &databases, picture.missing, clock)?;
    let utc = greenwich();
    let zone = if picture.utc { &utc } else { local };
    let base = match picture.scale.base {
        Base::Decimal => 1000.0,
        Base::Binary => 1024.0,
    };
    let settings = TextSettings { base, zone, locale, now };
    let texts = texts(&statements, &evaluated, settings)?;
    let job = Job { line, range, now, zone, local, locale, statements, evaluated, texts };
    let (answer, fault) = job.answer(context)?;
    let unreached = databases.unreached().map(Failure::from);
    let labels = line.label_fault().map(Failure::from);
    Ok((answer, fault.or(unreached).or(labels)))
}

impl Job<'_> {
    fn answer(&self, context: &Context<'_>) -> Result<(GraphAnswer, Option<Failure>), Failure> {
        let mut answer = GraphAnswer {
            codeset: self.line.printed,
            prints: self.texts.prints.clone(),
            ..GraphAnswer::default()
        };
        let mut bytes = None;
        if let Some(format) = self.table_format() {
            let (facts, text) = self.table(&*format)?;
            answer.table = Some(facts);
            bytes = Some(text);
        } else if self.statements.iter().any(Statement::draws) {
            match self.picture(context)? {
                Some((facts, picture)) => {
                    answer.picture = Some(facts);
                    bytes = picture;
                }
                // An axis without limits has nothing to show.
                None => return Ok((GraphAnswer::default(), None)),
            }
        }
        answer.image_info = self.image_info(answer.picture.as_ref());
        let mut fault = None;
        if self.line.file == "-" {
            answer.image = bytes;
        } else if let Some(bytes) = bytes {
            fault = save(Path::new(&self.line.file), &bytes).err().map(|error| {
                let file = self.line.file.to_string_lossy().into_owned();
                let refusal = Some(error).filter(|error| error.get_ref().is_some());
                OutputError::Save { format: self.line.format.ending(), file, refusal }.into()
            });
        }
        if self.line.picture.add_json_time {
            answer.datapoints = Some(self.table(&Json { times: RowTimes::Included })?);
        }
        Ok((answer, fault))
    }

    /// The picture and its facts. The bytes are `None` if the file is recent enough; everything is
    /// `None` if a limit of the axis is NaN.
    fn picture(&self, context: &Context<'_>) -> Result<Option<Picture>, Failure> {
        let fonts = &context.drawing.fonts;
        let CommandLine { picture, left, right, .. } = self.line;
        let locale = self.locale;
        let chart = picture.chart(self.range, self.zone, locale, left.as_ref(), right.as_ref());
        let chart =
            elements::draw(chart, picture.markup, &self.statements, &self.evaluated, &self.texts)?;
        if picture.has_legend() {
            chart.check_legend()?;
        }
        let layout = chart.layout(fonts);
        let values = layout.value_range();
        if !(values.0.is_finite() && values.1.is_finite()) {
            return Ok(None);
        }
        let kept = picture.lazy && self.is_recent();
        let drawn = (!kept).then(|| {
            let legend =
                if picture.has_legend() { layout.legend(&chart, fonts) } else { Vec::new() };
            DrawnFacts { values, legend }
        });
        let facts =
            PictureFacts { canvas: layout.canvas(), size: layout.size(), range: self.range, drawn };
        let bytes =
            if kept { None } else { Some(self.draw(&chart.scene(&layout, fonts), context)?) };
        Ok(Some((facts, bytes)))
    }

    fn draw(&self, scene: &Scene, context: &Context<'_>) -> Result<Vec<u8>, Failure> {
        Ok(match self.line.format {
            ImageFormat::Svg => Svg::default().document(scene).into_bytes(),
            ImageFormat::Pdf => {
                let Ok(bytes) = Pdf.render(scene, &context.drawing.fonts);
                bytes
            }
            _ if self.line.picture.mono => {
                Png::default().smooth(false).render(scene, &context.drawing.fonts)?
            }
            _ => context.drawing.png.render(scene, &context.drawing.fonts)?,
        })
    }

    /// The writer of a text format; `None` for pictures.
    fn table_format(&self) -> Option<Box<dyn Export>> {
        let xml = Xml { times: RowTimes::Included, cells: Cells::Uniform };
        Some(match self.line.format {
            ImageFormat::Png | ImageFormat::Svg | ImageFormat::Pdf | ImageFormat::Eps => {
                return None;
            }
            ImageFormat::Xml => Box::new(xml),
            ImageFormat::XmlEnum => Box::new(Xml { cells: Cells::Numbered, ..xml }),
            ImageFormat::Json => Box::new(Json { times: RowTimes::Omitted }),
            ImageFormat::JsonTime => Box::new(Json { times: RowTimes::Included }),
            ImageFormat::Csv => Box::new(Separated::CSV),
            ImageFormat::Tsv => Box::new(Separated::TSV),
            ImageFormat::Ssv => Box::new(Separated::SSV),
        })
    }

    fn table(&self, format: &dyn Export) -> Result<(TableFacts, Vec<u8>), Failure> {
        let times = match &self.line.picture.time_grid {
            TimeGrid::Custom { format, .. } if !format.is_empty() => {
                let (format, zone) = (format.clone(), self.local.clone());
                Some(TimeFormat { format, zone, locale: self.locale })
            }
            _ => None,
        };
        let Self { statements, evaluated, texts, .. } = self;
        let table: Result<Table, TableError> =
            Table::new(statements, evaluated, texts, ColumnsOf::Curves, times);
        let table = table?;
        let mut bytes = Vec::new();
        format.export(&table, &mut bytes)?;
        let (start, end) = (table.range().start.seconds(), table.range().end.seconds());
        Ok((TableFacts { start, end, step: table.step().seconds() }, bytes))
    }

    fn image_info(&self, picture: Option<&PictureFacts>) -> Option<String> {
        let (width, height) = picture.map_or((0, 0), |picture| picture.size);
        let zoomed = |length: u32| {
            rrd_core::number::truncate_to_u64(f64::from(length) * self.line.picture.zoom)
        };
        let name = match self.line.file.as_os_str() {
            file if file == "-" => "memory".into(),
            file => Path::new(file).file_name().unwrap_or_default().to_string_lossy(),
        };
        self.line.picture.image_info.as_ref()?.write(&name, zoomed(width), zoomed(height))
    }

    /// Whether the file is newer than one column of the picture; a PNG must also look like one.
    fn is_recent(&self) -> bool {
        let file = Path::new(&self.line.file);
        let Ok(changed) = fs::metadata(file).and_then(|data| data.modified()) else { return false };
        let span = self
            .range
            .end
            .seconds()
            .saturating_sub(self.range.start.seconds())
            .max(0)
            .unsigned_abs();
        let column = Duration::from_secs(span / u64::from(self.line.picture.width));
        let now = Duration::from_secs(self.now.seconds().max(0).unsigned_abs());
        let old = changed.checked_add(column).is_none_or(|end: SystemTime| end < UNIX_EPOCH + now);
        !old && (self.line.format != ImageFormat::Png || is_png(file))
    }
}

/// Writes a picture to its file.
fn save(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut out = OutputFile::begin(file)?;
    out.write_all(bytes)?;
    out.finish()
}

fn is_png(file: &Path) -> bool {
    let mut signature = [0; 8];
    fs::File::open(file)
        .and_then(|mut file| io::Read::read_exact(&mut file, &mut signature))
        .is_ok_and(|()| signature == *b"\x89PNG\r\n\x1a\n")
}

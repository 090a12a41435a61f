//! The second line of an error: the nearest word to one that is misspelt, or the file and the
//! reason that RRDtool's words leave out.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use rrd_core::at_style::{MONTHS, TimeSpecError, WEEKDAYS};
use rrd_core::rpn::{Operator, ParseError};
use rrd_core::{
    ConsolidationFunction, CreateError, RrdReader, SchemaTextError, TemplateError, TuneError,
    TuneFileError,
};
use rrd_graph::data::DataError;
use rrd_graph::description::DescriptionError;
use rrd_graph::evaluate::EvaluateError;
use rrd_graph::export::TableError;
use rrd_graph::nearest;
use rrd_graph::statement::StatementError;

use crate::commands::{COMMANDS, UnknownFunction, find};
use crate::dispatch::UnknownCommand;
use crate::failure::Failure;
use crate::option_words::OptionError;
use crate::system;

const STATEMENTS: [&str; 17] = [
    "DEF",
    "CDEF",
    "VDEF",
    "PRINT",
    "GPRINT",
    "COMMENT",
    "VRULE",
    "HRULE",
    "LINE",
    "LINE1",
    "LINE2",
    "LINE3",
    "AREA",
    "TICK",
    "SHIFT",
    "TEXTALIGN",
    "XPORT",
];
const SOURCE_TYPES: [&str; 7] =
    ["GAUGE", "COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE", "COMPUTE"];
/// The words of times as `at` writes them, besides months and days of the week.
const TIMES: [&str; 17] = [
    "now",
    "start",
    "end",
    "epoch",
    "today",
    "yesterday",
    "tomorrow",
    "noon",
    "midnight",
    "teatime",
    "seconds",
    "minutes",
    "hours",
    "days",
    "weeks",
    "months",
    "years",
];

/// A word that is not one of those that there are.
struct Misspelt {
    word: String,
    known: Vec<String>,
}

/// What the user may have meant by a command line that was refused, as a question, or what
/// RRDtool's words leave out.
pub(crate) fn hint(failure: &Failure, arguments: &[OsString]) -> Option<String> {
    let mut cause = Some(failure.error());
    while let Some(error) = cause {
        if let Some(CreateError::Temporary { path, source }) = error.downcast_ref()
            && source.get_ref().is_none()
        {
            return Some(format!("creating '{}': {}", path.display(), system::reason(source)));
        }
        if let Some(Misspelt { word, known }) = misspelt(error, arguments) {
            let found = nearest(&word, known.iter().map(String::as_str))?;
            return (found != word).then(|| format!("Did you mean '{found}'?"));
        }
        cause = inner(error).or(error.source());
    }
    None
}

/// The error that another one shows as its own.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(EvaluateError::Data(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(TableError::Evaluate(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(TuneFileError::Tune(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(TuneError::Definition(error)) = error.downcast_ref() {
        return Some(error);
    }
    match error.downcast_ref() {
        Some(StatementError::Window(error)) => return Some(error),
        Some(StatementError::Formula(error)) => return Some(error),
        _ => {}
    }
    match error.downcast_ref() {
        Some(DescriptionError::Window(error)) => Some(error),
        Some(DescriptionError::Evaluate(error)) => Some(error),
        _ => None,
    }
}

fn misspelt(error: &(dyn Error + 'static), arguments: &[OsString]) -> Option<Misspelt> {
    let of = |word: &str, known: Vec<String>| Some(Misspelt { word: word.to_owned(), known });
    if let Some(UnknownCommand(word)) = error.downcast_ref() {
        return of(word, owned(COMMANDS.iter().map(|command| command.name)));
    }
    if let Some(OptionError::Unknown(word)) = error.downcast_ref() {
        let options = arguments.first().and_then(|name| find(name)).map(|found| (found.options)());
        return of(word, owned(options.unwrap_or_default().iter().map(|option| option.long)));
    }
    if let Some(UnknownFunction(word)) = error.downcast_ref() {
        return of(word, functions());
    }
    if let Some(TuneError::UnknownSource { name }) = error.downcast_ref() {
        return of(name, sources(arguments));
    }
    if let Some(TemplateError::UnknownName { name }) = error.downcast_ref() {
        return of(name, sources(arguments));
    }
    if let Some(DataError::NoSource { name, file }) = error.downcast_ref() {
        return of(name, sources_in(Path::new(file)));
    }
    if let Some(ParseError::UnknownVariable { name: rest } | ParseError::NotUnderstood { rest }) =
        error.downcast_ref()
    {
        let operators = Operator::all().map(|operator| operator.name().to_owned());
        let word = rest.split(',').next().unwrap_or_default();
        return of(word, operators.chain(names(arguments)).collect());
    }
    match error.downcast_ref() {
        Some(SchemaTextError::SourceType { name }) => return of(name, owned(SOURCE_TYPES)),
        Some(SchemaTextError::Function { name }) => return of(name, functions()),
        _ => {}
    }
    match error.downcast_ref() {
        Some(StatementError::UnknownCommand { word, .. }) => return of(word, owned(STATEMENTS)),
        Some(StatementError::BadFunction { name } | StatementError::BadReduceFunction { name }) => {
            return of(name, functions());
        }
        Some(StatementError::NeitherNameNorNumber { text }) => return of(text, names(arguments)),
        Some(StatementError::UndefinedName { name }) => return of(name, names(arguments)),
        _ => {}
    }
    match error.downcast_ref() {
        Some(TimeSpecError::Unparsable(text) | TimeSpecError::TrailingText(text)) => {
            let words = TIMES.into_iter().chain(MONTHS).chain(WEEKDAYS);
            of(&first_word(text), owned(words))
        }
        _ => None,
    }
}

fn owned<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

fn functions() -> Vec<String> {
    owned(ConsolidationFunction::ALL.map(ConsolidationFunction::name))
}

/// The letters that a text begins with.
fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|letter| letter.is_alphabetic()).collect()
}

/// The data sources of the first argument that is a database.
fn sources(arguments: &[OsString]) -> Vec<String> {
    let files = arguments.iter().skip(1).map(Path::new).filter(|file| file.is_file());
    files.map(sources_in).find(|names| !names.is_empty()).unwrap_or_default()
}

fn sources_in(file: &Path) -> Vec<String> {
    let opened = RrdReader::open(file).ok();
    opened.map_or_else(Vec::new, |reader| {
        reader.schema().sources().iter().map(|source| source.name.to_string()).collect()
    })
}

/// The names that the statements on the command line define.
fn names(arguments: &[OsString]) -> Vec<String> {
    let defined = |argument: &OsString| {
        let (statement, rest) = OsStr::to_str(argument)?.split_once(':')?;
        let name = rest.split_once('=')?.0;
        ["DEF", "CDEF", "VDEF"].contains(&statement).then(|| name.to_owned())
    };
    arguments.iter().filter_map(defined).collect()
}

/// Whether a command line was refused for an option that asks for help.
pub(crate) fn asks_for_help(failure: &Failure) -> bool {
    match failure.error().downcast_ref() {
        Some(OptionError::Unknown(option)) => matches!(&**option, "help" | "h" | "?"),
        _ => false,
    }
}

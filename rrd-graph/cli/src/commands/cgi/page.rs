//! Fills in a page: puts the value of each tag in its place, from the beginning to the end.
//!
//! A value is never read as tags or as several arguments again, so what a visitor sends stays text.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::mem;
use std::num::NonZeroI64;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rrd_core::{RrdReader, open_below};
use rrd_graph::TimeLocale;
use rrd_graph::number_format::strftime;
use rrd_graph::window;

use super::form::Form;
use super::parse::{Node, Piece, Tag, Word, nodes};
use super::tag::TagName;
use super::value::{Value, replace};
use crate::commands::graph;
use crate::context::Context;
use crate::environment::{Environment, Settings};
use crate::failure::{Failure, WrongUse};
use crate::leading_number::leading_decimal;
use crate::moment;
use crate::release;
use crate::system;

/// The longest page, file or argument, in bytes.
pub(super) const MAX_LENGTH: usize = 1 << 20;
/// The longest result, in bytes.
const MAX_RESULT: usize = 16 << 20;
/// The largest number of included files, and how deep they may include each other.
const MAX_INCLUDED: usize = 256;
const MAX_INCLUDE_DEPTH: usize = 16;

/// The image of a picture, if the page does not say it.
const IMAGE: &str = "<IMG SRC=\"./%s\" WIDTH=\"%lu\" HEIGHT=\"%lu\">";

/// RRDtool's text for a tag without an end.
const OPEN_TAG: &[u8] = b"[ERROR: Parsing Problem with the following text\n Check original file. This may have been altered by parsing.]\n\n";

/// Variables of a web server that hold what the visitor sent, beside those that begin with `HTTP_`.
const REQUEST: [&str; 10] = [
    "AUTH_TYPE",
    "CONTENT_TYPE",
    "PATH_INFO",
    "PATH_TRANSLATED",
    "QUERY_STRING",
    "REMOTE_HOST",
    "REMOTE_IDENT",
    "REMOTE_USER",
    "REQUEST_METHOD",
    "REQUEST_URI",
];

/// A page that is being filled in.
pub(super) struct Page<'p, 'c> {
    context: &'p mut Context<'c>,
    form: Form,
    /// Tags that read a request are left alone.
    filter: bool,
    /// The page's folder: other files are included only from there.
    folder: PathBuf,
    /// What the page has set, and the environment that follows from it.
    environment: BTreeMap<Vec<u8>, Value>,
    changed: Option<Environment>,
    variables: BTreeMap<Vec<u8>, Value>,
    /// The texts that the last picture printed.
    prints: Vec<Value>,
    included: usize,
    /// How many seconds the page is valid; negative if it is to be loaded again then.
    pub(super) good_for: Option<NonZeroI64>,
    pub(super) result: Vec<u8>,
}

/// The result became too long.
#[derive(Debug, thiserror::Error)]
#[error("the filled page is longer than {MAX_RESULT} bytes")]
pub(super) struct TooLong;

/// Why a file is not included.
#[derive(Debug, thiserror::Error)]
enum IncludeError {
    #[error("RRD::INCLUDE expected 1 argument, the name of a file")]
    Arguments,
    #[error("including '{}': {}", file.display(), system::reason(reason))]
    Read { file: PathBuf, reason: io::Error },
    #[error("including '{}': only files in the page's folder '{}' are included", file.display(), folder.display())]
    Outside { file: PathBuf, folder: PathBuf },
    #[error("including '{}': expected a file of at most {MAX_LENGTH} bytes", file.display())]
    Length { file: PathBuf },
    #[error("including '{}': more than {MAX_INCLUDED} files, or {MAX_INCLUDE_DEPTH} within each other", file.display())]
    Many { file: PathBuf },
}

impl<'p, 'c> Page<'p, 'c> {
    pub(super) fn new(
        context: &'p mut Context<'c>,
        form: Form,
        filter: bool,
        folder: PathBuf,
    ) -> Self {
        Self {
            context,
            form,
            filter,
            folder,
            environment: BTreeMap::new(),
            changed: None,
            variables: BTreeMap::new(),
            prints: Vec::new(),
            included: 0,
            good_for: None,
            result: Vec::new(),
        }
    }

    /// Fills in a page.
    pub(super) fn fill(&mut self, page: &[u8]) -> Result<(), TooLong> {
        self.fill_at(page, 0)
    }

    fn fill_at(&mut self, page: &[u8], depth: usize) -> Result<(), TooLong> {
        for node in nodes(page) {
            match node {
                Node::Text(text) => self.put(text)?,
                Node::Open(text) => {
                    self.put(OPEN_TAG)?;
                    self.put(&text[1..])?;
                }
                Node::Tag(tag) if self.filter && tag.name.reads_request() => {
                    self.put(tag.source)?;
                }
                Node::Tag(tag) if tag.name == TagName::Include => match self.include(&tag, depth) {
                    Ok(text) => self.fill_at(&text, depth + 1)?,
                    Err(error) => self.put(format!("[ERROR: {error}]").as_bytes())?,
                },
                Node::Tag(tag) => {
                    let value = self.value(&tag);
                    self.put(&value.text)?;
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, text: &[u8]) -> Result<(), TooLong> {
        if self.result.len() + text.len() > MAX_RESULT {
            return Err(TooLong);
        }
        self.result.extend_from_slice(text);
        Ok(())
    }

    /// The text of a file below the page's folder.
    fn include(&mut self, tag: &Tag<'_>, depth: usize) -> Result<Vec<u8>, IncludeError> {
        let [word] = &tag.words[..] else { return Err(IncludeError::Arguments) };
        let Some(name) = self.word(word) else { return Err(IncludeError::Arguments) };
        let file = PathBuf::from(OsString::from_vec(name.text));
        self.included += 1;
        if self.included > MAX_INCLUDED || depth >= MAX_INCLUDE_DEPTH {
            return Err(IncludeError::Many { file });
        }
        let read = |reason| IncludeError::Read { file: file.clone(), reason };
        let outside = || IncludeError::Outside { file: file.clone(), folder: self.folder.clone() };
        // Relative names start at the working directory, as everywhere in a page.
        let here = std::env::current_dir().map_err(read)?;
        let path = here.join(&file);
        let below = path.strip_prefix(&self.folder).map_err(|_| outside())?;
        let opened = open_below(&self.folder, below).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => outside(),
            _ => read(error),
        })?;
        if !opened.metadata().map_err(read)?.is_file() {
            return Err(read(io::Error::other("not a regular file")));
        }
        let text = read_limited(opened).map_err(read)?;
        text.ok_or(IncludeError::Length { file })
    }

    /// The value of a tag: the text that takes its place.
    fn value(&mut self, tag: &Tag<'_>) -> Value {
        let mut words = Vec::with_capacity(tag.words.len());
        for word in &tag.words {
            match self.word(word) {
                Some(word) => words.push(word),
                None => {
                    return Value::own(format!(
                        "[ERROR: an argument is longer than {MAX_LENGTH} bytes]"
                    ));
                }
            }
        }
        let from_visitor = words.iter().any(|word| word.from_visitor);
        let mut value = self.answer(tag.name, &words);
        value.from_visitor |= from_visitor;
        value
    }

    /// An argument; `None` if it is too long.
    fn word(&mut self, word: &Word<'_>) -> Option<Value> {
        let mut whole = Value::default();
        for piece in word {
            let mut value = match piece {
                Piece::Text(text) => Value::own(text.clone()),
                Piece::Tag(tag) => self.value(tag),
            };
            if value.from_visitor && whole.text.starts_with(b"DEF:") {
                // Part of the file's name, and never `daemon=` or another field.
                value.text = replace(&value.text, b":", b"\\:");
            }
            // The beginning decides whether the whole is an option.
            whole.from_visitor |= value.from_visitor;
            whole.begins_outside |= whole.text.is_empty() && value.from_visitor;
            whole.text.extend(value.text);
            if whole.text.len() > MAX_LENGTH {
                return None;
            }
        }
        Some(whole)
    }

    fn answer(&mut self, name: TagName, words: &[Value]) -> Value {
        match (name, words) {
            (TagName::Cv, [name, ..]) => self.of_form(name, <[u8]>::to_vec),
            (TagName::Cv, []) => Value::own("[ERROR: not enough arguments for RRD::CV]"),
            (TagName::CvQuote, [name, ..]) => self.of_form(name, |value| {
                [&b"\""[..], &replace(value, b"\"", b"\"'\"'\""), b"\""].concat()
            }),
            (TagName::CvQuote, []) => Value::own("[ERROR: not enough argument for RRD::CV::QUOTE]"),
            (TagName::CvPath, [name, ..]) => self.of_form(name, |value| {
                let mut path = replace(value, b"..", b"__");
                if let Some(first @ b'/') = path.first_mut() {
                    *first = b'_';
                }
                path
            }),
            (TagName::CvPath, []) => Value::own("[ERROR: not enough arguments for RRD::CV::PATH]"),
            (TagName::GetEnv, [name]) => self.variable(&name.text).unwrap_or_else(|| {
                Value::own(format!("[ERROR:_getenv_'{}'_failed", lossy(&name.text)))
            }),
            (TagName::GetEnv, _) => {
                Value::own("[ERROR: getenv failed because it did not get 1 argument only]")
            }
            (TagName::GetVar, [name]) => {
                self.variables.get(&name.text).cloned().unwrap_or_else(|| {
                    Value::own(format!("[ERROR:_getvar_'{}'_failed", lossy(&name.text)))
                })
            }
            (TagName::GetVar, _) => {
                Value::own("[ERROR: getvar failed because it did not get 1 argument only]")
            }
            (TagName::SetVar, [name, value, ..]) => {
                self.variables.insert(name.text.clone(), value.clone());
                Value::default()
            }
            (TagName::SetVar, _) => {
                Value::own("[ERROR: putvar failed because not enough arguments were defined]")
            }
            (TagName::SetEnv, [name, value, ..]) => self.set_environment(name, value),
            (TagName::SetEnv, _) => {
                Value::own("[ERROR: setenv failed because not enough arguments were defined]")
            }
            (TagName::GoodFor, [seconds]) => {
                self.good_for = NonZeroI64::new(leading_decimal(&lossy(&seconds.text)));
                match self.good_for {
                    Some(_) => Value::default(),
                    None => Value::own("[ERROR: goodfor value must not be 0]"),
                }
            }
            (TagName::GoodFor, _) => Value::own("[ERROR: goodfor expected 1 argument]"),
            (TagName::TimeLast, [file, format]) => match self.last(&file.text) {
                Ok(moment) => self.time(moment, format),
                Err(failure) => error(&failure),
            },
            (TagName::TimeLast, _) => {
                Value::own("[ERROR: expected RRD::TIME::LAST file.rrd strftime-format]")
            }
            (TagName::TimeNow, [format]) => {
                let now = self.context.environment.now();
                self.time(now.seconds(), format)
            }
            (TagName::TimeNow, _) => Value::own("[ERROR: not enough arguments for RRD::TIME::NOW]"),
            (TagName::TimeStrftime, words) => match self.named_time(words) {
                Ok((moment, format)) => self.time(moment, format),
                // RRDtool puts nothing in its place. The server's log says why.
                Err(failure) => {
                    let reason = failure.reason();
                    drop(writeln!(self.context.errors, "RRD::TIME::STRFTIME: {reason}"));
                    Value::default()
                }
            },
            (TagName::Graph, words) => self.graph(words),
            (TagName::Print, [number]) => {
                let number = str::from_utf8(&number.text).ok().and_then(|text| text.parse().ok());
                let print = number.and_then(|number: usize| self.prints.get(number));
                let none = || Value::own("[ERROR: RRD::PRINT argument error]");
                print.cloned().unwrap_or_else(none)
            }
            (TagName::Print, _) => Value::own("[ERROR: RRD::PRINT argument error]"),
            (TagName::Internal, [name]) => match name.text.to_ascii_uppercase().as_slice() {
                b"VERSION" => Value::own(release::COMPATIBLE_WITH),
                b"COMPILETIME" => Value::own(format!("rrd {}", release::VERSION)),
                _ => Value::own("[ERROR: internal unknown argument]"),
            },
            (TagName::Internal, _) => Value::own("[ERROR: internal expected 1 argument]"),
            // It only stands on the page itself.
            (TagName::Include, _) => Value::default(),
        }
    }

    fn of_form(&self, name: &Value, change: fn(&[u8]) -> Vec<u8>) -> Value {
        let text = self.form.value(&name.text).map(change).unwrap_or_default();
        Value { from_visitor: true, ..Value::own(text) }
    }

    /// A variable of the environment.
    fn variable(&self, name: &[u8]) -> Option<Value> {
        if let Some(set) = self.environment.get(name) {
            return Some(set.clone());
        }
        let mut text = self.context.environment.variable(OsStr::from_bytes(name))?.into_vec();
        let from_visitor =
            name.starts_with(b"HTTP_") || REQUEST.iter().any(|known| known.as_bytes() == name);
        if from_visitor {
            // As in the values of a form.
            text = replace(&replace(&text, b"<", b"_"), b">", b"_");
        }
        Some(Value { from_visitor, ..Value::own(text) })
    }

    fn set_environment(&mut self, name: &Value, value: &Value) -> Value {
        let refused = name.text == b"PATH" || name.text.starts_with(b"LD_");
        if refused || name.text.is_empty() || name.text.contains(&b'=') {
            return Value::own(format!(
                "[ERROR: RRD::SETENV sets no variable '{}': a page may set any but PATH and LD_*, for example TZ]",
                lossy(&name.text)
            ));
        }
        self.environment.insert(name.text.clone(), value.clone());
        let variable =
            |name: &str| self.variable(name.as_bytes()).map(|value| OsString::from_vec(value.text));
        let clock = self.context.environment.clock();
        self.changed = Some(Environment::new(clock, Settings::read(variable)));
        Value::default()
    }

    /// Runs a part of a command in the environment that the page has set.
    fn in_context<T>(&mut self, act: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let Some(environment) = &self.changed else { return act(self.context) };
        let Context { defaults, errors, drawing, .. } = &mut *self.context;
        let (mut input, mut unused) = (io::empty(), io::sink());
        let mut inner =
            Context::new(*defaults, environment, &mut input, &mut unused, &mut **errors);
        mem::swap(&mut inner.drawing, drawing);
        let result = act(&mut inner);
        mem::swap(&mut inner.drawing, drawing);
        result
    }

    /// The time of the last update of a database.
    fn last(&mut self, file: &[u8]) -> Result<i64, Failure> {
        let file = Path::new(OsStr::from_bytes(file));
        self.in_context(|context| {
            moment::ask(
                context,
                None,
                |daemon| daemon.last(file),
                || Ok(RrdReader::open(file)?.last_update().seconds()),
            )
            .map(|moment| moment.seconds)
        })
    }

    fn time(&mut self, moment: i64, format: &Value) -> Value {
        let format = lossy(&format.text);
        // As in RRDtool, times of a page are in English, whatever the locale.
        let english = TimeLocale::default();
        Value::own(
            self.in_context(|context| {
                strftime(&format, moment, context.environment.zone(), english)
            }),
        )
    }

    /// `START|END start end format`: one of the two times.
    fn named_time<'w>(&mut self, words: &'w [Value]) -> Result<(i64, &'w Value), Failure> {
        let [which, start, end, format] = words else {
            return Err(WrongUse("expected START|END start-spec end-spec strftime-format").into());
        };
        let start = window::parse_start(&lossy(&start.text))?;
        let end = window::parse_end(&lossy(&end.text))?;
        let range = self.in_context(|context| {
            window::resolve(&start, &end, context.environment.now(), context.environment.zone())
        })?;
        let moment = match which.text.to_ascii_uppercase().as_slice() {
            b"START" => range.start,
            b"END" => range.end,
            _ => return Err(WrongUse("expected START or END first").into()),
        };
        Ok((moment.seconds(), format))
    }

    /// Draws a picture and puts its image in place of the tag.
    fn graph(&mut self, words: &[Value]) -> Value {
        self.prints.clear();
        // The page's own text comes last and so counts.
        let mut arguments = vec![OsString::from("--imginfo"), OsString::from(IMAGE)];
        let own = arguments.len();
        arguments.extend(words.iter().map(|word| OsString::from_vec(word.text.clone())));
        let option = graph::places_of_options(&arguments)
            .into_iter()
            .filter_map(|place| words.get(place.checked_sub(own)?))
            .find(|word| word.begins_outside);
        if let Some(option) = option {
            return Value::own(format!(
                "[ERROR: the visitor's value '{}' would be an option of RRD::GRAPH]",
                lossy(&option.text)
            ));
        }
        let from_visitor = words.iter().any(|word| word.from_visitor);
        match self.in_context(|context| graph::on_page(&arguments, context)) {
            Ok(drawn) => {
                let print = |text| Value { from_visitor, ..Value::own(text) };
                self.prints = drawn.prints.into_iter().map(print).collect();
                Value::own(drawn.image)
            }
            Err(failure) => error(&failure),
        }
    }
}

fn error(failure: &Failure) -> Value {
    Value::own(format!("[ERROR {}]", failure.reason()))
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// All of a file; `None` if it is longer than a page may be.
pub(super) fn read_limited(file: impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    file.take(MAX_LENGTH as u64 + 1).read_to_end(&mut text)?;
    Ok((text.len() <= MAX_LENGTH).then_some(text))
}

//! `rrd cgi`, also called `rrdcgi`: answers a request for a web page with a template whose tags are
//! filled in.

mod answer;
mod form;
mod page;
mod parse;
mod tag;
mod value;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

#[doc(hidden)]
pub use self::parse::page_pieces;

use self::form::Form;
use self::page::{MAX_LENGTH, Page, read_limited};
use crate::context::{Command, Context};
use crate::failure::{Failure, Outcome, WrongUse};
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::system;

pub(crate) const COMMAND: Command = Command {
    name: "cgi",
    about: "fill in the <RRD::...> tags of a web page, as rrdcgi does",
    usage: &["cgi [OPTION]... PAGE"],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::File],
    manual: include_str!("../../../manual/cgi.md"),
    related: &["graph"],
    run,
};

/// Whether a page is filled in for a filter: no head of an answer, no values of a request.
const OPTIONS: &[OptionSpec<bool>] = &[OptionSpec::flag(
    Some('f'),
    "filter",
    "Print the page alone, and leave the tags CV, CV::* and GETENV as they are.",
    |filter, _| {
        *filter = true;
        Ok(())
    },
)];

#[derive(Debug, thiserror::Error)]
enum PageError {
    #[error("opening '{}': {}", file.display(), system::reason(reason))]
    Open { file: PathBuf, reason: io::Error },
    #[error("reading '{}': {}", file.display(), system::reason(reason))]
    Read { file: PathBuf, reason: io::Error },
    #[error("'{}' is too long: expected a page of at most {MAX_LENGTH} bytes", file.display())]
    Length { file: PathBuf },
    #[error("reading the values of the form")]
    Form(#[source] io::Error),
}

/// What the web server asks for.
enum Request {
    /// None: a person runs the program.
    Offline,
    /// The page with its head, or the head alone.
    Get { query: Vec<u8>, head_only: bool },
    /// The page, for a form of this length on standard input.
    Post { length: usize },
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let request = Request::of(context);
    let arguments = match request {
        Request::Offline => arguments,
        // A server appends the words of an address like `page.cgi?--filter`: they are the
        // visitor's.
        _ => up_to_page(arguments),
    };
    let mut filter = false;
    let names = options::parse(arguments, OPTIONS, &mut filter)?;
    let Some(file) = names.first().map(Path::new) else {
        return Err(WrongUse("expected a filename").into());
    };
    let template = read(file)?;
    let mut head_only = false;
    let form = match request {
        _ if filter => Form::default(),
        Request::Get { query, head_only: only } => {
            head_only = only;
            Form::parse(&query)
        }
        Request::Post { length } if length > MAX_LENGTH => {
            answer::too_long(MAX_LENGTH, &mut context.out)?;
            return Ok(());
        }
        Request::Post { length } => {
            let mut body = Vec::new();
            let mut input = (&mut context.input).take(length as u64);
            input.read_to_end(&mut body).map_err(PageError::Form)?;
            Form::parse(&body)
        }
        Request::Offline => {
            writeln!(context.out, "(offline mode: enter name=value pairs on standard input)")?;
            context.out.flush()?;
            let lines = read_limited(&mut context.input).map_err(PageError::Form)?;
            Form::parse_lines(&lines.unwrap_or_default())
        }
    };
    let folder =
        folder(file).map_err(|reason| PageError::Open { file: file.to_owned(), reason })?;
    let mut page = Page::new(context, form, filter, folder);
    page.fill(without_first_line(&template))?;
    let (result, good_for) = (page.result, page.good_for);
    if !filter {
        let now = context.environment.now();
        answer::head(result.len(), good_for, now, &mut context.out)?;
    }
    if !head_only {
        context.out.write_all(&result)?;
    }
    Ok(())
}

impl Request {
    fn of(context: &Context<'_>) -> Self {
        let variable = |name: &str| context.environment.variable(OsStr::new(name));
        let query = || variable("QUERY_STRING").unwrap_or_default().into_vec();
        match variable("REQUEST_METHOD") {
            None => Self::Offline,
            Some(method) if method == "POST" => {
                let length = variable("CONTENT_LENGTH").unwrap_or_default();
                let length = length.to_str().and_then(|length| length.parse().ok());
                Self::Post { length: length.unwrap_or(0) }
            }
            Some(method) => Self::Get { query: query(), head_only: method == "HEAD" },
        }
    }
}

/// The arguments up to the first that is no option.
fn up_to_page(arguments: &[OsString]) -> &[OsString] {
    let is_option = |argument: &&OsString| argument.as_bytes().starts_with(b"-");
    let options = arguments.iter().take_while(is_option).count();
    arguments.get(..=options).unwrap_or(arguments)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let name = || file.to_owned();
    let opened = File::open(file).map_err(|reason| PageError::Open { file: name(), reason })?;
    let text = read_limited(opened).map_err(|reason| PageError::Read { file: name(), reason })?;
    Ok(text.ok_or_else(|| PageError::Length { file: name() })?)
}

/// The folder of a page, without links.
fn folder(page: &Path) -> io::Result<PathBuf> {
    match page.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.canonicalize(),
        _ => Path::new(".").canonicalize(),
    }
}

/// A page without the line that names its program.
fn without_first_line(page: &[u8]) -> &[u8] {
    match page.iter().position(|byte| *byte == b'\n') {
        Some(end) => &page[end + 1..],
        None => b"",
    }
}

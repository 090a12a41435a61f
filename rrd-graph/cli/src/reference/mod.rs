//! Manual pages, completions and a Markdown reference of a program, from its tables of options.
//!
//! `PROGRAM --generate FORM` prints one of them, and `PROGRAM --generate FORM FOLDER` writes the
//! files that belong together under the names by which they are found: `rrd.1`, `rrd-graph.1`.
//! Packages call it when they are built.

mod bash;
mod fish;
mod manual;
mod markdown;
mod prose;
mod zsh;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::option_words::{Argument, OptionDescription};

/// A program as its manual describes it.
#[derive(Debug)]
pub struct Program {
    /// The name that the user types.
    pub name: &'static str,
    /// What it is, without a full stop.
    pub about: &'static str,
    /// Its version.
    pub version: &'static str,
    /// How it is called; lines.
    pub usage: &'static [&'static str],
    /// The options that belong to no single command.
    pub options: Vec<OptionDescription>,
    /// Its commands, if it has any.
    pub commands: Vec<CommandDescription>,
    /// Where commands are described.
    pub pages: Pages,
    /// Further sections of the manual: Markdown of paragraphs, lists, indented examples and
    /// headings of the second level.
    pub text: &'static str,
    /// Further pages, such as the format of a file.
    pub further: Vec<Page>,
}

/// A page of a manual besides those of programs and commands.
#[derive(Debug)]
pub struct Page {
    /// What it describes.
    pub name: &'static str,
    /// The section of the manual: 5 for formats of files, 7 for conventions.
    pub section: &'static str,
    /// What it is, without a full stop.
    pub about: &'static str,
    /// Its sections, as in [`Program::text`].
    pub text: String,
}

/// A command of a program.
#[derive(Debug)]
pub struct CommandDescription {
    /// The first words after the program's name.
    pub name: &'static str,
    /// What it does, without a full stop.
    pub about: &'static str,
    /// How it is called, without the program's name; lines.
    pub usage: &'static [&'static str],
    /// Its options.
    pub options: Vec<OptionDescription>,
    /// Further sections of its page, as in [`Program::text`].
    pub text: &'static str,
}

/// Where the commands of a program are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// On the page of the program: its commands share its options.
    One,
    /// Each on a page of its own.
    OneEach,
}

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The words after `--generate` are not a form and perhaps a folder.
    #[error("--generate needs man, bash, zsh, fish or markdown, and may name a folder after it")]
    Words,
    /// A file cannot be written.
    #[error("writing '{}'", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("writing standard output")]
    Output(#[from] io::Error),
}

/// Generates what the words after `--generate` ask for. `seconds` since 1970 is the date of manual
/// pages, unless `SOURCE_DATE_EPOCH` has another one.
pub fn generate(
    program: &Program,
    words: &[OsString],
    seconds: i64,
    source_date_epoch: Option<&OsStr>,
    out: &mut dyn Write,
) -> Result<(), GenerateError> {
    let (form, folder) = match words {
        [form] => (form, None),
        [form, folder] => (form, Some(Path::new(folder))),
        _ => return Err(GenerateError::Words),
    };
    let epoch = source_date_epoch.and_then(|text| text.to_str()?.parse().ok());
    let date = date(epoch.unwrap_or(seconds));
    let name = program.name;
    let files = match form.to_str() {
        Some("man") => manual::pages(program, &date),
        Some("bash") => vec![(name.to_owned(), bash::script(program))],
        Some("zsh") => vec![(format!("_{name}"), zsh::script(program))],
        Some("fish") => vec![(format!("{name}.fish"), fish::script(program))],
        Some("markdown") => markdown::documents(program),
        _ => return Err(GenerateError::Words),
    };
    let Some(folder) = folder else {
        // The page of the program itself is the first one.
        let first = files.first().map_or("", |(_, text)| text);
        return Ok(out.write_all(first.as_bytes())?);
    };
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|source| GenerateError::File { path, source })?;
    }
    Ok(())
}

fn date(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    moment.strftime("%Y-%m-%d").to_string()
}

/// How an option is typed, without its value: `-s`, `--start`, or both.
fn names(option: &OptionDescription) -> Vec<String> {
    let short = option.short.map(|letter| format!("-{letter}"));
    let long = (!option.long.is_empty()).then(|| format!("--{}", option.long));
    short.into_iter().chain(long).collect()
}

/// What can be offered for the value of an option.
enum Value {
    /// There is none, or it is joined to the option's name.
    None,
    /// One of these words.
    Words(Vec<&'static str>),
    /// A file or folder.
    File,
    /// Something that only the user knows.
    Other,
}

impl Value {
    fn of(option: &OptionDescription) -> Self {
        let Argument::Required(name) = option.argument else { return Self::None };
        let words: Vec<_> = name.split('|').collect();
        let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        if words.len() > 1 && words.iter().all(is_word) {
            Self::Words(words)
        } else if ["FILE", "FOLDER", "DIR", "PATH"].iter().any(|end| name.ends_with(end)) {
            Self::File
        } else {
            Self::Other
        }
    }
}

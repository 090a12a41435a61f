//! Manual pages, completions and a Markdown reference of a program, from its tables of options.
//!
//! `PROGRAM --generate FORM` prints one of them, and `PROGRAM --generate FORM FOLDER` writes the
//! files that belong together under the names by which they are found: `rrd.1`, `rrd-graph.1`.
//! Packages call it when they are built.

mod bash;
mod fish;
mod manual;
mod markdown;
mod operand;
mod option;
mod program;
mod prose;
mod zsh;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use self::operand::Operand;
pub use self::program::{CommandDescription, Page, Pages, Program};

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

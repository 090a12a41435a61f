//! `CREATE`.

use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rrd_core::{
    CreateOptions, Definition, DonorError, Overwrite, Prefill, RrdReader, SchemaText, Step,
    StoreError, Timestamp,
};

use super::failure::failure;
use super::file;
use crate::grammar::{Answer, Arguments, Digits, Verb, leading_integer};
use crate::names;
use crate::server::Server;

/// Ten years after 1970: a smaller number is a mistake.
const EARLIEST: i64 = 3600 * 24 * 365 * 10;

/// The step unless another is given.
const USUAL_STEP: Step = Step::from_seconds(300).unwrap();

/// Words after the name.
struct Words<'a> {
    start: Option<Timestamp>,
    step: Option<Step>,
    overwrite: Overwrite,
    template: Option<&'a [u8]>,
    sources: Vec<&'a [u8]>,
    definitions: Vec<&'a [u8]>,
}

/// Makes a database. Template and sources are names like that of the new file: those in them that
/// are not absolute begin at the base, which is rrdcached's working directory.
pub(crate) fn create(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let created = make(server, arguments);
    created.map_or_else(|answer| answer, |()| Answer::done("RRD created OK"))
}

fn make(server: &Server, arguments: &Arguments<'_>) -> Result<(), Answer> {
    let [name, words @ ..] = arguments else { return Err(Answer::usage(Verb::Create)) };
    let path = server.checked(name)?;
    if name.ends_with(b"/") {
        return Err(Answer::failure("RRD Error: Cannot create temporary file"));
    }
    let words = Words::parse(words, server.options.overwrites)?;
    may_be_made(server, &path, words.overwrite)?;
    let template = words.template.map(|template| open(server, template, "template")).transpose()?;
    let prefill = donors(server, &words.sources)?;
    let definition = definition(&words, template.as_ref(), &path)?;
    let options = CreateOptions::new().overwrite(words.overwrite).version(definition.version);
    let file = names::path(name);
    let created = if let Some(prefill) = prefill {
        server.store.create_filled(file, &prefill, &definition, words.start, options)
    } else {
        let start = words.start.or(template.map(|template| template.last_update()));
        let start = start.unwrap_or_else(shortly_before_now);
        server.store.create(file, &definition.schema, start, options)
    };
    created.map_err(|error| match error {
        // A file has the place of a folder.
        StoreError::Folder { source, .. } if source.kind() == ErrorKind::NotADirectory => {
            Answer::failure("RRD Error: Cannot create temporary file")
        }
        StoreError::Folder { source, .. } => {
            let reason = rrd_cli::rrdtool_words(&source);
            Answer::failure(format!("RRD Error: creating '{}': {reason}", path.display()))
        }
        error => failure(server, &path, error),
    })
}

impl<'a> Words<'a> {
    fn parse<T: AsRef<[u8]>>(words: &'a [T], overwrites: bool) -> Result<Self, Answer> {
        let usage = || Answer::usage(Verb::Create);
        let mut parsed = Self {
            start: None,
            step: None,
            overwrite: if overwrites { Overwrite::Yes } else { Overwrite::No },
            template: None,
            sources: Vec::new(),
            definitions: Vec::new(),
        };
        let mut words = words.iter().map(AsRef::as_ref);
        while let Some(word) = words.next() {
            match word {
                b"-b" => {
                    let word = words.next().ok_or_else(usage)?;
                    let seconds = leading_integer(word, Digits::Decimal).unwrap_or(0);
                    if seconds < EARLIEST {
                        return Err(Answer::failure("The first entry must be after 1980."));
                    }
                    parsed.start = Some(Timestamp::from_seconds(seconds));
                }
                // Clients send 0 if no step was given.
                b"-s" => {
                    let word = words.next().ok_or_else(usage)?;
                    let seconds = leading_integer(word, Digits::Decimal).unwrap_or(0);
                    parsed.step = u64::try_from(seconds).ok().and_then(Step::from_seconds);
                }
                b"-O" => parsed.overwrite = Overwrite::No,
                b"-t" => parsed.template = Some(words.next().ok_or_else(usage)?),
                b"-r" => parsed.sources.push(words.next().ok_or_else(usage)?),
                _ if word.starts_with(b"DS:") || word.starts_with(b"RRA:") => {
                    parsed.definitions.push(word);
                }
                _ => return Err(usage()),
            }
        }
        Ok(parsed)
    }
}

/// Whether a file may be made there.
fn may_be_made(server: &Server, path: &Path, overwrite: Overwrite) -> Result<(), Answer> {
    if overwrite == Overwrite::No && path.symlink_metadata().is_ok() {
        let shown = path.display();
        return Err(Answer::failure(format!("RRD Error: creating '{shown}': File exists")));
    }
    match path.parent() {
        Some(folder) if !server.options.makes_folders && !folder.exists() => {
            // rrdcached answers with two lines, although it announces none.
            let shown = folder.display();
            Err(Answer::failure(format!(
                "No permission to recursively create: {shown} Did you pass -R to the daemon?"
            )))
        }
        _ => Ok(()),
    }
}

/// A file that the new one follows, with its values.
fn open(server: &Server, name: &[u8], role: &str) -> Result<RrdReader, Answer> {
    let path = server.checked(name)?;
    let text = format!("RRD Error: Cannot open {role} RRD ");
    let refused = || Answer::failure([text.as_bytes(), name].concat());
    file::bring_up_to_date(server, name, &path)?;
    server.store.reader(names::path(name)).map_err(|error| match error {
        error @ StoreError::Outside { .. } => failure(server, &path, error),
        _ => refused(),
    })
}

/// The databases that the new one is filled from, if any.
fn donors(server: &Server, sources: &[&[u8]]) -> Result<Option<Prefill>, Answer> {
    let mut prefill = Prefill::new();
    for name in sources {
        let reader = open(server, name, "source")?;
        prefill.add_reader(&reader).map_err(|error: DonorError| words(&error))?;
    }
    Ok((!sources.is_empty()).then_some(prefill))
}

fn definition(
    words: &Words<'_>,
    template: Option<&RrdReader>,
    path: &Path,
) -> Result<Definition, Answer> {
    let name = path.as_os_str().as_bytes();
    let mut text = match template {
        Some(template) => SchemaText::following(template.schema(), words.step, name),
        None => SchemaText::new(words.step.unwrap_or(USUAL_STEP), name),
    };
    for definition in &words.definitions {
        text.argument(&String::from_utf8_lossy(definition)).map_err(|error| self::words(&error))?;
    }
    text.finish().map_err(|error| self::words(&error))
}

/// The answer to an error.
fn words(error: &(dyn std::error::Error + 'static)) -> Answer {
    Answer::failure(format!("RRD Error: {}", rrd_cli::rrdtool_words(error)))
}

/// The start of a file that accepts a value of now.
fn shortly_before_now() -> Timestamp {
    Timestamp::from_seconds(Timestamp::now().seconds().saturating_sub(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<(Option<i64>, Option<u64>, usize), String> {
        let words: Vec<_> = line.split(' ').map(str::as_bytes).collect();
        match Words::parse(&words, true) {
            Ok(words) => Ok((
                words.start.map(Timestamp::seconds),
                words.step.map(Step::seconds),
                words.definitions.len(),
            )),
            Err(answer) => {
                let mut text = Vec::new();
                answer.write_to(&mut text);
                Err(String::from_utf8(text).expect("a line"))
            }
        }
    }

    #[test]
    fn numbers_are_plain_and_a_step_that_is_none_is_the_usual_one() {
        assert_eq!(parse("-b 1000000000 -s 010 DS:x"), Ok((Some(1_000_000_000), Some(10), 1)));
        for step in ["0", "x", "-5"] {
            assert_eq!(parse(&format!("-s {step} RRA:x DS:y")), Ok((None, None, 2)), "{step}");
        }
        let early = "-1 The first entry must be after 1980.\n";
        for start in ["315359999", "0x3b9aca00", "1e9", "-5", "x"] {
            assert_eq!(parse(&format!("-b {start} DS:x")), Err(early.to_owned()), "{start}");
        }
    }

    #[test]
    fn other_words_and_missing_ones_are_refused() {
        let mut usage = Vec::new();
        Answer::usage(Verb::Create).write_to(&mut usage);
        let usage = String::from_utf8(usage).expect("a line");
        for line in ["-b", "-s", "-t", "-r", "-x", "--step 5", "DS:x junk", " DS:x"] {
            assert_eq!(parse(line), Err(usage.clone()), "{line}");
        }
    }
}

//! New files: their definitions, and what they are filled from.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rrd_core::{
    CreateError, CreateOptions, OutputFile, Overwrite, Prefill, Rrd, RrdReader, SchemaText, Step,
    Timestamp,
};

use crate::answered::CallError;
use crate::failure::{Outcome, text};
use crate::scratch::Scratch;

/// The default length of a primary data point.
const USUAL_STEP: Step = Step::from_seconds(300).unwrap();

/// What a new file is, besides its definitions.
#[derive(Clone, Debug, Default)]
pub struct NewFile {
    /// The time before the first update; `None` for that of the newest source or of the template,
    /// else for ten seconds ago.
    pub start: Option<Timestamp>,
    /// The length of a primary data point; `None` for that of the template, else for 300 seconds.
    pub step: Option<Step>,
    /// The files whose rows it gets.
    pub sources: Vec<PathBuf>,
    /// The file whose definitions it has before its own.
    pub template: Option<PathBuf>,
    /// Whether it may replace another file.
    pub overwrite: Overwrite,
    /// Whether it replaces another file without waiting for the disk, as RRDtool does, unless it
    /// has rows of sources, which a power loss must not take.
    pub replaces_at_once: bool,
}

#[derive(Debug, thiserror::Error)]
enum NewFileError {
    #[error("Cannot open template RRD {}", path.display())]
    Template { path: PathBuf },
    #[error("making a temporary file")]
    Scratch(#[source] io::Error),
}

impl NewFile {
    /// Makes the file of these definitions, `DS:...` and `RRA:...`. One of the name `-` goes to
    /// `output`.
    ///
    /// # Errors
    ///
    /// A definition is not valid, a source or the template cannot be read, or the file cannot be
    /// written; in RRDtool's words. There is no new file then.
    pub fn create(
        &self,
        file: &Path,
        definitions: &[&OsStr],
        now: Timestamp,
        output: &mut dyn Write,
    ) -> Result<(), CallError> {
        Ok(self.make(file, definitions, now, output)?)
    }

    /// The same with the error as it is.
    pub(crate) fn make(
        &self,
        file: &Path,
        definitions: &[&OsStr],
        now: Timestamp,
        output: &mut dyn Write,
    ) -> Outcome {
        let name = file.as_os_str().as_bytes();
        if !self.is_stream(file) {
            return self.write(file, name, definitions, now);
        }
        let scratch = Scratch::new().map_err(NewFileError::Scratch)?;
        let made = scratch.file(Path::new("new.rrd"));
        self.write(&made, name, definitions, now)?;
        let mut bytes = File::open(&made).map_err(NewFileError::Scratch)?;
        if file == Path::new("-") {
            io::copy(&mut bytes, output)?;
            return Ok(());
        }
        let written = OutputFile::begin(file).and_then(|mut out| {
            io::copy(&mut bytes, &mut out)?;
            out.finish()
        });
        Ok(written.map_err(|source| CreateError::Write { path: file.to_owned(), source })?)
    }

    /// Whether the bytes of the new file go to standard output, or to a device or pipe that exists.
    fn is_stream(&self, file: &Path) -> bool {
        file == Path::new("-") || self.overwrite == Overwrite::Yes && OutputFile::is_stream(file)
    }

    /// Makes a file; `name` chooses the row that it begins with.
    fn write(&self, file: &Path, name: &[u8], definitions: &[&OsStr], now: Timestamp) -> Outcome {
        if self.overwrite == Overwrite::No && file.symlink_metadata().is_ok() {
            return Err(CreateError::Exists { path: file.to_owned() }.into());
        }
        let mut prefill = Prefill::new();
        for source in &self.sources {
            prefill.add(source)?;
        }
        let template = self.template.as_deref().map(open_template).transpose()?;
        let mut definition = match &template {
            Some(template) => SchemaText::following(template.schema(), self.step, name),
            None => SchemaText::new(self.step.unwrap_or(USUAL_STEP), name),
        };
        for argument in definitions {
            definition.argument(text(argument)?)?;
        }
        let definition = definition.finish()?;
        let create = CreateOptions::new().overwrite(self.overwrite).version(definition.version);
        if self.sources.is_empty() {
            let create = if self.replaces_at_once { create.replacing_at_once() } else { create };
            let start = self.start.or(template.map(|template| template.last_update()));
            let start = start.unwrap_or_else(|| shortly_before(now));
            Rrd::create_with(file, &definition.schema, start, create)?;
        } else {
            prefill.create(file, &definition, self.start, create)?;
        }
        Ok(())
    }
}

fn open_template(path: &Path) -> Result<RrdReader, NewFileError> {
    RrdReader::open(path).map_err(|_| NewFileError::Template { path: path.to_owned() })
}

/// The start of a file that can accept a reading now.
fn shortly_before(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(now.seconds().saturating_sub(10))
}

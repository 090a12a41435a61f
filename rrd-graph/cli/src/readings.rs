//! Readings as users type them, and the samples that they mean for a file.

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rrd_core::{Sample, Schema, Template, TemplateError, TimeZone, Timestamp};

use crate::environment::Environment;
use crate::failure::text;

/// Readings for a file: a time and values each, such as `N:1:U` or `noon@2.5`.
#[derive(Clone, Copy, Debug)]
pub struct Readings<'a> {
    /// The file, which errors name.
    pub file: &'a Path,
    /// The names of the data sources of the values; `None` for all that take values, in the order
    /// of the file.
    pub template: Option<&'a str>,
    /// The readings.
    pub texts: &'a [&'a OsStr],
}

/// A reading that means no sample.
#[derive(Debug, thiserror::Error)]
#[error("{}", path.display())]
pub struct ReadingError {
    path: PathBuf,
    source: Box<dyn Error>,
}

impl Readings<'_> {
    /// Adds the samples that the readings mean for a file of this shape, up to the first that means
    /// none.
    ///
    /// # Errors
    ///
    /// The template does not suit the file, or a reading means no sample.
    pub fn samples<E: From<TemplateError> + From<ReadingError>>(
        &self,
        schema: &Schema,
        environment: &Environment,
        samples: &mut Vec<Sample>,
    ) -> Result<(), E> {
        let template = match self.template {
            Some(names) => Template::parse(names, schema)?,
            None => Template::in_file_order(schema),
        };
        samples.reserve(self.texts.len());
        for reading in self.texts {
            let sample = sample(reading, &template, environment)
                .map_err(|source| ReadingError { path: self.file.to_owned(), source })?;
            samples.push(sample);
        }
        Ok(())
    }
}

fn sample(
    reading: &OsStr,
    template: &Template,
    environment: &Environment,
) -> Result<Sample, Box<dyn Error>> {
    let reading = text(reading)?;
    // Only a time expression depends on the time zone; seconds since 1970 do not.
    let expression = reading.as_bytes().contains(&b'@');
    let zone = if expression { environment.zone() } else { &TimeZone::UTC };
    let seconds = !expression && reading.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let now = if seconds { Timestamp::default() } else { environment.now() };
    Ok(template.sample(reading, now, zone)?)
}

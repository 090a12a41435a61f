//! One section of a configuration file: its table, and its values with their references. `config`,
//! `alert` and every source define the sections that they read.

mod environment;
mod error;
mod machine_made;
mod page;
mod pattern;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use rrd_core::Step;
use serde::de::{DeserializeOwned, IntoDeserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::duration::{INTERVAL, SPAN};

pub use environment::Environment;
pub use error::{ConfigError, ValueError};
pub use machine_made::is_machine_made;
pub use page::PageOptions;
pub use pattern::{InstanceFilter, Pattern};

/// A table or a list of tables as written in a file, not interpreted yet.
pub type SectionValue<'a> = Spanned<DeValue<'a>>;

/// Reads the values of one section of a file. Every error contains the file and the key.
#[derive(Clone, Copy)]
pub struct SectionReader<'a> {
    path: &'a Path,
    text: &'a str,
    environment: &'a Environment<'a>,
    /// The prefix of the keys, such as `apache`; empty for keys outside all sections.
    section: &'a str,
}

impl<'a> SectionReader<'a> {
    /// The keys outside all sections of a file with this text.
    pub fn new(path: &'a Path, text: &'a str, environment: &'a Environment<'a>) -> Self {
        Self { path, text, environment, section: "" }
    }

    /// The same for a section with this name.
    #[must_use]
    pub fn section(self, section: &'a str) -> Self {
        Self { section, ..self }
    }

    /// The sections of the file by their names.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Toml`] for text that is not TOML.
    pub fn tables(&self) -> Result<DeTable<'a>, ConfigError> {
        let table = DeTable::parse(self.text).map_err(|error| self.toml(error))?;
        Ok(table.into_inner())
    }

    /// A section as the table that `T` describes.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Toml`] with line and column, for unknown keys and values of another type.
    pub fn parse<T: DeserializeOwned>(&self, value: SectionValue<'a>) -> Result<T, ConfigError> {
        T::deserialize(value.into_deserializer()).map_err(|error| self.toml(error))
    }

    fn toml(&self, mut error: toml::de::Error) -> ConfigError {
        error.set_input(Some(self.text));
        ConfigError::Toml { path: self.path.to_owned(), source: Box::new(error) }
    }

    /// The error for an unknown key at this byte of the file.
    pub fn unknown(&self, at: usize, name: &str, known: &[&str]) -> ConfigError {
        let (path, name) = (self.path.to_owned(), name.to_owned());
        ConfigError::Unknown { path, line: self.line(at), name, known: known.join(", ") }
    }

    /// The line number of a byte of the file, from 1.
    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }

    /// `text` with `${NAME}`, `${file:PATH}` and `${credential:NAME}` replaced.
    ///
    /// # Errors
    ///
    /// [`ValueError::Unset`]
    pub fn expand(&self, key: &str, text: &str) -> Result<String, ConfigError> {
        self.environment.expand(text).map_err(|error| self.error(key, error))
    }

    /// The password that a reference stands for; passwords are never written in the file itself.
    ///
    /// # Errors
    ///
    /// [`ValueError::PlainPassword`], [`ValueError::Unset`]
    pub fn secret(&self, key: &str, text: &str) -> Result<String, ConfigError> {
        let secret = self.expand(key, text)?;
        if secret == text { Err(self.error(key, ValueError::PlainPassword)) } else { Ok(secret) }
    }

    /// A duration from a second to an hour.
    ///
    /// # Errors
    ///
    /// [`InvalidDuration`](crate::duration::InvalidDuration)
    pub fn duration(&self, key: &str, text: &str) -> Result<Duration, ConfigError> {
        INTERVAL.parse(text).map_err(|error| self.error(key, error))
    }

    /// A duration of any length.
    ///
    /// # Errors
    ///
    /// [`InvalidDuration`](crate::duration::InvalidDuration)
    pub fn span(&self, key: &str, text: &str) -> Result<Duration, ConfigError> {
        SPAN.parse(text).map_err(|error| self.error(key, error))
    }

    /// A sampling interval, from a second to an hour.
    ///
    /// # Errors
    ///
    /// [`InvalidDuration`](crate::duration::InvalidDuration)
    #[expect(clippy::missing_panics_doc, reason = "an interval is never zero")]
    pub fn step(&self, key: &str, text: &str) -> Result<Step, ConfigError> {
        let duration = self.duration(key, text)?;
        Ok(Step::from_seconds(duration.as_secs()).expect("an interval has at least a second"))
    }

    /// An address and a port.
    ///
    /// # Errors
    ///
    /// [`ValueError::Socket`]
    pub fn socket(&self, key: &str, text: String) -> Result<SocketAddr, ConfigError> {
        text.parse().map_err(|_| self.error(key, ValueError::Socket { text }))
    }

    /// The error for a value at this byte of the file.
    pub fn error_at(
        &self,
        at: usize,
        key: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> ConfigError {
        let (path, line, key) = (self.path.to_owned(), self.line(at), key.to_owned());
        ConfigError::ValueAt { path, line, key, source: source.into() }
    }

    /// The error for a value of this section.
    pub fn error(
        &self,
        key: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> ConfigError {
        let dot = if self.section.is_empty() || key.is_empty() { "" } else { "." };
        let key = format!("{}{dot}{key}", self.section);
        ConfigError::Value { path: self.path.to_owned(), key, source: source.into() }
    }
}

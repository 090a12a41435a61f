//! One section of a configuration file: its table, and its values with their references. `config`,
//! `alert` and every source define the sections that they read.

mod environment;
mod error;
mod file;
mod machine_made;
mod page;
mod pattern;
mod recovery;

use std::net::SocketAddr;
use std::time::Duration;

use rrd_core::Step;
use serde::de::{DeserializeOwned, IntoDeserializer};
use toml::Spanned;
use toml::de::DeValue;

use crate::duration::{INTERVAL, SPAN};

pub use environment::Environment;
pub use error::{ConfigError, ParserMessage, Place, ValueError};
pub use file::SectionFile;
pub use machine_made::is_machine_made;
pub use page::PageOptions;
pub use pattern::{InstanceFilter, Pattern};

/// A table or a list of tables as written in a file, not interpreted yet.
pub type SectionValue<'a> = Spanned<DeValue<'a>>;

/// Reads the values of one section of a file. Every error contains the file, the line and the key.
#[derive(Clone, Copy)]
pub struct SectionReader<'a> {
    file: &'a SectionFile<'a>,
    /// The section as it is written, for the lines of its keys.
    written: &'a SectionValue<'a>,
    /// The prefix of the keys, such as `apache`; empty for keys outside all sections.
    section: &'a str,
}

impl<'a> SectionReader<'a> {
    /// The same for a part of the section, with this prefix.
    #[must_use]
    pub fn section(self, section: &'a str) -> Self {
        Self { section, ..self }
    }

    /// A section as the table that `T` describes.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Toml`] with its line, for unknown keys and values of another type.
    pub fn parse<T: DeserializeOwned>(&self, value: SectionValue<'a>) -> Result<T, ConfigError> {
        T::deserialize(value.into_deserializer()).map_err(|error| self.file.toml(&error))
    }

    /// The error for an unknown key at this byte of the file.
    pub fn unknown(&self, at: usize, name: &str, known: &[&str]) -> ConfigError {
        self.file.unknown(at, name, known)
    }

    /// `text` with `${NAME}`, `${file:PATH}` and `${credential:NAME}` replaced.
    ///
    /// # Errors
    ///
    /// [`ValueError::Unset`], [`ValueError::Unreadable`]
    pub fn expand(&self, key: &str, text: &str) -> Result<String, ConfigError> {
        self.file.environment.expand(text).map_err(|error| self.error(key, error))
    }

    /// The password that a reference stands for; passwords are never written in the file itself.
    ///
    /// # Errors
    ///
    /// [`ValueError::PlainPassword`], and as by [`expand`](Self::expand)
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
        self.file.error(self.file.place(at), key.to_owned(), source.into())
    }

    /// The error for a value of this section.
    pub fn error(
        &self,
        key: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> ConfigError {
        let dot = if self.section.is_empty() || key.is_empty() { "" } else { "." };
        let key = format!("{}{dot}{key}", self.section);
        let place = match byte_of(self.written, &key) {
            Some(byte) => self.file.place(byte),
            None => Place { is_key: false, ..self.file.place(self.written.span().start) },
        };
        self.file.error(place, key, source.into())
    }
}

/// Where a section has the key with this name. The name begins with that of the section, and the
/// section may have only its first parts.
fn byte_of(section: &SectionValue<'_>, name: &str) -> Option<usize> {
    let parts: Vec<&str> = name.split('.').collect();
    (0..parts.len()).find_map(|first| {
        let (mut byte, mut value) = (None, section.get_ref());
        for part in parts.get(first..)? {
            let DeValue::Table(table) = value else { break };
            let Some((key, inner)) = table.get_key_value(*part) else { break };
            (byte, value) = (Some(key.span().start), inner.get_ref());
        }
        byte
    })
}

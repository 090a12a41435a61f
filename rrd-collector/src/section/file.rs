//! One configuration file: its text, and the places and errors in it. `recovery` reads its
//! sections.

use std::cell::OnceCell;
use std::path::Path;

use toml::de::DeTable;

use super::environment::Environment;
use super::error::{ConfigError, ParserMessage, Place};
use crate::net::tls::Trust;

/// Limit on the errors of a file that are looked for.
pub(super) const MAX_ERRORS: usize = 100;

/// One file.
pub struct SectionFile<'a> {
    /// Its path.
    pub path: &'a Path,
    /// Its content.
    pub text: &'a str,
    /// What its values refer to.
    pub environment: &'a Environment<'a>,
    /// The certificates of the system, which all addresses of the file share.
    system: OnceCell<Trust>,
}

impl<'a> SectionFile<'a> {
    /// The file at this path, with this text.
    pub fn new(path: &'a Path, text: &'a str, environment: &'a Environment<'a>) -> Self {
        Self { path, text, environment, system: OnceCell::new() }
    }

    /// The certificates of the system.
    pub(super) fn system_trust(&self) -> Trust {
        self.system.get_or_init(Trust::system).clone()
    }

    /// The sections of the file by their names, and the keys outside all sections.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Toml`] for each place that is not TOML.
    pub fn tables(&self) -> Result<DeTable<'a>, Vec<ConfigError>> {
        let (table, wrong) = DeTable::parse_recoverable(self.text);
        if wrong.is_empty() {
            Ok(table.into_inner())
        } else {
            Err(wrong.into_iter().take(MAX_ERRORS).map(|error| self.toml(&error)).collect())
        }
    }

    pub(super) fn toml(&self, error: &toml::de::Error) -> ConfigError {
        let place = self.place(error.span().map_or(0, |span| span.start));
        let source = ParserMessage(error.message().to_owned());
        ConfigError::Toml { path: self.path.to_owned(), place, source }
    }

    /// The error for an unknown key at this byte.
    pub fn unknown(&self, at: usize, name: &str, known: &[&str]) -> ConfigError {
        let (path, name) = (self.path.to_owned(), name.to_owned());
        ConfigError::Unknown { path, place: self.place(at), name, known: known.join(", ") }
    }

    pub(super) fn error(
        &self,
        place: Place,
        key: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    ) -> ConfigError {
        ConfigError::Value { path: self.path.to_owned(), place, key, source }
    }

    /// The place of a byte.
    pub(super) fn place(&self, byte: usize) -> Place {
        let before = self.text.bytes().take(byte);
        let line = before.filter(|byte| *byte == b'\n').count() + 1;
        Place { line, byte, is_key: true }
    }
}

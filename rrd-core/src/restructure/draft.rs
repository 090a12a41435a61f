//! A head split into parts that can be changed, and assembled again.

use crate::archive::Archive;
use crate::data_source::{DataSource, SourceName};
use crate::file_version::FileVersion;
use crate::format::{Head, LiveHead};
use crate::schema::{Schema, SchemaError};
use crate::time::Step;

use super::error::TuneError;

/// A head whose parts can be changed one by one.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) version: FileVersion,
    pub(super) step: Step,
    pub(super) sources: Vec<DataSource>,
    pub(super) archives: Vec<Archive>,
    pub(super) live: LiveHead,
}

impl Draft {
    pub(super) fn of(head: &Head) -> Self {
        Self {
            version: head.version,
            step: head.schema.step(),
            sources: head.schema.sources().to_vec(),
            archives: head.schema.archives().to_vec(),
            live: head.live.clone(),
        }
    }

    /// Assembles the head, if it is valid.
    pub(super) fn finish(self) -> Result<Head, SchemaError> {
        let schema = Schema::from_parts(self.step, self.sources, self.archives)?;
        Ok(Head { version: self.version, schema, live: self.live })
    }

    /// The index of a data source.
    pub(super) fn source(&self, name: &SourceName) -> Result<usize, TuneError> {
        let place = self.sources.iter().position(|source| source.name == *name);
        place.ok_or_else(|| TuneError::UnknownSource { name: name.as_str().to_owned() })
    }
}

//! The section `[remote_read]`.

use serde::Deserialize;
use thiserror::Error;

use crate::section::{ConfigError, SectionReader, SectionValue};

/// The most samples that may be allowed. Prometheus itself takes no more for a query.
const MAX_SAMPLES: u64 = 50_000_000;

/// What remote read answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadSettings {
    /// Limit on the samples of an answer.
    pub max_samples: u64,
    /// Whether rows that are longer than four minutes are repeated within themselves where points
    /// in time are asked for.
    pub densify: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    max_samples: Option<u64>,
    densify: Option<bool>,
}

/// A limit that cannot be.
#[derive(Debug, Error)]
#[error("invalid number of samples {0}: expected 1 to {MAX_SAMPLES}, e.g. 2000000")]
struct InvalidLimit(u64);

impl Default for ReadSettings {
    fn default() -> Self {
        Self { max_samples: 2_000_000, densify: true }
    }
}

impl ReadSettings {
    /// Reads the section; missing keys keep their value.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the key that is wrong.
    pub fn read<'a>(
        &mut self,
        reader: SectionReader<'a>,
        value: SectionValue<'a>,
    ) -> Result<(), ConfigError> {
        let table: Table = reader.parse(value)?;
        if let Some(most) = table.max_samples {
            if !(1..=MAX_SAMPLES).contains(&most) {
                return Err(reader.error("max_samples", InvalidLimit(most)));
            }
            self.max_samples = most;
        }
        self.densify = table.densify.unwrap_or(self.densify);
        Ok(())
    }
}

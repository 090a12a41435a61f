//! Databases that are files.

use rrd_core::{FetchRequest, RrdReader, Series};

use super::databases::{DatabaseName, Databases};
use super::error::DataError;
use super::facts::Facts;

/// The files named by a chart, opened for each query.
///
/// ```
/// use rrd_graph::data::{DatabaseName, Databases, Files};
/// let error = Files.facts(DatabaseName::of_file("/nowhere.rrd")).unwrap_err();
/// assert!(error.to_string().contains("/nowhere.rrd"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Files;

impl Databases for Files {
    fn fetch(
        &self,
        database: DatabaseName<'_>,
        request: &FetchRequest,
    ) -> Result<Series, DataError> {
        Ok(RrdReader::open(database.file)?.fetch(request)?)
    }

    fn facts(&self, database: DatabaseName<'_>) -> Result<Facts, DataError> {
        let reader = RrdReader::open(database.file)?;
        Ok(Facts::new(reader.schema(), reader.last_update()))
    }
}

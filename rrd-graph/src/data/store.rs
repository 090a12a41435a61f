//! Databases in a store, including rows that are not in their files yet.

use rrd_core::{FetchRequest, Series, Store};

use super::databases::{DatabaseName, Databases};
use super::error::DataError;
use super::facts::Facts;

impl Databases for Store {
    fn fetch(
        &self,
        database: DatabaseName<'_>,
        request: &FetchRequest,
    ) -> Result<Series, DataError> {
        Ok(Self::fetch(self, database.file, request)?)
    }

    fn facts(&self, database: DatabaseName<'_>) -> Result<Facts, DataError> {
        let head = self.head(database.file)?;
        Ok(Facts::new(&head.schema, head.live.last_update))
    }
}

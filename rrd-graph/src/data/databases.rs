//! The trait of databases that charts are drawn from.

use std::path::Path;

use rrd_core::{FetchRequest, Series};

use super::error::DataError;
use super::facts::Facts;

/// Databases that charts are drawn from.
///
/// [`Files`](super::Files) opens the files that a chart names, a [`Store`](rrd_core::Store) answers
/// for the databases in its folder. A test double needs the two functions.
pub trait Databases {
    /// The rows of all data sources of a database.
    ///
    /// # Errors
    ///
    /// If there is no such database, or nothing in it answers the request.
    fn fetch(
        &self,
        database: DatabaseName<'_>,
        request: &FetchRequest,
    ) -> Result<Series, DataError>;

    /// What is known of a database before any of its rows is read.
    ///
    /// # Errors
    ///
    /// If there is no such database.
    fn facts(&self, database: DatabaseName<'_>) -> Result<Facts, DataError>;

    /// Whether the same request gives the same rows again while a chart is drawn, so that they are
    /// fetched once; if not, they are fetched for each definition.
    fn repeats(&self, _database: DatabaseName<'_>) -> bool {
        true
    }
}

/// What a chart calls a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseName<'a> {
    /// Its file.
    pub file: &'a Path,
    /// The address of the caching daemon that must be asked for it.
    pub daemon: Option<&'a str>,
}

impl<'a> DatabaseName<'a> {
    /// A database in this file.
    pub fn of_file(file: &'a (impl AsRef<Path> + ?Sized)) -> Self {
        Self { file: file.as_ref(), daemon: None }
    }
}

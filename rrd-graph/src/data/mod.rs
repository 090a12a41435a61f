//! Where the rows of a chart come from: the trait [`Databases`], and its forms for files and for a
//! [`Store`](rrd_core::Store).

mod facts;
mod files;
mod gather;
mod store;

use rrd_core::{FetchError, FetchRequest, OpenError, Series, StoreError, TimeRange};

pub use facts::{Facts, SourceFacts};
pub use files::Files;
pub(crate) use gather::Gathering;
pub use gather::Missing;

/// Databases that charts are drawn from.
///
/// [`Files`] opens the files that a chart names, a [`Store`](rrd_core::Store) answers for the
/// databases in its folder. A test double needs the two functions.
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
}

/// What a chart calls a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseName<'a> {
    /// Its file.
    pub file: &'a str,
    /// The address of the caching daemon that must be asked for it.
    pub daemon: Option<&'a str>,
}

impl<'a> DatabaseName<'a> {
    /// A database in this file.
    pub fn of_file(file: &'a str) -> Self {
        Self { file, daemon: None }
    }
}

/// The time range and resolution of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From when to when.
    pub range: TimeRange,
    /// Seconds in one column; rows that are closer are merged. 0 takes rows as they are.
    pub step: u64,
}

impl Window {
    /// A window of this many columns, or of longer ones if `step` says so.
    ///
    /// ```
    /// use rrd_core::TimeRange;
    /// use rrd_graph::data::Window;
    /// let day = TimeRange::from_seconds(1_600_000_000, 1_600_086_400);
    /// assert_eq!(Window::new(day, 400, 0).step, 216);
    /// assert_eq!(Window::new(day, 400, 300).step, 300);
    /// ```
    pub fn new(range: TimeRange, columns: u32, step: u64) -> Self {
        let span = range.end.seconds().saturating_sub(range.start.seconds()).max(0).unsigned_abs();
        Self { range, step: step.max(span / u64::from(columns.max(1))) }
    }
}

/// Why a database gives no rows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its rows cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The store does not give them.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file has no data source of that name.
    #[error("No DS called '{name}' in '{file}'")]
    NoSource {
        /// The data source.
        name: String,
        /// The path of the file.
        file: String,
    },
    /// Databases of another kind do not give them.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

//! Where series come from: the files of the collector, or of another program.

use rrd_graph::export::SeriesName;

use crate::store::archives::{ArchiveError, Archives};

/// A folder of files whose series can be asked for.
pub trait Collection: Send + Sync {
    /// What it is called in messages.
    fn name(&self) -> String;

    /// Where the files are read.
    fn archives(&self) -> &Archives;

    /// The files that there are at present. Those that no longer are or cannot be read may be among
    /// them: they are left out of answers.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] if they cannot be listed.
    fn files(&self) -> Result<Vec<ListedFile>, ArchiveError>;
}

/// A file of a collection.
pub struct ListedFile {
    /// Its place below the folder of the archives.
    pub path: String,
    /// What the names of all its series begin with, and labels that all of them have, so that not
    /// every file is opened.
    pub shared: SeriesName,
    /// What the series of a data source is called.
    pub name_of: Box<dyn Fn(&str) -> SeriesName>,
}

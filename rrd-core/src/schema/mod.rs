//! The shape of a database: step, data sources, archives. Text forms live in `text`, the builder in `builder`.

use crate::archive::Archive;
use crate::data_source::DataSource;
use crate::time::Step;

/// The shape of a database, checked: at least one data source and one archive, unique names, valid indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    step: Step,
    sources: Vec<DataSource>,
    archives: Vec<Archive>,
}

impl Schema {
    /// The length of a primary data point.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The data sources in file order.
    pub fn sources(&self) -> &[DataSource] {
        &self.sources
    }

    /// The archives in file order.
    pub fn archives(&self) -> &[Archive] {
        &self.archives
    }
}

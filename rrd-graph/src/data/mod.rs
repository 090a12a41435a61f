//! The sources of a chart's rows: the trait [`Databases`], and its implementations for files and
//! for a [`Store`](rrd_core::Store).

mod before;
mod databases;
mod error;
mod facts;
mod files;
mod gather;
mod store;

pub use databases::{DatabaseName, Databases};
pub use error::DataError;
pub use facts::{ArchiveFacts, Facts, SourceFacts};
pub use files::Files;
pub(crate) use gather::Gathering;
pub use gather::{Missing, Window};

//! Databases as text: `info`, and the XML of `dump` and `restore`.

mod clock;
mod dump;
mod info;
mod restore;

pub use dump::{Dump, DumpError, DumpHeader};
pub use info::{
    ArchiveInfo, ArchiveParameters, Info, InfoValue, OpenPoint, SourceDefinition, SourceInfo,
};
pub use restore::{RangeCheck, Restore, RestoreError, XmlFault};

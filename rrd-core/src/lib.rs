//! Fixed-size, self-consolidating metric archives in RRDtool's own file format.

mod archive;
mod cdp;
mod consolidation;
mod data_source;
mod format;
pub mod number;
mod pdp;
pub mod rpn;
mod sample;
mod schema;
mod time;
mod update;

pub use archive::{Archive, ArchiveKind, ClassicFunction, Season, Seasonal};
pub use consolidation::ConsolidationFunction;
pub use data_source::{
    DataSource, Heartbeat, LastReading, MeasuredSource, RateError, RateKind, SourceKind, SourceName,
};
pub use format::{FileVersion, HeadError, Layout};
pub use jiff::tz::TimeZone;
pub use sample::{Reading, Sample, SampleTextError, Template, TemplateError};
pub use schema::{Schema, SchemaBuilder, SchemaError};
pub use time::{LocalTime, Step, TimeRange, Timestamp, at_style, duration};
pub use update::SampleError;

//! Fixed-size, self-consolidating metric archives in RRDtool's own file format.

mod archive;
mod cdp;
mod check;
mod consolidation;
mod data_source;
mod database;
mod fetch;
mod format;
mod journal;
pub mod number;
mod pdp;
mod restructure;
pub mod rpn;
mod sample;
mod schema;
mod storage;
mod store;
mod text;
mod time;
mod update;

pub use archive::{Archive, ArchiveKind, ClassicFunction, Season, Seasonal};
pub use cdp::{CdpPrep, CdpState};
pub use check::{Finding, Salvage, SalvageError, check, salvage};
pub use consolidation::ConsolidationFunction;
pub use data_source::{
    DataSource, Heartbeat, LastReading, MeasuredSource, RateError, RateKind, SourceKind, SourceName,
};
pub use database::{
    BatchError, ConvertError, CreateError, CreateOptions, FetchError, OpenError, PastSamples, Rrd,
    RrdReader, UpdateError, WriteOptions, convert,
};
pub use fetch::{FetchRequest, Series, SeriesSpan};
pub use format::{FileVersion, Head, HeadError, Layout, LiveHead};
pub use jiff::tz::TimeZone;
pub use journal::Durability;
pub use pdp::PdpPrep;
pub use restructure::{
    Change, DonorError, Prefill, Reshape, Resize, ResizeError, RowChange, TuneArgumentError,
    TuneError, TuneFileError, TuneOption, Tuning,
};
pub use sample::{Reading, Sample, SampleTextError, Template, TemplateError};
pub use schema::{
    Definition, Origin, Schema, SchemaBuilder, SchemaError, SchemaText, SchemaTextError,
    SourceFault,
};
pub use storage::{Locking, Overwrite};
pub use store::{
    FlushReport, RecoveryReport, Store, StoreBatchError, StoreError, StoreOptions, StoreStatus,
};
pub use text::{
    ArchiveInfo, ArchiveParameters, Dump, DumpError, DumpHeader, Info, InfoValue, OpenPoint,
    RangeCheck, Restore, RestoreError, SourceDefinition, SourceInfo, XmlFault,
};
pub use time::{Clock, LocalTime, Step, TimeRange, Timestamp, at_style, duration};
pub use update::{SampleError, WrittenRow};

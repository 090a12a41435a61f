//! Fixed-size, self-consolidating metric archives in RRDtool's own file format.
//!
//! A database never grows. It keeps a metric in the detail that its age deserves: every ten seconds for an hour, every hour for a
//! year. Files are those of RRDtool, to the last bit: both programs may work on the same file.
//!
//! One pipeline, one word a stage:
//!
//! | stage | type | what happens |
//! |---|---|---|
//! | sample | [`Sample`] | a moment and a [`Reading`] for each data source |
//! | data source | [`DataSource`] | two readings and the time between them become a rate; what is silent for longer than its [`Heartbeat`] or outside of its limits is unknown |
//! | primary data point | [`PdpPrep`] | rates become one mean for each [`Step`] |
//! | consolidated data point | [`CdpPrep`] | points become a row by a [`ConsolidationFunction`]; too many unknown ones make it unknown |
//! | archive row | [`Archive`] | rows go round in a ring, the oldest makes room |
//! | fetch | [`FetchRequest`], [`Series`] | the archive that suits a span gives its rows |
//!
//! ```
//! use rrd_core::{ConsolidationFunction, FetchRequest, Heartbeat, Rrd, Sample, Schema, Step, TimeRange, Timestamp};
//!
//! let folder = tempfile::tempdir()?;
//! let schema = Schema::builder(Step::from_seconds(10).unwrap())
//!     .gauge("load", Heartbeat::from_seconds(30))
//!     .average(0.5, 1, 360)
//!     .max(0.5, 360, 24 * 365)
//!     .build()?;
//! let start = 1_700_000_000;
//! let path = folder.path().join("load.rrd");
//! let (mut rrd, _) = Rrd::open_or_create(path, &schema, Timestamp::from_seconds(start))?;
//! rrd.update(&Sample::new(Timestamp::from_seconds(start + 10), [0.25]))?;
//! rrd.update(&Sample::new(Timestamp::from_seconds(start + 20), [0.75]))?;
//!
//! let range = TimeRange::from_seconds(start, start + 19);
//! let request = FetchRequest::new(ConsolidationFunction::Average, range);
//! assert_eq!(rrd.fetch(&request)?.into_values(), [0.25, 0.75]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the command line says as text (`DS:...`, `RRA:...`, `N:1:U`) is read by [`SchemaText`] and [`Template`] into the same types.
//! [`RrdReader`] reads files of every machine, [`Store`] keeps a folder of them for daemons, [`Prefill`] and [`Reshape`] make
//! new ones from old ones, [`Dump`], [`Restore`] and [`Info`] turn them into text, and [`rpn`] is the language of computed data
//! sources and of charts.

mod archive;
mod cdp;
mod check;
mod consolidation;
mod data_source;
mod database;
mod fetch;
#[doc = include_str!("../FORMAT.md")]
pub mod file_format {}
mod commit;
mod disk;
mod file_version;
mod format;
/// Numbers as the other crates of this workspace print and cast them, for them alone: any of it may
/// change with any version.
#[doc(hidden)]
pub mod number;
mod pdp;
mod restructure;
pub mod rpn;
mod sample;
mod schema;
mod store;
mod template;
mod text;
mod time;
mod unknown_name;
mod update;

pub use archive::{Archive, ArchiveKind, ClassicFunction, Season, Seasonal};
pub use cdp::{CdpPrep, CdpState};
pub use check::{Finding, Salvage, SalvageError, check, salvage};
pub use commit::Durability;
pub use consolidation::ConsolidationFunction;
pub use data_source::{
    DataSource, Heartbeat, LastReading, MeasuredSource, RateError, RateKind, SourceKind,
    SourceName, SourceNameError,
};
pub use database::{
    BatchError, ConvertError, CreateError, CreateOptions, FetchError, OpenError, Opened,
    PastSamples, Rrd, RrdReader, UpdateError, WriteOptions, convert,
};
pub use disk::{Locking, Overwrite};
pub use fetch::{FetchRequest, Series};
pub use file_version::FileVersion;
pub use format::{Head, HeadError, Layout, LiveHead};
pub use jiff::SignedDuration;
pub use jiff::tz::TimeZone;
pub use number::UNKNOWN;
pub use pdp::PdpPrep;
pub use restructure::{
    Change, DonorError, Prefill, Reshape, Resize, ResizeError, RowChange, TuneArgumentError,
    TuneError, TuneFileError, TuneOption, Tuning,
};
pub use sample::{Reading, Sample};
pub use schema::{
    Definition, Difference, Origin, Schema, SchemaBuilder, SchemaError, SchemaText,
    SchemaTextError, SourceFault,
};
pub use store::{
    FlushReport, RecoveryReport, Store, StoreBatchError, StoreError, StoreOptions, StoreStatus,
};
pub use template::{SampleTextError, Template, TemplateError};
pub use text::{
    ArchiveInfo, ArchiveParameters, Dump, DumpError, DumpHeader, Info, InfoValue, OpenPoint,
    RangeCheck, Restore, RestoreError, SourceDefinition, SourceInfo, XmlFault,
};
pub use time::{
    Clock, FutureSample, LocalTime, MaxSkew, OutOfRange, Step, StepError, TimeRange, Timestamp,
    TimestampError, at_style, duration,
};
pub use unknown_name::UnknownName;
pub use update::{SampleError, WrittenRow};

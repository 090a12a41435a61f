//! Fixed-size, self-consolidating metric archives in RRDtool's own file format.
//!
//! A database never grows. It keeps a metric in the detail that its age deserves: every ten seconds
//! for an hour, every hour for a year. Files are those of RRDtool, to the last bit: both programs
//! may work on the same file.
//!
//! The pipeline, with one word for each stage:
//!
//! | stage | type | what happens |
//! |---|---|---|
//! | sample | [`Sample`] | a time and a [`Reading`] for each data source |
//! | data source | [`DataSource`] | two readings become a rate; unknown beyond its [`Heartbeat`] |
//! | primary data point | [`PdpPrep`] | rates become one mean for each [`Step`] |
//! | consolidated data point | [`CdpPrep`] | a [`ConsolidationFunction`] makes points a row |
//! | archive row | [`Archive`] | rows are in a ring, the newest replaces the oldest |
//! | fetch | [`FetchRequest`], [`Series`] | rows of the archive that fits the request |
//!
//! ```
//! use std::time::Duration;
//! use rrd_core::{ConsolidationFunction, FetchRequest, Rrd, Sample, Schema, TimeRange, Timestamp};
//!
//! let folder = tempfile::tempdir()?;
//! let (step, hour) = (Duration::from_secs(10), Duration::from_secs(3600));
//! let schema = Schema::builder(step)
//!     .gauge("load", 3 * step)
//!     .average_for(step, hour)
//!     .max_for(hour, 365 * 24 * hour)
//!     .build()?;
//! let start = Timestamp::from_seconds(1_700_000_000);
//! let (mut rrd, _) = Rrd::open_or_create(folder.path().join("load.rrd"), &schema, start)?;
//! rrd.update(&Sample::new(start + step, [0.25]))?;
//! rrd.update(&Sample::new(start + 2 * step, [0.75]))?;
//!
//! let range = TimeRange::new(start, start + step);
//! let series = rrd.fetch(&FetchRequest::new(ConsolidationFunction::Average, range))?;
//! let load: Vec<_> = series.column("load").expect("a data source").collect();
//! assert_eq!(load, [(start + step, 0.25), (start + 2 * step, 0.75)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to look
//!
//! | to | see |
//! |---|---|
//! | open a database or create it, update it, fetch rows | [`Rrd`] |
//! | read files of every machine and version without a lock | [`RrdReader`] |
//! | feed many files from a daemon | [`Store`] |
//! | describe a database, in code or as `DS:...`, `RRA:...` | [`SchemaBuilder`], [`SchemaText`] |
//! | read samples such as `N:1:U` and times such as `noon yesterday` | [`Template`], [`at_style`] |
//! | change a database | [`Tuning`], [`Reshape`], [`Resize`] |
//! | make one from others | [`Prefill`], [`convert`](convert()) |
//! | write it as text and read it back | [`Dump`], [`Restore`], [`Info`] |
//! | find damage, save what is left | [`check`](check()), [`salvage`] |
//! | compute data sources and charts | [`rpn`] |
//! | know the bytes | [`file_format`] |
//!
//! # Systems
//!
//! Linux is the system that this library is tested on. It also compiles for macOS and FreeBSD,
//! where it does what it does on an old Linux, and that is tested. Some promises are weaker there:
//!
//! * A program that is killed while it makes a file leaves a temporary one, which the next program
//!   that makes this file removes. On FreeBSD, and on file systems of macOS that cannot refuse to
//!   replace a name, it may leave the finished file under both names.
//! * Before a file is changed, the free space is only compared with what is needed, not held. APFS
//!   and ZFS write in new places, so that any write can fail on a full disk; it is an error of the
//!   call.
//! * A replaced file loses its access control list, except one of UFS if root replaces the file.
//! * `/dev/fd/N` may also be a descriptor that the program has opened itself.
//! * Reading changes access times as the file system is set up to do.
//!
//! Locks are those of `flock`, which exclude those of RRDtool by the manuals of these systems, and
//! names of a store are followed step by step, which is slower and as safe.
//!
//! Moments are [`Timestamp`]s and spans [`std::time::Duration`]s. An unknown value is NaN. Clocks
//! are arguments ([`Clock`]); no environment variable is read.

mod archive;
mod cdp;
mod check;
mod commit;
mod consolidation;
mod data_source;
mod database;
mod disk;
mod fetch;
#[doc = include_str!("../FORMAT.md")]
pub mod file_format {}
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
pub use check::{Finding, Salvage, SalvageError, SidecarError, check, finish_sidecar, salvage};
pub use commit::{Durability, Unprotected};
pub use consolidation::ConsolidationFunction;
pub use data_source::{
    DataSource, Heartbeat, LastReading, MeasuredSource, RateError, RateKind, SourceKind,
    SourceName, SourceNameError,
};
pub use database::{
    Access, BatchError, ConvertError, CreateError, CreateOptions, FetchError, OpenError, Opened,
    PastSamples, ReadOptions, RowObserver, Rrd, RrdReader, UpdateError, WriteOptions, convert,
};
pub use disk::{Locking, OutputFile, Overwrite, Reach, open_below};
pub use fetch::{FetchRequest, Selection, Series};
pub use file_version::FileVersion;
pub use format::{Head, HeadError, Layout, LiveHead};
pub use jiff::SignedDuration;
pub use jiff::tz::TimeZone;
pub use number::{NumberError, UNKNOWN};
pub use pdp::PdpPrep;
pub use restructure::{
    Change, DonorError, Prefill, Reshape, Resize, ResizeError, Rewound, RowChange,
    TuneArgumentError, TuneError, TuneFileError, TuneOption, Tuning,
};
pub use sample::{Reading, Sample};
pub use schema::{
    Definition, Difference, Origin, Schema, SchemaBuilder, SchemaError, SchemaText,
    SchemaTextError, SourceFault,
};
pub use store::{
    Backlog, FlushReport, LogSync, LogSyncError, MissingFolders, RecoveryReport, Store,
    StoreBatchError, StoreError, StoreFile, StoreOptions, StorePlace, StoreStatus,
};
pub use template::{SampleTextError, Template, TemplateError};
pub use text::{
    ArchiveInfo, ArchiveParameters, Dump, DumpError, DumpHeader, Info, InfoValue, OpenPoint,
    RangeCheck, Restore, RestoreError, SourceDefinition, SourceInfo, XmlFault,
};
pub use time::{
    Clock, FutureSample, LocalTime, MaxSkew, Step, StepError, TimeRange, Timestamp, TimestampError,
    TimestampRangeError, at_style, duration,
};
pub use unknown_name::UnknownName;
pub use update::{SampleError, WrittenRow};

//! Probes: read once per tick on the sampling thread, from files of the host.

use rrd_core::Step;
use thiserror::Error;

use crate::rootfs::ReadError;
use crate::schedule::{Tick, whole_seconds};
use crate::source::sample::SampleSink;

const SECOND: Step = whole_seconds(1);
/// The interval of values that change slowly or are expensive to read.
pub(crate) const TEN_SECONDS: Step = whole_seconds(10);

/// A source of samples on this host.
pub trait Probe: Send {
    /// The name in configuration and logs.
    fn name(&self) -> &'static str;

    /// The default interval.
    fn default_interval(&self) -> Step {
        SECOND
    }

    /// Reads the host and passes each group to `sink`. Unknown values are NaN.
    ///
    /// # Errors
    ///
    /// [`ProbeError`]; groups passed on before the error are valid.
    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError>;
}

/// Why a probe has no sample.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// A file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file does not have the expected content.
    #[error("{file}: {problem}")]
    Content {
        /// The file, as named below `/proc`.
        file: &'static str,
        /// What is missing or wrong.
        problem: String,
    },
    /// Requests to filesystems that do not answer have taken all threads.
    #[error("{count} filesystems do not answer: {asked} asked until one of them does")]
    Stuck {
        /// The number of these filesystems.
        count: usize,
        /// Which others are asked.
        asked: &'static str,
    },
}

impl ProbeError {
    /// Whether the host simply does not have this.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Read(error) if error.is_missing())
    }
}

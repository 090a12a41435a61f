//! What is asked once a tick on the sampling thread: the files of the host.

use rrd_core::Step;
use thiserror::Error;

use crate::rootfs::ReadError;
use crate::schedule::{Tick, whole_seconds};
use crate::source::sample::SampleSink;

const SECOND: Step = whole_seconds(1);
/// The interval of what changes slowly, or is expensive to ask.
pub(crate) const TEN_SECONDS: Step = whole_seconds(10);

/// A source of samples on this host.
pub trait Probe: Send {
    /// The name in configuration and logs.
    fn name(&self) -> &'static str;

    /// How often it is worth asking, unless the operator says otherwise.
    fn default_interval(&self) -> Step {
        SECOND
    }

    /// Reads the host and hands each group to `sink`. A value that is not known is NaN.
    ///
    /// # Errors
    ///
    /// [`ProbeError`]; the groups handed over before it stand.
    fn sample(&mut self, tick: Tick, sink: &mut dyn SampleSink) -> Result<(), ProbeError>;
}

/// Why a probe has no sample.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// A file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file does not hold what it should.
    #[error("{file}: {problem}")]
    Content {
        /// The file, as named below `/proc`.
        file: &'static str,
        /// What is missing or wrong.
        problem: String,
    },
}

impl ProbeError {
    /// Whether the host merely has no such thing.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Read(error) if error.is_missing())
    }
}

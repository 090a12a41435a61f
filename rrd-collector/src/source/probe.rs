//! Probes: read from files of the host at each of their ticks, and their registration.

use rrd_core::Step;
use thiserror::Error;

use crate::group::Kind;
use crate::rootfs::{Host, ReadError};
use crate::schedule::{Tick, whole_seconds};
use crate::source::sample::SampleSink;
use crate::source::watched::WatchedProcess;

const SECOND: Step = whole_seconds(1);
/// The interval of values that change slowly or are expensive to read.
pub(crate) const TEN_SECONDS: Step = whole_seconds(10);

/// The interval of values that change rarely.
pub(crate) const MINUTE: Step = whole_seconds(60);

/// A probe, as its source registers it.
pub struct RegisteredProbe {
    /// Its name in the configuration: `[probe.NAME]`.
    pub name: &'static str,
    /// The kinds of its groups.
    pub kinds: &'static [&'static Kind],
    /// The thread that it runs on.
    pub thread: ProbeThread,
    /// Makes it for a host.
    pub make: fn(&Host) -> Box<dyn Probe>,
}

/// The thread that a probe runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeThread {
    /// The sampling thread, which must not wait: the probe reads a few files of the kernel that are
    /// always answered at once.
    Sampler,
    /// The thread of slow probes: hardware may answer late or never, or there are many files.
    Slow,
}

impl RegisteredProbe {
    /// The same on the thread of slow probes.
    #[must_use]
    pub const fn slow(self) -> Self {
        Self { thread: ProbeThread::Slow, ..self }
    }
}

/// Registers a probe of the sampling thread: its name, its type and its kinds.
macro_rules! probe {
    ($name:literal, $probe:ty, $($kind:expr),+) => {
        $crate::source::probe::RegisteredProbe {
            name: $name,
            kinds: {
                // A constant, so that the list outlives a call of `slow`.
                const KINDS: &[&$crate::group::Kind] = &[$(&$kind),+];
                KINDS
            },
            thread: $crate::source::probe::ProbeThread::Sampler,
            make: |host| Box::new(<$probe>::new(host)),
        }
    };
}
pub(crate) use probe;

/// A source of samples on this host.
pub trait Probe: Send {
    /// The name in configuration and logs.
    fn name(&self) -> &'static str;

    /// The default interval.
    fn default_interval(&self) -> Step {
        SECOND
    }

    /// The processes that are watched by name; called before the first sample and at each reload.
    fn watch(&mut self, _processes: &[WatchedProcess]) {}

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

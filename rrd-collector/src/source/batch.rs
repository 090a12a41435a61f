//! Groups that were sampled elsewhere, and what the sampling thread is told.

use std::collections::VecDeque;

use rrd_core::{Step, Timestamp};
use tokio::sync::oneshot;

use crate::config::Config;
use crate::group::Kind;

/// Groups that were sampled elsewhere, on their way to the sampler.
#[derive(Clone, Debug)]
pub struct SampleBatch {
    /// The moment of the sample.
    pub at: Timestamp,
    /// How often there is one.
    pub step: Step,
    /// Kind, instance and values of each group.
    pub groups: VecDeque<(Kind, String, Vec<f64>)>,
}

/// What the sampling thread is told.
pub(crate) enum SamplerCommand {
    /// Store what was sampled elsewhere.
    Store(SampleBatch),
    /// Bring everything that was taken into the files, and say whether that was done.
    Flush(oneshot::Sender<bool>),
    /// Go on with another configuration.
    Reload(Box<Config>),
    /// Store everything and end.
    Stop,
}

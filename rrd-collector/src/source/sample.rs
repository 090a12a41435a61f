//! The path of samples: sinks for groups, and batches from tasks to the sampling thread.

use std::collections::VecDeque;

use rrd_core::{Step, Timestamp};
use tokio::sync::oneshot;

use crate::group::{GroupId, Kind};

/// A receiver of samples.
pub trait SampleSink {
    /// Whether an instance is sampled, which its source takes `by_default` or not. Every source
    /// with several instances asks this for all that it finds. `names` are the instance and its
    /// other names, any of which a pattern of the configuration may mean.
    fn takes(&mut self, _names: &[&str], by_default: bool) -> bool {
        by_default
    }

    /// One group: its kind, its instance (empty if there is only one), and one value per metric of
    /// the kind.
    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]);

    /// A name for people, if the name of this instance is a serial number or similar.
    fn label(&mut self, _kind: &Kind, _instance: &str, _label: &str) {}

    /// A corrected counter, counted in `self.corrections`.
    fn corrections(&mut self, _count: u64) {}
}

/// Groups sampled elsewhere, on their way to the sampler.
#[derive(Clone, Debug)]
pub struct SampleBatch {
    /// The time of the sample.
    pub at: Timestamp,
    /// The interval.
    pub step: Step,
    /// Kind, instance and values of each group.
    pub groups: VecDeque<(Kind, String, Vec<f64>)>,
    /// Kind, instance and label of each instance whose name is not one for people.
    pub labels: Vec<(Kind, String, String)>,
    /// Number of corrected counters.
    pub corrected: u64,
}

impl SampleBatch {
    /// A batch without groups.
    pub fn new(at: Timestamp, step: Step) -> Self {
        Self { at, step, groups: VecDeque::new(), labels: Vec::new(), corrected: 0 }
    }

    /// Whether there is nothing to pass on.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.corrected == 0
    }
}

impl SampleSink for SampleBatch {
    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        self.groups.push_back((kind.clone(), instance.to_owned(), values.to_vec()));
    }

    fn label(&mut self, kind: &Kind, instance: &str, label: &str) {
        self.labels.push((kind.clone(), instance.to_owned(), label.to_owned()));
    }

    fn corrections(&mut self, count: u64) {
        self.corrected += count;
    }
}

/// The sampling thread as seen by tasks.
pub trait BatchSink {
    /// Passes on a batch; `false` if the thread has ended.
    fn store(&self, batch: SampleBatch) -> bool;

    /// Passes on values that nobody has sent again: each is stored as long as its group has a
    /// place, which a group that is sent may take.
    fn repeat(&self, batch: SampleBatch);

    /// Requests that all samples passed on so far are written to the files; `done` receives whether
    /// that succeeded.
    fn flush(&self, done: oneshot::Sender<bool>);

    /// The source will not sample this group any more.
    fn forget(&self, group: GroupId);
}

#[cfg(test)]
pub(crate) mod recorder {
    //! A sink that records, for tests.

    use super::{Kind, SampleSink};
    use crate::section::InstanceFilter;

    #[derive(Default)]
    pub(crate) struct Recorder {
        pub(crate) filter: InstanceFilter,
        pub(crate) groups: Vec<(String, String, Vec<f64>)>,
        pub(crate) labels: Vec<String>,
        pub(crate) corrections: u64,
    }

    impl SampleSink for Recorder {
        fn takes(&mut self, names: &[&str], by_default: bool) -> bool {
            self.filter.takes(names, by_default)
        }

        fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
            assert_eq!(values.len(), kind.metrics.len(), "{} {instance}", kind.name);
            self.groups.push((kind.name.to_string(), instance.to_owned(), values.to_vec()));
        }

        fn label(&mut self, _kind: &Kind, _instance: &str, label: &str) {
            self.labels.push(label.to_owned());
        }

        fn corrections(&mut self, count: u64) {
            self.corrections += count;
        }
    }

    impl Recorder {
        /// The value of a metric in the last group of this kind and instance.
        pub(crate) fn value(&self, kind: &Kind, instance: &str, metric: &str) -> f64 {
            let position = kind.position(metric).expect("the kind has the metric");
            let group = self.groups.iter().rev().find(|(k, i, _)| *k == kind.name && i == instance);
            group.unwrap_or_else(|| panic!("no group {} {instance}", kind.name)).2[position]
        }

        pub(crate) fn instances(&self, kind: &Kind) -> Vec<&str> {
            self.groups.iter().filter(|group| group.0 == kind.name).map(|group| &*group.1).collect()
        }
    }
}

//! The sampling thread: ticks, and commands from other threads.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use rrd_core::{Step, StoreError};
use tokio::sync::oneshot;

use super::sampler::Sampler;
use crate::group::GroupId;
use crate::output::live::Shared;
use crate::process::notify::Notify;
use crate::schedule::{Due, Schedule, clock};
use crate::source::host::HostSettings;
use crate::source::sample::{BatchSink, SampleBatch};
use crate::store::budget::FileLimits;
use crate::store::data_folder::DataFolderError;
use crate::store::writer::Sent;

/// A command for the sampling thread.
pub(super) enum SamplerCommand {
    /// Store samples of another thread.
    Store(SampleBatch),
    /// Store values that nobody has sent again.
    Repeat(SampleBatch),
    /// Write all pending samples to the files, and report whether that succeeded.
    Flush(oneshot::Sender<bool>),
    /// Samples were written to their files, except to these.
    WrittenBack(Vec<(PathBuf, StoreError)>),
    /// A source will not sample this group any more.
    Forget(GroupId),
    /// Apply other settings.
    Reload(Box<HostSettings>, FileLimits),
    /// Store everything and end.
    Stop,
}

impl BatchSink for Sender<SamplerCommand> {
    fn store(&self, batch: SampleBatch) -> bool {
        self.send(SamplerCommand::Store(batch)).is_ok()
    }

    fn repeat(&self, batch: SampleBatch) {
        // `store` reports that the sampler has ended.
        let _ = self.send(SamplerCommand::Repeat(batch));
    }

    fn flush(&self, done: oneshot::Sender<bool>) {
        // Without a sampler `done` is dropped, which reports the failure.
        let _ = self.send(SamplerCommand::Flush(done));
    }

    fn forget(&self, group: GroupId) {
        // A sampler that has ended has forgotten all.
        let _ = self.send(SamplerCommand::Forget(group));
    }
}

/// The sampling thread: ticks, and stores samples of the other thread, until it receives the stop
/// command.
pub(super) fn sample(
    mut sampler: Sampler,
    mut step: Step,
    shared: &Shared,
    inbox: &Receiver<SamplerCommand>,
    notify: &Notify,
) -> Result<(), DataFolderError> {
    let mut schedule = Schedule::new(step);
    let mut missed_told = false;
    let mut alive_told = clock::now().clock;
    loop {
        let now = clock::now();
        if notify.rhythm().is_some_and(|rhythm| now.clock.saturating_sub(alive_told) >= rhythm) {
            alive_told = now.clock;
            notify.alive();
        }
        let wait = match schedule.due(now) {
            Due::Tick { tick, missed, late } => {
                if missed > 0 && !missed_told {
                    missed_told = true;
                    let late = late.as_secs_f64();
                    log::warn!("missed {missed} ticks, {late:.3} s late (reported once)");
                }
                sampler.tick(tick, missed, late, shared);
                Duration::ZERO
            }
            Due::Wait(wait) => wait,
        };
        let wait = notify.rhythm().map_or(wait, |rhythm| wait.min(rhythm));
        match inbox.recv_timeout(wait) {
            Ok(SamplerCommand::Store(batch)) => {
                sampler.take(batch, Sent::Now, clock::now().clock, shared);
            }
            Ok(SamplerCommand::Repeat(batch)) => {
                sampler.take(batch, Sent::Before, clock::now().clock, shared);
            }
            Ok(SamplerCommand::Forget(group)) => sampler.forget(&group, shared),
            Ok(SamplerCommand::Flush(done)) => {
                // The requester may be gone.
                let _ = done.send(sampler.write_back());
            }
            Ok(SamplerCommand::WrittenBack(failed)) => {
                let failed = failed.into_iter();
                sampler.note_files(
                    failed.map(|(name, error)| (name.display().to_string(), error.into())),
                );
            }
            Ok(SamplerCommand::Reload(settings, limits)) => {
                if settings.step != step {
                    step = settings.step;
                    schedule = Schedule::new(step);
                }
                sampler.reload(&settings);
                sampler.limit(limits);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Ok(SamplerCommand::Stop) | Err(RecvTimeoutError::Disconnected) => {
                return sampler.flush();
            }
        }
    }
}

//! The thread that waits for the disk: it syncs the journal of the store, writes samples to their
//! files, keeps the names of series, withdraws samples of a wrong clock, and opens the data folder
//! again, so that the sampling thread does none of these.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use rrd_core::{LogSync, Store, Unprotected};

use super::sampler::SYNCING;
use super::sampling::SamplerCommand;
use crate::fault::Faults;
use crate::output::names::{NamesKeeper, SeriesNames};
use crate::schedule::clock;
use crate::source::clock::Confirmations;
use crate::store::Withdrawal;
use crate::store::data_folder::DataFolder;

/// How long samples stay in the journal before they are written to the files together.
fn write_back_every(sync: LogSync) -> Duration {
    match sync {
        LogSync::Never => Duration::from_secs(10),
        // Each file is a wait for the disk.
        LogSync::Every(_) | LogSync::Each => Duration::from_secs(60),
    }
}

/// The longest time until something is noticed; waking up more often is most of the cost.
const LONGEST: Duration = Duration::from_millis(2500);

/// How often the journal is looked at: often enough that no sample has to wait for its sync.
fn look_every(sync: LogSync) -> Duration {
    match sync {
        LogSync::Every(limit) => (limit / 4).clamp(Duration::from_millis(250), LONGEST),
        LogSync::Never | LogSync::Each => LONGEST,
    }
}

/// The work on the data folder.
pub(super) struct Upkeep {
    data: Arc<DataFolder>,
    sync: LogSync,
    withdrawal: Withdrawal,
    confirmations: Confirmations,
    names: NamesKeeper,
    faults: Faults,
    /// When samples were last written to their files, on the monotonic clock.
    written_back: Duration,
    /// Files that were written without a redo record.
    unprotected: usize,
}

impl Upkeep {
    /// The work on this folder. `confirmations` say when a time server last confirmed the clock.
    pub(super) fn new(
        data: Arc<DataFolder>,
        sync: LogSync,
        withdrawal: Withdrawal,
        confirmations: Confirmations,
        names: SeriesNames,
        faults: Faults,
    ) -> Self {
        let (written_back, unprotected) = (clock::now().clock, 0);
        let names = NamesKeeper::new(names, data.path());
        Self { data, sync, withdrawal, confirmations, names, faults, written_back, unprotected }
    }

    /// Works until the other end of `stop` is dropped. Which files were written is for the sampling
    /// thread to report.
    pub(super) fn run(&mut self, stop: &Receiver<()>, sampler: &Sender<SamplerCommand>) {
        while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(look_every(self.sync)) {
            self.data.restore();
            // The sampling thread reports that the folder cannot be used.
            if let Ok((store, opened)) = self.data.store() {
                self.look_after(&store, opened, sampler);
            }
        }
    }

    fn look_after(&mut self, store: &Store, opened: u64, sampler: &Sender<SamplerCommand>) {
        self.faults.note(SYNCING, &store.maintain());
        self.faults.note("keeping the names of series", &self.names.keep(opened));
        let now = clock::now();
        self.withdrawal.attend(store, now, self.confirmations.last());
        if now.clock.saturating_sub(self.written_back) < write_back_every(self.sync) {
            return;
        }
        self.written_back = now.clock;
        // Without a sampler there is nothing left to look after.
        let _ = sampler.send(SamplerCommand::WrittenBack(store.flush_all().failed));
        let before = std::mem::replace(&mut self.unprotected, store.status().unprotected);
        let outcome = if self.unprotected > before { Err(Unprotected::NoSpace) } else { Ok(()) };
        self.faults.note("protecting files from a kill while they are written", &outcome);
    }
}

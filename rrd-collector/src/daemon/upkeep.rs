//! The thread that waits for the disk: it syncs the journal of the store, writes samples to their
//! files, and withdraws samples of a wrong clock, so that the sampling thread does none of these.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use rrd_core::{LogSync, Store, Unprotected};

use super::sampling::SamplerCommand;
use crate::rootfs::Host;
use crate::schedule::clock;
use crate::source::host::last_synchronized;
use crate::store::Withdrawal;

/// How long samples stay in the journal before they are written to the files together.
fn write_back_every(sync: LogSync) -> Duration {
    match sync {
        LogSync::Never => Duration::from_secs(10),
        // Each file is a wait for the disk.
        LogSync::Every(_) | LogSync::Each => Duration::from_secs(60),
    }
}

/// How often the journal is looked at: often enough that no sample has to wait for its sync.
fn look_every(sync: LogSync) -> Duration {
    match sync {
        LogSync::Every(limit) => {
            (limit / 4).clamp(Duration::from_millis(250), Duration::from_secs(1))
        }
        LogSync::Never | LogSync::Each => Duration::from_secs(1),
    }
}

/// Looks after the store until the other end of `stop` is dropped. Outcomes go to the sampling
/// thread, which reports faults.
pub(super) fn look_after(
    store: &Store,
    sync: LogSync,
    mut withdrawal: Withdrawal,
    files: &Host,
    stop: &Receiver<()>,
    sampler: &Sender<SamplerCommand>,
) {
    let (look, write_back) = (look_every(sync), write_back_every(sync));
    let mut written_back = clock::now().clock;
    let mut failing = false;
    let mut unprotected = store.status().unprotected;
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(look) {
        let outcome = store.maintain();
        // What was well and still is concerns nobody.
        if std::mem::replace(&mut failing, outcome.is_err()) || failing {
            // Without a sampler there is nothing left to look after.
            let _ = sampler.send(SamplerCommand::Maintained(outcome));
        }
        let now = clock::now();
        withdrawal.attend(store, now, last_synchronized(files).ok());
        if now.clock.saturating_sub(written_back) >= write_back {
            written_back = now.clock;
            let _ = sampler.send(SamplerCommand::WrittenBack(store.flush_all().failed));
            let before = std::mem::replace(&mut unprotected, store.status().unprotected);
            let _ = sampler.send(SamplerCommand::Protected(if unprotected > before {
                Err(Unprotected::NoSpace)
            } else {
                Ok(())
            }));
        }
    }
}

//! The running daemon: a thread that samples and stores, one for probes that may wait, one for the
//! disk, and one for the network. Start, reload, stop.

mod alerts;
mod control;
mod history;
mod inputs;
mod mail;
pub mod sampler;
mod sampling;
mod services;
mod slow;
mod storing;
mod upkeep;
mod world;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use rrd_core::{Access as FileAccess, Locking, LogSync, StoreError, StoreOptions};
use thiserror::Error;
use tokio::task::LocalSet;
use tokio::time::timeout;

use self::sampler::Sampler;
use self::sampling::{SamplerCommand, sample};
use self::services::Services;
use self::slow::SlowProbes;
use self::upkeep::Upkeep;
use crate::config::Config;
use crate::fault::chain;
use crate::net::listen_error::ListenError;
use crate::output::live::Shared;
use crate::output::names::{SeriesNames, host_labels};
use crate::output::remote::read::{ForeignFiles, OwnFiles, RemoteRead};
use crate::output::remote::thread::RemoteThread;
use crate::output::remote::write::{RemoteWrites, StoredRows};
use crate::output::web::{self, Access, Listeners, Site};
use crate::process::signal::{Signal, Signals};
use crate::schedule::clock;
use crate::source::clock::Confirmations;
use crate::store::archives::Archives;
use crate::store::data_folder::{DataFolder, DataFolderError};
use crate::store::writer::StoreWriter;
use crate::store::{Withdrawal, other_retention};

pub use self::world::World;

/// Bytes of each half of the journal: enough for the time between two write-backs, with little
/// memory.
fn journal_size(sync: LogSync) -> usize {
    match sync {
        LogSync::Never => 128 << 10,
        LogSync::Every(_) | LogSync::Each => 256 << 10,
    }
}

/// How long write-back waits for another program that holds a file; it is retried soon, and the
/// host must be sampled.
const PATIENCE: Locking = Locking::Wait(Duration::from_millis(50));

/// The time between two attempts to serve the page where it should be.
const RETRY_EVERY: Duration = Duration::from_secs(5);

/// Why the daemon does not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DaemonError {
    /// The data folder cannot be used: it cannot be created, or another daemon uses it.
    #[error(transparent)]
    Data(StoreError),
    /// The address is in use or not one of this host.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system provides no thread, event queue or signal handler.
    #[error("cannot start")]
    Start(#[source] io::Error),
    /// The last samples are neither in files nor in the journal.
    #[error("the last samples could not be stored")]
    Flush(#[source] DataFolderError),
    /// The sampling thread died.
    #[error("the sampling thread died")]
    Sampler,
    /// The thread that writes samples to their files died.
    #[error("the thread that writes the files died")]
    Upkeep,
}

/// Runs until SIGTERM or SIGINT; reloads its configuration on SIGHUP.
///
/// # Errors
///
/// [`DaemonError`]: nothing was started, or the end was not clean.
pub fn run(config: &Config, world: &World<'_>) -> Result<(), DaemonError> {
    let data = open_data(config)?;
    report_other_retention(config)?;
    let bound = web::bind(&config.listen)?;
    if let Some(warning) = config.exposure_warning() {
        log::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_start(be_modest)
        .build()
        .map_err(DaemonError::Start)?;
    let shared = Arc::new(Shared::default());
    let faults = shared.all_faults().of_task();
    let archives = Archives::Store(data.clone());
    let names = SeriesNames::live(shared.clone(), data.path());
    let remote = Arc::<RemoteThread>::default();
    let (commands, inbox) = channel();
    let (thread, withdrawal) = {
        let shared = shared.clone();
        let mut writer = StoreWriter::new(data.clone(), config.retention.clone());
        if config.sync == LogSync::Each {
            writer = writer.sync_rounds();
        }
        let withdrawal = Withdrawal::new(writer.ahead(), shared.all_faults().of_task());
        let mut sampler = Sampler::new(&config.host, Box::new(writer), faults.clone());
        sampler.limit(config.files.clone());
        let notify = world.notify.try_clone().map_err(DaemonError::Start)?;
        let step = config.host.step;
        let thread = thread::Builder::new()
            .name("sampler".to_owned())
            .spawn(move || sample(sampler, step, &shared, &inbox, &notify))
            .map_err(DaemonError::Start)?;
        (thread, withdrawal)
    };
    let slow = SlowProbes::start(&config.host, commands.clone(), shared.all_faults().of_task());
    let slow = slow.map_err(DaemonError::Start)?;
    let confirmations = Confirmations::new(&config.host.files);
    let (stop, stopped) = channel();
    let upkeep = {
        let (confirmations, sync) = (confirmations.clone(), config.sync);
        let (data, names) = (data.clone(), names.clone());
        let mut upkeep = Upkeep::new(data, sync, withdrawal, confirmations, names, faults);
        let commands = commands.clone();
        thread::Builder::new()
            .name("upkeep".to_owned())
            .spawn(move || upkeep.run(&stopped, &commands))
            .map_err(DaemonError::Start)?
    };
    let outcome = runtime.block_on(LocalSet::new().run_until(async {
        let mut signals = Signals::listen()?;
        let site = Arc::new(site(config, &archives, &shared, names.clone(), &remote));
        let mut listeners = Listeners::new(site.clone());
        listeners.serve(bound);
        listeners.addresses().iter().for_each(|address| (world.ready)(address));
        let rows = StoredRows::new(archives, names, shared.clone());
        let host = config.host_name.clone();
        let writes = RemoteWrites::new(remote, &config.data, host, rows, shared.clone());
        let (commands, guard) = (commands.clone(), &world.guard);
        let mut services =
            Services::start(config, site, listeners, commands, guard, confirmations, writes);
        world.notify.ready();
        loop {
            let Ok(signal) = timeout(RETRY_EVERY, signals.next()).await else {
                slow.watch(clock::now().clock);
                services.retry_page().await;
                continue;
            };
            match signal {
                Signal::Stop(name) => {
                    log::info!("{name}: storing pending samples, then stopping");
                    world.notify.stopping();
                    services.end();
                    return Ok(());
                }
                Signal::Reload => {
                    world.notify.reloading(clock::monotonic());
                    services.reload(world, &slow).await;
                    world.notify.ready();
                }
            }
        }
    }));
    // A picture that is being drawn has nobody to look at it.
    runtime.shutdown_background();
    drop(stop);
    upkeep.join().map_err(|_| DaemonError::Upkeep)?;
    // A sampler that has ended cannot receive commands; joining it returns the reason.
    let _ = commands.send(SamplerCommand::Stop);
    let flushed = thread.join().map_err(|_| DaemonError::Sampler)?;
    outcome.map_err(DaemonError::Start)?;
    flushed.map_err(DaemonError::Flush)?;
    DataFolder::close(data);
    Ok(())
}

/// Logs what files of an earlier configuration keep. Many files are read, so a thread does it.
fn report_other_retention(config: &Config) -> Result<(), DaemonError> {
    let (data, retention) = (config.data.clone(), config.retention.clone());
    let report = move || match other_retention(&data, &retention) {
        Ok(lines) => lines.iter().for_each(|line| log::info!("{line}")),
        Err(error) => log::warn!("what the files keep is not known: {}", chain(&error)),
    };
    let thread = thread::Builder::new().name("retention".to_owned()).spawn(report);
    thread.map(drop).map_err(DaemonError::Start)
}

/// The threads that draw pictures get a third of the time of the others; the host must be sampled,
/// and a busy host is looked at.
fn be_modest() {
    // Where that is not permitted, they run like the others.
    let _ = rustix::process::nice(5);
}

/// The store in the data folder.
fn open_data(config: &Config) -> Result<Arc<DataFolder>, DaemonError> {
    let sync = match config.sync {
        // A round of samples is synced as a whole, by the sampler.
        LogSync::Each => LogSync::Every(Duration::MAX),
        other => other,
    };
    let options = StoreOptions::new()
        .segment_size(journal_size(sync))
        // The folder may be restored from a copy at any time.
        .journal_access(FileAccess::Position)
        .locking(PATIENCE)
        .sync(sync);
    DataFolder::open(&config.data, options).map(Arc::new).map_err(DaemonError::Data)
}

fn site(
    config: &Config,
    archives: &Archives,
    shared: &Arc<Shared>,
    names: SeriesNames,
    remote: &Arc<RemoteThread>,
) -> Site {
    let own = OwnFiles::new(archives.clone(), names);
    let remote_read = RemoteRead::new(
        remote.clone(),
        vec![Arc::new(own)],
        host_labels(&config.host_name),
        shared.all_faults().of_task(),
        config.remote_read,
    );
    let trees = ForeignFiles::of(&config.trees, shared.all_faults());
    remote_read.change(config.remote_read, trees);
    Site {
        files: config.host.files.clone(),
        shared: shared.clone(),
        access: Access::new(config.identity.clone(), config.credentials.clone()).into(),
        remote_read,
        ..Site::new(config.host_name.clone(), archives.clone())
    }
}

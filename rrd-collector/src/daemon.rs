//! The running daemon: a thread that samples and stores, and one that talks to the network. Starting and stopping.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use rrd_core::Step;
use thiserror::Error;
use tokio::task::LocalSet;

use crate::clock;
use crate::config::{ApacheConfig, Config, DEFAULT_LISTEN};
use crate::fault::{Faults, chain};
use crate::probe::apache::{Apache, Status};
use crate::probe::fetch::FetchError;
use crate::probe::{Kind, Readout, host_probes};
use crate::sampler::{Parcel, Sampler, Shared};
use crate::schedule::{Due, Schedule};
use crate::signal::Signals;
use crate::sink::{Archives, SinkError};
use crate::web;

/// How long a pause of samples is slept at a time; the clock may be set right at any moment.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Why the daemon does not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DaemonError {
    /// The data folder cannot be made.
    #[error("{}: cannot be made", path.display())]
    Data {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The address is taken or not of this host.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no thread, no event queue or no signal handler.
    #[error("cannot start")]
    Start(#[source] io::Error),
    /// The last samples could not be stored.
    #[error("the last samples could not be stored")]
    Flush(#[source] SinkError),
    /// The sampling thread died.
    #[error("the sampling thread died")]
    Sampler,
}

/// What the sampling thread is told.
enum Order {
    Take(Parcel),
    Stop,
}

/// Runs until SIGTERM or SIGINT. `ready` is called once with the address of the page.
///
/// # Errors
///
/// [`DaemonError`]: nothing was started, or the end was not clean.
pub fn run(config: Config, ready: impl FnOnce(SocketAddr)) -> Result<(), DaemonError> {
    fs::create_dir_all(&config.data)
        .map_err(|source| DaemonError::Data { path: config.data.clone(), source })?;
    let listener = listen(config.listen)?;
    let address = listener.local_addr().map_err(DaemonError::Start)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(DaemonError::Start)?;

    let shared = Arc::new(Shared::default());
    let probes = host_probes(&config.host).into_iter().map(|probe| (probe, config.step)).collect();
    let sink = Archives::new(config.data.clone(), config.retention.clone());
    let sampler = Sampler::new(probes, Box::new(sink));
    let (orders, inbox) = channel();
    let thread = {
        let (shared, step) = (shared.clone(), config.step);
        thread::Builder::new()
            .name("sampler".to_owned())
            .spawn(move || sample(sampler, step, &shared, &inbox))
            .map_err(DaemonError::Start)?
    };
    let outcome = runtime.block_on(LocalSet::new().run_until(async {
        let mut signals = Signals::listen()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let site = Arc::new(web::Site {
            host: host_name(),
            data: config.data.clone(),
            shared: shared.clone(),
        });
        tokio::task::spawn_local(web::serve(listener, site));
        for server in config.apache {
            tokio::task::spawn_local(watch_apache(server, orders.clone()));
        }
        ready(address);
        let signal = signals.stop().await;
        log::info!("{signal}: storing what was taken, then stopping");
        Ok(())
    }));
    // A sampler that is gone cannot be told; joining it says why.
    let _ = orders.send(Order::Stop);
    let flushed = thread.join().map_err(|_| DaemonError::Sampler)?;
    outcome.map_err(DaemonError::Start)?;
    flushed.map_err(DaemonError::Flush)
}

/// The chosen address; without a choice the default one, or any free port of the loopback.
fn listen(chosen: Option<SocketAddr>) -> Result<TcpListener, DaemonError> {
    let bind = |address: SocketAddr| {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    if let Some(address) = chosen {
        return bind(address).map_err(|source| DaemonError::Listen { address, source });
    }
    let default = DEFAULT_LISTEN.parse().unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    bind(default)
        .or_else(|_| bind(any))
        .map_err(|source| DaemonError::Listen { address: default, source })
}

/// The name of this host as the kernel knows it.
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The sampling thread: ticks, and takes what the other thread sampled, until it is told to stop.
fn sample(
    mut sampler: Sampler,
    step: Step,
    shared: &Shared,
    inbox: &Receiver<Order>,
) -> Result<(), SinkError> {
    let mut schedule = Schedule::new(step);
    let mut set_back = false;
    let mut missed_told = false;
    loop {
        let wait = match schedule.due(clock::now()) {
            Due::Tick { tick, missed, late } => {
                if missed > 0 && !missed_told {
                    missed_told = true;
                    let late = late.as_secs_f64();
                    log::warn!("missed {missed} ticks, {late:.3} s late (told once)");
                }
                if std::mem::take(&mut set_back) {
                    log::info!("the clock has caught up; samples go on");
                }
                sampler.tick(tick, shared);
                Duration::ZERO
            }
            Due::Wait(wait) => wait,
            Due::SetBack { behind } => {
                if !std::mem::replace(&mut set_back, true) {
                    let behind = behind.as_secs();
                    log::warn!("the clock was set back; samples pause for {behind} s");
                }
                LONGEST_WAIT
            }
        };
        match inbox.recv_timeout(wait) {
            Ok(Order::Take(parcel)) => sampler.take(parcel, shared),
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return sampler.flush(),
        }
    }
}

/// Asks one Apache server again and again.
async fn watch_apache(config: ApacheConfig, orders: Sender<Order>) {
    let mut apache = Apache::new(config.instance.clone());
    let mut schedule = Schedule::new(config.step);
    let mut faults = Faults::default();
    let concern = format!("apache {}", config.instance);
    loop {
        let tick = match schedule.due(clock::now()) {
            Due::Tick { tick, .. } => tick,
            Due::Wait(wait) => {
                tokio::time::sleep(wait).await;
                continue;
            }
            Due::SetBack { .. } => {
                tokio::time::sleep(LONGEST_WAIT).await;
                continue;
            }
        };
        let begun = clock::now().clock;
        let page = config.page.fetch(config.deadline).await.and_then(|text| {
            Status::parse(&text).ok_or(FetchError::NotStatus { of: "Apache's mod_status" })
        });
        let came = clock::now().clock;
        let (page, outcome) = match page {
            Ok(page) => (Some(page), Ok(())),
            Err(error) => (None, Err(error)),
        };
        faults.note(&concern, &outcome);
        let mut parcel = Collected(Parcel { at: tick.at, step: config.step, groups: [].into() });
        apache.take(page, came, came.saturating_sub(begun), &mut parcel);
        if orders.send(Order::Take(parcel.0)).is_err() {
            return;
        }
    }
}

/// Collects groups for the sampling thread.
struct Collected(Parcel);

impl Readout for Collected {
    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        self.0.groups.push_back((kind.clone(), instance.to_owned(), values.to_vec()));
    }
}

/// An error and its causes on one line, as `main` prints it.
pub fn describe(error: &DaemonError) -> String {
    chain(error)
}

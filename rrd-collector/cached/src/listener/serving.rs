//! The threads that serve connections: started together, stopped together.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use super::accept::accept;
use super::half_lines::HalfLines;
use super::running::{run, runtime};
use super::socket::BoundSocket;
use super::worker::Worker;
use crate::server::Server;

/// At most so many threads.
const THREADS: usize = 4;

/// Long answers that are written at once; further clients wait for theirs. Each has a thread.
const STREAMS: usize = 64;

/// How long a command that is still running may hold up the end of its thread.
const LAST_COMMANDS: Duration = Duration::from_secs(5);

/// Threads that serve connections.
#[derive(Debug)]
pub struct Serving {
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
    sockets: Vec<Arc<BoundSocket>>,
}

impl Serving {
    /// Accepts and serves connections.
    ///
    /// # Errors
    ///
    /// A thread or its runtime cannot be started.
    pub fn start(server: &Arc<Server>, sockets: Vec<BoundSocket>) -> io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (half_lines, streams) = (Arc::new(HalfLines::new()), Arc::new(Semaphore::new(STREAMS)));
        let (workers, arrivals): (Vec<_>, Vec<_>) = (0..cores.min(THREADS))
            .map(|_| Worker::new(half_lines.clone(), streams.clone()))
            .unzip();
        let workers: Arc<[Arc<Worker>]> = workers.into();
        let (stop, stopped) = watch::channel(false);
        let sockets: Vec<_> = sockets.into_iter().map(Arc::new).collect();
        let mut serving = Self { stop, threads: Vec::new(), sockets };
        for (index, (worker, arriving)) in workers.iter().zip(arrivals).enumerate() {
            // The first thread accepts for all.
            let accepted = if index == 0 { serving.sockets.clone() } else { Vec::new() };
            let (server, workers) = (server.clone(), workers.clone());
            let (worker, stopped) = (worker.clone(), stopped.clone());
            let runtime = runtime()?;
            let thread = thread::Builder::new().name(format!("connections {index}"));
            serving.threads.push(thread.spawn(move || {
                runtime.block_on(async {
                    let accepting: Vec<_> = accepted
                        .into_iter()
                        .map(|socket| accept(socket, server.clone(), workers.clone()))
                        .map(tokio::spawn)
                        .collect();
                    run(worker, arriving, stopped, accepting).await;
                });
                runtime.shutdown_timeout(LAST_COMMANDS);
            })?);
        }
        Ok(serving)
    }

    /// Accepts no further connections, reads no further lines, sends the answers to those that have
    /// been read, and removes the files of the sockets.
    pub fn stop(self) {
        // Nobody listens only if all threads have ended.
        let _ = self.stop.send(true);
        for thread in self.threads {
            if thread.join().is_err() {
                log::error!("a thread that serves connections has panicked");
            }
        }
        drop(self.sockets);
    }
}

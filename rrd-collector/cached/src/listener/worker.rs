//! A thread with its runtime and its connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::client::{Client, Detached};
use super::connection::{self, Stream};
use super::half_lines::HalfLines;
use super::scratch::Lender;
use crate::session::Session;

/// How long lines that have been read may take when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// A connection on its way to a thread.
pub(super) type Arrival = (Detached, Session, Counted);

/// What the connections of a thread share.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) scratch: Lender,
    pub(super) half_lines: Arc<HalfLines>,
    pub(super) streams: Arc<Semaphore>,
    arrivals: mpsc::UnboundedSender<Arrival>,
    connections: AtomicUsize,
    busy: AtomicUsize,
    stopping: AtomicBool,
    idle: Notify,
}

impl Worker {
    pub(super) fn new(
        half_lines: Arc<HalfLines>,
        streams: Arc<Semaphore>,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Arrival>) {
        let (arrivals, arriving) = mpsc::unbounded_channel();
        let worker = Self {
            scratch: Lender::default(),
            half_lines,
            streams,
            arrivals,
            connections: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            idle: Notify::new(),
        };
        (Arc::new(worker), arriving)
    }

    /// Number of connections.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Sends a connection to this thread.
    pub(super) fn send(self: &Arc<Self>, client: Detached, session: Session) {
        // It fails only when the thread has stopped; then the connection is closed.
        let _ = self.arrivals.send((client, session, Counted::new(self)));
    }

    /// Whether no further lines are to be read.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Notes that lines have been read whose answers are not all sent, until the value is dropped.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(self)
    }

    /// Begins to serve a connection of the runtime of this thread.
    pub(super) fn serve(self: &Arc<Self>, client: Client, session: Session) {
        spawn(client, session, Counted::new(self));
    }

    /// Serves the connections that arrive until the server stops, ends `accepting`, and waits for
    /// the answers to lines that have been read.
    pub(super) async fn run(
        self: Arc<Self>,
        mut arriving: mpsc::UnboundedReceiver<Arrival>,
        mut stop: watch::Receiver<bool>,
        accepting: Vec<JoinHandle<()>>,
    ) {
        loop {
            tokio::select! {
                Some((client, session, counted)) = arriving.recv() => match client.attach() {
                    Ok(client) => spawn(client, session, counted),
                    Err(error) => log::warn!("a connection cannot be served: {error}"),
                },
                // Also when the one who could say so is gone.
                _ = stop.changed() => break,
            }
        }
        self.stopping.store(true, Ordering::Relaxed);
        accepting.iter().for_each(JoinHandle::abort);
        let idle = async {
            while self.busy.load(Ordering::Relaxed) > 0 {
                self.idle.notified().await;
            }
        };
        if timeout(LAST_ANSWERS, idle).await.is_err() {
            log::warn!("connections were closed before all answers were sent");
        }
    }
}

fn spawn(client: Client, session: Session, counted: Counted) {
    // Which kind it is is decided here, once, and not at each read.
    match client {
        Client::Tcp(stream) => drop(tokio::spawn(serve(stream, session, counted))),
        Client::Unix(stream) => drop(tokio::spawn(serve(stream, session, counted))),
    }
}

async fn serve(stream: impl Stream, session: Session, counted: Counted) {
    connection::serve(stream, session, &counted.0).await;
}

/// A connection of a thread, until the value is dropped.
#[derive(Debug)]
pub(super) struct Counted(Arc<Worker>);

impl Counted {
    fn new(worker: &Arc<Worker>) -> Self {
        worker.connections.fetch_add(1, Ordering::Relaxed);
        Self(worker.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection with lines that are not all answered.
#[derive(Debug)]
pub(super) struct Busy<'a>(&'a Worker);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if self.0.busy.fetch_sub(1, Ordering::Relaxed) == 1 && self.0.is_stopping() {
            self.0.idle.notify_one();
        }
    }
}

/// The runtime of a thread.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_io().enable_time().build()
}

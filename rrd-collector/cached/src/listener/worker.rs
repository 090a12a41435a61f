//! What the connections of a thread share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::{Notify, Semaphore, mpsc};

use super::client::Detached;
use super::half_lines::HalfLines;
use super::scratch::Lender;
use crate::session::Session;

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

    /// No further lines are to be read.
    pub(super) fn begin_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Waits until all answers are sent.
    pub(super) async fn idle(&self) {
        while self.busy.load(Ordering::Relaxed) > 0 {
            self.idle.notified().await;
        }
    }

    /// Notes that lines have been read whose answers are not all sent, until the value is dropped.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(self)
    }
}

/// A connection of a thread, until the value is dropped.
#[derive(Debug)]
pub(super) struct Counted(pub(super) Arc<Worker>);

impl Counted {
    pub(super) fn new(worker: &Arc<Worker>) -> Self {
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

//! A thread with its runtime: serves the connections that it is given, until the server stops.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::client::{Client, Stream};
use super::connection;
use super::worker::{Arrival, Counted, Worker};
use crate::session::Session;

/// How long lines that have been read may take when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Begins to serve a connection of the runtime of this thread.
pub(super) fn serve_here(worker: &Arc<Worker>, client: Client, session: Session) {
    spawn(client, session, Counted::new(worker));
}

/// Serves the connections that arrive until the server stops, ends `accepting`, and waits for
/// the answers to lines that have been read.
pub(super) async fn run(
    worker: Arc<Worker>,
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
    worker.begin_stop();
    accepting.iter().for_each(JoinHandle::abort);
    if timeout(LAST_ANSWERS, worker.idle()).await.is_err() {
        log::warn!("connections were closed before all answers were sent");
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

/// The runtime of a thread.
pub(super) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().enable_time().build()
}

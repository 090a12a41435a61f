//! Signals from the operator to a running daemon.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::signal::unix::{self, SignalKind, signal};

/// The operator's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Stop; the signal's name.
    Stop(&'static str),
    /// Reload the configuration.
    Reload,
}

/// SIGTERM, SIGINT and SIGHUP.
pub struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hang_up: unix::Signal,
}

impl Signals {
    /// Registers the handlers; needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// The system refuses a handler.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            if self.terminate.poll_recv(context).is_ready() {
                Poll::Ready(Signal::Stop("SIGTERM"))
            } else if self.interrupt.poll_recv(context).is_ready() {
                Poll::Ready(Signal::Stop("SIGINT"))
            } else {
                self.hang_up.poll_recv(context).map(|_| Signal::Reload)
            }
        })
        .await
    }
}

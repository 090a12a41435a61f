//! Accepts the connections of a socket and spreads them over the threads.

use std::io;
use std::net::{IpAddr, TcpListener as StdTcpListener};
use std::os::unix::net::UnixListener as StdUnixListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, UnixListener};

use super::client::Client;
use super::running::serve_here;
use super::socket::{BoundSocket, Socket};
use super::worker::Worker;
use crate::server::Server;
use crate::session::Session;

/// The pause after a connection that could not be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// The same trouble is told this often.
const REPEATED: Duration = Duration::from_secs(60);

/// Accepts connections until it is dropped. `workers` begins with the one of this thread.
pub(super) async fn accept(
    bound: Arc<BoundSocket>,
    server: Arc<Server>,
    workers: Arc<[Arc<Worker>]>,
) {
    let listener = match Listener::new(&bound.socket) {
        Ok(listener) => listener,
        Err(error) => return log::error!("cannot wait for connections: {error}"),
    };
    let mut told: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((client, host)) => {
                if host.is_some_and(|host| !bound.access.admits(host)) {
                    server.statistics.connections_refused.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                let session = Session::new(server.clone(), bound.access.permissions.clone());
                if let Err(error) = assign(client, session, &workers) {
                    log::warn!("a connection cannot be served: {error}");
                }
            }
            // The client has gone away meanwhile.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // Usually no descriptors are left: other connections must end first.
                if told.is_none_or(|told| told.elapsed() > REPEATED) {
                    log::error!("cannot accept connections: {error}");
                    told = Some(Instant::now());
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Gives a connection to the thread that has the fewest; this one, if there are several.
fn assign(client: Client, session: Session, workers: &[Arc<Worker>]) -> io::Result<()> {
    let Some((index, worker)) =
        workers.iter().enumerate().min_by_key(|(_, worker)| worker.connections())
    else {
        return Ok(());
    };
    if index == 0 {
        serve_here(worker, client, session);
    } else {
        worker.send(client.detach()?, session);
    }
    Ok(())
}

/// A socket of the async runtime.
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    fn new(socket: &Socket) -> io::Result<Self> {
        Ok(match socket {
            Socket::Tcp(listener) => {
                let listener: StdTcpListener = listener.try_clone()?;
                Self::Tcp(TcpListener::from_std(listener)?)
            }
            Socket::Unix(listener) => {
                let listener: StdUnixListener = listener.try_clone()?;
                Self::Unix(UnixListener::from_std(listener)?)
            }
        })
    }

    /// The next connection, and the host that it comes from.
    async fn accept(&self) -> io::Result<(Client, Option<IpAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Answers are sent whole: none waits for the acknowledgement of the one before.
                stream.set_nodelay(true)?;
                Ok((Client::Tcp(stream), Some(peer.ip())))
            }
            Self::Unix(listener) => Ok((Client::Unix(listener.accept().await?.0), None)),
        }
    }
}

//! The socket for commands of the operator: `alert test` is done by the daemon, with its rights.
//!
//! Only root and the daemon's own user are answered, as the kernel names the peer: whoever is one of
//! them may end or replace the daemon anyway.

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::geteuid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::alerts::AlertMessage;
use crate::alert::trial::{Report, socket};
use crate::net::socket_file::SocketFile;

/// Limit on the length of a request: the name of a rule.
const MAX_REQUEST: u64 = 4096;
/// Time limit for a request.
const REQUEST_DEADLINE: Duration = Duration::from_secs(5);
/// The pause after the system refuses a connection, for example without free descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers one request after the other.
pub(super) async fn answer_commands(data: PathBuf, actions: Sender<AlertMessage>) {
    let bound = SocketFile::bind(&socket(&data))
        .and_then(|(listener, file)| Ok((UnixListener::from_std(listener)?, file)));
    let (listener, _file) = match bound {
        Ok(bound) => bound,
        Err(error) => {
            let path = socket(&data);
            return log::warn!("{}: {error}; `alert test` needs --here", path.display());
        }
    };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => answer(stream, &actions).await,
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn answer(mut stream: UnixStream, actions: &Sender<AlertMessage>) {
    let mut rule = String::new();
    let mut request = (&mut stream).take(MAX_REQUEST);
    let read = timeout(REQUEST_DEADLINE, request.read_to_string(&mut rule)).await;
    if !matches!(read, Ok(Ok(_))) {
        return;
    }
    let allowed = [0, geteuid().as_raw()];
    let report = if stream.peer_cred().is_ok_and(|peer| allowed.contains(&peer.uid())) {
        let (done, report) = oneshot::channel();
        // Without the other task the daemon ends.
        let _ = actions.send(AlertMessage::Trial { rule, done }).await;
        let Ok(report) = report.await else { return };
        report
    } else {
        log::warn!("a command of another user was refused");
        let text = "refused: only root and the user of the daemon may ask\n".to_owned();
        Report { code: 1, text }
    };
    // The command may be gone.
    let _ = timeout(REQUEST_DEADLINE, stream.write_all(report.to_wire().as_bytes())).await;
}

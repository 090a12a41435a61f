//! The socket for commands of the operator: `alert test` is done by the daemon, with its rights,
//! `doctor` asks what it cannot read, and `ready` whether samples are taken and stored.
//!
//! Only root and the daemon's own user are answered, as the kernel names the peer: whoever is one
//! of them may end or replace the daemon anyway.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::geteuid;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;
use tokio::task::{spawn_blocking, spawn_local};
use tokio::time::timeout;

use super::alerts::AlertMessage;
use crate::alert::trial::{Report, socket};
use crate::config::{Config, HOST_FAULTS, host_faults};
use crate::net::socket_file::SocketFile;
use crate::output::live::{READINESS, READY, Shared};
use crate::schedule::clock;

/// Limit on the length of a request: the name of a rule.
const MAX_REQUEST: u64 = 4096;
/// Time limit for a request.
const REQUEST_DEADLINE: Duration = Duration::from_secs(5);
/// How often the socket is looked at, and the pause after the system refuses it or a connection.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Why no command is answered.
#[derive(Debug, Error)]
#[error("{}: cannot listen, so that `alert test` needs --here: {why}", path.display())]
struct NoCommands {
    path: PathBuf,
    why: String,
}

/// Reads one request after the other. The socket is made again if it is gone, as it is when the
/// data folder was moved or restored.
pub(super) async fn answer_commands(
    data: PathBuf,
    config: Rc<RefCell<Config>>,
    actions: Sender<AlertMessage>,
    shared: Arc<Shared>,
) {
    let faults = shared.all_faults().of_task();
    let path = socket(&data);
    loop {
        let bound = SocketFile::bind(&path)
            .and_then(|(listener, file)| Ok((UnixListener::from_std(listener)?, file)));
        let outcome = match &bound {
            Ok(_) => Ok(()),
            Err(error) => Err(NoCommands { path: path.clone(), why: error.to_string() }),
        };
        faults.note("commands", &outcome);
        let Ok((listener, _file)) = bound else {
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        };
        while path.exists() {
            match timeout(LOOK_EVERY, listener.accept()).await {
                Ok(Ok((stream, _))) => answer(stream, &config, &actions, &shared).await,
                Ok(Err(_)) => tokio::time::sleep(LOOK_EVERY).await,
                Err(_) => {}
            }
        }
    }
}

async fn answer(
    mut stream: UnixStream,
    config: &RefCell<Config>,
    actions: &Sender<AlertMessage>,
    shared: &Shared,
) {
    let mut rule = String::new();
    let mut request = (&mut stream).take(MAX_REQUEST);
    let read = timeout(REQUEST_DEADLINE, request.read_to_string(&mut rule)).await;
    if !matches!(read, Ok(Ok(_))) {
        return;
    }
    let allowed = [0, geteuid().as_raw()];
    let is_allowed = stream.peer_cred().is_ok_and(|peer| allowed.contains(&peer.uid()));
    let report = if is_allowed && rule == HOST_FAULTS {
        let config = config.borrow().clone();
        // Files of the host may be answered late.
        let Ok(lines) = spawn_blocking(move || host_faults(&config)).await else { return };
        Report { code: 0, text: lines.into_iter().map(|line| line + "\n").collect() }
    } else if is_allowed && rule == READINESS {
        let lines = shared.unready(clock::unix_now());
        let text = if lines.is_empty() { READY.to_owned() } else { lines.concat() };
        Report { code: u8::from(!lines.is_empty()), text }
    } else if is_allowed {
        let (done, report) = oneshot::channel();
        let actions = actions.clone();
        // The actions may take minutes, in which the daemon answers other questions.
        spawn_local(async move {
            // Without the other task the daemon ends.
            let _ = actions.send(AlertMessage::Trial { rule, done }).await;
            if let Ok(report) = report.await {
                send(&mut stream, &report).await;
            }
        });
        return;
    } else {
        log::warn!("a command of another user was refused");
        let text = "refused: only root and the user of the daemon may ask\n".to_owned();
        Report { code: 1, text }
    };
    send(&mut stream, &report).await;
}

async fn send(stream: &mut UnixStream, report: &Report) {
    // The command may be gone.
    let _ = timeout(REQUEST_DEADLINE, stream.write_all(report.to_wire().as_bytes())).await;
}

//! A Unix socket at which scripts submit and request values, like that of collectd.
//!
//! Source: collectd-unixsock(5), and what collectd 5.12 answers.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::lines::next_line;
use super::protocol::parse_line;
use super::record::{Record, Reply};
use super::script_log::{ScriptLog, level};
use crate::net::connections::{Activity, AtEnd, Connections, Origin, State};
use crate::net::holder::Protocol;
use crate::net::listen::ListenAddress;
use crate::net::socket_file::SocketFile;
use crate::schedule::clock;
use crate::source::input::Context;
use crate::source::open::open;
use crate::source::sample::BatchSink;

/// Limit on the time in which a script sends nothing.
const SILENCE: Duration = Duration::from_secs(600);
/// Limit on the time in which a script does not read its answer.
const ANSWER_DEADLINE: Duration = Duration::from_secs(60);

/// What all scripts use.
struct Service {
    record: Rc<RefCell<Record>>,
    samples: Rc<dyn BatchSink>,
    log: ScriptLog,
}

/// Serves a socket until the task ends, and its connections with it.
pub(super) async fn serve(path: PathBuf, record: Rc<RefCell<Record>>, context: Rc<Context>) {
    let faults = context.faults.of_task();
    let place = (ListenAddress::Socket(path.clone()), Protocol::Tcp);
    let bound = open(place, "collectd.socket", &faults, &context, || listen(&path));
    let (listener, _file) = bound.await;
    let (samples, log) = (context.samples.clone(), ScriptLog::default());
    let service = Rc::new(Service { record, samples, log });
    let mut scripts = Connections::new(AtEnd::Close);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        };
        let service = service.clone();
        let serve = |activity: Activity| async move {
            // A script that disconnects needs no answer.
            let _ = converse(stream, &service, &activity).await;
        };
        scripts.serve(Origin::SOCKET, serve).await;
    }
}

fn listen(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    let (listener, file) = SocketFile::bind(path)?;
    Ok((UnixListener::from_std(listener)?, file))
}

/// Answers one command after the other.
async fn converse(stream: UnixStream, service: &Service, activity: &Activity) -> io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    while let Some(line) = timeout(SILENCE, next_line(&mut reading)).await.map_err(late)?? {
        activity.begin(State::Working);
        if let Some(answer) = answer(&line, service).await {
            activity.begin(State::Sending);
            let sent = timeout(ANSWER_DEADLINE, writing.write_all(answer.as_bytes()));
            sent.await.map_err(late)??;
        }
        activity.begin(State::Waiting);
    }
    Ok(())
}

/// A status line, and the number of lines that it announces; `None` for an empty line.
async fn answer(line: &str, service: &Service) -> Option<String> {
    let command = match parse_line(line) {
        Ok(command) => command?,
        Err(error) => return Some(format!("-1 {error}\n")),
    };
    let reply = service.record.borrow_mut().take(command, clock::now());
    Some(match reply {
        Ok(Reply::Taken(batches, count)) => {
            for batch in batches {
                // Without a sampler the daemon ends, and this connection with it.
                service.samples.store(batch);
            }
            let (values, have) = if count == 1 { ("value", "has") } else { ("values", "have") };
            format!("0 Success: {count} {values} {have} been dispatched.\n")
        }
        Ok(Reply::Lines(lines)) => {
            let values = if lines.len() == 1 { "Value" } else { "Values" };
            let mut answer = format!("{} {values} found\n", lines.len());
            for line in lines {
                answer.push_str(&line);
                answer.push('\n');
            }
            answer
        }
        Ok(Reply::Told { severity, message }) => {
            service.log.log(level(&severity), "collectd.socket", &message);
            "0 Success\n".to_owned()
        }
        Ok(Reply::Flush(count)) => {
            let (done, written) = oneshot::channel();
            service.samples.flush(done);
            match written.await {
                Ok(true) => format!("0 Done: {count} successful, 0 errors\n"),
                _ => format!("-1 Done: 0 successful, {count} errors\n"),
            }
        }
        Err(refusal) => format!("-1 {refusal}\n"),
    })
}

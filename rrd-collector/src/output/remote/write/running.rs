//! The tasks that send, one for each endpoint, from the start over reloads to the stop.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::cursor::{self, Cursor};
use super::endpoint::Endpoint;
use super::sender::{Action, Sender};
use super::settings::RemoteWrite;
use super::source::{Source, StoredRows};
use crate::fault::Faults;
use crate::net::nonce::nonce;
use crate::output::live::Shared;
use crate::output::remote::thread::RemoteThread;
use crate::output::remote_status::RemoteStatus;
use crate::process::HostName;
use crate::schedule::clock;

/// How often the cursor is written, and the longest time without a look at it.
const KEEP_EVERY: Duration = Duration::from_secs(10);
/// How long the last samples may take when the daemon stops.
const LAST: Duration = Duration::from_secs(2);
/// Something more, for the threads.
const LAST_OF_ALL: Duration = Duration::from_millis(2500);

/// The running endpoints.
#[derive(Debug)]
pub struct RemoteWrites {
    thread: Arc<RemoteThread>,
    data: PathBuf,
    host: HostName,
    rows: StoredRows,
    shared: Arc<Shared>,
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    settings: RemoteWrite,
    /// How it is ended.
    end: oneshot::Sender<Ending>,
    /// Something comes when it has ended.
    ended: oneshot::Receiver<()>,
}

/// How sending ends.
#[derive(Debug)]
enum Ending {
    /// At once; another task goes on.
    Now,
    /// With the last samples, since the daemon stops. What waits for that is dropped then.
    Last(mpsc::Sender<()>),
}

/// A receiver that takes nothing at present.
#[derive(Debug, Error)]
#[error("{0}")]
struct NotTaken(String);

impl RemoteWrites {
    /// No endpoints yet. Tasks run on this thread, and keep their cursors in the data folder.
    pub fn new(
        thread: Arc<RemoteThread>,
        data: &Path,
        host: HostName,
        rows: StoredRows,
        shared: Arc<Shared>,
    ) -> Self {
        Self { thread, data: data.to_owned(), host, rows, shared, running: Vec::new() }
    }

    /// Ends the tasks of endpoints that are gone or changed, and starts those of new and changed
    /// ones, which go on where the ones before them were.
    pub fn apply(&mut self, wanted: &[RemoteWrite]) {
        let mut before = Vec::new();
        let (kept, ending): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(|task| wanted.contains(&task.settings));
        self.running = kept;
        for Running { settings, end, ended } in ending {
            // It may have died.
            let _ = end.send(Ending::Now);
            if wanted.iter().all(|other| other.name != settings.name) {
                self.shared.remote_writes().remove(&settings.name);
            }
            before.push((settings.name, ended));
        }
        for settings in wanted {
            if self.running.iter().any(|task| task.settings == *settings) {
                continue;
            }
            let place = before.iter().position(|(name, _)| *name == settings.name);
            let before = place.map(|place| before.swap_remove(place).1);
            if let Err(error) = self.start(settings.clone(), before) {
                log::error!("remote write to {}: cannot start: {error}", settings.name);
            }
        }
    }

    fn start(
        &mut self,
        settings: RemoteWrite,
        before: Option<oneshot::Receiver<()>>,
    ) -> std::io::Result<()> {
        let (end, ending) = oneshot::channel();
        let (done, ended) = oneshot::channel();
        let task = Task {
            path: cursor::path(&self.data, &settings.name),
            settings: settings.clone(),
            host: self.host.clone(),
            rows: self.rows.clone(),
            shared: self.shared.clone(),
            faults: self.shared.all_faults().of_task(),
        };
        self.thread.spawn(move || async move {
            if let Some(before) = before {
                // It writes the cursor, or has died.
                let _ = before.await;
            }
            task.run(ending).await;
            drop(done);
        })?;
        self.running.push(Running { settings, end, ended });
        Ok(())
    }

    /// Sends the last samples and the ends of all series, as far as there is time.
    pub fn stop(&mut self) {
        let (done, all_done) = mpsc::channel();
        for task in self.running.drain(..) {
            let _ = task.end.send(Ending::Last(done.clone()));
        }
        drop(done);
        // Ends when all tasks have dropped their end of it.
        let _ = all_done.recv_timeout(LAST_OF_ALL);
    }
}

/// One endpoint.
struct Task {
    path: PathBuf,
    settings: RemoteWrite,
    host: HostName,
    rows: StoredRows,
    shared: Arc<Shared>,
    faults: Faults,
}

impl Task {
    async fn run(self, ending: oneshot::Receiver<Ending>) {
        let read = Cursor::read(&self.path);
        self.note_cursor(&read.as_ref().map(|_| ()));
        let cursor = read.ok().flatten();
        let cursor = cursor.unwrap_or_else(|| Cursor::beginning(clock::unix_now()));
        let mut endpoint = Endpoint::new(self.settings.page.clone(), self.settings.timeout);
        let (settings, rows) = (self.settings.clone(), self.rows.clone());
        let mut sender = Sender::new(settings, &self.host, rows, cursor, nonce);
        let (mut kept, mut answers) = (Instant::now(), 0);
        let each = |sender: &mut Sender<StoredRows>| {
            if kept.elapsed() >= KEEP_EVERY {
                kept = Instant::now();
                self.keep(sender);
            }
            self.publish(sender.status(), &mut answers);
        };
        let ending = tokio::select! {
            ending = ending => ending,
            () = drive(&mut sender, &mut endpoint, each) => return,
        };
        if let Ok(Ending::Last(done)) = ending {
            sender.stop();
            let last = drive(&mut sender, &mut endpoint, |_| {});
            // What was not taken by then is sent after the next start.
            let _ = timeout(LAST, last).await;
            self.keep(&mut sender);
            drop(done);
        } else {
            self.keep(&mut sender);
        }
    }

    /// Shows the state, and notes what became of requests since the last time.
    fn publish(&self, status: &RemoteStatus, answers: &mut u64) {
        let known = std::mem::replace(answers, status.sent + status.failures.values().sum::<u64>());
        if *answers != known {
            let outcome = status.error.clone().map_or(Ok(()), |error| Err(NotTaken(error)));
            self.faults.note(&format!("remote write to {}", self.settings.name), &outcome);
        }
        self.shared.remote_writes().insert(self.settings.name.clone(), status.clone());
    }

    fn keep(&self, sender: &mut Sender<StoredRows>) {
        if let Some(cursor) = sender.moved_cursor() {
            self.note_cursor(&cursor.write(&self.path));
        }
    }

    fn note_cursor<E: std::error::Error>(&self, outcome: &Result<(), E>) {
        self.faults.note(&format!("the cursor of remote write to {}", self.settings.name), outcome);
    }
}

/// Sends what there is, until the sender ends. `each` is called after each step. While there is
/// something to catch up, this takes at most half of the time of a processor.
pub async fn drive<S: Source>(
    sender: &mut Sender<S>,
    endpoint: &mut Endpoint,
    mut each: impl FnMut(&mut Sender<S>),
) {
    loop {
        let begun = Instant::now();
        let action = sender.next(clock::now());
        let busy = begun.elapsed();
        match action {
            Action::Send { body, protocol } => {
                let outcome = endpoint.send(body, protocol).await;
                sender.note(&outcome, clock::now());
                each(sender);
                sleep(busy).await;
            }
            Action::Wait(pause) => {
                each(sender);
                sleep(pause.min(KEEP_EVERY)).await;
            }
            Action::End => {
                each(sender);
                return;
            }
        }
    }
}

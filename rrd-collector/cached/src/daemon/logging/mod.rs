//! The log: a file, the system's log, or standard error, written by a thread of its own, so that a
//! log that hangs delays nobody.

mod destination;
mod limiter;

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use log::{Level, LevelFilter, Metadata, Record};

pub(super) use destination::Destination;
use limiter::Limiter;

/// Lines that wait for the thread; further ones are counted only.
const WAITING: usize = 1024;
/// How long the last lines may take at the end.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What the thread is told.
enum Message {
    Line(Level, String),
    Reopen,
    /// Answered once everything before it is written.
    Flush(SyncSender<()>),
}

/// The running log.
#[derive(Clone, Debug)]
pub(super) struct Log {
    sender: SyncSender<Message>,
}

/// What takes the lines of the whole process.
struct Sink {
    sender: SyncSender<Message>,
    level: LevelFilter,
    dropped: AtomicU64,
}

impl Log {
    /// Starts the log of this process. If there is one already, as in tests, that one goes on.
    pub(super) fn start(destination: Destination, level: LevelFilter) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING);
        thread::Builder::new().name("log".into()).spawn(move || write(&receiver, destination))?;
        let sink = Sink { sender: sender.clone(), level, dropped: AtomicU64::new(0) };
        if log::set_boxed_logger(Box::new(sink)).is_ok() {
            log::set_max_level(level);
        }
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            log::error!("a bug: {panic}");
            earlier(panic);
        }));
        Ok(Self { sender })
    }

    /// Opens the file of the log again, after it was renamed.
    pub(super) fn reopen(&self) {
        let _ = self.sender.try_send(Message::Reopen);
    }

    /// Waits until all lines are written, but not for long.
    pub(super) fn flush(&self) {
        let (done, is_done) = sync_channel(1);
        let until = Instant::now() + LAST_LINES;
        while let Err(TrySendError::Full(_)) = self.sender.try_send(Message::Flush(done.clone())) {
            if Instant::now() >= until {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        let _ = is_done.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

impl log::Log for Sink {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.level
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut text = record.args().to_string();
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, " ({dropped} lines before it were lost)");
        }
        if self.sender.try_send(Message::Line(record.level(), text)).is_err() {
            self.dropped.fetch_add(dropped + 1, Ordering::Relaxed);
        }
    }

    fn flush(&self) {
        Log { sender: self.sender.clone() }.flush();
    }
}

fn write(messages: &Receiver<Message>, mut destination: Destination) {
    let (mut limiter, start) = (Limiter::default(), Instant::now());
    for message in messages {
        match message {
            Message::Line(level, text) => {
                if let Some(line) = limiter.filter(&text, start.elapsed()) {
                    destination.write(level, &line);
                }
            }
            Message::Reopen => destination.reopen(),
            Message::Flush(done) => {
                let _ = done.send(());
            }
        }
    }
}

/// Where the log of a daemon goes: the file if there is one, else the system's log; without that,
/// standard error if somebody sees it.
pub(super) fn destination(file: Option<&Path>, in_foreground: bool) -> io::Result<Destination> {
    match file {
        Some(path) => Destination::file(path),
        None => Ok(Destination::system(in_foreground)),
    }
}

//! One connection: which command may come next, and its answer.

mod batch;
mod converse;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::Arc;

use tokio::task;

use crate::command::{self, Amount, Samples};
use crate::grammar::{Answer, Arguments, Permissions, Verb, Words};
use crate::server::Server;

use batch::{Batch, TooManyErrors};

pub use converse::converse;

pub(crate) use crate::command::Rows;
pub(crate) use crate::grammar::Writing;

/// The state of a connection.
#[derive(Debug)]
pub(crate) struct Session {
    server: Arc<Server>,
    permissions: Arc<Permissions>,
    /// The batch that has begun, if any.
    batch: Option<Batch>,
    samples: Samples,
}

/// How a connection goes on after a line.
pub(crate) enum Next {
    /// With the next line.
    Continue,
    /// It is closed once the answer is sent.
    Close,
    /// The answer goes on with these rows, then the connection with the next line.
    Rows(Box<Rows>),
    /// A long answer is written on another thread; then the connection is closed.
    Stream(Writing),
}

impl From<Result<(), TooManyErrors>> for Next {
    fn from(noted: Result<(), TooManyErrors>) -> Self {
        if noted.is_ok() { Self::Continue } else { Self::Close }
    }
}

/// FETCH or FETCHBIN; `Ok(None)` if reading takes longer than the amount permits.
type Fetch = fn(&Server, &Arguments<'_>, Amount) -> Result<Option<Rows>, Answer>;

/// What a command has done.
enum Outcome {
    /// It was an update, and this many values were accepted.
    Accepted(u64),
    /// It has an answer.
    Answered(Answer),
    /// A batch begins.
    Begin,
    /// The batch ends.
    End,
    /// The connection ends without an answer.
    Quit,
    /// It has an answer that is made piece by piece.
    Rows(Box<Rows>),
    /// It has an answer without a status line.
    Stream(Writing),
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self::Answered(answer)
    }
}

impl Session {
    /// A new connection to a socket with these permissions.
    pub(crate) fn new(server: Arc<Server>, permissions: Arc<Permissions>) -> Self {
        Self { server, permissions, batch: None, samples: Samples::default() }
    }

    /// Runs a line, without its end, and appends the answer to `out`. Only what takes long waits
    /// here: everything else is done when this returns for the first time.
    pub(crate) async fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Next {
        let outcome = self.run(line).await;
        if let Some(batch) = &mut self.batch {
            return match outcome {
                Outcome::Quit => Next::Close,
                Outcome::End => {
                    batch.write_to(out);
                    self.batch = None;
                    Next::Continue
                }
                Outcome::Answered(answer) => batch.note(&answer).into(),
                _ => {
                    batch.note_success();
                    Next::Continue
                }
            };
        }
        match outcome {
            Outcome::Accepted(1) => out.extend_from_slice(b"0 errors, enqueued 1 value(s).\n"),
            // Writing to memory does not fail.
            Outcome::Accepted(count) => {
                let _ = writeln!(out, "0 errors, enqueued {count} value(s).");
            }
            Outcome::Answered(answer) => answer.write_to(out),
            Outcome::Begin => {
                self.batch = Some(Batch::begin(self.server.clone()));
                Answer::done("Go ahead.  End with dot '.' on its own line.").write_to(out);
            }
            Outcome::Rows(mut rows) => {
                if rows.push_piece(out) {
                    return Next::Rows(rows);
                }
            }
            Outcome::Stream(writing) => return Next::Stream(writing),
            Outcome::Quit | Outcome::End => return Next::Close,
        }
        Next::Continue
    }

    /// Answers a line that is too long to be run.
    pub(crate) fn line_too_long(&mut self, out: &mut Vec<u8>) -> Next {
        let answer = Answer::failure("line too long");
        if let Some(batch) = &mut self.batch {
            return batch.note(&answer).into();
        }
        answer.write_to(out);
        Next::Continue
    }

    async fn run(&mut self, line: &[u8]) -> Outcome {
        let mut words = Words::of(line);
        let word = words.next().unwrap_or_default();
        let Some(verb) = Verb::parse(&word) else {
            return Answer::failure([b"Unknown command: ", &*word].concat()).into();
        };
        if !self.permissions.allows(verb) {
            return Answer::failure("Permission denied.").into();
        }
        let is_in_place = match self.batch {
            Some(_) => verb.is_allowed_in_batch(),
            None => verb.is_allowed_alone(),
        };
        if !is_in_place {
            return Answer::failure([b"Can't use '", &*word, b"' here."].concat()).into();
        }
        if verb == Verb::Update {
            return match command::update(&self.server, words, &mut self.samples) {
                Ok(count) => Outcome::Accepted(count),
                Err(answer) => answer.into(),
            };
        }
        let arguments: Vec<_> = words.collect();
        self.run_rare(verb, &arguments).await
    }

    /// Runs any other command than UPDATE.
    async fn run_rare(&self, verb: Verb, arguments: &Arguments<'_>) -> Outcome {
        let server = &*self.server;
        match verb {
            Verb::Flush => command::flush(server, arguments).await,
            Verb::FlushAll => command::flush_all(server),
            Verb::Pending => command::pending(server, arguments),
            Verb::Forget => command::forget(server, arguments),
            Verb::Queue => command::queue(server),
            Verb::Help => command::help(arguments),
            Verb::Stats => match arguments {
                [what] if what.eq_ignore_ascii_case(b"errors") => command::stats_errors(server),
                _ => command::stats(server),
            },
            Verb::Ping => Answer::done("PONG"),
            Verb::Fetch => return self.fetch(command::fetch, arguments).await,
            Verb::FetchBinary => return self.fetch(command::fetch_binary, arguments).await,
            Verb::Info => command::info(server, arguments),
            Verb::First => command::first(server, arguments),
            Verb::Last => command::last(server, arguments),
            Verb::Create => self.run_aside(command::create, arguments).await,
            Verb::List => self.run_aside(command::list, arguments).await,
            Verb::Suspend => command::suspend(server, arguments),
            Verb::Resume => command::resume(server, arguments),
            Verb::SuspendAll => command::suspend_all(server),
            Verb::ResumeAll => command::resume_all(server),
            Verb::Tune => self.run_aside(command::tune, arguments).await,
            Verb::Dump => {
                let begun = self.aside(command::dump, arguments).await;
                return match begun {
                    Ok(Ok(writing)) => Outcome::Stream(writing),
                    Ok(Err(answer)) | Err(answer) => answer.into(),
                };
            }
            Verb::Batch => return Outcome::Begin,
            Verb::Quit => return Outcome::Quit,
            Verb::Dot => return Outcome::End,
            // Allowed nowhere here; UPDATE has run before.
            Verb::Wrote | Verb::Update => Answer::usage(verb),
        }
        .into()
    }

    /// Reads rows: few of them here, many on a thread for slow commands.
    async fn fetch(&self, command: Fetch, arguments: &Arguments<'_>) -> Outcome {
        let read = match command(&self.server, arguments, Amount::Small) {
            Ok(None) => {
                let all = move |server: &Arc<Server>, arguments: &Arguments<'_>| {
                    command(server, arguments, Amount::Any)
                };
                self.aside(all, arguments).await
            }
            read => Ok(read),
        };
        match read {
            Ok(Ok(Some(rows))) => Outcome::Rows(Box::new(rows)),
            Ok(Ok(None)) => Answer::failure("Internal error.").into(),
            Ok(Err(answer)) | Err(answer) => answer.into(),
        }
    }

    /// Runs a slow command on a thread for such commands.
    async fn run_aside(
        &self,
        command: fn(&Server, &Arguments<'_>) -> Answer,
        arguments: &Arguments<'_>,
    ) -> Answer {
        let command =
            move |server: &Arc<Server>, arguments: &Arguments<'_>| command(server, arguments);
        self.aside(command, arguments).await.unwrap_or_else(|answer| answer)
    }

    /// The result of `work` on a thread for slow commands, or the answer that says that it failed.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Server>, &Arguments<'_>) -> T + Send + 'static,
        arguments: &Arguments<'_>,
    ) -> Result<T, Answer> {
        let server = self.server.clone();
        let arguments: Vec<Cow<'static, [u8]>> =
            arguments.iter().map(|argument| Cow::Owned(argument.to_vec())).collect();
        let done = task::spawn_blocking(move || work(&server, &arguments)).await;
        done.map_err(|error| {
            log::error!("a command failed: {error}");
            Answer::failure("Internal error.")
        })
    }
}

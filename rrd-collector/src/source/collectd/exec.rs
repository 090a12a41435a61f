//! Long-running programs that print `PUTVAL` lines: started, read, and restarted when they end.
//!
//! Source: collectd-exec(5).

use std::cell::RefCell;
use std::io;
use std::process::ExitStatus;
use std::rc::Rc;
use std::time::Duration;

use log::Level;
use thiserror::Error;
use tokio::io::{AsyncRead, BufReader};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::lines::next_line;
use super::protocol::{Command, parse_line};
use super::record::{Record, Reply};
use super::script_log::{ScriptLog, level};
use super::section::ExecSettings;
use crate::process::child::{ChildError, Program, RunAs, RunAsError, Running};
use crate::schedule::clock;
use crate::source::input::Context;

/// Limit on the delay before a failing program is restarted.
const MAX_WAIT: Duration = Duration::from_secs(600);
/// A program that ran this long did not fail immediately.
const WELL: Duration = Duration::from_secs(60);
/// Limit on the lines per second from a program; more wait in its pipe.
const LINES_A_SECOND: u32 = 1000;
/// Time limit for reading the remaining output of a program that has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Why a program has no values.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecError {
    /// It cannot be run.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// Its user or group does not exist.
    #[error(transparent)]
    RunAs(#[from] RunAsError),
    /// Its output cannot be read.
    #[error("cannot be listened to")]
    Listen(#[from] io::Error),
    /// It failed.
    #[error("{status}")]
    Failed {
        /// Its exit status.
        status: ExitStatus,
    },
    /// It printed nothing for too long and was ended.
    #[error("ended after {} s without a line", limit.as_secs())]
    Silent {
        /// The limit on silence.
        limit: Duration,
    },
}

/// Runs a program repeatedly, never twice at the same time.
pub(super) async fn exec(config: ExecSettings, record: Rc<RefCell<Record>>, context: Rc<Context>) {
    let interval = Duration::from_secs(config.interval.seconds());
    let faults = context.faults.of_task();
    let concern = format!("exec {}", config.command.join(" "));
    let exec = Exec { concern, config, record, context, lines: ScriptLog::default() };
    let mut wait = interval;
    loop {
        let begun = Instant::now();
        let outcome = exec.run().await;
        faults.note(&exec.concern, &outcome);
        wait = match outcome {
            Err(_) if begun.elapsed() < WELL => (wait * 2).min(MAX_WAIT),
            _ => interval,
        };
        sleep(wait).await;
    }
}

struct Exec {
    concern: String,
    config: ExecSettings,
    record: Rc<RefCell<Record>>,
    context: Rc<Context>,
    /// What the program causes to be logged, in all its runs.
    lines: ScriptLog,
}

impl Exec {
    fn program(&self) -> Result<Program, RunAsError> {
        let ExecSettings { command, user, group, interval, environment, .. } = &self.config;
        let (file, arguments) = command.split_first().map_or(("", &[][..]), |(f, a)| (&**f, a));
        let mut program = Program::new(file, arguments);
        program.run_as = RunAs::find(user.as_deref(), group.as_deref())?;
        program.environment = vec![
            ("COLLECTD_INTERVAL".to_owned(), format!("{}.000", interval.seconds())),
            ("COLLECTD_HOSTNAME".to_owned(), self.context.host.clone()),
        ];
        program.environment.extend(environment.clone());
        Ok(program)
    }

    async fn run(&self) -> Result<(), ExecError> {
        let mut running = Running::start(&self.program()?, &self.context.guard)?;
        let (output, errors) = (running.output.take(), running.errors.take());
        let listening =
            async { tokio::try_join!(self.listen(output), self.complaints(errors)).map(|_| ()) };
        tokio::pin!(listening);
        // Declared last, so that a program is asked to end before its pipes are closed.
        let mut running = running;
        let status = tokio::select! {
            heard = &mut listening => {
                heard?;
                timeout(self.config.deadline, running.end())
                    .await
                    .map_err(|_| ExecError::Silent { limit: self.config.deadline })??
            }
            status = running.end() => {
                let status = status?;
                // The remaining output is in the pipe; another process may keep it open forever.
                let _ = timeout(LAST_WORDS, &mut listening).await;
                status
            }
        };
        if status.success() { Ok(()) } else { Err(ExecError::Failed { status }) }
    }

    /// Reads line by line, until the program closes its output or is silent for too long.
    async fn listen(&self, output: Option<impl AsyncRead + Unpin>) -> Result<(), ExecError> {
        let Some(output) = output else { return Ok(()) };
        let mut stream = BufReader::new(output);
        let limit = self.config.deadline;
        let (mut second, mut lines) = (Instant::now(), 0);
        loop {
            let line = timeout(limit, next_line(&mut stream)).await;
            let Some(line) = line.map_err(|_| ExecError::Silent { limit })?? else { return Ok(()) };
            if let Err(error) = self.take(&line) {
                self.lines.log(Level::Warn, &self.concern, &error.to_string());
            }
            if second.elapsed() >= Duration::from_secs(1) {
                (second, lines) = (Instant::now(), 0);
            }
            lines += 1;
            if lines >= LINES_A_SECOND {
                sleep_until(second + Duration::from_secs(1)).await;
            }
        }
    }

    fn take(&self, line: &str) -> Result<(), Box<dyn std::error::Error>> {
        let Some(command) = parse_line(line)? else { return Ok(()) };
        if !matches!(command, Command::Values { .. } | Command::Notification { .. }) {
            return Err(format!("{line:?}: a program is asked nothing; it prints PUTVAL").into());
        }
        match self.record.borrow_mut().take(command, clock::now())? {
            Reply::Taken(batches, _) => {
                for batch in batches {
                    // Without a sampler the daemon ends, and this task with it.
                    self.context.samples.store(batch);
                }
            }
            Reply::Told { severity, message } => {
                self.lines.log(level(&severity), &self.concern, &message);
            }
            Reply::Lines(_) | Reply::Flush(_) => {}
        }
        Ok(())
    }

    /// Logs the program's error output.
    async fn complaints(&self, errors: Option<impl AsyncRead + Unpin>) -> Result<(), ExecError> {
        let Some(errors) = errors else { return Ok(()) };
        let mut stream = BufReader::new(errors);
        while let Some(line) = next_line(&mut stream).await? {
            self.lines.log(Level::Warn, &self.concern, &line);
        }
        Ok(())
    }
}

//! The locking modes of the tool, `try`, `block` or `none`, and how long commands wait for a lock
//! if none of them is asked for.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use rrd_core::{Locking, OpenError, TuneFileError, UpdateError};

use crate::context::{Context, Defaults};
use crate::environment::Settings;
use crate::failure::Failure;
use crate::still_locked::{StillLocked, Waited};

/// The mode with this name.
pub(crate) fn named(name: &OsStr) -> Option<Locking> {
    match name.to_str()? {
        "try" => Some(Locking::Try),
        "block" => Some(Locking::Block),
        "none" => Some(Locking::None),
        _ => None,
    }
}

/// The mode that `RRD_LOCKING` asks for, if any.
pub fn locking_mode(settings: &Settings, errors: &mut dyn Write) -> Option<Locking> {
    let name = settings.locking.as_deref().filter(|name| !name.is_empty())?;
    Some(named(name).unwrap_or_else(|| {
        let name = name.to_string_lossy();
        let told = "unsupported locking mode";
        // If the stream is closed, nobody can read it.
        drop(writeln!(errors, "{told} '{name}' in $RRD_LOCKING; assuming 'try'"));
        Locking::Try
    }))
}

/// The mode set in the environment, else waiting for as long as this process may.
///
/// RRDtool gives up immediately; a short wait keeps the readings of two concurrent scripts.
pub(crate) fn usual(context: &mut Context<'_>) -> Locking {
    let set = locking_mode(&context.environment.settings, context.errors);
    set.unwrap_or(Locking::Wait(context.lock_wait))
}

/// Runs a command that changes a file, which must change nothing if it finds the file locked. It is
/// tried once, and again for as long as this process may still wait: the time without a wait is
/// free.
pub(crate) fn waiting<'a, T>(
    locking: Locking,
    context: &mut Context<'a>,
    mut command: impl FnMut(Locking, &mut Context<'a>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let first = if matches!(locking, Locking::Wait(_)) { Locking::Try } else { locking };
    let failure = match command(first, context) {
        Err(failure) if locked_file(&failure).is_some() => failure,
        outcome => return outcome,
    };
    let Locking::Wait(limit) = locking else {
        return Err(match context.defaults {
            Defaults::Rrdtool => failure,
            Defaults::Own => told(failure, Waited::Not),
        });
    };
    let limit = limit.min(context.lock_wait);
    if limit.is_zero() {
        return Err(told(failure, Waited::Before));
    }
    let started = Instant::now();
    let outcome = command(Locking::Until(started + limit), context);
    let waited = started.elapsed().min(limit);
    context.lock_wait -= waited;
    outcome.map_err(|failure| told(failure, Waited::This(waited)))
}

/// The file whose lock another program holds, if that is the reason of a failure.
fn locked_file(failure: &Failure) -> Option<&Path> {
    let mut error = Some(failure.error());
    while let Some(cause) = error {
        // Each of these stands in the chain for the one inside it.
        let update = cause.downcast_ref().or_else(|| match cause.downcast_ref()? {
            TuneFileError::Update(error) => Some(error),
            _ => None,
        });
        let open = cause.downcast_ref().or(match (update, cause.downcast_ref()) {
            (Some(UpdateError::Open(error)), _) | (_, Some(TuneFileError::Open(error))) => {
                Some(error)
            }
            _ => None,
        });
        match (update, open) {
            (Some(UpdateError::Locked { path }), _) | (_, Some(OpenError::Locked { path })) => {
                return Some(path);
            }
            _ => error = cause.source(),
        }
    }
    None
}

/// The failure in words that say what to do, if it is about a lock.
fn told(failure: Failure, waited: Waited) -> Failure {
    match locked_file(&failure).map(Path::to_owned) {
        Some(path) => StillLocked { path, waited }.into(),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rrd_core::Clock;

    use super::*;
    use crate::environment::{Environment, Settings};
    use crate::still_locked::LONGEST_WAIT;

    /// Runs commands that find this many locks held, in one process that may wait this long.
    fn run(may_wait: Duration, defaults: Defaults, modes: &[Locking]) -> Vec<(usize, String)> {
        let environment = Environment::new(Clock::SYSTEM, Settings::default());
        let (mut input, mut output, mut errors) = (&b""[..], Vec::new(), Vec::new());
        let mut context =
            Context::new(defaults, &environment, &mut input, &mut output, &mut errors);
        context.lock_wait = may_wait;
        let outcome = |mode: &Locking| {
            let mut attempts = 0;
            let outcome = waiting(*mode, &mut context, |mode, _| -> Result<(), Failure> {
                attempts += 1;
                if let Locking::Until(end) = mode {
                    std::thread::sleep(end.saturating_duration_since(Instant::now()));
                }
                Err(OpenError::Locked { path: Path::new("a.rrd").to_owned() }.into())
            });
            let mut text = Vec::new();
            outcome.unwrap_err().print(&mut text);
            (attempts, String::from_utf8(text).unwrap())
        };
        modes.iter().map(outcome).collect()
    }

    fn message(waited: &str) -> String {
        format!(
            "ERROR: could not lock RRD 'a.rrd': another program holds its lock ({waited}); try again when that program is \
             done, or look for it with `fuser 'a.rrd'`\n"
        )
    }

    #[test]
    fn the_commands_of_a_process_share_the_time_to_wait() {
        let usual = Locking::default();
        let told = run(Duration::from_millis(100), Defaults::Rrdtool, &[usual, usual]);
        let before = "not waited for, because earlier commands have waited for 10 s";
        assert_eq!(told, [(2, message("waited for 0.1 s")), (1, message(before))]);
    }

    #[test]
    fn the_mode_try_does_not_wait_and_has_the_words_of_rrdtool_under_its_name() {
        let told = |defaults| run(LONGEST_WAIT, defaults, &[Locking::Try]);
        let own = message("not waited for, because the locking mode is 'try'");
        assert_eq!(told(Defaults::Own), [(1, own)]);
        let words = "ERROR: could not lock RRD\n".to_owned();
        assert_eq!(told(Defaults::Rrdtool), [(1, words)]);
    }
}

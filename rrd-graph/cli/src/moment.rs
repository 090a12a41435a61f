//! Commands that print a single time: `first` and `last`. They print -1 if there is none.

use std::ffi::OsStr;
use std::io::Write;

use crate::answered::Answered;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::rrdcached::{Daemon, DaemonError};

/// A time in seconds, and the error if the daemon could not be asked for it.
pub(crate) struct Moment {
    pub(crate) seconds: i64,
    unreachable: Option<DaemonError>,
}

impl From<Moment> for Answered<i64> {
    fn from(moment: Moment) -> Self {
        Self::new(moment.seconds, moment.unreachable)
    }
}

/// Asks the daemon if one is named and answers, else the file.
pub(crate) fn ask(
    context: &Context<'_>,
    address: Option<&OsStr>,
    daemon: impl FnOnce(&mut Daemon) -> Result<i64, DaemonError>,
    file: impl FnOnce() -> Result<i64, Failure>,
) -> Result<Moment, Failure> {
    let (seconds, unreachable) = match context.environment.daemon(address) {
        Ok(Some(mut found)) => (daemon(&mut found)?, None),
        Ok(None) => (file()?, None),
        Err(unreachable) => (file()?, Some(unreachable)),
    };
    Ok(Moment { seconds, unreachable })
}

/// Prints the time, or -1.
pub(crate) fn print(moment: Result<Moment, Failure>, context: &mut Context<'_>) -> Outcome {
    match moment {
        Ok(moment) => {
            writeln!(context.out, "{}", moment.seconds)?;
            moment.unreachable.map_or(Ok(()), |error| Err(error.into()))
        }
        Err(failure) => {
            writeln!(context.out, "-1")?;
            Err(failure)
        }
    }
}

//! `rrd flushcached`: makes the caching daemon write the pending readings of some files.

use std::ffi::OsString;
use std::path::Path;

use crate::context::{Command, Context};
use crate::failure::Outcome;
use crate::options::{self, OptionSpec};
use crate::reference::Operand;
use crate::rrdcached::DaemonError;
use crate::rrdtool_words;

pub(crate) const COMMAND: Command = Command {
    name: "flushcached",
    about: "make the caching daemon write what it holds of files",
    usage: &["flushcached FILE... [OPTION]..."],
    options: || options::descriptions(OPTIONS),
    operands: &[Operand::Database],
    manual: include_str!("../../manual/flushcached.md"),
    related: &["update"],
    run,
};

const OPTIONS: &[OptionSpec<Option<OsString>>] = &[OptionSpec::daemon(|daemon, address| {
    *daemon = Some(address.to_owned());
    Ok(())
})];

#[derive(Debug, thiserror::Error)]
enum FlushError {
    #[error(
        "Daemon address \"(null)\" unknown. Please use the \"--daemon\" option to set an address on the command line or set the \
         \"RRDCACHED_ADDRESS\" environment variable."
    )]
    NoDaemon,
    #[error(
        "Flushing of file \"{file}\" failed: {}. Skipping remaining {left} file{}.",
        rrdtool_words::reason(reason),
        if *left == 1 { "" } else { "s" }
    )]
    Flush { file: String, reason: DaemonError, left: usize },
}

fn run(arguments: &[OsString], context: &mut Context<'_>) -> Outcome {
    let mut daemon = None;
    let files = options::parse(arguments, OPTIONS, &mut daemon)?;
    if files.is_empty() {
        let words = " [--daemon|-d <addr>] <file> [<file> ...]";
        return Err(context.usage("Usage: ", "flushcached", words));
    }
    let mut daemon = context.environment.daemon(daemon.as_deref())?.ok_or(FlushError::NoDaemon)?;
    for (index, file) in files.iter().enumerate() {
        daemon.flush(Path::new(file)).map_err(|reason| FlushError::Flush {
            file: file.to_string_lossy().into_owned(),
            reason,
            left: files.len() - index - 1,
        })?;
    }
    Ok(())
}

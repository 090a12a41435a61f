//! Remote mode, `rrd - [DIR]`: one command per line, answers on standard output, each followed by
//! `OK` or `ERROR`.

mod folder;
mod timing;
mod words;

use std::ffi::OsString;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::os::unix::ffi::OsStrExt;

use timing::Timing;
use words::Words;

use crate::context::Context;
use crate::dispatch::dispatch;
use crate::failure::{Failure, WrongUse};
use crate::system;
use crate::usage;

/// Answers are flushed when they reach this many bytes, even if more commands have arrived.
const SEND_AT: usize = 1 << 15;

/// The C library keeps twice as much freed memory as the largest block returned to it; beyond that,
/// each chart would cause page faults again.
const KEPT: usize = 4 << 20;

/// Serves until the end of the input or `quit`, and returns the exit status.
pub(crate) fn run(folder: Option<&OsString>, context: &mut Context<'_>) -> u8 {
    if let Some(folder) = folder
        && let Err(error) = std::env::set_current_dir(folder)
    {
        let reason = system::reason(&error);
        let folder = folder.to_string_lossy();
        drop(writeln!(context.errors, "ERROR: chdir {folder} {reason}"));
        return error.raw_os_error().and_then(|number| u8::try_from(number).ok()).unwrap_or(1);
    }
    drop(black_box(Vec::<u8>::with_capacity(KEPT)));
    let mut timing = Timing::start();
    let mut line = Vec::new();
    let mut words = Words::default();
    loop {
        line.clear();
        match context.input.read_until(b'\n', &mut line) {
            Ok(0) => return 0,
            Ok(_) => {}
            Err(error) => {
                let reason = system::reason(&error);
                drop(writeln!(context.errors, "ERROR: reading standard input: {reason}"));
                return 1;
            }
        }
        match serve(&line, &mut words, context) {
            Ok(Next::Answered) => drop(timing.print(&mut context.out)),
            Ok(Next::Quit) => return 0,
            Err(failure) => failure.print(&mut context.out),
        }
        // A client that waits for the answer has sent nothing more; one that has sent more is not
        // waiting yet.
        if !context.input.buffer().contains(&b'\n') || context.out.waiting() >= SEND_AT {
            drop(context.out.flush());
        }
        if context.out.fault().is_some() {
            return 1;
        }
    }
}

/// What follows a successful line.
enum Next {
    Answered,
    Quit,
}

/// Executes one line.
fn serve(line: &[u8], words: &mut Words, context: &mut Context<'_>) -> Result<Next, Failure> {
    let words = words.split(line)?;
    let Some((name, rest)) = words.split_first() else {
        if line.ends_with(b"\n") {
            usage::print_general(&mut context.out)?;
            return Ok(Next::Answered);
        }
        return Err(WrongUse("not enough arguments").into());
    };
    match (name.as_bytes(), rest) {
        (b"quit", []) => return Ok(Next::Quit),
        (b"quit", _) => return Err(WrongUse("invalid parameter count for quit").into()),
        (b"cd", rest) => {
            folder::change(rest)?;
            context.files.clear();
        }
        (b"pwd", rest) => folder::print(rest, &mut context.out)?,
        (b"mkdir", rest) => folder::make(rest)?,
        (b"ls", rest) => folder::list(rest, &mut context.out)?,
        (b"cgi", [_, ..]) => {
            return Err(WrongUse("cgi is not for remote mode: both read standard input").into());
        }
        (_, []) => usage::print_general(&mut context.out)?,
        _ => dispatch(words, context)?,
    }
    Ok(Next::Answered)
}

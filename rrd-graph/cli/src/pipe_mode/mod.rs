//! Remote mode, `rrd - [DIR]`: a command a line, answers on standard output, `OK` or `ERROR` behind each.

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

/// Answers are sent at the latest when this many bytes wait, even if more commands have already arrived.
const SEND_AT: usize = 1 << 15;

/// The C library keeps twice as much freed memory as the largest piece that it was given back; of what is beyond, the
/// kernel would have to find the pages anew for each chart.
const KEPT: usize = 4 << 20;

/// Serves until the input ends or says `quit`, and returns the exit status.
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
        // Who waits for an answer has sent nothing more; who has sent more does not wait yet.
        if !context.input.buffer().contains(&b'\n') || context.out.waiting() >= SEND_AT {
            drop(context.out.flush());
        }
        if context.out.fault().is_some() {
            return 1;
        }
    }
}

/// What follows a line that succeeded.
enum Next {
    Answered,
    Quit,
}

/// Does what one line says.
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
        (_, []) => usage::print_general(&mut context.out)?,
        _ => dispatch(words, context)?,
    }
    Ok(Next::Answered)
}

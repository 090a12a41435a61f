//! Pictures, and what is in them.

use std::ffi::{OsStr, c_char, c_int};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::ptr;
use std::sync::Mutex;

use rrd_cli::{Drawing, GraphAnswer, GraphFact};

use crate::c::arguments::{CommandLine, command_line, set};
use crate::c::call::export;
use crate::c::environment::{StandardOutput, Stream, run};
use crate::c::memory::Texts;
use crate::error::{Failure, set_error};
use crate::info::{List, Node};

export! {
    /// Draws a picture into its file; for `-` into the stream, or C's standard output without one.
    /// Gives what PRINT computed as texts that end with NULL (NULL if there are none; C frees each
    /// and the array), the size of the picture, and the ends of its value axis. 0 or -1.
    fn rrd_graph(
        count: c_int,
        words: *const *const c_char,
        prints: *mut *mut *mut c_char,
        width: *mut c_int,
        height: *mut c_int,
        stream: *mut libc::FILE,
        lowest: *mut f64,
        highest: *mut f64,
    ) -> c_int, else -1;
    {
        // SAFETY: C passes its arguments.
        let Some(answer) = draw(&unsafe { command_line(count, words) })? else { return Ok(-1) };
        let told: Vec<_> = answer.lines().collect();
        let told = told.iter().map(|line| OsStr::from_bytes(line));
        let told = if told.len() == 0 { None } else { Some(Texts::of(told)?) };
        if let Some(image) = answer.image() {
            // SAFETY: C passes NULL or a stream.
            let written = match unsafe { Stream::of(stream) } {
                Some(mut stream) => stream.write_all(image),
                None => StandardOutput.write_all(image).and_then(|()| StandardOutput.flush()),
            };
            if written.is_err() {
                // As for a file that cannot be saved, what was computed is told all the same.
                set_error(&Failure::new("writing image"));
            }
        }
        let size = answer.size().unwrap_or_default();
        let side = |pixels| c_int::try_from(pixels).unwrap_or(c_int::MAX);
        let values = answer.values().unwrap_or_default();
        // SAFETY: C passes places for the results.
        unsafe {
            set(prints, told.map_or(ptr::null_mut(), Texts::hand_out));
            set(width, side(size.0));
            set(height, side(size.1));
            set(lowest, values.0);
            set(highest, values.1);
        }
        Ok(0)
    }
}

export! {
    /// Draws a picture, and gives all facts about it as a list that C frees; NULL if it fails.
    fn rrd_graph_v(count: c_int, words: *const *const c_char) -> *mut Node, else ptr::null_mut();
    {
        // SAFETY: C passes its arguments.
        let Some(answer) = draw(&unsafe { command_line(count, words) })? else {
            return Ok(ptr::null_mut());
        };
        let mut list = List::new();
        for (key, fact) in answer.facts() {
            match fact {
                GraphFact::Count(count) => list.count(key, count.cast_unsigned())?,
                GraphFact::Value(value) => list.number(key, value)?,
                GraphFact::Text(text) => list.text(key, OsStr::from_bytes(&text))?,
                GraphFact::Bytes(bytes) => list.blob(key, bytes)?,
            }
        }
        Ok(list.hand_out())
    }
}

/// What pictures left for the next. Threads that draw at the same time take one each; a lock that
/// is held is not waited for, since it stays so in a process that forked meanwhile.
static DRAWINGS: Mutex<Vec<Drawing>> = Mutex::new(Vec::new());

/// Limit on their number: each has the canvas of a picture.
const MAX_DRAWINGS: usize = 4;

fn keep(drawing: Drawing) {
    if let Ok(mut drawings) = DRAWINGS.try_lock()
        && drawings.len() < MAX_DRAWINGS
        && drawing.is_small()
    {
        drawings.push(drawing);
    }
}

/// Draws a picture. A fault that leaves something to tell only sets the error. `None` if there is
/// nothing to tell, which RRDtool does not call an error, although it fails.
fn draw(line: &CommandLine) -> Result<Option<GraphAnswer>, Failure> {
    let (answer, fault) = run(line, |calls, words| {
        let kept = DRAWINGS.try_lock().ok().and_then(|mut drawings| drawings.pop());
        if let Some(drawing) = kept {
            calls.lend(drawing);
        }
        let answer = calls.graph(words);
        keep(calls.take_back());
        Ok(answer?)
    })?;
    if let Some(fault) = fault {
        set_error(&Failure::from(fault));
    }
    Ok(Some(answer).filter(|answer| !answer.is_empty()))
}

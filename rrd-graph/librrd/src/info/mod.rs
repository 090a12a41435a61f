//! Lists of keys and values, and everything about a file except its rows as such a list.

mod daemon;
mod list;
mod node;
mod print;

use std::ffi::{OsStr, c_char, c_int};
use std::ptr;

use rrd_cli::InfoAnswer;
use rrd_core::{Info, InfoValue, RrdReader};

use crate::c::arguments::{command_line, file};
use crate::c::call::export;
use crate::c::environment::{run, value};
use crate::error::Failure;
pub(crate) use daemon::of_lines;
pub(crate) use list::List;
pub(crate) use node::Node;

export! {
    /// Everything about a file except its rows, or NULL.
    fn rrd_info(count: c_int, words: *const *const c_char) -> *mut Node, else ptr::null_mut();
    {
        // SAFETY: C passes its arguments.
        let line = unsafe { command_line(count, words) };
        let list = match run(&line, |calls, words| Ok(value(calls.info(words)?)))? {
            InfoAnswer::File { name, info } => of_file(&info, &name)?,
            InfoAnswer::Daemon(lines) => of_lines(&lines)?,
        };
        Ok(list.hand_out())
    }
}

export! {
    /// Everything about a file except its rows, or NULL.
    fn rrd_info_r(name: *const c_char) -> *mut Node, else ptr::null_mut();
    {
        // SAFETY: C passes the name of a file.
        let file = unsafe { file(name) }?;
        let info = Info::of(&RrdReader::open(file)?, "");
        Ok(of_file(&info, file.as_os_str())?.hand_out())
    }
}

/// What is known about a file that C calls `name`, which need not be UTF-8.
fn of_file(info: &Info, name: &OsStr) -> Result<List, Failure> {
    let mut list = List::new();
    let mut outcome = Ok(());
    info.entries(|key, value| {
        if outcome.is_ok() {
            outcome = match value {
                InfoValue::Text(_) if key == "filename" => list.text(key, name),
                InfoValue::Text(text) => list.text(key, text),
                InfoValue::Count(count) => list.count(key, count),
                InfoValue::Seconds(seconds) => list.count(key, seconds.cast_unsigned()),
                InfoValue::Number(number) => list.number(key, number),
                _ => Err(Failure::new(format!("a value of a new kind: {key}"))),
            };
        }
    });
    outcome.map(|()| list)
}

//! Lists of keys and values, and everything about a file except its rows as such a list.

mod list;
mod node;
mod print;

use std::ffi::{OsStr, c_char};
use std::ptr;

use rrd_core::{Info, InfoValue, RrdReader};

use crate::c::arguments::file;
use crate::c::call::export;
use crate::error::Failure;
pub(crate) use list::List;
pub(crate) use node::Node;

export! {
    /// Everything about a file except its rows, or NULL.
    fn rrd_info_r(name: *const c_char) -> *mut Node, else ptr::null_mut();
    {
        // SAFETY: C passes the name of a file.
        let file = unsafe { file(name) }?;
        let info = Info::of(&RrdReader::open(file)?, "");
        let mut list = List::new();
        add(&info, file.as_os_str(), &mut list)?;
        Ok(list.hand_out())
    }
}

/// Adds the values of a file that C calls `name`, which need not be UTF-8.
fn add(info: &Info, name: &OsStr, list: &mut List) -> Result<(), Failure> {
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
    outcome
}

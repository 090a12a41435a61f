//! The command line of the server `rrdcached`: a line an argument.
#![no_main]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let arguments: Vec<OsString> =
        data.split(|byte| *byte == b'\n').map(|line| OsStr::from_bytes(line).to_owned()).collect();
    let said = rrd_cached::said_of(&arguments);
    // What is said repeats arguments, and is at most a line for each word of a list.
    assert!(said.len() <= 400 * (arguments.len() + 4) + 200 * data.len());
});

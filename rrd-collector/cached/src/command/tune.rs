//! `TUNE`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use rrd_core::{Backlog, Tuning};

use super::{failure, file};
use crate::grammar::{Answer, Arguments, Digits, Verb, leading_integer};
use crate::names;
use crate::server::Server;

/// Changes the definition of a file: the words are those of a command line of `tune`, after their
/// number. The file is the one that was checked, whichever the words name.
pub(crate) fn tune(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let [name, count, words @ ..] = arguments else { return Answer::usage(Verb::Tune) };
    let path = match server.checked(name) {
        Ok(path) => path,
        Err(denied) => return denied,
    };
    let count = leading_integer(count, Digits::Decimal).unwrap_or(0);
    let Some(words) = usize::try_from(count).ok().and_then(|count| words.get(..count)) else {
        return Answer::failure(format!("Invalid argument count specified ({count})"));
    };
    let words: Vec<OsString> =
        words.iter().map(|word| OsStr::from_bytes(word).to_owned()).collect();
    // rrdcached takes no words for no changes.
    let tuning = if words.is_empty() { Ok(Tuning::new()) } else { rrd_cli::tuning_of(&words) };
    let tuning = match tuning {
        Ok(tuning) => tuning,
        Err(reason) => return Answer::failure(format!("Got error {reason}")),
    };
    let known = file::known(server, name);
    match server.store.tune(names::path(name), &tuning) {
        Ok(()) => {
            // A file with another structure is another one for the store, but not for clients.
            if let Some(before) = known
                && let Ok(after) = server.store.file(names::path(name))
                && before != after
            {
                server.write_back.forget(&before);
                server.write_back.note(&after, Backlog::Begun);
            }
            Answer::done("Success")
        }
        Err(error) => failure::answer(server, "Got error ", &path, error),
    }
}

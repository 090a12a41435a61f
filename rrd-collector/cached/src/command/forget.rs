//! `FORGET`: drops the values of a file that are not in it yet.

use super::failure::failure;
use super::file;
use crate::grammar::{Answer, Arguments, Verb};
use crate::server::Server;

/// Drops the values that the file lacks, also for the next start.
pub(crate) fn forget(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let [name, ..] = arguments else { return Answer::usage(Verb::Forget) };
    let path = match server.checked(name) {
        Ok(path) => path,
        Err(denied) => return denied,
    };
    let Some(file) = file::known(server, name) else {
        return Answer::failure("No such file or directory");
    };
    // In this order: a value that arrives in between is dropped, and does not stay without a timer.
    server.write_back.forget(&file);
    match server.store.forget(file.path()) {
        Ok(()) => Answer::done("Gone!"),
        Err(error) => failure(server, &path, error),
    }
}

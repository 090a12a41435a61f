//! `LAST`.

use super::failure::failure;
use crate::grammar::{Answer, Arguments, Verb};
use crate::names;
use crate::server::Server;

/// The time of the last value, also if it is not in the file yet.
pub(crate) fn last(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let [name, ..] = arguments else { return Answer::usage(Verb::Last) };
    let path = match server.checked(name) {
        Ok(path) => path,
        Err(denied) => return denied,
    };
    match server.store.last_update(names::path(name)) {
        Ok(time) => Answer::done(time.seconds().to_string()),
        Err(error) => failure(server, &path, error),
    }
}

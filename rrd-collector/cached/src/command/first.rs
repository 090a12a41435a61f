//! `FIRST`.

use super::failure::failure;
use crate::grammar::{Answer, Arguments, Digits, Verb, leading_integer};
use crate::names;
use crate::server::Server;

/// The time of the oldest row of an archive. The number of the archive is 0 unless it is given, as
/// in rrdcached's manual, while rrdcached itself asks for one.
pub(crate) fn first(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let (name, archive) = match arguments {
        [] => return Answer::usage(Verb::First),
        [name] => (name, 0),
        [name, number, ..] => (name, leading_integer(number, Digits::Decimal).unwrap_or(0)),
    };
    let path = match server.checked(name) {
        Ok(path) => path,
        Err(denied) => return denied,
    };
    let Ok(archive) = usize::try_from(archive) else {
        return Answer::failure(format!("Invalid index specified ({archive})"));
    };
    match server.store.head(names::path(name)) {
        Ok(head) => match head.oldest_row(archive) {
            Some(time) => Answer::done(time.seconds().to_string()),
            None => Answer::failure("RRD Error: invalid rraindex number"),
        },
        Err(error) => failure(server, &path, error),
    }
}

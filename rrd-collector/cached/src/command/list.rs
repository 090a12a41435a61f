//! `LIST`.

use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::grammar::{Answer, Arguments, Verb};
use crate::listing::{Depth, ListError, list_below};
use crate::names;
use crate::server::Server;

/// The databases and folders below a folder, whose name begins with `/` and counts from the base.
/// The names are sorted, while rrdcached 1.7 has them in the order of the disk.
pub(crate) fn list(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let (depth, words) = match arguments {
        [word, rest @ ..] if **word == *b"RECURSIVE" => (Depth::All, rest),
        words => (Depth::One, words),
    };
    let name = match (depth, words) {
        (_, [name, ..]) if name.starts_with(b"/") => name,
        // Two blanks before the name.
        (Depth::All, [empty, name, ..]) if empty.is_empty() && name.starts_with(b"/") => name,
        _ => return Answer::usage(Verb::List),
    };
    let mut path = server.options.base.clone().into_os_string().into_vec();
    if path.ends_with(b"/") {
        path.pop();
    }
    path.extend_from_slice(name);
    if server.options.confined && name.windows(3).any(|part| part == b"../") {
        return Answer::failure([b"Cannot read: ", path.as_slice()].concat());
    }
    match list_below(&server.options, names::path(&path), depth) {
        Ok(found) => {
            let lines: Vec<u8> =
                found.iter().flat_map(|name| [name.as_bytes(), b"\n"].concat()).collect();
            Answer::lines(found.len(), "RRDs", lines)
        }
        Err(ListError::Outside(leads_to)) => {
            let path = names::path(&path);
            server.outside(path, &leads_to)
        }
        Err(ListError::System(error)) => {
            let reason = rrd_cli::rrdtool_words(&error);
            Answer::failure([b"List ", &*path, b": ", reason.as_bytes()].concat())
        }
    }
}

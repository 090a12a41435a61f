//! `INFO`.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;

use rrd_core::InfoValue;
use rrd_core::number::named_nan;

use super::failure::failure;
use crate::grammar::{Answer, Arguments, Verb};
use crate::names;
use crate::server::Server;

/// Everything about a database except its rows, with the values that are not in the file yet.
pub(crate) fn info(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let [name, ..] = arguments else { return Answer::usage(Verb::Info) };
    let path = match server.checked(name) {
        Ok(path) => path,
        Err(denied) => return denied,
    };
    let info = match server.store.info(names::path(name), "") {
        Ok(info) => info,
        Err(error) => return failure(server, &path, error),
    };
    let shown = path.as_os_str().as_bytes();
    let (mut count, mut lines) = (0, Vec::new());
    info.entries(|key, value| {
        count += 1;
        // Writing to memory does not fail.
        let _ = match value {
            // The name as it is: it need not be UTF-8.
            InfoValue::Text(_) if key == "filename" => {
                lines.extend_from_slice(b"filename 2 ");
                lines.extend_from_slice(shown);
                writeln!(lines)
            }
            InfoValue::Text(text) => writeln!(lines, "{key} 2 {text}"),
            InfoValue::Count(number) => writeln!(lines, "{key} 1 {number}"),
            InfoValue::Seconds(time) => writeln!(lines, "{key} 1 {time}"),
            InfoValue::Number(number) => writeln!(lines, "{key} 0 {}", named_nan(number)),
            // There is no other kind yet.
            _ => writeln!(lines, "{key} 2 "),
        };
    });
    Answer::lines(count, [b"Info for ", shown, b" follows"].concat(), lines)
}

//! `QUEUE`: the files that wait to be written now.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;

use crate::grammar::Answer;
use crate::server::Server;

/// Number of values and path of each file that waits.
pub(crate) fn queue(server: &Server) -> Answer {
    let files = server.write_back.queue();
    let mut lines = Vec::new();
    for (file, values) in &files {
        let path = server.path_of(file.path().as_os_str().as_bytes());
        // Writing to memory does not fail.
        let _ = write!(lines, "{values} ");
        lines.extend_from_slice(path.as_os_str().as_bytes());
        lines.push(b'\n');
    }
    Answer::lines(files.len(), "in queue.", lines)
}

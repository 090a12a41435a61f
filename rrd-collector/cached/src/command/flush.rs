//! `FLUSH` and `FLUSHALL`: brings files up to date.

use std::sync::atomic::Ordering;

use rrd_core::StoreError;

use super::failure::written;
use super::file;
use crate::grammar::{Answer, Arguments, Verb};
use crate::names;
use crate::server::Server;

/// Writes the values of a file to it, and answers when they are there or why they are not.
pub(crate) async fn flush(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let [name, ..] = arguments else { return Answer::usage(Verb::Flush) };
    server.statistics.flushes_received.fetch_add(1, Ordering::Relaxed);
    let path = match server.checked(name) {
        Ok(path) => path,
        Err(denied) => return denied,
    };
    let Some(file) = file::known(server, name) else {
        let leads_out = matches!(server.store.file(&path), Err(StoreError::Outside { .. }));
        return if leads_out {
            names::denied(&path)
        } else if path.is_file() {
            Answer::done(names::about("Nothing to flush: ", &path, "."))
        } else {
            Answer::failure(names::about("No such file: ", &path, "."))
        };
    };
    match written(&path, &file, server.write_back.flush(&file).await) {
        Ok(()) => Answer::done(names::about("Successfully flushed ", &path, ".")),
        Err(answer) => answer,
    }
}

/// Begins to write the values of all files.
pub(crate) fn flush_all(server: &Server) -> Answer {
    server.write_back.flush_all();
    Answer::done("Started flush.")
}

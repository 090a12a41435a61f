//! `FLUSH` and `FLUSHALL`: brings files up to date.

use std::sync::atomic::Ordering;

use rrd_core::StoreError;

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
    let shown = path.display();
    let Some(file) = file::known(server, name) else {
        let leads_out = matches!(server.store.file(&path), Err(StoreError::Outside { .. }));
        return if leads_out {
            names::denied(&path)
        } else if path.is_file() {
            Answer::done(format!("Nothing to flush: {shown}."))
        } else {
            Answer::failure(format!("No such file: {shown}."))
        };
    };
    match server.write_back.flush(&file).await {
        Ok(Ok(())) => Answer::done(format!("Successfully flushed {shown}.")),
        Ok(Err(error)) => {
            Answer::failure(format!("RRD Error: {}", rrd_cli::rrdtool_words(&*error)))
        }
        Err(_) => Answer::failure(format!("RRD Error: {shown}: the server is stopping")),
    }
}

/// Begins to write the values of all files.
pub(crate) fn flush_all(server: &Server) -> Answer {
    server.write_back.flush_all();
    Answer::done("Started flush.")
}

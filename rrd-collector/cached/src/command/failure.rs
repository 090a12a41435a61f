//! Errors of the store as answers.

use std::path::Path;

use rrd_core::{StoreError, StoreFile};
use tokio::sync::oneshot::error::RecvError;

use crate::grammar::Answer;
use crate::names;
use crate::server::Server;
use crate::write_back::Flushed;

/// The answer to an error about the file that a client calls `path`.
pub(super) fn failure(server: &Server, path: &Path, error: StoreError) -> Answer {
    answer(server, "RRD Error: ", path, error)
}

/// The same with other words before the reason.
pub(super) fn answer(server: &Server, before: &str, path: &Path, error: StoreError) -> Answer {
    if let StoreError::Outside { leads_to, .. } = &error {
        return server.outside(path, leads_to);
    }
    Answer::failure([before, &rrd_cli::rrdtool_words(&error.about(path))].concat())
}

/// The result of writing a file that a client calls `path`.
///
/// # Errors
///
/// The answer that says why the file lacks values.
pub(super) fn written(
    path: &Path,
    file: &StoreFile,
    result: Result<Flushed, RecvError>,
) -> Result<(), Answer> {
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            // Others wait for the same error, which has the name that the store has for the file.
            let words = rrd_cli::rrdtool_words(&*error);
            let (stored, typed) = (file.path().to_string_lossy(), path.to_string_lossy());
            let named = words.contains(&*typed);
            let words = if named { words } else { words.replacen(&*stored, &typed, 1) };
            Err(Answer::failure(format!("RRD Error: {words}")))
        }
        Err(_) => {
            Err(Answer::failure(names::about("RRD Error: ", path, ": the server is stopping")))
        }
    }
}

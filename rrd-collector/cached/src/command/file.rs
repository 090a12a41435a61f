//! The files that names of clients lead to.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use rrd_core::{StoreError, StoreFile};

use super::failure::{failure, written};
use crate::grammar::Answer;
use crate::names;
use crate::server::Server;

/// The file with this name, if clients have updated it since it was last forgotten.
pub(super) fn known(server: &Server, name: &[u8]) -> Option<StoreFile> {
    let path = names::path(name);
    let file = server.store.known_file(path).or_else(|| {
        // Another name of a file leads to it, too, but none is looked for outside.
        let is_file = server.permits(name) && server.path_of(name).is_file();
        is_file.then(|| server.store.file(path).ok()).flatten()
    });
    file.filter(|file| server.write_back.knows(file))
}

/// The file with this name, opened for updates.
///
/// # Errors
///
/// The answer that says why there is none.
pub(super) fn open(server: &Server, name: &[u8]) -> Result<StoreFile, Answer> {
    let path = server.checked(name)?;
    server.store.file(names::path(name)).map_err(|error| cannot_update(server, &path, error))
}

/// Waits until the values of a file are in it, unless it is suspended. For slow commands: this
/// thread waits for the disk.
///
/// # Errors
///
/// The answer that says why they are not.
pub(super) fn bring_up_to_date(server: &Server, name: &[u8], path: &Path) -> Result<(), Answer> {
    let Some(file) = known(server, name) else { return Ok(()) };
    written(path, &file, server.write_back.flush(&file).blocking_recv())
}

/// The answer to an error of the store about a file that is to be updated.
pub(super) fn cannot_update(server: &Server, path: &Path, error: StoreError) -> Answer {
    if let StoreError::Outside { .. } = &error {
        return failure(server, path, error);
    }
    no_file(path).unwrap_or_else(|| failure(server, path, error))
}

/// The answer to an update of this path if there is no file.
fn no_file(path: &Path) -> Option<Answer> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => None,
        Ok(_) => Some(Answer::failure(names::about("Not a regular file: ", path, ""))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Some(Answer::failure(names::about("No such file: ", path, "")))
        }
        Err(error) => {
            let code = error.raw_os_error().unwrap_or_default();
            Some(Answer::failure(format!("stat failed with error {code}.")))
        }
    }
}

//! Whether a program can be run, without running it.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use thiserror::Error;

use super::PATH;

/// Why a program cannot be run.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgramError {
    /// No file has this name.
    #[error("{program}: there is no such program")]
    Missing {
        /// The name.
        program: String,
    },
    /// A file has this name, but this user may not execute it, or it is no regular file.
    #[error("{}: is not executable", file.display())]
    NotExecutable {
        /// The file.
        file: PathBuf,
    },
}

/// Checks that a program exists and that this user may run it. A name without `/` is searched in
/// [`PATH`].
///
/// # Errors
///
/// [`ProgramError`]
pub fn check_program(program: &str) -> Result<(), ProgramError> {
    let files: Vec<PathBuf> = if program.contains('/') {
        vec![program.into()]
    } else {
        PATH.split(':').map(|folder| Path::new(folder).join(program)).collect()
    };
    let is_executable = |file: &&PathBuf| file.is_file() && access(*file, Access::EXEC_OK).is_ok();
    if files.iter().any(|file| is_executable(&file)) {
        return Ok(());
    }
    match files.into_iter().find(|file| file.exists()) {
        Some(file) => Err(ProgramError::NotExecutable { file }),
        None => Err(ProgramError::Missing { program: program.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_program_is_searched_and_must_be_executable() {
        assert_eq!(check_program("sh"), Ok(()));
        assert_eq!(check_program("/bin/sh"), Ok(()));
        let missing = |program: &str| ProgramError::Missing { program: program.to_owned() };
        assert_eq!(check_program("no-such-program"), Err(missing("no-such-program")));
        assert_eq!(check_program("/nonexistent/x"), Err(missing("/nonexistent/x")));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("text");
        fs::write(&file, "").unwrap();
        let not_executable = |file: &Path| ProgramError::NotExecutable { file: file.to_owned() };
        assert_eq!(check_program(file.to_str().unwrap()), Err(not_executable(&file)));
        assert_eq!(
            check_program(folder.path().to_str().unwrap()),
            Err(not_executable(folder.path()))
        );
    }
}

//! `cd`, `pwd`, `mkdir` and `ls`, which exist only in remote mode.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::failure::{Outcome, Output, WrongUse};
use crate::system;

#[derive(Debug, thiserror::Error)]
enum FolderError {
    #[error("chdir {folder} {}", system::reason(reason))]
    Change { folder: String, reason: io::Error },
    #[error("mkdir {folder}")]
    Make { folder: String, source: io::Error },
    #[error("reading the working directory")]
    Read(#[source] io::Error),
}

/// `cd DIR`
pub(super) fn change(arguments: &[OsString]) -> Outcome {
    let [folder] = arguments else {
        return Err(WrongUse("invalid parameter count for cd").into());
    };
    std::env::set_current_dir(folder).map_err(|reason| FolderError::Change {
        folder: folder.to_string_lossy().into_owned(),
        reason,
    })?;
    Ok(())
}

/// `pwd`
pub(super) fn print(arguments: &[OsString], out: &mut Output<'_>) -> Outcome {
    if !arguments.is_empty() {
        return Err(WrongUse("invalid parameter count for pwd").into());
    }
    let folder = std::env::current_dir().map_err(FolderError::Read)?;
    out.write_all(folder.as_os_str().as_bytes())?;
    writeln!(out)?;
    Ok(())
}

/// `mkdir DIR`
pub(super) fn make(arguments: &[OsString]) -> Outcome {
    let [folder] = arguments else {
        return Err(WrongUse("invalid parameter count for mkdir").into());
    };
    DirBuilder::new().create(folder).map_err(|source| FolderError::Make {
        folder: folder.to_string_lossy().into_owned(),
        source,
    })?;
    Ok(())
}

/// `ls`: folders, then round-robin database files, in the order of the file system.
pub(super) fn list(arguments: &[OsString], out: &mut Output<'_>) -> Outcome {
    if !arguments.is_empty() {
        return Err(WrongUse("invalid parameter count for ls").into());
    }
    for name in [".", ".."] {
        writeln!(out, "d {name}")?;
    }
    for entry in fs::read_dir(Path::new(".")).map_err(FolderError::Read)? {
        let entry = entry.map_err(FolderError::Read)?;
        let name = entry.file_name();
        let name = name.as_bytes();
        // An entry that disappeared meanwhile is skipped.
        let Ok(meta) = fs::metadata(entry.path()) else { continue };
        let mark: &[u8] = if meta.is_dir() {
            b"d "
        } else if meta.is_file() && name.len() > 4 && is_archive(name) {
            b"- "
        } else {
            continue;
        };
        out.write_all(&[mark, name, b"\n"].concat())?;
    }
    Ok(())
}

fn is_archive(name: &[u8]) -> bool {
    name.ends_with(b".rrd") || name.ends_with(b".RRD")
}

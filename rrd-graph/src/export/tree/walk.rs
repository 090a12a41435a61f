//! Finds the databases below a folder. Links are followed; each folder is read once.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::fault::TreeFault;

/// What is below a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The files by their paths below it, sorted; an empty path is the file itself.
    pub(super) files: Vec<PathBuf>,
    /// What was left out.
    pub(super) faults: Vec<TreeFault>,
}

/// The files below a path whose names end in `.rrd`, at most `limit`.
pub(super) fn files_below(path: &Path, limit: usize) -> Result<Found, TreeFault> {
    let unreadable = |source| TreeFault::Read { path: path.to_owned(), source };
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(Found { files: vec![PathBuf::new()], faults: Vec::new() });
    }
    fs::read_dir(path).map_err(unreadable)?;
    let mut walk = Walk { top: path, folders: vec![PathBuf::new()], links: Vec::new() };
    let (mut found, mut seen) = (Found::default(), HashSet::new());
    while let Some(below) = walk.next() {
        let path = path.join(&below);
        let metadata = fs::metadata(&path);
        if metadata.is_ok_and(|folder| !seen.insert((folder.dev(), folder.ino()))) {
            found.faults.push(TreeFault::Again { path });
            continue;
        }
        if let Err(source) = walk.read(&below, &mut found) {
            found.faults.push(TreeFault::Read { path, source });
        }
        if found.files.len() > limit {
            found.files.truncate(limit);
            found.faults.push(TreeFault::TooMany { path: walk.top.to_owned(), limit });
            break;
        }
    }
    found.files.sort();
    Ok(found)
}

/// The folders that are still to be read, by their paths below the top.
struct Walk<'a> {
    top: &'a Path,
    folders: Vec<PathBuf>,
    /// Links to folders. They come last, so that a folder is read at its own place.
    links: Vec<PathBuf>,
}

impl Walk<'_> {
    fn next(&mut self) -> Option<PathBuf> {
        self.folders.pop().or_else(|| self.links.pop())
    }

    /// Adds what a folder contains.
    fn read(&mut self, below: &Path, found: &mut Found) -> io::Result<()> {
        let mut entries = fs::read_dir(self.top.join(below))?.collect::<io::Result<Vec<_>>>()?;
        // The folder that was added last is read first.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
        for entry in entries {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let below = below.join(&name);
            let is_database = below.extension().is_some_and(|ending| ending == "rrd");
            let is_link = entry.file_type()?.is_symlink();
            let fault = |source| TreeFault::Read { path: entry.path(), source };
            match fs::metadata(entry.path()) {
                Ok(metadata) if metadata.is_dir() && is_link => self.links.push(below),
                Ok(metadata) if metadata.is_dir() => self.folders.push(below),
                Ok(metadata) if metadata.is_file() && is_database => found.files.push(below),
                Ok(_) if is_database => {
                    found.faults.push(fault(io::Error::other("it is no regular file")));
                }
                Ok(_) => {}
                // It was removed since the folder was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !is_link => {}
                Err(error) => found.faults.push(fault(error)),
            }
        }
        Ok(())
    }
}

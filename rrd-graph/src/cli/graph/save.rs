//! Puts a picture into its file: whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// How often another name is tried for the file that is written first.
const ATTEMPTS: u32 = 100;

/// Writes a file beside the old one and takes its place. A symbolic link is replaced, not followed; what is no file, like
/// a pipe or a terminal, is written into.
pub(super) fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => {
            return OpenOptions::new().write(true).open(path)?.write_all(bytes);
        }
        _ => {}
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    for attempt in 0..ATTEMPTS {
        let beside = path.with_file_name(temporary(name, attempt));
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(mut file) => {
                let done = file.write_all(bytes).and_then(|()| fs::rename(&beside, path));
                if done.is_err() {
                    // The first error is the one to tell.
                    drop(fs::remove_file(&beside));
                }
                return done;
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn temporary(name: &OsStr, attempt: u32) -> OsString {
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}-{attempt}", std::process::id()));
    temporary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_replaced_and_what_it_points_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, link) = (folder.path().join("kept"), folder.path().join("link"));
        fs::write(&kept, "old").unwrap();
        std::os::unix::fs::symlink(&kept, &link).unwrap();
        save(&link, b"new").unwrap();
        assert_eq!(fs::read(&kept).unwrap(), b"old");
        assert_eq!(fs::read(&link).unwrap(), b"new");
        assert!(!link.is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_that_is_not_there_takes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(save(&folder.path().join("none/a.png"), b"x").is_err());
        assert!(save(folder.path(), b"x").is_err());
        assert!(save(Path::new(""), b"x").is_err());
    }
}

//! Small files and folders of the kernel that not every host has.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rustix::io::Errno;

use crate::rootfs::ReadError;

/// Limit on the size of a file; those of sysfs have one page, those of ZFS a few.
const MAX_FILE: usize = 64 << 10;
/// Limit on the entries of a folder that are looked at.
const MAX_ENTRIES: usize = 10_000;

/// The text of a file; `None` if there is none, also because its device has just been removed.
pub(super) fn text(path: &Path) -> Result<Option<String>, ReadError> {
    let read = || {
        let mut text = Vec::new();
        File::open(path)?.take(MAX_FILE as u64 + 1).read_to_end(&mut text)?;
        Ok(text)
    };
    let Some(text) = present(path, read())? else { return Ok(None) };
    if text.len() > MAX_FILE {
        return Err(ReadError::TooLarge { path: path.to_owned(), limit: MAX_FILE });
    }
    let text = String::from_utf8(text).map_err(|error| ReadError::NotText {
        path: path.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })?;
    Ok(Some(text))
}

/// The number that a file consists of; `None` without the file, or if it holds something else.
pub(super) fn number(path: &Path) -> Result<Option<u64>, ReadError> {
    Ok(text(path)?.and_then(|text| text.trim().parse().ok()))
}

/// The names in a folder, sorted; `None` if there is no folder.
pub(super) fn names(path: &Path) -> Result<Option<Vec<String>>, ReadError> {
    let read = || {
        let entries = fs::read_dir(path)?.take(MAX_ENTRIES);
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
        let mut names: Vec<String> =
            names.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        names.sort_unstable();
        Ok(names)
    };
    present(path, read())
}

/// The names of the folders in a folder, sorted; none if it does not exist.
pub(super) fn folders(path: &Path) -> Result<Vec<String>, ReadError> {
    let mut names = names(path)?.unwrap_or_default();
    names.retain(|name| path.join(name).is_dir());
    Ok(names)
}

/// What was read, or `None` if it is not there any more.
fn present<T>(path: &Path, read: io::Result<T>) -> Result<Option<T>, ReadError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NODEV) => Ok(None),
        Err(source) => Err(ReadError::Io { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_none_and_what_cannot_be_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert_eq!((text(&path).unwrap(), names(&path).unwrap()), (None, None));
        fs::write(&path, "clean\n").unwrap();
        assert_eq!(text(&path).unwrap().as_deref(), Some("clean\n"));
        assert_eq!(number(&path).unwrap(), None);
        fs::write(&path, " 12\n").unwrap();
        assert_eq!(number(&path).unwrap(), Some(12));
        fs::write(folder.path().join("level"), "").unwrap();
        fs::create_dir(folder.path().join("dev-sda")).unwrap();
        assert_eq!(names(folder.path()).unwrap().unwrap(), ["dev-sda", "level", "state"]);
        assert_eq!(folders(folder.path()).unwrap(), ["dev-sda"]);
        assert!(matches!(text(folder.path()), Err(ReadError::Io { .. })));
    }

    #[test]
    fn a_file_that_is_binary_or_endless_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("label");
        fs::write(&path, b"ab\xff").unwrap();
        assert!(matches!(text(&path), Err(ReadError::NotText { offset: 2, .. })));
        fs::write(&path, vec![b'x'; MAX_FILE + 1]).unwrap();
        assert!(matches!(text(&path), Err(ReadError::TooLarge { limit: MAX_FILE, .. })));
    }
}

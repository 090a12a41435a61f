//! Small files of `/sys`: one value each, and the folders that hold them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::rootfs::ReadError;

/// The kernel writes at most a page into such a file.
const PAGE: usize = 4096;
/// The most entries of a folder that are looked at; the largest hosts have some thousand CPUs.
const ENTRIES: usize = 16_384;
/// The most characters of a name that hardware gives itself.
const NAME: usize = 64;

/// The text of a file without the space around it. The kernel gives all of it to one read.
pub(super) fn text(path: &Path) -> io::Result<String> {
    let mut page = [0; PAGE];
    let filled = File::open(path)?.read(&mut page)?;
    let text = String::from_utf8_lossy(page.get(..filled).unwrap_or_default());
    Ok(text.trim().to_owned())
}

/// The number of a file; `None` if there is no such file, the hardware does not answer, or it is
/// none.
pub(super) fn number(path: &Path) -> Option<f64> {
    text(path).ok()?.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A counter or another number that is not negative.
pub(super) fn count(path: &Path) -> Option<u64> {
    text(path).ok()?.parse().ok()
}

/// A name that hardware gives itself: words joined by `_`, without control characters.
pub(super) fn name(path: &Path) -> Option<String> {
    let text = text(path).ok()?;
    let joined = text.split_whitespace().collect::<Vec<_>>().join("_");
    let is_plain = |character: &char| !character.is_control() && *character != '\u{fffd}';
    let name: String = joined.chars().filter(is_plain).take(NAME).collect();
    Some(name).filter(|name| !name.is_empty())
}

/// The names in a folder, in order: numbers by their size.
///
/// # Errors
///
/// [`ReadError`] if it cannot be read; that it is missing is the usual case on most hosts.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, ReadError> {
    let entries =
        fs::read_dir(folder).map_err(|source| ReadError::Io { path: folder.to_owned(), source })?;
    let names =
        entries.take(ENTRIES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort_by_cached_key(|name| {
        let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = name.get(letters.len()..).and_then(|digits| digits.parse::<u64>().ok());
        (letters.to_owned(), number)
    });
    Ok(names)
}

/// The folders in a folder whose names are this word and a number, in the order of the numbers.
///
/// # Errors
///
/// [`ReadError`] if it cannot be read.
pub(super) fn numbered(folder: &Path, word: &str) -> Result<Vec<PathBuf>, ReadError> {
    let is_numbered = |name: &String| {
        let digits = name.strip_prefix(word).unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    Ok(names(folder)?.into_iter().filter(is_numbered).map(|name| folder.join(name)).collect())
}

#[cfg(test)]
pub(super) mod made {
    //! Folders with files for tests.

    use std::path::Path;

    /// Writes files: each line is a path, a space and a text, in which `\n` is a line break.
    pub(in super::super) fn files(root: &Path, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (path, text) = line.split_once(' ').unwrap_or((line, ""));
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text.replace("\\n", "\n") + "\n").unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_from_its_first_page_and_anything_else_is_none() {
        let folder = tempfile::tempdir().unwrap();
        made::files(folder.path(), "a 41500\nb -273150\nc many words here\nd");
        let number = |name: &str| number(&folder.path().join(name));
        assert_eq!((number("a"), number("b")), (Some(41_500.0), Some(-273_150.0)));
        assert_eq!((number("c"), number("d"), number("none")), (None, None, None));
        fs::write(folder.path().join("e"), "9".repeat(100_000)).unwrap();
        assert_eq!(text(&folder.path().join("e")).unwrap().len(), PAGE);
        assert_eq!(number("e"), None);
        fs::write(folder.path().join("f"), b"Core\xff \x07 1 ").unwrap();
        assert_eq!(name(&folder.path().join("f")).unwrap(), "Core__1");
        assert_eq!(name(&folder.path().join("d")), None);
    }

    #[test]
    fn folders_are_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        made::files(folder.path(), "cpu10/x 1\ncpu2/x 1\ncpu0/x 1\ncpufreq/x 1\ncpu/x 1");
        let found = numbered(folder.path(), "cpu").unwrap();
        let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap()).collect();
        assert_eq!(names, ["cpu0", "cpu2", "cpu10"]);
        assert!(numbered(&folder.path().join("none"), "cpu").unwrap_err().is_missing());
    }
}

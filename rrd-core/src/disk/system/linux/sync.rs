//! What reaches the disk: one file, or all of a file system.

use std::fs::File;
use std::io;

use super::IS_OLD;

/// Makes what was written to a file survive a power loss.
pub(in crate::disk) fn sync(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// The same for all files of its file system; `None` if the system would not tell of what could not
/// be written.
pub(in crate::disk) fn sync_file_system(file: &File) -> Option<io::Result<()>> {
    let tells = !IS_OLD && tells_of_errors();
    tells.then(|| Ok(rustix::fs::syncfs(file)?))
}

/// Whether syncing a file system fails if something could not be written: since Linux 5.8.
fn tells_of_errors() -> bool {
    let system = rustix::system::uname();
    system.release().to_str().is_ok_and(|release| version(release) >= Some((5, 8)))
}

/// The first two numbers of a release of Linux.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_begin_with_two_numbers() {
        assert_eq!(version("6.18.44-fc"), Some((6, 18)));
        assert_eq!(version("5.8-rc1"), Some((5, 8)));
        assert_eq!(version("4.19.0"), Some((4, 19)));
        assert_eq!(version("next"), None);
    }
}

//! Several files synced at once: one wait for the disk instead of one each.

use std::collections::HashMap;
use std::io;

use super::DiskFile;

/// Fewer files than this are synced alone, which leaves out what other programs have written.
pub(super) const FEW: usize = 8;

/// Syncs files; each has its own result. Fewer than `few` are synced alone.
pub(super) fn sync_together(files: &[&dyn DiskFile], few: usize) -> Vec<io::Result<()>> {
    if files.len() < few || !tells_of_errors() {
        return files.iter().map(|file| file.sync()).collect();
    }
    let mut devices = HashMap::new();
    let sync = |file: &&dyn DiskFile| {
        let (device, _) = file.status()?.identity;
        let synced = devices.entry(device).or_insert_with(|| file.sync_file_system());
        match synced {
            Ok(()) => Ok(()),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    };
    files.iter().map(sync).collect()
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

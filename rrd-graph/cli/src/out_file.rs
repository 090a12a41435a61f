//! Output files for the user: written completely or not at all, and never through a symbolic link.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A new file. Dropped before [`finish`](Self::finish) it leaves nothing behind.
pub(crate) struct OutFile {
    file: File,
    /// The temporary file; `None` for output written in place.
    beside: Option<PathBuf>,
    target: PathBuf,
}

impl OutFile {
    /// Begins a file. An existing pipe or device is written directly; anything else is replaced at
    /// the end.
    pub(crate) fn begin(target: &Path) -> io::Result<Self> {
        let in_place = match fs::symlink_metadata(target) {
            Ok(meta) if meta.is_symlink() => is_special(target),
            Ok(meta) if meta.is_dir() => return Err(rustix::io::Errno::ISDIR.into()),
            Ok(meta) => !meta.is_file(),
            Err(_) => false,
        };
        if in_place {
            let file = OpenOptions::new().write(true).open(target)?;
            return Ok(Self { file, beside: None, target: target.to_owned() });
        }
        for attempt in 0..100_u32 {
            let beside = beside(target, attempt);
            match OpenOptions::new().write(true).create_new(true).open(&beside) {
                Ok(file) => {
                    return Ok(Self { file, beside: Some(beside), target: target.to_owned() });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Gives the file its name, after its bytes are synced.
    pub(crate) fn finish(self) -> io::Result<()> {
        if self.beside.is_some() {
            // A full disk may only be reported here.
            self.file.sync_all()?;
        }
        self.finish_unsynced()
    }

    /// Gives the file its name without waiting for the disk: for files that are easily recreated.
    pub(crate) fn finish_unsynced(mut self) -> io::Result<()> {
        if let Some(beside) = &self.beside {
            fs::rename(beside, &self.target)?;
            self.beside = None;
        }
        Ok(())
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if let Some(beside) = self.beside.take() {
            // If it could not be removed, it is a hidden file that the next attempt avoids.
            drop(fs::remove_file(beside));
        }
    }
}

/// Whether a symbolic link points to a pipe or a device, as `/dev/stdout` does: then nothing is
/// replaced.
fn is_special(target: &Path) -> bool {
    fs::metadata(target).is_ok_and(|meta| !meta.is_file() && !meta.is_dir())
}

fn beside(target: &Path, attempt: u32) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}-{attempt}.new", std::process::id()));
    target.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_and_replaces_a_link_instead_of_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let [victim, link] = ["victim", "out.xml"].map(|name| folder.path().join(name));
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        let mut out = OutFile::begin(&link).unwrap();
        out.write_all(b"new").unwrap();
        assert_eq!(fs::read(&link).unwrap(), b"precious");
        out.finish().unwrap();
        assert_eq!(fs::read(&link).unwrap(), b"new");
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }

    #[test]
    fn a_file_that_is_given_up_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut out = OutFile::begin(&folder.path().join("out.xml")).unwrap();
        out.write_all(b"half").unwrap();
        drop(out);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_device_is_written_as_it_stands() {
        let mut out = OutFile::begin(Path::new("/dev/null")).unwrap();
        out.write_all(b"gone").unwrap();
        out.finish().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}

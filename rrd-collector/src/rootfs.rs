//! The root folder of the sampled host, which contains the kernel's files. The probes interpret
//! them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Limit on the size of a file; `/proc/stat` of a host with 4096 CPUs has about 1 MiB.
const MAX_FILE: usize = 16 << 20;
/// The smallest buffer: one page, which is what the kernel fills at a time. It grows with the file.
const PORTION: usize = 4 << 10;
/// Reads of a file that does not exist before it is looked for again.
const LOOK_AGAIN: u8 = 60;

/// The locations of the kernel's files of the sampled host.
///
/// In a container the host's folders are mounted elsewhere; tests use a recorded host.
///
/// ```
/// use rrd_collector::Host;
/// let host = Host::at("tests/hosts/recorded");
/// assert_eq!(host.proc("stat").path().to_str(), Some("tests/hosts/recorded/proc/stat"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    proc: PathBuf,
    sys: PathBuf,
    root: PathBuf,
}

impl Host {
    /// The host whose `/` is this folder.
    pub fn at(root: impl AsRef<Path>) -> Self {
        let root = root.as_ref();
        Self { proc: root.join("proc"), sys: root.join("sys"), root: root.to_owned() }
    }

    /// Sets other folders for `/proc` and `/sys`; `None` keeps them.
    pub fn replace(&mut self, proc: Option<PathBuf>, sys: Option<PathBuf>) {
        self.proc = proc.unwrap_or_else(|| std::mem::take(&mut self.proc));
        self.sys = sys.unwrap_or_else(|| std::mem::take(&mut self.sys));
    }

    /// Whether the files come from a running kernel instead of a recording.
    pub fn is_live(&self) -> bool {
        let found = rustix::fs::statfs(&self.proc);
        found.is_ok_and(|found| found.f_type == rustix::fs::PROC_SUPER_MAGIC)
    }

    /// A file below `/proc` that is read repeatedly.
    pub fn proc(&self, name: &str) -> KeptFile {
        KeptFile::new(self.proc.join(name))
    }

    /// A path below `/sys`.
    pub fn sys(&self, name: &str) -> PathBuf {
        self.sys.join(name)
    }

    /// A path below `/`, for example a mount point; leading slashes of `name` are ignored.
    pub fn root(&self, name: &str) -> PathBuf {
        self.root.join(name.trim_start_matches('/'))
    }
}

/// A file that stays open and is read completely at each sample.
///
/// This takes two thirds of the time of opening `/proc/stat` each time, and the buffer is reused.
#[derive(Debug)]
pub struct KeptFile {
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
    /// Bytes of the buffer that belong to the text.
    filled: usize,
    /// Reads for which a file that does not exist is not looked for.
    missing: u8,
}

/// Why a file of the host cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file is missing, hidden or not readable.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is larger than any file of the kernel.
    #[error("{}: holds more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },
    /// The file is not UTF-8.
    #[error("{}: is not text from byte {offset} on", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Where the valid text ends.
        offset: usize,
    },
}

impl ReadError {
    /// Whether the file does not exist, as opposed to an error.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

impl KeptFile {
    /// The file at this path; the first read opens it.
    pub fn new(path: PathBuf) -> Self {
        Self { path, file: None, buffer: Vec::new(), filled: 0, missing: 0 }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The current text of the file.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if it cannot be opened or read, is larger than 16 MiB or not UTF-8. The next
    /// call opens it again.
    pub fn read(&mut self) -> Result<&str, ReadError> {
        if let Err(source) = self.fill() {
            self.file = None;
            return Err(ReadError::Io { path: self.path.clone(), source });
        }
        if self.filled > MAX_FILE {
            return Err(ReadError::TooLarge { path: self.path.clone(), limit: MAX_FILE });
        }
        let text = self.buffer.get(..self.filled).unwrap_or_default();
        std::str::from_utf8(text).map_err(|error| ReadError::NotText {
            path: self.path.clone(),
            offset: error.valid_up_to(),
        })
    }

    /// The current text of a file that not every host has; `None` if it does not exist. It is found
    /// within a minute of reads after it appears.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub fn read_if_present(&mut self) -> Result<Option<&str>, ReadError> {
        self.missing = self.missing.saturating_sub(1);
        if self.missing > 0 {
            return Ok(None);
        }
        if self.file.is_none() {
            match File::open(&self.path) {
                Ok(file) => self.file = Some(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.missing = LOOK_AGAIN;
                    return Ok(None);
                }
                Err(source) => return Err(ReadError::Io { path: self.path.clone(), source }),
            }
        }
        self.read().map(Some)
    }

    fn fill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&self.path)?),
        };
        self.filled = 0;
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize((2 * self.filled).max(PORTION), 0);
            }
            let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
            let read = file.read_at(free, self.filled as u64)?;
            self.filled += read;
            if read == 0 || self.filled > MAX_FILE {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_file_shows_what_is_in_the_file_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loadavg");
        std::fs::write(&path, "0.10 0.20 0.30 1/2 3\n").unwrap();
        let mut kept = KeptFile::new(path.clone());
        assert_eq!(kept.read().unwrap(), "0.10 0.20 0.30 1/2 3\n");
        std::fs::write(&path, "9\n").unwrap();
        assert_eq!(kept.read().unwrap(), "9\n");
    }

    #[test]
    fn a_file_longer_than_one_portion_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("interrupts");
        let text = "0123456789\n".repeat(PORTION / 4);
        std::fs::write(&path, &text).unwrap();
        assert_eq!(KeptFile::new(path).read().unwrap(), text);
    }

    #[test]
    fn a_missing_file_is_distinguished_and_found_when_it_appears() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cpu");
        let mut kept = KeptFile::new(path.clone());
        assert!(kept.read().unwrap_err().is_missing());
        std::fs::write(&path, "some").unwrap();
        assert_eq!(kept.read().unwrap(), "some");
    }

    #[test]
    fn a_file_that_not_every_host_has_is_found_within_a_minute_after_it_appears() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("arcstats");
        let mut kept = KeptFile::new(path.clone());
        assert_eq!(kept.read_if_present().unwrap(), None);
        std::fs::write(&path, "size 4 1\n").unwrap();
        let reads = (1..=60).find(|_| kept.read_if_present().unwrap().is_some());
        assert_eq!(reads, Some(60));
        assert_eq!(kept.read_if_present().unwrap(), Some("size 4 1\n"));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(KeptFile::new(path).read_if_present().is_err());
    }

    #[test]
    fn a_mount_point_stays_below_the_root_of_the_host() {
        assert_eq!(Host::at("/rootfs").root("/home"), Path::new("/rootfs/home"));
    }
}

//! The folder that stands for `/`: where the kernel's files of the sampled host are. What they mean lives in the probes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The most that one file of the kernel may hold; `/proc/stat` of a host with 4096 CPUs has about 1 MiB.
const LARGEST_FILE: usize = 16 << 20;
/// What a read asks for at a time: larger than the kernel's own portion of one page.
const PORTION: usize = 16 << 10;

/// Where the kernel's files of the sampled host are.
///
/// In a container the host's folders are mounted elsewhere; a test points at a recorded host.
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

    /// Puts other folders in the place of `/proc` and `/sys`; `None` leaves them as they are.
    pub fn replace(&mut self, proc: Option<PathBuf>, sys: Option<PathBuf>) {
        self.proc = proc.unwrap_or_else(|| std::mem::take(&mut self.proc));
        self.sys = sys.unwrap_or_else(|| std::mem::take(&mut self.sys));
    }

    /// Whether a kernel stands behind the files, and not a recording.
    pub fn is_live(&self) -> bool {
        let found = rustix::fs::statfs(&self.proc);
        found.is_ok_and(|found| found.f_type == rustix::fs::PROC_SUPER_MAGIC)
    }

    /// A file below `/proc` that is read again and again.
    pub fn proc(&self, name: &str) -> KeptFile {
        KeptFile::new(self.proc.join(name))
    }

    /// A path below `/sys`.
    pub fn sys(&self, name: &str) -> PathBuf {
        self.sys.join(name)
    }

    /// A path below `/`, for example a mount point; leading slashes of `name` do not lead out.
    pub fn root(&self, name: &str) -> PathBuf {
        self.root.join(name.trim_start_matches('/'))
    }
}

/// A file that stays open and is read whole from its start at each sample.
///
/// Reading `/proc/stat` this way costs two thirds of opening it each time, and the buffer is reused.
#[derive(Debug)]
pub struct KeptFile {
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
}

/// Why a file of the host gave no text.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file is missing, hidden or refuses to be read.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds more than any kernel writes there.
    #[error("{}: holds more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },
    /// The file is no text.
    #[error("{}: is not text from byte {offset} on", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Where the text ends.
        offset: usize,
    },
}

impl ReadError {
    /// Whether the file does not exist here, as opposed to failing.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

impl KeptFile {
    /// The file at this path; it is opened by the first read.
    pub fn new(path: PathBuf) -> Self {
        Self { path, file: None, buffer: Vec::new() }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text of the file as it is now.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when it cannot be opened or read, is larger than 16 MiB or no UTF-8. The next call opens it anew.
    pub fn read(&mut self) -> Result<&str, ReadError> {
        if let Err(source) = self.fill() {
            self.file = None;
            return Err(ReadError::Io { path: self.path.clone(), source });
        }
        if self.buffer.len() > LARGEST_FILE {
            return Err(ReadError::TooLarge { path: self.path.clone(), limit: LARGEST_FILE });
        }
        std::str::from_utf8(&self.buffer).map_err(|error| ReadError::NotText {
            path: self.path.clone(),
            offset: error.valid_up_to(),
        })
    }

    fn fill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&self.path)?),
        };
        self.buffer.clear();
        loop {
            let filled = self.buffer.len();
            self.buffer.resize(filled + PORTION, 0);
            let read = match self.buffer.get_mut(filled..) {
                Some(free) => file.read_at(free, filled as u64)?,
                None => 0,
            };
            self.buffer.truncate(filled + read);
            if read == 0 || self.buffer.len() > LARGEST_FILE {
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
    fn a_missing_file_is_told_apart_and_found_when_it_appears() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cpu");
        let mut kept = KeptFile::new(path.clone());
        assert!(kept.read().unwrap_err().is_missing());
        std::fs::write(&path, "some").unwrap();
        assert_eq!(kept.read().unwrap(), "some");
    }

    #[test]
    fn a_mount_point_stays_below_the_root_of_the_host() {
        assert_eq!(Host::at("/rootfs").root("/home"), Path::new("/rootfs/home"));
    }
}

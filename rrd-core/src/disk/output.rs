//! Files of output that are no databases: dumps, charts, states of programs.

use std::io::{self, Write};
use std::path::Path;

use super::{HardLinks, Locking, NewFile, OsDisk, Overwrite, Replacing, Streams, Target};

/// A file that is written as users expect it: complete before anybody sees it, and in place of an
/// existing file without changing whose file that is.
///
/// * An existing file keeps its owner, group, mode, access control list, extended attributes and
///   hard links. It is replaced in one step, or written in place if its folder or its owner does
///   not allow that; then its new content is complete and has its space on the disk before the
///   first byte changes.
/// * A symbolic link is followed if root, the caller or the owner of its target made it.
/// * A device, a pipe, `/dev/stdout` or `/dev/fd/N` is written at once and never replaced.
///
/// Dropped before [`finish`](Self::finish) it leaves an existing file unchanged.
///
/// ```
/// use std::io::Write;
/// use rrd_core::OutputFile;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.xml");
/// let mut file = OutputFile::begin(&path)?;
/// file.write_all(b"<rrd>")?;
/// assert!(!path.exists());
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"<rrd>");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct OutputFile {
    new: NewFile<'static>,
}

impl OutputFile {
    /// Begins a file.
    ///
    /// # Errors
    ///
    /// `path` is a folder or a file that the caller may not write, a link or pipe of a stranger, or
    /// its folder takes no new file.
    pub fn begin(path: impl AsRef<Path>) -> io::Result<Self> {
        let replacing = Replacing {
            hard_links: HardLinks::Kept,
            locking: Locking::None,
            streams: Streams::Written,
        };
        Ok(Self { new: NewFile::begin(&OsDisk, path.as_ref(), replacing)? })
    }

    /// Takes the permissions from a new file that are not in `mode`, before it has a name. An
    /// existing file keeps its own.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn restrict(&self, mode: u32) -> io::Result<()> {
        self.new.restrict(mode)
    }

    /// Whether `path` leads to a device, a pipe or a descriptor.
    pub fn is_stream(path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        // Of a file no more needs to be known. A link may lead to anything.
        let is_plain = || path.symlink_metadata().is_ok_and(|found| found.is_file());
        !is_plain() && matches!(Target::find(path), Ok(Target::Stream(_)))
    }

    /// Gives the file its name or its content, without waiting for the disk: for what is easily
    /// written again.
    ///
    /// # Errors
    ///
    /// Those of the system; an existing file is then unchanged.
    pub fn finish(self) -> io::Result<()> {
        self.new.finish(Overwrite::Yes, false)?;
        Ok(())
    }

    /// Like [`finish`](Self::finish), and the file survives a power loss from here on.
    pub fn finish_synced(self) -> io::Result<()> {
        self.new.finish(Overwrite::Yes, true)?;
        Ok(())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.new.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

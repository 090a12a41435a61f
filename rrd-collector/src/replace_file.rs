//! Replaces a small file atomically: readers see the old one or the new one.

use std::io::{self, Write as _};
use std::path::Path;

use rrd_core::OutputFile;

/// Replaces the content of a file; it survives a power loss from here on.
pub(crate) fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(OutputFile::begin(path)?, content)
}

/// The same for a file that nobody but its owner may read.
pub(crate) fn replace_private_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let file = OutputFile::begin(path)?;
    file.restrict(0o600)?;
    replace(file, content)
}

fn replace(mut file: OutputFile, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.finish_synced()
}

//! Replaces a small file atomically: readers see the old one or the new one.

use std::io::{self, Write as _};
use std::path::Path;

use rrd_core::OutputFile;

/// Replaces the content of a file; it survives a power loss from here on.
pub(crate) fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OutputFile::begin(path)?;
    file.write_all(content)?;
    file.finish_synced()
}

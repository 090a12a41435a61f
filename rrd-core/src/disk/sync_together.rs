//! Several files synced at once: one wait for the disk instead of one each.

use std::collections::HashMap;
use std::io;

use super::DiskFile;

/// Fewer files than this are synced alone, which leaves out what other programs have written.
pub(super) const FEW: usize = 8;

/// Syncs files; each has its own result. Fewer than `few` are synced alone.
pub(super) fn sync_together(files: &[&dyn DiskFile], few: usize) -> Vec<io::Result<()>> {
    if files.len() < few {
        return files.iter().map(|file| file.sync()).collect();
    }
    let mut devices = HashMap::new();
    let sync = |file: &&dyn DiskFile| {
        let (device, _) = file.status()?.identity;
        match devices.entry(device).or_insert_with(|| file.sync_file_system()) {
            None => file.sync(),
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    };
    files.iter().map(sync).collect()
}

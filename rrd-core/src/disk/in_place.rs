//! Puts new content into an existing file, whose owner, name and links stay: for files that cannot
//! be replaced. The new content is complete and its space reserved before the first byte changes.

use std::io;

use super::DiskFile;
use crate::number::{length_to_u64, to_index};

/// Bytes that are moved at once.
const PIECE: usize = 256 << 10;

/// The old content could not be put back after an error.
#[derive(Debug, thiserror::Error)]
#[error("the file is damaged: writing it failed, and so did putting its old content back")]
struct Damaged(#[source] io::Error);

/// Makes the content of `file` that of `new`, which ends with `length`. After an error `file` has
/// its old content, which `new` keeps meanwhile, unless only its new length may be lost by a power
/// loss.
pub(super) fn write_over(
    file: &dyn DiskFile,
    new: &dyn DiskFile,
    length: u64,
    synced: bool,
) -> io::Result<()> {
    let old_length = file.status()?.length;
    let mut exchange = Exchange { file, new, kept: 0, lost: false, old_length };
    let sync = || if synced { file.sync() } else { Ok(()) };
    let written = exchange.run(length).and_then(|()| sync()).and_then(|()| file.set_length(length));
    written.map_err(|error| match exchange.undo() {
        Ok(()) => error,
        Err(undone) => io::Error::new(error.kind(), Damaged(undone)),
    })?;
    // What was cut off cannot be put back any more; the new content is whole.
    sync()
}

struct Exchange<'a> {
    file: &'a dyn DiskFile,
    new: &'a dyn DiskFile,
    /// How many bytes of the old content are in `new`.
    kept: u64,
    /// Whether old content was overwritten that could not be read.
    lost: bool,
    old_length: u64,
}

impl Exchange<'_> {
    /// Writes the new content, and the old content in its place.
    fn run(&mut self, length: u64) -> io::Result<()> {
        self.file.reserve(length)?;
        // What may be written but not read cannot be put back.
        let readable = self.file.read_at(0, &mut [0]).is_ok();
        let (mut ours, mut theirs) = (vec![0; PIECE], vec![0; PIECE]);
        let mut offset = 0;
        while offset < length {
            let count = to_index(length - offset).map_or(PIECE, |rest| rest.min(PIECE));
            let ours = ours.get_mut(..count).unwrap_or_default();
            self.new.read_exact_at(offset, ours)?;
            if readable && offset < self.old_length {
                let read = self.file.read_at(offset, &mut theirs)?;
                let theirs = theirs.get(..read.min(count)).unwrap_or_default();
                self.new.write_at(offset, theirs)?;
                self.kept = offset + length_to_u64(theirs.len());
            }
            self.lost = !readable;
            self.file.write_at(offset, ours)?;
            offset += length_to_u64(count);
        }
        Ok(())
    }

    /// Puts the old content back.
    fn undo(&self) -> io::Result<()> {
        let mut theirs = vec![0; PIECE];
        let mut offset = 0;
        while offset < self.kept {
            let count = to_index(self.kept - offset).map_or(PIECE, |rest| rest.min(PIECE));
            let theirs = theirs.get_mut(..count).unwrap_or_default();
            self.new.read_exact_at(offset, theirs)?;
            self.file.write_at(offset, theirs)?;
            offset += length_to_u64(count);
        }
        // Also releases what was reserved beyond the end.
        self.file.set_length(self.old_length)?;
        if self.lost { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::Path;

    use super::*;
    use crate::disk::Disk;
    use crate::disk::fake::{Fault, MemoryDisk};

    fn file(disk: &MemoryDisk, name: &str, content: &[u8]) -> Box<dyn DiskFile> {
        let file = disk.create_new(Path::new(name), None).unwrap();
        file.write_at(0, content).unwrap();
        file
    }

    #[test]
    fn an_error_at_any_operation_puts_the_old_content_back() {
        for (old_length, new_length) in [(9000, 20_000), (20_000, 9000), (PIECE + 10, PIECE * 2)] {
            let old: Vec<u8> = (0..=250).cycle().take(old_length).collect();
            let new: Vec<u8> = (0..=240).rev().cycle().take(new_length).collect();
            let mut new_after_error = 0;
            for at in 0.. {
                let disk = MemoryDisk::default();
                let (target, content) = (file(&disk, "target", &old), file(&disk, "new", &new));
                disk.plan(at, Fault::Error(ErrorKind::StorageFull));
                let written = write_over(&*target, &*content, length_to_u64(new_length), true);
                let found = disk.bytes("target").unwrap();
                match written {
                    Ok(()) => assert!(found == new, "{old_length} to {new_length}, {at}"),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::StorageFull);
                        assert!(found == old || found == new, "{old_length} to {new_length}, {at}");
                        new_after_error += usize::from(found == new);
                    }
                }
                if disk.is_untouched() {
                    // Only if the very last operation fails, the sync of its length.
                    assert_eq!(new_after_error, 1);
                    break;
                }
                // Each page of a large file is an operation.
                assert!(at < 1000);
            }
        }
    }
}

//! The bytes of a file, in memory and on the disk, and what a power loss makes of them.

use std::collections::BTreeMap;

use super::PAGE;

#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    pub(super) durable: Vec<u8>,
    /// The contents of each page since it was last synced.
    pub(super) unsynced: BTreeMap<usize, Vec<Vec<u8>>>,
    /// The lengths since then.
    pub(super) unsynced_lengths: Vec<usize>,
    pub(super) locked_by: Option<u64>,
    /// Number of changes.
    pub(super) changes: i64,
}

impl Content {
    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        let (end, old_end) = (offset + bytes.len(), self.bytes.len());
        if end > old_end {
            self.resize(end);
        }
        self.bytes[offset..end].copy_from_slice(bytes);
        self.changed(offset, end);
    }

    pub(super) fn resize(&mut self, length: usize) {
        let old = self.bytes.len();
        self.bytes.resize(length, 0);
        self.unsynced_lengths.push(length);
        // The rest of a page that is cut is cleared.
        let end = length.max(old.min(length.next_multiple_of(PAGE)));
        self.changed(old.min(length), end);
    }

    /// Bytes have changed: their pages may or may not reach the disk.
    fn changed(&mut self, start: usize, end: usize) {
        self.changes += 1;
        for page in start / PAGE..end.div_ceil(PAGE) {
            let [from, to] = [page, page + 1].map(|page| self.bytes.len().min(page * PAGE));
            let mut version = self.bytes[from..to].to_vec();
            version.resize(PAGE, 0);
            self.unsynced.entry(page).or_default().push(version);
        }
    }

    /// A sync that fails leaves pages that count as written, as in Linux: the next one does not
    /// write them unless they have changed again.
    pub(super) fn sync(&mut self, succeeds: bool) {
        let pages = std::mem::take(&mut self.unsynced);
        if !succeeds {
            return;
        }
        self.unsynced_lengths.clear();
        let length = self.bytes.len();
        self.durable.resize(length, 0);
        for (page, mut versions) in pages {
            let (start, last) = (page * PAGE, versions.pop().unwrap_or_default());
            let end = length.min(start + last.len());
            if start < end {
                self.durable[start..end].copy_from_slice(&last[..end - start]);
            }
        }
    }

    pub(super) fn unsynced_pages(&self) -> usize {
        self.unsynced.len() + usize::from(!self.unsynced_lengths.is_empty())
    }

    pub(super) fn lose(&mut self, piece: usize, keep: &mut dyn FnMut(usize) -> usize) {
        let mut bytes = self.durable.clone();
        let mut length = bytes.len();
        if !self.unsynced_lengths.is_empty()
            && let Some(version) = keep(self.unsynced_lengths.len()).checked_sub(1)
        {
            length = self.unsynced_lengths[version];
        }
        for (page, versions) in &self.unsynced {
            bytes.resize(bytes.len().max((page + 1) * PAGE), 0);
            for start in (0..PAGE).step_by(piece) {
                if let Some(version) = keep(versions.len()).checked_sub(1) {
                    let version = &versions[version.min(versions.len() - 1)];
                    let place = page * PAGE + start;
                    bytes[place..place + piece].copy_from_slice(&version[start..start + piece]);
                }
            }
        }
        bytes.resize(length, 0);
        self.bytes.clone_from(&bytes);
        self.durable = bytes;
        self.unsynced.clear();
        self.unsynced_lengths.clear();
    }
}

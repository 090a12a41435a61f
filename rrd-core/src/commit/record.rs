//! A change of a file as a list of byte ranges, and how durable it must be.

use crate::format::push_values;
use crate::number::length_to_u64;

/// The unit that the kernel writes completely even if the process is killed meanwhile.
pub(crate) const PAGE: usize = 4096;

/// A change of a file: bytes and their positions. Reused from change to change, so that it does not
/// allocate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(super) ranges: Vec<(u64, usize)>,
    pub(super) bytes: Vec<u8>,
    pub(super) in_place: bool,
}

impl Record {
    pub(crate) fn clear(&mut self) {
        self.ranges.clear();
        self.bytes.clear();
        self.in_place = false;
    }

    /// Adds bytes to be written at `offset`.
    pub(crate) fn push(&mut self, offset: u64, bytes: &[u8]) {
        self.ranges.push((offset, bytes.len()));
        self.bytes.extend_from_slice(bytes);
    }

    /// Adds values of rows in the native layout.
    pub(crate) fn push_values(&mut self, offset: u64, values: &[f64]) {
        let start = self.bytes.len();
        push_values(&mut self.bytes, values);
        self.ranges.push((offset, self.bytes.len() - start));
    }

    /// Marks the rows as replacing others than the oldest: a reader must never see half of them.
    pub(crate) fn set_in_place(&mut self) {
        self.in_place = true;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The ranges in the order in which they were added.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = self.bytes.as_slice();
        self.ranges.iter().map_while(move |(offset, length)| {
            let (bytes, after) = rest.split_at_checked(*length)?;
            rest = after;
            Some((*offset, bytes))
        })
    }

    /// Whether rows and head can be written one after the other: only the oldest rows change, and
    /// the changes in the head of `head` bytes are one range within one page.
    pub(crate) fn is_simple(&self, head: usize) -> bool {
        let mut in_head = self.ranges.iter().filter(|(offset, _)| *offset < length_to_u64(head));
        let one_page = in_head.next().is_none_or(|(offset, length)| {
            let page = length_to_u64(PAGE);
            offset % page + length_to_u64(*length) <= page
        });
        !self.in_place && one_page && in_head.next().is_none()
    }
}

/// What a change must survive before it counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It survives the end of the process, including by `kill -9`. After a power loss, a file may
    /// contain part of the changes of the last seconds.
    #[default]
    Process,
    /// It survives a power loss.
    Synced,
}

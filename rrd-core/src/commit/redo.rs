//! Writes the redo chunk of an open file, and makes it void or removes it when the change is
//! complete. All of it happens under the write lock of the file.

use std::io;

use super::NoRecord;
use super::record::Durability;
use super::tail::{self, Tail, VOID};
use crate::disk::DiskFile;
use crate::number::length_to_u64;

/// The redo chunk of one handle.
///
/// A handle that is used for one change leaves nothing behind the rows. From its second change with
/// a record on it keeps the space until it is closed: taking and giving it back each time is slow.
#[derive(Debug)]
pub(crate) struct Redo {
    tail: Tail,
    state: State,
    /// Whether this handle has written a record before.
    is_kept: bool,
    /// Whether the first bytes of the chunk survive a power loss, by which a torn one is
    /// recognised.
    is_marked: bool,
    buffer: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing of this handle is behind the rows.
    Absent,
    /// A record whose change is not complete.
    Pending,
    /// A void chunk.
    Void,
}

impl Redo {
    /// The chunk of a file that now ends like this.
    pub(crate) fn new(tail: Tail) -> Self {
        Self { tail, state: State::Absent, is_kept: false, is_marked: false, buffer: Vec::new() }
    }

    /// The file was read again and ends like this.
    pub(crate) fn renew(&mut self, tail: Tail) {
        self.tail = tail;
        self.state = State::Absent;
        self.is_marked = false;
    }

    /// Length of the file as this handle left it.
    pub(crate) fn file_length(&self) -> u64 {
        self.tail.length
    }

    /// Writes a record, which `fill` appends to the bytes. After an error nothing of it is left.
    pub(crate) fn write(
        &mut self,
        file: &dyn DiskFile,
        durability: Durability,
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), NoRecord> {
        if self.tail.is_foreign() {
            return Err(NoRecord::ForeignBytes);
        }
        tail::encode(&mut self.buffer, fill);
        if let Err(error) = self.append(file, durability) {
            // Half a chunk would be recognised as such, but it takes space on a full disk.
            let _ = self.tail.cut(file);
            self.renew(self.tail);
            return Err(NoRecord::Io(error));
        }
        self.state = State::Pending;
        Ok(())
    }

    fn append(&mut self, file: &dyn DiskFile, durability: Durability) -> io::Result<()> {
        let at = self.tail.at;
        let synced = durability == Durability::Synced;
        if synced && !self.is_marked {
            file.write_at(at, &VOID)?;
            file.sync()?;
            self.is_marked = true;
        }
        file.write_at(at, &self.buffer)?;
        if synced {
            file.sync()?;
        }
        self.tail.length = self.tail.length.max(at + length_to_u64(self.buffer.len()));
        Ok(())
    }

    /// Makes the record void: its change is complete.
    pub(crate) fn finish(&mut self, file: &dyn DiskFile) {
        if self.state != State::Pending {
            return;
        }
        if !std::mem::replace(&mut self.is_kept, true) && self.tail.cut(file).is_ok() {
            self.renew(self.tail);
        } else if file.write_at(self.tail.at, &VOID).is_ok() {
            self.state = State::Void;
        }
        // A record that stays is complete, so that repeating it changes nothing.
    }

    /// Whether there is something to remove when the handle is closed.
    pub(crate) fn is_left(&self) -> bool {
        self.state == State::Void
    }

    /// Removes the void chunk, unless another writer has put something else there.
    pub(crate) fn close(&mut self, file: &dyn DiskFile) {
        let same_length = file.status().is_ok_and(|now| now.length == self.tail.length);
        if same_length && self.is_void(file).unwrap_or(false) {
            // One that stays is overwritten by the next writer.
            let _ = self.tail.cut(file);
        }
    }

    fn is_void(&self, file: &dyn DiskFile) -> io::Result<bool> {
        let mut magic = VOID;
        let read = file.read_at(self.tail.at, &mut magic)?;
        Ok(read == VOID.len() && magic == VOID)
    }
}

//! Open files of the disk in memory.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::content::Content;
use super::{MemoryDisk, NameChange, PAGE};
use crate::disk::{Attributes, DiskFile, Locking, Look, MappedBytes, Status};

#[derive(Debug)]
pub(super) struct MemoryFile {
    pub(super) disk: MemoryDisk,
    pub(super) number: u64,
    pub(super) handle: u64,
}

impl MemoryFile {
    fn with<T>(&self, work: impl FnOnce(&mut Content) -> T) -> io::Result<T> {
        let mut world = self.disk.world();
        world.alive()?;
        Ok(work(world.files.get_mut(&self.number).expect("files stay")))
    }
}

impl DiskFile for MemoryFile {
    fn status(&self) -> io::Result<Status> {
        let world = self.disk.world();
        world.alive()?;
        let names = world.names.values().filter(|number| **number == self.number).count();
        let length = world.files[&self.number].bytes.len() as u64;
        Ok(Status {
            length,
            allocated: length,
            names: names as u64,
            identity: (0, self.number),
            born: i64::try_from(self.number).unwrap_or(0),
            mode: 0o644,
            owner: 0,
            is_folder: false,
        })
    }

    fn look(&self) -> io::Result<Look> {
        let world = self.disk.world();
        world.alive()?;
        world.look(self.number)
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.with(|content| {
            let start = usize::try_from(offset).expect("small").min(content.bytes.len());
            let count = bytes.len().min(content.bytes.len() - start);
            bytes[..count].copy_from_slice(&content.bytes[start..start + count]);
            count
        })
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let (mut offset, mut rest) = (usize::try_from(offset).expect("small"), bytes);
        while !rest.is_empty() {
            // A kill happens between two pages, never within one.
            let (piece, after) = rest.split_at(rest.len().min(PAGE - offset % PAGE));
            self.disk.world().step()?;
            self.with(|content| content.write(offset, piece))?;
            offset += piece.len();
            rest = after;
        }
        Ok(())
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).expect("small");
        self.disk.world().step()?;
        self.with(|content| {
            content.bytes.resize(content.bytes.len().max(length), 0);
            content.durable.resize(content.durable.len().max(length), 0);
        })
    }

    fn reserve(&self, _length: u64) -> io::Result<()> {
        self.disk.world().step()
    }

    fn room(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn take_over(&self, _old: &Attributes) -> io::Result<()> {
        self.disk.world().alive()
    }

    fn set_mode(&self, _mode: u32) -> io::Result<()> {
        self.disk.world().alive()
    }

    fn link(&self, path: &Path) -> io::Result<()> {
        let mut world = self.disk.world();
        if world.no_links {
            return Err(ErrorKind::NotFound.into());
        }
        if world.names.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        world.step()?;
        world.change_name(NameChange::Set(path.to_owned(), self.number));
        Ok(())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).expect("small");
        self.disk.world().step()?;
        self.with(|content| {
            if length < content.bytes.len() {
                content.resize(length);
            } else {
                content.bytes.resize(length, 0);
                content.durable.resize(length, 0);
            }
        })
    }

    fn sync(&self) -> io::Result<()> {
        let done = self.disk.world().step();
        self.with(|content| content.sync(done.is_ok()))?;
        done
    }

    fn sync_file_system(&self) -> Option<io::Result<()>> {
        let mut world = self.disk.world();
        if let Err(error) = world.step() {
            drop(world);
            // What could not be written is of this file.
            return Some(self.with(|content| content.sync(false)).and(Err(error)));
        }
        world.files.values_mut().for_each(|content| content.sync(true));
        Some(Ok(()))
    }

    fn lock(&self, _locking: Locking) -> io::Result<bool> {
        let handle = self.handle;
        self.with(|content| *content.locked_by.get_or_insert(handle) == handle)
    }

    fn lock_shared(&self, locking: Locking) -> io::Result<bool> {
        self.lock(locking)
    }

    fn unlock(&self) {
        let _ = self.with(|content| {
            if content.locked_by == Some(self.handle) {
                content.locked_by = None;
            }
        });
    }

    fn is_locked_elsewhere(&self) -> bool {
        let owner = self.with(|content| content.locked_by).ok().flatten();
        owner.is_some_and(|owner| owner != self.handle)
    }

    fn map(&self, length: usize) -> io::Result<Box<dyn MappedBytes>> {
        let bytes = self.with(|content| content.bytes[..length].to_vec())?;
        let file = Self { disk: self.disk.clone(), ..*self };
        Ok(Box::new(MemoryMap { file, bytes }))
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        self.unlock();
    }
}

#[derive(Debug)]
struct MemoryMap {
    file: MemoryFile,
    bytes: Vec<u8>,
}

impl MappedBytes for MemoryMap {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let end = offset.checked_add(bytes.len()).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(ErrorKind::StorageFull)?;
        self.file.write_at(offset as u64, bytes)?;
        self.bytes[offset..end].copy_from_slice(bytes);
        Ok(())
    }
}

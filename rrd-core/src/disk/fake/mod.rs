//! A disk in memory that can be killed, fail and lose power at any operation, for tests of the
//! write path.

mod content;
mod file;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::sync_together::sync_together;
use super::{Attributes, Disk, DiskFile, Found, Identity, Look, OpenMode, Overwrite, Target};
use content::Content;
use file::MemoryFile;

/// What a kill never tears.
pub(crate) const PAGE: usize = 4096;
/// What a power loss never tears.
const SECTOR: usize = 512;

/// What happens at an operation that changes something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The process is killed: this operation and all later ones do not happen.
    Kill,
    /// The operation fails, later ones succeed again.
    Error(ErrorKind),
}

/// A disk whose handles all see the same files.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryDisk {
    world: Arc<Mutex<World>>,
}

#[derive(Debug, Default)]
struct World {
    names: BTreeMap<PathBuf, u64>,
    /// Names as they are after a power loss, and the changes since.
    durable_names: BTreeMap<PathBuf, u64>,
    unsynced_names: Vec<NameChange>,
    files: HashMap<u64, Content>,
    handles: u64,
    /// Number of changes so far; each page of a write counts.
    operations: usize,
    plan: Option<(usize, Fault)>,
    dead: bool,
    /// Nameless files cannot be named.
    no_links: bool,
}

#[derive(Clone, Debug)]
enum NameChange {
    Set(PathBuf, u64),
    Remove(PathBuf),
}

/// The bytes of a file on the disk and in memory, and the pages that differ.
#[derive(Clone, Debug)]
pub(crate) struct TornFile {
    pub(crate) durable: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) pages: Vec<usize>,
}

impl MemoryDisk {
    /// A disk whose nameless files cannot be named.
    pub(crate) fn without_links() -> Self {
        let disk = Self::default();
        disk.world().no_links = true;
        disk
    }

    /// Schedules `fault` for operation number `at` from now on, counted from 0.
    pub(crate) fn plan(&self, at: usize, fault: Fault) {
        let mut world = self.world();
        world.plan = Some((world.operations + at, fault));
    }

    /// Number of operations so far.
    pub(crate) fn operations(&self) -> usize {
        self.world().operations
    }

    /// Whether the scheduled fault has not happened.
    pub(crate) fn is_untouched(&self) -> bool {
        self.world().plan.is_some()
    }

    /// A new process: no more faults, no locks.
    pub(crate) fn revive(&self) {
        let mut world = self.world();
        world.plan = None;
        world.dead = false;
        for file in world.files.values_mut() {
            file.locked_by = None;
        }
    }

    /// An independent copy of the disk.
    pub(crate) fn copy(&self) -> Self {
        let world = self.world();
        Self {
            world: Arc::new(Mutex::new(World {
                names: world.names.clone(),
                durable_names: world.durable_names.clone(),
                unsynced_names: world.unsynced_names.clone(),
                files: world.files.clone(),
                handles: world.handles,
                ..World::default()
            })),
        }
    }

    /// Pages and lengths of files that a power loss may keep or lose.
    pub(crate) fn unsynced_pages(&self) -> usize {
        self.world().files.values().map(Content::unsynced_pages).sum()
    }

    /// Power loss: for the length of each file and for each unsynced page, `keep(versions)` selects
    /// what is on the disk, 0 for that of the last sync; of the changes to names, the first `names`
    /// are kept.
    pub(crate) fn lose_power(&self, names: usize, mut keep: impl FnMut(usize) -> usize) {
        self.lose(names, PAGE, &mut keep);
    }

    /// Like [`lose_power`](Self::lose_power), sector by sector.
    pub(crate) fn lose_sectors(&self, names: usize, mut keep: impl FnMut(usize) -> usize) {
        self.lose(names, SECTOR, &mut keep);
    }

    fn lose(&self, names: usize, piece: usize, keep: &mut dyn FnMut(usize) -> usize) {
        let mut world = self.world();
        let mut durable = world.durable_names.clone();
        for change in world.unsynced_names.iter().take(names) {
            change.apply(&mut durable);
        }
        world.names = durable.clone();
        world.durable_names = durable;
        world.unsynced_names.clear();
        let mut files = world.files.iter_mut().collect::<Vec<_>>();
        files.sort_by_key(|(number, _)| **number);
        for (_, file) in files {
            file.lose(piece, keep);
        }
        drop(world);
        self.revive();
    }

    /// A file with what of it is not synced.
    pub(crate) fn torn(&self, path: &str) -> TornFile {
        let world = self.world();
        let file = &world.files[&world.names[Path::new(path)]];
        TornFile {
            durable: file.durable.clone(),
            bytes: file.bytes.clone(),
            pages: file.unsynced.keys().copied().collect(),
        }
    }

    pub(crate) fn unsynced_name_changes(&self) -> usize {
        self.world().unsynced_names.len()
    }

    /// The bytes of a file.
    pub(crate) fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let world = self.world();
        let number = world.names.get(Path::new(path))?;
        world.files.get(number).map(|file| file.bytes.clone())
    }

    /// Gives a file another name.
    pub(crate) fn link(&self, path: &str, name: &str) {
        let mut world = self.world();
        let number = world.names[Path::new(path)];
        world.change_name(NameChange::Set(name.into(), number));
    }

    /// Takes a name from a file, as another program does.
    pub(crate) fn unlink(&self, name: &str) {
        self.world().change_name(NameChange::Remove(name.into()));
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.world().names.keys().map(|path| path.display().to_string()).collect()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no test panics in here")
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<PathBuf, u64>) {
        match self {
            Self::Set(path, number) => names.insert(path.clone(), *number),
            Self::Remove(path) => names.remove(path),
        };
    }
}

impl World {
    /// Counts an operation that changes something; it may be the one that does not happen.
    fn step(&mut self) -> io::Result<()> {
        self.alive()?;
        let now = self.operations;
        self.operations += 1;
        match self.plan {
            Some((at, fault)) if at == now => {
                self.plan = None;
                match fault {
                    Fault::Kill => {
                        self.dead = true;
                        self.alive()
                    }
                    Fault::Error(kind) => Err(kind.into()),
                }
            }
            _ => Ok(()),
        }
    }

    fn look(&self, number: u64) -> io::Result<Look> {
        let content = self.files.get(&number).ok_or(ErrorKind::NotFound)?;
        let identity = Identity { device: 0, number, born: i64::try_from(number).unwrap_or(0) };
        Ok(Look { identity, length: content.bytes.len() as u64, changed: content.changes })
    }

    fn alive(&self) -> io::Result<()> {
        if self.dead { Err(io::Error::other("killed")) } else { Ok(()) }
    }

    fn change_name(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.unsynced_names.push(change);
    }
}

impl Disk for MemoryDisk {
    fn open(&self, path: &Path, _mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let mut world = self.world();
        world.alive()?;
        let number = *world.names.get(path).ok_or(ErrorKind::NotFound)?;
        world.handles += 1;
        Ok(Box::new(MemoryFile { disk: self.clone(), number, handle: world.handles }))
    }

    fn create_new(&self, path: &Path, _mode: Option<u32>) -> io::Result<Box<dyn DiskFile>> {
        let mut world = self.world();
        if world.names.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        world.step()?;
        world.handles += 1;
        let number = world.handles;
        world.files.insert(number, Content::default());
        world.change_name(NameChange::Set(path.to_owned(), number));
        Ok(Box::new(MemoryFile { disk: self.clone(), number, handle: number }))
    }

    fn create_nameless(
        &self,
        _path: &Path,
        _mode: Option<u32>,
    ) -> io::Result<Option<Box<dyn DiskFile>>> {
        let mut world = self.world();
        world.step()?;
        world.handles += 1;
        let number = world.handles;
        world.files.insert(number, Content::default());
        Ok(Some(Box::new(MemoryFile { disk: self.clone(), number, handle: number })))
    }

    fn target(&self, path: &Path) -> io::Result<Target> {
        self.world().alive()?;
        Ok(if self.exists(path) {
            Target::File(path.to_owned(), Attributes::plain())
        } else {
            Target::Free(path.to_owned())
        })
    }

    fn rename(&self, from: &Path, to: &Path, overwrite: Overwrite) -> io::Result<()> {
        let mut world = self.world();
        if overwrite == Overwrite::No && world.names.contains_key(to) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        world.step()?;
        let number = *world.names.get(from).ok_or(ErrorKind::NotFound)?;
        world.change_name(NameChange::Set(to.to_owned(), number));
        world.change_name(NameChange::Remove(from.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        if !world.names.contains_key(path) {
            world.alive()?;
            return Err(ErrorKind::NotFound.into());
        }
        world.step()?;
        world.change_name(NameChange::Remove(path.to_owned()));
        Ok(())
    }

    fn sync_files(&self, files: &[&dyn DiskFile]) -> Vec<io::Result<()>> {
        sync_together(files, 2)
    }

    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.step()?;
        world.durable_names = world.names.clone();
        world.unsynced_names.clear();
        Ok(())
    }

    fn make_folders(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn exists(&self, path: &Path) -> bool {
        self.world().names.contains_key(path)
    }

    fn find(&self, path: &Path) -> io::Result<Found> {
        Ok(Found { look: self.look(path)?, place: path.to_owned(), is_direct: true })
    }

    fn look(&self, path: &Path) -> io::Result<Look> {
        let world = self.world();
        world.alive()?;
        world.look(*world.names.get(path).ok_or(ErrorKind::NotFound)?)
    }
}

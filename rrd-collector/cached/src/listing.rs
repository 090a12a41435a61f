//! The databases and folders below a folder, which `LIST` shows. Nothing outside the folders that
//! names may lead to is looked at.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rrd_core::{Store, open_below};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::server::ServerOptions;

/// Which folders are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The one that is asked for; those below it are shown by their names.
    One,
    /// Those below it, too.
    All,
}

/// Why nothing is listed.
#[derive(Debug)]
pub(crate) enum ListError {
    /// The name leads out of the folders in which files may be, to this path.
    Outside(PathBuf),
    /// What the system says.
    System(io::Error),
}

impl From<io::Error> for ListError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl From<Errno> for ListError {
    fn from(error: Errno) -> Self {
        Self::System(error.into())
    }
}

/// The names below a folder, sorted, or that of one database.
///
/// Links are followed if they lead to where names may lead. Each folder is listed once, under the
/// name that does not lead through a link if there is one.
pub(crate) fn list_below(
    options: &ServerOptions,
    path: &Path,
    depth: Depth,
) -> Result<Vec<OsString>, ListError> {
    if path.components().any(|component| component == Component::ParentDir) {
        return Err(Errno::ACCESS.into());
    }
    let roots = Roots::of(options)?;
    let (file, kind) = roots.open(path)?;
    let mut names = if kind.is_dir() {
        let mut listing = Listing { roots: &roots, path, names: Vec::new(), seen: HashSet::new() };
        listing.walk(&file.into(), depth)?;
        listing.names
    } else {
        match path.file_name().filter(|name| is_database(name)) {
            Some(name) if kind.is_file() && !path.as_os_str().as_bytes().ends_with(b"/") => {
                vec![name.to_owned()]
            }
            _ => return Err(Errno::NOTDIR.into()),
        }
    };
    names.sort_unstable();
    Ok(names)
}

/// Whether a name ends at its first `.rrd`.
fn is_database(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let first = name.windows(4).position(|part| part == b".rrd");
    first.is_some_and(|first| first + 4 == name.len())
}

/// The folders below which everything must lie, without links; `None` if it may lie anywhere.
struct Roots(Option<Vec<PathBuf>>);

impl Roots {
    fn of(options: &ServerOptions) -> io::Result<Self> {
        let folders = || [&options.base].into_iter().chain(&options.also);
        let roots = options.confined.then(|| folders().map(|root| root.canonicalize()).collect());
        Ok(Self(roots.transpose()?))
    }

    /// Opens what a path leads to.
    fn open(&self, path: &Path) -> Result<(File, fs::FileType), ListError> {
        let leads_to = path.canonicalize()?;
        let kind = leads_to.metadata()?.file_type();
        let Some(roots) = &self.0 else { return Ok((File::open(path)?, kind)) };
        let found = roots.iter().find_map(|root| Some((root, leads_to.strip_prefix(root).ok()?)));
        let Some((root, rest)) = found else { return Err(ListError::Outside(leads_to)) };
        // A link that somebody puts there in the meantime leads nowhere else.
        Ok((open_below(root, rest)?, kind))
    }
}

struct Listing<'a> {
    roots: &'a Roots,
    path: &'a Path,
    names: Vec<OsString>,
    /// Device and number of each folder that was listed.
    seen: HashSet<(u64, u64)>,
}

impl Listing<'_> {
    fn walk(&mut self, folder: &OwnedFd, depth: Depth) -> Result<(), ListError> {
        let mut links = Vec::new();
        self.add(folder, PathBuf::new(), depth, &mut links)?;
        // Last those behind links, which may lead to folders that have been listed.
        while let Some(name) = links.pop() {
            if let Ok((file, _)) = self.roots.open(&self.path.join(&name)) {
                // A folder that cannot be read hides no other.
                let _ = self.add(&file.into(), name, depth, &mut links);
            }
        }
        Ok(())
    }

    /// Adds what is in a folder and, if asked for, in those below it. `links` are those that lead
    /// to further folders.
    fn add(
        &mut self,
        folder: &OwnedFd,
        below: PathBuf,
        depth: Depth,
        links: &mut Vec<PathBuf>,
    ) -> Result<(), ListError> {
        let mut folders = vec![(folder.try_clone()?, below)];
        let mut is_first = true;
        while let Some((folder, below)) = folders.pop() {
            let listed = self.add_one(&folder, &below, depth, links, &mut folders);
            // A folder that cannot be read hides no other.
            if std::mem::take(&mut is_first) {
                listed?;
            }
        }
        Ok(())
    }

    fn add_one(
        &mut self,
        folder: &OwnedFd,
        below: &Path,
        depth: Depth,
        links: &mut Vec<PathBuf>,
        folders: &mut Vec<(OwnedFd, PathBuf)>,
    ) -> Result<(), ListError> {
        let found = rustix::fs::fstat(folder)?;
        if !self.seen.insert((found.st_dev, found.st_ino)) {
            return Ok(());
        }
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." || name == Store::OWN_FOLDER {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => kind_of(folder, name),
                kind => kind,
            };
            let path = below.join(name);
            match kind {
                FileType::Directory if depth == Depth::One => self.names.push(path.into()),
                FileType::Directory => {
                    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
                    let flags = flags | OFlags::CLOEXEC;
                    let opened = rustix::fs::openat(folder, name, flags, Mode::empty());
                    folders.extend(opened.ok().map(|opened| (opened, path)));
                }
                FileType::RegularFile if is_database(name) => self.names.push(path.into()),
                FileType::Symlink => self.add_link(path, depth, links),
                _ => {}
            }
        }
        Ok(())
    }

    fn add_link(&mut self, name: PathBuf, depth: Depth, links: &mut Vec<PathBuf>) {
        let Ok((_, kind)) = self.roots.open(&self.path.join(&name)) else { return };
        if kind.is_dir() && depth == Depth::All {
            links.push(name);
        } else if kind.is_dir() || kind.is_file() && name.file_name().is_some_and(is_database) {
            self.names.push(name.into());
        }
    }
}

/// The kind of an entry on file systems whose folders do not tell it.
fn kind_of(folder: impl AsFd, name: &OsStr) -> FileType {
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
        .map_or(FileType::Unknown, |found| FileType::from_raw_mode(found.st_mode))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(options: &ServerOptions, name: &str, depth: Depth) -> Result<Vec<String>, String> {
        match list_below(options, &options.base.join(name), depth) {
            Ok(names) => Ok(names.iter().map(|name| name.to_string_lossy().into_owned()).collect()),
            Err(ListError::Outside(path)) => Err(path.display().to_string()),
            Err(ListError::System(error)) => Err(rrd_cli::rrdtool_words(&error)),
        }
    }

    /// A base with a folder outside of it, and links of each kind.
    fn base() -> (tempfile::TempDir, ServerOptions) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path");
        let mut options = ServerOptions::new(root.join("base"));
        options.confined = true;
        for name in ["base/sub/deep", "base/.rrd-store", "outside"] {
            fs::create_dir_all(root.join(name)).expect("a folder");
        }
        let files = ["base/b.rrd", "base/a.rrd", "base/sub/c.rrd", "base/sub/deep/d.rrd"];
        for name in [&files[..], &["outside/o.rrd", "base/text.txt", "base/a.rrd.rrd"]].concat() {
            fs::write(root.join(name), "").expect("a file");
        }
        for (target, name) in [
            ("a.rrd", "inner.rrd"),
            ("../outside/o.rrd", "outer.rrd"),
            ("../outside", "out"),
            ("sub", "sublink"),
            ("..", "sub/loop"),
            ("nowhere.rrd", "dangling.rrd"),
        ] {
            symlink(target, root.join("base").join(name)).expect("a link");
        }
        (folder, options)
    }

    #[test]
    fn a_folder_shows_its_databases_and_folders_and_links_that_stay_inside() {
        let (_folder, options) = base();
        let found = names(&options, "", Depth::One).unwrap();
        assert_eq!(found, ["a.rrd", "b.rrd", "inner.rrd", "sub", "sublink"]);
        assert_eq!(names(&options, "sublink", Depth::One).unwrap(), ["c.rrd", "deep", "loop"]);
    }

    #[test]
    fn all_folders_are_listed_once_although_links_lead_in_a_circle() {
        let (_folder, options) = base();
        let found = names(&options, "", Depth::All).unwrap();
        assert_eq!(found, ["a.rrd", "b.rrd", "inner.rrd", "sub/c.rrd", "sub/deep/d.rrd"]);
        let found = names(&options, "sub", Depth::All).unwrap();
        let behind = ["c.rrd", "deep/d.rrd", "loop/a.rrd", "loop/b.rrd", "loop/inner.rrd"];
        assert_eq!(found, behind);
    }

    #[test]
    fn a_link_out_is_refused_unless_its_target_is_permitted() {
        let (folder, mut options) = base();
        let outside = folder.path().canonicalize().unwrap().join("outside");
        assert_eq!(names(&options, "out", Depth::One), Err(outside.display().to_string()));
        options.also.push(outside);
        assert_eq!(names(&options, "out", Depth::One).unwrap(), ["o.rrd"]);
        assert!(names(&options, "", Depth::All).unwrap().contains(&"out/o.rrd".to_owned()));
        options.also.clear();
        options.confined = false;
        assert_eq!(names(&options, "out", Depth::One).unwrap(), ["o.rrd"]);
    }

    #[test]
    fn what_is_no_folder_is_a_database_or_an_error() {
        let (_folder, options) = base();
        assert_eq!(names(&options, "a.rrd", Depth::All).unwrap(), ["a.rrd"]);
        for (name, error) in [
            ("nope", "No such file or directory"),
            ("text.txt", "Not a directory"),
            ("a.rrd/", "Not a directory"),
            ("..", "Permission denied"),
        ] {
            assert_eq!(names(&options, name, Depth::One), Err(error.to_owned()), "{name}");
        }
    }
}

//! What a path leads to, and so how it is written: a free name, a regular file, or something that
//! is opened as it is. Decides which links are followed and which pipes are trusted.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD};
use rustix::io::Errno;

use super::attributes::Attributes;
use super::paths::folder_of;
use super::system;

/// Links that are followed one after another, as in the kernel.
const MOST_LINKS: usize = 40;
/// The mode bit of a folder in which everybody may create files but only remove their own.
const STICKY: u32 = 0o1000;
const ROOT: u32 = 0;

/// What a path leads to.
#[derive(Debug)]
pub(crate) enum Target {
    /// Nothing has this name yet.
    Free(PathBuf),
    /// A regular file with this name.
    File(PathBuf, Attributes),
    /// Something that is opened as it is, never replaced.
    Stream(Stream),
}

/// Something that is no regular file of its own.
#[derive(Debug)]
pub(crate) enum Stream {
    /// A device or a pipe, or what a link of another process in `/proc` leads to.
    Named(PathBuf),
    /// A descriptor of this process.
    Descriptor(i32),
}

/// A link that is not followed.
#[derive(Debug, thiserror::Error)]
#[error(
    "the link '{}' to '{}' belongs neither to root nor to you nor to the owner of what it leads to",
    link.display(),
    target.display()
)]
struct LinkOfAStranger {
    link: PathBuf,
    target: PathBuf,
}

/// A pipe or device that is not opened.
#[derive(Debug, thiserror::Error)]
#[error("'{}' is a pipe or device that somebody else put into a folder for everybody", path.display())]
struct PipeOfAStranger {
    path: PathBuf,
}

fn denied(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, error)
}

impl Target {
    /// Follows `path` to its end.
    pub(super) fn find(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            if let Some(number) = own_descriptor(&path) {
                return Ok(Self::Stream(Stream::Descriptor(number)));
            }
            let metadata = match path.symlink_metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Self::Free(path));
                }
                found => found?,
            };
            if !metadata.is_symlink() {
                return Self::classify(path, &metadata);
            }
            if system::is_magic_link(&path) {
                // Its text is not a path that leads there.
                return Ok(Self::Stream(Stream::Named(path)));
            }
            let target = fs::read_link(&path)?;
            if !is_trusted(&path, &metadata) {
                return Err(denied(LinkOfAStranger { link: path, target }));
            }
            path = folder_of(&path).join(target);
        }
        Err(Errno::LOOP.into())
    }

    fn classify(path: PathBuf, metadata: &Metadata) -> io::Result<Self> {
        if metadata.is_dir() {
            return Err(Errno::ISDIR.into());
        }
        if metadata.is_file() {
            let mode = rustix::fs::Access::WRITE_OK;
            let writable = rustix::fs::accessat(CWD, &path, mode, AtFlags::EACCESS).is_ok();
            let attributes = Attributes::read(&path, metadata, writable);
            return Ok(Self::File(path, attributes));
        }
        let folder = folder_of(&path).metadata()?;
        let trusted = [caller(), ROOT, folder.uid()].contains(&metadata.uid());
        if folder.mode() & STICKY != 0 && !trusted {
            return Err(denied(PipeOfAStranger { path }));
        }
        Ok(Self::Stream(Stream::Named(path)))
    }
}

impl Stream {
    /// Opens it for writing, without truncating it or creating anything.
    pub(super) fn open(&self) -> io::Result<File> {
        match self {
            Self::Descriptor(number) => duplicate(*number),
            Self::Named(path) => system::open_stream(path),
        }
    }
}

/// Another handle of the same open file, so that what others write through theirs is continued.
fn duplicate(number: i32) -> io::Result<File> {
    let standard = match number {
        0 => Some(io::stdin().as_fd().try_clone_to_owned()?),
        1 => Some(io::stdout().as_fd().try_clone_to_owned()?),
        2 => Some(io::stderr().as_fd().try_clone_to_owned()?),
        _ => None,
    };
    if let Some(file) = standard {
        return Ok(File::from(file));
    }
    system::duplicate(number)
}

/// The number in `/dev/fd/N`, `/proc/self/fd/N` and their like.
fn own_descriptor(path: &Path) -> Option<i32> {
    let name = path.file_name()?.to_str()?;
    if !name.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let folder = folder_of(path);
    let folder = folder.canonicalize().unwrap_or(folder);
    if system::lists_descriptors(folder.to_str()?) { name.parse().ok() } else { None }
}

/// Whether whoever made a link may choose what we write: root, the caller, or the owner of the file
/// it leads to.
fn is_trusted(link: &Path, metadata: &Metadata) -> bool {
    let owner = metadata.uid();
    owner == ROOT || owner == caller() || link.metadata().is_ok_and(|target| target.uid() == owner)
}

fn caller() -> u32 {
    rustix::process::geteuid().as_raw()
}

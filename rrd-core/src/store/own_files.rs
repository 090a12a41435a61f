//! The store's own files: in a hidden folder in that of the store, or in a folder of their own.
//! No name of a database leads there.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, FolderDisk, Reach};

/// The hidden folder.
pub(super) const FOLDER: &str = ".rrd-store";
/// The two segments of the log in it.
pub(super) const SEGMENTS: [&str; 2] = [".rrd-store/0.log", ".rrd-store/1.log"];
/// Images of heads that are being written.
const IMAGES: &str = ".rrd-store/images";
/// Samples of files that could not be written.
const ORPHANS: &str = ".rrd-store/orphans";
/// How their names begin in a folder that may have others.
const PREFIX: &str = "rrd-store.";

/// Where the store's own files are.
#[derive(Clone, Debug)]
pub(crate) struct OwnFiles {
    pub(super) disk: Arc<dyn Disk>,
    /// The folder at which their names begin.
    pub(super) folder: PathBuf,
    /// The two segments of the log.
    pub(super) segments: [PathBuf; 2],
    /// Images of heads that are being written.
    pub(super) images: PathBuf,
    /// Samples of files that could not be written.
    pub(super) orphans: PathBuf,
    /// What has to be on the disk so that the others are found there.
    pub(super) parents: Vec<PathBuf>,
}

impl OwnFiles {
    /// In the hidden folder on the disk of the databases.
    pub(crate) fn hidden(disk: Arc<dyn Disk>, folder: &Path) -> Self {
        Self {
            disk,
            folder: folder.to_owned(),
            segments: SEGMENTS.map(PathBuf::from),
            images: IMAGES.into(),
            orphans: ORPHANS.into(),
            parents: [FOLDER, SEGMENTS[0]].map(PathBuf::from).into(),
        }
    }

    /// In a folder of their own, which is created if necessary; returns the disk of the databases,
    /// too, on which nobody reaches them.
    pub(super) fn apart(folder: &Path, databases: FolderDisk) -> io::Result<(Arc<dyn Disk>, Self)> {
        fs::create_dir_all(folder)?;
        let folder = &private(folder)?;
        let disk = FolderDisk::open(folder, &Reach::Folder)?;
        let databases = databases.reserving(&disk, PREFIX)?;
        let own = |name: &str| PathBuf::from(format!("{PREFIX}{name}"));
        let segments = ["0.log", "1.log"].map(own);
        let own = Self {
            disk: Arc::new(disk),
            folder: folder.to_owned(),
            parents: vec![segments[0].clone()],
            segments,
            images: own("images"),
            orphans: own("orphans"),
        };
        Ok((Arc::new(databases), own))
    }
}

/// The folder itself, or one in it that nobody else can write to: what is read from the files there
/// is believed.
fn private(folder: &Path) -> io::Result<PathBuf> {
    const EVERYBODY: u32 = 0o002;
    if fs::metadata(folder)?.mode() & EVERYBODY == 0 {
        return Ok(folder.to_owned());
    }
    let user = rustix::process::geteuid().as_raw();
    let own = folder.join(format!("{PREFIX}{user}"));
    match DirBuilder::new().mode(0o700).create(&own) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(&own)?;
    if found.is_dir() && found.uid() == user && found.mode() & (EVERYBODY | 0o020) == 0 {
        return Ok(own);
    }
    let text = format!("'{}' is not a folder of this user alone", own.display());
    Err(io::Error::new(ErrorKind::PermissionDenied, text))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn in_a_folder_for_everybody_the_files_have_one_that_nobody_else_writes_to() {
        let top = tempfile::tempdir().unwrap();
        assert_eq!(private(top.path()).unwrap(), top.path());
        fs::set_permissions(top.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        let own = private(top.path()).unwrap();
        assert_eq!(own.parent(), Some(top.path()));
        assert_eq!(fs::metadata(&own).unwrap().mode() & 0o777, 0o700);
        assert_eq!(private(top.path()).unwrap(), own, "it is there already");
        fs::set_permissions(&own, fs::Permissions::from_mode(0o770)).unwrap();
        assert_eq!(private(top.path()).unwrap_err().kind(), ErrorKind::PermissionDenied);
        fs::remove_dir(&own).unwrap();
        fs::create_dir(top.path().join("elsewhere")).unwrap();
        symlink("elsewhere", &own).unwrap();
        assert_eq!(private(top.path()).unwrap_err().kind(), ErrorKind::PermissionDenied);
    }
}

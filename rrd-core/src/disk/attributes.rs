//! What a replacement takes over from the file before it: owner, group, mode, access control list
//! and extended attributes.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{Gid, Uid};
use rustix::io::Errno;
use xattr::{FileExt, XAttrs};

use super::system::{self, Facts};

/// Attributes that describe the bytes of the old file, not who may use it.
const OF_THE_CONTENT: [&str; 3] = ["security.ima", "security.evm", "security.capability"];

/// The attributes of a regular file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    owner: u32,
    group: u32,
    /// Permission bits.
    pub(super) mode: u32,
    /// Number of names.
    pub(super) names: u64,
    /// Whether the caller may write the file.
    pub(super) writable: bool,
    /// Extended attributes; `None` if they cannot all be read.
    extended: Option<Vec<(OsString, Vec<u8>)>>,
}

impl Attributes {
    /// Those of a file on a disk without owners.
    #[cfg(test)]
    pub(super) fn plain() -> Self {
        Self { writable: true, names: 1, ..Self::default() }
    }

    /// The attributes of the file at `path`.
    pub(super) fn read(path: &Path, metadata: &Metadata, writable: bool) -> Self {
        Self {
            owner: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.mode() & 0o7777,
            names: metadata.nlink(),
            writable,
            extended: extended(xattr::list_deref(path), |name| xattr::get_deref(path, name)).ok(),
        }
    }

    /// The attributes of a writable file of which these are the facts, if it could be opened.
    pub(super) fn of(facts: &Facts, file: Option<&File>) -> Self {
        let extended = |file: &File| extended(file.list_xattr(), |name| file.get_xattr(name)).ok();
        Self {
            owner: facts.owner,
            group: facts.group,
            mode: facts.mode,
            names: facts.names,
            writable: true,
            extended: file.and_then(extended),
        }
    }

    /// Gives them to a new file. After an error the file has some of them.
    pub(super) fn give(&self, file: &File) -> io::Result<()> {
        let Some(extended) = &self.extended else { return Err(Errno::ACCESS.into()) };
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (self.owner, self.group) {
            let (owner, group) = (Uid::from_raw(self.owner), Gid::from_raw(self.group));
            rustix::fs::fchown(file, Some(owner), Some(group))?;
        }
        system::remove_inherited_list(file)?;
        for (name, value) in extended {
            let set = file.set_xattr(name, value);
            if system::is_needed(name.as_bytes()) {
                set?;
            }
        }
        file.set_permissions(Permissions::from_mode(self.mode))
    }
}

/// The extended attributes of a file that a new file can take over.
fn extended(
    names: io::Result<XAttrs>,
    get: impl Fn(&OsStr) -> io::Result<Option<Vec<u8>>>,
) -> io::Result<Vec<(OsString, Vec<u8>)>> {
    let names = match names {
        // Neither the system nor the file system need know such attributes.
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Vec::new()),
        names => names?,
    };
    let mut found = Vec::new();
    for name in names {
        if OF_THE_CONTENT.iter().any(|own| name == *own) {
            continue;
        }
        match get(&name) {
            Ok(Some(value)) => found.push((name, value)),
            Ok(None) => {}
            Err(_) if !system::is_needed(name.as_bytes()) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

//! What a replacement takes over from the file before it: owner, group, mode, access control list
//! and extended attributes.

use std::ffi::{CStr, CString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Gid, Mode, Uid, XattrFlags};
use rustix::io::Errno;

/// The attribute that holds an access control list.
const ACCESS_LIST: &CStr = c"system.posix_acl_access";
/// Attributes that describe the bytes of the old file, not who may use it.
const OF_THE_CONTENT: [&[u8]; 3] = [b"security.ima", b"security.evm", b"security.capability"];
/// Attributes that users set, and lists of who may use the file: none of them may get lost.
const NEEDED: [&[u8]; 2] = [b"user.", b"system."];

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
    extended: Option<Vec<(CString, Vec<u8>)>>,
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
            extended: extended(path).ok(),
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
        if !extended.iter().any(|(name, _)| name.as_c_str() == ACCESS_LIST) {
            // One that the folder gives to each new file.
            match rustix::fs::fremovexattr(file, ACCESS_LIST) {
                Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        for (name, value) in extended {
            let set = rustix::fs::fsetxattr(file, name.as_c_str(), value, XattrFlags::empty());
            if NEEDED.iter().any(|prefix| name.as_bytes().starts_with(prefix)) {
                set?;
            }
        }
        Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(self.mode))?)
    }
}

/// The extended attributes of the file at `path` that a new file can take over.
fn extended(path: &Path) -> io::Result<Vec<(CString, Vec<u8>)>> {
    /// The kernel's limit on a list of names and on a value.
    const LONGEST: usize = 1 << 16;
    let mut names = vec![0; LONGEST];
    let length = match rustix::fs::listxattr(path, &mut names) {
        Ok(length) => length,
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => 0,
        Err(errno) => return Err(errno.into()),
    };
    names.truncate(length);
    let mut found = Vec::new();
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        if OF_THE_CONTENT.contains(&name) {
            continue;
        }
        let name = CString::new(name)?;
        let mut value = vec![0; LONGEST];
        match rustix::fs::getxattr(path, &name, &mut value) {
            Ok(length) => value.truncate(length),
            Err(Errno::NODATA) => continue,
            Err(_) if !NEEDED.iter().any(|prefix| name.as_bytes().starts_with(prefix)) => continue,
            Err(errno) => return Err(errno.into()),
        }
        found.push((name, value));
    }
    Ok(found)
}

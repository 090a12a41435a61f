//! Names in a store: plain relative paths.

use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use super::StoreError;
use super::{old_journal, own_files};

/// The longest name in bytes, as in the kernel.
const LONGEST: usize = 4096;

/// Validates a name: a plain relative path that does not lead to the store's own files.
pub(super) fn plain_name(name: &Path) -> Result<PathBuf, StoreError> {
    let refused = || StoreError::Name { name: name.to_owned() };
    let mut plain = PathBuf::new();
    for component in name.components() {
        match component {
            Component::Normal(part) if part != own_files::FOLDER => plain.push(part),
            Component::CurDir => {}
            _ => return Err(refused()),
        }
    }
    let own = old_journal::NAMES.iter().any(|name| plain == Path::new(name));
    let bytes = plain.as_os_str().as_bytes();
    let usable = !bytes.is_empty() && bytes.len() <= LONGEST && !bytes.contains(&0) && !own;
    if usable { Ok(plain) } else { Err(refused()) }
}

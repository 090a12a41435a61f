//! Names in a store: plain relative paths.

use std::path::{Component, Path, PathBuf};

use super::StoreError;
use super::{old_journal, own_files};

/// Validates a name: a plain relative path that does not lead to the store's own files.
pub(super) fn plain_name(name: &Path) -> Result<String, StoreError> {
    let refused = || StoreError::Name { name: name.to_string_lossy().into_owned() };
    let mut plain = PathBuf::new();
    for component in name.components() {
        match component {
            Component::Normal(part) if part != own_files::FOLDER => plain.push(part),
            Component::CurDir => {}
            _ => return Err(refused()),
        }
    }
    let plain = plain.into_os_string().into_string().map_err(|_| refused())?;
    let own = old_journal::NAMES.contains(&plain.as_str());
    let usable = !plain.is_empty() && plain.len() <= 4096 && !plain.contains('\0') && !own;
    if usable { Ok(plain) } else { Err(refused()) }
}

//! Names in a store: plain relative paths, and the entry of each.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::entry::Entry;
use super::own_files::{IMAGES, ORPHANS, SEGMENTS};
use super::{Store, StoreError, read_guard, write_guard};

impl Store {
    /// The entry of a name that was used before.
    #[inline]
    pub(super) fn known(&self, name: &str) -> Option<Arc<Entry>> {
        let entries = read_guard(&self.entries);
        if let Some(entry) = entries.get(name) {
            return Some(entry.clone());
        }
        entries.get(plain_name(name).ok()?.as_str()).cloned()
    }

    /// The entry of a name.
    #[inline]
    pub(super) fn entry(&self, name: &str) -> Result<Arc<Entry>, StoreError> {
        if let Some(entry) = read_guard(&self.entries).get(name) {
            return Ok(entry.clone());
        }
        let name = plain_name(name)?;
        let mut entries = write_guard(&self.entries);
        let fresh = || Arc::new(Entry::new(self.next_id.fetch_add(1, Ordering::Relaxed), &name));
        Ok(entries.entry(name.as_str().into()).or_insert_with(fresh).clone())
    }

    pub(super) fn all(&self) -> Vec<Arc<Entry>> {
        read_guard(&self.entries).values().cloned().collect()
    }
}

/// Validates a name: a plain relative path.
pub(super) fn plain_name(name: &str) -> Result<String, StoreError> {
    let refused = || StoreError::Name { name: name.to_owned() };
    let mut plain = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => plain.push(part),
            Component::CurDir => {}
            _ => return Err(refused()),
        }
    }
    let plain = plain.into_os_string().into_string().map_err(|_| refused())?;
    let own = [SEGMENTS[0], SEGMENTS[1], IMAGES, ORPHANS].contains(&plain.as_str());
    let usable = !plain.is_empty() && plain.len() <= 4096 && !plain.contains('\0') && !own;
    if usable { Ok(plain) } else { Err(refused()) }
}

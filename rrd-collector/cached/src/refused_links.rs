//! Which links were refused before: each is logged once.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What links that were refused lead to.
#[derive(Debug, Default)]
pub(crate) struct RefusedLinks(Mutex<HashSet<PathBuf>>);

impl RefusedLinks {
    /// So many are remembered, and no more are logged.
    const MOST: usize = 256;

    /// Whether this is the first link that leads there, as far as is remembered.
    pub(crate) fn is_new(&self, leads_to: &Path) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.len() < Self::MOST && known.insert(leads_to.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_link_leads_to_is_new_once_and_only_some_are_remembered() {
        let links = RefusedLinks::default();
        assert!(links.is_new(Path::new("/etc")) && !links.is_new(Path::new("/etc")));
        let new = (0..1000).filter(|number| links.is_new(Path::new(&number.to_string())));
        assert_eq!(new.count(), RefusedLinks::MOST - 1);
    }
}

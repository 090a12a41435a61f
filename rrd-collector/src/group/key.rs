//! Looking a group up by kind and instance without allocating a [`GroupId`].

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::id::GroupId;

/// A kind and an instance, which find a [`GroupId`] in a map without allocating one:
/// `map.get(&("disk", "vda") as &dyn GroupKey)`.
pub trait GroupKey {
    /// Kind and instance.
    fn parts(&self) -> (&str, &str);
}

impl GroupKey for GroupId {
    fn parts(&self) -> (&str, &str) {
        (self.kind(), self.instance())
    }
}

impl GroupKey for (&str, &str) {
    fn parts(&self) -> (&str, &str) {
        *self
    }
}

impl<'a> Borrow<dyn GroupKey + 'a> for GroupId {
    fn borrow(&self) -> &(dyn GroupKey + 'a) {
        self
    }
}

impl PartialEq for dyn GroupKey + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn GroupKey + '_ {}

impl PartialOrd for dyn GroupKey + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn GroupKey + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl Hash for dyn GroupKey + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::*;

    #[test]
    fn maps_find_a_group_by_kind_and_instance() {
        let id = |kind, instance| GroupId::new(kind, instance).unwrap();
        let tree = BTreeMap::from([(id("disk", "vda"), 1), (id("disk", "vdb"), 2)]);
        let hashed: HashMap<_, _> = tree.clone().into_iter().collect();
        for (key, found) in [(("disk", "vdb"), Some(&2)), (("disk", "vdc"), None)] {
            assert_eq!(tree.get(&key as &dyn GroupKey), found);
            assert_eq!(hashed.get(&key as &dyn GroupKey), found);
        }
    }
}

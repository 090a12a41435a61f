//! Sets of times, as ranges that do not overlap.

use serde::{Deserialize, Serialize};

/// Times in seconds since 1970: ranges in their order, each without its start and with its end, as
/// rows have them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(i64, i64)>")]
pub(super) struct Ranges(Vec<(i64, i64)>);

/// Ranges of a file may be in any order.
impl From<Vec<(i64, i64)>> for Ranges {
    fn from(ranges: Vec<(i64, i64)>) -> Self {
        let mut set = Self::default();
        for (start, end) in ranges {
            set.insert(start, end);
        }
        set
    }
}

impl Ranges {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first time that is not in the set, but all after it up to somewhere are.
    pub(super) fn start(&self) -> Option<i64> {
        self.0.first().map(|range| range.0)
    }

    /// The last time.
    pub(super) fn end(&self) -> Option<i64> {
        self.0.last().map(|range| range.1)
    }

    /// Adds a range.
    pub(super) fn insert(&mut self, start: i64, end: i64) {
        if start >= end {
            return;
        }
        let mut joined = (start, end);
        self.0.retain(|range| {
            let is_apart = range.1 < joined.0 || joined.1 < range.0;
            if !is_apart {
                joined = (joined.0.min(range.0), joined.1.max(range.1));
            }
            is_apart
        });
        let place = self.0.partition_point(|range| range.0 < joined.0);
        self.0.insert(place, joined);
    }

    /// Removes a range.
    pub(super) fn remove(&mut self, start: i64, end: i64) {
        if start >= end {
            return;
        }
        let parts = self
            .0
            .iter()
            .flat_map(|range| [(range.0, range.1.min(start)), (range.0.max(end), range.1)]);
        self.0 = parts.filter(|part| part.0 < part.1).collect();
    }

    /// The last range of the part between these times.
    pub(super) fn last_between(&self, start: i64, end: i64) -> Option<(i64, i64)> {
        let part = |range: &(i64, i64)| (range.0.max(start), range.1.min(end));
        self.0.iter().rev().map(part).find(|part| part.0 < part.1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        let mut set = Ranges::from(vec![(5, 9), (0, 2), (2, 4)]);
        assert_eq!(set.0, [(0, 4), (5, 9)]);
        assert_eq!((set.start(), set.end()), (Some(0), Some(9)));
        assert_eq!(set.last_between(1, 7), Some((5, 7)));
        assert_eq!(set.last_between(4, 5), None);
        set.remove(1, 6);
        assert_eq!(set.0, [(0, 1), (6, 9)]);
    }

    proptest! {
        #[test]
        fn a_set_has_what_was_added_and_not_removed(
            steps in proptest::collection::vec((any::<bool>(), 0..30_i64, 0..30_i64), 0..20),
        ) {
            let (mut set, mut model) = (Ranges::default(), BTreeSet::new());
            for (is_added, start, end) in steps {
                if is_added {
                    set.insert(start, end);
                    model.extend(start + 1..=end);
                } else {
                    set.remove(start, end);
                    model.retain(|time| !(start + 1..=end).contains(time));
                }
                let times: Vec<i64> =
                    set.0.iter().flat_map(|range| range.0 + 1..=range.1).collect();
                prop_assert!(times.iter().eq(&model));
                prop_assert!(set.0.windows(2).all(|pair| pair[0].1 < pair[1].0));
            }
        }
    }
}

//! Memory for lines whose end has not come yet.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The longest line, without its end.
pub(super) const LONGEST: usize = 1 << 20;

/// What each connection may keep of a line in any case: as long as a line of rrdcached.
const FREE: usize = 8 << 10;

/// What all connections together may keep beyond that.
const ALL: usize = 64 << 20;

/// What is left for the half lines of all connections.
#[derive(Debug)]
pub(super) struct HalfLines {
    left: AtomicUsize,
}

impl HalfLines {
    pub(super) fn new() -> Self {
        Self { left: AtomicUsize::new(ALL) }
    }
}

/// The part of a line that has been received, and its share of the memory.
#[derive(Debug, Default)]
pub(super) struct HalfLine {
    bytes: Vec<u8>,
    borrowed: usize,
    /// The line is too long: the rest of it is dropped.
    refused: bool,
}

impl HalfLine {
    /// Whether nothing of a line has been received.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.refused
    }

    /// Adds a part of the line. Nothing is kept of a line that is too long.
    pub(super) fn extend(&mut self, part: &[u8], all: &HalfLines) {
        if self.refused {
            return;
        }
        let length = self.bytes.len() + part.len();
        let wanted = length.saturating_sub(FREE).saturating_sub(self.borrowed);
        if length > LONGEST || !borrow(&all.left, wanted) {
            self.clear(all);
            self.refused = true;
            return;
        }
        self.borrowed += wanted;
        self.bytes.extend_from_slice(part);
    }

    /// The whole line; `None` if it was too long.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        (!self.refused).then_some(&self.bytes)
    }

    /// Forgets the line and gives its memory back.
    pub(super) fn clear(&mut self, all: &HalfLines) {
        all.left.fetch_add(self.borrowed, Ordering::Relaxed);
        *self = Self::default();
    }
}

fn borrow(left: &AtomicUsize, wanted: usize) -> bool {
    wanted == 0
        || left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(wanted))
            .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_longest_length_is_taken_and_a_longer_one_keeps_no_memory() {
        let all = HalfLines::new();
        let mut line = HalfLine::default();
        line.extend(&vec![b'x'; LONGEST], &all);
        assert_eq!(line.whole().map(<[u8]>::len), Some(LONGEST));
        line.extend(b"x", &all);
        assert_eq!(line.whole(), None);
        assert!(!line.is_empty());
        assert_eq!((line.bytes.capacity(), all.left.load(Ordering::Relaxed)), (0, ALL));
        line.clear(&all);
        assert!(line.is_empty());
    }

    #[test]
    fn long_lines_of_many_connections_share_a_limit_and_short_ones_need_none() {
        let all = HalfLines::new();
        let mut lines: Vec<HalfLine> = (0..100).map(|_| HalfLine::default()).collect();
        for line in &mut lines {
            line.extend(&vec![b'x'; LONGEST], &all);
        }
        assert_eq!(lines.iter().filter(|line| line.whole().is_some()).count(), 64);
        let mut short = HalfLine::default();
        short.extend(&vec![b'x'; FREE], &all);
        assert_eq!(short.whole().map(<[u8]>::len), Some(FREE));
        for line in &mut lines {
            line.clear(&all);
        }
        assert_eq!(all.left.load(Ordering::Relaxed), ALL);
    }
}

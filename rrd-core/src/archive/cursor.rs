//! Which row of a ring comes next.

/// The position of the row written last in a ring of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowCursor {
    row: u64,
    rows: u64,
}

impl RowCursor {
    /// The cursor of a ring of `rows` rows, at least 1, whose last written row is `row`.
    pub(crate) const fn new(row: u64, rows: u64) -> Self {
        Self { row, rows }
    }

    /// Moves to the next row and returns it.
    #[inline]
    pub(crate) const fn advance(&mut self) -> u64 {
        let next = self.row.wrapping_add(1);
        self.row = if next >= self.rows { 0 } else { next };
        self.row
    }

    /// The row `distance` rows after the current one.
    pub(crate) const fn ahead(self, distance: u64) -> u64 {
        let (row, distance) = (self.row % self.rows, distance % self.rows);
        if row >= self.rows - distance { row - (self.rows - distance) } else { row + distance }
    }

    /// The current row.
    pub(crate) const fn row(self) -> u64 {
        self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_goes_round() {
        let mut cursor = RowCursor::new(1, 3);
        assert_eq!([cursor.advance(), cursor.advance(), cursor.advance()], [2, 0, 1]);
        assert_eq!(
            [cursor.ahead(0), cursor.ahead(1), cursor.ahead(2), cursor.ahead(3)],
            [1, 2, 0, 1]
        );
        assert_eq!(RowCursor::new(u64::MAX - 1, u64::MAX).ahead(u64::MAX - 1), u64::MAX - 2);
    }
}

//! Rows that were computed but are not in the file yet.

use super::Record;
use crate::number::{length_to_u64, to_index};

/// The computed rows of all archives of one file. A row that comes again replaces itself, so there are never more than
/// the archives have.
#[derive(Clone, Debug, Default)]
pub(crate) struct PendingRows {
    width: usize,
    archives: Vec<Pending>,
    any: bool,
}

#[derive(Clone, Debug, Default)]
struct Pending {
    /// Rows in the ring.
    rows: u64,
    /// Rows that follow one another; no row is in two runs.
    runs: Vec<Run>,
    values: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    count: u64,
    /// The place of its first value.
    at: usize,
}

impl Run {
    /// Whether `row` comes next in a ring of so many rows. A division would be dear here.
    #[inline]
    const fn is_followed_by(&self, row: u64, rows: u64) -> bool {
        let next = self.first + self.count;
        row == if next < rows { next } else { next - rows }
    }
}

impl PendingRows {
    /// Nothing pending for archives of so many rows of `width` values.
    pub(crate) fn new(width: usize, rows: impl Iterator<Item = u64>) -> Self {
        let archives = rows.map(|rows| Pending { rows, ..Pending::default() }).collect();
        Self { width, archives, any: false }
    }

    /// Forgets all rows and keeps the memory.
    pub(crate) fn clear(&mut self) {
        if !self.any {
            return;
        }
        for archive in &mut self.archives {
            archive.runs.clear();
            archive.values.clear();
        }
        self.any = false;
    }

    /// Gives the memory back, too.
    pub(crate) fn shrink(&mut self) {
        self.clear();
        for archive in &mut self.archives {
            archive.runs = Vec::new();
            archive.values = Vec::new();
        }
    }

    /// Takes a row.
    #[inline]
    pub(crate) fn write(&mut self, archive: usize, row: u64, values: &[f64]) {
        let Some(archive) = self.archives.get_mut(archive) else { return };
        self.any = true;
        if let Some(at) = archive.find(row, self.width) {
            if let Some(target) = archive.values.get_mut(at..at + self.width) {
                target.copy_from_slice(values);
            }
            return;
        }
        let at = archive.values.len();
        archive.values.extend_from_slice(values);
        match archive.runs.last_mut() {
            Some(run) if run.is_followed_by(row, archive.rows) => run.count += 1,
            _ => archive.runs.push(Run { first: row, count: 1, at }),
        }
    }

    /// The values of a row, if it is here.
    #[inline]
    pub(crate) fn read(&self, archive: usize, row: u64) -> Option<&[f64]> {
        let archive = self.archives.get(archive)?;
        let at = archive.find(row, self.width)?;
        archive.values.get(at..at + self.width)
    }

    /// Whether this archive has rows here.
    pub(crate) fn touches(&self, archive: usize) -> bool {
        self.archives.get(archive).is_some_and(|archive| !archive.runs.is_empty())
    }

    /// Adds all rows to a record, and says how many the archive with the most has; `offset(archive, row)` is where a row stands.
    pub(crate) fn record(&self, record: &mut Record, offset: impl Fn(usize, u64) -> u64) -> u64 {
        let mut most = 0;
        for (index, archive) in self.archives.iter().enumerate() {
            let mut count = 0;
            for run in &archive.runs {
                count += run.count;
                let before_wrap = run.count.min(archive.rows - run.first);
                let split = run.at + to_index(before_wrap).unwrap_or_default() * self.width;
                let end = run.at + to_index(run.count).unwrap_or_default() * self.width;
                if let Some(values) = archive.values.get(run.at..split) {
                    record.push_values(offset(index, run.first), values);
                }
                if let Some(values) = archive.values.get(split..end).filter(|rest| !rest.is_empty())
                {
                    record.push_values(offset(index, 0), values);
                }
            }
            most = most.max(count);
        }
        most
    }

    /// Lays pending rows over rows that were read from the file, from `row` on.
    pub(crate) fn overlay(&self, archive: usize, row: u64, values: &mut [f64]) {
        if !self.touches(archive) {
            return;
        }
        for (index, target) in values.chunks_exact_mut(self.width.max(1)).enumerate() {
            if let Some(pending) = self.read(archive, row + length_to_u64(index)) {
                target.copy_from_slice(pending);
            }
        }
    }
}

impl Pending {
    /// Where the values of a row are.
    #[inline]
    fn find(&self, row: u64, width: usize) -> Option<usize> {
        self.runs.iter().find_map(|run| {
            let distance =
                if row >= run.first { row - run.first } else { row + (self.rows - run.first) };
            (distance < run.count).then(|| run.at + to_index(distance).unwrap_or(0) * width)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_replaces_its_oldest_rows() {
        let mut pending = PendingRows::new(2, [3].into_iter());
        for number in 0..7_u32 {
            let value = f64::from(number);
            pending.write(0, u64::from(number + 2) % 3, &[value, -value]);
        }
        assert_eq!(pending.read(0, 2), Some([6.0, -6.0].as_slice()));
        assert_eq!(pending.read(0, 1), Some([5.0, -5.0].as_slice()));
        let mut record = Record::default();
        assert_eq!(pending.record(&mut record, |_, row| 1000 + row * 16), 3);
        let ranges =
            record.ranges().map(|(offset, bytes)| (offset, bytes.len())).collect::<Vec<_>>();
        assert_eq!(ranges, [(1032, 16), (1000, 32)]);
    }

    #[test]
    fn rows_apart_from_one_another_are_kept_apart() {
        let mut pending = PendingRows::new(1, [10, 4].into_iter());
        pending.write(0, 1, &[1.0]);
        pending.write(0, 5, &[5.0]);
        pending.write(0, 6, &[6.0]);
        pending.write(0, 1, &[-1.0]);
        assert_eq!(
            [1, 2, 5, 6].map(|row| pending.read(0, row).map(|row| row[0])),
            [Some(-1.0), None, Some(5.0), Some(6.0)]
        );
        assert!(!pending.touches(1));
        pending.clear();
        assert_eq!(pending.read(0, 1), None);
    }
}

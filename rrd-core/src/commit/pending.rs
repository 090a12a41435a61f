//! Rows that were computed but are not in the file yet.

use super::Record;
use crate::number::{length_to_u64, to_index};

/// The computed rows of all archives of one file. A row that is written again is replaced, so there
/// are never more rows than the archives have.
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
    /// Consecutive rows; no row is in two runs.
    runs: Vec<Run>,
    values: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    count: u64,
    /// The index of its first value.
    at: usize,
}

impl Run {
    /// Whether `row` is the next one in a ring of this size. A division would be slow here.
    #[inline]
    const fn is_followed_by(&self, row: u64, rows: u64) -> bool {
        row == wrapped(self.first + self.count, rows)
    }
}

/// Where consecutive rows can be stored at once.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The index of the values of the first row; `None` if it is not pending.
    taken: Option<usize>,
    /// Number of rows from there on that are also pending, or also not.
    room: usize,
}

/// The row at this distance in a ring of `rows` rows, at most one turn away.
#[inline]
const fn wrapped(row: u64, rows: u64) -> u64 {
    if row < rows { row } else { row - rows }
}

/// A number of rows whose values are in memory.
#[inline]
fn count_in_memory(rows: u64) -> usize {
    to_index(rows).expect("the values of these rows are in memory")
}

impl PendingRows {
    /// No pending rows, for archives with this many rows of `width` values.
    pub(crate) fn new(width: usize, rows: impl Iterator<Item = u64>) -> Self {
        let archives = rows.map(|rows| Pending { rows, ..Pending::default() }).collect();
        Self { width, archives, any: false }
    }

    /// Removes all rows but keeps the memory.
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

    /// Releases the memory, too.
    pub(crate) fn shrink(&mut self) {
        self.clear();
        for archive in &mut self.archives {
            archive.runs = Vec::new();
            archive.values = Vec::new();
        }
    }

    /// Stores consecutive rows of the ring, beginning with `row`.
    #[inline]
    pub(crate) fn write(&mut self, archive: usize, row: u64, values: &[f64]) {
        let archive = &mut self.archives[archive];
        self.any = true;
        let (mut row, mut values) = (row, values);
        while !values.is_empty() {
            let place = archive.place(row, self.width);
            let room = place.room.saturating_mul(self.width).min(values.len());
            let (now, later) = values.split_at(room);
            // Divisions are slow, and rows usually come one by one.
            let count = if room == self.width { 1 } else { room / self.width.max(1) };
            match place.taken {
                Some(at) => {
                    archive.values[at..at + room].copy_from_slice(now);
                }
                None => archive.append(row, length_to_u64(count), now),
            }
            row = wrapped(row + length_to_u64(count), archive.rows);
            values = later;
        }
    }

    /// The values of a row, if it is pending.
    #[inline]
    pub(crate) fn read(&self, archive: usize, row: u64) -> Option<&[f64]> {
        let archive = self.archives.get(archive)?;
        let at = archive.place(row, self.width).taken?;
        archive.values.get(at..at + self.width)
    }

    /// Whether this archive has pending rows.
    pub(crate) fn touches(&self, archive: usize) -> bool {
        self.archives.get(archive).is_some_and(|archive| !archive.runs.is_empty())
    }

    /// Adds all rows to a record and returns the largest number in one archive;
    /// `offset(archive, row)` is the position of a row.
    pub(crate) fn record(&self, record: &mut Record, offset: impl Fn(usize, u64) -> u64) -> u64 {
        let mut most = 0;
        for (index, archive) in self.archives.iter().enumerate() {
            let mut count = 0;
            for run in &archive.runs {
                count += run.count;
                let before_wrap = run.count.min(archive.rows - run.first);
                let split = run.at + count_in_memory(before_wrap) * self.width;
                let end = run.at + count_in_memory(run.count) * self.width;
                record.push_values(offset(index, run.first), &archive.values[run.at..split]);
                if split < end {
                    record.push_values(offset(index, 0), &archive.values[split..end]);
                }
            }
            most = most.max(count);
        }
        most
    }

    /// Replaces rows that were read from the file, from `row` on, with the pending ones.
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
    /// The index of the values of a row, or the distance to the next pending row.
    #[inline]
    fn place(&self, row: u64, width: usize) -> Place {
        let mut room = self.rows;
        for run in &self.runs {
            let distance =
                if row >= run.first { row - run.first } else { row + (self.rows - run.first) };
            if distance < run.count {
                let taken = Some(run.at + count_in_memory(distance) * width);
                return Place { taken, room: count_in_memory(run.count - distance) };
            }
            room = room.min(self.rows - distance);
        }
        Place { taken: None, room: to_index(room).unwrap_or(usize::MAX) }
    }

    /// Adds rows none of which is pending.
    #[inline]
    fn append(&mut self, row: u64, count: u64, values: &[f64]) {
        let at = self.values.len();
        self.values.extend_from_slice(values);
        match self.runs.last_mut() {
            Some(run) if run.is_followed_by(row, self.rows) => run.count += count,
            _ => self.runs.push(Run { first: row, count, at }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::count_to_f64;

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

    #[test]
    fn rows_at_once_are_as_good_as_one_by_one() {
        let mut random = 1_u64;
        for _ in 0..500 {
            let mut below = |limit: u64| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (random >> 33) % limit
            };
            let (rows, width) = (1 + below(12), 1 + below(3));
            let new = || PendingRows::new(to_index(width).unwrap(), [rows].into_iter());
            let (mut at_once, mut one_by_one) = (new(), new());
            for call in 0..8_u32 {
                let (first, count) = (below(rows), 1 + below(2 * rows));
                let values: Vec<f64> =
                    (0..count * width).map(|at| f64::from(call) + count_to_f64(at) / 1e3).collect();
                at_once.write(0, first, &values);
                for (row, values) in (first..).zip(values.chunks(to_index(width).unwrap())) {
                    one_by_one.write(0, row % rows, values);
                }
                for row in 0..rows {
                    assert_eq!(at_once.read(0, row), one_by_one.read(0, row));
                }
            }
        }
    }
}

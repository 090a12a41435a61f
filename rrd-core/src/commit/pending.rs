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
    /// Whether all rows are equal, and only one of them is in `values`. A gap of any length ends in
    /// one such run.
    equal: bool,
}

/// Fewer values than this are kept one by one: one write of a page is cheaper than two.
const FEW: u64 = 512;

impl Run {
    /// Whether `row` is the next one in a ring of this size. A division would be slow here.
    #[inline]
    const fn is_followed_by(&self, row: u64, rows: u64) -> bool {
        row == wrapped(self.first + self.count, rows)
    }

    /// Number of rows whose values are kept.
    #[inline]
    const fn kept(&self) -> u64 {
        if self.equal { 1 } else { self.count }
    }

    /// The index of the values of the row this many rows after the first.
    #[inline]
    fn values_of(&self, distance: u64, width: usize) -> usize {
        if self.equal { self.at } else { self.at + count_in_memory(distance) * width }
    }

    /// The rows from `distance` on.
    fn rest(&self, distance: u64, rows: u64, width: usize) -> Self {
        Self {
            first: wrapped(self.first + distance, rows),
            count: self.count - distance,
            at: self.values_of(distance, width),
            equal: self.equal,
        }
    }
}

/// Where consecutive rows can be stored at once.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The index of the values of the first row; `None` if they are to be added.
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

    /// Stores consecutive rows of the ring, beginning with `row`: those in `values`, `copies`
    /// times.
    #[inline]
    pub(crate) fn write(&mut self, archive: usize, row: u64, values: &[f64], copies: u64) {
        let archive = &mut self.archives[archive];
        self.any = true;
        if copies > 1 {
            return archive.write_copies(row, values, copies, self.width);
        }
        archive.write_rows(row, values, self.width);
    }

    /// The values of a row, if it is pending.
    #[inline]
    pub(crate) fn read(&self, archive: usize, row: u64) -> Option<&[f64]> {
        let archive = self.archives.get(archive)?;
        let (run, distance) = archive.find(row)?;
        let at = run.values_of(distance, self.width);
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
                let parts =
                    [(run.first, 0, before_wrap), (0, before_wrap, run.count - before_wrap)];
                for (row, distance, count) in parts.into_iter().filter(|(_, _, count)| *count > 0) {
                    let (kept, copies) = if run.equal { (1, count) } else { (count, 1) };
                    let at = run.values_of(distance, self.width);
                    let values = &archive.values[at..at + count_in_memory(kept) * self.width];
                    record.push_values(offset(index, row), values, copies);
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
    /// The run of a pending row, and how far the row is from its beginning.
    #[inline]
    fn find(&self, row: u64) -> Option<(&Run, u64)> {
        self.runs.iter().find_map(|run| {
            let distance = self.distance(run, row);
            (distance < run.count).then_some((run, distance))
        })
    }

    /// How many rows `row` is after the beginning of a run.
    #[inline]
    fn distance(&self, run: &Run, row: u64) -> u64 {
        if row >= run.first { row - run.first } else { row + (self.rows - run.first) }
    }

    /// Stores rows with values of their own.
    #[inline]
    fn write_rows(&mut self, row: u64, values: &[f64], width: usize) {
        let (mut row, mut values) = (row, values);
        while !values.is_empty() {
            let place = self.place(row, width);
            let room = place.room.saturating_mul(width).min(values.len());
            let (now, later) = values.split_at(room);
            // Divisions are slow, and rows usually come one by one.
            let count = if room == width { 1 } else { room / width.max(1) };
            let count = length_to_u64(count);
            match place.taken {
                Some(at) => self.values[at..at + room].copy_from_slice(now),
                None => self.append(row, count, now, width),
            }
            row = wrapped(row + count, self.rows);
            values = later;
        }
    }

    /// Where rows from `row` on can be stored at once.
    #[inline]
    fn place(&mut self, row: u64, width: usize) -> Place {
        let mut room = self.rows;
        for index in 0..self.runs.len() {
            let run = self.runs[index];
            let distance = self.distance(&run, row);
            if distance >= run.count {
                room = room.min(self.rows - distance);
                continue;
            }
            if run.equal {
                // One of them is not equal any more.
                self.carve(row, 1, width);
                return Place { taken: None, room: 1 };
            }
            let taken = Some(run.values_of(distance, width));
            return Place { taken, room: count_in_memory(run.count - distance) };
        }
        Place { taken: None, room: to_index(room).unwrap_or(usize::MAX) }
    }

    /// Stores `copies` times the same rows.
    #[cold]
    fn write_copies(&mut self, row: u64, values: &[f64], copies: u64, width: usize) {
        let few = copies.saturating_mul(length_to_u64(values.len())) <= FEW;
        if few || values.len() != width {
            let mut row = row;
            for _ in 0..copies {
                self.write_rows(row, values, width);
                row = wrapped(row + length_to_u64(values.len() / width.max(1)), self.rows);
            }
            return;
        }
        self.carve(row, copies, width);
        self.compact(width);
        let at = self.values.len();
        self.values.extend_from_slice(values);
        self.runs.push(Run { first: row, count: copies, at, equal: true });
    }

    /// Removes rows from the runs.
    fn carve(&mut self, row: u64, count: u64, width: usize) {
        let rows = self.rows;
        let mut kept = Vec::with_capacity(self.runs.len() + 1);
        for run in &self.runs {
            // The removed rows lie at these distances from the beginning of the run; those that go
            // round the ring have a second part at its beginning.
            let from = self.distance(run, row);
            let around = (from + count).saturating_sub(rows).min(run.count);
            let from = from.min(run.count);
            let to = (from + count).min(run.count);
            if from > around {
                let rest = run.rest(around, rows, width);
                kept.push(Run { count: from - around, ..rest });
            }
            if to < run.count {
                kept.push(run.rest(to, rows, width));
            }
        }
        self.runs = kept;
    }

    /// Releases values that no run has any more, if they are the larger part.
    fn compact(&mut self, width: usize) {
        let kept: usize = self.runs.iter().map(|run| count_in_memory(run.kept()) * width).sum();
        if self.values.len() <= 2 * kept {
            return;
        }
        let mut values = Vec::with_capacity(kept);
        for run in &mut self.runs {
            let length = count_in_memory(run.kept()) * width;
            let at = values.len();
            values.extend_from_slice(&self.values[run.at..run.at + length]);
            run.at = at;
        }
        self.values = values;
    }

    /// Adds rows none of which is pending.
    #[inline]
    fn append(&mut self, row: u64, count: u64, values: &[f64], width: usize) {
        let at = self.values.len();
        self.values.extend_from_slice(values);
        match self.runs.last_mut() {
            Some(run)
                if !run.equal
                    && run.is_followed_by(row, self.rows)
                    && run.values_of(run.count, width) == at =>
            {
                run.count += count;
            }
            _ => self.runs.push(Run { first: row, count, at, equal: false }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{UNKNOWN, count_to_f64};

    #[test]
    fn a_full_ring_replaces_its_oldest_rows() {
        let mut pending = PendingRows::new(2, [3].into_iter());
        for number in 0..7_u32 {
            let value = f64::from(number);
            pending.write(0, u64::from(number + 2) % 3, &[value, -value], 1);
        }
        assert_eq!(pending.read(0, 2), Some([6.0, -6.0].as_slice()));
        assert_eq!(pending.read(0, 1), Some([5.0, -5.0].as_slice()));
        let mut record = Record::default();
        assert_eq!(pending.record(&mut record, |_, row| 1000 + row * 16), 3);
        let ranges = record.ranges().map(|range| (range.offset, range.length)).collect::<Vec<_>>();
        assert_eq!(ranges, [(1032, 16), (1000, 32)]);
    }

    #[test]
    fn rows_apart_from_one_another_are_kept_apart() {
        let mut pending = PendingRows::new(1, [10, 4].into_iter());
        pending.write(0, 1, &[1.0], 1);
        pending.write(0, 5, &[5.0], 1);
        pending.write(0, 6, &[6.0], 1);
        pending.write(0, 1, &[-1.0], 1);
        assert_eq!(
            [1, 2, 5, 6].map(|row| pending.read(0, row).map(|row| row[0])),
            [Some(-1.0), None, Some(5.0), Some(6.0)]
        );
        assert!(!pending.touches(1));
        pending.clear();
        assert_eq!(pending.read(0, 1), None);
    }

    #[test]
    fn rows_at_once_and_copies_are_as_good_as_one_by_one() {
        let mut random = 1_u64;
        for _ in 0..2000 {
            let mut below = |limit: u64| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (random >> 33) % limit
            };
            let (rows, width) = (1 + below(12), 1 + below(3));
            // As if each row were too large to be copied.
            let rows = if below(2) == 0 { rows } else { rows * (FEW + 1) };
            let width = to_index(width).unwrap();
            let new = || PendingRows::new(width, [rows].into_iter());
            let (mut at_once, mut one_by_one) = (new(), new());
            for call in 0..8_u32 {
                let (first, copied) = (below(rows), below(3) == 0);
                let (count, copies) =
                    if copied { (1, 1 + below(rows)) } else { (1 + below(24), 1) };
                let values: Vec<f64> = (0..count * length_to_u64(width))
                    .map(|at| f64::from(call) + count_to_f64(at) / 1e3)
                    .collect();
                at_once.write(0, first, &values, copies);
                let all = (0..copies).flat_map(|_| values.chunks(width));
                for (row, values) in (first..).zip(all) {
                    one_by_one.write(0, row % rows, values, 1);
                }
                for row in 0..rows {
                    assert_eq!(at_once.read(0, row), one_by_one.read(0, row));
                }
                assert_eq!(content(&at_once, rows, width), content(&one_by_one, rows, width));
            }
        }
    }

    /// What a file of unknown rows contains after the change, and the greatest number of rows that
    /// the record counts.
    fn content(pending: &PendingRows, rows: u64, width: usize) -> (Vec<u8>, u64) {
        let row_size = width * size_of::<f64>();
        let mut bytes = vec![0xff; to_index(rows).unwrap() * row_size];
        let mut record = Record::default();
        let most = pending.record(&mut record, |_, row| row * length_to_u64(row_size));
        record.patch(&mut bytes, 0);
        (bytes, most)
    }

    #[test]
    fn a_gap_takes_the_memory_of_one_row_in_each_archive() {
        let mut pending = PendingRows::new(10, [3_150_000, 3_150_000].into_iter());
        for round in 0..100_u32 {
            for archive in 0..2 {
                let first = u64::from(round) * 1_000_003 % 3_150_000;
                pending.write(archive, first, &[f64::from(round); 10], 1);
                pending.write(archive, (first + 1) % 3_150_000, &[UNKNOWN; 10], 3_149_999);
            }
        }
        let mut record = Record::default();
        assert_eq!(pending.record(&mut record, |_, row| row * 80), 3_150_000);
        let in_memory = pending.archives.iter().map(|archive| archive.values.capacity());
        assert!(in_memory.sum::<usize>() < 200, "{pending:?}");
        let written = record.ranges().map(|range| range.length).sum::<u64>();
        assert_eq!(written, 2 * 3_150_000 * 80);
    }
}

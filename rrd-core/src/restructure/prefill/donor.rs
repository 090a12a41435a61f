//! A database in memory from which values are taken, and the columns of its archives.

use crate::archive::Archive;
use crate::format::Head;
use crate::number::{UNKNOWN, to_index};
use crate::schema::Schema;

/// A database in memory from which values are taken.
#[derive(Clone, Debug)]
pub(super) struct Donor {
    pub(super) head: Head,
    values: Vec<f64>,
    /// For each archive the index of its first value.
    places: Vec<usize>,
}

/// One column of one archive of a donor.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) donor: &'a Donor,
    pub(super) archive: usize,
    pub(super) source: usize,
}

impl Donor {
    pub(super) fn new(head: Head, values: Vec<f64>) -> Self {
        let sources = head.schema.sources().len();
        let mut place = 0_usize;
        let places = head
            .schema
            .archives()
            .iter()
            .map(|archive| {
                let first = place;
                place = place.saturating_add(
                    to_index(archive.rows).unwrap_or(usize::MAX).saturating_mul(sources),
                );
                first
            })
            .collect();
        Self { head, values, places }
    }

    pub(super) fn last_update(&self) -> i128 {
        self.head.live.last_update.seconds().into()
    }

    pub(super) fn step(&self) -> i128 {
        self.head.schema.step().seconds().into()
    }
}

impl<'a> Column<'a> {
    pub(super) fn definition(&self) -> Option<&'a Archive> {
        self.donor.head.schema.archives().get(self.archive)
    }

    /// The rows over the seconds `first` to `last`, each with its end; empty if either end is
    /// missing.
    pub(super) fn rows(self, first: i128, last: i128) -> impl Iterator<Item = (i128, f64)> {
        let span = self
            .definition()
            .map_or(1, |archive| seconds_per_row(&self.donor.head.schema, archive));
        let rows = self.definition().map_or(1, |archive| archive.rows);
        let count = match (self.row_of(first), self.row_of(last)) {
            (Some(first), Some(last)) => ring_distance(first, last, rows),
            _ => 0,
        };
        let end = round_up(first, span);
        (0..count).filter_map(move |number| {
            let end = end + i128::from(number) * span;
            Some((end, self.value(self.row_of(end)?)))
        })
    }

    /// The row that contains a second, if it exists.
    fn row_of(&self, second: i128) -> Option<u64> {
        let archive = self.definition()?;
        let span = seconds_per_row(&self.donor.head.schema, archive);
        let last = self.donor.last_update();
        let end = round_up(second, span);
        let rows = i128::from(archive.rows);
        let age = (last - end).div_euclid(span);
        if end > last || end <= last - rows * span || age >= rows {
            return None;
        }
        let current = *self.donor.head.live.current_rows.get(self.archive)?;
        u64::try_from((i128::from(current) - age).rem_euclid(rows)).ok()
    }

    fn value(&self, row: u64) -> f64 {
        let sources = self.donor.head.schema.sources().len();
        let place = || {
            let first = *self.donor.places.get(self.archive)?;
            first.checked_add(to_index(row)?.checked_mul(sources)?)?.checked_add(self.source)
        };
        place().and_then(|place| self.donor.values.get(place)).copied().unwrap_or(UNKNOWN)
    }
}

pub(super) fn seconds_per_row(schema: &Schema, archive: &Archive) -> i128 {
    i128::from(archive.points_per_row()) * i128::from(schema.step().seconds())
}

pub(super) fn round_up(second: i128, span: i128) -> i128 {
    second + (span - second.rem_euclid(span)) % span
}

/// Number of rows from one to another, inclusive; the whole ring counts as none, as in RRDtool.
fn ring_distance(first: u64, last: u64, rows: u64) -> u64 {
    let distance = i128::from(last) - i128::from(first) + 1;
    u64::try_from(distance.rem_euclid(i128::from(rows))).unwrap_or_default()
}

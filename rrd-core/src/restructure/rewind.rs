//! Takes back what was written ahead of a time, after a clock that was wrong.

use std::cmp::Reverse;
use std::io;

use crate::archive::{Archive, ArchiveKind, ClassicFunction, RowCursor};
use crate::cdp::{CdpPrep, CdpState, position_in_row};
use crate::database::{EditedRows, Rrd, UpdateError};
use crate::format::Head;
use crate::number::{UNKNOWN, length_to_u64, to_index};
use crate::pdp::PdpPrep;
use crate::time::Timestamp;

/// Number of values that are read at once.
const BLOCK: usize = 1 << 12;

/// What a rewind took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rewound {
    /// The last update before the rewind.
    pub from: Timestamp,
    /// The number of rows that were removed, of all archives together.
    pub rows: u64,
}

impl Rrd {
    /// Goes back to an earlier time: removes the rows that end after `to`, keeps the older ones,
    /// and makes `to`, in whole seconds, the last update. Does nothing if the last update is not
    /// later than that.
    ///
    /// This repairs a database after samples with a time in the future, which otherwise refuses
    /// every sample until then. Rows that the future ones have overwritten stay lost. Rows that are
    /// not complete at `to` are computed again from finer archives as far as those reach; what is
    /// not known of them is unknown. The first reading of a counter after a rewind gives no rate.
    /// Seasonal coefficients and forecasts keep what they have learnt.
    ///
    /// ```
    /// use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat::from_seconds(30))
    ///     .average(0.5, 1, 360)
    ///     .build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// let mut rrd = Rrd::create(folder.path().join("load.rrd"), &schema, start)?;
    /// rrd.update(&Sample::new(Timestamp::from_seconds(1_000_000_010), [0.25]))?;
    /// rrd.update(&Sample::new(Timestamp::from_seconds(4_000_000_000), [0.5]))?;
    ///
    /// let rewound = rrd.rewind(Timestamp::from_seconds(1_000_000_015))?;
    /// assert_eq!(rewound.from.seconds(), 4_000_000_000);
    /// rrd.update(&Sample::new(Timestamp::from_seconds(1_000_000_020), [0.75]))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read, locked or written. Then it is unchanged.
    pub fn rewind(&mut self, to: Timestamp) -> Result<Rewound, UpdateError> {
        let to = Timestamp::from_seconds(to.seconds());
        let path = self.path().to_owned();
        let mut rewound = Rewound { from: to, rows: 0 };
        self.edit(|head, rows| {
            rewound.from = head.live.last_update;
            if rewound.from <= to {
                return Ok(());
            }
            let read = |source| UpdateError::Read { path, source };
            rewound.rows = take_back(head, rows, to);
            reopen_rows(head, rows, rewound.from).map_err(read)
        })?;
        Ok(rewound)
    }
}

/// Moves the archives and the time of the last update back. Returns the number of removed rows.
fn take_back(head: &mut Head, rows: &mut EditedRows<'_>, to: Timestamp) -> u64 {
    let step = head.schema.step();
    let complete = |time: Timestamp, archive: &Archive| {
        complete_rows(step.index(time.seconds()), archive.points_per_row())
    };
    let nothing = vec![UNKNOWN; head.schema.sources().len()];
    let from = std::mem::replace(&mut head.live.last_update, to);
    let mut removed = 0;
    let archives = head.schema.archives().iter().zip(&mut head.live.current_rows);
    for (place, (archive, current)) in archives.enumerate() {
        let back = (complete(from, archive) - complete(to, archive)).unsigned_abs();
        let cursor = RowCursor::new(*current, archive.rows);
        *current = cursor.ahead(archive.rows - back % archive.rows);
        let is_of_a_time =
            !matches!(archive.kind, ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_));
        let count = back.min(archive.rows);
        if is_of_a_time && count > 0 {
            let first = cursor.ahead(archive.rows - (count - 1));
            rows.write(place, first, &nothing, count);
            removed += count;
        }
    }
    head.live.pdps.fill(PdpPrep::fresh(step, to));
    removed
}

/// The number of rows that are complete after so many points; both count from 1970.
fn complete_rows(points: i64, points_per_row: u64) -> i64 {
    let within_a_row = if points < 0 { -1 } else { 0 };
    i64::try_from(points_per_row).map_or(within_a_row, |per_row| points.div_euclid(per_row))
}

/// Computes the rows that are open at the last update from the complete rows of finer archives.
/// `from` was the last update before.
fn reopen_rows(head: &mut Head, rows: &EditedRows<'_>, from: Timestamp) -> io::Result<()> {
    let width = head.schema.sources().len();
    let mut open = Vec::with_capacity(head.live.cdps.len());
    for (archive, old) in head.schema.archives().iter().zip(head.live.cdps.chunks_exact(width)) {
        match archive.kind {
            ArchiveKind::Classic { function, .. } => {
                let parts = best_parts(head, archive, function, from);
                open.extend(open_row(head, archive, function, parts, rows)?);
            }
            _ => open.extend_from_slice(old),
        }
    }
    head.live.cdps = open;
    Ok(())
}

/// The newest rows of an archive, as parts of a longer row.
#[derive(Clone, Copy)]
struct Parts {
    archive: usize,
    count: u64,
    points_per_row: u64,
}

impl Parts {
    const fn points(&self) -> u64 {
        self.count * self.points_per_row
    }
}

/// The rows that cover most of the open row of an archive, of the finest archive that has them.
fn best_parts(
    head: &Head,
    archive: &Archive,
    function: ClassicFunction,
    from: Timestamp,
) -> Option<Parts> {
    let step = head.schema.step();
    let (now, before) = (step.index(head.live.last_update.seconds()), step.index(from.seconds()));
    let begin = now - position_in_row(now, archive.points_per_row()).cast_signed();
    let parts = |(place, finer): (usize, &Archive)| {
        let points_per_row = finer.points_per_row();
        if points_per_row >= archive.points_per_row() || !finer.answers(function.into()) {
            return None;
        }
        let is_within_a_row = position_in_row(begin, points_per_row) > 0;
        let first = complete_rows(begin, points_per_row) + i64::from(is_within_a_row);
        // Later rows may have taken the place of earlier ones.
        let oldest = complete_rows(before, points_per_row).saturating_sub_unsigned(finer.rows);
        let count = (complete_rows(now, points_per_row) - first.max(oldest)).max(0).unsigned_abs();
        Some(Parts { archive: place, count, points_per_row })
    };
    let archives = head.schema.archives().iter().enumerate().filter_map(parts);
    archives.max_by_key(|parts| (parts.points(), Reverse(parts.points_per_row)))
}

/// The open row of an archive with these parts; the rest of it is unknown.
fn open_row(
    head: &Head,
    archive: &Archive,
    function: ClassicFunction,
    parts: Option<Parts>,
    rows: &EditedRows<'_>,
) -> io::Result<Vec<CdpPrep>> {
    let width = head.schema.sources().len();
    let mut open = vec![CdpPrep::fresh(archive, head.schema.step(), head.live.last_update); width];
    let Some(parts) = parts else { return Ok(open) };
    for cdp in &mut open {
        if let CdpState::Classic { unknown_points, .. } = &mut cdp.state {
            *unknown_points -= parts.points();
        }
    }
    let finer = head.schema.archives().get(parts.archive).map_or(1, |finer| finer.rows);
    let current = head.live.current_rows.get(parts.archive).copied().unwrap_or_default();
    let mut row = RowCursor::new(current, finer).ahead(finer - parts.count % finer + 1);
    let mut left = parts.count;
    let mut block = Vec::new();
    while left > 0 {
        let in_block = length_to_u64((BLOCK / width).max(1));
        let count = left.min(in_block).min(finer - row);
        block.resize(to_index(count).unwrap_or_default() * width, UNKNOWN);
        rows.read(parts.archive, row, &mut block)?;
        for values in block.chunks_exact(width) {
            for (cdp, value) in open.iter_mut().zip(values) {
                function.add(cdp, *value, parts.points_per_row);
            }
        }
        left -= count;
        row = (row + count) % finer;
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::consolidation::ConsolidationFunction;
    use crate::data_source::Heartbeat;
    use crate::database::RrdReader;
    use crate::fetch::FetchRequest;
    use crate::sample::Sample;
    use crate::schema::Schema;
    use crate::time::{Step, TimeRange};

    const START: i64 = 1_000_000_000 - 1_000_000_000 % 86_400;
    const STEP: i64 = 10;
    /// Points per row and rows of the archives of each function.
    const ARCHIVES: [(u64, u64); 3] = [(1, 400), (6, 50), (30, 40)];
    const FUNCTIONS: [ClassicFunction; 4] = [
        ClassicFunction::Average,
        ClassicFunction::Min,
        ClassicFunction::Max,
        ClassicFunction::Last,
    ];

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(START + second)
    }

    fn schema() -> Schema {
        let mut schema = Schema::builder(Step::from_seconds(10).unwrap())
            .gauge("a", Heartbeat::from_seconds(20))
            .gauge("b", Heartbeat::from_seconds(20));
        for function in FUNCTIONS {
            for (points_per_row, rows) in ARCHIVES {
                schema = schema.archive(Archive {
                    rows,
                    kind: ArchiveKind::Classic { function, points_per_row, xfiles_factor: 0.5 },
                });
            }
        }
        schema.build().unwrap()
    }

    fn value(step: i64) -> f64 {
        if step % 7 == 3 { UNKNOWN } else { f64::from(i32::try_from(step * 37 % 101).unwrap()) }
    }

    fn feed(rrd: &mut Rrd, steps: impl Iterator<Item = i64>) {
        for step in steps {
            rrd.update(&Sample::new(at(step * STEP), [value(step), -value(step)])).unwrap();
        }
    }

    /// The values of every archive between two times.
    fn rows(rrd: &Rrd, from: i64, to: i64) -> Vec<Vec<u64>> {
        let reader = RrdReader::open(rrd.path()).unwrap();
        let mut found = Vec::new();
        for function in FUNCTIONS {
            for (points, _) in ARCHIVES {
                let span = i64::try_from(points).unwrap() * STEP;
                let range = TimeRange::new(at(from), at(to - span));
                let resolution = Step::from_seconds(span.unsigned_abs()).unwrap();
                let request = FetchRequest::new(ConsolidationFunction::from(function), range)
                    .resolution(resolution);
                let series = reader.fetch(&request).unwrap();
                found.push(series.values().map(f64::to_bits).collect());
            }
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_database_that_was_ahead_goes_on_as_one_that_never_was(
            before in 40_i64..200,
            ahead in 1_i64..150,
            known in any::<bool>(),
            after in 1_i64..60,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let create = |name: &str| Rrd::create(folder.path().join(name), &schema(), at(0)).unwrap();
            let (mut expected, mut rrd) = (create("expected"), create("rewound"));
            feed(&mut expected, 1..=before);
            feed(&mut rrd, 1..=before);
            if known {
                feed(&mut rrd, before + 1..=before + ahead);
            } else {
                feed(&mut rrd, before + ahead..=before + ahead);
            }
            let rewound = rrd.rewind(at(before * STEP)).unwrap();
            prop_assert_eq!(rewound.from, at((before + ahead) * STEP));
            prop_assert_eq!(rrd.last_update(), at(before * STEP));
            // No archive had lost rows of this range.
            let from = (before - 40) * STEP;
            prop_assert_eq!(rows(&rrd, from, before * STEP), rows(&expected, from, before * STEP));
            feed(&mut expected, before + 1..=before + after);
            feed(&mut rrd, before + 1..=before + after);
            let to = (before + after) * STEP;
            prop_assert_eq!(rows(&rrd, from, to), rows(&expected, from, to));
            let findings = crate::check::check(rrd.path());
            prop_assert!(findings.is_empty(), "{:?}", findings);
        }
    }

    #[test]
    fn nothing_changes_unless_the_last_update_is_later() {
        let folder = tempfile::tempdir().unwrap();
        let mut rrd = Rrd::create(folder.path().join("x.rrd"), &schema(), at(0)).unwrap();
        feed(&mut rrd, 1..=5);
        let before = std::fs::read(rrd.path()).unwrap();
        for second in [50, 51, 1_000_000] {
            let rewound = rrd.rewind(at(second)).unwrap();
            assert_eq!(rewound, Rewound { from: at(50), rows: 0 });
        }
        assert!(std::fs::read(rrd.path()).unwrap() == before);
    }

    #[test]
    fn all_rows_go_if_the_time_is_before_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut rrd = Rrd::create(folder.path().join("x.rrd"), &schema(), at(0)).unwrap();
        feed(&mut rrd, 1..=100);
        let rewound = rrd.rewind(at(-1_000_000_000)).unwrap();
        assert_eq!(rewound.rows, 4 * (400 + 50 + 40));
        assert!(rows(&rrd, 0, 1000).concat().iter().all(|bits| f64::from_bits(*bits).is_nan()));
        feed(&mut rrd, 1..=3);
        assert_eq!(rrd.last_update(), at(30));
    }

    #[test]
    fn a_time_within_a_step_leaves_the_step_unknown_until_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut rrd = Rrd::create(folder.path().join("x.rrd"), &schema(), at(0)).unwrap();
        feed(&mut rrd, 1..=9);
        rrd.rewind(at(44)).unwrap();
        assert_eq!(rrd.last_update(), at(44));
        assert_eq!(rrd.head().live.pdps[0].unknown_seconds, 4);
        rrd.update(&Sample::new(at(50), [8.0, 9.0])).unwrap();
        let request =
            FetchRequest::new(ConsolidationFunction::Average, TimeRange::new(at(30), at(40)));
        assert_eq!(rrd.fetch(&request).unwrap().kept(), [value(4), -value(4), 8.0, 9.0]);
    }

    #[test]
    fn rows_count_from_1970_in_both_directions() {
        let complete = [-7, -6, -1, 0, 5, 6].map(|points| complete_rows(points, 6));
        assert_eq!(complete, [-2, -1, -1, 0, 0, 1]);
        assert_eq!([-1, 1].map(|points| complete_rows(points, u64::MAX)), [-1, 0]);
    }
}

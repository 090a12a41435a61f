//! Finds how far back the databases have samples.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange};

use crate::group::GroupId;
use crate::store::archives::Archives;

/// Lengths of rows at which the first one is looked for, each within the row of the one before.
const STEPS: [i64; 6] = [86_400, 3600, 600, 60, 10, 1];
/// Longer than anything is kept.
const AGE: i64 = 100 * 366 * 86_400;
/// For how many seconds an answer is good.
const FRESH: i64 = 60;

/// The time of the first sample, looked for once a minute.
#[derive(Debug, Default)]
pub struct FirstSample(Mutex<Option<Found>>);

#[derive(Clone, Copy, Debug)]
struct Found {
    asked: i64,
    first: i64,
}

impl FirstSample {
    /// When the samples of a group begin; `None` if it has none. It is some hundred rows to read.
    pub(super) fn of(&self, group: &GroupId, archives: &Archives, now: i64) -> Option<i64> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none_or(|found| (now - found.asked).abs() >= FRESH) {
            *kept = first_sample(group, archives, now).map(|first| Found { asked: now, first });
        }
        kept.map(|found| found.first)
    }
}

fn first_sample(group: &GroupId, archives: &Archives, now: i64) -> Option<i64> {
    let mut range = TimeRange::from_seconds(now.saturating_sub(AGE), now);
    let mut found = None;
    for step in STEPS {
        let resolution = Duration::from_secs(step.unsigned_abs());
        let request = FetchRequest::new(ConsolidationFunction::Average, range);
        let series = archives.fetch(group, &request.resolution(resolution)).ok()?;
        let length = i64::try_from(series.step().seconds()).unwrap_or(i64::MAX);
        let is_known = |row: &[f64]| row.iter().any(|value| !value.is_nan());
        let first = series.rows().find(|(_, row)| is_known(row)).map(|(end, _)| end.seconds());
        // A row may be unknown although samples in it are known, and the newest is not made yet.
        let end = first.unwrap_or(now);
        range = TimeRange::from_seconds(end.saturating_sub(length.saturating_mul(2)), end);
        found = first.map(|end| end.saturating_sub(length)).or(found);
    }
    found
}

#[cfg(test)]
mod tests {
    use rrd_core::{Rrd, Sample, Step, Timestamp};

    use super::*;
    use crate::group::retention::Retention;
    use crate::source::host::CPU_TOTAL;

    const NOW: i64 = 1_700_000_000;

    /// What is found where samples of every second began this long ago.
    fn found(age: i64) -> Option<i64> {
        let folder = tempfile::tempdir().unwrap();
        let group = GroupId::of(&CPU_TOTAL, "");
        let schema = Retention::default().schema(&CPU_TOTAL, Step::from_seconds(1).unwrap());
        let begin = Timestamp::from_seconds(NOW - age);
        let file = folder.path().join(group.file_name());
        let mut rrd = Rrd::create(&file, &schema.unwrap(), begin).unwrap();
        let values = vec![0.5; CPU_TOTAL.metrics.len()];
        for at in NOW - age..=NOW {
            rrd.update(&Sample::new(Timestamp::from_seconds(at + 1), values.clone())).unwrap();
        }
        first_sample(&group, &Archives::Folder(folder.path().to_owned()), NOW + 1)
    }

    #[test]
    fn the_first_sample_is_found_to_the_second_while_rows_of_a_second_hold_it() {
        assert_eq!(found(5), Some(NOW - 5));
        assert_eq!(found(600), Some(NOW - 600));
        assert_eq!(found(3000), Some(NOW - 3000));
    }

    #[test]
    fn an_older_one_is_found_to_the_row_that_still_holds_it() {
        // Rows of a second are kept for an hour, those of ten seconds end at multiples of ten.
        assert_eq!((NOW - 7205) % 10, 5);
        assert_eq!(found(7205), Some(NOW - 7210));
    }

    #[test]
    fn a_group_without_a_file_has_none() {
        let nowhere = Archives::Folder("/nonexistent".into());
        assert_eq!(first_sample(&GroupId::of(&CPU_TOTAL, ""), &nowhere, NOW), None);
    }
}

//! The order in which new rows are sent: by slices of time over all groups, so that no group is
//! far ahead of the others for a receiver that takes what is new only.

use rrd_core::{ConsolidationFunction, Step};
use rrd_graph::data::Facts;

use crate::group::GroupId;

/// The shortest and the longest slice in seconds. A slice is as long as a part of what is missing:
/// large ones while the present is far away.
const SHORTEST: i64 = 60;
pub(super) const LONGEST: i64 = 1800;
const PART: i64 = 4;

/// One time through what is new.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) groups: Vec<Waiting>,
    /// The present, in seconds since 1970.
    now: i64,
    /// The end of the present slice, and the next group that it is read from.
    slice: i64,
    at: usize,
}

/// A group that may have rows to be sent.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) id: GroupId,
    /// The length of the rows that are sent.
    pub(super) resolution: Step,
    /// The number of values of a row.
    pub(super) sources: usize,
    /// The end of its newest row.
    pub(super) head: i64,
    /// The end of the last row that was sent.
    pub(super) position: i64,
    /// Whether its series are to be ended after that.
    pub(super) ends: bool,
    /// Whether they were.
    pub(super) ended: bool,
}

impl Waiting {
    /// The end of the first row that was not sent, if there is one.
    pub(super) fn oldest(&self) -> Option<i64> {
        let end = self.position.saturating_add_unsigned(self.resolution.seconds());
        (self.position < self.head).then(|| end.min(self.head))
    }
}

/// The end of a slice that starts at a time.
pub(super) fn slice_after(start: i64, now: i64, longest: i64) -> i64 {
    let missing = now.saturating_sub(start);
    start.saturating_add((missing / PART).clamp(SHORTEST, longest))
}

/// The length of the rows that are sent of a file: the shortest that is not shorter than `step`,
/// or the longest. `None` if the file has no averages.
pub(super) fn resolution(facts: &Facts, step: Step) -> Option<Step> {
    let averages =
        facts.archives.iter().filter(|found| found.function == ConsolidationFunction::Average);
    let rows = averages.filter_map(|archive| {
        Step::from_seconds(facts.step.seconds().checked_mul(archive.points_per_row)?)
    });
    let order = |row: &Step| (*row < step, row.seconds().abs_diff(step.seconds()));
    rows.min_by_key(order)
}

/// The last time not after `time` at which a row of this length ends.
pub(super) fn row_end(time: i64, resolution: Step) -> i64 {
    time.saturating_sub_unsigned(resolution.phase(time))
}

impl Pass {
    /// Through the rows of these groups.
    pub(super) fn new(groups: Vec<Waiting>, now: i64) -> Self {
        let mut pass = Self { groups, now, slice: i64::MIN, at: 0 };
        pass.slice = pass.slice_from(i64::MIN);
        pass
    }

    /// The end of the slice that begins with the oldest row from `start` on.
    fn slice_from(&self, start: i64) -> i64 {
        let waiting = self.groups.iter().filter(|group| group.position < group.head);
        let oldest = waiting.map(|group| group.position).min().unwrap_or(self.now);
        slice_after(oldest.max(start), self.now, LONGEST)
    }

    /// The group whose rows are next, and the end of the last one that is to be read. The same
    /// again until `go_on`.
    pub(super) fn next(&mut self) -> Option<(&mut Waiting, i64)> {
        let newest = self.groups.iter().map(|group| group.head).max()?;
        loop {
            while let Some(group) = self.groups.get(self.at) {
                let until = row_end(self.slice, group.resolution).min(group.head);
                if until > group.position {
                    return Some((&mut self.groups[self.at], until));
                }
                self.at += 1;
            }
            if self.slice >= newest {
                return None;
            }
            self.at = 0;
            self.slice = self.slice_from(self.slice);
        }
    }

    /// Leaves the present group until the next slice.
    pub(super) fn go_on(&mut self) {
        self.at += 1;
    }

    /// The end of the oldest row that was not sent.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.groups.iter().filter_map(Waiting::oldest).min()
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Schema, Timestamp};

    use super::*;

    fn step(seconds: u64) -> Step {
        Step::from_seconds(seconds).unwrap()
    }

    fn waiting(id: &str, resolution: u64, position: i64, head: i64) -> Waiting {
        let (id, resolution) = (id.parse().unwrap(), step(resolution));
        Waiting { id, resolution, sources: 2, head, position, ends: false, ended: false }
    }

    /// The parts that are read if there are rows everywhere.
    fn parts(mut pass: Pass) -> Vec<(String, i64, i64)> {
        let mut parts = Vec::new();
        while let Some((group, until)) = pass.next() {
            parts.push((group.id.to_string(), group.position, until));
            group.position = until;
            pass.go_on();
        }
        parts
    }

    #[test]
    fn all_groups_come_to_the_end_of_a_slice_before_one_goes_on() {
        let groups = vec![
            waiting("cpu", 10, 9000, 10_000),
            waiting("load", 10, 9990, 10_000),
            waiting("slow", 300, 9000, 9900),
        ];
        let part = |id: &str, from, to| (id.to_owned(), from, to);
        assert_eq!(
            parts(Pass::new(groups, 10_000)),
            [
                part("cpu", 9000, 9250),
                part("cpu", 9250, 9430),
                part("slow", 9000, 9300),
                part("cpu", 9430, 9570),
                part("cpu", 9570, 9680),
                part("slow", 9300, 9600),
                part("cpu", 9680, 9760),
                part("cpu", 9760, 9820),
                part("cpu", 9820, 9880),
                part("cpu", 9880, 9940),
                part("slow", 9600, 9900),
                part("cpu", 9940, 10_000),
                part("load", 9990, 10_000),
            ]
        );
        assert_eq!(parts(Pass::new(Vec::new(), 10_000)), []);
        assert_eq!(parts(Pass::new(vec![waiting("cpu", 10, 10_000, 10_000)], 10_003)), []);
    }

    #[test]
    fn a_slice_is_never_longer_than_half_an_hour() {
        let day = parts(Pass::new(vec![waiting("cpu", 10, 0, 86_400)], 86_400));
        assert!(day.iter().all(|(_, from, to)| to - from <= 1800));
        assert_eq!(day.iter().map(|(_, from, to)| to - from).sum::<i64>(), 86_400);
    }

    #[test]
    fn rows_of_the_step_are_sent_or_the_next_longer_ones() {
        let facts = |rows: &[u64]| {
            let mut schema =
                Schema::builder(step(1)).gauge("a", rrd_core::Heartbeat::from_seconds(9));
            for points in rows {
                schema = schema.average(0.5, *points, 100).max(0.5, 10, 100);
            }
            Facts::new(&schema.build().unwrap(), Timestamp::from_seconds(0))
        };
        let chosen =
            |rows: &[u64], wanted| resolution(&facts(rows), step(wanted)).unwrap().seconds();
        assert_eq!(chosen(&[1, 10, 60], 10), 10);
        assert_eq!(chosen(&[1, 60, 600], 10), 60);
        assert_eq!(chosen(&[1, 10, 60], 1), 1);
        assert_eq!(chosen(&[1, 10, 60], 3600), 60);
        assert_eq!(chosen(&[1, 10, 60], 30), 60);
    }
}

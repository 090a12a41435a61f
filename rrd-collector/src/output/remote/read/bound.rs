//! How many samples a query asks for, by the head of a file: before its rows are read.

use rrd_core::{FetchRequest, Head, Step};

use super::sampling::Sampling;

/// The most samples that the rows of a request have, which are joined over the archives; 0 if none
/// of them has a part of the range.
pub(super) fn most_samples(
    head: &Head,
    request: &FetchRequest,
    resolution: Step,
    sampling: &Sampling,
) -> u64 {
    let step = head.schema.step().seconds();
    let archives = head.schema.archives().iter();
    let mut lengths: Vec<(u64, u64)> = archives
        .filter(|archive| archive.answers(request.function()))
        .map(|archive| (step.saturating_mul(archive.points_per_row()), archive.rows))
        .collect();
    // In the order in which they are read: the longest rows up to the resolution come first.
    let wanted = resolution.seconds();
    lengths.sort_by_key(|(row, _)| (*row > wanted, row.abs_diff(wanted)));
    let range = request.range();
    let last = head.live.last_update.seconds();
    // The parts that no archive has taken yet.
    let mut open = vec![(range.start.seconds(), range.end.seconds().min(last))];
    let mut samples: u64 = 0;
    for (row, rows) in lengths {
        let oldest = last.saturating_sub_unsigned(row.saturating_mul(rows.saturating_add(1)));
        let newest = last - (last.rem_euclid(i64::try_from(row).unwrap_or(i64::MAX)));
        let mut left = Vec::new();
        for (start, end) in open {
            let (from, to) = (start.max(oldest), end.min(newest));
            if from >= to {
                left.push((start, end));
                continue;
            }
            // A row at each end may lie partly outside.
            let rows = (to.abs_diff(from) / row).saturating_add(2);
            samples = samples.saturating_add(sampling.most(rows, row));
            left.extend([(start, from), (to, end)].into_iter().filter(|(start, end)| start < end));
        }
        open = left;
    }
    samples
}

//! Selects the archive for a request, and its rows.

use super::{FetchRequest, SeriesSpan};
use crate::archive::Archive;
use crate::consolidation::ConsolidationFunction;
use crate::format::Head;
use crate::number::length_to_u64;
use crate::time::Step;

/// Limit on the values of a fetch: half a gigabyte.
const MAX_VALUES: u128 = 1 << 26;
/// Limit on those values that the archive does not hold. It corresponds to a year of ten-second
/// rows, so that charts of a year work with files that cover a day; printed as text, it stays below
/// 64 MiB. Without it a small file could demand any amount of memory.
const MAX_UNKNOWN: u128 = 3_500_000;

/// The selected archive and the time range of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) archive: usize,
    pub(crate) span: SeriesSpan,
    /// Number of rows in the range.
    pub(crate) rows: usize,
    /// The end of the row written last.
    pub(crate) newest: i64,
}

impl Selection {
    /// Number of rows in the ring of `rows` that are older than the first one of the range; all if
    /// the range has none.
    pub(crate) fn oldest_touched(&self, rows: u64) -> u64 {
        let step = i128::from(self.span.step.seconds());
        let oldest_end = i128::from(self.newest) - (i128::from(rows) - 1) * step;
        let first_end = i128::from(self.span.start) + step;
        let older = ((first_end - oldest_end) / step).max(0);
        u64::try_from(older).unwrap_or(u64::MAX)
    }
}

/// Why no archive was selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSelection {
    /// No archive has the requested function.
    NoArchive,
    /// The range has more values than the limit.
    TooMany { rows: u128 },
}

/// The archive that covers the start with the resolution nearest to the requested one; if none
/// does, the one that covers most of the range. The first one among equals.
pub(crate) fn select(head: &Head, request: &FetchRequest) -> Result<Selection, NoSelection> {
    let (start, end) =
        (i128::from(request.range.start.seconds()), i128::from(request.range.end.seconds()));
    let step = head.schema.step();
    let last = head.live.last_update.seconds();
    // RRDtool compares in 64 bits; the wider type gives the same results without overflow.
    let mut full: Option<(usize, u64)> = None;
    let mut partial: Option<(usize, i128, u64)> = None;
    for (index, archive) in head.schema.archives().iter().enumerate() {
        if !answers(archive, request.function) {
            continue;
        }
        let row = row_length(archive, step);
        let newest = last - row.phase(last).cast_signed();
        let first = i128::from(newest) - i128::from(row.seconds()) * i128::from(archive.rows);
        let distance = request.resolution.seconds().abs_diff(row.seconds());
        if first <= start {
            if full.is_none_or(|(_, best)| distance < best) {
                full = Some((index, distance));
            }
        } else {
            let cover = (end - start) - (first - start);
            if partial.is_none_or(|(_, best, nearest)| {
                cover > best || (cover == best && distance < nearest)
            }) {
                partial = Some((index, cover, distance));
            }
        }
    }
    let index = full.map(|(index, _)| index).or(partial.map(|(index, ..)| index));
    let (index, archive) = index
        .and_then(|index| Some((index, head.schema.archives().get(index)?)))
        .ok_or(NoSelection::NoArchive)?;
    span(head, index, row_length(archive, step), request)
}

fn span(
    head: &Head,
    archive: usize,
    row: Step,
    request: &FetchRequest,
) -> Result<Selection, NoSelection> {
    let (first, last) = (request.range.start.seconds(), request.range.end.seconds());
    let start = i128::from(first) - i128::from(row.phase(first));
    let end = i128::from(last) + i128::from(row.seconds() - row.phase(last));
    let rows = (end - start).max(0).cast_unsigned() / u128::from(row.seconds());
    let width = u128::from(length_to_u64(head.schema.sources().len()));
    let update = head.live.last_update.seconds();
    let newest = update - row.phase(update).cast_signed();
    let (Ok(start), Ok(end), Ok(count)) =
        (i64::try_from(start), i64::try_from(end), usize::try_from(rows))
    else {
        return Err(NoSelection::TooMany { rows });
    };
    let held = head.schema.archives().get(archive).map_or(0, |archive| archive.rows);
    let oldest = i128::from(newest) - i128::from(held) * i128::from(row.seconds());
    let within = i128::from(end).min(newest.into()) - i128::from(start).max(oldest);
    let within = within.max(0).cast_unsigned() / u128::from(row.seconds());
    let unknown = rows - within.min(rows);
    if rows.saturating_mul(width) > MAX_VALUES || unknown.saturating_mul(width) > MAX_UNKNOWN {
        return Err(NoSelection::TooMany { rows });
    }
    let span = SeriesSpan { start, end, step: row };
    Ok(Selection { archive, span, rows: count, newest })
}

/// The length of one row of an archive.
pub(crate) fn row_length(archive: &Archive, step: Step) -> Step {
    // Heads with products above 2^60 are refused.
    Step::from_seconds(step.seconds().saturating_mul(archive.points_per_row())).unwrap_or(step)
}

/// Whether rows of this archive are valid for `function`: rows of a single point are the same for
/// all four classic functions.
fn answers(archive: &Archive, function: ConsolidationFunction) -> bool {
    let own = archive.function();
    own == function || (archive.points_per_row() == 1 && own.is_classic() && function.is_classic())
}

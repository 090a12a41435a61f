//! The rows of a range joined over the archives of a function: which of them come next.

use super::select::{NoSelection, Selection, row_length};
use super::{FetchRequest, Series};
use crate::consolidation::ConsolidationFunction;
use crate::format::Head;
use crate::number::{length_to_u64, to_index};
use crate::time::Step;

/// The most rows of a block.
const MOST_ROWS: u64 = 4096;

/// The most values of a block that has several rows: a part of the processor's cache.
const MOST_VALUES: u64 = 1 << 15;

/// The earliest start of a range. The last update of a file is within 2^60 seconds of 1970 and no
/// row is longer, so that all times here are far from the limits of 64 bits.
const EARLIEST: i64 = -(1 << 62);

/// How far a range was read. The archive of each block is selected by the head that the file has
/// when the block is read: what an archive has dropped by then comes from a coarser one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joined {
    function: ConsolidationFunction,
    resolution: Step,
    /// The end of the last row so far.
    at: i64,
    /// No row ends later.
    end: i64,
}

/// What an archive has of the range.
#[derive(Clone, Copy, Debug)]
struct Span {
    archive: usize,
    /// Rows of the archive.
    rows: u64,
    row: Step,
    /// The start of its oldest row.
    start: i64,
    /// The end of its newest row that does not end after the range.
    end: i64,
}

impl Joined {
    pub(crate) fn new(request: &FetchRequest) -> Self {
        let FetchRequest { function, range, .. } = *request;
        let at = range.start.seconds().max(EARLIEST);
        Self { function, resolution: request.row(), at, end: range.end.seconds() }
    }

    pub(crate) fn function(&self) -> ConsolidationFunction {
        self.function
    }

    /// The next block, as `read` finds it. Nothing follows an error.
    pub(crate) fn next<E>(
        &mut self,
        read: impl FnOnce(&Self) -> Result<Option<Series>, E>,
    ) -> Option<Result<Series, E>> {
        if self.at >= self.end {
            return None;
        }
        let block = read(self).transpose()?;
        self.at = block.as_ref().map_or(self.end, |rows| rows.end().seconds());
        Some(block)
    }

    /// The rows of the next block; `None` after the last one.
    pub(crate) fn rows(&self, head: &Head) -> Result<Option<Selection>, NoSelection> {
        let mut spans = self.spans(head)?;
        spans.retain(|span| span.end > span.start.max(self.at));
        let Some(earliest) = spans.iter().map(|span| span.start).min() else { return Ok(None) };
        let at = earliest.max(self.at);
        // The best first: the longest rows up to the resolution, then the shortest beyond it.
        spans.sort_by_key(|span| {
            let row = span.row.seconds();
            (span.row > self.resolution, row.abs_diff(self.resolution.seconds()))
        });
        let Some(best) = spans.iter().position(|span| span.start <= at) else { return Ok(None) };
        let (better, span) = (&spans[..best], spans[best]);
        let start = at - span.row.phase(at).cast_signed();
        let until = better.iter().map(|better| better.start).fold(span.end, i64::min);
        let most = MOST_ROWS.min(MOST_VALUES / length_to_u64(head.schema.sources().len()).max(1));
        let rows = until.abs_diff(start).div_ceil(span.row.seconds()).min(most.max(1));
        let rows = to_index(rows).unwrap_or(usize::MAX);
        Ok(Some(Selection::of(head, span.archive, span.rows, span.row, start, rows)))
    }

    /// What each archive of the function has of the range, in their order.
    fn spans(&self, head: &Head) -> Result<Vec<Span>, NoSelection> {
        let last = head.live.last_update.seconds();
        let end = self.end.min(last).max(EARLIEST);
        let archives = head.schema.archives().iter().enumerate();
        let spans = archives.filter(|(_, archive)| archive.answers(self.function));
        let spans: Vec<_> = spans
            .map(|(index, archive)| {
                let row = row_length(archive, head.schema.step());
                let newest = last - row.phase(last).cast_signed();
                let length = row.seconds().saturating_mul(archive.rows);
                Span {
                    archive: index,
                    rows: archive.rows,
                    row,
                    start: newest.saturating_sub_unsigned(length),
                    end: end - row.phase(end).cast_signed(),
                }
            })
            .collect();
        if spans.is_empty() { Err(NoSelection::NoArchive) } else { Ok(spans) }
    }
}

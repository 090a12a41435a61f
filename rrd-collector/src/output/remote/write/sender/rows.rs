//! Rows of groups as samples of requests.

use rrd_core::{ConsolidationFunction, FetchRequest, Step, TimeRange};
use rrd_graph::export::SeriesName;

use super::super::batch::Batch;
use super::super::pass::{resolution, row_end};
use super::super::settings::RemoteWrite;
use super::super::source::Source;
use crate::group::GroupId;
use crate::store::archives::ArchiveError;

/// Rows, and which of their values are sent under which name.
#[derive(Debug)]
pub(super) struct Rows<S> {
    pub(super) source: S,
    pub(super) settings: RemoteWrite,
    pub(super) labels: Vec<(String, String)>,
}

/// Rows of a group that end after a time and not after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) id: &'a GroupId,
    pub(super) resolution: Step,
    /// The number of values of a row.
    pub(super) sources: usize,
    pub(super) after: i64,
    pub(super) until: i64,
}

/// What of a part was added to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Added {
    /// The end of its last row that was added, or the start of the part.
    pub(super) until: i64,
    /// Whether the request had no room for more.
    pub(super) is_full: bool,
}

impl<S: Source> Rows<S> {
    /// Adds rows to a request. A value that becomes unknown ends its series.
    pub(super) fn add(&self, batch: &mut Batch, part: Part<'_>) -> Result<Added, ArchiveError> {
        let mut added = Added { until: part.after, is_full: false };
        let mut known = Vec::new();
        let (mut from, mut stretch) = (part.after, 1);
        while from < part.until {
            // Not more than the request has room for, unless rows are longer here.
            let rows = (batch.room() / part.sources.max(1) + 1) as u64;
            let length = part.resolution.seconds().saturating_mul(rows).saturating_mul(stretch);
            let until = from.saturating_add_unsigned(length).min(part.until);
            let before = added.until;
            for block in self.source.rows(part.id, &request(Part { after: from, until, ..part }))? {
                let block = block?;
                let columns =
                    batch.columns(part.id, block.names(), |name| self.name(part.id, name));
                known.resize(columns.len(), false);
                for (end, values) in block.rows() {
                    let end = end.seconds();
                    if end <= added.until {
                        known = values.iter().map(|value| !value.is_nan()).collect();
                        continue;
                    }
                    if !batch.add(&columns, &mut known, end.saturating_mul(1000), values) {
                        added.is_full = true;
                        return Ok(added);
                    }
                    added.until = end;
                }
                // The next row is not complete: nothing is read to find that out.
                if until.saturating_sub(added.until) < part.resolution.seconds().cast_signed() {
                    break;
                }
            }
            if added.until == before {
                stretch = stretch.saturating_mul(4);
            }
            from = until;
        }
        Ok(added)
    }

    /// Ends the series of a group whose last row ends with this part; `false` if there was no room.
    pub(super) fn end(&self, batch: &mut Batch, part: Part<'_>) -> Result<bool, ArchiveError> {
        let (id, at) = (part.id, part.until);
        for block in self.source.rows(id, &request(part))? {
            let block = block?;
            let columns = batch.columns(id, block.names(), |name| self.name(id, name));
            for (_, values) in block.rows().filter(|(end, _)| end.seconds() == at) {
                let mut known: Vec<bool> = values.iter().map(|value| !value.is_nan()).collect();
                let unknown = vec![f64::NAN; values.len()];
                // Two samples of one time are refused.
                let after = at.saturating_mul(1000).saturating_add(1);
                if !batch.add(&columns, &mut known, after, &unknown) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The number of samples in rows, and the end of the last one.
    pub(super) fn count(&self, part: Part<'_>) -> Result<(u64, i64), ArchiveError> {
        let (mut samples, mut until) = (0, part.after);
        for block in self.source.rows(part.id, &request(part))? {
            let block = block?;
            let names = block.names().iter();
            let sent: Vec<bool> = names.map(|name| self.name(part.id, name).is_some()).collect();
            for (end, values) in block.rows().filter(|(end, _)| end.seconds() > part.after) {
                let values = values.iter().zip(&sent);
                samples += values.filter(|(value, sent)| **sent && !value.is_nan()).count() as u64;
                until = end.seconds();
            }
        }
        Ok((samples, until))
    }

    /// A part of the rows of a group; `None` if it has none.
    pub(super) fn part<'a>(
        &self,
        id: &'a GroupId,
        after: i64,
        until: i64,
    ) -> Result<Option<Part<'a>>, ArchiveError> {
        let facts = self.source.facts(id)?;
        let sources = facts.sources.len();
        let resolution = resolution(&facts, self.settings.step);
        Ok(resolution.map(|resolution| Part { id, resolution, sources, after, until }))
    }

    /// The name of a series; `None` if it is not sent.
    fn name(&self, id: &GroupId, source: &str) -> Option<SeriesName> {
        let name = self.source.name(id, source);
        self.settings.takes(name.name()).then(|| name.with(self.labels.iter().cloned()))
    }
}

/// Asks for the rows of a part and the one before, which shows what was known. A row that ends
/// after the part belongs to the next one; its beginning is not filled with shorter rows.
fn request(part: Part<'_>) -> FetchRequest {
    let until = row_end(part.until, part.resolution).max(part.after);
    let range = TimeRange::from_seconds(part.after.saturating_sub(1), until);
    FetchRequest::new(ConsolidationFunction::Average, range).resolution(part.resolution)
}

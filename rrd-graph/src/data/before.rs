//! Whether a database knows anything of the time before a moment.

use std::cmp::Reverse;
use std::path::Path;

use rrd_core::{FetchRequest, Series, TimeRange, Timestamp};

use super::error::DataError;
use super::gather::{Gathering, Wanted};
use crate::chart::Chart;

/// What is said of the time before any sample.
const BEFORE: &str = "before the first sample";

impl Gathering<'_> {
    /// The chart, with the reason if its first gap is the time before any sample of these data
    /// sources.
    pub(crate) fn with_beginning(
        &mut self,
        chart: Chart,
        sources: &[(&Path, &str)],
    ) -> Result<Chart, DataError> {
        let start = chart.range.start;
        let first = chart.gaps().into_iter().next().filter(|gap| gap.range.start == start);
        let Some(first) = first else { return Ok(chart) };
        for (file, source) in sources {
            if self.knows_before(file, source, first.range.end)? {
                return Ok(chart);
            }
        }
        Ok(chart.gap(first.range, BEFORE))
    }

    /// Whether a row that ends by a moment is known, in any archive.
    fn knows_before(
        &mut self,
        file: &Path,
        source: &str,
        moment: Timestamp,
    ) -> Result<bool, DataError> {
        let facts = self.facts(file)?;
        let Some(function) = facts.shown() else { return Ok(false) };
        let mut archives: Vec<_> =
            facts.archives.iter().filter(|archive| archive.answers(function)).collect();
        // The longest rows reach back farthest, and are the fewest.
        archives.sort_by_key(|archive| Reverse(archive.points_per_row));
        for archive in archives {
            let first = facts.first(archive);
            if first >= moment {
                continue;
            }
            let range = TimeRange::new(first, moment);
            let request = FetchRequest::new(function, range);
            let request = request.resolution(facts.row(archive));
            let wanted = Wanted { file: file.to_owned(), daemon: None, request };
            if is_known(&*self.fetch(wanted)?, source, moment) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a row of a data source is known that ends by a moment.
fn is_known(series: &Series, source: &str, moment: Timestamp) -> bool {
    let columns = series.names().len().max(1);
    let Some(place) = series.names().iter().position(|name| name == source) else { return false };
    let step = i64::try_from(series.step().seconds()).unwrap_or(i64::MAX);
    let rows = moment.seconds().saturating_sub(series.start().seconds()).max(0) / step;
    let rows = usize::try_from(rows).unwrap_or(usize::MAX).saturating_sub(series.before());
    let values = series.kept().iter().skip(place).step_by(columns);
    values.take(rows).any(|value| !value.is_nan())
}

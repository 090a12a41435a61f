//! Whether a database knows anything of the time before a moment.

use std::path::Path;

use rrd_core::{ConsolidationFunction, FetchRequest, Series, TimeRange, Timestamp};

use super::error::DataError;
use super::gather::{Gathering, Wanted};
use crate::chart::Chart;

/// What is said of the time before any sample.
const BEFORE: &str = "before the first sample";

impl Gathering<'_> {
    /// The chart, with the reason if its first gap is the time before any sample in these files.
    pub(crate) fn with_beginning(
        &mut self,
        chart: Chart,
        files: &[&Path],
    ) -> Result<Chart, DataError> {
        let start = chart.range.start;
        let first = chart.gaps().into_iter().next().filter(|gap| gap.range.start == start);
        let Some(first) = first else { return Ok(chart) };
        for file in files {
            if self.knows_before(file, first.range.end)? {
                return Ok(chart);
            }
        }
        Ok(chart.gap(first.range, BEFORE))
    }

    /// Whether a row that ends by a moment is known, in any archive.
    fn knows_before(&mut self, file: &Path, moment: Timestamp) -> Result<bool, DataError> {
        let facts = self.facts(file)?;
        for archive in &facts.archives {
            let first = facts.first(archive);
            let is_plain = matches!(
                archive.function,
                ConsolidationFunction::Average
                    | ConsolidationFunction::Last
                    | ConsolidationFunction::Min
                    | ConsolidationFunction::Max
            );
            if !is_plain || first >= moment {
                continue;
            }
            let range = TimeRange::new(first, moment);
            let request = FetchRequest::new(archive.function, range);
            let request = request.resolution(facts.row(archive));
            let wanted = Wanted { file: file.to_owned(), daemon: None, request };
            if is_known(&*self.fetch(wanted)?, moment) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a row is known that ends by a moment.
fn is_known(series: &Series, moment: Timestamp) -> bool {
    let columns = series.names().len().max(1);
    let step = i64::try_from(series.step().seconds()).unwrap_or(i64::MAX);
    let rows = moment.seconds().saturating_sub(series.start().seconds()).max(0) / step;
    let rows = usize::try_from(rows).unwrap_or(usize::MAX).saturating_sub(series.before());
    series.kept().chunks(columns).take(rows).flatten().any(|value| !value.is_nan())
}

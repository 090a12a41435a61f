//! A request in the making: rows of groups as samples of series.

use std::collections::BTreeMap;

use rrd_graph::export::SeriesName;

use crate::group::GroupId;
use crate::output::remote::wire::v1::{Label, STALE, Sample, TimeSeries};

/// Limits on a request: its samples, and its bytes before compression.
pub(super) const MAX_SAMPLES: usize = 2000;
const MAX_BYTES: usize = 1 << 20;
/// Bytes of a sample and of a label besides its texts, at most.
const SAMPLE_BYTES: usize = 24;
const LABEL_BYTES: usize = 12;

/// The samples of a request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    series: Vec<TimeSeries>,
    samples: usize,
    bytes: usize,
    /// The data sources of groups, and the series of each that is sent.
    columns: BTreeMap<GroupId, (Vec<String>, Columns)>,
}

/// The place of the series of each data source; `None` for those that are not sent.
pub(super) type Columns = Vec<Option<usize>>;

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// How many more samples fit.
    pub(super) fn room(&self) -> usize {
        MAX_SAMPLES.saturating_sub(self.samples)
    }

    /// The series, without those that have no samples.
    pub(super) fn into_series(mut self) -> Vec<TimeSeries> {
        self.series.retain(|series| !series.samples.is_empty());
        self.series
    }

    /// The series of a group with these data sources. `name` gives the name of one that is sent.
    pub(super) fn columns(
        &mut self,
        group: &GroupId,
        sources: &[String],
        name: impl Fn(&str) -> Option<SeriesName>,
    ) -> Columns {
        if let Some((known, columns)) = self.columns.get(group)
            && known == sources
        {
            return columns.clone();
        }
        let mut columns = Columns::new();
        for source in sources {
            columns.push(name(source).map(|name| {
                let labels = labels(&name);
                let texts = labels.iter().map(|label| label.name.len() + label.value.len());
                self.bytes += texts.map(|length| length + LABEL_BYTES).sum::<usize>();
                self.series.push(TimeSeries { labels, samples: Vec::new() });
                self.series.len() - 1
            }));
        }
        self.columns.insert(group.clone(), (sources.to_vec(), columns.clone()));
        columns
    }

    /// Adds a row at a time in milliseconds. A value that is not known is not sent; one that was
    /// known before, as `known` says, ends the series. `false` if there is no room for the row.
    pub(super) fn add(
        &mut self,
        columns: &Columns,
        known: &mut [bool],
        at: i64,
        values: &[f64],
    ) -> bool {
        let sent = |value: f64, was_known: bool| {
            if value.is_nan() { was_known.then_some(STALE) } else { Some(value) }
        };
        let is_sent = |((column, was_known), value): &((&Option<usize>, &bool), &f64)| {
            column.is_some() && sent(**value, **was_known).is_some()
        };
        let new = columns.iter().zip(known.iter()).zip(values).filter(is_sent).count();
        let (samples, bytes) = (self.samples + new, self.bytes + new * SAMPLE_BYTES);
        // A row is never divided, however long it is.
        if !self.is_empty() && new > 0 && (samples > MAX_SAMPLES || bytes > MAX_BYTES) {
            return false;
        }
        for ((column, was_known), value) in columns.iter().zip(known).zip(values) {
            if let (Some(place), Some(value)) = (*column, sent(*value, *was_known)) {
                self.series[place].samples.push(Sample { value, timestamp: at });
            }
            *was_known = !value.is_nan();
        }
        (self.samples, self.bytes) = (samples, bytes);
        true
    }
}

/// The labels of a series, sorted by their names.
fn labels(series: &SeriesName) -> Vec<Label> {
    let label = |name: &str, value: &str| Label { name: name.to_owned(), value: value.to_owned() };
    let mut labels = vec![label("__name__", series.name())];
    labels.extend(series.labels().iter().map(|(name, value)| label(name, value)));
    // Names that begin with a capital letter are before two underscores.
    labels.sort();
    labels
}

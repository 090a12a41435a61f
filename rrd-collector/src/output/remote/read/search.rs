//! Which series a query means, and what is read of their files.

use std::collections::BTreeSet;
use std::sync::Arc;

use rrd_core::{Archive, ConsolidationFunction, FetchRequest, Head, TimeRange};
use rrd_graph::export::SeriesName;
use tokio::task::yield_now;

use super::super::wire::v1::Label;
use super::bound::most_samples;
use super::collection::{Collection, ListedFile};
use super::plan::Purpose;
use super::request::ReadQuery;
use super::sampling::{Repeats, Sampling};
use crate::fault::{Fault, Faults};
use crate::store::archives::ArchiveError;

/// What the subjects of faults begin with.
const READING: &str = "remote read of";

/// All series that can be asked for.
pub(super) struct Sources {
    /// Their files.
    pub(super) collections: Vec<Arc<dyn Collection>>,
    /// The labels of the host, which its series have unless they have others of these names.
    pub(super) host: [(String, String); 2],
    /// What cannot be read.
    pub(super) faults: Faults,
}

/// A series that a query means.
pub(super) struct Found {
    /// Its labels, sorted by name; `__name__` is one of them.
    pub(super) labels: Vec<Label>,
    /// The number of its collection.
    pub(super) collection: usize,
    /// Its file.
    pub(super) path: String,
    /// Its data source in the file.
    pub(super) source: String,
    /// The rows that are read.
    pub(super) request: FetchRequest,
    /// It has no more samples than this.
    pub(super) most: u64,
}

impl Sources {
    /// The series that a query means, sorted by their labels. A file that cannot be read is left
    /// out and reported.
    pub(super) async fn search(&self, query: &ReadQuery, densify: bool) -> Vec<Found> {
        let mut found = Vec::new();
        let mut listed = BTreeSet::new();
        for (number, collection) in self.collections.iter().enumerate() {
            let (files, outcome) = match collection.files() {
                Ok(files) => (files, Ok(())),
                Err(error) => (Vec::new(), Err(error)),
            };
            self.note(&collection.name(), &outcome);
            for file in files {
                if self.may_have(&file, query) {
                    match collection.archives().head(&file.path) {
                        Ok(head) => {
                            self.search_file(number, &file, &head, query, densify, &mut found);
                        }
                        Err(error) => self.note(&file.path, &Err(error)),
                    }
                    // Others have their turn on this thread.
                    yield_now().await;
                }
                listed.insert(file.path);
            }
            listed.insert(collection.name());
        }
        self.forget_others(&listed);
        found.sort_by(|one, other| one.labels.cmp(&other.labels));
        found.dedup_by(|next, first| next.labels == first.labels);
        found
    }

    /// Reports whether something can be read. What is gone is no fault.
    pub(super) fn note(&self, what: &str, outcome: &Result<(), ArchiveError>) {
        let concern = format!("{READING} {what}");
        match outcome {
            Ok(()) if self.faults.is_empty() => {}
            Err(ArchiveError::Missing { .. }) => log::debug!("{concern}: it is gone"),
            outcome => self.faults.note(&concern, outcome),
        }
    }

    /// Ends the faults of files that are no longer there.
    fn forget_others(&self, listed: &BTreeSet<String>) {
        for Fault { concern, .. } in self.faults.present() {
            let what = concern.strip_prefix(READING).unwrap_or_default().trim_start();
            if !listed.contains(what) {
                self.faults.forget(&concern);
            }
        }
    }

    fn may_have(&self, file: &ListedFile, query: &ReadQuery) -> bool {
        let shared = file.shared.clone().with(self.host.clone());
        query.matchers.may_take(shared.name(), |label| value_of(&shared, label))
    }

    /// Adds the series of a file that the query means.
    fn search_file(
        &self,
        collection: usize,
        file: &ListedFile,
        head: &Head,
        query: &ReadQuery,
        densify: bool,
        found: &mut Vec<Found>,
    ) {
        let Some(function) = query.plan.function_of(&head.schema) else { return };
        let sampling = sampling(query, densify);
        let request = request(query, head, function, densify);
        let most = most_samples(head, &request, query.plan.resolution(), &sampling);
        if most == 0 {
            return;
        }
        for source in head.schema.sources() {
            let series = (file.name_of)(source.name.as_str()).with(self.host.clone());
            let takes = query.matchers.take(|label| match label {
                "__name__" => Some(series.name()),
                label => value_of(&series, label),
            });
            if takes {
                found.push(Found {
                    labels: labels(&series, query.plan.named()),
                    collection,
                    path: file.path.clone(),
                    source: source.name.as_str().to_owned(),
                    request,
                    most,
                });
            }
        }
    }
}

/// How the rows of a series become samples for a query.
pub(super) fn sampling(query: &ReadQuery, densify: bool) -> Sampling {
    Sampling::new(query.first, query.last, repeats(query, densify))
}

fn repeats(query: &ReadQuery, densify: bool) -> Option<Repeats> {
    match query.plan.purpose() {
        Purpose::Points(repeats) if densify => Some(repeats),
        _ => None,
    }
}

/// The rows of a file that have samples for a query.
fn request(
    query: &ReadQuery,
    head: &Head,
    function: ConsolidationFunction,
    densify: bool,
) -> FetchRequest {
    // A row that ends at the first millisecond belongs to it, and one that begins there does not.
    let before = query.first.div_euclid(1000) - i64::from(query.first.rem_euclid(1000) == 0);
    let rows = head.schema.archives().iter().filter(|archive| archive.answers(function));
    let longest = rows.map(Archive::points_per_row).max().unwrap_or(0);
    let longest = longest.saturating_mul(head.schema.step().seconds());
    // A row that ends later may be repeated within the range.
    let after = repeats(query, densify).map_or(0, |_| longest);
    let last = query.last.div_euclid(1000).saturating_add_unsigned(after);
    FetchRequest::new(function, TimeRange::from_seconds(before, last))
        .resolution(query.plan.resolution())
}

fn value_of<'a>(series: &'a SeriesName, label: &str) -> Option<&'a str> {
    let labels = series.labels();
    let index = labels.binary_search_by(|(name, _)| name.as_str().cmp(label)).ok()?;
    labels.get(index).map(|(_, value)| value.as_str())
}

/// The labels of a series as they are sent, with the function if the query names it.
fn labels(series: &SeriesName, function: Option<ConsolidationFunction>) -> Vec<Label> {
    let label = |name: &str, value: &str| Label { name: name.to_owned(), value: value.to_owned() };
    let named = function.map(|function| label("cf", function.name()));
    let others = series.labels().iter().map(|(name, value)| label(name, value));
    let mut labels: Vec<Label> =
        others.chain([label("__name__", series.name())]).chain(named).collect();
    labels.sort();
    labels
}

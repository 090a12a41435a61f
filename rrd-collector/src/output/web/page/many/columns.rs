//! The columns of a table: those that a source names for a kind, or the first metrics of the kind.

use crate::group::catalog::{Catalog, Group};
use crate::group::{Kind, Unit};
use crate::source::{kinds, many_instances};

/// Columns of a kind whose source does not name any.
const COLUMNS: usize = 4;
/// The column of names, in addresses.
pub(super) const NAME: &str = "name";
/// The one column of a kind whose instances have metrics of their own.
const NEWEST: &str = "newest";

/// A column of a table.
pub(super) struct Column {
    /// Its name in addresses.
    pub(super) id: String,
    /// Its heading.
    pub(super) title: String,
    /// The metrics whose sum is shown; empty for the first of each instance.
    pub(super) metrics: Vec<String>,
}

impl Column {
    fn of(title: &str, metrics: &[&str]) -> Self {
        let id = metrics.first().map_or(NEWEST, |first| first).to_owned();
        let metrics = metrics.iter().map(|&metric| metric.to_owned()).collect();
        Self { id, title: title.to_owned(), metrics }
    }

    /// The positions of its metrics in a kind.
    pub(super) fn positions<'a>(&'a self, kind: &'a Kind) -> impl Iterator<Item = usize> + 'a {
        let first = self.metrics.is_empty().then_some(0);
        first.into_iter().chain(self.metrics.iter().filter_map(|metric| kind.position(metric)))
    }

    /// The newest value of a group; NaN if it is not known, or too old.
    pub(super) fn value(&self, group: &Group, now: i64) -> f64 {
        if !group.is_current(now) {
            return f64::NAN;
        }
        let value = |position| group.values.get(position).copied().unwrap_or(f64::NAN);
        self.positions(&group.kind).map(value).reduce(|sum, next| sum + next).unwrap_or(f64::NAN)
    }

    /// The unit of its values in a group.
    pub(super) fn unit(&self, group: &Group) -> Unit {
        let position = self.positions(&group.kind).next();
        let metric = position.and_then(|position| group.kind.metrics.get(position));
        metric.map_or(Unit::Any, |metric| metric.unit)
    }
}

/// The columns of a kind: those that its source names, else its first metrics.
pub(super) fn columns(kind: &str, catalog: &Catalog) -> Vec<Column> {
    if let Some(many) = many_instances(kind) {
        return many.columns.iter().map(|each| Column::of(each.title, each.metrics)).collect();
    }
    if let Some(known) = kinds().find(|known| known.name == kind) {
        let metrics = known.metrics.iter().take(COLUMNS);
        return metrics
            .map(|each| Column::of(&each.name.replace('_', " "), &[&*each.name]))
            .collect();
    }
    if catalog.has(kind) { vec![Column::of("Newest", &[])] } else { Vec::new() }
}

/// Whether the table of a kind can be sorted by this column.
pub(super) fn has_column(kind: &str, column: &str, catalog: &Catalog) -> bool {
    let columns = columns(kind, catalog);
    !columns.is_empty() && (column == NAME || columns.iter().any(|each| each.id == column))
}

//! What a reader chose about tables: `sort=disk.util`, and `all=disk` for all of its rows.

use super::super::super::address::{Query, QueryError};
use super::columns::has_column;
use crate::group::catalog::Catalog;

/// The order and the rows of tables; each chooses for one table, the others are as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super::super) struct TableChoice {
    /// The kind, and the column that it is sorted by.
    sort: Option<(String, String)>,
    /// The kind of which all rows are shown.
    all: Option<String>,
}

impl TableChoice {
    /// The choice in a query.
    pub(in super::super::super) fn of(
        query: &Query,
        catalog: &Catalog,
    ) -> Result<Self, QueryError> {
        let mut choice = Self { sort: None, all: query.get("all").cloned() };
        if let Some(sort) = query.get("sort") {
            let expected = "GROUP.COLUMN of a table on the page, such as disk.util or disk.name";
            let (kind, column) = sort
                .split_once('.')
                .filter(|(kind, column)| has_column(kind, column, catalog))
                .ok_or(QueryError::Value { parameter: "sort", expected })?;
            choice.sort = Some((kind.to_owned(), column.to_owned()));
        }
        Ok(choice)
    }

    /// The column that a kind is sorted by.
    pub(super) fn sort(&self, kind: &str) -> Option<&str> {
        self.sort.as_ref().filter(|(sorted, _)| sorted == kind).map(|(_, column)| &**column)
    }

    /// Whether all rows of a kind are shown.
    pub(super) fn is_all(&self, kind: &str) -> bool {
        self.all.as_deref() == Some(kind)
    }
}

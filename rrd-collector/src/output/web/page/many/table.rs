//! A table with a row for each instance of a kind, sorted by one of its newest values.

use std::fmt::Write as _;

use rrd_graph::xml::escape;

use super::super::super::address::group_query;
use super::super::super::span::Shown;
use super::super::overview::spark;
use super::choice::TableChoice;
use super::columns::{Column, NAME, columns};
use crate::group::catalog::{Catalog, Group};
use crate::group::{GroupId, Target};
use crate::source::input::PageSection;
use crate::source::section_of;
use crate::store::archives::Archives;

/// As many rows are shown until all of them are asked for.
pub(super) const FIRST: usize = 20;

/// What people call an instance.
pub(super) fn label<'a>(id: &'a GroupId, group: &'a Group) -> &'a str {
    group.label.as_deref().unwrap_or(id.instance())
}

/// The instances of a kind in the order of a column.
pub(in super::super::super) struct Table<'c> {
    kind: &'c str,
    columns: Vec<Column>,
    /// The index of the column that it is sorted by; `None` for the names.
    sorted: Option<usize>,
    /// Whether all rows are shown.
    all: bool,
    rows: Vec<(&'c GroupId, &'c Group)>,
    now: i64,
}

impl<'c> Table<'c> {
    /// The table of a kind, in the chosen order.
    pub(in super::super::super) fn new(
        kind: &'c str,
        catalog: &'c Catalog,
        choice: &TableChoice,
        now: i64,
    ) -> Self {
        let columns = columns(kind, catalog);
        let is_described = columns.iter().all(|column| column.metrics.is_empty());
        let sorted = match choice.sort(kind) {
            Some(id) => columns.iter().position(|column| column.id == id),
            // Values of different things have no common order.
            None => (!is_described).then_some(0),
        };
        let mut rows = catalog.instances(kind);
        if let Some(column) = sorted.and_then(|index| columns.get(index)) {
            // The highest first, and what is unknown last.
            let key = |group: &Group| {
                let value = column.value(group, now);
                if value.is_nan() { f64::NEG_INFINITY } else { value }
            };
            let mut keyed: Vec<_> = rows.into_iter().map(|row| (key(row.1), row)).collect();
            keyed.sort_by(|one, other| other.0.total_cmp(&one.0));
            rows = keyed.into_iter().map(|(_, row)| row).collect();
        }
        Self { kind, columns, sorted, all: choice.is_all(kind), rows, now }
    }

    /// All instances in the order of the table.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&'c GroupId, &'c Group)> + '_ {
        self.rows.iter().copied()
    }

    /// The metric of a group that decides the order of the table.
    pub(super) fn metric<'g>(&self, group: &'g Group) -> &'g str {
        let column = self.columns.get(self.sorted.unwrap_or(0));
        let position = column.and_then(|column| column.positions(&group.kind).next());
        let metric = position.and_then(|position| group.kind.metrics.get(position));
        metric.map_or("", |metric| &metric.name)
    }

    /// What the first rows are: `the first 20 of 40, by In use`.
    pub(super) fn first_rows(&self) -> String {
        let (shown, all) = (self.rows.len().min(FIRST), self.rows.len());
        let count =
            if shown < all { format!("the first {shown} of {all}") } else { format!("all {all}") };
        let column = self.sorted.and_then(|index| self.columns.get(index));
        let order = column.map_or("name", |column| &column.title);
        format!("{count}, by {}", escape(order))
    }

    /// The address of the table alone, without the time.
    pub(in super::super::super) fn address(&self) -> String {
        let id = self.sorted.and_then(|index| self.columns.get(index)).map_or(NAME, |c| &c.id);
        self.address_of(id, self.all)
    }

    fn address_of(&self, column: &str, all: bool) -> String {
        let all = if all { format!("&all={}", self.kind) } else { String::new() };
        format!("/table/{kind}?sort={kind}.{column}{all}", kind = self.kind)
    }

    /// Appends the table, with small charts of the first rows if they can be read.
    pub(in super::super::super) fn write(
        &self,
        html: &mut String,
        shown: &Shown,
        archives: Option<&Archives>,
    ) {
        html.push_str("<table>\n<thead><tr>");
        let title = self.rows.first().map_or(self.kind, |(_, group)| &group.kind.title);
        self.write_head(html, NAME, title, self.sorted.is_none(), shown);
        for (index, column) in self.columns.iter().enumerate() {
            self.write_head(html, &column.id, &column.title, self.sorted == Some(index), shown);
        }
        html.push_str("<th scope=\"col\">15 minutes</th></tr></thead>\n<tbody>\n");
        let count = if self.all { self.rows.len() } else { FIRST };
        for (index, (id, group)) in self.rows().take(count).enumerate() {
            self.write_row(html, id, group, shown, archives.filter(|_| index < FIRST));
        }
        html.push_str("</tbody>\n</table>\n");
        let (first, all) = (FIRST, self.rows.len());
        if all > first {
            let column = self.sorted.and_then(|index| self.columns.get(index));
            let id = column.map_or(NAME, |column| &column.id);
            let (words, all) = if self.all {
                (format!("{all} rows. {{Show the first {first}}}"), false)
            } else {
                (format!("{first} of {all} rows. {{Show all}}"), true)
            };
            let link = self.link(id, all, shown);
            let more = if all { " data-more" } else { "" };
            let words = words.replace('{', &format!("<a{more} {link}>")).replace('}', "</a>");
            let _ = writeln!(html, "<p>{words}</p>");
        }
    }

    /// The attributes of a link to this table with another order or other rows: one for the script,
    /// and one that works without it.
    fn link(&self, column: &str, all: bool, shown: &Shown) -> String {
        let table = self.address_of(column, all);
        let (time, query) = (shown.query(), table.split_once('?').map_or("", |parts| parts.1));
        let section = section_of(self.kind).map_or_else(String::new, PageSection::id);
        let page = escape(&format!("/?{time}&{query}#{section}"));
        format!("href=\"{page}\" data-table=\"{}\"", escape(&table))
    }

    fn write_head(&self, html: &mut String, id: &str, title: &str, sorted: bool, shown: &Shown) {
        let order = match (sorted, id) {
            (false, _) => "",
            (true, NAME) => " aria-sort=\"ascending\"",
            (true, _) => " aria-sort=\"descending\"",
        };
        let link = self.link(id, self.all, shown);
        let _ = write!(html, "<th scope=\"col\"{order}><a {link}>{}</a></th>", escape(title));
    }

    fn write_row(
        &self,
        html: &mut String,
        id: &GroupId,
        group: &Group,
        shown: &Shown,
        archives: Option<&Archives>,
    ) {
        let page = escape(&format!("/?{}&{}", group_query(id), shown.query()));
        let name = escape(label(id, group));
        let _ = write!(html, "<tr><th scope=\"row\"><a href=\"{page}\">{name}</a></th>");
        for column in &self.columns {
            let value = column.unit(group).write(column.value(group, self.now));
            let _ = write!(html, "<td>{}</td>", escape(&value));
        }
        let metric = self.metric(group);
        let target = Target { group: id.clone(), metric: metric.to_owned() };
        let picture = archives.map_or_else(String::new, |from| spark(from, &target, self.now));
        let _ = writeln!(html, "<td class=\"spark {metric}\">{picture}</td></tr>");
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::address::read_query;
    use super::super::super::super::span::SPANS;
    use super::*;
    use crate::group::catalog::trial::{catalog, put};
    use crate::source::host::{DISK, LOAD};
    use crate::source::statsd::GAUGE;

    /// Five disks of which the third has no known value.
    fn disks() -> Catalog {
        let mut catalog = Catalog::default();
        for (name, value) in [("a", 0.1), ("b", 0.3), ("c", f64::NAN), ("d<", 0.9), ("e", 0.3)] {
            put(&mut catalog, &DISK, name, value);
        }
        catalog
    }

    fn order(query: &str, now: i64) -> Vec<String> {
        let catalog = disks();
        let choice = TableChoice::of(&read_query(query), &catalog).unwrap();
        let table = Table::new("disk", &catalog, &choice, now);
        table.rows().map(|(id, _)| id.instance().to_owned()).collect()
    }

    #[test]
    fn the_highest_is_first_and_what_is_unknown_or_old_is_last() {
        assert_eq!(order("", 9), ["d<", "b", "e", "a", "c"]);
        assert_eq!(order("sort=disk.name", 9), ["a", "b", "c", "d<", "e"]);
        assert_eq!(order("sort=unit.name", 9), ["d<", "b", "e", "a", "c"]);
        assert_eq!(order("", 1000), ["a", "b", "c", "d<", "e"]);
    }

    #[test]
    fn a_row_links_to_its_group_and_a_heading_sorts_with_and_without_the_script() {
        let catalog = disks();
        let shown = Shown::ending(SPANS[1], 9, None);
        let mut html = String::new();
        Table::new("disk", &catalog, &TableChoice::default(), 9).write(&mut html, &shown, None);
        let (head, rows) = html.split_once("<tbody>\n").unwrap();
        assert!(
            head.contains(
                "<th scope=\"col\"><a href=\"/?span=hour&amp;sort=disk.queue#disks\" \
                 data-table=\"/table/disk?sort=disk.queue\">Queue</a></th>"
            ),
            "{head}"
        );
        assert!(head.contains("<th scope=\"col\" aria-sort=\"descending\"><a "), "{head}");
        let first = "<tr><th scope=\"row\"><a href=\"/?group=disk&amp;instance=d%3C&amp;span=hour\">d&lt;</a></th>\
                     <td>90 %</td><td>0.9</td><td>0.9 B/s</td>";
        assert!(rows.starts_with(first), "{rows}");
        assert_eq!(rows.matches("<tr>").count(), 5);
        assert!(!html.contains("Show all"));
    }

    #[test]
    fn rows_beyond_twenty_are_shown_on_demand() {
        let names: Vec<String> = (0..30).map(|number| number.to_string()).collect();
        let groups: Vec<_> = names.iter().map(|name| (&GAUGE, &**name)).collect();
        let catalog = catalog(&groups);
        let shown = Shown::ending(SPANS[1], 9, None);
        let html = |query| {
            let choice = TableChoice::of(&read_query(query), &catalog).unwrap();
            let mut html = String::new();
            Table::new("statsd_gauge", &catalog, &choice, 9).write(&mut html, &shown, None);
            html
        };
        let first = html("");
        assert_eq!(first.matches("<tr><th scope=\"row\">").count(), 20);
        assert!(first.contains("<p>20 of 30 rows. <a data-more href=\""), "{first}");
        let all = html("all=statsd_gauge");
        assert_eq!(all.matches("<tr><th scope=\"row\">").count(), 30);
        assert!(all.contains("<p>30 rows. <a href=\""), "{all}");
    }

    #[test]
    fn a_column_that_no_table_has_is_refused() {
        let catalog = catalog(&[(&LOAD, ""), (&DISK, "a")]);
        for sort in ["disk", "disk.utl", "dsik.util", "unit.", "."] {
            let query = read_query(&format!("sort={sort}"));
            let error = TableChoice::of(&query, &catalog).unwrap_err().to_string();
            assert_eq!(
                error,
                "missing or invalid parameter \"sort\": expected GROUP.COLUMN of a table on the \
                 page, such as disk.util or disk.name"
            );
        }
        assert!(TableChoice::of(&read_query("sort=unit.memory"), &catalog).is_ok());
    }
}

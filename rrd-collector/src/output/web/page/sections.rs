//! The sections of the page with their charts.

use std::fmt::Write as _;

use super::super::charts::charts_of;
use super::super::span::Shown;
use super::figure::write_figure;
use crate::group::GroupId;
use crate::group::catalog::Catalog;
use crate::source::SOURCES;
use crate::source::input::PageSection;

/// The sections of the page: the most important ones of the host, then servers and programs, then
/// the rest of the host.
fn sections() -> impl Iterator<Item = &'static PageSection> {
    let [host, others @ ..] = &SOURCES;
    let (first, rest) = host.page.split_at(1);
    first.iter().chain(others.iter().flat_map(|source| source.page)).chain(rest)
}

/// Appends the sections that have charts, or only those of one group.
pub(super) fn write_sections(
    html: &mut String,
    shown: &Shown,
    only: Option<&GroupId>,
    catalog: &Catalog,
) {
    for PageSection { heading, kinds } in sections() {
        write_section(html, heading, kinds, shown, only, catalog);
    }
}

fn write_section(
    html: &mut String,
    heading: &str,
    kinds: &[&str],
    shown: &Shown,
    only: Option<&GroupId>,
    catalog: &Catalog,
) {
    let mut figures = String::new();
    for kind in kinds {
        for (id, group) in catalog.instances(kind) {
            if only.is_some_and(|only| only != id) {
                continue;
            }
            let label = group.label.as_deref().unwrap_or(id.instance());
            for chart in charts_of(group) {
                write_figure(&mut figures, chart, id, label, shown);
            }
        }
    }
    if !figures.is_empty() {
        let _ = write!(
            html,
            "<section>\n<h2>{heading}</h2>\n<div class=\"grid\">\n{figures}</div>\n</section>\n"
        );
    }
}

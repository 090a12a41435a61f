//! The sections of the page with their charts. Each can be folded, also without the script.

use std::fmt::Write as _;

use super::super::charts::charts_of;
use super::super::span::Shown;
use super::figure::write_figure;
use super::many::{FEW, View, write_many};
use crate::group::GroupId;
use crate::group::catalog::{Catalog, Group};
use crate::source::SOURCES;
use crate::source::input::PageSection;

/// A section, and the heading in the menu that it is under.
pub(super) type PartSection = (&'static str, &'static PageSection);

/// The sections that have something to show, or the section of one group: those of the host, then
/// of servers, then of applications.
pub(super) fn sections(catalog: &Catalog, only: Option<&GroupId>) -> Vec<PartSection> {
    let all = SOURCES.iter().flat_map(|source| source.page.iter().map(|page| (source.part, page)));
    all.filter(|(_, section)| {
        section.kinds.iter().any(|kind| match only {
            Some(only) => only.kind() == *kind,
            None => catalog.has(kind),
        })
    })
    .collect()
}

/// Appends the sections; with `only` the charts of this group.
pub(super) fn write_sections(
    html: &mut String,
    sections: &[PartSection],
    only: Option<&GroupId>,
    catalog: &Catalog,
    view: &View<'_>,
) {
    for (_, section) in sections {
        let (id, heading) = (section.id(), section.heading);
        let _ = write!(
            html,
            "<details class=\"section\" id=\"{id}\" open>\n<summary><h2>{heading}</h2></summary>\n\
             <div class=\"grid\">\n"
        );
        for kind in section.kinds {
            let mut groups = catalog.instances(kind);
            groups.retain(|(id, _)| only.is_none_or(|only| only == *id));
            if groups.len() > FEW {
                write_many(html, kind, catalog, view);
            } else {
                write_charts(html, &groups, view.shown);
            }
        }
        html.push_str("</div>\n</details>\n");
    }
}

/// Appends all charts of groups.
fn write_charts(html: &mut String, groups: &[(&GroupId, &Group)], shown: &Shown) {
    for (id, group) in groups {
        let label = group.label.as_deref().unwrap_or(id.instance());
        for chart in charts_of(group) {
            write_figure(html, chart, id, label, shown);
        }
    }
}

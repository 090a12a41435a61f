//! Which charts a group of the catalog has, and which one an address names.

use std::borrow::Cow;

use crate::group::catalog::{Catalog, Group};
use crate::group::{Kind, Unit};
use crate::source::charts::packaged;
use crate::view::View;

/// The charts of a group, in the order of the page: the one that its source describes, or those that are packaged.
pub(super) fn views(group: &Group) -> Vec<&View> {
    if let Some(view) = &group.kind.view {
        return vec![view];
    }
    let ours = |view: &&View| view.kind == group.kind.name && fits(view, &group.kind);
    packaged().iter().filter(ours).collect()
}

/// The chart of this name, of this instance.
pub(super) fn view<'a>(name: &str, instance: &str, catalog: &Catalog) -> Option<Cow<'a, View>> {
    if let Some(view) = packaged().iter().find(|view| view.name == name) {
        return Some(Cow::Borrowed(view));
    }
    let described = catalog.find(name, instance)?.kind.view.as_ref()?;
    (described.name == name).then(|| Cow::Owned(View::clone(described)))
}

/// Whether a view fits what a kind measures: every metric is there, and shares are shown as percent.
fn fits(view: &View, kind: &Kind) -> bool {
    view.layers.iter().all(|layer| {
        kind.position(&layer.metric).and_then(|position| kind.metrics.get(position)).is_some_and(
            |metric| view.unit != "%" || (metric.unit == Unit::Share && view.scale == 100.0),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::kinds;

    #[test]
    fn every_packaged_chart_shows_metrics_that_are_measured() {
        for view in packaged() {
            let kind = kinds().find(|kind| kind.name == view.kind).unwrap();
            assert!(fits(view, kind), "{}", view.name);
        }
    }
}

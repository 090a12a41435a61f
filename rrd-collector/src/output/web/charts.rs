//! The charts of a group, and the lookup of a chart by name.

use std::borrow::Cow;

use rrd_graph::description::{Description, Peak, SeriesDescription};

use crate::group::catalog::{Catalog, Group};
use crate::group::{GroupChart, Kind, Unit};
use crate::source::charts::packaged;

/// The charts of a group, in the order of the page: the one described by its source, or the
/// packaged ones.
pub(super) fn charts_of(group: &Group) -> Vec<&GroupChart> {
    if let Some(chart) = &group.kind.chart {
        return vec![chart];
    }
    let ours = |chart: &&GroupChart| {
        chart.kind == group.kind.name && fits(&chart.description, &group.kind)
    };
    packaged().iter().filter(ours).collect()
}

/// The chart of a group that shows a metric, else its first.
pub(super) fn chart_of<'a>(group: &'a Group, metric: &str) -> Option<&'a GroupChart> {
    let charts = charts_of(group);
    let shows = |chart: &&&GroupChart| {
        chart.description.series.iter().any(|series| series.source.as_deref() == Some(metric))
    };
    charts.iter().find(shows).or(charts.first()).copied()
}

/// The chart with this name for this instance.
pub(super) fn find_chart(
    name: &str,
    instance: &str,
    catalog: &Catalog,
) -> Option<Cow<'static, GroupChart>> {
    if let Some(chart) = packaged().iter().find(|chart| chart.name == name) {
        return Some(Cow::Borrowed(chart));
    }
    let described = catalog.find(name, instance)?.kind.chart.as_ref()?;
    (described.name == name).then(|| Cow::Owned(GroupChart::clone(described)))
}

/// Whether a chart is valid for a kind: every metric exists, and shares are shown as percent.
fn fits(chart: &Description, kind: &Kind) -> bool {
    let fits_metric = |series: &SeriesDescription| {
        let position = series.source.as_deref().and_then(|source| kind.position(source));
        position.and_then(|position| kind.metrics.get(position)).is_some_and(|metric| {
            chart.unit != "%" || (metric.unit == Unit::Share && series.factor == 100.0)
        })
    };
    let has_total = match &chart.peak {
        Peak::Stored(total) => kind.position(&total.source).is_some(),
        _ => true,
    };
    has_total && chart.series.iter().all(fits_metric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::kinds;

    #[test]
    fn every_packaged_chart_shows_metrics_that_are_measured() {
        for chart in packaged() {
            let kind = kinds().find(|kind| kind.name == chart.kind).unwrap();
            assert!(fits(&chart.description, kind), "{}", chart.name);
        }
    }
}

//! The chart of a document: all its values.

use rrd_graph::PaletteColor;
use rrd_graph::description::SeriesDescription;

use super::value::{JsonValue, KIND};
use crate::group::{GroupChart, Unit, page_style};

/// The chart of these values. It has a unit if they all have the same one.
pub(super) fn chart(values: &[JsonValue]) -> GroupChart {
    let mut chart = page_style("JSON document");
    let unit = values.first().map_or(Unit::Any, |value| value.unit);
    let is_same = values.iter().all(|value| value.unit == unit);
    let factor = if is_same { unit.factor() } else { 1.0 };
    if is_same {
        let symbol = match unit {
            Unit::Share => "%",
            Unit::Bytes => "B",
            Unit::BytesPerSecond => "B/s",
            Unit::PerSecond => "/s",
            unit => unit.symbol(),
        };
        symbol.clone_into(&mut chart.unit);
        chart.binary = unit == Unit::Bytes;
    }
    if values.iter().all(|value| value.unit.minimum() == Some(0.0) || value.is_counter) {
        chart.lower = Some(0.0);
    }
    let series = values.iter().enumerate().map(|(index, value)| {
        let mut series = SeriesDescription::of(value.name.clone());
        series.label = Some(value.name.clone());
        series.color = Some(PaletteColor::nth(index).into());
        series.factor = factor;
        series.envelope = true;
        series
    });
    chart.series = series.collect();
    GroupChart { name: KIND.to_owned(), kind: KIND.to_owned(), description: chart }
}

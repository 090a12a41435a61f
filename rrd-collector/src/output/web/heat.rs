//! The heat map of a metric: a row for each instance of its kind.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, Step, Timestamp};
use rrd_graph::{Chart, Color, Curve, HeatMap, PaletteColor, Role, Samples};

use super::span::Shown;
use crate::group::Unit;
use crate::group::catalog::Catalog;
use crate::store::archives::{ArchiveError, Archives};

/// Limit on the rows: the height of a picture is limited, and each row is read from its own file.
const MAX_ROWS: usize = 512;
/// Columns that are told apart in a picture.
const COLUMNS: u64 = 400;
/// Stolen time has the colour that it has in the charts.
const STEAL: Color = PaletteColor::RED.on_dark();
const CLEAR: Color = Color::rgba(0, 0, 0, 0);

/// A heat map, and what is said of it at each time.
pub(super) struct Heat {
    /// The picture.
    pub(super) map: HeatMap,
    /// The highest value of all rows, their median, and the lowest one.
    pub(super) summary: Chart,
}

/// The heat map of a metric over a range; `None` if no group of this kind has it.
pub(super) fn heat_map(
    archives: &Archives,
    catalog: &Catalog,
    (kind, metric): (&str, &str),
    shown: &Shown,
    width: u32,
) -> Result<Option<Heat>, ArchiveError> {
    let range = shown.range;
    let groups = catalog.instances(kind);
    let unit = groups
        .first()
        .and_then(|(_, group)| Some(group.kind.metrics.get(group.kind.position(metric)?)?.unit));
    let Some(unit) = unit else { return Ok(None) };
    let (factor, symbol) = if unit == Unit::Share { (100.0, "%") } else { (1.0, unit.symbol()) };
    let length = Duration::from_secs((range.duration().as_secs() / COLUMNS).max(1));
    let request = FetchRequest::new(ConsolidationFunction::Average, range).resolution(length);
    let mut all: Vec<(Timestamp, Step, Vec<f64>)> = Vec::new();
    let mut map = HeatMap::new(range)
        .title(format!("{metric} of each {kind}"))
        .unit(symbol)
        .width(width)
        .zone(shown.zone())
        .theme(shown.theme.unwrap_or_default())
        .color(Role::Back, CLEAR)
        .color(Role::Canvas, CLEAR);
    for (id, group) in groups.into_iter().take(MAX_ROWS) {
        let samples = match archives.fetch(id, &request) {
            Ok(rows) => {
                let column = rows.column(metric).into_iter().flatten();
                let values: Vec<f64> = column.map(|(_, value)| value * factor).collect();
                all.push((rows.start(), rows.step(), values.clone()));
                Samples::new(rows.start(), rows.step(), values)
            }
            // It was not stored yet.
            Err(ArchiveError::Missing { .. }) => Samples::constant(f64::NAN),
            Err(error) => return Err(error),
        };
        map = map.row(group.label.as_deref().unwrap_or(id.instance()), samples);
    }
    let map = if metric == "steal" { map.hue(STEAL) } else { map };
    let highest = all.iter().flat_map(|row| &row.2).copied().fold(0.0, f64::max);
    let map = map.limits(0.0, full(metric, unit, highest));
    let summary = summary(&all)
        .into_iter()
        .fold(Chart::new(range).size(width, width / 2).unit(symbol), |chart, (name, samples)| {
            chart.draw(Curve::line(samples).legend(name))
        });
    Ok(Some(Heat { map, summary }))
}

/// The highest value of the rows at each time, their median, and the lowest one. Rows of another
/// archive than the first, such as those of a new file, are left out.
fn summary(all: &[(Timestamp, Step, Vec<f64>)]) -> Vec<(&'static str, Samples)> {
    let Some((start, step, first)) = all.first() else { return Vec::new() };
    let alike = || all.iter().filter(|row| row.0 == *start && row.1 == *step);
    let at = |index: usize| {
        let values = alike().filter_map(|row| row.2.get(index).copied());
        let mut known: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
        known.sort_by(f64::total_cmp);
        known
    };
    let times: Vec<Vec<f64>> = (0..first.len()).map(at).collect();
    let samples = |pick: fn(&[f64]) -> Option<&f64>| {
        let values = times.iter().map(|known| pick(known).copied().unwrap_or(f64::NAN));
        Samples::new(*start, *step, values.collect::<Vec<f64>>())
    };
    vec![
        ("highest", samples(<[f64]>::last)),
        ("median", samples(|known| known.get(known.len() / 2))),
        ("lowest", samples(<[f64]>::first)),
    ]
}

/// The value of the strongest colour.
fn full(metric: &str, unit: Unit, highest: f64) -> f64 {
    match (unit, metric) {
        (Unit::Share, "busy" | "util" | "used_share") => 100.0,
        // A little should be visible, but noise should not fill the picture.
        (Unit::Share, _) => rounded_up(highest).clamp(10.0, 100.0),
        _ if highest > 0.0 => rounded_up(highest),
        _ => 1.0,
    }
}

/// The next of 1, 2, 5, 10, 20, ... that is not less.
fn rounded_up(value: f64) -> f64 {
    let mut bound = 1e-9;
    while bound < value && bound < 1e18 {
        for step in [1.0, 2.0, 5.0] {
            if bound * step >= value {
                return bound * step;
            }
        }
        bound *= 10.0;
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_summed_up_by_its_highest_median_and_lowest_known_value() {
        let row = |start: i64, values: &[f64]| {
            let step = Step::from_seconds(10).unwrap();
            (Timestamp::from_seconds(start), step, values.to_vec())
        };
        let nan = f64::NAN;
        let rows =
            [row(0, &[1.0, nan]), row(0, &[3.0, nan]), row(0, &[2.0, nan]), row(10, &[99.0])];
        let said: Vec<_> = summary(&rows)
            .into_iter()
            .map(|(name, samples)| {
                let at = |second| samples.at(Timestamp::from_seconds(second)).to_string();
                (name, at(0), at(10))
            })
            .collect();
        let expected = [("highest", "3"), ("median", "2"), ("lowest", "1")];
        let expected = expected.map(|(name, first)| (name, first.to_owned(), "NaN".to_owned()));
        assert_eq!(said, expected);
        assert!(summary(&[]).is_empty());
    }

    #[test]
    fn the_scale_of_a_heat_map_ends_at_a_round_value() {
        let shares = [("busy", 3.0), ("steal", 3.0), ("steal", 34.0), ("iowait", 130.0)];
        let ends = shares.map(|(metric, highest)| full(metric, Unit::Share, highest));
        assert_eq!(ends, [100.0, 10.0, 50.0, 100.0]);
        assert_eq!(full("queue", Unit::Count, 0.0), 1.0);
        assert!((full("queue", Unit::Count, 17.0) - 20.0).abs() < 1e-9);
    }
}

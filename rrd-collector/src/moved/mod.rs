//! What else moved: which groups differ most between a span of time and the same length of time
//! before it. The page asks this for a marked incident.
//!
//! Both spans are read from the finest archive that covers them with at most [`MAX_ROWS`] rows
//! each, and compared by [`Departure`].

mod departure;

use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange};

use crate::group::catalog::Catalog;
use crate::group::{GroupId, Kind, Target, Unit};
use crate::store::archives::{ArchiveError, Archives};

pub use departure::{Departure, Part};

/// Limit on the rows of one span; a longer span is read from a coarser archive.
pub const MAX_ROWS: u64 = 1000;
/// The smallest departure that counts as a movement, in usual variations.
pub const THRESHOLD: f64 = 3.0;

/// The value of a group that moved most.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The value.
    pub target: Target,
    /// Its unit.
    pub unit: Unit,
    /// How far it moved.
    pub departure: Departure,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Movements {
    /// The groups that moved by at least [`THRESHOLD`], each with its value that moved most; the
    /// largest movement first.
    pub moved: Vec<Moved>,
    /// Number of groups whose rows were compared.
    pub compared: usize,
}

/// The groups of a catalog with their kinds.
pub fn groups_of(catalog: &Catalog) -> Vec<(GroupId, Kind)> {
    catalog.groups().map(|(id, group)| (id.clone(), group.kind.clone())).collect()
}

/// Compares a range with the same length of time before it. A group without rows for both is left
/// out.
pub fn movements(archives: &Archives, groups: &[(GroupId, Kind)], range: TimeRange) -> Movements {
    let mut found = Movements::default();
    for (group, kind) in groups {
        let Ok(values) = compare(archives, group, kind, range) else { continue };
        if values.is_empty() {
            continue;
        }
        found.compared += 1;
        let farthest = values.into_iter().max_by(|a, b| a.departure.order(&b.departure));
        found.moved.extend(farthest.filter(|most| most.departure.size.abs() >= THRESHOLD));
    }
    found.moved.sort_by(|a, b| b.departure.order(&a.departure));
    found
}

/// The departure of each value of a group that has enough rows.
fn compare(
    archives: &Archives,
    group: &GroupId,
    kind: &Kind,
    range: TimeRange,
) -> Result<Vec<Moved>, ArchiveError> {
    let length = range.duration().as_secs();
    let begin = range.start.seconds().saturating_sub_unsigned(length);
    let both = TimeRange::from_seconds(begin, range.end.seconds());
    let resolution = Duration::from_secs(length.div_ceil(MAX_ROWS).max(1));
    let request = FetchRequest::new(ConsolidationFunction::Average, both).resolution(resolution);
    let series = archives.fetch(group, &request)?;
    let mut found = Vec::new();
    for (column, name) in series.names().iter().enumerate() {
        let Some(metric) = kind.position(name).and_then(|place| kind.metrics.get(place)) else {
            continue;
        };
        let (mut before, mut during) = (Vec::new(), Vec::new());
        for (end, row) in series.rows() {
            let value = row.get(column).copied().unwrap_or(f64::NAN);
            // The time of a row is its end. One that lies in both spans counts for neither.
            let start = end.seconds().saturating_sub_unsigned(series.step().seconds());
            if !value.is_finite() || start < begin || end > range.end {
                continue;
            }
            if end <= range.start {
                before.push(value);
            } else if start >= range.start.seconds() {
                during.push(value);
            }
        }
        let departure = Departure::between(&mut before, &mut during, negligible(metric.unit));
        found.extend(departure.map(|departure| Moved {
            target: Target { group: group.clone(), metric: name.clone() },
            unit: metric.unit,
            departure,
        }));
    }
    Ok(found)
}

/// A difference that nobody cares about, in stored units, however quiet the value was before.
const fn negligible(unit: Unit) -> f64 {
    match unit {
        Unit::Share => 0.005,
        Unit::Cores => 0.01,
        Unit::Bytes => 1_048_576.0,
        Unit::BytesPerSecond => 10_240.0,
        Unit::PerSecond | Unit::Count => 0.5,
        Unit::Seconds | Unit::SignedSeconds => 0.001,
        Unit::Celsius => 2.0,
        Unit::Hertz => 10e6,
        Unit::Volts => 0.05,
        Unit::Watts => 1.0,
        Unit::RevolutionsPerMinute => 100.0,
        Unit::Any => 0.0,
    }
}

#[cfg(test)]
mod tests;

//! The rows of databases that the numbers of a curve are computed from: those of one archive, which
//! depends on nothing but the range of time.

#[cfg(test)]
mod tests;

use rrd_core::{ConsolidationFunction, TimeRange};

use crate::chart::{Extreme, Numbers, Samples};
use crate::data::{DataError, Gathering, Window};
use crate::rows::Rows;
use crate::statement::Definition;

/// Rows of extremes are used if they are no longer than those of the averages, or than this share
/// of the range: the first of them may hold a value from before the range.
const SHORT: u64 = 50;

/// Rows, and those of their extremes where a database keeps them.
pub(crate) struct NumberSource {
    pub(crate) rows: Rows,
    pub(crate) least: Option<Rows>,
    pub(crate) most: Option<Rows>,
    /// Whether each row is a single value rather than several that were consolidated.
    pub(crate) single: bool,
}

impl NumberSource {
    /// The rows of a definition over a range. `gathering` must not merge them.
    pub(crate) fn gather(
        definition: &Definition,
        range: TimeRange,
        gathering: &mut Gathering<'_>,
    ) -> Result<Self, DataError> {
        let window = Window { range, step: None };
        let wanted = gathering.of_numbers(definition, range)?;
        let rows = gathering.series(&wanted, window)?;
        let facts = gathering.facts(&definition.file)?;
        let single = rows.step <= facts.step;
        let own = facts.number_rows(definition.function, range);
        let (mut least, mut most) = (None, None);
        match definition.function {
            _ if single => {}
            ConsolidationFunction::Min => least = Some(rows.clone()),
            ConsolidationFunction::Max => most = Some(rows.clone()),
            ConsolidationFunction::Average | ConsolidationFunction::Last => {
                let mut kept = |function| {
                    let Some(found) = facts.number_rows(function, range) else { return Ok(None) };
                    let length = found.step.seconds();
                    let is_short =
                        length <= rows.step.seconds().max(range.duration().as_secs() / SHORT);
                    let reaches = found.covers || own.is_none_or(|own| found.first <= own.first);
                    if !(is_short && reaches) {
                        return Ok(None);
                    }
                    let definition = Definition { function, ..definition.clone() };
                    let wanted = gathering.of_numbers(&definition, range)?;
                    gathering.series(&wanted, window).map(Some)
                };
                least = kept(ConsolidationFunction::Min)?;
                most = kept(ConsolidationFunction::Max)?;
            }
            _ => {}
        }
        Ok(Self { rows, least, most, single })
    }

    /// Whether no value is known that is not zero.
    pub(crate) fn is_zero(&self) -> bool {
        [Some(&self.rows), self.least.as_ref(), self.most.as_ref()]
            .into_iter()
            .flatten()
            .all(Rows::is_zero)
    }

    /// The numbers of a curve that shows each value multiplied by `factor` and shifted.
    pub(crate) fn numbers(&self, range: TimeRange, factor: f64, shift: f64) -> Numbers {
        let shown = |rows: &Rows| Samples::of(rows, range, |value| value * factor + shift);
        let extreme = |rows: &Option<Rows>| match rows {
            _ if self.single => Extreme::Single,
            Some(rows) => Extreme::Kept(shown(rows)),
            None => Extreme::Averages,
        };
        let (least, most) = (extreme(&self.least), extreme(&self.most));
        let (least, most) = if factor < 0.0 { (most, least) } else { (least, most) };
        Numbers { rows: shown(&self.rows), least, most, resolution: Some(self.rows.step) }
    }
}

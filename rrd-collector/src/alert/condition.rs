//! Whether the conditions of a rule are met: what else must be the case for it to be reached.

use super::measure::{Window, measure};
use super::rule::{Aggregate, Direction, Rule};
use super::unit::scale;
use crate::group::{Target, TargetPattern};
use crate::store::archives::Archives;

/// Whether all conditions of a rule are met at `now`. `targets` gives the values of a pattern.
pub fn conditions_are_met(
    rule: &Rule,
    archives: &Archives,
    now: i64,
    targets: impl Fn(&TargetPattern) -> Vec<Target>,
) -> bool {
    rule.conditions.iter().all(|condition| {
        let (scale, _) = scale(condition.target.kind(), condition.target.metric());
        let threshold = condition.threshold * scale;
        let (mut known, mut beyond) = (false, false);
        for target in targets(&condition.target) {
            let (aggregate, over) = (Aggregate::Average, rule.over);
            // A value that cannot be read is unknown; rules over it report that.
            let value = measure(archives, &Window { target: &target, aggregate, over }, now);
            let value = value.unwrap_or(f64::NAN);
            known |= !value.is_nan();
            beyond |= match condition.direction {
                Direction::Above => value > threshold,
                Direction::Below => value < threshold,
            };
        }
        beyond || !known
    })
}

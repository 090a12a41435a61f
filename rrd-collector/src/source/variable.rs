//! Values of a server that are computed from numbers which it gives by name, as a table: a line for
//! each metric says which number it is, whether it is counted, its unit and meaning.

use std::collections::HashMap;
use std::time::Duration;

use crate::group::{Metric, Unit};
use crate::source::counter::{Limits, MEMORY, at_most, per};

/// One value.
pub(super) struct Variable {
    name: &'static str,
    /// The server's name of the number.
    pub(super) from: &'static str,
    how: Conversion,
    unit: Unit,
    help: &'static str,
}

/// How a number becomes a value.
#[derive(Clone, Copy)]
pub(super) enum Conversion {
    /// The number times this.
    Value(f64),
    /// Its growth per second times this.
    Rate(f64),
    /// Its growth since the previous answer.
    Event,
}

pub(super) const fn variable(
    name: &'static str,
    from: &'static str,
    how: Conversion,
    unit: Unit,
    help: &'static str,
) -> Variable {
    Variable { name, from, how, unit, help }
}

/// A number as it is.
pub(super) const fn value(
    name: &'static str,
    from: &'static str,
    unit: Unit,
    help: &'static str,
) -> Variable {
    variable(name, from, Conversion::Value(1.0), unit, help)
}

/// A number of things.
pub(super) const fn count(name: &'static str, from: &'static str, help: &'static str) -> Variable {
    value(name, from, Unit::Count, help)
}

/// The growth of a counter of events per second.
pub(super) const fn rate(name: &'static str, from: &'static str, help: &'static str) -> Variable {
    variable(name, from, Conversion::Rate(1.0), Unit::PerSecond, help)
}

/// The growth of a counter of bytes per second.
pub(super) const fn byte_rate(
    name: &'static str,
    from: &'static str,
    help: &'static str,
) -> Variable {
    variable(name, from, Conversion::Rate(1.0), Unit::BytesPerSecond, help)
}

/// The metrics of variables.
pub(super) const fn metrics<const N: usize>(variables: &[Variable; N]) -> [Metric; N] {
    let mut metrics = [const { Metric::new("", Unit::Any, "") }; N];
    let mut index = 0;
    while index < N {
        let Variable { name, unit, help, .. } = variables[index];
        // The initial elements are constants without a destructor.
        std::mem::forget(std::mem::replace(&mut metrics[index], Metric::new(name, unit, help)));
        index += 1;
    }
    metrics
}

/// The numbers of an answer by their names.
pub(super) type Numbers = HashMap<String, f64>;

/// A number; NaN if it is missing.
pub(super) fn number(numbers: &Numbers, name: &str) -> f64 {
    numbers.get(name).copied().unwrap_or(f64::NAN)
}

/// The growth of one counter as a share of that of two; NaN if neither grew.
pub(super) fn share_of_growth(
    before: Option<&Numbers>,
    now: &Numbers,
    one: &str,
    other: &str,
) -> f64 {
    let growth = |name| before.map_or(f64::NAN, |before| number(now, name) - number(before, name));
    let (one, other) = (growth(one), growth(other));
    if one >= 0.0 && other >= 0.0 { per(one, one + other) } else { f64::NAN }
}

/// Two answers and the time between them.
pub(super) struct Change<'a> {
    /// The previous answer, unless what it counted has begun again.
    pub(super) before: Option<&'a Numbers>,
    pub(super) now: &'a Numbers,
    pub(super) seconds: f64,
}

impl<'a> Change<'a> {
    /// The change since the previous answer, if there is one.
    pub(super) fn since(
        before: Option<&'a (Duration, Numbers)>,
        now: &'a Numbers,
        clock: Duration,
    ) -> Self {
        let seconds = |(then, _): &(Duration, _)| clock.saturating_sub(*then).as_secs_f64();
        Self {
            before: before.map(|(_, before)| before),
            now,
            seconds: before.map_or(f64::NAN, seconds),
        }
    }

    /// The values of a table.
    pub(super) fn values(&self, variables: &[Variable]) -> Vec<f64> {
        variables.iter().map(|variable| self.value(variable)).collect()
    }

    fn value(&self, variable: &Variable) -> f64 {
        let now = number(self.now, variable.from);
        match variable.how {
            // Numbers of threads and pages may be below zero for a moment.
            Conversion::Value(scale) => at_most(MEMORY, Some(now)) * scale,
            Conversion::Rate(scale) => {
                let before = self.before.map_or(f64::NAN, |before| number(before, variable.from));
                // A server may begin to count again without a restart.
                Limits::EVENTS.rate_between(before, now, self.seconds) * scale
            }
            Conversion::Event if self.seconds > 0.0 => now / self.seconds,
            Conversion::Event => f64::NAN,
        }
    }
}

//! Which rows suit what the samples of a query are for.

use rrd_core::{ConsolidationFunction, Schema, Step};

use super::super::wire::v1::ReadHints;
use super::sampling::Repeats;

/// A window of a function has at least this many rows, where an archive has them: the rows at its
/// ends, which belong to it in part, then weigh little.
const ROWS_OF_WINDOW: u64 = 60;

/// Functions of windows besides those that end in `_over_time`.
const WINDOW_FUNCTIONS: [&str; 10] = [
    "changes",
    "delta",
    "deriv",
    "holt_winters",
    "idelta",
    "increase",
    "irate",
    "predict_linear",
    "rate",
    "resets",
];

/// What is read for a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The function that suits the query best.
    function: ConsolidationFunction,
    /// Whether the query names the function, so that no other one will do.
    is_named: bool,
    /// Rows need not be shorter.
    resolution: Step,
    /// What the samples are for.
    purpose: Purpose,
}

/// What samples are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing: only the labels of the series are asked for.
    Labels,
    /// Points in time, each with the newest sample of the five minutes before. Long rows are
    /// repeated for that.
    Points(Repeats),
    /// Windows in which samples are counted, added or compared.
    Windows,
}

impl Plan {
    /// The plan for a query with these hints that names a function, or none.
    pub(super) fn new(hints: &ReadHints, named: Option<ConsolidationFunction>) -> Self {
        let suiting = match &*hints.func {
            "max" | "max_over_time" => ConsolidationFunction::Max,
            "min" | "min_over_time" => ConsolidationFunction::Min,
            _ => ConsolidationFunction::Average,
        };
        let seconds =
            |milliseconds: i64| u64::try_from(milliseconds / 1000).ok().filter(|s| *s > 0);
        let window = seconds(hints.range_ms);
        let of_windows =
            hints.func.ends_with("_over_time") || WINDOW_FUNCTIONS.contains(&&*hints.func);
        // A function of windows without one is that of a subquery, whose step is not known.
        let step = seconds(hints.step_ms).filter(|_| window.is_some() || !of_windows);
        let row = step.into_iter().chain(window.map(|window| window / ROWS_OF_WINDOW)).min();
        let distance = step.unwrap_or(0).saturating_mul(1000).max(Repeats::LONG);
        // The first point is five minutes or another time after the start, and the others follow at
        // the distance of the step: each sees the sample that is just after the start of its time.
        let anchor = hints.start_ms.saturating_add(1000);
        let purpose = match (&*hints.func, window) {
            // What Prometheus calls the search for series.
            ("series", _) => Purpose::Labels,
            (_, None) => Purpose::Points(Repeats { anchor, distance }),
            (_, Some(_)) => Purpose::Windows,
        };
        Self {
            function: named.unwrap_or(suiting),
            is_named: named.is_some(),
            resolution: row.and_then(Step::from_seconds).unwrap_or(Step::SECOND),
            purpose,
        }
    }

    /// The function of the rows that are read of a file; `None` if it lacks the one that the query
    /// names, or has none at all.
    pub(super) fn function_of(&self, schema: &Schema) -> Option<ConsolidationFunction> {
        let archives = schema.archives();
        if self.is_named {
            let answers = archives.iter().any(|archive| archive.answers(self.function));
            return Some(self.function).filter(|_| answers);
        }
        // Rows of one point answer for every function, but may not reach far back.
        let has = |wanted: &ConsolidationFunction| {
            archives.iter().any(|archive| archive.function() == *wanted)
        };
        [
            self.function,
            ConsolidationFunction::Average,
            ConsolidationFunction::Last,
            ConsolidationFunction::Max,
            ConsolidationFunction::Min,
        ]
        .into_iter()
        .find(has)
    }

    /// The function that the query names.
    pub(super) fn named(&self) -> Option<ConsolidationFunction> {
        Some(self.function).filter(|_| self.is_named)
    }

    /// Rows need not be shorter than this.
    pub(super) fn resolution(&self) -> Step {
        self.resolution
    }

    /// What the samples are for.
    pub(super) fn purpose(&self) -> Purpose {
        self.purpose
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::ConsolidationFunction::{Average, Max, Min};
    use rrd_core::Heartbeat;

    use super::*;

    fn plan(func: &str, step_ms: i64, range_ms: i64) -> Plan {
        let hints = ReadHints {
            func: func.to_owned(),
            step_ms,
            range_ms,
            start_ms: 7000,
            ..Default::default()
        };
        Plan::new(&hints, None)
    }

    #[test]
    fn hints_choose_function_resolution_and_purpose() {
        use Purpose::{Labels, Windows};
        let points = |distance| Purpose::Points(Repeats { anchor: 8000, distance });
        for (func, step, range, expected) in [
            ("", 0, 0, (Average, 1, points(240_000))),
            ("sum", 60_000, 0, (Average, 60, points(240_000))),
            ("max", 3_600_000, 0, (Max, 3600, points(3_600_000))),
            ("min_over_time", 0, 3_600_000, (Min, 60, Windows)),
            ("max_over_time", 15_000, 86_400_000, (Max, 15, Windows)),
            ("avg_over_time", 86_400_000, 3_600_000, (Average, 60, Windows)),
            ("count_over_time", 0, 5000, (Average, 1, Windows)),
            // Of a subquery.
            ("max_over_time", 3_600_000, 0, (Max, 1, points(240_000))),
            ("rate", 3_600_000, 0, (Average, 1, points(240_000))),
            ("series", 0, 0, (Average, 1, Labels)),
            ("", i64::MIN, i64::MAX, (Average, i64::MAX.cast_unsigned() / 60_000, Windows)),
        ] {
            let plan = plan(func, step, range);
            let found = (plan.function, plan.resolution.seconds(), plan.purpose);
            assert_eq!(found, expected, "{func} {step} {range}");
        }
    }

    #[test]
    fn a_file_without_the_function_gives_averages_unless_the_query_names_it() {
        let builder = || Schema::builder(Step::SECOND).gauge("load", Heartbeat::from_seconds(10));
        let averages = builder().average(0.5, 2, 10).build().unwrap();
        let both = builder().average(0.5, 1, 10).max(0.5, 10, 10).build().unwrap();
        let max = builder().max(0.5, 10, 10).build().unwrap();
        let named = Plan::new(&ReadHints::default(), Some(Max));
        let of = |plan: &Plan| [&averages, &both, &max].map(|schema| plan.function_of(schema));
        let hinted = plan("max_over_time", 0, 1000);
        assert_eq!(of(&hinted), [Some(Average), Some(Max), Some(Max)]);
        assert_eq!(of(&plan("", 0, 0)), [Some(Average), Some(Average), Some(Max)]);
        assert_eq!(of(&named), [None, Some(Max), Some(Max)]);
    }
}

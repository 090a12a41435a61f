//! The day or week before a chart's range, as faint dashed lines in it.

use std::time::Duration;

use rrd_core::TimeRange;

use super::draw::dashes;
use super::{Before, Description, DescriptionError, Shape};
use crate::cdef::Clock;
use crate::chart::{Chart, Curve, Samples};
use crate::color::{PaletteColor, SeriesColor};
use crate::data::{Gathering, Window};
use crate::evaluate::evaluate_with;
use crate::rows::Rows;
use crate::statement::Statement;

/// The colour of the total of a stack and of series without a colour; it stands out from light and
/// dark grounds.
const GRAY: SeriesColor = SeriesColor::Palette(PaletteColor::GREY);
/// The opacity of a line in the colour of its series.
const FAINT: u8 = 170;
/// Dash and gap in pixels.
const DASHES: [f64; 2] = [4.0, 3.0];

impl Before {
    fn length(self) -> Duration {
        const DAY: u64 = 86_400;
        Duration::from_secs(match self {
            Self::Day => DAY,
            Self::Week => 7 * DAY,
        })
    }

    fn label(self) -> &'static str {
        match self {
            Self::Day => "a day before",
            Self::Week => "a week before",
        }
    }

    /// A range, this much earlier.
    fn of(self, range: TimeRange) -> TimeRange {
        let length = i64::try_from(self.length().as_secs()).unwrap_or(i64::MAX);
        let [start, end] = [range.start, range.end].map(|at| at.seconds().saturating_sub(length));
        TimeRange::from_seconds(start, end)
    }
}

/// One line: the rows of a series, or the sum of those that are stacked.
struct Earlier {
    rows: Rows,
    color: SeriesColor,
    opacity: u8,
}

impl Description {
    /// Draws what was `before`: one line for each series, and one for the total of each stack.
    pub(super) fn draw_before(
        &self,
        before: Before,
        mut chart: Chart,
        statements: &[Statement],
        window: Window,
        gathering: &mut Gathering<'_>,
        clock: Clock<'_>,
    ) -> Result<Chart, DescriptionError> {
        let earlier = Window { range: before.of(window.range), ..window };
        let evaluated = evaluate_with(statements, earlier, gathering, clock)?;
        let mut lines: Vec<Earlier> = Vec::new();
        for (place, series) in self.series.iter().enumerate() {
            if series.draw == Shape::Hidden || self.hides(series) {
                continue;
            }
            let rows = series.shown(&*evaluated.series(&series.drawn(place))?);
            if let Some(below) = lines.last_mut().filter(|_| series.stack) {
                below.rows = below.rows.plus(&rows);
                (below.color, below.opacity) = (GRAY, 255);
            } else {
                let (color, opacity) = series.color.map_or((GRAY, 255), |color| (color, FAINT));
                lines.push(Earlier { rows, color, opacity });
            }
        }
        for (index, line) in lines.into_iter().enumerate() {
            let rows = Rows { start: line.rows.start + before.length(), ..line.rows };
            let samples = Samples::of(&rows, window.range, |value| value);
            let label = if index == 0 { before.label() } else { "" };
            let curve = Curve::line(samples)
                .faint(line.color, line.opacity)
                .width(1.0)
                .dashes(dashes(&DASHES));
            chart = chart.draw(curve.legend(label).aside());
        }
        Ok(chart)
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, TimeZone, Timestamp};

    use super::*;
    use crate::chart::Element;
    use crate::data::Files;
    use crate::description::SeriesDescription;

    const DAY: i64 = 86_400;
    const START: i64 = 1_600_000_200;

    /// Two sources over a day and an hour, in minutes: `a` is the number of the day, `b` ten times
    /// that.
    fn described(folder: &std::path::Path, stack: bool) -> Description {
        let minute = Step::from_seconds(60).unwrap();
        let schema = Schema::builder(minute)
            .gauge("a", Heartbeat::from_seconds(120))
            .gauge("b", Heartbeat::from_seconds(120))
            .average(0.5, 1, 2000)
            .build()
            .unwrap();
        let file = folder.join("two.rrd");
        let mut rrd = Rrd::create(&file, &schema, Timestamp::from_seconds(START)).unwrap();
        for row in 1..=25 * 60 {
            let day = if row <= 24 * 60 { 1.0 } else { 2.0 };
            let at = Timestamp::from_seconds(START + row * 60);
            rrd.update(&Sample::new(at, [day, 10.0 * day])).unwrap();
        }
        let mut description = Description::new("Two");
        description.file = Some(file);
        for source in ["a", "b"] {
            let mut series = SeriesDescription::of(source);
            series.stack = stack;
            description.series.push(series);
        }
        description
    }

    /// Legend and values of each curve of the hour after the first day.
    fn curves(description: &Description) -> Vec<(String, f64, f64)> {
        let range = TimeRange::from_seconds(START + DAY, START + DAY + 3600);
        let zone = TimeZone::UTC;
        let clock = Clock::new(range.end, &zone);
        let chart = description.chart_of(range, &Files, clock).unwrap();
        let of = |element: &Element| match element {
            Element::Curve(curve) => {
                let at = |second| curve.samples.at(Timestamp::from_seconds(START + DAY + second));
                Some((curve.legend.clone(), at(0), at(3599)))
            }
            _ => None,
        };
        chart.elements.iter().filter_map(of).collect()
    }

    #[test]
    fn each_series_has_a_line_of_what_it_was_a_day_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut description = described(folder.path(), false);
        let line = |name: &str, value| (name.to_owned(), value, value);
        assert_eq!(curves(&description), [line("a", 2.0), line("b", 20.0)]);
        description.before = Some(Before::Day);
        let lines = [line("a", 2.0), line("b", 20.0), line("a day before", 1.0), line("", 10.0)];
        assert_eq!(curves(&description), lines);
    }

    #[test]
    fn a_stack_has_a_line_of_its_total_and_a_time_without_samples_an_unknown_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut description = described(folder.path(), true);
        description.before = Some(Before::Day);
        assert_eq!(curves(&description)[2..], [("a day before".to_owned(), 11.0, 11.0)]);
        description.before = Some(Before::Week);
        let unknown = &curves(&description)[2];
        assert_eq!(unknown.0, "a week before");
        assert!(unknown.1.is_nan() && unknown.2.is_nan());
    }

    #[test]
    fn a_sum_counts_what_is_unknown_in_one_series_as_zero() {
        let rows = |values: [f64; 3]| {
            Rows::collect(Timestamp::from_seconds(60), Step::from_seconds(60).unwrap(), values)
        };
        let total = rows([1.0, 2.0, f64::NAN]).plus(&rows([3.0, f64::NAN, f64::NAN]));
        assert_eq!([total.get(0), total.get(1)], [4.0, 2.0]);
        assert!(total.get(2).is_nan());
    }
}

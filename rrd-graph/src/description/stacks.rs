//! The highest values of stacks, as dashed lines over them: rows of averages hide them.

use std::path::Path;
use std::sync::Arc;

use rrd_core::ConsolidationFunction;

use super::peak::{Peak, PeakSource};
use super::{Description, SeriesDescription};
use crate::chart::Curve;
use crate::data::{DataError, Gathering, Window};
use crate::numbers::NumberSource;
use crate::rows::Rows;
use crate::statement::Definition;
use crate::total::{Total, sum};

/// A series of a stack, with its rows.
pub(super) struct Part<'d> {
    pub(super) series: &'d SeriesDescription,
    pub(super) rows: Arc<Rows>,
    pub(super) numbers: NumberSource,
}

/// The series that are drawn, those on top of each other together.
#[derive(Default)]
pub(super) struct Stacks<'d> {
    stacks: Vec<Vec<Part<'d>>>,
    /// Whether one of the first stack is not shown, so that it is less than its total.
    lacks: bool,
}

impl<'d> Stacks<'d> {
    pub(super) fn add(&mut self, part: Part<'d>) {
        match self.stacks.last_mut() {
            Some(stack) if part.series.stack => stack.push(part),
            _ => self.stacks.push(vec![part]),
        }
    }

    pub(super) fn leave_out(&mut self, series: &SeriesDescription) {
        self.lacks |= series.stack;
    }

    /// A line for each stack that hides how high it was.
    pub(super) fn peaks(
        &self,
        description: &Description,
        window: Window,
        gathering: &mut Gathering<'_>,
    ) -> Result<Vec<Curve>, DataError> {
        let mut lines = Vec::new();
        let whole = match &description.peak {
            Peak::None => return Ok(lines),
            Peak::Stored(source) if !self.lacks => Some(source),
            Peak::Stored(_) | Peak::Sum => None,
        };
        let file = description.file.as_deref();
        let is_upward = |part: &Part<'_>| part.series.factor > 0.0;
        let stacks = self.stacks.iter().filter(|stack| stack.len() > 1);
        for (place, stack) in stacks.filter(|stack| stack.iter().all(is_upward)).enumerate() {
            let rows = stack.iter().map(|part| part.series.shown(&part.rows));
            let total = Total::new(rows, window);
            let whole = whole.filter(|_| place == 0).zip(file);
            lines.extend(match whole {
                Some((source, file)) => stored(&total, source, file, gathering)?,
                None => line(&total, stack, file, gathering)?,
            });
        }
        Ok(lines)
    }
}

/// The extremes of a stored total.
fn stored(
    total: &Total,
    PeakSource { source, factor, shift, label }: &PeakSource,
    file: &Path,
    gathering: &mut Gathering<'_>,
) -> Result<Option<Curve>, DataError> {
    let range = total.window.range;
    let function =
        if *factor < 0.0 { ConsolidationFunction::Min } else { ConsolidationFunction::Max };
    let definition = Definition::of(source, file, source, function);
    let numbers = NumberSource::gather(&definition, range, gathering)?;
    let numbers = numbers.numbers(range, *factor, *shift);
    Ok(match kept(total, &definition, gathering)? {
        Some(rows) => total.line(&rows.map(|value| value * factor + shift), label, numbers),
        None => total.line_of_rows(numbers),
    })
}

/// The sum of the highest values, or the highest of the sums where each row is one value.
fn line(
    total: &Total,
    stack: &[Part<'_>],
    file: Option<&Path>,
    gathering: &mut Gathering<'_>,
) -> Result<Option<Curve>, DataError> {
    let numbers = |rows: fn(&NumberSource) -> &Rows| {
        let rows = sum(stack.iter().map(|part| part.series.shown(rows(&part.numbers))));
        let source = NumberSource { rows, least: None, most: None, single: true };
        source.numbers(total.window.range, 1.0, 0.0)
    };
    let mut most = Vec::new();
    for part in stack {
        let max = part.series.definition(file, ConsolidationFunction::Max);
        let rows = match max.filter(|_| part.series.formula.is_none()) {
            Some(max) => kept(total, &max, gathering)?,
            None => None,
        };
        let Some(rows) = rows else {
            // Without extremes, what is known of a pixel are its rows.
            return Ok(total.line_of_rows(numbers(|numbers| &numbers.rows)));
        };
        most.push(part.series.shown(&rows));
    }
    let numbers = numbers(|numbers| numbers.most.as_ref().unwrap_or(&numbers.rows));
    Ok(total.line(&sum(most.into_iter()), "at most", numbers))
}

/// Rows of extremes that are as long as those of the averages, each of several values.
fn kept(
    total: &Total,
    definition: &Definition,
    gathering: &mut Gathering<'_>,
) -> Result<Option<Rows>, DataError> {
    let facts = gathering.facts(&definition.file)?;
    if total.rows.step <= facts.step || !facts.answers(definition.function) {
        return Ok(None);
    }
    let rows = gathering.series(definition, total.window)?;
    Ok(Some(rows).filter(|rows| rows.step == total.rows.step))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, TimeRange, TimeZone, Timestamp};

    use super::*;
    use crate::automatic;
    use crate::cdef::Clock;
    use crate::chart::{Chart, Element, Sharing, Summary};
    use crate::data::Files;
    use crate::description::Shape;
    use crate::font::Fonts;

    const START: i64 = 1_600_000_200 - 1_600_000_200 % 3600;
    const HOUR: i64 = 3600;

    /// Four hours of minutes, and their averages and extremes over an hour. In the second hour user
    /// was 0.7 in one minute and system 0.5 in another; else they were 0.1.
    fn database(folder: &Path) -> PathBuf {
        let step = Step::from_seconds(60).unwrap();
        let schema = ["user", "system", "idle"]
            .into_iter()
            .fold(Schema::builder(step), |schema, name| {
                schema.gauge(name, Heartbeat::from_seconds(120))
            })
            .average(0.5, 1, 120)
            .average(0.5, 60, 100)
            .min(0.5, 60, 100)
            .max(0.5, 60, 100)
            .build()
            .unwrap();
        let path = folder.join("cpu.rrd");
        let mut rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(START)).unwrap();
        for minute in 1..=4 * 60_u16 {
            let user = if minute == 80 { 0.7 } else { 0.1 };
            let system = if minute == 90 { 0.5 } else { 0.1 };
            let at = Timestamp::from_seconds(START + i64::from(minute) * 60);
            rrd.update(&Sample::new(at, [user, system, 1.0 - user - system])).unwrap();
        }
        path
    }

    fn described(file: &Path, peak: Peak) -> Description {
        let mut described = Description::new("CPU");
        (described.file, described.peak) = (Some(file.to_owned()), peak);
        for source in ["user", "system"] {
            let mut series = SeriesDescription::of(source);
            (series.factor, series.stack, series.draw) = (100.0, true, Shape::Area);
            described.series.push(series);
        }
        described
    }

    fn chart(described: &Description, range: TimeRange) -> Chart {
        let zone = TimeZone::UTC;
        described.chart_of(range, &Files, Clock::new(range.end, &zone)).unwrap()
    }

    /// The legend of a chart's line of peaks, its value at a time, and its highest number.
    fn line(chart: &Chart, at: i64) -> Option<(String, f64, f64)> {
        let round = |value: f64| (value * 1e6).round() / 1e6;
        let mut lines = chart.elements.iter().filter_map(|element| match element {
            Element::Curve(curve) if curve.sharing == Sharing::Highest => Some(curve),
            _ => None,
        });
        lines.next_back().map(|curve| {
            let value = curve.samples.at(Timestamp::from_seconds(at));
            let highest = chart.value(curve, Summary::Maximum);
            (curve.legend.clone(), round(value), round(highest))
        })
    }

    const ALL: TimeRange = TimeRange::from_seconds(START, START + 4 * HOUR);

    fn idle() -> Peak {
        let (factor, shift) = (-100.0, 100.0);
        Peak::Stored(PeakSource {
            source: "idle".to_owned(),
            factor,
            shift,
            label: "peak".to_owned(),
        })
    }

    #[test]
    fn a_stack_of_averages_shows_the_extremes_of_its_stored_total() {
        let folder = tempfile::tempdir().unwrap();
        let file = database(folder.path());
        let stored = chart(&described(&file, idle()), ALL);
        assert_eq!(line(&stored, START + HOUR), Some(("peak".to_owned(), 80.0, 80.0)));
        assert_eq!(stored.layout(&Fonts::new()).value_range(), (0.0, 80.0));
        let sum = chart(&described(&file, Peak::Sum), ALL);
        assert_eq!(line(&sum, START + HOUR), Some(("at most".to_owned(), 120.0, 120.0)));
        assert_eq!(line(&chart(&described(&file, Peak::None), ALL), START), None);
        // One that is not shown whole has not the total's extremes.
        let mut part = described(&file, idle());
        part.series.push(SeriesDescription { stack: true, ..SeriesDescription::of("idle") });
        part.hide = vec!["idle".to_owned()];
        assert_eq!(
            line(&chart(&part, ALL), START + HOUR),
            Some(("at most".to_owned(), 120.0, 120.0))
        );
        // Parts that always add up to the same have no peak.
        assert_eq!(line(&automatic::chart(&[&file], ALL, 800, &Files).unwrap(), START), None);
    }

    #[test]
    fn a_stack_has_no_line_where_its_extremes_are_its_averages() {
        let folder = tempfile::tempdir().unwrap();
        let file = database(folder.path());
        let calm = TimeRange::from_seconds(START + 3 * HOUR, START + 4 * HOUR);
        for peak in [idle(), Peak::Sum] {
            assert_eq!(line(&chart(&described(&file, peak), calm), START), None);
        }
        // Several minutes to a pixel are drawn as their mean.
        let minutes = TimeRange::from_seconds(ALL.end.seconds() - 2 * HOUR, ALL.end.seconds());
        let mut narrow = described(&file, Peak::Sum);
        narrow.width = Some(20);
        let drawn = line(&chart(&narrow, minutes), minutes.start.seconds());
        assert_eq!(drawn, Some(("peak".to_owned(), 20.0, 20.0)));
    }

    #[test]
    fn a_peak_is_a_source_or_said_to_be_none() {
        let read = |text: &str| Description::from_toml(text).map(|read| read.peak);
        assert_eq!(read("").unwrap(), Peak::Sum);
        assert_eq!(read("peak = false").unwrap(), Peak::None);
        let described = "peak = { source = \"idle\", factor = -100.0, shift = 100.0 }";
        assert_eq!(read(described).unwrap(), idle());
        let whole = Description::from_toml(described).unwrap();
        assert_eq!(Description::from_toml(&whole.to_toml()).unwrap(), whole);
        let error = read("peak = \"idle\"").unwrap_err().to_string();
        assert!(error.contains("expected true, false or { source = \"NAME\", ... }"), "{error}");
    }
}

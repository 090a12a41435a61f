//! From a description to a chart with its data.

use std::path::Path;

use rrd_core::{ConsolidationFunction, TimeRange, at_style};

use super::stacks::{Part, Stacks};
use super::{
    BandDescription, Description, DescriptionError, MarksDescription, RuleDescription,
    SeriesDescription, Shape,
};
use crate::axis::{RightAxis, ValueScale};
use crate::cdef::Clock;
use crate::chart::{Band, Chart, Curve, Element, Join, Legend, Marks, Rule, Samples, Sharing};
use crate::data::{DataError, Databases, Gathering, Missing, Window};
use crate::evaluate::{EvaluateError, Evaluated, evaluate_with};
use crate::numbers::NumberSource;
use crate::quantity::Base;
use crate::rows::Rows;
use crate::statement::{Calculation, Dashes, Definition, Gradient, Statement};
use crate::theme::{Role, Theme};
use crate::window;

/// The width of a picture in pixels where nothing says otherwise.
const WIDTH: u32 = 800;

impl Description {
    /// The chart with its data.
    ///
    /// # Errors
    ///
    /// [`DescriptionError`] if its times make no window, something in it cannot be drawn, or data
    /// are missing.
    pub fn chart(
        &self,
        databases: &dyn Databases,
        clock: Clock<'_>,
    ) -> Result<Chart, DescriptionError> {
        let start = match &self.start {
            Some(time) => time.spec().clone(),
            None => window::parse_start("end-1d")?,
        };
        let end = match &self.end {
            Some(time) => time.spec().clone(),
            None => window::parse_end("now")?,
        };
        let range = window::resolve(&start, &end, clock.now, clock.zone)?;
        self.chart_of(range, databases, clock)
    }

    /// The chart of a range of time, whatever its own times are.
    ///
    /// # Errors
    ///
    /// [`DescriptionError`] if something in it cannot be drawn, or data are missing.
    pub fn chart_of(
        &self,
        range: TimeRange,
        databases: &dyn Databases,
        clock: Clock<'_>,
    ) -> Result<Chart, DescriptionError> {
        if self.series.is_empty() {
            return Err(DescriptionError::NoSeries);
        }
        if let Some(name) = self.hide.iter().find(|name| !self.has_series(name)) {
            let known: Vec<_> = self.series.iter().map(SeriesDescription::known_name).collect();
            return Err(DescriptionError::Hide { name: name.clone(), known: known.join(", ") });
        }
        let width = self.width.unwrap_or(WIDTH);
        let file = self.file.as_deref();
        let mut statements = Vec::new();
        for (place, series) in self.series.iter().enumerate() {
            series.define(place, file, &mut statements)?;
        }
        let window = Window::new(range, width, None);
        // The layout thins rows that share a pixel, and keeps their peaks.
        let mut gathering = Gathering::new(databases, Missing::Refused).unmerged();
        let evaluated = evaluate_with(&statements, window, &mut gathering, clock)?;
        let numbers = self.numbers(statements.clone(), window, &mut gathering, clock)?;
        let zone = self.zone.as_ref().unwrap_or(clock.zone);
        let mut chart = self.frame(range)?.zone(zone.clone()).first_weekday(clock.first_weekday);
        let mut is_first = true;
        let mut stacks = Stacks::default();
        for ((place, series), numbers) in self.series.iter().enumerate().zip(numbers) {
            let rows = evaluated.series(&series.drawn(place))?;
            let is_zero = || rows.is_zero() && numbers.is_zero();
            if series.draw == Shape::Hidden || (series.hide_zero && is_zero()) {
                continue;
            }
            let mut curve = series.curve(&rows, range);
            curve = curve.numbers(numbers.numbers(range, series.factor, series.shift));
            if self.hides(series) {
                stacks.leave_out(series);
                chart = chart.draw(Element::Hidden(curve));
                continue;
            }
            if series.envelope {
                let kept = series.extremes(file, &rows, window, &mut gathering)?;
                let (least, most) = match &kept {
                    Some((least, most)) => {
                        (series.samples(least, range), series.samples(most, range))
                    }
                    // The rows that share a pixel have extremes, too.
                    None => (curve.samples.clone(), curve.samples.clone()),
                };
                chart = chart.draw(series.tinted(Band::envelope(least, most)));
                curve = curve.sharing(Sharing::Mean);
            }
            chart = series.draw(chart, curve, &evaluated, is_first)?;
            is_first = false;
            stacks.add(Part { series, rows, numbers });
        }
        for peak in stacks.peaks(self, window, &mut gathering).map_err(EvaluateError::from)? {
            chart = chart.draw(peak);
        }
        chart.scale.logarithmic = self.logarithmic.applies_to(&chart);
        if self.hatch_unknown {
            let sources: Vec<(&Path, &str)> =
                self.series.iter().filter_map(|series| series.stored(file)).collect();
            chart = gathering.with_beginning(chart, &sources).map_err(EvaluateError::from)?;
            chart = chart.gap(TimeRange::new(clock.now, range.end.max(clock.now)), "still to come");
        }
        if let Some(before) = self.before {
            chart = self.draw_before(before, chart, &statements, window, &mut gathering, clock)?;
        }
        for marks in &self.marks {
            chart = marks.draw(chart, &evaluated)?;
        }
        for (place, rule) in self.rules.iter().enumerate() {
            chart = rule.draw(chart, place + 1, range, clock)?;
        }
        let height = self.height.unwrap_or_else(|| height_of(width));
        Ok(chart.size(width, height))
    }

    /// Whether only the legend shows a series.
    pub(super) fn hides(&self, series: &SeriesDescription) -> bool {
        self.hide.iter().any(|name| name == series.known_name())
    }

    fn has_series(&self, name: &str) -> bool {
        self.series.iter().any(|series| series.known_name() == name)
    }

    /// The rows from which the numbers of each series are computed.
    fn numbers(
        &self,
        mut statements: Vec<Statement>,
        window: Window,
        gathering: &mut Gathering<'_>,
        clock: Clock<'_>,
    ) -> Result<Vec<NumberSource>, EvaluateError> {
        // A formula is evaluated over the rows that the numbers of its sources are from.
        let mut single = true;
        for statement in &mut statements {
            if let Statement::Definition(definition) = statement {
                *definition = gathering.of_numbers(definition, window.range)?;
                single &= definition.step <= Some(gathering.facts(&definition.file)?.step);
            }
        }
        let evaluated = evaluate_with(&statements, window, gathering, clock)?;
        let of_series = |(place, series): (usize, &SeriesDescription)| {
            let definition = series.definition(self.file.as_deref(), series.function);
            if let Some(definition) = definition.filter(|_| series.formula.is_none()) {
                return Ok(NumberSource::gather(&definition, window.range, gathering)?);
            }
            let rows = Rows::clone(&*evaluated.series(&series.drawn(place))?);
            Ok(NumberSource { rows, least: None, most: None, single })
        };
        self.series.iter().enumerate().map(of_series).collect()
    }

    fn frame(&self, range: TimeRange) -> Result<Chart, DescriptionError> {
        let mut chart = Chart::new(range)
            .title(&self.title)
            .unit(self.unit.clone())
            .si_logarithm(true)
            .join(if self.steps { Join::Steps } else { Join::Slopes })
            .hatch_unknown(self.hatch_unknown)
            .watermark(self.watermark.clone())
            .legend(Legend::Table(self.legend.clone()))
            .theme(self.theme.unwrap_or(Theme::Auto))
            .scale(ValueScale {
                lower: self.lower,
                upper: self.upper,
                rigid: self.rigid,
                base: if self.binary { Base::Binary } else { Base::Decimal },
                ..ValueScale::default()
            });
        for (role, color) in [
            (Role::Back, self.colors.back),
            (Role::Canvas, self.colors.canvas),
            (Role::Font, self.colors.font),
            (Role::Axis, self.colors.axis),
            (Role::Grid, self.colors.grid),
            (Role::MajorGrid, self.colors.major_grid),
        ] {
            if let Some(color) = color {
                chart = chart.color(role, color);
            }
        }
        if let Some(position) = self.legend_position {
            chart = chart.legend_position(position);
        }
        if let Some(label) = &self.vertical_label {
            chart = chart.vertical_label(label);
        }
        if let Some(zoom) = self.zoom {
            if !(zoom.is_finite() && zoom > 0.0) {
                return Err(DescriptionError::Zoom);
            }
            chart = chart.zoom(zoom);
        }
        if let Some(axis) = &self.right_axis {
            if axis.scale == 0.0 || !axis.scale.is_finite() {
                return Err(DescriptionError::RightAxis);
            }
            let (scale, shift) = (axis.scale, axis.shift);
            chart = chart.right_axis(RightAxis::new(scale, shift));
            chart = chart.right_label(axis.label.clone());
        }
        Ok(chart)
    }
}

/// The height of a picture of this width where nothing says otherwise, in pixels. It depends on
/// nothing else, so that a picture keeps its shape and pages can reserve its place.
///
/// ```
/// use rrd_graph::description::height_of;
/// assert_eq!([280, 640, 1200].map(height_of), [240, 268, 320]);
/// ```
pub fn height_of(width: u32) -> u32 {
    (width.saturating_mul(21) / 50).clamp(240, 320)
}

fn samples(evaluated: &Evaluated, name: &str) -> Result<Samples, EvaluateError> {
    let rows = evaluated.series(name)?;
    Ok(SeriesDescription::default().samples(&rows, evaluated.range()))
}

pub(super) fn dashes(lengths: &[f64]) -> Dashes {
    Dashes { lengths: lengths.to_vec(), offset: 0.0 }
}

impl SeriesDescription {
    /// The name of what is drawn. No name in a formula has a blank, so these are free: sources of
    /// two files may have the same name.
    pub(super) fn drawn(&self, place: usize) -> String {
        match (&self.formula, &self.source, &self.name) {
            (None, ..) => format!("rows {place}"),
            // With a source, the name is that of its rows.
            (Some(_), None, Some(name)) => name.clone(),
            (Some(_), ..) => format!("formula {place}"),
        }
    }

    fn define(
        &self,
        place: usize,
        file: Option<&Path>,
        statements: &mut Vec<Statement>,
    ) -> Result<(), DescriptionError> {
        let number = place + 1;
        if let Some(source) = &self.source {
            let file = self.file.as_deref().or(file).ok_or(DescriptionError::NoFile { number })?;
            let name = self.name.as_ref().unwrap_or(source);
            for name in [name.clone(), format!("rows {place}")] {
                let definition = Definition::of(&name, file, source, self.function);
                statements.push(Statement::Definition(definition));
            }
        } else if self.formula.is_none() {
            return Err(DescriptionError::Empty { number });
        }
        if let Some(formula) = &self.formula {
            let (name, formula) = (self.drawn(place), formula.clone());
            statements.push(Statement::Calculation(Calculation { name, formula }));
        }
        Ok(())
    }

    /// Rows with the values that are drawn.
    pub(super) fn shown(&self, rows: &Rows) -> Rows {
        rows.map(|value| value * self.factor + self.shift)
    }

    /// The file and the data source whose rows it needs, if any.
    fn stored<'d>(&'d self, file: Option<&'d Path>) -> Option<(&'d Path, &'d str)> {
        Some((self.file.as_deref().or(file)?, self.source.as_deref()?))
    }

    /// The rows of its source, if it has one, that a function consolidated.
    pub(super) fn definition(
        &self,
        file: Option<&Path>,
        function: ConsolidationFunction,
    ) -> Option<Definition> {
        let source = self.source.as_ref()?;
        Some(Definition::of(source, self.file.as_deref().or(file)?, source, function))
    }

    /// The rows that are drawn lowest and highest, where they are wanted and the database keeps
    /// them as fine as the averages.
    fn extremes(
        &self,
        file: Option<&Path>,
        rows: &Rows,
        window: Window,
        gathering: &mut Gathering<'_>,
    ) -> Result<Option<(Rows, Rows)>, EvaluateError> {
        if !self.envelope || self.formula.is_some() {
            return Ok(None);
        }
        let mut of = |function| {
            let Some(definition) = self.definition(file, function) else { return Ok(None) };
            if !gathering.facts(&definition.file)?.answers(function) {
                return Ok(None);
            }
            let found = gathering.series(&definition, window)?;
            Ok::<_, DataError>(Some(found).filter(|found| found.step == rows.step))
        };
        let (least, most) = (of(ConsolidationFunction::Min)?, of(ConsolidationFunction::Max)?);
        Ok(if self.factor < 0.0 { most.zip(least) } else { least.zip(most) })
    }

    /// Rows as they are drawn.
    fn samples(&self, rows: &Rows, range: TimeRange) -> Samples {
        Samples::of(rows, range, |value| value * self.factor + self.shift)
    }

    fn draw(
        &self,
        mut chart: Chart,
        curve: Curve,
        evaluated: &Evaluated,
        is_first: bool,
    ) -> Result<Chart, DescriptionError> {
        if let Some(BandDescription { lower, upper, label, color }) = &self.band {
            let (lower, upper) = (evaluated.series(lower)?, evaluated.series(upper)?);
            let range = evaluated.range();
            let band = Band::between(self.samples(&lower, range), self.samples(&upper, range));
            let band = self.tinted(band).legend(label.clone());
            chart = chart.draw(color.map_or(band.clone(), |color| band.tint(color)));
        }
        if self.draw == Shape::Hill {
            chart =
                chart.draw(Curve::shade(curve.samples.clone(), self.color).sharing(curve.sharing));
        }
        Ok(chart.draw(if self.stack && !is_first { curve.stacked() } else { curve }))
    }

    /// The curve alone.
    fn curve(&self, rows: &Rows, range: TimeRange) -> Curve {
        let shown = self.samples(rows, range);
        let mut curve = match self.draw {
            Shape::Area => Curve::area(shown),
            Shape::Hill | Shape::Line | Shape::Hidden => Curve::line(shown),
        };
        let label = [&self.label, &self.name, &self.source].into_iter().flatten().next();
        curve = curve.legend(label.cloned().unwrap_or_default()).name(self.known_name());
        if let Some(color) = self.color {
            curve = curve.tint(color);
        }
        if let Some(base) = self.fade {
            curve = curve.gradient(Gradient { base, height: 0.0 });
        }
        if let Some(width) = self.width {
            curve = curve.width(width);
        }
        if let Some(lengths) = &self.dashes {
            curve = curve.dashes(dashes(lengths));
        }
        curve
    }

    /// A band in the colour of the series, letting most of what is below through.
    fn tinted(&self, band: Band) -> Band {
        match self.color {
            Some(color) => band.faint(color, BAND),
            None => band,
        }
    }
}

/// The opacity of a band in the colour of a series.
const BAND: u8 = 48;

impl MarksDescription {
    fn draw(&self, chart: Chart, evaluated: &Evaluated) -> Result<Chart, DescriptionError> {
        let marks = Marks::new(samples(evaluated, &self.series)?, self.height);
        let marks = marks.legend(self.label.clone());
        Ok(chart.draw(match self.color {
            Some(color) => marks.tint(color),
            None => marks,
        }))
    }
}

impl RuleDescription {
    fn draw(
        &self,
        chart: Chart,
        number: usize,
        range: TimeRange,
        clock: Clock<'_>,
    ) -> Result<Chart, DescriptionError> {
        let rule = match (self.value, &self.time) {
            (Some(value), None) => Rule::at_value(value),
            (None, Some(time)) => {
                // A time relative to the end refers to the end of the chart.
                let end = window::parse_end(&range.end.seconds().to_string())?;
                let found = at_style::resolve_pair(time.spec(), &end, clock.now, clock.zone)
                    .map_err(|error| DescriptionError::RuleTime { number, error })?;
                Rule::at_time(found.start)
            }
            _ => return Err(DescriptionError::Rule { number }),
        };
        let mut rule = rule.legend(self.label.clone());
        if let Some(color) = self.color {
            rule = rule.tint(color);
        }
        if let Some(lengths) = &self.dashes {
            rule = rule.dashes(dashes(lengths));
        }
        Ok(chart.draw(rule))
    }
}

//! From a description to a chart with its data.

use rrd_core::{ConsolidationFunction, TimeRange, Timestamp, at_style};

use super::{
    BandDescription, Column, Description, DescriptionError, MarksDescription, RuleDescription,
    SeriesDescription, Shape, Side, ThemeName,
};
use crate::axis::{Base, RightAxis, ValueScale};
use crate::cdef::Clock;
use crate::chart::{
    Band, Chart, Curve, Join, Legend, LegendPosition, Marks, Rule, Samples, Summary,
};
use crate::data::{Databases, Missing, Window};
use crate::evaluate::{EvaluateError, Evaluated, evaluate};
use crate::statement::{Calculation, Dashes, Definition, Gradient, Statement};
use crate::theme::{Role, Theme};
use crate::window;

impl Description {
    /// The chart with its data.
    pub fn chart(
        &self,
        databases: &dyn Databases,
        clock: Clock<'_>,
    ) -> Result<Chart, DescriptionError> {
        let range = window::resolve(&self.start, &self.end, clock.now, clock.zone)?;
        let (width, height) = (self.width.unwrap_or(800), self.height.unwrap_or(300));
        let mut statements = Vec::new();
        for (place, series) in self.series.iter().enumerate() {
            series.define(place, &mut statements)?;
        }
        let window = Window::new(range, width, 0);
        let evaluated = evaluate(&statements, window, databases, Missing::Refused, clock)?;
        let zone = self.zone.as_ref().unwrap_or(clock.zone);
        let mut chart = self.frame(range, width, height)?.zone(zone.clone());
        for (place, series) in self.series.iter().enumerate() {
            chart = series.draw(chart, place, &evaluated)?;
        }
        for marks in &self.marks {
            chart = marks.draw(chart, &evaluated)?;
        }
        for (place, rule) in self.rules.iter().enumerate() {
            chart = rule.draw(chart, place + 1, range, clock)?;
        }
        Ok(chart)
    }

    fn frame(&self, range: TimeRange, width: u32, height: u32) -> Result<Chart, DescriptionError> {
        let columns = self.legend.iter().map(|column| match column {
            Column::Minimum => Summary::Minimum,
            Column::Average => Summary::Average,
            Column::Maximum => Summary::Maximum,
            Column::Last => Summary::Last,
            Column::Percentile95 => Summary::Percentile95,
        });
        let mut chart = Chart::new(range)
            .title(&self.title)
            .vertical_label(self.vertical_label.as_ref().unwrap_or(&self.unit))
            .unit(self.unit.clone())
            .size(width, height)
            .join(if self.steps { Join::Steps } else { Join::Slopes })
            .hatch_unknown(self.hatch_unknown)
            .watermark(self.watermark.clone())
            .legend(Legend::Table(columns.collect()))
            .legend_position(match self.legend_position {
                Side::South => LegendPosition::South,
                Side::North => LegendPosition::North,
                Side::West => LegendPosition::West,
                Side::East => LegendPosition::East,
            })
            .theme(match self.theme {
                Some(ThemeName::Light) => Theme::Light,
                Some(ThemeName::Dark) => Theme::Dark,
                Some(ThemeName::Auto) | None => Theme::Auto,
            })
            .scale(ValueScale {
                lower: self.lower,
                upper: self.upper,
                rigid: self.rigid,
                logarithmic: self.logarithmic,
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
            chart = chart.right_axis(RightAxis { scale, shift, format: None });
            chart = chart.right_label(axis.label.clone());
        }
        Ok(chart)
    }
}

fn samples(evaluated: &Evaluated, name: &str) -> Result<Samples, EvaluateError> {
    let rows = evaluated.series(name)?;
    let start = Timestamp::from_seconds(rows.start);
    Ok(Samples::new(start, rows.step, rows.values.as_slice()))
}

fn dashes(lengths: &[f64]) -> Dashes {
    Dashes { lengths: lengths.to_vec(), offset: 0.0 }
}

impl SeriesDescription {
    /// The name of what is drawn.
    fn drawn(&self, place: usize) -> String {
        match (&self.formula, &self.source, &self.name) {
            (None, Some(source), name) => name.clone().unwrap_or_else(|| source.clone()),
            // Beside a source the name is that of its rows.
            (Some(_), None, Some(name)) => name.clone(),
            // No name in a formula has a blank, so this one is free.
            _ => format!("formula {place}"),
        }
    }

    fn define(
        &self,
        place: usize,
        statements: &mut Vec<Statement>,
    ) -> Result<(), DescriptionError> {
        if let (Some(file), Some(source)) = (&self.file, &self.source) {
            let name = self.name.as_ref().unwrap_or(source);
            let define = |name: &str, function| {
                Statement::Definition(Definition::of(name, file, source, function))
            };
            statements.push(define(name, self.function));
            if self.envelope {
                statements.push(define(&format!("least {place}"), ConsolidationFunction::Min));
                statements.push(define(&format!("most {place}"), ConsolidationFunction::Max));
            }
        } else if self.formula.is_none() {
            return Err(DescriptionError::Empty { number: place + 1 });
        }
        if let Some(formula) = &self.formula {
            let (name, formula) = (self.drawn(place), formula.clone());
            statements.push(Statement::Calculation(Calculation { name, formula }));
        }
        Ok(())
    }

    fn draw(
        &self,
        mut chart: Chart,
        place: usize,
        evaluated: &Evaluated,
    ) -> Result<Chart, DescriptionError> {
        if self.draw == Shape::Hidden {
            return Ok(chart);
        }
        if self.envelope && self.formula.is_none() && self.file.is_some() {
            let (least, most) = (format!("least {place}"), format!("most {place}"));
            let (least, most) = (samples(evaluated, &least)?, samples(evaluated, &most)?);
            chart = chart.draw(self.tinted(Band::between(least, most)));
        }
        if let Some(BandDescription { lower, upper, label, color }) = &self.band {
            let (lower, upper) = (samples(evaluated, lower)?, samples(evaluated, upper)?);
            let band = self.tinted(Band::between(lower, upper)).legend(label.clone());
            chart = chart.draw(color.map_or(band.clone(), |color| band.color(color)));
        }
        let shown = samples(evaluated, &self.drawn(place))?;
        let label =
            self.label.clone().or_else(|| self.name.clone()).or_else(|| self.source.clone());
        let curve = match self.draw {
            Shape::Area => Curve::area(shown),
            _ => Curve::line(shown),
        };
        let mut curve = curve.legend(label.unwrap_or_default());
        if let Some(color) = self.color {
            curve = curve.color(color);
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
        Ok(chart.draw(if self.stack { curve.stacked() } else { curve }))
    }

    /// A band in the colour of the series, letting most through.
    fn tinted(&self, band: Band) -> Band {
        match self.color {
            Some(color) => band.color(crate::color::Color { alpha: color.alpha / 4, ..color }),
            None => band,
        }
    }
}

impl MarksDescription {
    fn draw(&self, chart: Chart, evaluated: &Evaluated) -> Result<Chart, DescriptionError> {
        let marks = Marks::new(samples(evaluated, &self.series)?, self.height);
        let marks = marks.legend(self.label.clone());
        Ok(chart.draw(match self.color {
            Some(color) => marks.color(color),
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
                // A time relative to the end is so to that of the chart.
                let end = window::parse_end(&range.end.seconds().to_string())?;
                let found = at_style::resolve_pair(time, &end, clock.now, clock.zone)
                    .map_err(|error| DescriptionError::RuleTime { number, error })?;
                Rule::at_time(found.start)
            }
            _ => return Err(DescriptionError::Rule { number }),
        };
        let mut rule = rule.legend(self.label.clone());
        if let Some(color) = self.color {
            rule = rule.color(color);
        }
        if let Some(lengths) = &self.dashes {
            rule = rule.dashes(dashes(lengths));
        }
        Ok(chart.draw(rule))
    }
}

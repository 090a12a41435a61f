//! The values of a chart by column, for programs that show them beside its picture.

mod json;
#[cfg(test)]
mod tests;

use rrd_core::TimeRange;

use crate::chart::{Chart, Curve, Element, Extreme, Gap, Samples, Summary};
use crate::color::Color;
use crate::layout::Layout;
use crate::number;
use crate::quantity::Base;
use crate::theme::{Ink, preset};

/// The values of a chart by column: a pixel of the canvas, or a row where rows are longer.
///
/// They are from the rows that the numbers of the legend are from, so that no peak is missing in a
/// narrow picture.
///
/// ```
/// use rrd_core::{Step, TimeRange, Timestamp};
/// use rrd_graph::{Chart, Curve, Fonts, Samples};
///
/// let (start, step) = (Timestamp::from_seconds(1200), Step::from_seconds(60).unwrap());
/// let samples = Samples::new(start, step, vec![1.0, f64::NAN, 0.5]);
/// let chart = Chart::new(TimeRange::from_seconds(1200, 1380)).draw(Curve::line(samples).legend("load"));
/// let columns = chart.columns(&chart.layout(&Fonts::new()));
/// assert_eq!(columns.times, [1260, 1320, 1380]);
/// assert_eq!(columns.series[0].label, "load");
/// assert!(columns.to_json().contains(r#""avg":[1,null,0.5]"#));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// The span of time that is shown.
    pub range: TimeRange,
    /// Left, top, width and height of the canvas in pixels.
    pub canvas: (u32, u32, u32, u32),
    /// Width and height of the picture in pixels.
    pub size: (u32, u32),
    /// The length of the shortest rows in seconds; `None` if there are none.
    pub step: Option<i64>,
    /// The unit of the values.
    pub unit: String,
    /// Whether its prefixes are powers of 1024.
    pub binary: bool,
    /// What the numbers of the legend are from; empty if they are from the values as given.
    pub numbers: String,
    /// The end of each column, in seconds since 1970. The first begins with the range, each other
    /// one where the one before it ends.
    pub times: Vec<i64>,
    /// The series of which the legend gives numbers, in the order in which they are drawn.
    pub series: Vec<SeriesColumns>,
    /// The spans in which nothing is known, and why.
    pub gaps: Vec<Gap>,
}

/// The values of one series by column. NaN is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesColumns {
    /// What programs call it; empty if nothing.
    pub name: String,
    /// What the legend calls it.
    pub label: String,
    /// Its colour in light and in dark mode; `None` if it is not drawn.
    pub colors: Option<(Color, Color)>,
    /// The stack of which it is a part, counted from 1; 0 if it is on no other and carries none.
    pub stack: usize,
    /// Whether the legend strikes it out.
    pub hidden: bool,
    /// The smallest value within each column.
    pub least: Vec<f64>,
    /// The mean within each column, weighted by time.
    pub averages: Vec<f64>,
    /// The largest value within each column.
    pub most: Vec<f64>,
    /// The numbers of the legend over the whole range.
    pub numbers: Vec<(Summary, f64)>,
}

impl Chart {
    /// The values by column of the picture with this layout.
    pub fn columns(&self, layout: &Layout) -> Columns {
        let canvas = layout.canvas();
        let curves: Vec<(&Curve, Option<Ink>, bool, usize)> = self.named_curves();
        let grid =
            Grid::new(self.range, canvas.2, curves.iter().map(|(curve, ..)| &curve.numbers.rows));
        let series = curves.iter().map(|&(curve, ink, hidden, stack)| {
            let rows = &curve.numbers.rows;
            let extreme = |kept: &Extreme, of: fn(f64, f64) -> f64| {
                let mut values = grid.extremes(rows, of);
                if let Extreme::Kept(kept) = kept {
                    for (value, kept) in values.iter_mut().zip(grid.extremes(kept, of)) {
                        *value = of(*value, kept);
                    }
                }
                values
            };
            SeriesColumns {
                name: curve.name.clone(),
                label: self.plain_name(&curve.legend),
                colors: ink.map(colors),
                stack,
                hidden,
                least: extreme(&curve.numbers.least, f64::min),
                averages: grid.averages(rows),
                most: extreme(&curve.numbers.most, f64::max),
                numbers: Summary::ALL.map(|summary| (summary, self.value(curve, summary))).to_vec(),
            }
        });
        Columns {
            range: self.range,
            canvas,
            size: layout.size(),
            step: grid.step,
            unit: self.unit.clone(),
            binary: self.scale.base == Base::Binary,
            numbers: self.resolution(),
            series: series.collect(),
            gaps: self.gaps(),
            times: grid.ends(),
        }
    }

    /// The curves with numbers: colour, whether it is hidden, and stack of each.
    fn named_curves(&self) -> Vec<(&Curve, Option<Ink>, bool, usize)> {
        let mut curves: Vec<(&Curve, Option<Ink>, bool, usize)> = Vec::new();
        let mut stacks = 0;
        for (element, ink) in self.elements.iter().zip(self.element_inks()) {
            match element {
                Element::Hidden(curve) => curves.push((curve, ink, true, 0)),
                Element::Curve(curve) if curve.stack => {
                    let below = curves.iter_mut().rfind(|(_, _, hidden, _)| !hidden);
                    if let Some((.., stack @ 0)) = below {
                        stacks += 1;
                        *stack = stacks;
                    }
                    curves.push((curve, ink, false, stacks));
                }
                Element::Curve(curve) => curves.push((curve, ink, false, 0)),
                _ => {}
            }
        }
        curves.retain(|(curve, ..)| curve.has_numbers());
        curves
    }
}

/// A colour in light and in dark mode.
fn colors(ink: Ink) -> (Color, Color) {
    let of = |dark| match ink.role {
        Some(role) => Color { alpha: ink.color.alpha, ..preset(role, dark) },
        None => ink.color,
    };
    (of(false), of(true))
}

/// The edges of columns.
struct Grid {
    range: TimeRange,
    /// The length of the shortest rows in seconds.
    step: Option<i64>,
    /// The start of the first column and the end of each.
    edges: Vec<i64>,
}

impl Grid {
    fn new<'a>(range: TimeRange, width: u32, series: impl Iterator<Item = &'a Samples>) -> Self {
        let (start, end) = (range.start.seconds(), range.end.seconds());
        let shortest = series.filter_map(Samples::grid).min_by_key(|(_, step)| *step);
        let length = number::seconds(end.saturating_sub(start));
        let width = f64::from(width.max(1));
        let mut edges = vec![start];
        match shortest {
            Some((origin, step)) if number::seconds(step) * width >= length => {
                let first = step - start.saturating_sub(origin).rem_euclid(step);
                let mut edge = start.saturating_add(first);
                while edge < end {
                    edges.push(edge);
                    edge = edge.saturating_add(step);
                }
            }
            _ => {
                let columns = u32::try_from(number::count(width)).unwrap_or(1);
                edges.extend((1..columns).map(|column| {
                    start + number::whole_seconds(length * f64::from(column) / width)
                }));
            }
        }
        edges.push(end);
        edges.dedup();
        Self { range, step: shortest.map(|(_, step)| step), edges }
    }

    fn ends(self) -> Vec<i64> {
        self.edges.into_iter().skip(1).collect()
    }

    /// A value for each column from the rows that overlap it: start and end, cut to the column, and
    /// value of each known one.
    fn columns(
        &self,
        samples: &Samples,
        mut of: impl FnMut(&mut dyn Iterator<Item = (i64, i64, f64)>) -> f64,
    ) -> Vec<f64> {
        let rows: Vec<(i64, i64, f64)> = samples.within(self.range).collect();
        let mut first = 0;
        let column = |edges: &[i64]| {
            let [from, to] = *edges else { return f64::NAN };
            first += rows.iter().skip(first).take_while(|row| row.1 <= from).count();
            let inside = rows.iter().skip(first).take_while(|row| row.0 < to);
            let cut = inside.map(|row| (row.0.max(from), row.1.min(to), row.2));
            of(&mut cut.filter(|row| !row.2.is_nan()))
        };
        self.edges.windows(2).map(column).collect()
    }

    fn extremes(&self, samples: &Samples, of: fn(f64, f64) -> f64) -> Vec<f64> {
        self.columns(samples, |rows| rows.fold(f64::NAN, |value, row| of(value, row.2)))
    }

    fn averages(&self, samples: &Samples) -> Vec<f64> {
        self.columns(samples, |rows| {
            let (mut sum, mut time) = (0.0, 0.0);
            for (from, to, value) in rows {
                let seconds = number::seconds(to - from);
                sum += value * seconds;
                time += seconds;
            }
            if time > 0.0 { sum / time } else { f64::NAN }
        })
    }
}

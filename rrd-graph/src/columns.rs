//! One value a pixel column: rows looked up by time, stacks summed up, the range they span.

use rrd_core::TimeRange;
use rrd_core::number::{seconds_to_f64, to_index, truncate_to_i64};

use crate::element::{Element, Mark, Rows, Values};

/// The values of one element, one a pixel column from the left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// The upper edge of the element, with what it stands on; NaN where unknown.
    pub values: Vec<f64>,
    /// What a stacked element stands on; NaN where that is the base line. Empty for the others.
    pub base: Vec<f64>,
}

/// The columns of all elements, in their order; elements that follow no series have none.
///
/// Column `i` of `width` shows the row that holds the moment at its left edge.
///
/// ```
/// use std::sync::Arc;
/// use rrd_core::TimeRange;
/// use rrd_graph::element::{Rows, Values};
/// use rrd_graph::columns::sample;
/// let rows = Rows { start: 0, step: 10, values: vec![1.0, 2.0] };
/// let seen = sample(&Values::Rows(Arc::new(rows)), TimeRange { start: 0, end: 20 }, 4);
/// assert_eq!(seen, [1.0, 1.0, 2.0, 2.0]);
/// ```
pub fn columns(elements: &[Element], range: TimeRange, width: u32) -> Vec<Columns> {
    let mut sum = sample(&Values::Constant(0.0), range, width);
    let mut below = sample(&Values::Constant(f64::NAN), range, width);
    let mut all = Vec::with_capacity(elements.len());
    for element in elements {
        let (own, stack) = match &element.mark {
            Mark::Line(line, values) => (sample(values, range, width), line.stack),
            Mark::Area(area, values) => (sample(values, range, width), area.stack),
            Mark::Tick(_, values) => {
                all.push(Columns { values: sample(values, range, width), base: Vec::new() });
                continue;
            }
            Mark::HorizontalRule(..)
            | Mark::VerticalRule(..)
            | Mark::LegendPrint
            | Mark::Comment => {
                all.push(Columns::default());
                continue;
            }
        };
        all.push(stand(own, stack, &mut sum, &mut below));
    }
    all
}

/// The values at the left edges of `width` columns over `range`; NaN where the series has no row.
pub fn sample(values: &Values, range: TimeRange, width: u32) -> Vec<f64> {
    let start = seconds_to_f64(range.start);
    let span = seconds_to_f64(range.end) - start;
    let moment = |column| truncate_to_i64(start + f64::from(column) * span / f64::from(width));
    match values {
        Values::Constant(value) => (0..width).map(|_| *value).collect(),
        Values::Rows(rows) => (0..width).map(|column| rows.at(moment(column))).collect(),
    }
}

/// The smallest and the largest finite value that the axis has to show.
///
/// Lines and areas count unless they skip the scale. On a logarithmic axis values up to zero do not
/// count for the smallest.
pub fn value_range(elements: &[Element], columns: &[Columns], scale: AxisScale) -> ValueRange {
    let mut range = ValueRange::default();
    for (element, columns) in elements.iter().zip(columns) {
        let counts = match &element.mark {
            Mark::Line(line, _) => !line.skip_scale,
            Mark::Area(area, _) => !area.skip_scale,
            _ => false,
        };
        if !counts {
            continue;
        }
        for &value in columns.values.iter().filter(|value| value.is_finite()) {
            if scale == AxisScale::Linear || value > 0.0 {
                range.smallest = Some(range.smallest.map_or(value, |least: f64| least.min(value)));
            }
            range.largest = Some(range.largest.map_or(value, |most: f64| most.max(value)));
        }
    }
    range
}

/// How an axis divides its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AxisScale {
    /// Equal differences have equal lengths.
    #[default]
    Linear,
    /// Equal ratios have equal lengths.
    Logarithmic,
}

/// The values an axis has to show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ValueRange {
    /// The smallest finite value that counts.
    pub smallest: Option<f64>,
    /// The largest finite value that counts.
    pub largest: Option<f64>,
}

/// Puts an element onto the sum of those below it; one that does not stack begins a new sum.
fn stand(own: Vec<f64>, stack: bool, sum: &mut [f64], below: &mut [f64]) -> Columns {
    if !stack {
        sum.fill(0.0);
        below.fill(f64::NAN);
    }
    let base = if stack { below.to_vec() } else { Vec::new() };
    let mut values = own;
    for ((value, sum), below) in values.iter_mut().zip(sum).zip(below) {
        if value.is_nan() {
            continue;
        }
        *sum += *value;
        *value = *sum;
        *below = *sum;
    }
    Columns { values, base }
}

impl Rows {
    /// The value of the row that holds the moment; one on a border belongs to the next row.
    fn at(&self, moment: i64) -> f64 {
        let Some(step) = i64::try_from(self.step).ok().filter(|step| *step > 0) else {
            return f64::NAN;
        };
        let row = moment.checked_sub(self.start).map(|offset| offset.div_euclid(step));
        row.and_then(|row| u64::try_from(row).ok())
            .and_then(to_index)
            .and_then(|row| self.values.get(row))
            .copied()
            .unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::statement::{Alignment, Area, Line, Operand};

    const RANGE: TimeRange = TimeRange { start: 100, end: 140 };

    fn rows(values: &[f64]) -> Values {
        Values::Rows(Arc::new(Rows { start: 100, step: 10, values: values.to_vec() }))
    }

    fn area(values: &[f64], stack: bool) -> Element {
        let area = Area {
            value: Operand::Variable("a".to_owned()),
            color: None,
            gradient: None,
            legend: String::new(),
            stack,
            skip_scale: false,
        };
        let mark = Mark::Area(area, rows(values));
        Element { mark, legend: None, alignment: Alignment::Justified }
    }

    fn shown(columns: &Columns) -> String {
        format!("{:?} on {:?}", columns.values, columns.base)
    }

    #[test]
    fn an_unknown_part_of_a_stack_is_skipped_and_the_next_stands_on_the_one_below() {
        let elements = [
            area(&[1.0, 1.0, f64::NAN, 1.0], false),
            area(&[2.0, f64::NAN, 2.0, 2.0], true),
            area(&[4.0, 4.0, 4.0, f64::NAN], true),
        ];
        let columns = columns(&elements, RANGE, 4);
        assert_eq!(shown(&columns[0]), "[1.0, 1.0, NaN, 1.0] on []");
        assert_eq!(shown(&columns[1]), "[3.0, NaN, 2.0, 3.0] on [1.0, 1.0, NaN, 1.0]");
        assert_eq!(shown(&columns[2]), "[7.0, 5.0, 6.0, NaN] on [3.0, 1.0, 2.0, 3.0]");
    }

    #[test]
    fn the_range_counts_sums_and_leaves_out_what_skips_the_scale_and_infinities() {
        let mut elements =
            [area(&[1.0, -2.0], false), area(&[4.0, f64::INFINITY], true), area(&[99.0], false)];
        if let Mark::Area(area, _) = &mut elements[2].mark {
            area.skip_scale = true;
        }
        let columns = columns(&elements, RANGE, 4);
        let range = value_range(&elements, &columns, AxisScale::Linear);
        assert_eq!(range, ValueRange { smallest: Some(-2.0), largest: Some(5.0) });
        let range = value_range(&elements, &columns, AxisScale::Logarithmic);
        assert_eq!(range, ValueRange { smallest: Some(1.0), largest: Some(5.0) });
    }

    #[test]
    fn columns_outside_of_the_rows_are_unknown() {
        let seen = sample(&rows(&[1.0, 2.0]), TimeRange { start: 90, end: 130 }, 4);
        assert_eq!(format!("{seen:?}"), "[NaN, 1.0, 2.0, NaN]");
    }

    #[test]
    fn a_constant_line_is_the_same_everywhere() {
        let line = Line {
            value: Operand::Number(5.0),
            width: 1.0,
            color: None,
            legend: String::new(),
            stack: false,
            skip_scale: false,
            dashes: None,
        };
        let mark = Mark::Line(line, Values::Constant(5.0));
        let element = Element { mark, legend: None, alignment: Alignment::Justified };
        assert_eq!(columns(&[element], RANGE, 2)[0].values, [5.0, 5.0]);
    }
}

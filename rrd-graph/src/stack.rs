//! From curves to layers: each curve is cut to the range, stacked on the curves below it, and
//! reduced to what pixels can show.

use rrd_core::TimeRange;

use crate::chart::{Chart, Curve, CurveKind, Element, Samples, Sharing};
use crate::number;

/// An interval of time with one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// The height of the curve; NaN where it is unknown.
    pub(crate) top: f64,
    /// The value that it is stacked on; NaN for the base line of the canvas.
    pub(crate) base: f64,
}

/// A curve ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    /// Index of the chart element.
    pub(crate) element: usize,
    pub(crate) spans: Vec<Span>,
    /// Whether several spans may share a pixel.
    pub(crate) peaks: bool,
}

/// The layers of a chart on a canvas of `columns` pixels, in the order of its elements.
pub(crate) fn layers(chart: &Chart, columns: usize) -> Vec<Layer> {
    let bare = || vec![(chart.range.start.seconds(), chart.range.end.seconds(), f64::NAN)];
    let mut floor: Vec<Row> = bare();
    let mut layers = Vec::new();
    let mut rest = curves(chart).peekable();
    while let Some((element, curve)) = rest.next() {
        let carries = rest.peek().is_some_and(|(_, next)| next.stack);
        let alone = !curve.stack && !carries;
        let thinning = match curve.sharing {
            Sharing::Peaks if alone => Thinning::Peaks,
            Sharing::Highest => Thinning::Max,
            Sharing::Peaks | Sharing::Mean => Thinning::Mean,
        };
        let rows = thinned(&curve.samples, chart.range, columns, thinning);
        let spans = if curve.stack {
            on_floor(&rows, &floor)
        } else {
            floor = bare();
            on_canvas(&rows)
        };
        if carries {
            floor = next_floor(&spans, &floor);
        }
        layers.push(Layer { element, spans, peaks: thinning == Thinning::Peaks });
    }
    layers
}

/// The smallest and largest value that the axis has to show; `None` if all values are unknown.
pub(crate) fn extremes(chart: &Chart, layers: &[Layer], columns: usize) -> Option<(f64, f64)> {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    let logarithmic = chart.scale.logarithmic;
    let mut see = |value: f64| {
        if value.is_finite() {
            most = if value > most { value } else { most };
            // A logarithmic axis cannot show zero or less; other curves determine its lower end.
            let counts = value < least && !(logarithmic && value <= 0.0);
            least = if counts { value } else { least };
        }
    };
    for layer in layers {
        let Some(Element::Curve(curve)) = chart.elements.get(layer.element) else { continue };
        if !curve.skip_scale {
            by_columns(&layer.spans, chart.range, columns, |span| see(span.top));
            if layer.peaks && layer.spans.len() > columns {
                layer.spans.iter().for_each(|span| see(span.top));
            }
            if !chart.classic && matches!(curve.kind, CurveKind::Area { .. }) {
                see(0.0);
            }
        }
    }
    for element in &chart.elements {
        if let Element::Band(band) = element {
            for (samples, thinning) in [(&band.lower, Thinning::Min), (&band.upper, Thinning::Max)]
            {
                for row in thinned(samples, chart.range, columns, thinning) {
                    see(row.2);
                }
            }
        }
    }
    (most >= f64::MIN).then_some((least, most))
}

/// Visits the span at the left edge of each column.
pub(crate) fn by_columns(
    spans: &[Span],
    range: TimeRange,
    columns: usize,
    mut visit: impl FnMut(&Span),
) {
    let (start, length) = (
        number::seconds(range.start.seconds()),
        number::seconds(range.end.seconds() - range.start.seconds()),
    );
    let width = number::float(columns);
    let mut spans = spans.iter().map(|span| (number::seconds(span.to), span));
    let Some((mut end, mut span)) = spans.next() else { return };
    for column in 0..columns {
        let at = start + length * number::float(column) / width;
        while end <= at {
            let Some(next) = spans.next() else { return };
            (end, span) = next;
        }
        if number::seconds(span.from) <= at {
            visit(span);
        }
    }
}

fn curves(chart: &Chart) -> impl Iterator<Item = (usize, &Curve)> {
    chart.elements.iter().enumerate().filter_map(|(index, element)| match element {
        Element::Curve(curve) => Some((index, curve)),
        _ => None,
    })
}

/// How rows that share a pixel are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thinning {
    /// Their mean: the parts of a stack still add up.
    Mean,
    /// The first, smallest, largest and last in their order: the curve looks as if all rows were
    /// drawn.
    Peaks,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

/// A row cut to the range: start, end and value.
type Row = (i64, i64, f64);

/// The rows inside a range, merged where several share a pixel.
pub(crate) fn thinned(
    samples: &Samples,
    range: TimeRange,
    columns: usize,
    thinning: Thinning,
) -> Vec<Row> {
    let length = number::seconds(range.end.seconds().saturating_sub(range.start.seconds()));
    let column = length / number::float(columns.max(1));
    let fine = samples.step().is_some_and(|step| number::seconds(step) < column * 0.75);
    let rows: Vec<Row> = samples.within(range).collect();
    if !fine {
        return rows;
    }
    let bucket = |row: &Row| {
        let middle =
            number::seconds(row.0 - range.start.seconds()) + number::seconds(row.1 - row.0) / 2.0;
        number::count(middle / column)
    };
    let mut thin = Vec::with_capacity(columns);
    for shared in rows.chunk_by(|a, b| bucket(a) == bucket(b)) {
        thinning.thin(shared, &mut thin);
    }
    thin
}

impl Thinning {
    /// Appends what represents the rows of one pixel to `thin`.
    fn thin(self, rows: &[Row], thin: &mut Vec<Row>) {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
        let known = || rows.iter().filter(|row| !row.2.is_nan());
        let by_value = |a: &&Row, b: &&Row| a.2.total_cmp(&b.2);
        let (Some(least), Some(most)) = (known().min_by(by_value), known().max_by(by_value)) else {
            thin.push((first.0, last.1, f64::NAN));
            return;
        };
        match self {
            Self::Mean => {
                let (sum, seconds) = known().fold((0.0, 0.0), |(sum, seconds), row| {
                    let length = number::seconds(row.1 - row.0);
                    (sum + row.2 * length, seconds + length)
                });
                thin.push((first.0, last.1, sum / seconds));
            }
            Self::Min => thin.push((first.0, last.1, least.2)),
            Self::Max => thin.push((first.0, last.1, most.2)),
            Self::Peaks => {
                let ends = [known().next(), known().next_back()].into_iter().flatten();
                let mut kept: Vec<&Row> = ends.chain([least, most]).collect();
                kept.sort_by_key(|row| row.0);
                kept.dedup_by_key(|row| row.0);
                // Each lasts until the next; together they are as long as the pixel.
                for (index, row) in kept.iter().enumerate() {
                    let from = if index == 0 { first.0 } else { row.0 };
                    let to = kept.get(index + 1).map_or(last.1, |next| next.0);
                    thin.push((from, to, row.2));
                }
            }
        }
    }
}

fn on_canvas(rows: &[Row]) -> Vec<Span> {
    rows.iter().map(|&(from, to, top)| Span { from, to, top, base: f64::NAN }).collect()
}

fn on_floor(rows: &[Row], floor: &[Row]) -> Vec<Span> {
    let mut spans = Vec::with_capacity(rows.len());
    crossing(rows.iter().copied(), floor.iter().copied(), |from, to, value, base| {
        let top = if base.is_nan() { value } else { value + base };
        spans.push(Span { from, to, top, base });
    });
    spans
}

/// The floor for the next curve: this curve, or the previous floor where it is unknown.
pub(crate) fn next_floor(spans: &[Span], floor: &[Row]) -> Vec<Row> {
    let mut next = Vec::with_capacity(spans.len());
    // The floor stays where the curve does not reach.
    let (first, last) = match (spans.first(), spans.last()) {
        (Some(first), Some(last)) => (first.from, last.to),
        _ => return floor.to_vec(),
    };
    let before = floor.iter().take_while(|row| row.0 < first);
    next.extend(before.map(|row| (row.0, row.1.min(first), row.2)));
    // The base of a span is the floor below it.
    let known = |span: &Span| if span.top.is_nan() { span.base } else { span.top };
    let spans = spans.iter().filter(|span| span.from < span.to);
    next.extend(spans.map(|span| (span.from, span.to, known(span))));
    let after = floor.get(floor.partition_point(|row| row.1 <= last)..).unwrap_or_default();
    next.extend(after.iter().map(|row| (row.0.max(last), row.1, row.2)));
    next
}

/// The space between two series where both are known.
pub(crate) fn between(lower: &[Row], upper: &[Row]) -> Vec<Span> {
    let mut spans = Vec::with_capacity(upper.len());
    crossing(lower.iter().copied(), upper.iter().copied(), |from, to, base, top| {
        let top = if base.is_nan() { f64::NAN } else { top };
        spans.push(Span { from, to, top, base });
    });
    spans
}

/// Visits the overlapping intervals of two lists of rows.
fn crossing(
    mut a: impl Iterator<Item = Row>,
    mut b: impl Iterator<Item = Row>,
    mut visit: impl FnMut(i64, i64, f64, f64),
) {
    let (Some(mut left), Some(mut right)) = (a.next(), b.next()) else { return };
    loop {
        let (from, to) = (left.0.max(right.0), left.1.min(right.1));
        if from < to {
            visit(from, to, left.2, right.2);
        }
        let ends = (left.1 <= right.1, right.1 <= left.1);
        if ends.0 {
            let Some(next) = a.next() else { return };
            left = next;
        }
        if ends.1 {
            let Some(next) = b.next() else { return };
            right = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{Step, Timestamp};

    use super::*;

    fn minutes(values: &[f64]) -> Samples {
        Samples::new(Timestamp::from_seconds(0), Step::from_seconds(60).unwrap(), values)
    }

    fn tops(layer: &Layer) -> Vec<f64> {
        layer.spans.iter().map(|span| span.top).collect()
    }

    #[test]
    fn a_stacked_curve_stands_on_the_last_known_value_below_it() {
        let unknown = f64::NAN;
        let chart = Chart::new(TimeRange::from_seconds(0, 180))
            .draw(Curve::area(minutes(&[1.0, 1.0, 1.0])))
            .draw(Curve::area(minutes(&[2.0, unknown, 2.0])).stacked())
            .draw(Curve::area(minutes(&[4.0, 4.0, 4.0])).stacked());
        let layers = layers(&chart, 3);
        assert_eq!(tops(&layers[2]), [7.0, 5.0, 7.0]);
        assert_eq!(layers[2].spans[1].base, 1.0);
        assert_eq!(extremes(&chart, &layers, 3), Some((0.0, 7.0)));
    }

    #[test]
    fn rows_that_share_a_pixel_are_thinned() {
        let samples = minutes(&[1.0, 3.0, f64::NAN, 5.0]);
        let range = TimeRange::from_seconds(0, 240);
        let two = |thinning| thinned(&samples, range, 2, thinning);
        assert_eq!(two(Thinning::Mean), [(0, 120, 2.0), (120, 240, 5.0)]);
        assert_eq!(two(Thinning::Min), [(0, 120, 1.0), (120, 240, 5.0)]);
        assert_eq!(two(Thinning::Max), [(0, 120, 3.0), (120, 240, 5.0)]);
        assert_eq!(two(Thinning::Peaks), [(0, 60, 1.0), (60, 120, 3.0), (120, 240, 5.0)]);
    }

    #[test]
    fn a_spike_inside_a_pixel_survives() {
        let mut values = vec![10.0; 1000];
        values[503] = 90.0;
        values[507] = -20.0;
        let range = TimeRange::from_seconds(0, 60_000);
        let chart = Chart::new(range).draw(Curve::line(minutes(&values)));
        let layers = layers(&chart, 10);
        assert_eq!(extremes(&chart, &layers, 10), Some((-20.0, 90.0)));
        let tops: Vec<f64> = layers[0].spans.iter().map(|span| span.top).collect();
        assert_eq!(tops[10..14], [10.0, 90.0, -20.0, 10.0]);
        let joined = layers[0].spans.windows(2).all(|pair| pair[0].to == pair[1].from);
        assert!(joined, "the spans follow each other");
    }

    #[test]
    fn curves_of_different_steps_stack_at_every_seam() {
        let coarse = Samples::new(
            Timestamp::from_seconds(0),
            Step::from_seconds(120).unwrap(),
            vec![10.0, 20.0],
        );
        let chart = Chart::new(TimeRange::from_seconds(0, 240))
            .draw(Curve::area(coarse))
            .draw(Curve::area(minutes(&[1.0, 2.0, 3.0, 4.0])).stacked());
        assert_eq!(tops(&layers(&chart, 100)[1]), [11.0, 12.0, 23.0, 24.0]);
    }
}

//! Where letters tell the curves of a chart apart, for renderers that draw characters.

use crate::chart::{Chart, CurveKind, Element};
use crate::layout::Layout;
use crate::number;
use crate::stack::Layer;

/// The columns between the letters of two curves, and the least number between two of one.
const APART: usize = 4;
const ROUND: usize = 24;
/// The least height of an area with a letter, in lines.
const LEAST_HEIGHT: f64 = 0.75;

/// A cell at which a curve may be marked.
struct Mark {
    column: usize,
    line: usize,
    /// The height of the area in lines; 1 for a line.
    height: f64,
}

impl Chart {
    /// Cells for letters that tell the named curves apart without colours, on a canvas of this many
    /// text columns and lines. Curves take turns in the columns, so that each has its own; one of
    /// several is marked at least once if any value of it is known.
    ///
    /// Each cell has its column, its line from the top, and the position of the name in
    /// [`legend_names`](Self::legend_names). Empty for a single curve.
    pub fn name_cells(
        &self,
        layout: &Layout,
        columns: usize,
        lines: usize,
    ) -> Vec<(usize, usize, usize)> {
        let names: Vec<usize> = self.named_inks().map(|(element, ..)| element).collect();
        let named: Vec<(usize, &Layer)> = names
            .iter()
            .enumerate()
            .filter_map(|(name, element)| {
                Some((name, layout.layers.iter().find(|layer| layer.element == *element)?))
            })
            .collect();
        if named.len() < 2 || columns == 0 || lines == 0 {
            return Vec::new();
        }
        let turn = (named.len() * APART).max(ROUND);
        let mut cells: Vec<(usize, usize, usize)> = Vec::new();
        for (place, (name, layer)) in named.iter().enumerate() {
            let marks: Vec<Mark> = (0..columns)
                .filter_map(|column| self.mark(layout, layer, column, columns, lines))
                .collect();
            let is_free = |mark: &&Mark, cells: &[(usize, usize, usize)]| {
                !cells.iter().any(|cell| (cell.0, cell.1) == (mark.column, mark.line))
            };
            let first = place * turn / named.len();
            let own = |mark: &&Mark| mark.column % turn == first && mark.height >= LEAST_HEIGHT;
            let before = cells.len();
            for mark in marks.iter().filter(own) {
                if is_free(&mark, &cells) {
                    cells.push((mark.column, mark.line, *name));
                }
            }
            if cells.len() == before {
                let free = marks.iter().filter(|mark| is_free(mark, &cells));
                let best = free.max_by(|one, other| one.height.total_cmp(&other.height));
                cells.extend(best.map(|mark| (mark.column, mark.line, *name)));
            }
        }
        cells
    }

    /// The cell of a column at which a curve may be marked: its line, or the middle of its area.
    fn mark(
        &self,
        layout: &Layout,
        layer: &Layer,
        column: usize,
        columns: usize,
        lines: usize,
    ) -> Option<Mark> {
        let span = layout.time.span();
        let (start, end) = (span.start.seconds(), span.end.seconds());
        let share = (number::float(column) + 0.5) / number::float(columns);
        let at = start + number::whole_seconds(number::seconds(end - start) * share);
        let after = layer.spans.partition_point(|span| span.to <= at);
        let span = layer.spans.get(after).filter(|span| span.from <= at && !span.top.is_nan())?;
        let is_area = match self.elements.get(layer.element) {
            Some(Element::Curve(curve)) => !matches!(curve.kind, CurveKind::Line { .. }),
            _ => false,
        };
        let base = if span.base.is_nan() { layout.value.base_line() } else { span.base };
        let below = |value: f64| 1.0 - layout.value.share(layout.value.clamped(value));
        let (top, base) = (below(span.top), if is_area { below(base) } else { below(span.top) });
        let middle = f64::midpoint(top, base);
        let line = number::count((middle * number::float(lines)).max(0.0)).min(lines - 1);
        let height = if is_area { (base - top).abs() * number::float(lines) } else { 1.0 };
        (0.0..=1.0).contains(&middle).then_some(Mark { column, line, height })
    }
}

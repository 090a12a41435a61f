//! What is behind and around the curves: background, border, grid and axis lines.

use super::Painter;
use super::recorder::{Plot, Root, fill, group, line, rectangle, stroke};
use crate::chart::Extent;
use crate::layout::Canvas;
use crate::number;
use crate::scene::{Pen, parts};
use crate::theme::Role;

impl Painter<'_> {
    pub(super) fn paper(&self, root: &Root<'_>) {
        let Canvas { left, top, .. } = self.layout.canvas;
        let (right, bottom) = (self.layout.canvas.right(), self.layout.canvas.bottom());
        let (width, height) = (self.layout.width, self.layout.height);
        fill(root, self.ink(Role::Back), &rectangle(0.0, 0.0, width, height));
        fill(root, self.ink(Role::Canvas), &rectangle(left, top, right, bottom));
        if self.chart.extent == Extent::Bare {
            return;
        }
        let colors = &self.chart.colors;
        let is_shaded = colors.is_set(Role::ShadeA) || colors.is_set(Role::ShadeB);
        let edge = self.chart.border.unwrap_or(if is_shaded { USUAL_BORDER } else { 0.0 });
        if edge > 0.0 {
            let edge = edge.min(width.min(height) / 2.0);
            let (inner_right, inner_bottom) = (width - edge, height - edge);
            fill(
                root,
                self.ink(Role::ShadeA),
                &[
                    (0.0, height),
                    (edge, inner_bottom),
                    (edge, edge),
                    (inner_right, edge),
                    (width, 0.0),
                    (0.0, 0.0),
                ],
            );
            fill(
                root,
                self.ink(Role::ShadeB),
                &[
                    (edge, inner_bottom),
                    (inner_right, inner_bottom),
                    (inner_right, edge),
                    (width, 0.0),
                    (width, height),
                    (0.0, height),
                ],
            );
        }
    }

    pub(super) fn grid(&self, root: &Root<'_>, plot: &Plot<'_>) {
        let value = &self.layout.value;
        let (low, high) = (value.lower, value.upper);
        let span = self.layout.time.span();
        let (start, end) =
            (number::seconds(span.start.seconds()), number::seconds(span.end.seconds()));
        let upright = |at: i64| [(number::seconds(at), low), (number::seconds(at), high)];
        let level = |at: f64| [(start, at), (end, at)];
        let dashes = |mut pen: Pen| {
            if let Some((mark, gap)) =
                self.chart.grid_dash.filter(|dash| dash.0 > 0.0 && dash.1 > 0.0)
            {
                pen.dashes = vec![parts(mark), parts(gap)];
            }
            pen
        };
        group(root, "grid", None, || {
            if self.chart.minor_grid {
                let pen = dashes(Pen::crisp(self.ink(Role::Grid), 1.0));
                for at in &self.layout.value_ticks.minor {
                    stroke(plot, level(*at), &pen);
                }
                for at in &self.layout.time_ticks.minor {
                    stroke(plot, upright(*at), &pen);
                }
            }
            let pen = dashes(Pen::crisp(self.ink(Role::MajorGrid), 1.0));
            for at in &self.layout.time_ticks.major {
                stroke(plot, upright(*at), &pen);
            }
            for (at, _) in &self.layout.value_ticks.major {
                stroke(plot, level(*at), &pen);
            }
            if low < 0.0 && high > 0.0 {
                stroke(plot, level(0.0), &Pen::crisp(self.ink(Role::Axis), 1.0));
            }
        });
    }

    pub(super) fn axes(&self, root: &Root<'_>) {
        let canvas = self.layout.canvas;
        let (left, top) = (canvas.left, canvas.top);
        let (right, bottom) = (canvas.right(), canvas.bottom());
        let pen = Pen::crisp(self.ink(Role::Axis), 1.0);
        // Heads need shafts that reach them.
        let has_arrows = self.chart.colors.is_set(Role::Arrow);
        let beyond = if has_arrows { 4.0 } else { 0.0 };
        group(root, "axes", None, || {
            line(root, &[(left - beyond, bottom), (right + beyond, bottom)], &pen);
            for at in &self.layout.time_ticks.major {
                let x = self.place(*at);
                line(root, &[(x, bottom), (x, bottom + 3.0)], &pen);
            }
            let has_right_axis = self.chart.right_axis.is_some();
            for (x, is_drawn) in [(left, has_arrows), (right, has_right_axis)] {
                if is_drawn {
                    line(root, &[(x, top - beyond), (x, bottom + beyond)], &pen);
                }
            }
            if has_arrows {
                let ink = self.ink(Role::Arrow);
                let (x, y) = (right + 2.0, bottom + 0.5);
                fill(root, ink, &[(x, y - 3.0), (x, y + 3.0), (x + 5.0, y)]);
                for x in [Some(left), has_right_axis.then_some(right)].into_iter().flatten() {
                    let (x, y) = (x + 0.5, top - 2.0);
                    fill(root, ink, &[(x - 3.0, y), (x + 3.0, y), (x, y - 5.0)]);
                }
            }
        });
    }
}

/// The width of RRDtool's border, in pixels.
const USUAL_BORDER: f64 = 2.0;

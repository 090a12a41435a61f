//! Hatching where all values are unknown.

use super::Painter;
use super::recorder::{Root, group, line};
use crate::number;
use crate::scene::{Pen, parts};
use crate::stack::unknown_stretches;
use crate::theme::Role;

/// The horizontal distance between lines, in pixels.
const DISTANCE: f64 = 8.0;
/// In narrower areas the hatching would look like a scratch.
const NARROWEST: f64 = 3.0;

impl Painter<'_> {
    pub(super) fn unknown(&self, root: &Root<'_>) {
        let canvas = self.layout.canvas;
        let x = |at: i64| canvas.left + canvas.width * self.layout.time.share(number::seconds(at));
        let stretches: Vec<(f64, f64)> = unknown_stretches(self.chart, &self.layout.layers)
            .into_iter()
            .map(|(from, to)| (x(from), x(to)))
            .filter(|(left, right)| right - left >= NARROWEST)
            .collect();
        if stretches.is_empty() {
            return;
        }
        let ink = self.ink(Role::MajorGrid);
        let pen = Pen { width: parts(1.0), crisp: false, ..Pen::crisp(ink, 1.0) };
        group(root, "unknown", None, || {
            for (left, right) in stretches {
                // The lines x + y = sum, cut at the area; all areas share them.
                let mut sum = ((left + canvas.top) / DISTANCE).ceil() * DISTANCE;
                while sum < right + canvas.bottom() {
                    let (from, to) = (left.max(sum - canvas.bottom()), right.min(sum - canvas.top));
                    if to > from {
                        line(root, &[(from, sum - from), (to, sum - to)], &pen);
                    }
                    sum += DISTANCE;
                }
            }
        });
    }
}

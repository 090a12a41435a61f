//! Time in which nothing is known: hatched, with words where there is room.

use super::Painter;
use super::recorder::{Root, group, line};
use crate::chart::Gap;
use crate::number;
use crate::scene::{Anchor, Pen, parts};
use crate::theme::Role;

/// The horizontal distance between lines, in pixels.
const DISTANCE: f64 = 8.0;
/// In narrower areas the hatching would look like a scratch.
const NARROWEST: f64 = 3.0;
/// The room between words and hatching.
const ROOM: f64 = 6.0;
/// The opacity of the words.
const PALE: u8 = 170;

/// A part of the canvas: left, top, right and bottom in pixels.
#[derive(Clone, Copy)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

/// A gap and its words, if they fit.
struct Shown {
    area: Area,
    words: Option<(String, Area)>,
}

impl Painter<'_> {
    pub(super) fn unknown(&self, root: &Root<'_>) {
        let shown = self.shown_gaps();
        if shown.is_empty() {
            return;
        }
        group(root, "unknown", None, || {
            for Shown { area, words } in &shown {
                let Some((_, words)) = words else {
                    self.hatched(root, *area);
                    continue;
                };
                self.hatched(root, Area { right: words.left, ..*area });
                self.hatched(root, Area { left: words.right, ..*area });
                let middle = Area { left: words.left, right: words.right, ..*area };
                self.hatched(root, Area { bottom: words.top, ..middle });
                self.hatched(root, Area { top: words.bottom, ..middle });
            }
        });
    }

    /// Writes the words of the gaps.
    pub(super) fn gap_words(&self, root: &Root<'_>) {
        let font = self.chart.fonts.unit;
        let ink = self.ink(Role::Font).with_alpha(PALE);
        for (text, area) in self.shown_gaps().into_iter().filter_map(|shown| shown.words) {
            let rise = (self.fonts.ascent(font) * 0.38).round();
            let at =
                (f64::midpoint(area.left, area.right), f64::midpoint(area.top, area.bottom) + rise);
            self.text(root, &text, at, Anchor::Middle, font, ink, "empty");
        }
    }

    fn shown_gaps(&self) -> Vec<Shown> {
        if !self.chart.hatch_unknown {
            return Vec::new();
        }
        let canvas = self.layout.canvas;
        let x = |at: i64| canvas.left + canvas.width * self.layout.time.share(number::seconds(at));
        let shown = |Gap { range, words }: Gap| {
            let (left, right) = (x(range.start.seconds()), x(range.end.seconds()));
            let area = Area { left, right, top: canvas.top, bottom: canvas.bottom() };
            (right - left >= NARROWEST)
                .then(|| Shown { area, words: self.place_of(&words, area).map(|at| (words, at)) })
        };
        self.chart.gaps().into_iter().filter_map(shown).collect()
    }

    /// The middle of an area that a text takes, if there is room for it.
    fn place_of(&self, text: &str, area: Area) -> Option<Area> {
        let font = self.chart.fonts.unit;
        let (width, height) =
            (self.fonts.width(text, font) + 2.0 * ROOM, self.fonts.height(font) + 2.0 * ROOM);
        if self.chart.classic
            || self.chart.extent == crate::chart::Extent::Bare
            || width > area.right - area.left
            || height > area.bottom - area.top
        {
            return None;
        }
        let (x, y) = (f64::midpoint(area.left, area.right), f64::midpoint(area.top, area.bottom));
        Some(Area {
            left: x - width / 2.0,
            right: x + width / 2.0,
            top: y - height / 2.0,
            bottom: y + height / 2.0,
        })
    }

    /// Lines x + y = sum, cut at the area; all areas share them.
    fn hatched(&self, root: &Root<'_>, Area { left, top, right, bottom }: Area) {
        let ink = self.ink(Role::MajorGrid);
        let pen = Pen { width: parts(1.0), crisp: false, ..Pen::crisp(ink, 1.0) };
        let mut sum = ((left + top) / DISTANCE).ceil() * DISTANCE;
        while sum < right + bottom {
            let (from, to) = (left.max(sum - bottom), right.min(sum - top));
            if to > from {
                line(root, &[(from, sum - from), (to, sum - to)], &pen);
            }
            sum += DISTANCE;
        }
    }
}

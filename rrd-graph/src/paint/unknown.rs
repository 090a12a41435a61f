//! Time in which nothing is known: hatched, with words where there is room.

use super::Painter;
use super::recorder::{Root, group, line};
use crate::chart::{Extent, Gap};
use crate::number;
use crate::scene::{Anchor, Pen, parts};
use crate::theme::Role;

/// The horizontal distance between lines, in pixels.
const DISTANCE: f64 = 8.0;
/// In narrower areas the hatching would look like a scratch.
const NARROWEST: f64 = 3.0;
/// The room between words and hatching.
const ROOM: f64 = 6.0;
/// The number of lines that words are broken into at most.
const MOST_LINES: usize = 3;
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

/// A gap and the lines of its words, if they fit.
struct Shown {
    area: Area,
    words: Option<(Vec<String>, Area)>,
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
        let rise = (self.fonts.ascent(font) * 0.38).round();
        for (lines, area) in self.shown_gaps().into_iter().filter_map(|shown| shown.words) {
            let mut y = area.top + ROOM + self.fonts.height(font) / 2.0 + rise;
            for text in lines {
                let at = (f64::midpoint(area.left, area.right), y);
                self.text(root, &text, at, Anchor::Middle, font, ink, "empty");
                y += self.fonts.height(font);
            }
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
            (right - left >= NARROWEST).then(|| Shown { area, words: self.placed(&words, area) })
        };
        self.chart.gaps().into_iter().filter_map(shown).collect()
    }

    /// The lines of a text and the middle of an area that they take, if there is room for them.
    fn placed(&self, text: &str, area: Area) -> Option<(Vec<String>, Area)> {
        if self.chart.classic || self.chart.extent == Extent::Bare {
            return None;
        }
        let font = self.chart.fonts.unit;
        let widest = |lines: &[String]| {
            lines.iter().map(|line| self.fonts.width(line, font)).fold(0.0, f64::max)
        };
        let room = area.right - area.left - 2.0 * ROOM;
        let lines = (1..=MOST_LINES)
            .map(|count| broken(text, count))
            .find(|lines| widest(lines) <= room)?;
        let width = widest(&lines) + 2.0 * ROOM;
        let height = self.fonts.height(font) * number::float(lines.len()) + 2.0 * ROOM;
        if height > area.bottom - area.top {
            return None;
        }
        let (x, y) = (f64::midpoint(area.left, area.right), f64::midpoint(area.top, area.bottom));
        let place = Area {
            left: x - width / 2.0,
            right: x + width / 2.0,
            top: y - height / 2.0,
            bottom: y + height / 2.0,
        };
        Some((lines, place))
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

/// A text in this many lines of about the same length, if it has as many words.
fn broken(text: &str, lines: usize) -> Vec<String> {
    let length = text.len().div_ceil(lines);
    let mut broken: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match broken.last_mut() {
            Some(line) if line.len() + word.len() / 2 < length => {
                line.push(' ');
                line.push_str(word);
            }
            _ => broken.push(word.to_owned()),
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_into_lines_of_about_the_same_length() {
        let lines = |count| broken("before the first sample", count).join("|");
        assert_eq!(lines(1), "before the first sample");
        assert_eq!(lines(2), "before the|first sample");
        assert_eq!(lines(3), "before the|first|sample");
        assert_eq!(broken("collector not running", 2), ["collector not", "running"]);
    }
}

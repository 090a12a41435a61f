//! Lines of a legend that is too high: the last ones give way to their number.

use super::entry::{LegendEntry, LegendLayout};
use crate::font::Fonts;

/// The room below the last line, in pixels.
const BELOW: f64 = 6.0;

/// Leaves out the lines below `height`, and says how many names they have.
pub(super) fn fold(layout: &mut LegendLayout, fonts: &Fonts, height: f64) {
    let font = layout.font;
    let line = fonts.height(font);
    let is_named = |entry: &LegendEntry| entry.swatch.is_some();
    let all = layout.entries.iter().filter(|entry| is_named(entry)).count();
    layout.entries.retain(|entry| entry.y + line + BELOW <= height);
    let kept = layout.entries.iter().filter(|entry| is_named(entry)).count();
    let lowest = layout.entries.iter().map(|entry| entry.y).fold(0.0, f64::max);
    let left = layout.entries.iter().map(|entry| entry.drawn_x).fold(f64::INFINITY, f64::min);
    layout.lines.clear();
    if layout.entries.is_empty() {
        layout.height = 0.0;
        return;
    }
    if all > kept {
        layout.entries.push(LegendEntry::folded(all - kept, fonts, font, (left, lowest + line)));
    }
    layout.height = (lowest + line + BELOW).min(height);
}

//! Which charts there are for a group, as data: those that are packaged, and those that a source describes itself. Drawing
//! them lives in `web::draw`.

mod color;

use serde::Deserialize;

pub use color::Paint;

/// One chart of a group.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The name in addresses, `disk-traffic`.
    pub name: String,
    /// The kind of group it shows.
    pub kind: String,
    /// The heading.
    pub title: String,
    /// What the axis counts: a unit such as `%` or `B/s`.
    #[serde(default)]
    pub unit: String,
    /// Words beside the axis, where there is more to say than a unit.
    #[serde(default)]
    pub label: String,
    /// What a stored value is multiplied with.
    #[serde(default = "one")]
    pub scale: f64,
    /// Where the axis begins at most; `None` where the values begin.
    #[serde(default = "zero")]
    pub bottom: Option<f64>,
    /// Where the axis ends at least.
    pub top: Option<f64>,
    /// Whether values beyond the ends of the axis are cut; shares of a whole end at 100 %.
    #[serde(default)]
    pub rigid: bool,
    /// Whether 1024 and not 1000 of a unit make the next.
    #[serde(default)]
    pub binary: bool,
    /// Whether equal distances are equal factors.
    #[serde(default)]
    pub logarithmic: bool,
    /// The curves, from the bottom up.
    pub layers: Vec<Layer>,
    /// What the chart tells, in a sentence.
    #[serde(default)]
    pub about: String,
}

/// One curve.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The metric of the group.
    pub metric: String,
    /// What the legend calls it.
    pub legend: String,
    /// The colour, by name or as `#RRGGBB`.
    pub color: Paint,
    /// How it is drawn.
    pub look: Look,
    /// Whether it is left out, legend and all, where it is nothing but zero.
    #[serde(default)]
    pub rare: bool,
    /// What this curve is multiplied with beside the chart's own scale; below zero it hangs.
    #[serde(default = "one")]
    pub factor: f64,
    /// What is added to it then.
    #[serde(default)]
    pub shift: f64,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// A line.
    Line,
    /// A line above a faint area.
    Hill,
    /// An area on the axis.
    Area,
    /// An area on top of the one before it; the first stands on the axis.
    Stack,
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the type of the field")]
const fn zero() -> Option<f64> {
    Some(0.0)
}

const fn one() -> f64 {
    1.0
}

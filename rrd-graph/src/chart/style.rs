//! The options for the appearance of a chart: content and position of the legend, meaning of the
//! size, fonts.

use crate::font::{Face, Font};
use crate::words::words;

/// The content of the legend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Legend {
    /// Nothing.
    None,
    /// A table with a name and numbers for each series.
    Table(Vec<Summary>),
    /// The names and texts in sequence, broken into lines and aligned by RRDtool's rules.
    #[default]
    Lines,
}

/// A statistic of a series in the legend's table.
///
/// Charts of databases compute it from the rows of the coarsest archive that has at least 2,000 in
/// the range, else of the finest one that reaches back to its start, whatever the width of the
/// picture. [`Minimum`](Self::Minimum) and [`Maximum`](Self::Maximum) are from its MIN and MAX rows
/// where there are some; else the head of the column says of what they are: `Max of 1 h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Summary {
    /// The smallest known value.
    Minimum,
    /// The mean of the known values, weighted by their time.
    Average,
    /// The largest known value.
    Maximum,
    /// The last known value.
    Last,
    /// The value that 95 of 100 known values do not exceed.
    Percentile95,
}

impl Summary {
    pub(crate) const ALL: [Self; 5] =
        [Self::Minimum, Self::Average, Self::Maximum, Self::Last, Self::Percentile95];
}

words!(Summary, "column of the legend", {
    Minimum: "min", Average: "avg", Maximum: "max", Last: "last", Percentile95: "95th",
});

/// The position of the legend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LegendPosition {
    /// Above the canvas.
    North,
    /// Below the canvas.
    #[default]
    South,
    /// On the left.
    West,
    /// On the right.
    East,
}

words!(LegendPosition, "position of the legend", {
    North: "north", South: "south", West: "west", East: "east",
});

/// The order of the legend's lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LegendDirection {
    /// The first at the top.
    #[default]
    TopDown,
    /// The first at the bottom.
    BottomUp,
    /// The first at the bottom, except that texts without a series at the beginning and end keep
    /// their place.
    BottomUpSeries,
}

/// What the width and height of a chart refer to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extent {
    /// The whole picture.
    #[default]
    Picture,
    /// The canvas on which curves are drawn; everything else is added around it.
    Canvas,
    /// A picture that consists of the canvas only.
    Bare,
}

/// How values are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Join {
    /// By straight lines from the middle of one row to the middle of the next.
    #[default]
    Slopes,
    /// By horizontal lines as long as a row.
    Steps,
    /// By horizontal lines that are a pixel shorter than a row, and slopes between them: as
    /// `rrdtool graph --slope-mode` does.
    BeveledSteps,
}

/// The fonts of the texts.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct TextFonts {
    /// The title.
    pub title: Font,
    /// The numbers and times at the axes.
    pub axis: Font,
    /// The labels of the axes.
    pub unit: Font,
    /// The legend.
    pub legend: Font,
    /// The watermark.
    pub watermark: Font,
}

impl TextFonts {
    /// The same fonts for texts that are Pango's markup: all but those at the axes.
    #[must_use]
    pub fn of_markup(self) -> Self {
        let Self { title, axis, unit, legend, watermark } = self;
        let (title, unit) = (title.of_markup(), unit.of_markup());
        Self { title, axis, unit, legend: legend.of_markup(), watermark: watermark.of_markup() }
    }

    /// RRDtool's sizes, in points: 9 for the title, 7 for the axes, 8 for units and legend, 5.5 for
    /// the watermark.
    pub fn of(face: Face) -> Self {
        Self {
            title: Font::points(face, 9.0),
            axis: Font::points(face, 7.0),
            unit: Font::points(face, 8.0),
            legend: Font::points(face, 8.0),
            watermark: Font::points(face, 5.5),
        }
    }
}
